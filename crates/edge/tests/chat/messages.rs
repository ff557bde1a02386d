//! Messages: sent, edited, deleted, listed page by page.
use super::*;

// [N2]
#[tokio::test]
async fn messages_are_sent_edited_deleted_and_keep_their_place_in_time() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    let messages = format!("{thread}/messages");
    let body = json!({
        "content": "<b>hi</b><script>x()</script>", "type": "html", "senderDisplayName": "Ana",
        "metadata": { "k": "v" },
    });
    let sent = server.chat(&ana, "POST", &messages, body).await;
    assert_eq!(sent.status, 201);
    let id = sent.json()["id"].as_str().expect("id").to_owned();
    let one = format!("{messages}/{id}");
    let read = server.chat(&ana, "GET", &one, Value::Null).await.json();
    assert_eq!(read["content"]["message"], "<b>hi</b>");
    assert_eq!(
        (&read["type"], &read["sequenceId"]),
        (&json!("html"), &json!("3"))
    );
    assert_eq!((&read["version"], &read["id"]), (&json!(id), &json!(id)));
    assert_eq!(read["senderDisplayName"], "Ana");
    assert_eq!(read["senderCommunicationIdentifier"]["rawId"], ana.id());

    let later = server.send(&ana, &thread, "later").await;
    let edit = json!({ "content": "<i>edited</i>", "metadata": { "k": null, "n": "1" } });
    assert_eq!(server.chat(&ana, "PATCH", &one, edit).await.status, 204);
    let list = server
        .chat(&ana, "GET", &messages, Value::Null)
        .await
        .json();
    let seen: Vec<_> = (0..4).map(|n| &list["value"][n]["type"]).collect();
    assert_eq!(seen, ["html", "text", "topicUpdated", "participantAdded"]);
    let edited = &list["value"][0];
    assert_eq!(
        (&edited["id"], &edited["sequenceId"]),
        (&json!(id), &json!("5"))
    );
    assert_eq!(edited["metadata"], json!({ "n": "1" }));
    assert!(edited["editedOn"].is_string() && edited["version"] != id.as_str());
    let system = &list["value"][3];
    assert!(system.get("senderCommunicationIdentifier").is_none());
    assert_eq!(
        system["content"]["initiatorCommunicationIdentifier"]["rawId"],
        ana.id()
    );

    assert_eq!(
        server.chat(&ana, "DELETE", &one, Value::Null).await.status,
        204
    );
    let gone = server.chat(&ana, "GET", &one, Value::Null).await.json();
    assert_eq!(gone["content"]["message"], "");
    assert!(gone["deletedOn"].is_string() && gone.get("metadata").is_none());
    let again = server
        .chat(&ana, "PATCH", &one, json!({ "content": "x" }))
        .await;
    assert_eq!((again.status, again.code().as_str()), (404, "NotFound"));
    let since = "2999-01-01T00:00:00Z";
    let none = server.chat(
        &ana,
        "GET",
        format!("{messages}?startTime={since}"),
        Value::Null,
    );
    assert_eq!(none.await.json()["value"], json!([]));
    assert!(!later.is_empty());
}

// [N2]
#[tokio::test]
async fn pages_join_up_by_links_of_plain_characters() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    let mut sent = Vec::new();
    for n in 0..7 {
        sent.push(server.send(&ana, &thread, &n.to_string()).await);
    }
    let mut path = format!("{thread}/messages?maxPageSize=3&startTime=2020-01-01T00:00:00Z");
    let mut seen = Vec::new();
    loop {
        let page = server.chat(&ana, "GET", &path, Value::Null).await.json();
        let items = page["value"].as_array().expect("list").clone();
        assert!(items.len() <= 3);
        seen.extend(items.into_iter().filter(|item| item["type"] == "text"));
        let Some(link) = page["nextLink"].as_str() else {
            break;
        };
        let (_, token) = link.split_once("&ct=").expect("token");
        assert!(
            token.bytes().all(|b| b.is_ascii_digit() || b == b'.'),
            "{token}"
        );
        path = link.split_once("/chat/threads").expect("path").1.to_owned();
    }
    let seen: Vec<_> = seen
        .iter()
        .map(|item| item["id"].as_str().expect("id"))
        .collect();
    sent.reverse();
    assert_eq!(seen, sent);
}

