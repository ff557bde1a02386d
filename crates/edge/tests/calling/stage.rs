//! Hands, spotlight, media access, reactions, text and data, as clients hear of them.
use crate::world::{BO, World};
use parvis_domain::{ids::RawId, principal::ClientKind};
use serde_json::json;

const FORBIDDEN: (u64, u64) = (403, 45_802);

// [F4] [CP-60] [CP-61]
#[tokio::test]
async fn a_raised_hand_is_seen_by_all_also_by_who_comes_later() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    guest.ask(json!({"type": "hand", "raised": true})).await;
    for client in [&mut ada, &mut guest] {
        let stage = client.expect("stage").await;
        assert_eq!(stage["hands"], json!([guest_id(&stage)]));
        assert_eq!(stage["attendees"], json!({"audio": true, "camera": true}));
    }
    let mut later = world.session(&RawId::Member(BO), ClientKind::Host).await;
    let link = world.link();
    later.join(&link, None).await;
    assert_eq!(
        later.expect("stage").await["hands"],
        json!([guest.participant])
    );
    ada.ask(json!({"type": "lowerHands", "participants": "all"}))
        .await;
    assert_eq!(guest.expect("stage").await["hands"], json!([]));
}

// [CP-60] [CP-61] One who never stops must not bury the others' sessions.
#[tokio::test]
async fn a_leg_that_changes_without_end_is_held_back() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let mut refused = 0;
    for n in 0..200 {
        let hand = json!({"type": "hand", "raised": n % 2 == 0});
        let id = guest.request(hand).await;
        refused += usize::from(guest.answer(id).await["code"] == 429);
    }
    assert!(refused >= 20, "{refused} of 200 were refused");
    let heard = ada.count("stage").await;
    assert!(heard <= 200 - refused, "{heard}");
    guest.ask(json!({"type": "leave"})).await;
}

fn guest_id(stage: &serde_json::Value) -> serde_json::Value {
    stage["hands"][0].clone()
}

// [F4] [CP-61]
#[tokio::test]
async fn the_policy_keeps_outsiders_hands_down() {
    let world = World::new().await;
    let (_ada, mut guest) = world.met().await;
    world
        .change_policy(|policy| policy.external_raise_hand = false)
        .await;
    let told = guest.expect("capabilities").await;
    let raise = &told["capabilities"]["raiseHand"];
    assert_eq!(
        *raise,
        json!({"isPresent": false, "reason": "UserPolicyRestricted"})
    );
    let refused = guest.refused(json!({"type": "hand", "raised": true})).await;
    assert_eq!(refused, FORBIDDEN);
}

// [CP-62]
#[tokio::test]
async fn the_spotlight_is_told_to_all() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let (id, own) = (guest.participant.clone(), ada.participant.clone());
    ada.ask(json!({"type": "spotlight", "participants": [id], "on": true}))
        .await;
    assert_eq!(guest.expect("stage").await["spotlight"], json!([id]));
    guest
        .ask(json!({"type": "spotlight", "participants": [id], "on": false}))
        .await;
    guest
        .ask(json!({"type": "spotlight", "participants": [own], "on": true}))
        .await;
    let last = guest.expect("stage").await;
    assert_eq!(last["spotlight"], json!([]));
    assert_eq!(guest.expect("stage").await["spotlight"], json!([own]));
}

// [CP-63] [L3]
#[tokio::test]
async fn the_host_forbids_attendees_their_microphones() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let id = guest.participant.clone();
    let forbid = |whom: serde_json::Value| json!({"type": "access", "media": "audio", "permit": false, "participants": whom});
    assert_eq!(guest.refused(forbid(json!("all"))).await, (403, 0));
    assert_eq!(ada.refused(forbid(json!([id]))).await, (403, 0));
    ada.ask(json!({"type": "setRole", "participant": id, "role": "Attendee"}))
        .await;
    guest.expect("capabilities").await;
    ada.ask(forbid(json!("all"))).await;
    let stage = ada.expect("stage").await;
    assert_eq!(stage["attendees"], json!({"audio": false, "camera": true}));
    assert_eq!(
        stage["restricted"],
        json!([{"id": id, "audio": false, "camera": true}])
    );
    world.media.until_gate(&id, |gate| !gate.audio).await;
    let told = guest.expect("capabilities").await;
    assert_eq!(
        told["capabilities"]["unmuteMic"],
        json!({"isPresent": false, "reason": "MeetingRestricted"})
    );
    let unmute = json!({"type": "publish", "muted": false});
    assert_eq!(guest.refused(unmute).await, (403, 41_106));
}

// [CP-64]
#[tokio::test]
async fn reactions_reach_everybody_who_takes_part() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    guest
        .ask(json!({"type": "react", "reaction": "heart"}))
        .await;
    for client in [&mut ada, &mut guest] {
        let told = client.expect("reaction").await;
        assert_eq!(told["reaction"], "heart");
    }
    let unknown = json!({"type": "react", "reaction": "wink"});
    assert_eq!(guest.refused(unknown).await, (400, 0));
    for _ in 0..9 {
        guest
            .ask(json!({"type": "react", "reaction": "like"}))
            .await;
    }
    let more = json!({"type": "react", "reaction": "like"});
    assert_eq!(guest.refused(more).await, (429, 0));
}

// [CP-65] [CP-66]
#[tokio::test]
async fn text_and_data_go_to_the_others_and_are_bounded() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let text = |text: &str| json!({"type": "text", "sequence": 3, "text": text, "isFinal": true});
    guest.ask(text("hello")).await;
    let told = ada.expect("text").await;
    assert_eq!(told["participant"], json!(guest.participant));
    assert_eq!(
        (&told["text"], &told["isFinal"]),
        (&json!("hello"), &json!(true))
    );
    assert_eq!(guest.count("text").await, 0, "not told to its author");
    assert_eq!(guest.refused(text(&"x".repeat(2_001))).await, (400, 0));

    let data = |payload: &str| json!({"type": "data", "channel": 7, "payload": payload});
    guest.ask(data("AAEC")).await;
    let told = ada.expect("data").await;
    assert_eq!(
        (&told["channel"], &told["payload"]),
        (&json!(7), &json!("AAEC"))
    );
    let mut elsewhere = data("AAEC");
    elsewhere["to"] = json!([guest.participant]);
    guest.ask(elsewhere).await;
    assert_eq!(ada.count("data").await, 0, "only those who are named");
    assert_eq!(guest.refused(data("not base64")).await, (400, 0));
    let long = "A".repeat((32_768 / 3 + 2) * 4);
    assert_eq!(guest.refused(data(&long)).await, (400, 0));
    let mut refused = 0;
    for _ in 0..40 {
        let id = guest.request(data("AAEC")).await;
        let answer = guest.answer(id).await;
        refused += u32::from(answer["code"] == 429);
    }
    assert!(refused >= 5, "{refused} of 40 were refused");
}

// [CP-60] [CP-65] In the lobby nobody says anything.
#[tokio::test]
async fn who_waits_is_not_on_stage() {
    let world = World::new().await;
    let mut ada = world.organiser().await;
    let mut guest = world.guest("Ana").await;
    for request in [
        json!({"type": "hand", "raised": true}),
        json!({"type": "react", "reaction": "like"}),
        json!({"type": "text", "sequence": 1, "text": "a", "isFinal": false}),
        json!({"type": "data", "channel": 1, "payload": ""}),
    ] {
        let refused = guest.refused(request).await;
        assert!(refused == (403, 0) || refused == FORBIDDEN, "{refused:?}");
    }
    assert_eq!(ada.count("stage").await, 0);
}
