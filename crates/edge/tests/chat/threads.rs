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
