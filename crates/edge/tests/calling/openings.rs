//! First frames, malformed frames, tokens that end, and bounds.
use crate::{
    client::{Client, Heard, connect, hear, send},
    world::{ADA, HOUR, World},
};
use futures_util::SinkExt;
use parvis_domain::{call::Timings, ids::RawId, principal::ClientKind};
use parvis_edge::ws::WsLimits;
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

async fn closed_after(world: &World, first: Message) -> u16 {
    let mut socket = connect(world.address).await;
    socket.send(first).await.expect("send");
    match hear(&mut socket).await {
        Heard::Closed(code) => code,
        Heard::Frame(frame) => panic!("{frame}"),
    }
}

// [CP-1] [CP-2] [CP-3]
#[tokio::test]
async fn first_frames_that_are_none() {
    let limits = WsLimits {
        opening_max: Duration::from_millis(200),
        ..WsLimits::default()
    };
    let world = World::with(Timings::default(), limits).await;
    for (first, code) in [
        (Message::text("nonsense"), 4_400),
        (Message::text("{}"), 4_400),
        (Message::text(r#"{"type":"hello","version":"one"}"#), 4_400),
        (Message::binary(vec![1, 2, 3]), 4_400),
        (Message::text("x".repeat(300 * 1024)), 4_400),
        (Message::text(r#"{"type":"ping","ack":0}"#), 4_408),
    ] {
        assert_eq!(closed_after(&world, first).await, code);
    }
    let mut silent = connect(world.address).await;
    assert!(matches!(hear(&mut silent).await, Heard::Closed(4_408)));
}

// [CP-10] [CP-11]
#[tokio::test]
async fn every_bad_token_gets_the_same_answer() {
    let world = World::new().await;
    let raw_id = world.identity().await;
    let good = world.token(&raw_id, ClientKind::External, HOUR).await;
    let mut tampered = good.clone();
    let last = tampered.pop().expect("a letter");
    tampered.push(if last == 'A' { 'B' } else { 'A' });
    let revoked = world.identity().await;
    let ended = world.token(&revoked, ClientKind::External, HOUR).await;
    world
        .services
        .identities
        .revoke(&world.resource.into(), &revoked)
        .await
        .expect("revoke");
    for (version, token, code, sub_code) in [
        (1, "", 401, 10_009),
        (1, "nonsense", 401, 10_009),
        (1, tampered.as_str(), 401, 10_009),
        (1, ended.as_str(), 401, 10_009),
        (2, good.as_str(), 400, 0),
    ] {
        let mut socket = connect(world.address).await;
        send(
            &mut socket,
            &json!({"type": "hello", "version": version, "token": token}),
        )
        .await;
        let Heard::Frame(refused) = hear(&mut socket).await else {
            panic!("no frame")
        };
        assert_eq!(refused["type"], "refused");
        assert_eq!(
            (&refused["code"], &refused["subCode"]),
            (&json!(code), &json!(sub_code))
        );
        assert!(matches!(hear(&mut socket).await, Heard::Closed(4_401)));
    }
    let session = Client::hello(world.address, &good).await;
    assert_eq!(
        session.welcome["identity"],
        json!({"rawId": raw_id.to_string(), "kind": "external"})
    );
    assert!(session.welcome["displayName"].is_null());
    assert!(session.welcome["seq"].is_null());
}

// [CP-2] [CP-4] [CP-8]
#[tokio::test]
async fn malformed_requests_are_answered_or_close_the_socket() {
    let world = World::new().await;
    let mut guest = world.guest("Ana").await;
    for request in [
        json!({"type": "fly"}),
        json!({"type": "admit", "participants": "everybody"}),
        json!({"type": "admit", "participants": ["not an id"]}),
        json!({"type": "publish", "muted": "yes"}),
        json!({"type": "join", "leg": 7}),
    ] {
        assert_eq!(guest.refused(request.clone()).await, (400, 0), "{request}");
    }
    let unknown = parvis_service::context::random_uuid();
    assert_eq!(
        guest
            .refused(json!({"type": "leave", "leg": unknown}))
            .await,
        (404, 4_500)
    );
    // A gap in the ids, a frame that is none, a binary frame.
    guest.next_id += 1;
    guest.request(json!({"type": "lobbyList"})).await;
    assert_eq!(guest.expect_close().await, 4_400);
    for bad in [Message::text("{"), Message::binary(vec![0])] {
        let raw_id = world.identity().await;
        let mut session = world.session(&raw_id, ClientKind::External).await;
        session.socket.send(bad).await.expect("send");
        assert_eq!(session.expect_close().await, 4_400);
    }
}

// [CP-6]
#[tokio::test]
async fn a_silent_client_is_dropped() {
    let mut limits = WsLimits::default();
    limits.session.heartbeat = Duration::from_millis(100);
    let world = World::with(Timings::default(), limits).await;
    let mut ada = world.session(&RawId::Member(ADA), ClientKind::Host).await;
    assert_eq!(ada.welcome["heartbeatMs"], 100);
    assert_eq!(ada.expect_close().await, 1_006, "dropped, not closed");
    let Heard::Frame(resumed) = ada.resume().await else {
        panic!("closed")
    };
    assert_eq!(resumed["type"], "resumed");
}

// [CP-7]
#[tokio::test]
async fn sessions_and_legs_are_bounded() {
    let limits = WsLimits {
        sessions_per_identity_max: 2,
        ..WsLimits::default()
    };
    let world = World::with(Timings::default(), limits).await;
    let token = world
        .token(&RawId::Member(ADA), ClientKind::Host, HOUR)
        .await;
    let mut one = Client::hello(world.address, &token).await;
    let _two = Client::hello(world.address, &token).await;
    let mut third = connect(world.address).await;
    send(
        &mut third,
        &json!({"type": "hello", "version": 1, "token": token}),
    )
    .await;
    let Heard::Frame(refused) = hear(&mut third).await else {
        panic!("no frame")
    };
    assert_eq!(
        (&refused["type"], &refused["code"]),
        (&json!("refused"), &json!(429))
    );

    for _ in 0..8 {
        let mut join = one.join_frame(&world.link(), None);
        join["leg"] = json!(parvis_service::context::random_uuid());
        one.ask(join).await;
    }
    let mut ninth = one.join_frame(&world.link(), None);
    ninth["leg"] = json!(parvis_service::context::random_uuid());
    assert_eq!(one.refused(ninth).await, (429, 0));
}

// [CP-15]
#[tokio::test]
async fn a_revoked_token_ends_the_legs_and_the_session() {
    let world = World::new().await;
    let mut ada = world.organiser().await;
    let raw_id = world.identity().await;
    let guest = world.guest_of(&raw_id, "Ana").await;
    let mut guest = world.admit(&mut ada, guest).await;
    world
        .services
        .identities
        .revoke(&world.resource.into(), &raw_id)
        .await
        .expect("revoke");
    assert_eq!(guest.expect_end().await, (495, 4_507));
    let bye = guest.expect("bye").await;
    assert_eq!(
        (&bye["code"], &bye["reason"]),
        (&json!(495), &json!("tokenRevoked"))
    );
    assert_eq!(guest.expect_close().await, 4_401);
    let gone = ada.expect("roster").await;
    assert_eq!(gone["removed"][0]["subCode"], 4_507);
}

// [CP-15]
#[tokio::test]
async fn a_token_that_runs_out_ends_the_session_unless_renewed() {
    let world = World::new().await;
    let raw_id = world.identity().await;
    let short = world
        .token(&raw_id, ClientKind::External, Duration::from_secs(2))
        .await;
    let mut renewed = Client::hello(world.address, &short).await;
    let mut expiring = Client::hello(world.address, &short).await;
    expiring.join(&world.link(), Some("Ana")).await;
    let foreign = world
        .token(&world.identity().await, ClientKind::External, HOUR)
        .await;
    assert_eq!(
        renewed
            .refused(json!({"type": "token", "token": foreign}))
            .await,
        (400, 40_233)
    );
    assert_eq!(
        renewed
            .refused(json!({"type": "token", "token": "x"}))
            .await,
        (401, 10_009)
    );
    let fresh = world.token(&raw_id, ClientKind::External, HOUR).await;
    renewed.ask(json!({"type": "token", "token": fresh})).await;
    assert_eq!(expiring.expect_end().await, (495, 4_507));
    assert_eq!(expiring.expect("bye").await["reason"], "tokenExpired");
    assert_eq!(expiring.expect_close().await, 4_401);
    assert_eq!(
        renewed.join(&world.link(), Some("Ana")).await["state"],
        "lobby"
    );
}
