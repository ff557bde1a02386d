//! Joining: ways in, the lobby and its answers, names and labels, what is refused, and what the meter counts.
use crate::{
    client::Client,
    world::{ADA, BO, HOUR, OURS, World},
};
use parvis_domain::{
    ids::{MemberId, RawId, VisitorId},
    meter::MeterKind,
    policy::LobbyScope,
    principal::ClientKind,
};
use parvis_service::usage::Span;
use serde_json::{Value, json};
use uuid::Uuid;

fn names(frame: &Value) -> Vec<String> {
    let participants = frame["participants"].as_array().expect("participants");
    let name = |entry: &Value| entry["displayName"].as_str().expect("name").to_owned();
    let mut names: Vec<_> = participants.iter().map(name).collect();
    names.sort();
    names
}

// [A1] [D4] [E1] [H1] [H2] [CP-20] [CP-21] [CP-23] [CP-25] [CP-30] [CP-31] [CP-32] [CP-33]
#[tokio::test]
async fn a_guest_waits_is_seen_and_admitted() {
    let world = World::new().await;
    let mut ada = world.organiser().await;
    let mut guest = world.guest("Ana").await;

    let notice = ada.expect("lobby").await;
    assert_eq!(names(&notice), ["Ana (External)"]);
    let entry = &notice["participants"][0];
    assert_eq!(
        (&entry["label"], &entry["kind"]),
        (&json!("External"), &json!("external"))
    );
    assert_eq!(entry["id"], json!(guest.participant));
    assert_eq!(guest.count("roster").await, 0, "no roster in the lobby");
    assert_eq!(guest.refused(json!({"type": "rosterSync"})).await, (403, 0));
    let closed = world
        .media
        .gate(&guest.participant)
        .expect("a warm transport");
    assert!(!closed.receive && !closed.audio && !closed.camera && !closed.share);

    let admit = json!({"type": "admit", "participants": [guest.participant]});
    assert_eq!(
        ada.ask(admit.clone()).await,
        json!({"successCount": 1, "failureCount": 0})
    );
    let admitted = guest.expect("admitted").await;
    let thread = world.meeting.meeting.thread.to_string();
    assert_eq!(
        (&admitted["threadId"], &admitted["role"]),
        (&json!(thread), &json!("Presenter"))
    );
    assert_eq!(admitted["meetingSubject"], "Visit");
    let roster = guest.expect("roster").await;
    assert_eq!(roster["full"], true);
    assert_eq!(
        names(&roster),
        ["Ada Lovelace", "Ana"],
        "outsiders see no labels"
    );
    let change = ada.expect("roster").await;
    assert_eq!(
        (&change["full"], names(&change)),
        (&json!(false), vec!["Ana (External)".to_owned()])
    );
    assert_eq!(
        ada.expect("lobby").await["removed"],
        json!([guest.participant])
    );
    assert_eq!(ada.refused(admit).await, (400, 41_803));
    world
        .media
        .until_gate(&guest.participant, |gate| gate.receive && gate.audio)
        .await;
}

// [H2] [CP-31] A name that ends in a label, or is a member's own, gains no trust.
#[tokio::test]
async fn look_alike_names_gain_nothing() {
    let world = World::new().await;
    let mut ada = world.organiser().await;
    for (given, shown) in [
        ("Bo Diddley (External)", "Bo Diddley (External)"),
        ("Bo Diddley", "Bo Diddley (External)"),
        ("Ada Lovelace (Organizer)", "Ada Lovelace (External)"),
    ] {
        let guest = world.guest(given).await;
        let notice = ada.expect("lobby").await;
        assert_eq!(names(&notice), [shown]);
        assert_eq!(notice["participants"][0]["kind"], "external");
        drop(guest);
    }
}

// [CP-33] [CP-26] [A1]
#[tokio::test]
async fn a_denied_guest_hears_it() {
    let world = World::new().await;
    let mut ada = world.organiser().await;
    let mut guest = world.guest("Ana").await;
    ada.expect("lobby").await;
    let reject = json!({"type": "reject", "participants": [guest.participant]});
    assert_eq!(ada.ask(reject.clone()).await["successCount"], 1);
    assert_eq!(guest.expect_end().await, (0, 5_854));
    assert_eq!(guest.count("ended").await, 0, "once");
    assert_eq!(ada.refused(reject).await, (400, 41_804));
    assert_eq!(
        guest.refused(json!({"type": "lobbyList"})).await,
        (404, 4_500)
    );
}

