//! Calls that a builder's server steers: begun, answered and taken in hand through the control port, with real clients on
//! the other side.
use crate::{client::Client, world::World};
use parvis_domain::{
    call::{CallKey, EndCode, Party},
    ids::{ExternalUserId, LegId, RawId, ResourceId},
    meter::MeterKind,
    principal::ClientKind,
};
use parvis_service::calls::{CallControl, ControlEvent, ControlledCall, RingNews};
use serde_json::json;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

async fn next(events: &mut mpsc::Receiver<ControlEvent>) -> ControlEvent {
    let heard = tokio::time::timeout(Duration::from_secs(10), events.recv()).await;
    heard.expect("in time").expect("the stream goes on")
}

/// The next roster, as (identity, ringing); other events are dropped.
async fn until_roster(
    events: &mut mpsc::Receiver<ControlEvent>,
    wanted: &[(&RawId, bool)],
) -> Vec<LegId> {
    loop {
        if let ControlEvent::Roster(list) = next(events).await {
            let found: Vec<_> = list.iter().map(|one| (&one.raw_id, one.ringing)).collect();
            if wanted.iter().all(|one| found.contains(one)) && found.len() == wanted.len() {
                return wanted
                    .iter()
                    .filter_map(|(id, _)| list.iter().find(|one| one.raw_id == **id))
                    .map(|one| one.leg)
                    .collect();
            }
        }
    }
}

async fn until_over(events: &mut mpsc::Receiver<ControlEvent>) -> EndCode {
    loop {
        if let ControlEvent::Over(end) = next(events).await {
            assert_eq!(events.recv().await, None, "nothing comes after the end");
            return end;
        }
    }
}

async fn until_invite_ended(events: &mut mpsc::Receiver<ControlEvent>) -> Result<(), EndCode> {
    loop {
        if let ControlEvent::InviteEnded { result, .. } = next(events).await {
            return result;
        }
    }
}

fn wanted(world: &World, caller: &RawId, callees: &[&RawId]) -> ControlledCall {
    ControlledCall {
        resource: world.resource,
        caller: caller.clone(),
        caller_name: "Reception".to_owned(),
        callees: callees.iter().map(|id| (*id).clone()).collect(),
        ring_for: None,
    }
}

async fn create(world: &World, caller: &RawId, callees: &[&RawId]) -> CallControl {
    let wanted = wanted(world, caller, callees);
    let created = world.services.calls.create_controlled(wanted).await;
    created.expect("created")
}

/// A session that answers the ring it hears of.
async fn answer(client: &mut Client, name: &str) -> serde_json::Value {
    let incoming = client.expect("incoming").await;
    client.accept(&incoming, Some(name)).await
}

