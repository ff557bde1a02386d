//! Threads as a whole: made, read, changed, listed, deleted, repeated.
use super::*;

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

#[tokio::test]
async fn a_repeated_creation_answers_word_by_word_also_at_the_same_time() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let stranger =
        "8:acs:00000000-0000-0000-0000-000000000009_0000000a-b1cc-8a94-e3c7-593a0d003a89";
    let unknown = format!(
        "8:acs:{}_0000000a-b1cc-8a94-e3c7-593a0d003a89",
        server.resource
    );
    let people = [stranger, "28:orgid:x", &unknown];
    let people = people.map(|id| json!({ "communicationIdentifier": { "rawId": id } }));
    let body = json!({ "topic": "t", "participants": people }).to_string();
    let bearer = format!("Bearer {}", ana.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("repeatability-request-id", "again"),
    ];
    let make = || server.request("POST", "/chat/threads", &headers, &body);
    let (one, two, three) = tokio::join!(make(), make(), make());
    let four = make().await;
    let mut codes: Vec<_> = one.json()["invalidParticipants"]
        .as_array()
        .expect("refused")
        .iter()
        .map(|refused| refused["code"].as_str().expect("code").to_owned())
        .collect();
    codes.sort();
    assert_eq!(codes, ["BadRequest", "Forbidden", "NotFound"]);
    for again in [two, three, four] {
        assert_eq!((again.status, again.json()), (201, one.json()));
    }
    let listed = server.chat(&ana, "GET", "", Value::Null).await.json();
    assert_eq!(listed["value"].as_array().expect("list").len(), 1);
}

#[tokio::test]
async fn a_change_that_breaks_a_bound_changes_nothing() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let body = json!({ "topic": "t", "metadata": { "a": "1".repeat(1_000) } });
    let made = server.chat(&ana, "POST", "", body).await.json();
    let path = path_of(made["chatThread"]["id"].as_str().expect("id"));
    for change in [
        json!({ "topic": "new", "metadata": { "b": "2".repeat(100) } }),
        json!({ "topic": "new", "retentionPolicy": { "kind": "threadCreationDate" } }),
        json!({ "topic": "n".repeat(251) }),
    ] {
        assert_eq!(server.chat(&ana, "PATCH", &path, change).await.status, 400);
    }
    let read = server.chat(&ana, "GET", &path, Value::Null).await.json();
    assert_eq!(read, made["chatThread"]);
    let change = json!({ "metadata": { "a": "", "b": "2".repeat(1_000) } });
    assert_eq!(server.chat(&ana, "PATCH", &path, change).await.status, 204);
}

#[tokio::test]
async fn a_retention_policy_is_set_changed_and_lifted() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    for policy in [
        json!({ "kind": "threadCreationDate", "deleteThreadAfterDays": 90 }),
        json!({ "kind": "threadCreationDate", "deleteThreadAfterDays": 30 }),
        json!({ "kind": "none" }),
    ] {
        let change = json!({ "retentionPolicy": policy });
        assert_eq!(
            server.chat(&ana, "PATCH", &thread, change).await.status,
            204
        );
        let read = server.chat(&ana, "GET", &thread, Value::Null).await.json();
        assert_eq!(read["retentionPolicy"], policy);
    }
}

#[tokio::test]
async fn fields_of_other_versions_and_empty_ones_do_no_harm() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let body = json!({
        "topic": "t", "participants": null, "metadata": null, "retentionPolicy": null, "isArchived": true,
        "nested": { "a": [1, { "b": null }] },
    });
    let made = server
        .chat(&ana, "POST", "?api-version=2031-01-01&x=y", body)
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let path = path_of(made.json()["chatThread"]["id"].as_str().expect("id"));
    let body = json!({ "content": "c", "type": null, "senderDisplayName": null, "metadata": null, "importance": 1 });
    let sent = server
        .chat(&ana, "POST", format!("{path}/messages"), body)
        .await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    let change = json!({ "topic": null, "metadata": null, "retentionPolicy": null });
    assert_eq!(server.chat(&ana, "PATCH", &path, change).await.status, 204);
    let read = server.chat(&ana, "GET", &path, Value::Null).await.json();
    assert_eq!(read["topic"], "t");
}
