//! In the call: media gates, muting, roles, removal, the end for everyone, and a client that asks for what it may not.
use crate::world::{BO, World};
use parvis_domain::{ids::RawId, policy::Presenters, principal::ClientKind};
use serde_json::{Value, json};
use std::{sync::atomic::Ordering, time::Duration};

fn entry<'a>(roster: &'a Value, id: &str) -> &'a Value {
    let participants = roster["participants"].as_array().expect("participants");
    participants
        .iter()
        .find(|entry| entry["id"] == id)
        .expect("listed")
}

// [F1] [F2] [F3] [CP-42]
#[tokio::test]
async fn publishing_is_seen_and_opens_the_gate() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let id = guest.participant.clone();
    guest.ask(json!({"type": "publish", "muted": true})).await;
    assert_eq!(entry(&ada.expect("roster").await, &id)["muted"], true);
    world.media.until_gate(&id, |gate| !gate.audio).await;
    guest
        .ask(json!({"type": "publish", "muted": false, "camera": true}))
        .await;
    let roster = ada.expect("roster").await;
    assert_eq!(entry(&roster, &id)["camera"], true);
    world
        .media
        .until_gate(&id, |gate| gate.audio && gate.camera && !gate.share)
        .await;
    guest.ask(json!({"type": "publish", "share": true})).await;
    assert_eq!(entry(&ada.expect("roster").await, &id)["share"], true);
    world.media.until_gate(&id, |gate| gate.share).await;
    guest
        .ask(json!({"type": "publish", "camera": false, "share": false}))
        .await;
    let roster = ada.expect("roster").await;
    assert_eq!(entry(&roster, &id)["camera"], false);
    assert_eq!(
        roster["version"].as_u64(),
        Some(6),
        "each change counts one"
    );
    world
        .media
        .until_gate(&id, |gate| !gate.camera && !gate.share)
        .await;
}

// [CP-43] [CP-44] [CP-45]
#[tokio::test]
async fn slots_and_speakers_are_told_by_participant() {
    let world = World::new().await;
    let (ada, mut guest) = world.met().await;
    let want =
        json!({"participant": ada.participant, "stream": "camera", "width": 640, "height": 360});
    guest.ask(json!({"type": "view", "wants": [want]})).await;
    let slots = guest.expect("slots").await;
    let expected = json!([{"mid": "4", "participant": ada.participant, "stream": "camera"}]);
    assert_eq!(slots["video"], expected);
    world.media.speak(&[&ada.participant]);
    let speakers = guest.expect("speakers").await;
    assert_eq!(speakers["dominant"], json!([ada.participant]));
}

// [CP-27] [CP-42] [CP-43] What a full media queue refuses is told to it again, without anybody asking again.
#[tokio::test]
async fn a_full_media_queue_loses_nothing() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    world.media.is_full.store(true, Ordering::Relaxed);
    guest.ask(json!({"type": "publish", "camera": true})).await;
    let wants = json!([{"participant": guest.participant, "stream": "camera"}]);
    ada.ask(json!({"type": "view", "wants": wants})).await;
    world.media.is_full.store(false, Ordering::Relaxed);
    let slots = ada.expect("slots").await;
    assert_eq!(slots["video"][0]["participant"], json!(guest.participant));
    world
        .media
        .until_gate(&guest.participant, |gate| gate.camera)
        .await;

    world.media.is_full.store(true, Ordering::Relaxed);
    guest.ask(json!({"type": "leave"})).await;
    ada.ask(json!({"type": "leave", "forEveryone": true})).await;
    assert_eq!(ada.expect_end().await, (0, 0));
    world.media.is_full.store(false, Ordering::Relaxed);
    for _ in 0..200 {
        if world.media.closed_calls() == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the call's transports stayed");
}

// [CP-40]
#[tokio::test]
async fn a_bad_offer_is_refused_in_words() {
    let world = World::new().await;
    let mut guest = world.guest("Ana").await;
    assert_eq!(
        guest
            .refused(json!({"type": "offer", "sdp": "nonsense"}))
            .await,
        (400, 0)
    );
    guest.offer().await;
}

// [CP-46] [F1]
#[tokio::test]
async fn the_host_mutes_a_guest_until_it_unmutes() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let id = guest.participant.clone();
    world.media.until_gate(&id, |gate| gate.audio).await;
    ada.ask(json!({"type": "muteOthers", "participants": "all"}))
        .await;
    assert_eq!(
        guest.expect("mutedByOther").await["by"],
        json!(ada.participant)
    );
    assert_eq!(entry(&ada.expect("roster").await, &id)["muted"], true);
    world.media.until_gate(&id, |gate| !gate.audio).await;
    guest.ask(json!({"type": "publish", "muted": false})).await;
    world.media.until_gate(&id, |gate| gate.audio).await;
}

// [L3] [CP-27] [CP-33] [CP-34] [CP-36] [CP-46] Whatever a hand-written client of a guest sends, the server refuses.
#[tokio::test]
async fn a_guest_conducts_nothing() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let mut waiting = world.guest("Ben").await;
    ada.expect("lobby").await;
    for (request, expected) in [
        (
            json!({"type": "admit", "participants": [waiting.participant]}),
            (403, 41_805),
        ),
        (json!({"type": "admitAll"}), (403, 41_805)),
        (
            json!({"type": "reject", "participants": [waiting.participant]}),
            (403, 41_805),
        ),
        (
            json!({"type": "remove", "participant": ada.participant}),
            (403, 0),
        ),
        (
            json!({"type": "muteOthers", "participants": "all"}),
            (403, 0),
        ),
        (json!({"type": "leave", "forEveryone": true}), (403, 0)),
        (
            json!({"type": "setRole", "participant": guest.participant, "role": "Organizer"}),
            (403, 0),
        ),
        (
            json!({"type": "setRole", "participant": guest.participant, "role": "King"}),
            (400, 0),
        ),
    ] {
        assert_eq!(guest.refused(request.clone()).await, expected, "{request}");
    }
    assert_eq!(
        waiting.refused(json!({"type": "admitAll"})).await,
        (403, 41_805),
        "nor from the lobby"
    );
    assert_eq!(waiting.count("admitted").await, 0);
    assert_eq!(ada.count("ended").await, 0);
}

