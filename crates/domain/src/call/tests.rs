//! The call's rules, one table or story per rule; `random.rs` runs random commands against the invariants.
mod random;
mod ring;
mod rooms;
mod stage;

use super::*;
use crate::{
    capability::{CallForm, ChangeReason, Role},
    ids::{OrganisationId, ResourceId},
    principal::ClientKind,
};
use uuid::Uuid;

const START: Timestamp = Timestamp(1_800_000_000_000);

fn at(seconds: i64) -> Timestamp {
    Timestamp(START.0 + seconds * 1_000)
}

fn id(n: u128) -> LegId {
    LegId(Uuid::from_u128(n))
}

fn rules() -> Rules {
    Rules {
        capabilities: CapabilityRules {
            form: CallForm::Meeting,
            attendee_mic: true,
            attendee_camera: true,
            presenters_admit: true,
            outsiders_conduct: false,
            reactions: true,
            outsiders_raise_hand: true,
            outsiders_react: true,
        },
        lobby_time_out: Duration::from_mins(30),
        participants_max: 50,
        lobby_max: 50,
        ends_on: None,
    }
}

fn meeting() -> Call {
    let call = CallId(Uuid::from_u128(9));
    Call::new(call, CallKind::Meeting, rules(), Timings::default(), START)
}

fn outsider(n: u128) -> Person {
    let resource = ResourceId(Uuid::from_u128(1));
    let user = crate::ids::ExternalUserId(Uuid::from_u128(n));
    Person {
        raw_id: RawId::External { resource, user },
        client: ClientKind::External,
        resource: Some(resource),
        organisation: None,
        display_name: format!("Guest {n}"),
        outsider: true,
        verified: false,
    }
}

fn member(n: u128) -> Person {
    Person {
        raw_id: RawId::Member(crate::ids::MemberId(Uuid::from_u128(n))),
        client: ClientKind::Host,
        resource: None,
        organisation: Some(OrganisationId(Uuid::from_u128(2))),
        display_name: format!("Member {n}"),
        outsider: false,
        verified: true,
    }
}

const WAIT: Entry = Entry::Lobby { automatic: false };
const WAIT_FOR_MEMBER: Entry = Entry::Lobby { automatic: true };

/// Joins leg `n` of identity `n`: members as organiser, outsiders as presenters.
fn join(call: &mut Call, n: u128, person: Person, entry: Entry, now: Timestamp) -> Vec<CallEvent> {
    let role = if person.outsider {
        Role::Presenter
    } else {
        Role::Organizer
    };
    let person = Box::new(person);
    let command = Command::Join {
        leg: id(n),
        person,
        role,
        entry,
        muted: false,
    };
    call.handle(command, now).expect("join")
}

/// A meeting with member 1 and guest 2, both connected.
fn met() -> Call {
    let mut call = meeting();
    join(&mut call, 1, member(1), Entry::Admit, START);
    join(&mut call, 2, outsider(2), WAIT, START);
    call.handle(
        Command::Admit {
            by: id(1),
            legs: vec![id(2)],
        },
        START,
    )
    .expect("admit");
    for n in [1, 2] {
        call.handle(Command::MediaUp { leg: id(n) }, START)
            .expect("media");
    }
    call
}

fn ends(events: &[CallEvent]) -> Vec<(LegId, EndCode)> {
    events
        .iter()
        .filter_map(|event| match event {
            CallEvent::Ended { leg, end, .. } => Some((leg.id, *end)),
            _ => None,
        })
        .collect()
}

fn admitted(events: &[CallEvent]) -> Vec<LegId> {
    events
        .iter()
        .filter_map(|event| match event {
            CallEvent::Admitted { leg } => Some(*leg),
            _ => None,
        })
        .collect()
}

