//! The calls of rooms: who enters, what each role may send, and how a change of the room reaches a running call.
use crate::{
    client::Client,
    world::{ADA, HOUR, World},
};
use parvis_domain::{
    capability::Role,
    ids::{ExternalUserId, RawId, VisitorId},
    principal::{ClientKind, Scope},
    room::{InvitationChange, RoomId},
    time::Timestamp,
};
use parvis_service::{
    rooms::{NewRoom, RoomChange},
    tokens::NewToken,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How soon a change of a room has reached its call.
const SOON: Duration = Duration::from_secs(1);

fn invited(raw_id: &RawId, role: Role) -> InvitationChange {
    InvitationChange {
        raw_id: raw_id.clone(),
        role: Some(role),
    }
}

fn dismissed(raw_id: &RawId) -> InvitationChange {
    InvitationChange {
        raw_id: raw_id.clone(),
        role: None,
    }
}

fn join_of(room: RoomId) -> Value {
    json!({"type": "join", "locator": {"roomId": room.to_string()}, "displayName": "Ana", "muted": false})
}

fn seconds(now: Timestamp, seconds: i64) -> Option<Timestamp> {
    Some(Timestamp(now.0 + seconds * 1_000))
}

impl World {
    async fn room(&self, new: NewRoom) -> RoomId {
        let made = self.services.rooms.create(self.resource, new).await;
        made.expect("room").id
    }

    async fn room_of(&self, people: &[(&RawId, Role)]) -> RoomId {
        let participants = people.iter().map(|(who, role)| invited(who, *role));
        self.room(NewRoom {
            participants: participants.collect(),
            ..NewRoom::default()
        })
        .await
    }

    async fn change_people(&self, room: RoomId, changes: Vec<InvitationChange>) {
        let rooms = &self.services.rooms;
        let changed = rooms
            .change_participants(self.resource, room, changes)
            .await;
        changed.expect("change");
    }

    async fn in_room(&self, raw_id: &RawId, room: RoomId) -> Client {
        let mut client = self.session(raw_id, ClientKind::External).await;
        let joined = client.ask(join_of(room)).await;
        client.participant = joined["participantId"].as_str().expect("id").to_owned();
        client.rejoin_key = joined["rejoinKey"].as_str().expect("key").to_owned();
        client.expect("roster").await;
        client.offer().await;
        client
    }
}

fn present(capabilities: &Value, name: &str) -> bool {
    capabilities[name]["isPresent"].as_bool().expect(name)
}

// [CP-28] [L3]
#[tokio::test]
async fn the_invited_enter_with_the_role_that_the_room_gives() {
    let world = World::new().await;
    let [ana, bo] = [world.identity().await, world.identity().await];
    let room = world
        .room_of(&[(&ana, Role::Presenter), (&bo, Role::Consumer)])
        .await;
    let mut first = world.session(&ana, ClientKind::External).await;
    let joined = first.ask(join_of(room)).await;
    assert_eq!(joined["kind"], "room");
    assert_eq!(joined["state"], "connected");
    assert_eq!(joined["roomId"], room.to_string());
    assert_eq!(joined["role"], "Presenter");
    for absent in ["threadId", "groupId", "meetingSubject"] {
        assert_eq!(joined[absent], Value::Null, "{absent}");
    }
    for (name, expected) in [
        ("shareScreen", true),
        ("muteOthers", true),
        ("manageLobby", false),
    ] {
        assert_eq!(present(&joined["capabilities"], name), expected, "{name}");
    }
    let roster = first.expect("roster").await;
    assert_eq!(roster["participants"][0]["role"], "Presenter");
    let mut second = world.session(&bo, ClientKind::External).await;
    let other = second.ask(join_of(room)).await;
    assert_eq!(
        (&other["callId"], &other["role"]),
        (&joined["callId"], &json!("Consumer"))
    );
    for name in [
        "unmuteMic",
        "turnVideoOn",
        "shareScreen",
        "muteOthers",
        "removeParticipant",
    ] {
        assert!(!present(&other["capabilities"], name), "{name}");
    }
    let seen = first.expect("roster").await;
    assert_eq!(seen["participants"][0]["role"], "Consumer");
    assert_eq!(
        seen["participants"][0]["muted"], true,
        "also when it joined unmuted"
    );
    assert_eq!(
        first.refused(json!({"type": "admitAll"})).await,
        (400, 41802)
    );
}

// [CP-28] [L3]
#[tokio::test]
async fn nobody_else_enters() {
    let world = World::new().await;
    let now = world.services.context.now();
    let [ana, eve] = [world.identity().await, world.identity().await];
    let open = world.room_of(&[(&ana, Role::Attendee)]).await;
    let later = world
        .room(NewRoom {
            valid_from: seconds(now, 3_600),
            participants: vec![invited(&ana, Role::Presenter)],
            ..NewRoom::default()
        })
        .await;
    let mut client = world.session(&ana, ClientKind::External).await;
    let unknown = RoomId::from_random(5);
    for (room, refusal) in [(unknown, (404, 5732)), (later, (403, 5829))] {
        assert_eq!(client.refused(join_of(room)).await, refusal);
    }
    for (locator, refusal) in [
        (json!("9900000000000000"), (404, 5732)),
        (json!("123"), (404, 5732)),
        (json!("room"), (400, 40209)),
        (json!(""), (400, 40209)),
        (json!("9".repeat(10_000)), (400, 40209)),
        (json!(99_000_000_000_000_005_u64), (400, 40209)),
        (json!(["x"]), (400, 40209)),
    ] {
        let join = json!({"type": "join", "locator": {"roomId": locator}, "muted": true});
        assert_eq!(client.refused(join).await, refusal, "{locator}");
    }
    let mut stranger = world.session(&eve, ClientKind::External).await;
    assert_eq!(stranger.refused(join_of(open)).await, (403, 5828));
    assert_eq!(
        stranger.refused(join_of(later)).await,
        (403, 5828),
        "nothing of its time"
    );
    let mut member = world.session(&RawId::Member(ADA), ClientKind::Host).await;
    let visitor = RawId::Visitor(VisitorId(Uuid::from_u128(7)));
    let mut visitor = world.session(&visitor, ClientKind::Visitor).await;
    for room in [open, unknown] {
        assert_eq!(member.refused(join_of(room)).await, (403, 5830));
        assert_eq!(visitor.refused(join_of(room)).await, (403, 5830));
    }
    assert_eq!(world.services.calls.count().await, 0, "no call was begun");
}

// [CP-28] Another resource's users do not learn that the room exists.
#[tokio::test]
async fn a_room_is_its_resources_own() {
    let world = World::new().await;
    let ana = world.identity().await;
    let room = world.room_of(&[(&ana, Role::Attendee)]).await;
    let other = world
        .services
        .resources
        .create("other")
        .await
        .expect("resource")
        .id;
    let stranger = world
        .services
        .identities
        .create(other)
        .await
        .expect("identity");
    let new = NewToken {
        raw_id: stranger,
        client: ClientKind::External,
        resource: Some(other),
        organisation: None,
        scopes: vec![Scope::Voip],
        life: HOUR,
    };
    let token = world.services.tokens.issue(new).await.expect("token").token;
    let mut client = Client::hello(world.address, &token).await;
    assert_eq!(client.refused(join_of(room)).await, (404, 5732));
    let foreign = RawId::External {
        resource: other,
        user: ExternalUserId(Uuid::from_u128(1)),
    };
    let rooms = &world.services.rooms;
    let change = vec![invited(&foreign, Role::Presenter)];
    assert!(
        rooms
            .change_participants(world.resource, room, change)
            .await
            .is_err()
    );
}

// [CP-28] With the lesser scope, also when nobody has started.
#[tokio::test]
async fn the_invited_may_begin_a_rooms_call_with_voip_join() {
    let world = World::new().await;
    let ana = world.identity().await;
    let room = world.room_of(&[(&ana, Role::Attendee)]).await;
    let token = world
        .token_of(&ana, ClientKind::External, HOUR, &[Scope::VoipJoin])
        .await;
    let mut client = Client::hello(world.address, &token).await;
    assert_eq!(client.ask(join_of(room)).await["role"], "Attendee");
    let group = json!({"type": "join", "leg": Uuid::from_u128(3), "muted": true,
        "locator": {"groupId": "6f1c8f0e-5f0e-4a53-9c0a-0d6f1c8f0e5f"}});
    assert_eq!(
        client.refused(group).await,
        (403, 5448),
        "a group's call it may not begin"
    );
}

// [L3] [F3] [CP-28] [CP-42] A hand-written client gains nothing from asking.
#[tokio::test]
async fn each_role_sends_what_the_documents_allow() {
    let world = World::new().await;
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(world.identity().await);
    }
    let roles = [
        Role::Presenter,
        Role::Collaborator,
        Role::Attendee,
        Role::Consumer,
    ];
    let table: Vec<_> = people.iter().zip(roles).collect();
    let room = world.room_of(&table).await;
    let mut clients = Vec::new();
    for who in &people {
        clients.push(world.in_room(who, room).await);
    }
    let presenter = clients[0].participant.clone();
    // Microphone, camera, share; then mute others, remove, end for all.
    let allowed = [
        (3, [false, false, false], false),
        (2, [true, true, false], false),
        (1, [true, true, true], false),
        (0, [true, true, true], true),
    ];
    for (at, [microphone, camera, share], conducts) in allowed {
        let client = &mut clients[at];
        let id = client.participant.clone();
        for (wish, may, refusal) in [
            (json!({"muted": false}), microphone, (403, 41106)),
            (json!({"camera": true}), camera, (403, 0)),
            (json!({"share": true}), share, (403, 0)),
        ] {
            let mut publish = wish.clone();
            publish["type"] = json!("publish");
            if may {
                client.ask(publish).await;
            } else {
                assert_eq!(client.refused(publish).await, refusal, "{at}: {wish}");
            }
        }
        world
            .media
            .until_gate(&id, |gate| {
                gate.receive && (gate.audio, gate.camera, gate.share) == (microphone, camera, share)
            })
            .await;
        let conduct = [
            json!({"type": "muteOthers", "participants": "all"}),
            json!({"type": "remove", "participant": presenter}),
            json!({"type": "leave", "forEveryone": true}),
        ];
        if !conducts {
            for request in conduct {
                assert_eq!(client.refused(request).await, (403, 0), "{at}");
            }
        }
        let data = json!({"type": "data", "channel": 1, "payload": "aGk="});
        if microphone {
            client.ask(data).await;
        } else {
            assert_eq!(client.refused(data).await, (403, 45802));
        }
        let role = json!({"type": "setRole", "participant": presenter, "role": "Attendee"});
        assert_eq!(
            client.refused(role).await,
            (403, 0),
            "roles are the back end's to give"
        );
    }
    let target = clients[2].participant.clone();
    let remove = json!({"type": "remove", "participant": target});
    clients[0].ask(remove).await;
    assert_eq!(clients[2].expect_end().await, (0, 5300));
    clients[0]
        .ask(json!({"type": "leave", "forEveryone": true}))
        .await;
    assert_eq!(clients[3].expect_end().await, (0, 4097));
}

