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
    assert_eq!(texts.len(), 2);
    let (kept_one, tombstone) = match texts[0]["id"] == kept {
        true => (texts[0], texts[1]),
        false => (texts[1], texts[0]),
    };
    assert_eq!(kept_one["id"], kept);
    assert_eq!(tombstone["content"]["message"], "");
    assert!(tombstone["deletedOn"].is_string());
    assert!(tombstone["senderDisplayName"].is_null());
    let people = server.chat(&ana, "GET", format!("{thread}/participants"), Value::Null);
    let people = people.await.json();
    assert_eq!(people["value"].as_array().expect("list").len(), 1);
}

#[tokio::test]
async fn a_thread_holds_250_people_who_come_200_at_a_time() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let everybody = server.identities(251).await;
    let people = |range: std::ops::Range<usize>| -> Value {
        let named = everybody[range].iter();
        named
            .map(|id| json!({ "communicationIdentifier": { "rawId": id.to_string() } }))
            .collect()
    };
    let body = |range| json!({ "topic": "t", "participants": people(range) });
    assert_eq!(
        server.chat(&ana, "POST", "", body(0..201)).await.status,
        400
    );
    let made = server.chat(&ana, "POST", "", body(0..200)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let thread = path_of(made.json()["chatThread"]["id"].as_str().expect("id"));
    let add = format!("{thread}/participants/:add");
    assert_eq!(
        server.chat(&ana, "POST", &add, body(0..201)).await.status,
        400
    );
    // 201 are in; 49 more find room, the last two do not, those who are in are no news, nor is who is named twice.
    let mut more = people(190..251);
    more.as_array_mut().expect("list").insert(
        0,
        json!({ "communicationIdentifier": { "rawId": everybody[210].to_string() } }),
    );
    let added = server
        .chat(&ana, "POST", &add, json!({ "participants": more }))
        .await;
    assert_eq!(added.status, 201, "{}", added.text);
    let refused = added.json()["invalidParticipants"]
        .as_array()
        .expect("refused")
        .clone();
    let targets: Vec<_> = refused
        .iter()
        .map(|one| one["target"].as_str().expect("id").to_owned())
        .collect();
    assert_eq!(
        targets,
        [everybody[249].to_string(), everybody[250].to_string()]
    );
    assert_eq!(refused[0]["code"], "ParticipantLimitExceeded");
    let again = server
        .chat(&ana, "POST", &add, json!({ "participants": people(0..1) }))
        .await;
    assert_eq!((again.status, again.json()), (201, json!({})));
    let (mut path, mut seen) = (format!("{thread}/participants?maxPageSize=200"), Vec::new());
    loop {
        let page = server.chat(&ana, "GET", &path, Value::Null).await.json();
        seen.extend(page["value"].as_array().expect("list").iter().cloned());
        let Some(link) = page["nextLink"].as_str() else {
            break;
        };
        path = link.split_once("/chat/threads").expect("path").1.to_owned();
    }
    assert_eq!(seen.len(), 250);
    let last = seen.last().expect("somebody");
    assert_eq!(
        last["communicationIdentifier"]["rawId"],
        everybody[248].to_string()
    );
}

// [N2]
#[tokio::test]
async fn history_is_shared_from_the_time_that_was_said() {
    let server = Server::start().await;
    let (ana, ben, cem) = (
        server.user(CHAT).await,
        server.user(CHAT).await,
        server.user(CHAT).await,
    );
    let thread = server.thread(&ana, &[]).await;
    server.send(&ana, &thread, "old").await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let from = server.services.context.now();
    server.send(&ana, &thread, "new").await;
    let add = format!("{thread}/participants/:add");
    let mut late = participant(&ben);
    late["shareHistoryTime"] = from.rfc3339().into();
    late["metadata"] = json!({ "seat": "7" });
    let everything = participant(&cem);
    let added = server
        .chat(
            &ana,
            "POST",
            &add,
            json!({ "participants": [late, everything] }),
        )
        .await;
    assert_eq!((added.status, added.json()), (201, json!({})));
    let texts = async |user: &User| {
        let list = server
            .chat(user, "GET", format!("{thread}/messages"), Value::Null)
            .await
            .json();
        let list = list["value"].as_array().expect("list").clone();
        let texts = list
            .iter()
            .filter_map(|one| one["content"]["message"].as_str().map(str::to_owned));
        texts.collect::<Vec<_>>()
    };
    assert_eq!(texts(&ben).await, ["new"]);
    assert_eq!(texts(&cem).await, ["new", "old"]);
    let list = server
        .chat(&ana, "GET", format!("{thread}/participants"), Value::Null)
        .await
        .json();
    assert_eq!(list["value"][1]["shareHistoryTime"], from.rfc3339_seconds());
    assert_eq!(list["value"][1]["metadata"], json!({ "seat": "7" }));
    // Put out, Ben keeps what he saw; what is said or edited meanwhile stays hidden, also after he is back for the future only.
    let out = json!({ "rawId": ben.id() });
    let removed = server
        .chat(&ana, "POST", format!("{thread}/participants/:remove"), out)
        .await;
    assert_eq!(removed.status, 204);
    server.send(&ana, &thread, "without ben").await;
    assert_eq!(texts(&ben).await, ["new"]);
    let mut back = participant(&ben);
    back["shareHistoryTime"] = server
        .services
        .context
        .now()
        .plus(std::time::Duration::from_secs(60))
        .rfc3339()
        .into();
    let added = server
        .chat(&ana, "POST", &add, json!({ "participants": [back] }))
        .await;
    assert_eq!(added.json(), json!({}));
    server.send(&ana, &thread, "not yet for ben").await;
    assert_eq!(texts(&ben).await, ["new"]);
    assert_eq!(
        texts(&cem).await,
        ["not yet for ben", "without ben", "new", "old"]
    );
}
