//! Threads in a real database.
use super::*;
use parvis_domain::thread::window::{PAST_WINDOWS_MAX, Sight};

const RESOURCE: &str = "1b5cc06b-f352-4571-b1e6-d9b259b7c776";

async fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&folder.path().join("p.db"))
        .await
        .expect("open");
    (folder, store)
}

fn user(n: u8) -> RawId {
    format!("8:acs:{RESOURCE}_0000000a-b1cc-8a94-e3c7-593a0d003a{n:02x}")
        .parse()
        .expect("raw id")
}

fn thread(name: &str) -> Thread {
    Thread {
        id: ThreadId::chat(name).expect("valid"),
        kind: ThreadKind::Chat(RESOURCE.parse().expect("id")),
        topic: "t".into(),
        created_by: user(1),
        created_on: Timestamp(1_000),
        metadata: Metadata::new(),
        retention: None,
        last_tick: Timestamp(1_000),
        last_sequence: 0,
        last_message_on: None,
    }
}

fn participant(n: u8) -> Participant {
    Participant {
        raw_id: user(n),
        display_name: format!("user {n}"),
        history_from: Timestamp(0),
        metadata: Metadata::new(),
    }
}

fn text(n: u8, content: &str) -> NewMessage {
    NewMessage {
        kind: MessageKind::Text,
        body: Body::Written(content.into()),
        author: user(n),
        author_name: None,
        metadata: Metadata::new(),
    }
}

async fn created(store: &Store, name: &str, request: Option<&str>) -> ThreadWrite {
    match store.create_thread(thread(name), request).await {
        Ok(Creation::New(write)) => *write,
        Ok(Creation::Repeated(..)) => panic!("repeated"),
        Err(error) => panic!("{error}"),
    }
}

async fn sight(store: &Store, id: &ThreadId, n: u8) -> Sight {
    let (windows, _) = store.load_stay(id, &user(n)).await.expect("stay");
    Sight::of(thread("aaaaaaaa").kind, &windows, false)
}

async fn page(store: &Store, id: &ThreadId, n: u8, before: Option<Timestamp>) -> Vec<Message> {
    let sight = sight(store, id, n).await;
    let query = MessageQuery {
        sight: &sight,
        since: Timestamp(0),
        before,
        limit: 3,
    };
    store.list_messages(id, query).await.expect("page")
}

#[tokio::test]
async fn a_repeated_creation_answers_the_first_thread() {
    let (_folder, store) = store().await;
    let write = created(&store, "aaaaaaaa", Some("r1")).await;
    let first = write.commit().await.expect("commit").id;
    match store.create_thread(thread("bbbbbbbb"), Some("r1")).await {
        Ok(Creation::Repeated(id, refused)) => assert_eq!((id, refused.as_str()), (first, "[]")),
        _ => panic!("not repeated"),
    }
    created(&store, "cccccccc", Some("r2")).await;
    assert_eq!(
        store
            .load_thread(&ThreadId::chat("cccccccc").expect("id"))
            .await
            .expect("load"),
        None,
        "a dropped change is undone"
    );
}

#[tokio::test]
async fn an_edit_moves_a_message_up_and_keeps_its_id() {
    let (_folder, store) = store().await;
    let mut write = created(&store, "aaaaaaaa", None).await;
    write
        .open_window(participant(1), true, false, Timestamp(1_000))
        .await
        .expect("open");
    let mut first = write
        .append(text(1, "one"), Timestamp(2_000))
        .await
        .expect("append");
    let second = write
        .append(text(1, "two"), Timestamp(2_000))
        .await
        .expect("append");
    assert_eq!((first.id, second.id), (Timestamp(2_000), Timestamp(2_001)));
    first.body = Body::Written("one!".into());
    write
        .replace(&mut first, Timestamp(2_000))
        .await
        .expect("replace");
    let id = write.commit().await.expect("commit").id;
    let listed = page(&store, &id, 1, None).await;
    assert_eq!(listed, vec![first.clone(), second]);
    assert_eq!((first.sequence, first.version), (3, Timestamp(2_002)));
    assert_eq!(first.edited_on, Some(Timestamp(2_002)));
}