// [A1] [CP-23] [CP-25] [CP-30]
#[test]
fn a_guest_waits_and_is_admitted() {
    let mut call = meeting();
    let joined = join(&mut call, 1, member(1), Entry::Admit, START);
    assert!(joined.contains(&CallEvent::Roster {
        version: 1,
        changed: vec![id(1)],
        removed: vec![]
    }));
    let waits = join(&mut call, 2, outsider(2), WAIT, at(1));
    assert_eq!(
        waits,
        [
            CallEvent::Joined { leg: id(2) },
            CallEvent::Lobby {
                version: 1,
                changed: vec![id(2)],
                removed: vec![]
            },
        ]
    );
    let guest = call.leg(id(2)).expect("guest");
    assert_eq!(
        call.gate(guest),
        MediaGate::default(),
        "nothing is forwarded in the lobby"
    );
    let admit = call.handle(
        Command::Admit {
            by: id(1),
            legs: vec![id(2)],
        },
        at(60),
    );
    let events = admit.expect("admit");
    assert_eq!(admitted(&events), [id(2)]);
    assert!(events.contains(&CallEvent::Roster {
        version: 2,
        changed: vec![id(2)],
        removed: vec![]
    }));
    assert!(events.contains(&CallEvent::Lobby {
        version: 2,
        changed: vec![],
        removed: vec![id(2)]
    }));
    let guest = call.leg(id(2)).expect("guest");
    let open = MediaGate {
        receive: true,
        audio: true,
        camera: false,
        share: false,
    };
    assert_eq!(call.gate(guest), open);
    assert_eq!(guest.accepted_on, at(1), "the meter counts the lobby");
}

// [CP-33] [L3]
#[test]
fn lobby_refusals() {
    let mut call = met();
    join(&mut call, 3, outsider(3), WAIT, START);
    let admit = |by: u128, legs: &[u128]| Command::Admit {
        by: id(by),
        legs: legs.iter().map(|n| id(*n)).collect(),
    };
    let reject = |by: u128, leg: u128| Command::Reject {
        by: id(by),
        legs: vec![id(leg)],
    };
    for (command, refusal) in [
        (admit(2, &[3]), EndCode::MAY_NOT_MANAGE_LOBBY),
        (admit(3, &[3]), EndCode::MAY_NOT_MANAGE_LOBBY),
        (reject(2, 3), EndCode::MAY_NOT_MANAGE_LOBBY),
        (
            Command::AdmitAll { by: id(2) },
            EndCode::MAY_NOT_MANAGE_LOBBY,
        ),
        (admit(1, &[2]), EndCode::ALREADY_ADMITTED),
        (admit(1, &[7]), EndCode::NOT_IN_LOBBY),
        (admit(7, &[3]), EndCode::UNKNOWN_CALL),
    ] {
        assert_eq!(call.handle(command, START), Err(refusal));
    }
    let several = call.handle(admit(1, &[2, 3, 7]), START).expect("partly");
    assert_eq!(admitted(&several), [id(3)]);
}

// [CP-33]
#[test]
fn rejected_and_forgotten_waiters_end() {
    let mut call = met();
    join(&mut call, 3, outsider(3), WAIT, START);
    join(&mut call, 4, outsider(4), WAIT, at(10));
    let events = call.handle(
        Command::Reject {
            by: id(1),
            legs: vec![id(3)],
        },
        at(20),
    );
    assert_eq!(
        ends(&events.expect("reject")),
        [(id(3), EndCode::LOBBY_DENIED)]
    );
    assert_eq!(call.next_deadline(), Some(at(10 + 1_800)));
    assert!(ends(&call.handle_time(at(10 + 1_799))).is_empty());
    assert_eq!(
        ends(&call.handle_time(at(1_810))),
        [(id(4), EndCode::LOBBY_TIME_OUT)]
    );
}

// [L2] [E1] Behaviour 3.5: nobody unverified starts a meeting; those let pass come in by themselves.
#[test]
fn the_first_verified_person_brings_in_those_who_waited_for_one() {
    let mut call = meeting();
    join(&mut call, 2, outsider(2), WAIT_FOR_MEMBER, START);
    join(&mut call, 3, outsider(3), WAIT, START);
    join(&mut call, 4, outsider(4), WAIT_FOR_MEMBER, START);
    assert!(!call.verified_seen());
    let events = join(&mut call, 1, member(1), Entry::Admit, at(5));
    assert_eq!(admitted(&events), [id(2), id(4)]);
    call.handle(Command::Leave { leg: id(1) }, at(6))
        .expect("leave");
    assert!(call.verified_seen(), "it stays so after they left");
}