// [CP-52] [CP-53] The server rings, mutes, adds, removes and ends; its own leg costs nothing.
#[tokio::test]
async fn a_server_begins_and_steers_a_call() {
    let world = World::new().await;
    let (bot, ben) = (world.identity().await, world.identity().await);
    let mut client = world.session(&ben, ClientKind::External).await;
    let control = create(&world, &bot, &[&ben]).await;
    let mut events = control.events().await.expect("events");
    until_roster(&mut events, &[(&bot, false), (&ben, true)]).await;

    let joined = answer(&mut client, "Ben").await;
    assert_eq!(joined["callId"], json!(control.call().to_string()));
    assert_eq!(joined["state"], "connected");
    assert_eq!(until_invite_ended(&mut events).await, Ok(()));
    let legs = until_roster(&mut events, &[(&bot, false), (&ben, false)]).await;
    assert_eq!(Some(legs[0]), control.leg());
    let roster = client.expect("roster").await;
    let names: Vec<_> = roster["participants"]
        .as_array()
        .expect("list")
        .iter()
        .map(|one| one["displayName"].as_str().expect("name"))
        .collect();
    assert!(names.contains(&"Reception"), "{names:?}");

    control.mute(ben.clone()).await.expect("mute");
    client.expect("mutedByOther").await;
    let nobody = RawId::External {
        resource: world.resource,
        user: ExternalUserId(Uuid::from_u128(1)),
    };
    let missing = control.mute(nobody.clone()).await.expect_err("not there");
    assert_eq!(missing.end, EndCode::NOT_IN_CALL);
    let offline = control
        .invite(nobody, None, None)
        .await
        .expect_err("offline");
    assert_eq!(offline.end, EndCode::NO_ENDPOINT);

    let cy = world.identity().await;
    let mut third = world.session(&cy, ClientKind::External).await;
    let invite = control.invite(cy.clone(), None, None).await.expect("rings");
    third.expect("incoming").await;
    control.cancel_invite(invite).await.expect("cancelled");
    let ended = third.expect("incomingEnded").await;
    assert_eq!(
        (ended["code"].as_u64(), ended["subCode"].as_u64()),
        (Some(487), Some(0))
    );
    assert_eq!(
        until_invite_ended(&mut events).await,
        Err(EndCode::RING_CANCELLED)
    );

    control.remove(ben.clone()).await.expect("removed");
    assert_eq!(client.expect_end().await, (0, 5300));
    // Only the server is left.
    assert_eq!(until_over(&mut events).await, EndCode::CALL_OVER);

    let now = world.services.context.now();
    let store = &world.services.context.store;
    let usage = store
        .list_call_usage(control.call(), now)
        .await
        .expect("usage");
    let records: Vec<_> = usage.iter().map(|one| (&one.raw_id, one.kind)).collect();
    assert_eq!(records, [(&ben, MeterKind::Voip)], "one person, one record");
    assert!(usage[0].ended_on.is_some());
}

// [CP-54] [CP-55] What nobody answers is over with the reason, and costs nothing.
#[tokio::test]
async fn a_server_hears_why_nobody_came() {
    let world = World::new().await;
    let (bot, ben, cy) = (
        world.identity().await,
        world.identity().await,
        world.identity().await,
    );
    let offline = world
        .services
        .calls
        .create_controlled(wanted(&world, &bot, &[&ben]))
        .await;
    assert_eq!(offline.err().expect("offline").end, EndCode::NO_ENDPOINT);

    let mut client = world.session(&ben, ClientKind::External).await;
    let mut wish = wanted(&world, &bot, &[&ben]);
    wish.ring_for = Some(Duration::from_secs(1));
    let silent = world.services.calls.create_controlled(wish).await;
    let mut events = silent.expect("rings").events().await.expect("events");
    client.expect("incoming").await;
    assert_eq!(until_over(&mut events).await, EndCode::NO_ANSWER);
    assert_eq!(client.expect("incomingEnded").await["subCode"], 10004);

    let control = create(&world, &bot, &[&ben]).await;
    let mut events = control.events().await.expect("events");
    let incoming = client.expect("incoming").await;
    client
        .ask(json!({"type": "decline", "ring": incoming["ring"]}))
        .await;
    assert_eq!(until_over(&mut events).await, EndCode::DECLINED);

    let mut other = world.session(&cy, ClientKind::External).await;
    let control = create(&world, &bot, &[&ben, &cy]).await;
    let mut events = control.events().await.expect("events");
    for client in [&mut client, &mut other] {
        let incoming = client.expect("incoming").await;
        assert_eq!(incoming["group"], true);
        client
            .ask(json!({"type": "decline", "ring": incoming["ring"]}))
            .await;
    }
    assert_eq!(until_over(&mut events).await, EndCode::ALL_DECLINED);
    let now = world.services.context.now();
    let usage = world
        .services
        .context
        .store
        .list_call_usage(control.call(), now);
    assert!(usage.await.expect("usage").is_empty());
}

