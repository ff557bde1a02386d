//! The call of a room: roles that a room gives, and what becomes of people when the room changes or closes.
use super::*;
use crate::room::RoomId;

fn room_rules() -> Rules {
    let mut rules = rules();
    rules.capabilities.form = CallForm::Room;
    rules.capabilities.outsiders_conduct = true;
    rules.ends_on = Some(at(600));
    rules
}

/// A presenter, a collaborator, an attendee and a consumer, who came unmuted, in this order.
fn room() -> Call {
    let kind = CallKind::Room(RoomId::from_random(1));
    let (id, timings) = (CallId(Uuid::from_u128(9)), Timings::default());
    let mut call = Call::new(id, kind, room_rules(), timings, START);
    let roles = [
        Role::Presenter,
        Role::Collaborator,
        Role::Attendee,
        Role::Consumer,
    ];
    for (n, role) in (1..).zip(roles) {
        let join = Command::Join {
            leg: super::id(n),
            person: Box::new(outsider(n)),
            role,
            entry: Entry::Admit,
            muted: false,
        };
        call.handle(join, START).expect("join");
    }
    call
}

fn publish(leg: u128, muted: Option<bool>, camera: bool, share: bool) -> Command {
    Command::Publish {
        leg: id(leg),
        muted,
        camera: Some(camera),
        share: Some(share),
    }
}

fn verdicts(words: &[(u128, Result<Role, EndCode>)]) -> Command {
    Command::Invitations {
        rules: room_rules(),
        verdicts: words.iter().map(|(n, word)| (id(*n), *word)).collect(),
    }
}

// [L3] What a role lacks is refused, and a consumer who joins unmuted is muted all the same.
#[test]
fn the_roles_bind_what_legs_send() {
    let mut call = room();
    assert!(call.leg(id(4)).expect("consumer").muted);
    for (leg, muted, camera, share, refusal) in [
        (4, Some(false), false, false, Some(EndCode::MAY_NOT_UNMUTE)),
        (4, None, true, false, Some(EndCode::FORBIDDEN)),
        (4, None, false, true, Some(EndCode::FORBIDDEN)),
        (3, None, false, true, Some(EndCode::FORBIDDEN)),
        (3, Some(false), true, false, None),
        (2, Some(false), true, true, None),
        (1, Some(false), true, true, None),
    ] {
        let found = call.handle(publish(leg, muted, camera, share), at(1));
        assert_eq!(found.err(), refusal, "{leg}");
    }
    let gate = |leg: u128| call.gate(call.leg(id(leg)).expect("leg"));
    assert!(gate(2).share && gate(3).audio && !gate(3).share);
    let silent = MediaGate {
        receive: true,
        ..MediaGate::default()
    };
    assert_eq!(gate(4), silent);
}

#[test]
fn only_presenters_conduct_and_nobody_gives_roles() {
    let mut call = room();
    for by in [2, 3, 4] {
        let everybody = Command::MuteOthers {
            by: id(by),
            legs: None,
        };
        let remove = Command::Remove {
            by: id(by),
            leg: id(1),
        };
        for command in [everybody, remove, Command::EndForAll { by: id(by) }] {
            assert_eq!(call.handle(command, at(1)), Err(EndCode::FORBIDDEN));
        }
    }
    let set_role = Command::SetRole {
        by: id(1),
        leg: id(3),
        role: Role::Presenter,
    };
    assert_eq!(call.handle(set_role, at(1)), Err(EndCode::FORBIDDEN));
    let remove = Command::Remove {
        by: id(1),
        leg: id(2),
    };
    let events = call.handle(remove, at(1)).expect("a presenter may");
    assert_eq!(ends(&events), [(id(2), EndCode::REMOVED)]);
    let all = Command::EndForAll { by: id(1) };
    assert!(call.handle(all, at(2)).is_ok() && call.is_over());
}

#[test]
fn meetings_give_no_role_of_a_room() {
    let mut call = met();
    for role in [Role::Consumer, Role::Collaborator, Role::Organizer] {
        let set_role = Command::SetRole {
            by: id(1),
            leg: id(2),
            role,
        };
        assert_eq!(call.handle(set_role, at(1)), Err(EndCode::FORBIDDEN));
    }
}

#[test]
fn a_new_role_takes_effect_at_once() {
    let mut call = room();
    call.handle(publish(2, Some(false), true, true), at(1))
        .expect("publish");
    let events = call
        .handle(
            verdicts(&[
                (1, Ok(Role::Presenter)),
                (2, Ok(Role::Consumer)),
                (4, Ok(Role::Attendee)),
            ]),
            at(2),
        )
        .expect("change");
    let reason = ChangeReason::RoleChanged;
    for leg in [2, 4] {
        assert!(events.contains(&CallEvent::Capabilities {
            leg: id(leg),
            reason
        }));
        assert!(events.contains(&CallEvent::Saved { leg: id(leg) }));
    }
    assert!(
        !events.contains(&CallEvent::Saved { leg: id(1) }),
        "the same role"
    );
    let leg = call.leg(id(2)).expect("leg");
    assert!(
        leg.muted && !leg.camera && !leg.share,
        "a consumer sends nothing"
    );
    assert!(
        call.handle(publish(4, Some(false), true, false), at(3))
            .is_ok()
    );
    let again = verdicts(&[(2, Ok(Role::Consumer))]);
    assert_eq!(call.handle(again, at(4)), Ok(vec![]), "nothing new");
}

#[test]
fn who_is_no_longer_invited_goes_with_their_seat() {
    let mut call = room();
    for leg in [1, 4] {
        call.handle(Command::MediaUp { leg: id(leg) }, at(1))
            .expect("media");
    }
    for leg in [2, 3] {
        let lose = Command::Lose {
            leg: id(leg),
            clean: false,
        };
        call.handle(lose, at(1)).expect("lose");
    }
    assert_eq!(ends(&call.handle_time(at(61))).len(), 2, "seats are kept");
    let gone = Err(EndCode::INVITATION_WITHDRAWN);
    let words = [
        (1, gone),
        (2, gone),
        (3, Ok(Role::Presenter)),
        (4, Ok(Role::Consumer)),
    ];
    let events = call.handle(verdicts(&words), at(62)).expect("change");
    assert_eq!(ends(&events), [(id(1), EndCode::INVITATION_WITHDRAWN)]);
    assert!(events.contains(&CallEvent::SeatFreed { leg: id(2) }));
    let rejoin = |leg| Command::Rejoin {
        leg: id(leg),
        muted: true,
    };
    assert_eq!(call.handle(rejoin(2), at(63)), Err(EndCode::UNKNOWN_CALL));
    call.handle(rejoin(3), at(63)).expect("its seat is kept");
    assert_eq!(call.leg(id(3)).expect("leg").role, Role::Presenter);
}

#[test]
fn the_call_is_over_when_its_room_closes() {
    let mut call = room();
    for leg in 1..=4 {
        call.handle(Command::MediaUp { leg: id(leg) }, at(1))
            .expect("media");
    }
    assert_eq!(call.next_deadline(), Some(at(600)));
    assert!(call.handle_time(at(599)).is_empty());
    let ended = ends(&call.handle_time(at(600)));
    assert_eq!(ended.len(), 4);
    assert!(ended.iter().all(|(_, end)| *end == EndCode::CALL_OVER) && call.is_over());
}
