//! The chat dialect over real HTTP, as the SDKs speak it: answers, errors, pages, bounds, windows of meetings.
mod server;

use parvis_domain::{
    ids::RawId,
    principal::{ClientKind, Scope},
};
use serde_json::{Value, json};
use server::{ADA, Server, User, participant, path_of};

const CHAT: &[Scope] = &[Scope::Chat, Scope::Voip];

// [N2]
#[tokio::test]
async fn a_thread_is_made_read_changed_listed_and_deleted() {
    let server = Server::start().await;
    let (ana, ben) = (server.user(CHAT).await, server.user(CHAT).await);
    let body = json!({
        "topic": "Lunch", "participants": [participant(&ben)], "metadata": { "a": "1", "b": "2" },
        "retentionPolicy": { "kind": "threadCreationDate", "deleteThreadAfterDays": 40 },
    });
    let made = server
        .chat(&ana, "POST", "?api-version=2025-03-15", body)
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let props = &made.json()["chatThread"];
    let id = props["id"].as_str().expect("id");
    assert_eq!(id.len(), "19:".len() + 44 + "@thread.v2".len());
    assert_eq!(props["topic"], "Lunch");
    assert_eq!(props["retentionPolicy"]["deleteThreadAfterDays"], 40);
    let creator = &props["createdByCommunicationIdentifier"];
    assert_eq!(creator["communicationUser"]["id"], ana.id());
    assert!(made.json().get("invalidParticipants").is_none());
    let path = path_of(id);
    assert!(made.header("location").expect("location").ends_with(&path));

    let change = json!({ "topic": "Dinner", "metadata": { "a": "", "c": "3" } });
    assert_eq!(server.chat(&ben, "PATCH", &path, change).await.status, 204);
    let read = server.chat(&ana, "GET", &path, Value::Null).await.json();
    assert_eq!(read["topic"], "Dinner");
    assert_eq!(read["metadata"], json!({ "b": "2", "c": "3" }));

    let listed = server.chat(&ben, "GET", "", Value::Null).await.json();
    assert_eq!(listed["value"][0]["id"], id);
    assert_eq!(
        server.chat(&ana, "DELETE", &path, Value::Null).await.status,
        204
    );
    assert_eq!(
        server.chat(&ana, "GET", &path, Value::Null).await.status,
        403
    );
    let listed = server.chat(&ben, "GET", "", Value::Null).await.json();
    assert_eq!(listed["value"], json!([]));
}

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

