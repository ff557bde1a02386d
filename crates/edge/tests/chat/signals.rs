//! Typing notices and read receipts: for up to twenty people.
use super::*;

/// A thread of `ana` with `count` people in it; the second of them.
async fn crowd(server: &Server, ana: &User, count: usize) -> (String, User) {
    let ben = server.user(CHAT).await;
    let mut people = vec![participant(&ben)];
    for raw_id in server.identities(count - 2).await {
        people.push(json!({ "communicationIdentifier": { "rawId": raw_id.to_string() } }));
    }
    let body = json!({ "topic": "t", "participants": people });
    let made = server.chat(ana, "POST", "", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    (path_of(made["chatThread"]["id"].as_str().expect("id")), ben)
}

#[tokio::test]
async fn above_twenty_people_receipts_are_taken_and_go_nowhere() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    for (count, receipts) in [(20, 1), (21, 0)] {
        let (thread, ben) = crowd(&server, &ana, count).await;
        let message = server.send(&ana, &thread, "x").await;
        let path = format!("{thread}/readReceipts");
        let sent = server
            .chat(&ben, "POST", &path, json!({ "chatMessageId": message }))
            .await;
        assert_eq!((sent.status, sent.text.as_str()), (200, ""));
        let typing = server
            .chat(&ben, "POST", format!("{thread}/typing"), json!({}))
            .await;
        assert_eq!((typing.status, typing.text.as_str()), (200, ""));
        let list = server.chat(&ana, "GET", &path, Value::Null).await.json();
        assert_eq!(
            list["value"].as_array().expect("list").len(),
            receipts,
            "{count}"
        );
    }
}

#[tokio::test]
async fn receipts_come_page_by_page() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let (thread, ben) = crowd(&server, &ana, 5).await;
    let message = server.send(&ana, &thread, "x").await;
    let path = format!("{thread}/readReceipts");
    for reader in [&ana, &ben] {
        let sent = server
            .chat(reader, "POST", &path, json!({ "chatMessageId": message }))
            .await;
        assert_eq!(sent.status, 200);
    }
    let first = server
        .chat(&ana, "GET", format!("{path}?maxPageSize=1"), Value::Null)
        .await;
    let link = first.json()["nextLink"].as_str().expect("more").to_owned();
    let next = link.split_once("/chat/threads").expect("path").1;
    let rest = server.chat(&ana, "GET", next, Value::Null).await.json();
    assert!(rest.get("nextLink").is_none());
    let reader = |page: &Value| page["value"][0]["senderCommunicationIdentifier"]["rawId"].clone();
    let mut readers =
        [reader(&first.json()), reader(&rest)].map(|id| id.as_str().expect("id").to_owned());
    readers.sort();
    let mut both = [ana.id(), ben.id()];
    both.sort();
    assert_eq!(readers, both);
}