#[tokio::test]
async fn pages_join_up_and_stay_inside_the_window() {
    let (_folder, store) = store().await;
    let mut write = created(&store, "aaaaaaaa", None).await;
    for n in 0..5 {
        write
            .append(text(1, &n.to_string()), Timestamp(2_000))
            .await
            .expect("append");
    }
    write
        .open_window(participant(2), false, false, Timestamp(0))
        .await
        .expect("open");
    let mut inside = Vec::new();
    for n in 5..12 {
        inside.push(
            write
                .append(text(1, &n.to_string()), Timestamp(0))
                .await
                .expect("append"),
        );
    }
    assert!(
        write
            .close_window(&user(2), false, Timestamp(0))
            .await
            .expect("close")
    );
    write
        .append(text(1, "after"), Timestamp(0))
        .await
        .expect("append");
    let id = write.commit().await.expect("commit").id;
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let messages = page(&store, &id, 2, before).await;
        let Some(last) = messages.last() else { break };
        before = Some(last.version);
        seen.extend(messages);
    }
    inside.reverse();
    assert_eq!(seen, inside);
}

#[tokio::test]
async fn opening_twice_keeps_one_window() {
    let (_folder, store) = store().await;
    let mut write = created(&store, "aaaaaaaa", None).await;
    let open = write
        .open_window(participant(2), false, false, Timestamp(5_000))
        .await;
    assert!(open.expect("open").is_some());
    let again = write
        .open_window(participant(2), false, false, Timestamp(6_000))
        .await;
    assert!(again.expect("open").is_none());
    assert!(write.call_is_on().await.expect("call"));
    let id = write.commit().await.expect("commit").id;
    assert_eq!(store.count_participants(&id).await.expect("count"), 1);
}

#[tokio::test]
async fn coming_and_going_without_end_costs_no_more_to_look_at() {
    let (_folder, store) = store().await;
    let mut write = created(&store, "aaaaaaaa", None).await;
    let id = write.thread.id.clone();
    let mut now = Timestamp(2_000);
    write
        .open_window(participant(1), true, true, now)
        .await
        .expect("open");
    for _ in 0..3 * PAST_WINDOWS_MAX {
        now = Timestamp(now.0 + 10);
        write
            .open_window(participant(1), true, false, now)
            .await
            .expect("open");
        write
            .close_window(&user(1), false, now)
            .await
            .expect("close");
    }
    write.commit().await.expect("commit");
    let (windows, _) = store.load_stay(&id, &user(1)).await.expect("stay");
    assert_eq!(windows.len(), PAST_WINDOWS_MAX + 1);
    assert!(windows[0].is_open(), "the oldest is still open");
    assert!(windows.is_sorted_by_key(|window| window.opened_on));
    let last = windows.last().and_then(|window| window.closed_on);
    assert!(last >= Some(now), "the latest are the ones kept");
}

#[tokio::test]
async fn a_person_lists_only_threads_being_in() {
    let (_folder, store) = store().await;
    for name in ["aaaaaaaa", "bbbbbbbb", "cccccccc"] {
        let mut write = created(&store, name, None).await;
        write
            .open_window(participant(2), true, false, Timestamp(0))
            .await
            .expect("open");
        write.commit().await.expect("commit");
    }
    let gone = ThreadId::chat("bbbbbbbb").expect("id");
    let mut write = store
        .change_thread(&gone)
        .await
        .expect("load")
        .expect("some");
    write
        .close_window(&user(2), false, Timestamp(0))
        .await
        .expect("close");
    write.commit().await.expect("commit");
    let first = store
        .list_threads(&user(2), Timestamp(0), None, 1)
        .await
        .expect("list");
    assert_eq!(first[0].thread.id.as_str(), "19:cccccccc@thread.v2");
    let rest = store
        .list_threads(&user(2), Timestamp(0), Some(first[0].number), 9)
        .await
        .expect("list");
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].thread.id.as_str(), "19:aaaaaaaa@thread.v2");
}

#[tokio::test]
async fn receipts_only_go_forward_and_end_with_the_stay() {
    let (_folder, store) = store().await;
    let mut write = created(&store, "aaaaaaaa", None).await;
    write
        .open_window(participant(2), true, false, Timestamp(0))
        .await
        .expect("open");
    let receipt = |message| Receipt {
        raw_id: user(2),
        message: Timestamp(message),
        read_on: Timestamp(9),
    };
    assert!(write.save_receipt(&receipt(5)).await.expect("save"));
    assert!(!write.save_receipt(&receipt(4)).await.expect("save"));
    let id = write.commit().await.expect("commit").id;
    assert_eq!(
        store.list_receipts(&id).await.expect("list"),
        vec![receipt(5)]
    );
}