#[tokio::test]
async fn the_same_request_id_makes_one_thread_for_each_caller() {
    let server = Server::start().await;
    let (ana, ben) = (server.user(CHAT).await, server.user(CHAT).await);
    let make = async |user: &User| {
        let bearer = format!("Bearer {}", user.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("repeatability-request-id", "r-1"),
        ];
        let made = server
            .request("POST", "/chat/threads", &headers, "{\"topic\":\"t\"}")
            .await;
        assert_eq!(made.status, 201);
        made.json()["chatThread"]["id"].clone()
    };
    let first = make(&ana).await;
    assert_eq!(make(&ana).await, first);
    assert_ne!(make(&ben).await, first);
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
async fn participants_come_and_go() {
    let server = Server::start().await;
    let (ana, ben, cem) = (
        server.user(CHAT).await,
        server.user(CHAT).await,
        server.user(CHAT).await,
    );
    let thread = server.thread(&ana, &[&ben]).await;
    server.send(&ana, &thread, "early").await;
    let stranger =
        "8:acs:00000000-0000-0000-0000-000000000009_0000000a-b1cc-8a94-e3c7-593a0d003a89";
    let unknown = "28:orgid:00000000-0000-0000-0000-000000000009";
    let body = json!({ "participants": [
        participant(&cem),
        { "communicationIdentifier": { "communicationUser": { "id": stranger } } },
        { "communicationIdentifier": { "rawId": unknown } },
    ]});
    let added = server
        .chat(&ben, "POST", format!("{thread}/participants/:add"), body)
        .await;
    assert_eq!(added.status, 201, "{}", added.text);
    let targets = added.json();
    let targets = targets["invalidParticipants"].as_array().expect("list");
    let targets: Vec<_> = targets
        .iter()
        .map(|error| error["target"].as_str().expect("id"))
        .collect();
    assert_eq!(targets, [unknown, stranger]);
    let list = server.chat(
        &cem,
        "GET",
        format!("{thread}/participants?maxPageSize=2"),
        Value::Null,
    );
    let list = list.await.json();
    assert_eq!(
        list["value"][0]["communicationIdentifier"]["rawId"],
        ana.id()
    );
    assert_eq!(list["value"][1]["shareHistoryTime"], "1970-01-01T00:00:00Z");
    let next = list["nextLink"]
        .as_str()
        .expect("more")
        .split_once("/chat/threads")
        .expect("path")
        .1;
    let rest = server.chat(&cem, "GET", next, Value::Null).await.json();
    assert_eq!(
        rest["value"][0]["communicationIdentifier"]["rawId"],
        cem.id()
    );
    assert!(rest.get("nextLink").is_none());

    let again = json!({ "participants": [participant(&cem)] });
    let again = server
        .chat(&ana, "POST", format!("{thread}/participants/:add"), again)
        .await;
    assert_eq!((again.status, again.json()), (201, json!({})));
    let remove = format!("{thread}/participants/:remove");
    let person = json!({ "rawId": cem.id() });
    assert_eq!(
        server
            .chat(&ana, "POST", &remove, person.clone())
            .await
            .status,
        204
    );
    assert_eq!(server.chat(&ana, "POST", &remove, person).await.status, 204);
    let sent = server.chat(
        &cem,
        "POST",
        format!("{thread}/messages"),
        json!({ "content": "x" }),
    );
    assert_eq!(sent.await.status, 403);
    let odd = server
        .chat(
            &ana,
            "POST",
            format!("{thread}/participants/:promote"),
            json!({}),
        )
        .await;
    assert_eq!((odd.status, odd.code().as_str()), (404, "NotFound"));
}

#[tokio::test]
async fn receipts_tell_the_last_message_read() {
    let server = Server::start().await;
    let (ana, ben) = (server.user(CHAT).await, server.user(CHAT).await);
    let thread = server.thread(&ana, &[&ben]).await;
    let first = server.send(&ana, &thread, "1").await;
    let second = server.send(&ana, &thread, "2").await;
    let path = format!("{thread}/readReceipts");
    for id in [&second, &first] {
        let sent = server
            .chat(&ben, "POST", &path, json!({ "chatMessageId": id }))
            .await;
        assert_eq!((sent.status, sent.text.as_str()), (200, ""));
    }
    let list = server.chat(&ana, "GET", &path, Value::Null).await.json();
    assert_eq!(list["value"].as_array().expect("list").len(), 1);
    assert_eq!(list["value"][0]["chatMessageId"], second);
    assert_eq!(
        list["value"][0]["senderCommunicationIdentifier"]["rawId"],
        ben.id()
    );
    let unknown = server
        .chat(&ben, "POST", &path, json!({ "chatMessageId": "12" }))
        .await;
    assert_eq!(unknown.status, 404);
    let typing = server
        .chat(&ana, "POST", format!("{thread}/typing"), Value::Null)
        .await;
    assert_eq!((typing.status, typing.text.as_str()), (200, ""));
}

/// Every operation of the dialect on a thread: method, path below the thread, body.
fn operations(message: &str, person: &User) -> Vec<(&'static str, String, Value)> {
    let message = format!("/messages/{message}");
    vec![
        ("GET", String::new(), Value::Null),
        ("PATCH", String::new(), json!({ "topic": "x" })),
        ("GET", "/messages".into(), Value::Null),
        ("POST", "/messages".into(), json!({ "content": "x" })),
        ("GET", message.clone(), Value::Null),
        ("PATCH", message.clone(), json!({ "content": "x" })),
        ("DELETE", message, Value::Null),
        ("GET", "/participants".into(), Value::Null),
        (
            "POST",
            "/participants/:add".into(),
            json!({ "participants": [participant(person)] }),
        ),
        (
            "POST",
            "/participants/:remove".into(),
            json!({ "rawId": person.id() }),
        ),
        ("GET", "/readReceipts".into(), Value::Null),
        (
            "POST",
            "/readReceipts".into(),
            json!({ "chatMessageId": "1" }),
        ),
        ("POST", "/typing".into(), json!({})),
        ("DELETE", String::new(), Value::Null),
    ]
}

#[tokio::test]
async fn every_operation_refuses_those_who_may_not() {
    let server = Server::start().await;
    let (ana, eve) = (server.user(CHAT).await, server.user(CHAT).await);
    let thread = server.thread(&ana, &[]).await;
    let message = server.send(&ana, &thread, "1").await;
    let revoked = server.user(CHAT).await;
    let ended = server
        .services
        .identities
        .revoke(&server.resource.into(), &revoked.raw_id)
        .await;
    ended.expect("revoked");
    let with = |token: &str| User {
        raw_id: ana.raw_id.clone(),
        token: token.to_owned(),
    };
    let tampered = with(&format!("{}x", ana.token));
    let voip = with(
        &server
            .token(&ana.raw_id, ClientKind::External, &[Scope::Voip])
            .await,
    );
    let member = RawId::Member(ADA);
    let exchanged = with(&server.token(&member, ClientKind::MemberOnSdk, CHAT).await);
    for (caller, status, code) in [
        (with(""), 401, "Unauthorized"),
        (with("no.such.token"), 401, "Unauthorized"),
        (tampered, 401, "Unauthorized"),
        (revoked, 401, "Unauthorized"),
        (voip, 403, "Forbidden"),
        (exchanged, 403, "Forbidden"),
        (eve.clone(), 403, "Forbidden"),
    ] {
        let all = operations(&message, &eve).into_iter();
        let all = all.map(|(method, path, body)| (method, format!("{thread}{path}"), body));
        for (method, path, body) in all {
            let answer = server.chat(&caller, method, &path, body).await;
            let found = (answer.status, answer.code());
            assert_eq!(found, (status, code.to_owned()), "{method} {path}");
            assert!(answer.header("www-authenticate").is_none());
        }
    }
    let unknown = path_of("19:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@thread.v2");
    for thread in [unknown.as_str(), "/nonsense"] {
        for (method, path, body) in operations(&message, &eve) {
            let answer = server
                .chat(&ana, method, format!("{thread}{path}"), body)
                .await;
            assert_eq!(answer.status, 403, "{method} {thread}{path}");
        }
    }
}

#[tokio::test]
async fn smaller_scopes_may_less() {
    let server = Server::start().await;
    let (ana, ben) = (
        server.user(CHAT).await,
        server.user(&[Scope::ChatJoinLimited]).await,
    );
    let thread = server.thread(&ana, &[&ben]).await;
    let refused = async |user: &User| {
        let message = server.send(user, &thread, "mine").await;
        let mut refused = Vec::new();
        for (method, path, body) in operations(&message, &ana) {
            if path.ends_with(":remove") || method == "DELETE" && path.is_empty() {
                continue;
            }
            let answer = server
                .chat(user, method, format!("{thread}{path}"), body)
                .await;
            if answer.status == 403 {
                refused.push(format!("{method} {path}"));
            }
        }
        let made = server.chat(user, "POST", "", json!({ "topic": "t" })).await;
        if made.status == 403 {
            refused.push("POST".to_owned());
        }
        refused
    };
    assert_eq!(
        refused(&ben).await,
        ["PATCH ", "POST /participants/:add", "POST"]
    );
    let join = User {
        token: server
            .token(&ben.raw_id, ClientKind::External, &[Scope::ChatJoin])
            .await,
        raw_id: ben.raw_id.clone(),
    };
    assert_eq!(refused(&join).await, ["PATCH ", "POST"]);
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

/// Requests that cannot be read or break a bound, and their status.
fn malformed(thread: &str) -> Vec<(&'static str, String, Value, u16)> {
    let messages = format!("{thread}/messages");
    let large = "a".repeat(28 * 1_024 + 1);
    let huge = "a".repeat(41 * 1_024);
    vec![
        ("GET", "/%FF".to_owned(), Value::Null, 400),
        ("POST", String::new(), json!({}), 400),
        (
            "POST",
            String::new(),
            json!({ "topic": "a".repeat(251) }),
            400,
        ),
        ("POST", String::new(), json!({ "topic": 7 }), 400),
        (
            "POST",
            String::new(),
            json!({ "topic": "t", "participants": [{}] }),
            400,
        ),
        (
            "POST",
            String::new(),
            json!({ "topic": "t", "metadata": { "a": "b".repeat(1_024) } }),
            400,
        ),
        (
            "POST",
            String::new(),
            json!({ "topic": "t", "retentionPolicy": { "kind": "never" } }),
            400,
        ),
        (
            "POST",
            String::new(),
            json!({ "topic": "t", "retentionPolicy":
            { "kind": "threadCreationDate", "deleteThreadAfterDays": 29 } }),
            400,
        ),
        ("POST", messages.clone(), json!({}), 400),
        ("POST", messages.clone(), json!({ "content": "" }), 400),
        (
            "POST",
            messages.clone(),
            json!({ "content": "x", "type": "topicUpdated" }),
            400,
        ),
        (
            "POST",
            messages.clone(),
            json!({ "content": "x", "type": "video" }),
            400,
        ),
        (
            "POST",
            messages.clone(),
            json!({ "content": "x", "senderDisplayName": "a".repeat(257) }),
            400,
        ),
        ("POST", messages.clone(), json!({ "content": large }), 400),
        ("POST", messages.clone(), json!({ "content": huge }), 413),
        ("POST", messages.clone(), json!(["content"]), 400),
        ("GET", format!("{messages}?maxPageSize=0"), Value::Null, 400),
        ("GET", format!("{messages}?maxPageSize=x"), Value::Null, 400),
        (
            "GET",
            format!("{messages}?startTime=yesterday"),
            Value::Null,
            400,
        ),
        ("GET", format!("{messages}?ct=1.2"), Value::Null, 400),
        (
            "GET",
            format!("{thread}/participants?skip=-1"),
            Value::Null,
            400,
        ),
        ("GET", format!("{messages}/abc"), Value::Null, 404),
        (
            "GET",
            format!("{messages}/99999999999999999999"),
            Value::Null,
            404,
        ),
        ("POST", format!("{thread}/readReceipts"), json!({}), 400),
        ("PUT", messages.clone(), json!({}), 405),
    ]
}

#[tokio::test]
async fn deleting_an_identity_deletes_its_messages() {
    let server = Server::start().await;
    let (ana, ben) = (server.user(CHAT).await, server.user(CHAT).await);
    let thread = server.thread(&ana, &[&ben]).await;
    server.send(&ben, &thread, "personal").await;
    let kept = server.send(&ana, &thread, "kept").await;
    let resource = server.resource.into();
    let deleted = server.services.identities.delete(&resource, &ben.raw_id);
    deleted.await.expect("deleted");
    let list = server.chat(&ana, "GET", format!("{thread}/messages"), Value::Null);
    let list = list.await.json();
    let texts = list["value"].as_array().expect("list").iter();
    let texts: Vec<_> = texts.filter(|item| item["type"] == "text").collect();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0]["id"], kept);
    let people = server.chat(&ana, "GET", format!("{thread}/participants"), Value::Null);
    let people = people.await.json();
    assert_eq!(people["value"].as_array().expect("list").len(), 1);
}