// [CP-53] A server answers for an identity that has no client at all, or rejects.
#[tokio::test]
async fn a_server_answers_for_its_identities() {
    let world = World::new().await;
    let (ana, desk) = (world.identity().await, world.identity().await);
    let calls = &world.services.calls;
    let mut caller = world.session(&ana, ClientKind::External).await;
    let start = json!({"type": "start", "callees": [desk.to_string()], "displayName": "Ana"});
    assert_eq!(caller.refused(start.clone()).await, (480, 10037));

    let mut incoming = calls.watch_incoming(world.resource);
    let foreign = ResourceId(Uuid::from_u128(77));
    let started = caller.start(&[&desk], "Ana").await;
    assert_eq!(started["state"], "ringing");
    let Some(RingNews::Incoming(ring)) = incoming.recv().await else {
        panic!("the server hears of the ring");
    };
    assert_eq!((&ring.caller, &ring.callee), (&ana, &desk));
    assert_eq!(ring.caller_name, "Ana");
    assert!(calls.take_incoming(foreign, ring.ring).is_none());
    let taken = calls
        .take_incoming(world.resource, ring.ring)
        .expect("taken");
    let control = taken.answer("Desk".to_owned()).await.expect("answered");
    caller.expect("answered").await;
    let mut events = control.events().await.expect("events");
    until_roster(&mut events, &[(&ana, false), (&desk, false)]).await;
    assert!(calls.take_incoming(world.resource, ring.ring).is_none());
    control.leave().await.expect("left");
    assert_eq!(caller.expect_end().await, (0, 5003));
    assert_eq!(until_over(&mut events).await, EndCode::LEFT);

    caller.renew_leg();
    caller.start(&[&desk], "Ana").await;
    let ring = loop {
        if let Some(RingNews::Incoming(ring)) = incoming.recv().await {
            break ring;
        }
    };
    let taken = calls
        .take_incoming(world.resource, ring.ring)
        .expect("taken");
    taken.reject(EndCode::DECLINED).await.expect("rejected");
    assert_eq!(caller.expect_end().await, (603, 0));
}

// [E7] A server takes running calls of its resource in hand, and nobody else's.
#[tokio::test]
async fn a_server_controls_its_own_resource_only() {
    let world = World::new().await;
    let ana = world.identity().await;
    let mut client = world.session(&ana, ClientKind::External).await;
    let group_id = Uuid::from_u128(5);
    let join = json!({"type": "join", "locator": {"groupId": group_id}, "displayName": "Ana"});
    client.ask(join).await;
    let key = CallKey::Group {
        resource: world.resource,
        group_id,
    };
    let calls = &world.services.calls;
    let foreign = ResourceId(Uuid::from_u128(77));
    assert!(calls.control_key(foreign, &key, None).await.is_none());
    let control = calls
        .control_key(world.resource, &key, None)
        .await
        .expect("found");
    assert!(calls.control(foreign, control.call(), None).await.is_none());
    assert!(
        calls
            .control(world.resource, control.call(), None)
            .await
            .is_some()
    );
    let roster = control.roster().await.expect("roster");
    assert_eq!(roster.len(), 1);
    assert_eq!((&roster[0].raw_id, roster[0].ringing), (&ana, false));
    let long = Party {
        raw_id: ana.clone(),
        display_name: "x".repeat(257),
        outsider: true,
    };
    let ben = world.identity().await;
    let refused = control.invite(ben, Some(long), None).await;
    assert_eq!(refused.expect_err("too long").end, EndCode::NAME_TOO_LONG);
    control.end_for_all().await.expect("ended");
    assert_eq!(client.expect_end().await, (0, 7000));

    let (ada, _guest) = world.met().await;
    let meeting = ada.call();
    assert!(calls.control(world.resource, meeting, None).await.is_none());
}

// [CP-56] The server's leg is there again after a crash; it waits for nobody to come back.
#[tokio::test]
async fn a_steered_call_survives_a_crash() {
    let mut world = World::new().await;
    let (bot, ben) = (world.identity().await, world.identity().await);
    let mut client = world.session(&ben, ClientKind::External).await;
    let control = create(&world, &bot, &[&ben]).await;
    answer(&mut client, "Ben").await;
    let (call, leg) = (control.call(), control.leg());
    world.crash_and_restart().await;
    let calls = &world.services.calls;
    let control = calls
        .control(world.resource, call, leg)
        .await
        .expect("lives");
    assert_eq!(control.leg(), leg);
    let mut client = client.reborn(world.address).await;
    let back = client.come_back(&call.to_string()).await;
    assert_eq!(back["state"], "connected");
    control.leave().await.expect("left");
    assert_eq!(client.expect_end().await, (0, 5003));
}
