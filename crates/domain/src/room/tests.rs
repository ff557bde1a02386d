//! Rooms' rules by tables and by properties.
use super::*;
use crate::ids::ExternalUserId;
use proptest::prelude::*;
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const DAY: Duration = Duration::from_hours(24);

fn in_days(days: i64) -> Timestamp {
    Timestamp(NOW.0 + days * 86_400_000)
}

fn person(n: u128) -> RawId {
    RawId::External {
        resource: ResourceId(Uuid::from_u128(1)),
        user: ExternalUserId(Uuid::from_u128(n)),
    }
}

fn change(n: u128, role: Option<Role>) -> InvitationChange {
    InvitationChange {
        raw_id: person(n),
        role,
    }
}

#[test]
fn ids_have_16_or_17_digits() {
    for (text, expected) in [
        ("", Some(BadRoomId::Length)),
        ("invalid_id", Some(BadRoomId::Length)),
        ("999999999999999", Some(BadRoomId::Length)),
        ("999999999999999999", Some(BadRoomId::Length)),
        ("9946987064260768x", Some(BadRoomId::Form)),
        ("0946987064260768", Some(BadRoomId::Form)),
        ("+946987064260768", Some(BadRoomId::Form)),
        ("９9469870642607", Some(BadRoomId::Form)),
        ("9948698464260768", None),
        ("99199690362660524", None),
    ] {
        let read = text.parse::<RoomId>();
        assert_eq!(read.err(), expected, "{text}");
        if let Ok(id) = read {
            assert_eq!(id.to_string(), text);
        }
    }
    assert_eq!(RoomId::from_random(7).to_string(), "99000000000000007");
}

#[test]
fn a_room_opens_now_and_closes_after_180_days_where_nothing_is_said() {
    let said = |from, until| Validity::new(from, until, NOW);
    let plain = said(None, None).expect("valid");
    assert_eq!((plain.from, plain.until), (NOW, in_days(180)));
    for (from, until, expected) in [
        (None, Some(in_days(180)), Ok(())),
        (
            None,
            Some(Timestamp(in_days(180).0 + 1)),
            Err(BadValidity::Range),
        ),
        (Some(in_days(3)), None, Ok(())),
        (Some(in_days(180)), None, Err(BadValidity::Range)),
        (Some(in_days(10)), Some(in_days(190)), Ok(())),
        (
            Some(in_days(10)),
            Some(in_days(191)),
            Err(BadValidity::Range),
        ),
        (Some(in_days(-1)), Some(in_days(1)), Ok(())),
        (
            Some(in_days(-200)),
            Some(in_days(1)),
            Err(BadValidity::Range),
        ),
        (Some(in_days(2)), Some(in_days(1)), Err(BadValidity::Range)),
        (Some(in_days(2)), Some(in_days(2)), Err(BadValidity::Range)),
        (None, Some(in_days(-1)), Err(BadValidity::Past)),
        (None, Some(NOW), Err(BadValidity::Past)),
        (Some(in_days(-4)), Some(in_days(-8)), Err(BadValidity::Past)),
    ] {
        assert_eq!(said(from, until).map(drop), expected, "{from:?} {until:?}");
    }
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let before = Validity::new(None, Some(in_days(10)), NOW).expect("valid");
    let later = in_days(20);
    assert_eq!(
        before.changed(None, None, later),
        Ok(before),
        "nothing said"
    );
    let prolonged = before.changed(None, Some(in_days(30)), later);
    assert_eq!(prolonged.expect("valid").from, NOW);
    let moved = before.changed(Some(in_days(5)), None, NOW).expect("valid");
    assert_eq!(moved.until, in_days(10));
    assert_eq!(
        before.changed(Some(in_days(11)), None, NOW),
        Err(BadValidity::Range)
    );
    assert_eq!(
        before.changed(Some(NOW), None, later),
        Err(BadValidity::Past),
        "closed already"
    );
    assert!(before.holds(NOW) && before.holds(Timestamp(in_days(10).0 - 1)));
    assert!(!before.holds(in_days(10)) && !before.holds(Timestamp(NOW.0 - 1)));
}

#[test]
fn a_room_gives_four_roles() {
    for role in ROLES {
        assert_eq!(parse_role(role.name()), Some(role));
    }
    for name in ["Kafka", "Organizer", "Co-organizer", "presenter", ""] {
        assert_eq!(parse_role(name), None, "{name}");
    }
}

#[test]
fn invitations_merge_by_person() {
    let (presenter, consumer) = (Some(Role::Presenter), Some(Role::Consumer));
    let first = merge(&[], &[change(1, presenter), change(2, consumer)]).expect("room");
    let second = merge(&first, &[change(3, consumer), change(2, presenter)]).expect("room");
    let ids: Vec<_> = second.iter().map(|one| one.raw_id.clone()).collect();
    assert_eq!(ids, [person(1), person(2), person(3)], "in their order");
    assert_eq!(second[1].role, Role::Presenter);
    let third = merge(&second, &[change(1, None), change(9, None)]).expect("room");
    assert_eq!(third, second[1..]);
    let crowd: Vec<_> = (0..=PARTICIPANTS_MAX)
        .map(|n| change(n as u128, consumer))
        .collect();
    assert!(merge(&[], &crowd[1..]).is_ok());
    assert_eq!(merge(&[], &crowd), Err(TooManyParticipants));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,40}") {
        let _ = text.parse::<RoomId>();
        let _ = parse_role(&text);
    }

    #[test]
    fn every_id_is_read_back(bits: u64) {
        let id = RoomId::from_random(bits);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert_eq!(id.to_string().len(), 17);
    }

    /// Whatever is said, what is accepted keeps the invariant and has not ended.
    #[test]
    fn an_accepted_validity_is_short_and_ahead(
        from in proptest::option::of(any::<i64>()),
        until in proptest::option::of(any::<i64>()),
        near in any::<bool>(),
        span in 0_i64..400,
    ) {
        let pick = |time: Option<i64>| time.map(|ms| if near { in_days(ms.rem_euclid(400) - 200) } else { Timestamp(ms) });
        let made = Validity::new(pick(from), pick(until), NOW);
        let changed = Validity { from: NOW, until: in_days(1) }.changed(pick(from), pick(until), in_days(span));
        for (validity, now) in [(made, NOW), (changed, in_days(span))] {
            let Ok(validity) = validity else { continue };
            prop_assert!(validity.from < validity.until);
            prop_assert!(validity.until.since(validity.from) <= VALIDITY_MAX);
            prop_assert!(validity.until > now || (from.is_none() && until.is_none()));
            prop_assert!(!validity.holds(validity.until) && validity.holds(validity.from));
        }
        prop_assert!(VALIDITY_MAX == DAY * 180);
    }

    /// A merge is a map: the last word on a person counts, and nobody is invited twice.
    #[test]
    fn the_last_word_counts(words in proptest::collection::vec((0_u128..20, 0_usize..5), 0..80)) {
        let changes: Vec<_> = words.iter().map(|(n, role)| change(*n, ROLES.get(*role).copied())).collect();
        let merged = merge(&[], &changes).expect("few");
        for n in 0..20 {
            let last = changes.iter().rev().find(|change| change.raw_id == person(n));
            let expected = last.and_then(|change| change.role);
            let found: Vec<_> = merged.iter().filter(|one| one.raw_id == person(n)).map(|one| one.role).collect();
            prop_assert_eq!(found, Vec::from_iter(expected));
        }
    }
}
