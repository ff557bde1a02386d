//! Calls that ring, between real sessions: who hears what, who is refused, and what a lost socket and a crash do to a ring.
use crate::{
    client::Client,
    world::{ADA, BO, HOUR, World},
};
use parvis_domain::{
    call::Timings,
    ids::{MemberId, RawId, ResourceId},
    principal::{ClientKind, Scope},
};
use parvis_edge::ws::WsLimits;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

async fn user(world: &World) -> (RawId, Client) {
    let raw_id = world.identity().await;
    let client = world.session(&raw_id, ClientKind::External).await;
    (raw_id, client)
}

async fn member(world: &World, oid: MemberId) -> (RawId, Client) {
    let raw_id = RawId::Member(oid);
    let client = world.session(&raw_id, ClientKind::MemberOnSdk).await;
    (raw_id, client)
}

fn codes(frame: &Value) -> (u64, u64) {
    let number = |name: &str| frame[name].as_u64().expect("number");
    (number("code"), number("subCode"))
}

/// How the ring of this session ended.
async fn ring_end(client: &mut Client) -> (u64, u64) {
    codes(&client.expect("incomingEnded").await)
}

fn states(roster: &Value) -> Vec<(String, String)> {
    let entries = roster["participants"].as_array().expect("participants");
    let text = |entry: &Value, name: &str| entry[name].as_str().expect("text").to_owned();
    entries
        .iter()
        .map(|entry| (text(entry, "rawId"), text(entry, "state")))
        .collect()
}

/// Caller and callee in a call, with media; the callee's `answered` and rosters are read off.
async fn connected(world: &World) -> ((RawId, Client), (RawId, Client)) {
    let ((ana, mut caller), (ben, mut callee)) = (user(world).await, user(world).await);
    caller.start(&[&ben], "Ana").await;
    caller.offer().await;
    let incoming = callee.expect("incoming").await;
    callee.accept(&incoming, Some("Ben")).await;
    callee.offer().await;
    caller.expect("answered").await;
    for client in [&mut caller, &mut callee] {
        client.count("roster").await;
    }
    ((ana, caller), (ben, callee))
}

async fn usage(world: &World, client: &Client) -> Vec<(RawId, bool)> {
    let now = world.services.context.now();
    let records = world
        .services
        .context
        .store
        .list_call_usage(client.call(), now);
    let records = records.await.expect("usage");
    records
        .into_iter()
        .map(|record| (record.raw_id, record.ended_on.is_some()))
        .collect()
}

// [CP-51] [CP-52] [CP-53] [CP-55] [K1] Every client rings; the first answer wins, the others hear so; the meter starts then.
#[tokio::test]
async fn every_client_rings_and_the_first_answer_wins() {
    let world = World::new().await;
    let ((ana, mut caller), (ben, mut desk)) = (user(&world).await, user(&world).await);
    let mut phone = world.session(&ben, ClientKind::External).await;
    let started = caller.start(&[&ben], "Ana").await;
    assert_eq!(
        (&started["kind"], &started["state"]),
        (&json!("direct"), &json!("ringing"))
    );
    let expected = [
        (ana.to_string(), "connected".to_owned()),
        (ben.to_string(), "ringing".to_owned()),
    ];
    let mut listed = states(&caller.expect("roster").await);
    listed.sort_by_key(|(id, _)| *id != ana.to_string());
    assert_eq!(listed, expected);
    caller.offer().await;
    let (one, two) = (
        desk.expect("incoming").await,
        phone.expect("incoming").await,
    );
    assert_eq!(
        (&one["ring"], &one["callId"]),
        (&two["ring"], &started["callId"])
    );
    let who = json!({"rawId": ana.to_string(), "kind": "external", "displayName": "Ana"});
    assert_eq!((&one["caller"], &one["group"]), (&who, &json!(false)));
    assert!(
        usage(&world, &caller).await.is_empty(),
        "ringing costs nothing"
    );

    let joined = phone.accept(&two, Some("Ben")).await;
    assert_eq!(
        (&joined["participantId"], &joined["state"]),
        (&one["ring"], &json!("connected"))
    );
    assert_eq!(ring_end(&mut desk).await, (487, 10003));
    caller.expect("answered").await;
    let roster = caller.expect("roster").await;
    assert_eq!(states(&roster), [(ben.to_string(), "connected".to_owned())]);
    assert_eq!(roster["participants"][0]["displayName"], "Ben");
    phone.offer().await;
    let id = phone.participant.clone();
    world
        .media
        .until_gate(&id, |gate| gate.audio && gate.receive)
        .await;
    let late = json!({"type": "accept", "ring": one["ring"]});
    assert_eq!(desk.refused(late).await, (404, 4500));
    assert_eq!(phone.count("incomingEnded").await, 0, "the reply said it");
    assert_eq!(usage(&world, &caller).await.len(), 2);

    phone.ask(json!({"type": "leave"})).await;
    assert_eq!(caller.expect_end().await, (0, 5003));
    let records = usage(&world, &caller).await;
    assert_eq!(records.len(), 2);
    assert!(records.iter().all(|(_, ended)| *ended));
}

