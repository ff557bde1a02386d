//! Calls that ring: who hears what, and that no ring is for ever.
use super::*;
use crate::call::{Home, Invitation, Party, Ring};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn group_rules() -> Rules {
    let capabilities = CapabilityRules {
        form: CallForm::Group,
        outsiders_conduct: true,
        ..rules().capabilities
    };
    Rules {
        capabilities,
        ..rules()
    }
}

fn direct() -> Call {
    let call = CallId(Uuid::from_u128(9));
    Call::new(
        call,
        CallKind::Direct,
        group_rules(),
        Timings::default(),
        START,
    )
}

/// Rings identity `n` as ring `n`.
fn ring(n: u128) -> Ring {
    let person = outsider(n);
    Ring {
        id: id(n),
        callee: Party {
            raw_id: person.raw_id,
            display_name: String::new(),
            outsider: true,
        },
        ring_for: Duration::from_secs(85),
    }
}

/// Caller 1 rings these.
fn ringing(callees: &[u128]) -> Call {
    let mut call = direct();
    let start = Command::Start {
        leg: id(1),
        person: Box::new(outsider(1)),
        muted: false,
        rings: callees.iter().map(|n| ring(*n)).collect(),
    };
    call.handle(start, START).expect("start");
    call.handle(Command::MediaUp { leg: id(1) }, START)
        .expect("media");
    call
}

fn answer(call: &mut Call, n: u128, now: Timestamp) -> Result<Vec<CallEvent>, EndCode> {
    let person = Box::new(outsider(n));
    let events = call.handle(
        Command::Answer {
            ring: id(n),
            person,
            muted: false,
        },
        now,
    )?;
    call.handle(Command::MediaUp { leg: id(n) }, now)?;
    Ok(events)
}

fn decline(call: &mut Call, n: u128) -> Vec<CallEvent> {
    let (ring, end) = (id(n), EndCode::DECLINED);
    call.handle(Command::EndRing { ring, end }, at(1))
        .expect("declined")
}

fn rings_ended(events: &[CallEvent]) -> Vec<(LegId, Result<(), EndCode>)> {
    events
        .iter()
        .filter_map(|event| match event {
            CallEvent::RingEnded { invitation, result } => Some((invitation.id, *result)),
            _ => None,
        })
        .collect()
}

fn metered(events: &[CallEvent]) -> Vec<LegId> {
    events
        .iter()
        .filter_map(|event| match event {
            CallEvent::Answered { leg } => Some(*leg),
            _ => None,
        })
        .collect()
}

// [CP-51] [CP-53] [K1] The first answer wins, and starts the caller's meter.
#[test]
fn the_first_answer_wins() {
    let mut call = ringing(&[2]);
    assert!(!call.is_answered() && call.is_two_party());
    assert_eq!(call.invitations().count(), 1);
    let other = Box::new(outsider(3));
    let stolen = Command::Answer {
        ring: id(2),
        person: other,
        muted: false,
    };
    assert_eq!(call.handle(stolen, at(1)), Err(EndCode::UNKNOWN_CALL));
    let events = answer(&mut call, 2, at(4)).expect("answer");
    assert_eq!(rings_ended(&events), [(id(2), Ok(()))]);
    assert_eq!(metered(&events), [id(1)]);
    assert_eq!(call.leg(id(1)).expect("caller").accepted_on, at(4));
    assert!(events.contains(&CallEvent::Roster {
        version: 2,
        changed: vec![id(2)],
        removed: vec![]
    }));
    assert_eq!(answer(&mut call, 2, at(5)), Err(EndCode::UNKNOWN_CALL));
    // Between two: alone is over.
    let events = call
        .handle(Command::Leave { leg: id(2) }, at(9))
        .expect("leave");
    assert_eq!(
        ends(&events),
        [(id(2), EndCode::LEFT), (id(1), EndCode::CALL_OVER)]
    );
    assert!(call.is_over());
}

