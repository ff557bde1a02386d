//! Chats of members among themselves, and everybody else in front of the door.
use super::*;
use parvis_domain::thread::Circle;
use parvis_service::threads::NewMembersChat;
use server::{BO, ORGANISATION};

/// A chat of Ada's with Bo.
async fn members_chat(server: &Server, circle: Circle) -> String {
    let ada = server.host().await;
    let principal = server.services.tokens.verify(&ada.token).await;
    let principal = principal.expect("principal");
    let new = NewMembersChat {
        circle,
        topic: "Salaries".to_owned(),
        others: vec![BO],
    };
    let threads = &server.services.threads;
    let made = threads.create_members_chat(&principal, new);
    path_of(made.await.expect("made").id.as_str())
}

// [E8]
#[tokio::test]
async fn an_outsider_neither_reads_nor_writes_nor_enters_the_chats_of_members() {
    let server = Server::start().await;
    let (ada, bo, eve) = (
        server.host().await,
        server.bo().await,
        server.user(CHAT).await,
    );
    let visitor = server.visitor().await;
    let member = RawId::Member(BO);
    let exchanged = User {
        token: server.token(&member, ClientKind::MemberOnSdk, CHAT).await,
        raw_id: member,
    };
    for circle in [Circle::Pair, Circle::Group] {
        let thread = members_chat(&server, circle).await;
        let message = server.send(&ada, &thread, "between us").await;
        for outsider in [&eve, &visitor, &exchanged] {
            for (method, path, body) in operations(&message, outsider) {
                let path = format!("{thread}{path}");
                let answer = server.chat(outsider, method, &path, body).await;
                let found = (answer.status, answer.code());
                assert_eq!(found, (403, "Forbidden".to_owned()), "{method} {path}");
            }
            let own = server.chat(outsider, "GET", "", Value::Null).await;
            assert!(!own.text.contains("Salaries"), "{}", own.text);
        }
        // Nor by a member who means well: nobody from outside can be let in.
        let add = json!({ "participants": [participant(&eve), participant(&visitor)] });
        let added = server
            .chat(&ada, "POST", format!("{thread}/participants/:add"), add)
            .await;
        match circle {
            Circle::Pair => assert_eq!(added.status, 403),
            Circle::Group => {
                let refused = added.json()["invalidParticipants"].clone();
                assert_eq!(refused.as_array().expect("refused").len(), 2);
            }
        }
        let read = server.chat(&eve, "GET", format!("{thread}/messages"), Value::Null);
        assert_eq!(read.await.status, 403);
        let seen = server.chat(&bo, "GET", format!("{thread}/messages"), Value::Null);
        assert_eq!(
            seen.await.json()["value"][0]["content"]["message"],
            "between us"
        );
    }
}

// [E8]
#[tokio::test]
async fn not_even_a_window_in_the_store_lets_an_outsider_in() {
    let server = Server::start().await;
    let eve = server.user(CHAT).await;
    let thread = members_chat(&server, Circle::Group).await;
    let id = thread[1..].replace("%3A", ":").replace("%40", "@");
    let id = parvis_domain::ids::ThreadId::parse(&id).expect("id");
    let store = &server.services.context.store;
    let mut write = store.change_thread(&id).await.expect("load").expect("some");
    let person = [parvis_domain::thread::Participant {
        raw_id: eve.raw_id.clone(),
        display_name: String::new(),
        history_from: Default::default(),
        metadata: Default::default(),
    }];
    let opened = write.open_windows(&person, true, server.services.context.now());
    opened.await.expect("open");
    write.commit().await.expect("commit");
    for (method, path, body) in operations("1", &eve) {
        let answer = server
            .chat(&eve, method, format!("{thread}{path}"), body)
            .await;
        assert_eq!(answer.status, 403, "{method} {path}");
    }
}

#[tokio::test]
async fn members_talk_in_pairs_and_groups() {
    let server = Server::start().await;
    let (ada, bo) = (server.host().await, server.bo().await);
    let pair = members_chat(&server, Circle::Pair).await;
    assert_eq!(
        pair,
        members_chat(&server, Circle::Pair).await,
        "two people have one chat"
    );
    server.send(&bo, &pair, "hello").await;
    let seen = server
        .chat(&ada, "GET", format!("{pair}/messages"), Value::Null)
        .await;
    assert_eq!(seen.json()["value"][0]["senderDisplayName"], "Bo");
    let group = members_chat(&server, Circle::Group).await;
    for (thread, status) in [(&pair, 403), (&group, 204)] {
        let renamed = server
            .chat(&bo, "PATCH", thread, json!({ "topic": "Pay" }))
            .await;
        assert_eq!(renamed.status, status);
    }
    let left = server
        .chat(
            &bo,
            "POST",
            format!("{group}/participants/:remove"),
            json!({ "rawId": bo.id() }),
        )
        .await;
    assert_eq!(left.status, 204);
    let wrote = server
        .chat(
            &bo,
            "POST",
            format!("{group}/messages"),
            json!({ "content": "x" }),
        )
        .await;
    assert_eq!(wrote.status, 403);
    let caller = server
        .services
        .tokens
        .verify(&ada.token)
        .await
        .expect("principal");
    let stranger = parvis_domain::ids::MemberId(uuid::Uuid::from_u128(0xdead));
    for (circle, others) in [
        (Circle::Pair, vec![]),
        (Circle::Pair, vec![ADA]),
        (Circle::Group, vec![]),
        (Circle::Group, vec![stranger]),
    ] {
        let new = NewMembersChat {
            circle,
            topic: String::new(),
            others,
        };
        let refused = server
            .services
            .threads
            .create_members_chat(&caller, new)
            .await;
        assert!(matches!(
            refused,
            Err(parvis_service::ServiceError::Invalid { .. })
        ));
    }
    assert_eq!(caller.organisation, Some(ORGANISATION));
}
