//! Who is in a thread: added, removed, erased; how far they have read.
use super::*;

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