// [CP-27] [D4]
#[test]
fn ending_for_everyone_needs_an_organiser() {
    let mut call = met();
    join(&mut call, 3, outsider(3), WAIT, START);
    assert_eq!(
        call.handle(Command::EndForAll { by: id(2) }, START),
        Err(EndCode::FORBIDDEN)
    );
    let events = call
        .handle(Command::EndForAll { by: id(1) }, START)
        .expect("end");
    let expected = [
        (id(1), EndCode::LEFT),
        (id(2), EndCode::ENDED_FOR_ALL),
        (id(3), EndCode::ENDED_FOR_ALL),
    ];
    assert_eq!(ends(&events), expected);
    assert_eq!(events.last(), Some(&CallEvent::Over));
    let leave = call.handle(Command::Leave { leg: id(1) }, START);
    assert_eq!(leave, Err(EndCode::CALL_OVER));
}

// [CP-16] [CP-26]
#[test]
fn a_lost_leg_is_held_then_its_seat_is_kept() {
    for (clean, hold) in [(true, 5), (false, 60)] {
        let mut call = met();
        call.handle(Command::Lose { leg: id(2), clean }, at(10))
            .expect("lose");
        assert_eq!(call.next_deadline(), Some(at(10 + hold)));
        assert!(
            call.handle_time(at(10 + hold - 1)).is_empty(),
            "nothing changes for the others"
        );
        let events = call.handle_time(at(10 + hold));
        assert_eq!(ends(&events), [(id(2), EndCode::VANISHED)]);
        assert_eq!(
            call.seats().map(|seat| seat.until).collect::<Vec<_>>(),
            [at(130)]
        );
        assert!(call.holds_seat(&outsider(2).raw_id));
        assert_eq!(
            call.handle_time(at(130)),
            [CallEvent::SeatFreed { leg: id(2) }]
        );
        assert!(!call.holds_seat(&outsider(2).raw_id));
    }
}

// [CP-16]
#[test]
fn the_same_identity_takes_its_seat_past_the_lobby() {
    let mut call = met();
    call.handle(
        Command::Lose {
            leg: id(2),
            clean: false,
        },
        at(10),
    )
    .expect("lose");
    call.handle_time(at(70));
    let events = join(&mut call, 5, outsider(2), WAIT, at(100));
    assert!(events.contains(&CallEvent::SeatFreed { leg: id(2) }));
    assert!(call.leg(id(5)).expect("leg").is_connected());
    join(&mut call, 6, outsider(2), WAIT, at(101));
    assert!(
        !call.leg(id(6)).expect("leg").is_connected(),
        "a seat serves once"
    );
}

// [CP-16] A reloaded page comes back while its old leg is still held.
#[test]
fn a_reloaded_page_replaces_its_leg() {
    let mut call = met();
    call.handle(
        Command::Lose {
            leg: id(2),
            clean: true,
        },
        at(10),
    )
    .expect("lose");
    let events = join(&mut call, 5, outsider(2), WAIT, at(12));
    assert_eq!(ends(&events), [(id(2), EndCode::VANISHED)]);
    assert!(call.leg(id(5)).expect("leg").is_connected());
    assert_eq!(call.seats().count(), 0);
}

// [CP-16] In a full call too: the reloaded page needs no more room than it had.
#[test]
fn a_reloaded_page_finds_room_in_a_full_call() {
    let mut call = met();
    let mut full = rules();
    full.participants_max = call.connected().count();
    call.rules = full;
    let lose = Command::Lose {
        leg: id(2),
        clean: true,
    };
    call.handle(lose, at(10)).expect("lose");
    assert!(call.replaces_leg(&outsider(2).raw_id));
    assert!(!call.replaces_leg(&outsider(3).raw_id));
    let other = Command::Join {
        leg: id(6),
        person: Box::new(outsider(3)),
        role: Role::Attendee,
        entry: Entry::Admit,
        muted: false,
    };
    assert_eq!(call.handle(other, at(11)), Err(EndCode::CALL_FULL));
    join(&mut call, 5, outsider(2), WAIT, at(12));
    assert!(call.leg(id(5)).expect("leg").is_connected());
    assert_eq!(call.connected().count(), full.participants_max);
}