// [CP-33] [CP-32]
#[tokio::test]
async fn admit_all_lets_everybody_in() {
    let world = World::new().await;
    let mut ada = world.organiser().await;
    let mut guests = Vec::new();
    for name in ["Ana", "Ben", "Cai"] {
        guests.push(world.guest(name).await);
    }
    let list = ada.ask(json!({"type": "lobbyList"})).await;
    assert_eq!(
        names(&list),
        ["Ana (External)", "Ben (External)", "Cai (External)"]
    );
    let tally = ada.ask(json!({"type": "admitAll"})).await;
    assert_eq!(tally, json!({"successCount": 3, "failureCount": 0}));
    for guest in &mut guests {
        guest.expect("admitted").await;
        assert_eq!(names(&guest.expect("roster").await).len(), 4);
    }
}

async fn state_of(world: &World, raw_id: RawId, client: ClientKind) -> Value {
    let mut session = world.session(&raw_id, client).await;
    session.join(&world.link(), Some("Somebody")).await["state"].clone()
}

// [E11] [E1]
#[tokio::test]
async fn four_ways_in() {
    let world = World::new().await;
    let visitor = RawId::Visitor(VisitorId(Uuid::from_u128(77)));
    for (raw_id, client, expected) in [
        (RawId::Member(ADA), ClientKind::Host, "connected"),
        (visitor, ClientKind::Visitor, "lobby"),
        (world.identity().await, ClientKind::External, "lobby"),
        (RawId::Member(BO), ClientKind::MemberOnSdk, "connected"),
    ] {
        assert_eq!(
            state_of(&world, raw_id, client).await,
            expected,
            "{client:?}"
        );
    }
}

// [E9] [L2] [CP-22]
#[tokio::test]
async fn the_organisation_decides_on_anonymous_people() {
    let world = World::new().await;
    let ada = world.organiser().await;
    let raw_id = world.identity().await;
    let mut guest = world.session(&raw_id, ClientKind::External).await;
    world
        .change_policy(|policy| policy.anonymous_join = false)
        .await;
    let join = guest.join_frame(&world.link(), Some("Ana"));
    assert_eq!(guest.refused(join.clone()).await, (403, 5_723));
    world
        .change_policy(|policy| policy.anonymous_join = true)
        .await;
    assert_eq!(
        guest.join(&world.link(), Some("Ana")).await["state"],
        "lobby"
    );
    drop(ada);
}

// [L2] [E1] Nobody unverified starts a meeting; with the lobby open to everyone they come in by themselves.
#[tokio::test]
async fn the_first_member_brings_in_those_who_waited_for_one() {
    let world = World::new().await;
    world
        .change_options(|options| options.lobby_scope = LobbyScope::Everyone)
        .await;
    let mut guest = world.guest("Ana").await;
    let ada = world.organiser().await;
    guest.expect("admitted").await;
    assert_eq!(
        names(&guest.expect("roster").await),
        ["Ada Lovelace", "Ana"]
    );
    drop(ada);
}

// [E1] Options reach a running call: an opened lobby empties itself.
#[tokio::test]
async fn a_changed_option_admits_who_waits() {
    let world = World::new().await;
    let ada = world.organiser().await;
    let mut guest = world.guest("Ana").await;
    world
        .change_options(|options| options.lobby_scope = LobbyScope::Everyone)
        .await;
    guest.expect("admitted").await;
    drop(ada);
}

// [CP-20] [CP-22] [E14]
#[tokio::test]
async fn bad_joins_have_their_codes() {
    let world = World::new().await;
    let raw_id = world.identity().await;
    let mut guest = world.session(&raw_id, ClientKind::External).await;
    let meeting = &world.meeting.meeting;
    let unknown_thread = "19:meeting_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA@thread.v2";
    let long_name = "x".repeat(257);
    for (locator, name, expected) in [
        (json!({"nothing": 1}), "Ana", (400, 40_209)),
        (json!({"meetingId": "no digits"}), "Ana", (400, 40_209)),
        (json!({"meetingLink": "nonsense"}), "Ana", (400, 40_210)),
        (
            json!({"meetingLink": "https://elsewhere.example/meet/123456789"}),
            "Ana",
            (400, 40_210),
        ),
        (
            json!({"meetingId": meeting.number.as_str(), "passcode": "wrong1"}),
            "Ana",
            (400, 5_751),
        ),
        (
            json!({"threadId": unknown_thread, "organizerId": ADA.to_string(), "tenantId": OURS.to_string(), "messageId": "0"}),
            "Ana",
            (400, 5_751),
        ),
        (
            json!({"meetingLink": world.link()}),
            long_name.as_str(),
            (400, 40_215),
        ),
    ] {
        let join = json!({"type": "join", "locator": locator, "displayName": name});
        assert_eq!(guest.refused(join).await, expected, "{locator}");
    }
    let right = json!({
        "type": "join",
        "locator": {
            "threadId": meeting.thread.as_str(),
            "organizerId": ADA.to_string(),
            "tenantId": OURS.to_string(),
            "messageId": "0",
        },
        "displayName": "Ana",
    });
    assert_eq!(guest.ask(right).await["state"], "lobby");
}