// [CP-54] [CP-55] [K1] Declined, cancelled, unanswered, nobody there: each has its code on both sides, and none costs anything.
#[tokio::test]
async fn a_ring_that_nobody_answers_has_its_reason() {
    let world = World::new().await;
    let ((_, mut caller), (ben, mut desk)) = (user(&world).await, user(&world).await);
    let mut phone = world.session(&ben, ClientKind::External).await;
    caller.start(&[&ben], "Ana").await;
    let incoming = desk.expect("incoming").await;
    let decline = json!({"type": "decline", "ring": incoming["ring"]});
    desk.ask(decline.clone()).await;
    assert_eq!(caller.expect_end().await, (603, 0));
    assert_eq!(
        (ring_end(&mut desk).await, ring_end(&mut phone).await),
        ((603, 0), (603, 0))
    );
    assert_eq!(desk.refused(decline).await, (404, 4500));
    assert!(usage(&world, &caller).await.is_empty());

    caller.renew_leg();
    caller.start(&[&ben], "Ana").await;
    desk.expect("incoming").await;
    caller.ask(json!({"type": "leave"})).await;
    assert_eq!(caller.expect_end().await, (0, 0));
    assert_eq!(ring_end(&mut desk).await, (487, 0));

    caller.renew_leg();
    let short = json!({"type": "start", "callees": [ben.to_string()], "ringForMs": 1});
    caller.ask(short).await;
    assert_eq!(caller.expect_end().await, (487, 10004), "held to a second");
    assert_eq!(desk.count("incomingEnded").await, 1);

    caller.renew_leg();
    let nobody = world.identity().await.to_string();
    let start = json!({"type": "start", "callees": [nobody.clone()]});
    assert_eq!(caller.refused(start).await, (480, 10037));
    let start = json!({"type": "start", "callees": [nobody, ben.to_string()]});
    caller.ask(start).await;
    let mut removed = json!(null);
    while removed["code"] != 480 {
        removed = caller.expect("roster").await["removed"][0].clone();
    }
    assert_eq!(codes(&removed), (480, 10037));
    caller.ask(json!({"type": "leave"})).await;
}