#[tokio::test]
async fn deleting_a_thread_and_erasing_a_person_leave_nothing() {
    let (_folder, store) = store().await;
    let mut write = created(&store, "aaaaaaaa", Some("r")).await;
    write
        .open_window(participant(2), true, false, Timestamp(0))
        .await
        .expect("open");
    let message = write
        .append(text(2, "secret"), Timestamp(0))
        .await
        .expect("append");
    let came = NewMessage {
        kind: MessageKind::ParticipantAdded,
        body: Body::People(vec![participant(1), participant(2)]),
        ..text(1, "")
    };
    let came = write.append(came, Timestamp(0)).await.expect("append").id;
    let id = write.commit().await.expect("commit").id;
    let mut write = store.change_thread(&id).await.expect("load").expect("some");
    let author = user(2);
    let erased = write.erase_messages(&author, Timestamp(0), 9, Timestamp(9));
    assert_eq!(erased.await.expect("erase").len(), 1);
    let again = write.erase_messages(&author, Timestamp(0), 9, Timestamp(9));
    assert_eq!(again.await.expect("erase").len(), 0, "once");
    let erased = write.erase_person(&user(2), Timestamp(9)).await;
    erased.expect("erase");
    write.commit().await.expect("commit");
    let told = store.load_message(&id, came).await.expect("load");
    let Some(Body::People(people)) = told.map(|message| message.body) else {
        panic!("still told")
    };
    let nameless = Participant {
        display_name: String::new(),
        ..participant(2)
    };
    assert_eq!(people, [participant(1), nameless]);
    let tombstone = store.load_message(&id, message.id).await.expect("load");
    let tombstone = tombstone.expect("its place is kept");
    assert_eq!(tombstone.body, Body::Written(String::new()));
    assert!(tombstone.deleted_on.is_some() && tombstone.author_name.is_none());
    assert_eq!(store.count_participants(&id).await.expect("count"), 0);
    let write = store.change_thread(&id).await.expect("load").expect("some");
    write.delete().await.expect("delete");
    assert_eq!(store.load_thread(&id).await.expect("load"), None);
}

/// What SQLite says it will do for a page of messages.
async fn plan(store: &Store) -> Vec<String> {
    let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(
        "EXPLAIN QUERY PLAN SELECT * FROM thread_message WHERE thread = 1 AND version >= 5 AND id >= 0
             AND version < 9 AND (0 OR (id >= 5 AND version < 8)) ORDER BY version DESC LIMIT 101",
    )
    .fetch_all(store.reader())
    .await
    .expect("plan");
    rows.into_iter().map(|(_, _, _, step)| step).collect()
}

#[tokio::test]
async fn a_page_of_messages_walks_the_index_and_sorts_nothing() {
    let (_folder, store) = store().await;
    let steps = plan(&store).await;
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(
        steps[0].contains("thread_message_by_version (thread=? AND version>? AND version<?)"),
        "{steps:?}"
    );
}

#[tokio::test]
async fn windows_and_legs_that_disagree_are_found() {
    let (_folder, store) = store().await;
    let mut new = thread("aaaaaaaa");
    new.id = ThreadId::meeting("aaaaaaaa").expect("valid");
    new.kind = ThreadKind::Meeting("1b5cc06b-f352-4571-b1e6-d9b259b7c777".parse().expect("id"));
    let Ok(Creation::New(mut write)) = store.create_thread(new, None).await else {
        panic!("not created");
    };
    for n in [1, 2] {
        let opened = write.open_window(participant(n), false, false, Timestamp(0));
        opened.await.expect("open");
    }
    let id = write.commit().await.expect("commit").id;
    let mut write = store.write().await.expect("write");
    sqlx::query("INSERT INTO call (id, key, started_on) VALUES ('c', 'meeting:' || ?1, 1)")
        .bind(id.as_str())
        .execute(&mut *write)
        .await
        .expect("call");
    for (leg, n, state) in [
        ("l2", 2, "connected"),
        ("l3", 3, "connected"),
        ("l4", 4, "lobby"),
    ] {
        sqlx::query(
            "INSERT INTO leg (id, call_id, raw_id, client, display_name, outsider, verified, role, state, automatic,
                              since, accepted_on, heartbeat_on, rejoin_key_hash)
             VALUES (?1, 'c', ?2, 'external', 'Ana', 1, 0, 'Presenter', ?3, 0, 1, 1, 1, x'00')",
        )
        .bind(leg)
        .bind(user(n).to_string())
        .bind(state)
        .execute(&mut *write)
        .await
        .expect("leg");
    }
    write.commit().await.expect("commit");
    let stray = store.list_stray_windows().await.expect("list");
    let expected = [
        StrayWindow::Open(id.clone(), user(1)),
        StrayWindow::Missing(id, user(3), "Ana".into()),
    ];
    assert_eq!(stray, expected);
}