// [CP-29] [L3]
#[tokio::test]
async fn a_role_given_or_taken_reaches_the_running_call() {
    let world = World::new().await;
    let [ana, bo] = [world.identity().await, world.identity().await];
    let room = world
        .room_of(&[(&ana, Role::Presenter), (&bo, Role::Attendee)])
        .await;
    let mut watcher = world.in_room(&ana, room).await;
    let mut client = world.in_room(&bo, room).await;
    watcher.expect("roster").await;
    let id = client.participant.clone();
    client
        .ask(json!({"type": "publish", "muted": false, "camera": true}))
        .await;
    world
        .media
        .until_gate(&id, |gate| gate.audio && gate.camera)
        .await;
    watcher.expect("roster").await;

    let begun = Instant::now();
    world
        .change_people(room, vec![invited(&bo, Role::Consumer)])
        .await;
    let told = client.expect("capabilities").await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert_eq!(
        (&told["role"], &told["reason"]),
        (&json!("Consumer"), &json!("RoleChanged"))
    );
    assert!(!present(&told["capabilities"], "unmuteMic"));
    let seen = watcher.expect("roster").await["participants"][0].clone();
    assert_eq!(
        (&seen["role"], &seen["muted"], &seen["camera"]),
        (&json!("Consumer"), &json!(true), &json!(false))
    );
    world
        .media
        .until_gate(&id, |gate| gate.receive && !gate.audio && !gate.camera)
        .await;
    assert_eq!(
        client
            .refused(json!({"type": "publish", "muted": false}))
            .await,
        (403, 41106)
    );

    world
        .change_people(room, vec![invited(&bo, Role::Collaborator)])
        .await;
    let told = client.expect("capabilities").await;
    assert!(present(&told["capabilities"], "shareScreen"));
    client.ask(json!({"type": "publish", "share": true})).await;
    world
        .change_people(room, vec![invited(&bo, Role::Collaborator)])
        .await;
    assert_eq!(
        client.count("capabilities").await,
        0,
        "the same role is no news"
    );
}