// [CP-50] [CP-51] Whom nobody may ring, from whatever client.
#[tokio::test]
async fn who_may_not_ring_whom() {
    let world = World::new().await;
    let ((ana, mut caller), (ben, _desk)) = (user(&world).await, user(&world).await);
    let (_, _ada) = member(&world, ADA).await;
    let (_, mut bo) = member(&world, BO).await;
    let foreign = RawId::External {
        resource: ResourceId(Uuid::from_u128(77)),
        user: parvis_domain::ids::ExternalUserId(Uuid::from_u128(1)),
    };
    let (ada, unknown) = (
        RawId::Member(ADA),
        RawId::Member(MemberId(Uuid::from_u128(5))),
    );
    let start = |callees: &[&str]| json!({"type": "start", "callees": callees});
    for (callee, expected) in [
        (ada.to_string(), (403, 10124)),
        (unknown.to_string(), (403, 10124)),
        (foreign.to_string(), (403, 5448)),
        ("4:+15551234".to_owned(), (400, 10044)),
        ("nonsense".to_owned(), (400, 10044)),
        (ana.to_string(), (409, 0)),
    ] {
        assert_eq!(
            caller.refused(start(&[&callee])).await,
            expected,
            "{callee}"
        );
    }
    let ben = ben.to_string();
    assert_eq!(caller.refused(start(&[])).await, (400, 0));
    assert_eq!(caller.refused(start(&[&ben, &ben])).await, (409, 0));
    assert_eq!(
        caller.refused(start(&vec![ben.as_str(); 21])).await,
        (400, 0)
    );
    for callee in [ben.clone(), unknown.to_string()] {
        assert_eq!(bo.refused(start(&[&callee])).await, (403, 5448), "{callee}");
    }

    let life = HOUR;
    let join_only = world.token_of(&ana, ClientKind::External, life, &[Scope::VoipJoin]);
    let mut guest = Client::hello(world.address, &join_only.await).await;
    assert_eq!(guest.refused(start(&[&ben])).await, (403, 5448));
    let (_, mut other) = user(&world).await;
    other.start(&[&ana], "Ben").await;
    let incoming = guest.expect("incoming").await;
    guest.accept(&incoming, Some("Ana")).await;
    let invite = json!({"type": "invite", "callee": ben});
    assert_eq!(guest.refused(invite).await, (403, 5448));
}

// [E7] [I1] [CP-50] [CP-53] [CP-56] Members ring each other; an outsider who knows every id of their call gets nowhere.
#[tokio::test]
async fn an_outsider_enters_no_call_of_members() {
    let world = World::new().await;
    let ((ada, mut caller), (bo, mut callee)) =
        (member(&world, ADA).await, member(&world, BO).await);
    let (_, mut eve) = user(&world).await;
    let started = caller.start(&[&bo], "ignored").await;
    let incoming = callee.expect("incoming").await;
    assert_eq!(incoming["caller"]["displayName"], "Ada Lovelace");
    let (ring, call) = (&incoming["ring"], &started["callId"]);
    for request in [
        json!({"type": "accept", "ring": ring, "displayName": "Bo"}),
        json!({"type": "decline", "ring": ring}),
        json!({"type": "join", "locator": {"callId": call}, "displayName": "Eve"}),
        json!({"type": "join", "locator": {"callId": call}, "rejoinKey": "guess"}),
        json!({"type": "offer", "sdp": "v=0"}),
    ] {
        assert_eq!(eve.refused(request.clone()).await, (404, 4500), "{request}");
    }
    // A group of the same name is another call.
    let group = json!({"type": "join", "locator": {"groupId": call}, "displayName": "Eve"});
    assert_ne!(eve.ask(group).await["callId"], *call);
    assert_eq!(eve.count("incoming").await, 0);
    assert_eq!(callee.count("incomingEnded").await, 0, "the ring rings on");
    callee.accept(&incoming, None).await;
    caller.expect("answered").await;
    let mut people = states(&callee.expect("roster").await);
    people.sort();
    let connected = |id: &RawId| (id.to_string(), "connected".to_owned());
    assert_eq!(people, [connected(&ada), connected(&bo)]);
    let outsider = json!({"type": "invite", "callee": world.identity().await.to_string()});
    assert_eq!(caller.refused(outsider).await, (403, 5448));
    let records = usage(&world, &caller).await;
    assert_eq!(records.len(), 2, "the exchanging resource pays for both");
}

