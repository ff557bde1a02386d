//! Lost sockets, lost sessions and lost processes: nobody notices, nobody is billed twice, nobody slips in.
use crate::{
    client::{Client, Heard, connect, hear, send},
    world::{ADA, HOUR, World},
};
use parvis_domain::{
    call::Timings,
    ids::RawId,
    principal::{ClientKind, Scope},
};
use parvis_edge::ws::WsLimits;
use parvis_service::calls::{JoinLocator, JoinWish, NewsSink};
use serde_json::json;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

fn hasty() -> Timings {
    Timings {
        hold_clean: Duration::from_millis(300),
        hold: Duration::from_millis(600),
        seat: Duration::from_millis(2_500),
        ..Timings::default()
    }
}

fn type_of(heard: &Heard) -> String {
    match heard {
        Heard::Frame(frame) => frame["type"].as_str().unwrap_or_default().to_owned(),
        Heard::Closed(code) => code.to_string(),
    }
}

// [CP-12] [CP-16] [A1]
#[tokio::test]
async fn a_lost_socket_resumes_and_nobody_notices() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    guest.lose_socket().await;
    ada.ask(json!({"type": "publish", "camera": true})).await;
    ada.ask(json!({"type": "publish", "camera": false})).await;
    let before = (ada.count("roster").await, ada.count("lobby").await);
    assert_eq!(before, (2, 0), "its own two changes only");
    // A request sent into the void is sent again after the resume.
    let lost_request =
        json!({"type": "publish", "muted": true, "leg": guest.leg, "id": guest.next_id});
    let Heard::Frame(resumed) = guest.resume().await else {
        panic!("closed")
    };
    assert_eq!(resumed["type"], "resumed");
    assert_eq!(resumed["handled"], json!(guest.next_id - 1));
    assert_eq!(
        guest.expect("roster").await["participants"][0]["camera"],
        true
    );
    assert_eq!(
        guest.expect("roster").await["participants"][0]["camera"],
        false
    );
    send(&mut guest.socket, &lost_request).await;
    guest.next_id += 1;
    send(&mut guest.socket, &lost_request).await;
    assert_eq!(ada.expect("roster").await["participants"][0]["muted"], true);
    assert_eq!(
        guest.count("reply").await,
        1,
        "the same request twice is done once"
    );
}

// [CP-12]
#[tokio::test]
async fn a_token_without_calling_resumes_no_call() {
    let world = World::new().await;
    let (_ada, mut guest) = world.met().await;
    let raw_id: RawId = guest.welcome["identity"]["rawId"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("raw id");
    guest.token = world
        .token_of(&raw_id, ClientKind::External, HOUR, &[Scope::Chat])
        .await;
    let heard = guest.resume().await;
    assert_eq!(type_of(&heard), "refused", "{heard:?}");
    assert_eq!(guest.expect_close().await, 4_401);
}

// [CP-14]
#[tokio::test]
async fn a_resumed_session_replaces_its_older_socket() {
    let world = World::new().await;
    let (_ada, mut guest) = world.met().await;
    let fresh = connect(world.address).await;
    let mut older = std::mem::replace(&mut guest.socket, fresh);
    assert_eq!(type_of(&guest.resume().await), "resumed");
    loop {
        match hear(&mut older).await {
            Heard::Closed(code) => break assert_eq!(code, 4_409),
            Heard::Frame(_) => {}
        }
    }
    guest.ask(json!({"type": "publish", "camera": true})).await;
}

// [CP-13]
#[tokio::test]
async fn resumes_that_are_refused() {
    let mut limits = WsLimits::default();
    limits.session.resume_window = Duration::from_millis(300);
    let world = World::with(Timings::default(), limits).await;
    let (_ada, mut guest) = world.met().await;
    let key = guest.welcome["resumeKey"].clone();
    guest.welcome["resumeKey"] = json!("wrong");
    let Heard::Frame(refused) = guest.resume().await else {
        panic!("no frame")
    };
    assert_eq!(
        (&refused["type"], &refused["code"]),
        (&json!("refused"), &json!(410))
    );
    assert!(matches!(
        hear(&mut guest.socket).await,
        Heard::Closed(4_410)
    ));

    guest.welcome["resumeKey"] = key;
    let own = guest.token.clone();
    let other = world.identity().await;
    guest.token = world
        .token(
            &other,
            parvis_domain::principal::ClientKind::External,
            crate::world::HOUR,
        )
        .await;
    assert_eq!(
        type_of(&guest.resume().await),
        "refused",
        "another identity's token"
    );
    guest.token = own;
    assert_eq!(type_of(&guest.resume().await), "resumed");
    guest.lose_socket().await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(type_of(&guest.resume().await), "refused", "too late");
}

// [CP-24] [CP-13]
#[tokio::test]
async fn a_refused_resume_is_followed_by_a_rejoin_without_the_lobby() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    guest.lose_socket().await;
    let mut reborn = guest.reborn(world.address).await;
    let joined = reborn.join(&world.link(), Some("Ana")).await;
    assert_eq!(joined["state"], "connected");
    assert_eq!(reborn.participant, guest.participant);
    assert_eq!(reborn.expect("roster").await["full"], true);
    assert!(
        world.media.was_removed(&guest.participant),
        "its transport begins anew"
    );
    reborn.offer().await;
    world
        .media
        .until_gate(&guest.participant, |gate| gate.receive)
        .await;
    assert_eq!(ada.count("roster").await + ada.count("lobby").await, 0);
    // The wrong key, or the right one in another's hand, is an ordinary join.
    let mut thief = world.guest("Ana").await;
    thief.leg = parvis_service::context::random_uuid();
    thief.rejoin_key = joined["rejoinKey"].as_str().expect("key").to_owned();
    assert_eq!(
        thief.join(&world.link(), Some("Ana")).await["state"],
        "lobby"
    );
}