#[tokio::test]
async fn nobody_changes_another_s_message() {
    let server = Server::start().await;
    let (ana, ben) = (server.user(CHAT).await, server.user(CHAT).await);
    let thread = server.thread(&ana, &[&ben]).await;
    let message = server.send(&ana, &thread, "1").await;
    let path = format!("{thread}/messages/{message}");
    for (method, body) in [
        ("PATCH", json!({ "content": "x" })),
        ("DELETE", Value::Null),
    ] {
        assert_eq!(server.chat(&ben, method, &path, body).await.status, 403);
    }
}

#[tokio::test]
async fn html_is_kept_clean_and_within_its_bound() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    let messages = format!("{thread}/messages");
    let send = async |content: &str| {
        let body = json!({ "content": content, "type": "html" });
        server.chat(&ana, "POST", &messages, body).await
    };
    let read = async |id: &Value| {
        let one = format!("{messages}/{}", id.as_str().expect("id"));
        let read = server.chat(&ana, "GET", &one, Value::Null).await.json();
        read["content"]["message"]
            .as_str()
            .expect("text")
            .to_owned()
    };
    for (given, kept) in [
        ("<p onclick=x()>a<script>y()</script></p>", "<p>a</p>"),
        (
            "<a href='javascript:z()'>b</a>",
            "<a rel=\"noopener noreferrer\">b</a>",
        ),
        ("1 < 2", "1 &lt; 2"),
        ("<svg onload=x()><p>c</p></svg>", "<p>c</p>"),
    ] {
        let sent = send(given).await;
        assert_eq!(sent.status, 201, "{}", sent.text);
        assert_eq!(read(&sent.json()["id"]).await, kept, "{given}");
    }
    // 20 KB that would be kept as 200.
    let flood = send(&"<a>".repeat(7_000)).await;
    assert_eq!((flood.status, flood.code().as_str()), (400, "BadRequest"));
    // Plain text is nobody's markup.
    let plain = server.send(&ana, &thread, "<script>x()</script>").await;
    assert_eq!(read(&json!(plain)).await, "<script>x()</script>");
}

#[tokio::test]
async fn a_message_of_28_kb_is_taken_however_a_client_writes_it() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    let path = format!("/chat/threads{thread}/messages");
    let bearer = format!("Bearer {}", ana.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    // Two bytes of content, six of JSON, as Python writes them; and one of six.
    for (written, kept, count) in [("\\u00e9", "é", 14 * 1_024), ("\\u0009", "\t", 28 * 1_024)] {
        let body = format!("{{\"content\":\"{}\"}}", written.repeat(count));
        let sent = server.request("POST", &path, &headers, &body).await;
        assert_eq!(sent.status, 201, "{}", sent.text);
        let one = format!(
            "{thread}/messages/{}",
            sent.json()["id"].as_str().expect("id")
        );
        let read = server.chat(&ana, "GET", one, Value::Null).await.json();
        assert!(read["content"]["message"] == kept.repeat(count).as_str());
        let longer = format!("{{\"content\":\"{}\"}}", written.repeat(count + 1));
        assert_eq!(
            server
                .request("POST", &path, &headers, &longer)
                .await
                .status,
            400
        );
    }
}

#[tokio::test]
async fn metadata_of_messages_counts_with_the_content_and_merges() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    let messages = format!("{thread}/messages");
    let body = json!({ "content": "x", "metadata": { "k": "v".repeat(27 * 1_024) } });
    let sent = server.chat(&ana, "POST", &messages, body).await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    let one = format!("{messages}/{}", sent.json()["id"].as_str().expect("id"));
    let over = json!({ "metadata": { "m": "v".repeat(1_024) } });
    assert_eq!(server.chat(&ana, "PATCH", &one, over).await.status, 400);
    let change = json!({ "metadata": { "k": "", "m": "1" } });
    assert_eq!(server.chat(&ana, "PATCH", &one, change).await.status, 204);
    let read = server.chat(&ana, "GET", &one, Value::Null).await.json();
    assert_eq!(
        (&read["metadata"], &read["content"]["message"]),
        (&json!({ "m": "1" }), &json!("x"))
    );
    let before = read["sequenceId"].clone();
    assert_eq!(
        server.chat(&ana, "PATCH", &one, json!({})).await.status,
        204
    );
    let read = server.chat(&ana, "GET", &one, Value::Null).await.json();
    assert_eq!(read["sequenceId"], before, "an empty change is none");
}