// [CP-16] The seat runs from the loss: whoever comes again without the key, after a crashed browser, does not wait either.
// The old leg may still resume elsewhere, so it stays until its hold is over.
#[test]
fn a_crashed_page_comes_back_past_the_lobby() {
    let mut call = met();
    let lose = Command::Lose {
        leg: id(2),
        clean: false,
    };
    call.handle(lose, at(10)).expect("lose");
    let events = join(&mut call, 5, outsider(2), WAIT, at(20));
    assert_eq!(ends(&events), []);
    assert!(call.leg(id(5)).expect("leg").is_connected());
    assert!(call.leg(id(2)).is_ok());
    join(&mut call, 6, outsider(3), WAIT, at(21));
    assert!(
        !call.leg(id(6)).expect("leg").is_connected(),
        "its own seat"
    );
    call.handle(Command::Resume { leg: id(2) }, at(22))
        .expect("resume");
    join(&mut call, 7, outsider(2), WAIT, at(23));
    assert!(!call.leg(id(7)).expect("leg").is_connected(), "nobody left");
}

// [CP-24]
#[test]
fn the_same_leg_goes_on_out_of_hold_and_seat() {
    for (comes_back, seated) in [(at(60), false), (at(100), true)] {
        let mut call = met();
        call.handle(
            Command::Lose {
                leg: id(2),
                clean: false,
            },
            at(10),
        )
        .expect("lose");
        call.handle_time(comes_back);
        let rejoin = call.handle(
            Command::Rejoin {
                leg: id(2),
                muted: false,
            },
            comes_back,
        );
        let events = rejoin.expect("rejoin");
        assert!(events.contains(&CallEvent::Returned { leg: id(2), seated }));
        let roster = events
            .iter()
            .any(|event| matches!(event, CallEvent::Roster { .. }));
        assert_eq!(
            roster, seated,
            "out of its hold nothing changes for the others"
        );
        assert_eq!(call.leg(id(2)).expect("leg").accepted_on, START);
    }
    let mut gone = met();
    gone.handle(
        Command::Lose {
            leg: id(2),
            clean: false,
        },
        at(10),
    )
    .expect("lose");
    gone.handle_time(at(130));
    gone.handle_time(at(131));
    let late = gone.handle(
        Command::Rejoin {
            leg: id(2),
            muted: false,
        },
        at(131),
    );
    assert_eq!(late, Err(EndCode::UNKNOWN_CALL));
}

// [CP-24] A leg that waited keeps waiting: no crash lets anybody in.
#[test]
fn a_waiting_leg_returns_to_the_lobby_and_has_no_seat() {
    let mut call = met();
    join(&mut call, 3, outsider(3), WAIT, START);
    call.handle(
        Command::Lose {
            leg: id(3),
            clean: false,
        },
        at(10),
    )
    .expect("lose");
    call.handle(
        Command::Rejoin {
            leg: id(3),
            muted: false,
        },
        at(20),
    )
    .expect("rejoin");
    assert!(!call.leg(id(3)).expect("leg").is_connected());
    call.handle(
        Command::Lose {
            leg: id(3),
            clean: false,
        },
        at(30),
    )
    .expect("lose");
    assert_eq!(
        ends(&call.handle_time(at(90))),
        [(id(3), EndCode::VANISHED)]
    );
    assert!(!call.holds_seat(&outsider(3).raw_id));
}

// [CP-34] [L3]
#[test]
fn removal_takes_the_seat_and_is_for_conductors() {
    let mut call = met();
    let remove = |by: u128, leg: u128| Command::Remove {
        by: id(by),
        leg: id(leg),
    };
    assert_eq!(call.handle(remove(2, 1), START), Err(EndCode::FORBIDDEN));
    assert_eq!(call.handle(remove(1, 1), START), Err(EndCode::FORBIDDEN));
    assert_eq!(call.handle(remove(1, 9), START), Err(EndCode::UNKNOWN_CALL));
    let events = call.handle(remove(1, 2), START).expect("remove");
    assert_eq!(ends(&events), [(id(2), EndCode::REMOVED)]);
    assert!(!call.holds_seat(&outsider(2).raw_id) && call.was_removed(&outsider(2).raw_id));
}