async fn in_group(world: &World, raw_id: &RawId, client: ClientKind) -> (Client, Value) {
    let session = world.session(raw_id, client).await;
    let group = Uuid::from_u128(99);
    let join = json!({"type": "join", "locator": {"groupId": group}, "displayName": "Ana"});
    (session, join)
}

// [E13] [CP-20] Group calls: no lobby, no members.
#[tokio::test]
async fn group_calls_are_for_users_of_one_resource() {
    let world = World::new().await;
    let mut joined = Vec::new();
    for _ in 0..2 {
        let raw_id = world.identity().await;
        let (mut session, join) = in_group(&world, &raw_id, ClientKind::External).await;
        let result = session.ask(join).await;
        assert_eq!(
            (&result["state"], &result["kind"]),
            (&json!("connected"), &json!("group"))
        );
        assert!(result["threadId"].is_null());
        joined.push(session);
    }
    assert_eq!(
        joined[1].expect("roster").await["participants"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    assert_eq!(
        joined[1].refused(json!({"type": "admitAll"})).await,
        (400, 41_802)
    );
    for (raw_id, client) in [
        (RawId::Member(BO), ClientKind::Host),
        (RawId::Member(BO), ClientKind::MemberOnSdk),
    ] {
        let (mut member, join) = in_group(&world, &raw_id, client).await;
        assert_eq!(member.refused(join).await, (403, 5_448));
    }
}

// [K1] [K2] [K4] [K5] One record a leg, tied to the resource that pays; our own pages cost nobody anything.
#[tokio::test]
async fn every_leg_has_one_record() {
    let world = World::new().await;
    let (mut ada, mut guest) = world.met().await;
    let mut member = world
        .session(&RawId::Member(BO), ClientKind::MemberOnSdk)
        .await;
    let call = member.join(&world.link(), None).await["callId"]
        .as_str()
        .expect("id")
        .to_owned();
    let visitor = RawId::Visitor(VisitorId(Uuid::from_u128(77)));
    let mut visitor = world.session(&visitor, ClientKind::Visitor).await;
    visitor.join(&world.link(), Some("Vi")).await;
    for client in [&mut guest, &mut member, &mut visitor, &mut ada] {
        client.ask(json!({"type": "leave"})).await;
        assert_eq!(client.expect_end().await, (0, 0));
    }
    let call = call.parse().expect("call id");
    let records = world.services.usage.list_call(call).await.expect("records");
    let kinds: Vec<_> = records
        .iter()
        .map(|record| (record.kind, record.resource))
        .collect();
    let resource = Some(world.resource);
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == (MeterKind::Voip, resource))
            .count(),
        2
    );
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == (MeterKind::Native, None))
            .count(),
        2
    );
    assert!(records.iter().all(|record| record.ended_on.is_some()));
    let now = world.services.context.now();
    let span = Span {
        from: now.minus(HOUR),
        until: now.plus(HOUR),
    };
    let report = world
        .services
        .usage
        .report(world.resource, span)
        .await
        .expect("report");
    assert_eq!(report.lines.len(), 1, "one kind of use, one price");
    assert_eq!(report.lines[0].records, 2);
    let lasted: u64 = records
        .iter()
        .filter(|record| record.kind == MeterKind::Voip)
        .map(|record| record.duration_ms)
        .sum();
    assert_eq!(report.total.0, u128::from(lasted) * 4_000_000 / 60_000);
}

// [C6] [CP-20] A member's name is the directory's, whatever the client says.
#[tokio::test]
async fn a_member_cannot_choose_a_name() {
    let world = World::new().await;
    let mut bo = world
        .session(&RawId::Member(BO), ClientKind::MemberOnSdk)
        .await;
    assert_eq!(bo.welcome["displayName"], "Bo Diddley");
    bo.join(&world.link(), Some("Ada Lovelace")).await;
    assert_eq!(names(&bo.expect("roster").await), ["Bo Diddley"]);
    assert_eq!(bo.welcome["identity"]["kind"], "member");
    let _: MemberId = BO;
}