// [CP-16]
#[tokio::test]
async fn a_vanished_leg_ends_and_its_identity_keeps_its_seat() {
    let world = World::with(hasty(), WsLimits::default()).await;
    let (mut ada, mut guest) = world.met().await;
    guest.lose_socket().await;
    let roster = ada.expect("roster").await;
    assert_eq!(
        roster["removed"],
        json!([{"id": guest.participant, "code": 0, "subCode": 4_521}])
    );
    // Not the leg's key, only the same identity.
    let mut again = Client::hello(world.address, &guest.token).await;
    assert_eq!(
        again.join(&world.link(), Some("Ana")).await["state"],
        "connected"
    );
    assert_ne!(again.participant, guest.participant);
    again.ask(json!({"type": "leave"})).await;
    tokio::time::sleep(Duration::from_millis(2_600)).await;
    let mut late = Client::hello(world.address, &guest.token).await;
    assert_eq!(
        late.join(&world.link(), Some("Ana")).await["state"],
        "lobby"
    );
}

// [CP-16] [CP-40] Whoever vanishes while the media plane still thinks about the offer leaves no transport behind.
#[tokio::test]
async fn an_offer_that_lost_its_asker_leaves_no_transport() {
    let world = World::with(hasty(), WsLimits::default()).await;
    let mut ada = world.organiser().await;
    let mut guest = world
        .session(&world.identity().await, ClientKind::External)
        .await;
    guest.join(&world.link(), Some("Ana")).await;
    ada.expect("lobby").await;
    world.media.stalls.store(true, Ordering::Relaxed);
    guest
        .request(json!({"type": "offer", "sdp": "v=0 offer"}))
        .await;
    world.media.until_gate(&guest.participant, |_| true).await;
    guest.lose_socket().await;
    assert_eq!(
        ada.expect("lobby").await["removed"],
        json!([guest.participant])
    );
    for _ in 0..200 {
        if world.media.was_removed(&guest.participant) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the transport stayed");
}

// [CP-16] [K1] A session that ended while its join was under way: nobody waits in the lobby for it, and nobody pays.
#[tokio::test]
async fn a_join_without_a_session_ends_like_a_lost_leg() {
    let world = World::with(hasty(), WsLimits::default()).await;
    let mut ada = world.organiser().await;
    let raw_id = world.identity().await;
    let token = world.token(&raw_id, ClientKind::External, HOUR).await;
    let principal = world.services.tokens.verify(&token).await.expect("token");
    let wish = JoinWish {
        locator: JoinLocator::Link(world.link()),
        display_name: Some("Ana".to_owned()),
        muted: true,
        rejoin_key: None,
    };
    let (notes, _) = tokio::sync::mpsc::channel(1);
    let sink = NewsSink::new(1, notes, Arc::default());
    let joined = world.services.calls.join(&principal, wish, sink).await;
    let leg = joined.expect("joined").handle.id();
    ada.expect("lobby").await;
    assert_eq!(ada.expect("lobby").await["removed"], json!([leg]));
}

// [CP-17] [CP-24] [K1] [K6]
#[tokio::test]
async fn a_crash_brings_everybody_back_to_where_they_were() {
    let mut world = World::new().await;
    let (ada, guest) = world.met().await;
    let waiting = world.guest("Ben").await;
    let call = world.services.calls.count().await;
    assert_eq!(call, 1);
    world.crash_and_restart().await;

    let mut stale = connect(world.address).await;
    let resume = json!({
        "type": "resume", "version": 1, "session": guest.welcome["session"],
        "resumeKey": guest.welcome["resumeKey"], "after": guest.seen, "token": guest.token,
    });
    send(&mut stale, &resume).await;
    assert_eq!(type_of(&hear(&mut stale).await), "refused");

    let mut back = Vec::new();
    for (before, state) in [
        (&waiting, "lobby"),
        (&guest, "connected"),
        (&ada, "connected"),
    ] {
        let mut reborn = before.reborn(world.address).await;
        let joined = reborn.join(&world.link(), Some("whoever")).await;
        assert_eq!(joined["state"], state);
        assert_eq!(reborn.participant, before.participant);
        back.push((reborn, joined["callId"].as_str().expect("id").to_owned()));
    }
    let (mut host, call) = back.pop().expect("ada");
    let roster = host.expect("roster").await;
    let names: Vec<_> = roster["participants"]
        .as_array()
        .expect("list")
        .iter()
        .map(|entry| entry["displayName"].as_str().unwrap_or_default())
        .collect();
    assert!(
        names.contains(&"Ana (External)") && names.contains(&"Ada Lovelace"),
        "{names:?}"
    );
    let lobby = host.expect("lobby").await;
    assert_eq!(lobby["participants"][0]["displayName"], "Ben (External)");
    host.ask(json!({"type": "leave", "forEveryone": true}))
        .await;
    host.expect_end().await;
    let records = world
        .services
        .usage
        .list_call(call.parse().expect("id"))
        .await
        .expect("records");
    assert_eq!(records.len(), 3, "one record a leg");
    assert!(records.iter().all(|record| record.ended_on.is_some()));
}

// [K1] [CP-16] Who does not come back after a crash is billed to the last heartbeat and the hold, no further.
#[tokio::test]
async fn a_crash_closes_the_records_of_those_who_stay_away() {
    let mut world = World::with(hasty(), WsLimits::default()).await;
    let mut guest = world.guest("Ana").await;
    let call = {
        let mut ada = world.organiser().await;
        ada.ask(json!({"type": "admitAll"})).await;
        guest.expect("admitted").await;
        let mut second = Client::hello(world.address, &ada.token).await;
        second.join(&world.link(), None).await["callId"]
            .as_str()
            .expect("id")
            .to_owned()
    };
    let call = call.parse().expect("id");
    world.crash_and_restart().await;
    for _ in 0..500 {
        let records = world.services.usage.list_call(call).await.expect("records");
        assert!(!records.is_empty());
        if records.iter().all(|record| record.ended_on.is_some()) {
            assert_eq!(records.len(), 3);
            assert!(
                records.iter().all(|record| record.duration_ms < 5_000),
                "{records:?}"
            );
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("records stayed open");
}

// [CP-47] Without its media worker a call is silent: its legs end, so that the next join finds a worker that runs.
#[tokio::test]
async fn a_call_whose_media_worker_is_gone_ends() {
    let timings = Timings {
        media: Duration::from_millis(500),
        ..Timings::default()
    };
    let world = World::with(timings, WsLimits::default()).await;
    let (mut ada, mut guest) = world.met().await;
    world.media.lose_workers();
    assert_eq!(guest.expect_end().await, (410, 301_005));
    assert_eq!(ada.expect_end().await, (410, 301_005));
    let mut again = world.session(&RawId::Member(ADA), ClientKind::Host).await;
    again.join(&world.link(), None).await;
    again.offer().await;
}

// [K1] [CP-24] A call whose task went down by our own bug goes on, and nobody's meter runs for ever.
#[tokio::test]
async fn a_call_that_went_down_is_brought_back() {
    let world = World::with(hasty(), WsLimits::default()).await;
    let guest = world.guest("Ana").await;
    let mut ada = world.session(&RawId::Member(ADA), ClientKind::Host).await;
    let call = ada.join(&world.link(), None).await["callId"].clone();
    let call = call.as_str().expect("id").parse().expect("id");
    ada.offer().await;
    world.media.panics.store(true, Ordering::Relaxed);
    ada.request(json!({"type": "publish", "camera": true}))
        .await;
    for _ in 0..1_000 {
        let records = world.services.usage.list_call(call).await.expect("records");
        if records.iter().all(|record| record.ended_on.is_some()) {
            assert_eq!(records.len(), 2);
            assert!(!world.media.panics.load(Ordering::Relaxed));
            let joined = guest
                .reborn(world.address)
                .await
                .join(&world.link(), None)
                .await;
            return assert_eq!(joined["state"], "lobby");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("records stayed open");
}

// [CP-17]
#[tokio::test]
async fn a_shutdown_says_bye_and_keeps_the_legs() {
    let mut world = World::new().await;
    let (_ada, mut guest) = world.met().await;
    world.begin_shutdown();
    let bye = guest.expect("bye").await;
    assert_eq!(
        (&bye["code"], &bye["reason"]),
        (&json!(503), &json!("shutdown"))
    );
    assert_eq!(guest.expect_close().await, 1_012);
    world.crash_and_restart().await;
    let mut reborn = guest.reborn(world.address).await;
    assert_eq!(
        reborn.join(&world.link(), Some("Ana")).await["state"],
        "connected"
    );
    assert_eq!(reborn.participant, guest.participant);
}