// [CP-29] [L3]
#[tokio::test]
async fn a_withdrawn_invitation_ends_the_stay_and_the_seat() {
    let world = World::new().await;
    let [ana, bo] = [world.identity().await, world.identity().await];
    let room = world
        .room_of(&[(&ana, Role::Presenter), (&bo, Role::Attendee)])
        .await;
    let mut watcher = world.in_room(&ana, room).await;
    let mut client = world.in_room(&bo, room).await;
    watcher.expect("roster").await;
    let begun = Instant::now();
    world.change_people(room, vec![dismissed(&bo)]).await;
    assert_eq!(client.expect_end().await, (0, 5317));
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    let removed = watcher.expect("roster").await["removed"][0].clone();
    assert_eq!(removed["subCode"], 5317);
    let mut again = client.reborn(world.address).await;
    let mut join = join_of(room);
    join["rejoinKey"] = json!(client.rejoin_key);
    assert_eq!(
        again.refused(join).await,
        (403, 5828),
        "nor by its rejoin key"
    );
    // Invited again, they come at once: the answer to the back end comes after the change.
    world
        .change_people(room, vec![invited(&bo, Role::Consumer)])
        .await;
    assert_eq!(again.ask(join_of(room)).await["role"], "Consumer");
}

// [CP-29]
#[tokio::test]
async fn a_deleted_room_ends_its_call() {
    let world = World::new().await;
    let ana = world.identity().await;
    let room = world.room_of(&[(&ana, Role::Presenter)]).await;
    let mut client = world.in_room(&ana, room).await;
    let begun = Instant::now();
    world
        .services
        .rooms
        .delete(world.resource, room)
        .await
        .expect("delete");
    assert_eq!(client.expect_end().await, (0, 5003));
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    client.leg = Uuid::from_u128(8);
    assert_eq!(client.refused(join_of(room)).await, (404, 5732));
}