// [L3] [F3] [CP-35] [CP-42] As an attendee not even sharing; promoted, sharing.
#[tokio::test]
async fn an_attendee_cannot_share_until_promoted() {
    let world = World::new().await;
    world
        .change_options(|options| options.presenters = Presenters::Organisation)
        .await;
    let (mut ada, mut guest) = world.met().await;
    assert_eq!(
        guest
            .refused(json!({"type": "publish", "share": true}))
            .await,
        (403, 0)
    );
    let promote = json!({"type": "setRole", "participant": guest.participant, "role": "Presenter"});
    ada.ask(promote).await;
    let changed = guest.expect("capabilities").await;
    assert_eq!(
        (&changed["role"], &changed["reason"]),
        (&json!("Presenter"), &json!("RoleChanged"))
    );
    assert_eq!(
        changed["capabilities"]
            .as_object()
            .map(serde_json::Map::len),
        Some(25)
    );
    let share = &changed["capabilities"]["shareScreen"];
    assert_eq!(*share, json!({"isPresent": true, "reason": "Capable"}));
    let lobby = &changed["capabilities"]["manageLobby"];
    assert_eq!(
        *lobby,
        json!({"isPresent": false, "reason": "UserPolicyRestricted"})
    );
    guest.ask(json!({"type": "publish", "share": true})).await;
}

// [CP-35] A policy reaches the running call.
#[tokio::test]
async fn a_policy_lets_presenters_from_outside_admit() {
    let world = World::new().await;
    let (_ada, mut guest) = world.met().await;
    world
        .change_policy(|policy| policy.outsiders_manage_lobby = true)
        .await;
    let changed = guest.expect("capabilities").await;
    assert_eq!(changed["capabilities"]["manageLobby"]["isPresent"], true);
    guest.expect("lobby").await;
    let waiting = world.guest("Ben").await;
    guest.expect("lobby").await;
    let admit = json!({"type": "admit", "participants": [waiting.participant]});
    assert_eq!(guest.ask(admit).await["successCount"], 1);
}

// [CP-34]
#[tokio::test]
async fn a_removed_guest_waits_when_it_comes_again() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    ada.ask(json!({"type": "remove", "participant": guest.participant}))
        .await;
    assert_eq!(guest.expect_end().await, (0, 5_300));
    let roster = ada.expect("roster").await;
    assert_eq!(
        roster["removed"],
        json!([{"id": guest.participant, "code": 0, "subCode": 5_300}])
    );
    assert!(world.media.was_removed(&guest.participant));
    let again = guest.join(&world.link(), Some("Ana")).await;
    assert_eq!(
        again["state"], "lobby",
        "its seat is lost, its rejoin key too"
    );
}

// [CP-20] [L3]
#[tokio::test]
async fn who_comes_and_goes_without_end_is_held_back() {
    let world = World::new().await;
    let mut ada = world.organiser().await;
    let raw_id = world.identity().await;
    let mut guest = world.session(&raw_id, ClientKind::External).await;
    let link = world.link();
    for _ in 0..20 {
        guest.join(&link, Some("Ana")).await;
        guest.ask(json!({"type": "leave"})).await;
        guest.expect_end().await;
    }
    let again = guest.join_frame(&link, Some("Ana"));
    assert_eq!(guest.refused(again).await, (429, 0));
    assert!(ada.count("lobby").await <= 40, "who waits is told no more");
    world.guest("Somebody else").await;
}

// [CP-27] [CP-26] [D4]
#[tokio::test]
async fn the_organiser_ends_for_everyone() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let mut waiting = world.guest("Ben").await;
    ada.ask(json!({"type": "leave", "forEveryone": true})).await;
    assert_eq!(ada.expect_end().await, (0, 0));
    assert_eq!(guest.expect_end().await, (0, 4_097));
    assert_eq!(waiting.expect_end().await, (0, 4_097));
    for _ in 0..200 {
        if world.services.calls.count().await == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(
        (
            world.services.calls.count().await,
            world.media.closed_calls()
        ),
        (0, 1)
    );
    assert_eq!(
        guest.join(&world.link(), Some("Ana")).await["state"],
        "lobby",
        "a new call"
    );
}

// [CP-27] [CP-30]
#[tokio::test]
async fn leaving_is_told_to_the_others_and_the_call_goes_on() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let mut bo = world.session(&RawId::Member(BO), ClientKind::Host).await;
    bo.join(&world.link(), None).await;
    ada.expect("roster").await;
    guest.ask(json!({"type": "leave"})).await;
    assert_eq!(guest.expect_end().await, (0, 0));
    let roster = ada.expect("roster").await;
    assert_eq!(
        roster["removed"],
        json!([{"id": guest.participant, "code": 0, "subCode": 0}])
    );
    let full = {
        ada.ask(json!({"type": "rosterSync"})).await;
        ada.expect("roster").await
    };
    assert_eq!(
        (&full["full"], &full["version"]),
        (&json!(true), &roster["version"])
    );
    assert_eq!(full["participants"].as_array().map(Vec::len), Some(2));
}
