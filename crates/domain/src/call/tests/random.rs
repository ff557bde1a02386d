//! Random joins, leaves, admissions and crashes: what always holds of a call.
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Step {
    Join { who: u128, entry: Entry },
    Wait(i64),
    Do(u8, u128, u128),
}

fn step() -> impl Strategy<Value = Step> {
    let entry = prop::sample::select(vec![Entry::Admit, WAIT, WAIT_FOR_MEMBER]);
    prop_oneof![
        3 => (1u128..8, entry).prop_map(|(who, entry)| Step::Join { who, entry }),
        2 => (0i64..90).prop_map(Step::Wait),
        6 => (0u8..20, 1u128..30, 1u128..30).prop_map(|(what, by, on)| Step::Do(what, by, on)),
    ]
}

fn command(what: u8, by: LegId, leg: LegId) -> Command {
    match what {
        0 => Command::Rejoin { leg, muted: false },
        1 => Command::Lose { leg, clean: true },
        2 => Command::Lose { leg, clean: false },
        3 => Command::Resume { leg },
        4 => Command::Leave { leg },
        5 => Command::Admit {
            by,
            legs: vec![leg],
        },
        6 => Command::AdmitAll { by },
        7 => Command::Reject {
            by,
            legs: vec![leg],
        },
        8 => Command::Remove { by, leg },
        9 => Command::SetRole {
            by,
            leg,
            role: Role::Attendee,
        },
        10 => Command::MuteOthers { by, legs: None },
        11 => Command::Publish {
            leg,
            muted: Some(false),
            camera: Some(true),
            share: Some(true),
        },
        12 => Command::MediaUp { leg },
        14 => Command::Hand { leg, raised: true },
        15 => Command::LowerHands { by, legs: None },
        16 => Command::Spotlight {
            by,
            legs: Some(vec![leg]),
            on: true,
        },
        17 => Command::Access {
            by,
            medium: AccessMedium::Audio,
            permitted: leg.0.as_u128().is_multiple_of(2),
            legs: None,
        },
        18 => Command::Access {
            by,
            medium: AccessMedium::Camera,
            permitted: false,
            legs: Some(vec![leg]),
        },
        19 => Command::React {
            leg,
            reaction: Reaction::Heart,
        },
        _ => Command::MediaLost { leg },
    }
}

/// What the events said so far.
#[derive(Default)]
struct Seen {
    alive: BTreeSet<LegId>,
    roster: BTreeSet<LegId>,
    lobby: BTreeSet<LegId>,
    let_in: BTreeSet<LegId>,
    ended: BTreeMap<LegId, usize>,
    returned: BTreeMap<LegId, usize>,
    roster_version: u64,
    lobby_version: u64,
}

impl Seen {
    fn take(&mut self, call: &Call, events: &[CallEvent]) {
        for event in events {
            match event {
                CallEvent::Joined { leg } => assert!(self.alive.insert(*leg)),
                CallEvent::Returned { leg, seated } => {
                    assert_eq!(self.alive.insert(*leg), *seated);
                    *self.returned.entry(*leg).or_default() += usize::from(*seated);
                }
                CallEvent::Admitted { leg } => assert!(self.let_in.insert(*leg)),
                CallEvent::Ended { leg, .. } => {
                    assert!(self.alive.remove(&leg.id), "an end for a living leg only");
                    *self.ended.entry(leg.id).or_default() += 1;
                }
                CallEvent::Roster {
                    version,
                    changed,
                    removed,
                } => {
                    self.roster_version += 1;
                    assert_eq!(*version, self.roster_version);
                    self.roster.extend(changed);
                    for (leg, _) in removed {
                        self.roster.remove(leg);
                    }
                }
                CallEvent::Lobby {
                    version,
                    changed,
                    removed,
                } => {
                    self.lobby_version += 1;
                    assert_eq!(*version, self.lobby_version);
                    self.lobby.extend(changed);
                    for leg in removed {
                        self.lobby.remove(leg);
                    }
                }
                _ => {}
            }
        }
        let connected: BTreeSet<_> = call.connected().map(|leg| leg.id).collect();
        let waiting: BTreeSet<_> = call.waiting().map(|leg| leg.id).collect();
        assert_eq!(self.roster, connected, "the roster is who takes part");
        assert_eq!(self.lobby, waiting, "the lobby is who waits");
        for staged in [call.hands(), call.spotlight()] {
            let each_once: BTreeSet<_> = staged.iter().copied().collect();
            assert!(each_once.len() == staged.len() && each_once.is_subset(&connected));
        }
        for leg in call.connected() {
            let may = call.capabilities(leg);
            assert!(leg.muted || may.has(Capability::UnmuteMic));
            assert!(!leg.camera || may.has(Capability::TurnVideoOn));
        }
        for (leg, ends) in &self.ended {
            assert!(*ends <= 1 + self.returned.get(leg).copied().unwrap_or(0));
        }
    }
}

proptest! {
    // [CP-22] [CP-26] [CP-30] [L2]
    #[test]
    fn invariants_hold(steps in prop::collection::vec(step(), 1..120)) {
        let (mut call, mut seen, mut now, mut next) = (meeting(), Seen::default(), START, 1u128);
        let mut entries = BTreeMap::new();
        for step in steps {
            let result = match step {
                Step::Join { who, entry } => {
                    let leg = id(next);
                    next += 1;
                    let person = if who == 1 { member(1) } else { outsider(who) };
                    let straight = entry == Entry::Admit || call.holds_seat(&person.raw_id);
                    entries.insert(leg, straight);
                    let role = if who == 1 { Role::Organizer } else { Role::Presenter };
                    call.handle(Command::Join { leg, person: Box::new(person), role, entry, muted: false }, now)
                }
                Step::Wait(seconds) => {
                    now = Timestamp(now.0 + seconds * 1_000);
                    Ok(call.handle_time(now))
                }
                Step::Do(what, by, leg) => call.handle(command(what, id(by), id(leg)), now),
            };
            if let Ok(events) = result {
                seen.take(&call, &events);
            }
            for leg in call.connected() {
                prop_assert!(entries[&leg.id] || seen.let_in.contains(&leg.id), "nobody in without admission");
            }
            if let Some(deadline) = call.next_deadline() {
                prop_assert!(deadline > now || !call.clone().handle_time(now.max(deadline)).is_empty());
            }
            if call.is_over() {
                call = meeting();
                seen = Seen::default();
            }
        }
    }
}