#[tokio::test]
async fn malformed_requests_get_a_typed_error() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    for (method, path, body, status) in malformed(&thread) {
        let shown: String = body.to_string().chars().take(80).collect();
        let answer = server.chat(&ana, method, &path, body).await;
        assert_eq!(
            answer.status, status,
            "{method} {path} {shown}: {}",
            answer.text
        );
        assert!(
            !answer.code().is_empty(),
            "{method} {path}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_body_has_to_be_json() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    let messages = format!("{thread}/messages");
    let bearer = format!("Bearer {}", ana.token);
    let path = format!("/chat/threads{messages}");
    for (kind, body, status) in [
        ("application/json", "{\"content\":", 400),
        ("text/plain", "{\"content\":\"x\"}", 415),
    ] {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        let answer = server.request("POST", &path, &headers, body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

#[tokio::test]
async fn browsers_of_any_origin_may_call_and_request_ids_come_back() {
    let server = Server::start().await;
    let preflight = server
        .request(
            "OPTIONS",
            "/chat/threads",
            &[
                ("origin", "https://app.example"),
                ("access-control-request-method", "PATCH"),
                (
                    "access-control-request-headers",
                    "authorization,x-skypetoken,x-ms-useragent",
                ),
            ],
            "",
        )
        .await;
    assert_eq!(preflight.status, 200);
    let allowed = preflight
        .header("access-control-allow-headers")
        .expect("headers");
    assert!(allowed.contains("x-skypetoken"), "{allowed}");
    let methods = preflight
        .header("access-control-allow-methods")
        .expect("methods");
    assert!(methods.contains("PATCH"), "{methods}");
    let headers = [
        ("origin", "https://app.example"),
        ("x-ms-client-request-id", "c-1"),
    ];
    let answer = server.request("GET", "/chat/threads", &headers, "").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("x-ms-client-request-id"), Some("c-1"));
}

// [G1] [G2] [G3] [H2]
#[tokio::test]
async fn a_guest_s_chat_opens_at_admission_and_shuts_at_leaving() {
    let server = Server::start().await;
    let (host, guest) = (server.host().await, server.user(CHAT).await);
    let id = server.meeting().await;
    let thread = path_of(id.as_str());
    let messages = format!("{thread}/messages");
    let shut = async || {
        for (method, path, body) in operations("1", &host) {
            let answer = server
                .chat(&guest, method, format!("{thread}{path}"), body)
                .await;
            assert_eq!(answer.status, 403, "{method} {path}");
        }
    };
    server.send(&host, &thread, "before").await;
    shut().await;
    server.admit(&id, &guest, "Ada").await;
    server.send(&host, &thread, "welcome").await;
    let body = json!({ "content": "thanks", "senderDisplayName": "Ada (Organizer)" });
    assert_eq!(
        server.chat(&guest, "POST", &messages, body).await.status,
        201
    );
    let seen = server
        .chat(&guest, "GET", &messages, Value::Null)
        .await
        .json();
    let texts: Vec<_> = (0..2)
        .map(|n| &seen["value"][n]["content"]["message"])
        .collect();
    assert_eq!(texts, ["thanks", "welcome"]);
    assert_eq!(seen["value"].as_array().expect("list").len(), 3);
    let by_host = server
        .chat(&host, "GET", &messages, Value::Null)
        .await
        .json();
    assert_eq!(by_host["value"][0]["senderDisplayName"], "Ada (External)");
    assert_eq!(by_host["value"][1]["senderDisplayName"], "Ada");
    let sender = &by_host["value"][1]["senderCommunicationIdentifier"];
    assert_eq!(sender["microsoftTeamsUser"]["isAnonymous"], false);
    for (method, path) in [
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/participants/:add"),
    ] {
        let body = json!({ "topic": "x", "participants": [participant(&guest)] });
        let answer = server
            .chat(&host, method, format!("{thread}{path}"), body)
            .await;
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    server.dismiss(&id, &guest).await;
    shut().await;
}