// [E13] [CP-50] [CP-57] A member is in an external users' call only when added, where the organisation allows the resource.
#[tokio::test]
async fn a_member_enters_external_users_calls_only_when_added() {
    let world = World::new().await;
    let (bo, mut desk) = member(&world, BO).await;
    let (_, mut ana) = user(&world).await;
    let locator = json!({"groupId": Uuid::from_u128(3)});
    let join = json!({"type": "join", "locator": locator, "displayName": "Ana"});
    ana.ask(join.clone()).await;
    assert_eq!(desk.refused(join).await, (403, 5448));
    let invite = json!({"type": "invite", "callee": bo.to_string()});
    assert_eq!(ana.refused(invite.clone()).await, (403, 10124));
    let resource = world.resource;
    world
        .change_policy(|policy| {
            policy.external_calls = true;
            policy.allowed_resources.insert(resource);
        })
        .await;
    let ring = ana.ask(invite.clone()).await["participant"].clone();
    assert_eq!(ana.refused(invite).await, (409, 0));
    let incoming = desk.expect("incoming").await;
    assert_eq!(
        (&incoming["ring"], &incoming["group"]),
        (&ring, &json!(true))
    );
    let joined = desk.accept(&incoming, None).await;
    assert_eq!(joined["kind"], "group");

    // And may be rung, by somebody whom the member sees marked.
    desk.ask(json!({"type": "leave"})).await;
    desk.renew_leg();
    let (_, mut ben) = user(&world).await;
    ben.start(&[&bo], "Ben").await;
    let incoming = desk.expect("incoming").await;
    assert_eq!(incoming["caller"]["displayName"], "Ben (External)");
    desk.accept(&incoming, None).await;
    let invite = json!({"type": "invite", "callee": RawId::Member(ADA).to_string()});
    assert_eq!(
        desk.refused(invite).await,
        (403, 5448),
        "a member there rings nobody"
    );
}

// [CP-57] [CP-58] A third is rung, taken back, rung again and answers; the group outlives its first two.
#[tokio::test]
async fn a_third_is_added_and_taken_back() {
    let world = World::new().await;
    let ((_, mut ana), (_, mut ben)) = connected(&world).await;
    let (cy, mut third) = user(&world).await;
    let invite = json!({"type": "invite", "callee": cy.to_string()});
    let ring = ben.ask(invite.clone()).await["participant"].clone();
    assert_eq!(
        states(&ana.expect("roster").await),
        [(cy.to_string(), "ringing".to_owned())]
    );
    assert_eq!(third.expect("incoming").await["group"], true);
    ana.ask(json!({"type": "remove", "participant": ring}))
        .await;
    assert_eq!(ring_end(&mut third).await, (487, 0));
    let roster = ana.expect("roster").await;
    assert_eq!(
        (&roster["removed"][0]["id"], codes(&roster["removed"][0])),
        (&ring, (487, 0))
    );

    ben.ask(invite).await;
    let incoming = third.expect("incoming").await;
    third.accept(&incoming, Some("Cy")).await;
    for client in [&mut ana, &mut ben] {
        client.ask(json!({"type": "leave"})).await;
        assert_eq!(client.expect_end().await, (0, 0));
    }
    assert_eq!(third.count("ended").await, 0, "a group stays");
}