// [CP-29] At its closing, and when the closing or the opening is moved.
#[tokio::test]
async fn a_call_ends_with_the_time_of_its_room() {
    let world = World::new().await;
    let ana = world.identity().await;
    let now = world.services.context.now();
    let room = world
        .room(NewRoom {
            valid_until: seconds(now, 2),
            participants: vec![invited(&ana, Role::Presenter)],
            ..NewRoom::default()
        })
        .await;
    let mut client = world.in_room(&ana, room).await;
    assert_eq!(client.expect_end().await, (0, 5003));
    let late = world.services.context.now().0 - now.0;
    assert!((2_000..3_000).contains(&late), "after {late} ms");
    client.leg = Uuid::from_u128(8);
    assert_eq!(client.refused(join_of(room)).await, (403, 5829));

    let change = |valid_from, valid_until| RoomChange {
        valid_from,
        valid_until,
        pstn_dial_out: None,
    };
    let rooms = &world.services.rooms;
    let prolonged = change(None, seconds(now, 3_600));
    rooms
        .change(world.resource, room, prolonged)
        .await
        .expect("change");
    client.leg = Uuid::from_u128(9);
    client.ask(join_of(room)).await;
    let postponed = change(seconds(now, 1_800), None);
    let begun = Instant::now();
    rooms
        .change(world.resource, room, postponed)
        .await
        .expect("change");
    assert_eq!(client.expect_end().await, (0, 5003));
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

// [CP-24] [K6] The same leg goes on after `kill -9`; who was dismissed just before it does not.
#[tokio::test]
async fn a_rooms_call_survives_a_crash() {
    let mut world = World::new().await;
    let [ana, bo] = [world.identity().await, world.identity().await];
    let room = world
        .room_of(&[(&ana, Role::Presenter), (&bo, Role::Attendee)])
        .await;
    let first = world.in_room(&ana, room).await;
    let second = world.in_room(&bo, room).await;
    world.services.calls.halt().await;
    world
        .change_people(
            room,
            vec![dismissed(&bo), invited(&ana, Role::Collaborator)],
        )
        .await;
    world.crash_and_restart().await;
    let mut back = first.reborn(world.address).await;
    let mut join = join_of(room);
    join["rejoinKey"] = json!(first.rejoin_key);
    let joined = back.ask(join).await;
    assert_eq!(
        joined["participantId"],
        json!(first.participant),
        "the same leg"
    );
    assert_eq!(joined["role"], "Collaborator");
    let roster = back.expect("roster").await;
    assert_eq!(roster["participants"].as_array().map(Vec::len), Some(1));
    let mut dismissed = second.reborn(world.address).await;
    let mut join = join_of(room);
    join["rejoinKey"] = json!(second.rejoin_key);
    assert_eq!(dismissed.refused(join).await, (403, 5828));
}

// [K1] A room's legs are metered like a group's.
#[tokio::test]
async fn each_leg_has_one_usage_record() {
    let world = World::new().await;
    let ana = world.identity().await;
    let room = world.room_of(&[(&ana, Role::Consumer)]).await;
    let mut client = world.session(&ana, ClientKind::External).await;
    let joined = client.ask(join_of(room)).await;
    let call = joined["callId"].as_str().expect("id").parse().expect("id");
    client.ask(json!({"type": "leave"})).await;
    assert_eq!(client.expect_end().await, (0, 0));
    let now = world.services.context.now();
    let records = world
        .services
        .context
        .store
        .list_call_usage(call, now)
        .await;
    let records = records.expect("usage");
    assert_eq!(records.len(), 1);
    assert!(records[0].ended_on.is_some());
    assert_eq!(records[0].resource, Some(world.resource));
}