// [CP-54] [CP-55] What the caller hears when nobody comes.
#[test]
fn a_call_that_nobody_answers_ends_with_the_reason() {
    let mut call = ringing(&[2]);
    assert_eq!(ends(&decline(&mut call, 2)), [(id(1), EndCode::DECLINED)]);
    assert!(call.is_over());

    let mut call = ringing(&[2, 3]);
    assert_eq!(ends(&decline(&mut call, 2)), []);
    assert_eq!(
        ends(&decline(&mut call, 3)),
        [(id(1), EndCode::ALL_DECLINED)]
    );

    let mut call = ringing(&[2, 3]);
    decline(&mut call, 2);
    assert_eq!(call.next_deadline(), Some(at(85)));
    assert!(call.handle_time(at(84)).is_empty());
    let events = call.handle_time(at(85));
    assert_eq!(rings_ended(&events), [(id(3), Err(EndCode::NO_ANSWER))]);
    assert_eq!(ends(&events), [(id(1), EndCode::NO_ANSWER)]);

    let mut call = ringing(&[2]);
    let (ring, end) = (id(2), EndCode::NO_ENDPOINT);
    let events = call
        .handle(Command::EndRing { ring, end }, at(1))
        .expect("end");
    assert_eq!(ends(&events), [(id(1), EndCode::NO_ENDPOINT)]);

    let mut call = ringing(&[2]);
    let events = call
        .handle(Command::Leave { leg: id(1) }, at(2))
        .expect("leave");
    assert_eq!(ends(&events), [(id(1), EndCode::LEFT)]);
    assert_eq!(
        rings_ended(&events),
        [(id(2), Err(EndCode::RING_CANCELLED))]
    );
    assert!(call.is_over() && metered(&events).is_empty());

    // The caller's page is closed and never comes back.
    let mut call = ringing(&[2]);
    call.handle(
        Command::Lose {
            leg: id(1),
            clean: true,
        },
        at(2),
    )
    .expect("lose");
    let events = call.handle_time(at(7));
    assert_eq!(
        rings_ended(&events),
        [(id(2), Err(EndCode::RING_CANCELLED))]
    );
    assert!(call.is_over(), "a caller who rang keeps no seat");
}

// [CP-57] [CP-58] A third makes it a group: who is left alone stays, and a ringing one can be taken back.
#[test]
fn adding_a_third_makes_it_a_group() {
    let mut call = ringing(&[2]);
    answer(&mut call, 2, at(1)).expect("answer");
    let invite = |n| Command::Invite {
        by: Some(id(1)),
        caller: Box::new(ring(1).callee),
        rings: vec![ring(n)],
    };
    assert_eq!(call.handle(invite(2), at(2)), Err(EndCode::ALREADY_IN_CALL));
    assert_eq!(call.handle(invite(1), at(2)), Err(EndCode::ALREADY_IN_CALL));
    call.handle(invite(3), at(2)).expect("invite");
    assert_eq!(call.handle(invite(3), at(2)), Err(EndCode::ALREADY_IN_CALL));
    assert!(!call.is_two_party());
    let take_back = Command::Remove {
        by: id(2),
        leg: id(3),
    };
    let events = call.handle(take_back, at(3)).expect("cancel");
    assert_eq!(
        rings_ended(&events),
        [(id(3), Err(EndCode::RING_CANCELLED))]
    );
    assert!(events.contains(&CallEvent::Roster {
        version: 4,
        changed: vec![],
        removed: vec![(id(3), EndCode::RING_CANCELLED)]
    }));
    call.handle(Command::Leave { leg: id(1) }, at(4))
        .expect("leave");
    assert!(!call.is_over() && call.leg(id(2)).is_ok());
}

// [CP-51] Bounds and refusals change nothing.
#[test]
fn rings_are_bounded() {
    let mut call = direct();
    let start = |rings| Command::Start {
        leg: id(1),
        person: Box::new(outsider(1)),
        muted: false,
        rings,
    };
    assert_eq!(call.handle(start(vec![]), START), Err(EndCode::FORBIDDEN));
    assert_eq!(
        call.handle(start(vec![ring(1)]), START),
        Err(EndCode::ALREADY_IN_CALL)
    );
    let twice = start(vec![ring(2), ring(2)]);
    assert_eq!(call.handle(twice, START), Err(EndCode::ALREADY_IN_CALL));
    let many = (2..60).map(ring).collect();
    assert_eq!(call.handle(start(many), START), Err(EndCode::TOO_MANY));
    assert!(call.legs().next().is_none() && call.is_answered());
    assert_eq!(
        meeting().handle(start(vec![ring(2)]), START),
        Err(EndCode::FORBIDDEN)
    );
}

// [CP-56] After a crash a ring goes on until its own time, and no longer.
#[test]
fn a_ring_survives_a_restart_and_ends() {
    let before = ringing(&[2]);
    let mut caller = before.leg(id(1)).expect("caller").clone();
    caller.lost = Some(Loss {
        since: at(20),
        clean: false,
    });
    let saved = |legs, invitations: Vec<Invitation>| SavedCall {
        id: before.id(),
        kind: before.kind(),
        started_on: START,
        verified_seen: false,
        attendee_access: MediaAccess::default(),
        answered: false,
        two_party: true,
        invitations,
        removed: vec![],
        seats: vec![],
        legs,
    };
    let rings: Vec<_> = before.invitations().cloned().collect();
    let restored = saved(vec![caller.clone()], rings.clone());
    let mut call = Call::restore(restored, group_rules(), Timings::default());
    let events = call.clone().handle_time(at(80));
    assert_eq!(
        rings_ended(&events),
        [(id(2), Err(EndCode::RING_CANCELLED))],
        "nobody came back"
    );
    call.handle(
        Command::Rejoin {
            leg: id(1),
            muted: false,
        },
        at(30),
    )
    .expect("back");
    call.handle(Command::MediaUp { leg: id(1) }, at(30))
        .expect("media");
    assert_eq!(
        ends(&call.clone().handle_time(at(85))),
        [(id(1), EndCode::NO_ANSWER)]
    );
    answer(&mut call, 2, at(84)).expect("answered in time");
    assert!(call.is_answered());
}

