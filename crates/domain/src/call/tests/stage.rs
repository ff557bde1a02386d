//! Hands, spotlight, reactions and media access.
use super::*;

/// Member 1 organises, guest 2 presents, guest 3 attends.
fn three() -> Call {
    let mut call = met();
    join(&mut call, 3, outsider(3), Entry::Admit, START);
    let demote = Command::SetRole {
        by: id(1),
        leg: id(3),
        role: Role::Attendee,
    };
    call.handle(demote, START).expect("demote");
    call
}

fn hand(leg: u128, raised: bool) -> Command {
    Command::Hand {
        leg: id(leg),
        raised,
    }
}

fn ids(list: &[u128]) -> Vec<LegId> {
    list.iter().map(|n| id(*n)).collect()
}

// [F4] [CP-61]
#[test]
fn hands_are_kept_in_the_order_in_which_they_were_raised() {
    let mut call = three();
    for leg in [3, 1, 3, 2] {
        call.handle(hand(leg, true), START).expect("raise");
    }
    assert_eq!(call.hands(), ids(&[3, 1, 2]));
    let events = call.handle(hand(1, false), START).expect("lower");
    assert_eq!(events, [CallEvent::Stage]);
    assert!(
        call.handle(hand(1, false), START)
            .expect("again")
            .is_empty()
    );
    let lower = |by, legs| Command::LowerHands { by: id(by), legs };
    assert_eq!(
        call.handle(lower(3, Some(ids(&[2]))), START),
        Err(EndCode::FEATURE_FORBIDDEN),
        "an attendee lowers nobody else's"
    );
    call.handle(lower(3, Some(ids(&[3]))), START).expect("own");
    call.handle(lower(1, None), START).expect("all");
    assert!(call.hands().is_empty());
}

// [F4] [CP-61]
#[test]
fn the_policy_takes_the_hands_of_outsiders_down() {
    let mut call = three();
    for leg in [1, 2] {
        call.handle(hand(leg, true), START).expect("raise");
    }
    let mut rules = rules();
    rules.capabilities.outsiders_raise_hand = false;
    let reconsider = Command::Reconsider {
        rules,
        verdicts: Vec::new(),
        reason: ChangeReason::UserPolicyChanged,
    };
    let events = call.handle(reconsider, START).expect("reconsider");
    assert!(events.contains(&CallEvent::Stage));
    assert_eq!(call.hands(), ids(&[1]));
    assert_eq!(
        call.handle(hand(2, true), START),
        Err(EndCode::FEATURE_FORBIDDEN)
    );
}

// [CP-62]
#[test]
fn the_spotlight_is_for_presenters_and_holds_seven() {
    let mut call = three();
    let set = |by, legs: &[u128], on| Command::Spotlight {
        by: id(by),
        legs: Some(ids(legs)),
        on,
    };
    assert_eq!(
        call.handle(set(3, &[3], true), START),
        Err(EndCode::FEATURE_FORBIDDEN)
    );
    call.handle(set(2, &[3, 1], true), START).expect("put");
    assert_eq!(call.spotlight(), ids(&[3, 1]));
    assert_eq!(
        call.handle(set(3, &[1], false), START),
        Err(EndCode::FEATURE_FORBIDDEN)
    );
    call.handle(set(3, &[3], false), START).expect("step out");
    assert_eq!(call.spotlight(), ids(&[1]));
    assert_eq!(
        call.handle(set(2, &[99], true), START),
        Err(EndCode::UNKNOWN_CALL)
    );
    for n in 10..17 {
        join(&mut call, n, outsider(n), Entry::Admit, START);
    }
    let many: Vec<u128> = (10..17).collect();
    assert_eq!(
        call.handle(set(1, &many, true), START),
        Err(EndCode::SPOTLIGHT_FULL)
    );
    assert_eq!(call.spotlight(), ids(&[1]), "a refusal changes nothing");
    let clear = |by, on| Command::Spotlight {
        by: id(by),
        legs: None,
        on,
    };
    assert_eq!(call.handle(clear(1, true), START), Err(EndCode::MALFORMED));
    call.handle(clear(1, false), START).expect("clear");
    assert!(call.spotlight().is_empty());
}

// [CP-60]
#[test]
fn who_leaves_leaves_the_stage() {
    let mut call = three();
    call.handle(hand(2, true), START).expect("raise");
    let events = call.handle(Command::Leave { leg: id(2) }, START);
    assert!(events.expect("leave").contains(&CallEvent::Stage));
    assert!(call.hands().is_empty());
    let events = call.handle(Command::Leave { leg: id(3) }, START);
    assert!(!events.expect("leave").contains(&CallEvent::Stage));
}