// [CP-52] [CP-55] A lost socket finds the ring in its replay, a new session hears of it at once, a closed page does not ring.
#[tokio::test]
async fn whoever_comes_meanwhile_hears_of_the_ring() {
    let world = World::new().await;
    let ((_, mut caller), (ben, mut desk)) = (user(&world).await, user(&world).await);
    desk.lose_socket().await;
    caller.start(&[&ben], "Ana").await;
    desk.resume().await;
    let told = desk.expect("incoming").await;
    let mut phone = world.session(&ben, ClientKind::External).await;
    let incoming = phone.expect("incoming").await;
    assert_eq!(incoming["ring"], told["ring"]);
    phone.accept(&incoming, Some("Ben")).await;
    assert_eq!(ring_end(&mut desk).await, (487, 10003));

    let (_, mut other) = user(&world).await;
    let (cy, mut page) = user(&world).await;
    page.close_socket(1000).await;
    let start = json!({"type": "start", "callees": [cy.to_string()]});
    for _ in 0..500 {
        let (code, sub_code) = other.refused_or(start.clone()).await;
        if (code, sub_code) == (480, 10037) {
            return;
        }
        other.ask(json!({"type": "leave"})).await;
        other.expect_end().await;
        other.renew_leg();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the closed page still rings");
}

// [CP-56] A crash while it rings: the ring goes on for both sides until its time.
#[tokio::test]
async fn a_ring_survives_a_crash() {
    let mut world = World::new().await;
    let ((_, mut caller), (ben, mut desk)) = (user(&world).await, user(&world).await);
    let started = caller.start(&[&ben], "Ana").await;
    let before = desk.expect("incoming").await;
    world.crash_and_restart().await;
    let mut desk = desk.reborn(world.address).await;
    let incoming = desk.expect("incoming").await;
    assert_eq!(
        (&incoming["ring"], &incoming["until"]),
        (&before["ring"], &before["until"])
    );
    assert_eq!(incoming["caller"]["displayName"], "Ana");
    let mut caller = caller.reborn(world.address).await;
    let call = started["callId"].as_str().expect("call").to_owned();
    let back = caller.come_back(&call).await;
    assert_eq!(
        (&back["state"], &back["participantId"]),
        (&json!("ringing"), &started["participantId"])
    );
    desk.accept(&incoming, Some("Ben")).await;
    caller.expect("answered").await;
    assert_eq!(usage(&world, &caller).await.len(), 2);
}

// [CP-54] [CP-56] [K1] A crash after which nobody comes back: the ring ends by its time, and nothing was billed.
#[tokio::test]
async fn no_ring_outlives_its_time_also_across_a_crash() {
    let timings = Timings {
        ring: Duration::from_secs(2),
        ..Timings::default()
    };
    let mut world = World::with(timings, WsLimits::default()).await;
    let ((_, mut caller), (ben, _desk)) = (user(&world).await, user(&world).await);
    caller.start(&[&ben], "Ana").await;
    world.crash_and_restart().await;
    let mut phone = world.session(&ben, ClientKind::External).await;
    phone.expect("incoming").await;
    assert_eq!(ring_end(&mut phone).await, (487, 10004));
    assert!(usage(&world, &caller).await.is_empty());
    for _ in 0..500 {
        if world.services.calls.count().await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the call stayed");
}

// [CP-51] Nobody is rung by more than eight at a time.
#[tokio::test]
async fn an_identity_is_rung_eight_times_at_most() {
    let world = World::new().await;
    let (ben, _desk) = user(&world).await;
    let mut callers = Vec::new();
    for _ in 0..8 {
        let (_, mut caller) = user(&world).await;
        caller.start(&[&ben], "Ana").await;
        callers.push(caller);
    }
    let (_, mut ninth) = user(&world).await;
    let start = json!({"type": "start", "callees": [ben.to_string()]});
    assert_eq!(ninth.refused(start.clone()).await, (429, 0));
    callers[0].ask(json!({"type": "leave"})).await;
    callers[0].expect_end().await;
    ninth.ask(start).await;
}

// [CP-59] [F1] On hold nothing goes either way, whatever the client sends.
#[tokio::test]
async fn hold_is_the_servers() {
    let world = World::new().await;
    let ((_, mut ana), (ben, mut desk)) = connected(&world).await;
    let id = desk.participant.clone();
    world
        .media
        .until_gate(&id, |gate| gate.audio && gate.receive)
        .await;
    desk.ask(json!({"type": "hold", "on": true})).await;
    world
        .media
        .until_gate(&id, |gate| !gate.audio && !gate.receive)
        .await;
    let entry = ana.expect("roster").await["participants"][0].clone();
    assert_eq!(
        (&entry["rawId"], &entry["onHold"]),
        (&json!(ben.to_string()), &json!(true))
    );
    desk.ask(json!({"type": "publish", "muted": true})).await;
    desk.ask(json!({"type": "publish", "muted": false})).await;
    assert!(world.media.gate(&id).is_some_and(|gate| !gate.audio));
    desk.ask(json!({"type": "hold", "on": false})).await;
    world
        .media
        .until_gate(&id, |gate| gate.audio && gate.receive)
        .await;
}