// [CP-59] On hold nothing goes either way.
#[test]
fn hold_shuts_both_ways() {
    let mut call = ringing(&[2]);
    answer(&mut call, 2, at(1)).expect("answer");
    let gate = |call: &Call| call.gate(call.leg(id(2)).expect("leg"));
    assert!(gate(&call).audio && gate(&call).receive);
    let events = call
        .handle(
            Command::Hold {
                leg: id(2),
                on: true,
            },
            at(2),
        )
        .expect("hold");
    assert!(events.contains(&CallEvent::Gate { leg: id(2) }));
    assert_eq!(gate(&call), MediaGate::default());
    call.handle(
        Command::Hold {
            leg: id(2),
            on: false,
        },
        at(3),
    )
    .expect("resume");
    assert!(gate(&call).audio && gate(&call).receive);
}

#[derive(Clone, Debug)]
enum Step {
    Invite(u128),
    Answer(u128),
    End(u128),
    Leave(u128),
    Lose(u128, bool),
    Resume(u128),
    Expel(u128),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (2u128..8).prop_map(Step::Invite),
        (2u128..8).prop_map(Step::Answer),
        (2u128..8).prop_map(Step::End),
        (1u128..8).prop_map(Step::Leave),
        (1u128..8, any::<bool>()).prop_map(|(n, clean)| Step::Lose(n, clean)),
        (1u128..8).prop_map(Step::Resume),
        (1u128..8).prop_map(Step::Expel),
        (0i64..60).prop_map(Step::Wait),
    ]
}

fn command(step: &Step) -> Option<Command> {
    Some(match *step {
        Step::Invite(n) => Command::Invite {
            by: None,
            caller: Box::new(ring(99).callee),
            rings: vec![ring(n)],
        },
        Step::Answer(n) => Command::Answer {
            ring: id(n),
            person: Box::new(outsider(n)),
            muted: false,
        },
        Step::End(n) => Command::EndRing {
            ring: id(n),
            end: EndCode::DECLINED,
        },
        Step::Leave(n) => Command::Leave { leg: id(n) },
        Step::Lose(n, clean) => Command::Lose { leg: id(n), clean },
        Step::Resume(n) => Command::Resume { leg: id(n) },
        Step::Expel(n) => Command::Expel {
            raw_id: outsider(n).raw_id,
        },
        Step::Wait(_) => return None,
    })
}

proptest! {
    // [CP-51] [CP-55] [K1] Each ring ends once, none outlives its time or its call, and no meter runs before an answer.
    #[test]
    fn rings_end_once_and_in_time(
        callees in prop::collection::btree_set(2u128..8, 1..4),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let callees: Vec<_> = callees.into_iter().collect();
        let mut call = ringing(&callees);
        let mut open: BTreeMap<LegId, Timestamp> =
            call.invitations().map(|ring| (ring.id, ring.until)).collect();
        let (mut now, mut answered) = (START, false);
        for step in steps {
            let result = match (&step, command(&step)) {
                (Step::Wait(seconds), _) => {
                    now = Timestamp(now.0 + seconds * 1_000);
                    Ok(call.handle_time(now))
                }
                (_, Some(command)) => call.handle(command, now),
                (_, None) => Ok(vec![]),
            };
            for event in result.unwrap_or_default() {
                match event {
                    CallEvent::Rings { invitation } => {
                        prop_assert!(open.insert(invitation.id, invitation.until).is_none());
                    }
                    CallEvent::RingEnded { invitation, result } => {
                        prop_assert!(open.remove(&invitation.id).is_some());
                        answered |= result.is_ok();
                    }
                    CallEvent::Answered { .. } => prop_assert!(answered || call.is_answered()),
                    _ => {}
                }
            }
            call.handle_time(now);
            prop_assert!(open.values().all(|until| *until > now));
            prop_assert_eq!(answered, call.is_answered());
            if call.is_over() {
                prop_assert!(open.is_empty() && call.next_deadline().is_none());
                break;
            }
            prop_assert!(call.legs().next().is_some() || call.seats().next().is_some());
            let alone = call.legs().count() + call.seats().count() < 2 && call.invitations().count() == 0;
            prop_assert!(!(alone && call.is_two_party()), "nobody sits alone between two");
        }
    }
}

#[test]
fn the_home_of_a_call_is_in_its_key() {
    let resource = ResourceId(Uuid::from_u128(1));
    let key = CallKey::Group {
        resource,
        group_id: Uuid::from_u128(2),
    };
    assert_eq!(key.home(), Some(Home::Resource(resource)));
}