// [CP-63] [L3]
#[test]
fn a_forbidden_attendee_is_muted_and_cannot_unmute() {
    let mut call = three();
    let publish = |leg: u128| Command::Publish {
        leg: id(leg),
        muted: Some(false),
        camera: Some(true),
        share: None,
    };
    call.handle(publish(3), START).expect("publish");
    let access = |by, medium, permitted, legs| Command::Access {
        by: id(by),
        medium,
        permitted,
        legs,
    };
    let audio = AccessMedium::Audio;
    for by in [2, 3] {
        assert_eq!(
            call.handle(access(by, audio, false, Some(ids(&[3]))), START),
            Err(EndCode::FORBIDDEN),
            "outsiders do not conduct"
        );
    }
    assert_eq!(
        call.handle(access(1, audio, false, Some(ids(&[2]))), START),
        Err(EndCode::FORBIDDEN),
        "presenters are not held back"
    );
    let events = call
        .handle(access(1, audio, false, Some(ids(&[3]))), START)
        .expect("forbid");
    assert!(events.contains(&CallEvent::Stage));
    let leg = call.leg(id(3)).expect("leg").clone();
    assert!(leg.muted && leg.camera);
    assert!(!call.gate(&leg).audio);
    assert_eq!(call.handle(publish(3), START), Err(EndCode::MAY_NOT_UNMUTE));
    call.handle(access(1, audio, true, Some(ids(&[3]))), START)
        .expect("permit");
    call.handle(publish(3), START).expect("unmute");
}

// [CP-63]
#[test]
fn a_rule_for_all_attendees_binds_those_who_come_later_and_outlives_a_restart() {
    let mut call = three();
    let forbid = Command::Access {
        by: id(1),
        medium: AccessMedium::Camera,
        permitted: false,
        legs: None,
    };
    let events = call.handle(forbid, START).expect("forbid");
    let saved = CallEvent::AttendeeAccess {
        access: MediaAccess {
            audio: true,
            camera: false,
        },
    };
    assert!(events.contains(&saved) && events.contains(&CallEvent::Saved { leg: id(3) }));
    assert!(
        call.capabilities(call.leg(id(2)).expect("presenter"))
            .has(Capability::TurnVideoOn)
    );
    let demote = Command::SetRole {
        by: id(1),
        leg: id(2),
        role: Role::Attendee,
    };
    call.handle(demote, START).expect("demote");
    join(&mut call, 4, outsider(4), Entry::Admit, START);
    let restored = Call::restore(
        SavedCall {
            id: call.id(),
            kind: call.kind(),
            started_on: START,
            verified_seen: true,
            attendee_access: call.attendee_access(),
            answered: true,
            two_party: false,
            invitations: Vec::new(),
            removed: Vec::new(),
            seats: Vec::new(),
            legs: call.legs().cloned().collect(),
        },
        rules(),
        Timings::default(),
    );
    for (call, legs) in [(&call, [2, 3]), (&restored, [2, 3])] {
        for n in legs {
            let may = call.capabilities(call.leg(id(n)).expect("attendee"));
            assert!(!may.has(Capability::TurnVideoOn) && may.has(Capability::UnmuteMic));
        }
        assert!(!call.attendee_access().camera);
    }
}

// [CP-64]
#[test]
fn ten_reactions_in_three_seconds() {
    let mut call = three();
    let react = Command::React {
        leg: id(3),
        reaction: Reaction::Applause,
    };
    for _ in 0..10 {
        let events = call.handle(react.clone(), at(0)).expect("react");
        assert_eq!(
            events,
            [CallEvent::Reacted {
                leg: id(3),
                reaction: Reaction::Applause
            }]
        );
    }
    assert_eq!(call.handle(react.clone(), at(2)), Err(EndCode::TOO_MANY));
    call.handle(react.clone(), at(3)).expect("the next span");
    let mut rules = rules();
    rules.capabilities.reactions = false;
    let reconsider = Command::Reconsider {
        rules,
        verdicts: Vec::new(),
        reason: ChangeReason::MeetingOptionOrOrganizerPolicyChanged,
    };
    call.handle(reconsider, at(9)).expect("reconsider");
    assert_eq!(call.handle(react, at(9)), Err(EndCode::FEATURE_FORBIDDEN));
    for name in ["like", "heart", "laugh", "surprised", "applause"] {
        assert_eq!(Reaction::parse(name).map(Reaction::name), Some(name));
    }
}