// [F1] [F2] [F3] [CP-42]
#[test]
fn publishing_opens_the_gate_and_tells_everybody() {
    let mut call = met();
    let publish = |muted, camera, share| Command::Publish {
        leg: id(2),
        muted,
        camera,
        share,
    };
    let steps = [
        (publish(Some(true), None, None), (false, false, false)),
        (publish(Some(false), Some(true), None), (true, true, false)),
        (publish(None, None, Some(true)), (true, true, true)),
        (
            publish(None, Some(false), Some(false)),
            (true, false, false),
        ),
    ];
    for (at, (command, expected)) in steps.into_iter().enumerate() {
        let events = call.handle(command, START).expect("publish");
        assert!(events.contains(&CallEvent::Gate { leg: id(2) }), "{at}");
        assert!(
            matches!(events.last(), Some(CallEvent::Roster { .. })),
            "{at}"
        );
        let gate = call.gate(call.leg(id(2)).expect("leg"));
        assert_eq!((gate.audio, gate.camera, gate.share), expected, "{at}");
    }
    assert!(
        call.handle(publish(None, Some(false), None), START)
            .expect("same")
            .is_empty()
    );
}

// [F3] [L3] [CP-36] [CP-42]
#[test]
fn an_attendee_cannot_share_and_a_demoted_sharer_stops() {
    let mut call = met();
    let share = || Command::Publish {
        leg: id(2),
        muted: None,
        camera: None,
        share: Some(true),
    };
    call.handle(share(), START).expect("share");
    let role = |by: u128, leg: u128, role| Command::SetRole {
        by: id(by),
        leg: id(leg),
        role,
    };
    assert_eq!(
        call.handle(role(2, 2, Role::Presenter), START),
        Err(EndCode::FORBIDDEN)
    );
    let events = call
        .handle(role(1, 2, Role::Attendee), START)
        .expect("demote");
    let changed = CallEvent::Capabilities {
        leg: id(2),
        reason: ChangeReason::RoleChanged,
    };
    assert!(events.contains(&changed) && events.contains(&CallEvent::Gate { leg: id(2) }));
    assert!(!call.leg(id(2)).expect("leg").share);
    assert_eq!(call.handle(share(), START), Err(EndCode::FORBIDDEN));
    for refused in [
        role(1, 2, Role::Organizer),
        role(1, 2, Role::CoOrganizer),
        role(1, 1, Role::Attendee),
    ] {
        assert_eq!(call.handle(refused, START), Err(EndCode::FORBIDDEN));
    }
    call.handle(role(1, 2, Role::Presenter), START)
        .expect("promote");
    call.handle(share(), START).expect("share again");
}

// [CP-46] [F1]
#[test]
fn muting_others_is_soft() {
    let mut call = met();
    let mute = |by: u128, legs| Command::MuteOthers { by: id(by), legs };
    assert_eq!(call.handle(mute(2, None), START), Err(EndCode::FORBIDDEN));
    let events = call.handle(mute(1, None), START).expect("mute");
    assert!(events.contains(&CallEvent::MutedByOther {
        leg: id(2),
        by: id(1)
    }));
    assert!(
        !call.leg(id(1)).expect("leg").muted,
        "not the one who mutes"
    );
    assert!(!call.gate(call.leg(id(2)).expect("leg")).audio);
    let unmute = Command::Publish {
        leg: id(2),
        muted: Some(false),
        camera: None,
        share: None,
    };
    call.handle(unmute, START).expect("unmute");
    assert!(call.gate(call.leg(id(2)).expect("leg")).audio);
}

// [CP-47]
#[test]
fn absent_media_ends_a_leg_whose_socket_lives() {
    let mut never = meeting();
    join(&mut never, 1, member(1), Entry::Admit, START);
    assert_eq!(
        ends(&never.handle_time(at(60))),
        [(id(1), EndCode::MEDIA_NEVER_UP)]
    );

    let mut lost = met();
    lost.handle(Command::MediaLost { leg: id(2) }, at(10))
        .expect("lost");
    lost.handle(Command::MediaUp { leg: id(2) }, at(20))
        .expect("back");
    assert!(lost.handle_time(at(80)).is_empty());
    lost.handle(Command::MediaLost { leg: id(2) }, at(100))
        .expect("lost");
    lost.handle(Command::MediaLost { leg: id(2) }, at(150))
        .expect("still lost");
    assert_eq!(
        ends(&lost.handle_time(at(160))),
        [(id(2), EndCode::MEDIA_LOST)]
    );

    let mut waiting = met();
    join(&mut waiting, 3, outsider(3), WAIT, START);
    assert!(
        waiting.handle_time(at(600)).is_empty(),
        "the lobby needs no media"
    );
    waiting
        .handle(
            Command::Admit {
                by: id(1),
                legs: vec![id(3)],
            },
            at(600),
        )
        .expect("admit");
    assert_eq!(
        waiting.next_deadline(),
        Some(at(660)),
        "counted from the admission"
    );
}

// [CP-35] [E9]
#[test]
fn changed_options_reach_the_call() {
    let mut call = met();
    join(&mut call, 3, outsider(3), WAIT, START);
    join(&mut call, 4, outsider(4), WAIT, START);
    let mut changed = rules();
    changed.capabilities.outsiders_conduct = true;
    let refusal = EndCode {
        code: 403,
        sub_code: 5723,
    };
    let reconsider = Command::Reconsider {
        rules: changed,
        verdicts: vec![
            (id(3), Ok(Entry::Admit)),
            (id(4), Err(refusal)),
            (id(2), Err(refusal)),
        ],
        reason: ChangeReason::MeetingOptionOrOrganizerPolicyChanged,
    };
    let events = call.handle(reconsider, START).expect("reconsider");
    let reason = ChangeReason::MeetingOptionOrOrganizerPolicyChanged;
    assert!(events.contains(&CallEvent::Capabilities { leg: id(2), reason }));
    assert_eq!(admitted(&events), [id(3)]);
    assert_eq!(
        ends(&events),
        [(id(4), refusal)],
        "those who take part stay"
    );
}

#[test]
fn group_calls_have_no_lobby_and_everybody_conducts() {
    let kind = CallKind::Group {
        resource: ResourceId(Uuid::from_u128(1)),
        group_id: Uuid::nil(),
    };
    let mut rules = rules();
    rules.capabilities.form = CallForm::Group;
    rules.participants_max = 2;
    let mut call = Call::new(
        CallId(Uuid::from_u128(9)),
        kind,
        rules,
        Timings::default(),
        START,
    );
    join(&mut call, 1, outsider(1), Entry::Admit, START);
    join(&mut call, 2, outsider(2), Entry::Admit, START);
    assert_eq!(
        call.handle(Command::AdmitAll { by: id(1) }, START),
        Err(EndCode::NO_LOBBY)
    );
    let third = Command::Join {
        leg: id(3),
        person: Box::new(outsider(3)),
        role: Role::Presenter,
        entry: Entry::Admit,
        muted: true,
    };
    assert_eq!(call.handle(third, START), Err(EndCode::CALL_FULL));
    assert!(call.handle(Command::EndForAll { by: id(2) }, START).is_ok());
}

#[test]
fn a_call_ends_after_30_hours_and_when_nobody_is_left() {
    let mut long = met();
    let events = long.handle_time(at(30 * 3_600));
    let expected = [(id(1), EndCode::TOO_LONG), (id(2), EndCode::TOO_LONG)];
    assert_eq!(ends(&events), expected);
    assert!(long.is_over() && long.next_deadline().is_none());

    let mut left = met();
    left.handle(Command::Leave { leg: id(1) }, at(1))
        .expect("leave");
    let events = left
        .handle(Command::Leave { leg: id(2) }, at(2))
        .expect("leave");
    assert_eq!(events.last(), Some(&CallEvent::Over));
}

// [CP-17] [CP-24]
#[test]
fn a_restored_call_holds_its_legs_from_their_last_sign_of_life() {
    let before = met();
    let legs = before
        .legs()
        .cloned()
        .map(|mut leg| {
            leg.lost = Some(Loss {
                since: at(100),
                clean: false,
            });
            leg
        })
        .collect();
    let saved = SavedCall {
        id: before.id(),
        kind: before.kind(),
        started_on: before.started_on(),
        verified_seen: true,
        attendee_access: MediaAccess::default(),
        answered: true,
        two_party: false,
        invitations: vec![],
        removed: vec![outsider(7).raw_id],
        seats: vec![],
        legs,
    };
    let mut call = Call::restore(saved, rules(), Timings::default());
    assert!(call.was_removed(&outsider(7).raw_id) && call.verified_seen());
    assert!(call.handle_time(at(159)).is_empty());
    call.handle(
        Command::Rejoin {
            leg: id(1),
            muted: false,
        },
        at(159),
    )
    .expect("rejoin");
    assert_eq!(
        ends(&call.handle_time(at(160))),
        [(id(2), EndCode::VANISHED)]
    );
}
