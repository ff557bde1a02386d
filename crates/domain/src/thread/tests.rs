//! Tables of rights, and the property that nobody reads outside a window; `model.rs` tells the same story a second time.
mod model;

use super::{
    Circle, MessageKind, Metadata, Retention, Thread, ThreadKind, content,
    content::ContentError,
    rights::{Act, ChatRules, Place, Refusal, decide, may_change},
    window::{self, Sight, Window},
};
use crate::{
    ids::{ExternalUserId, MemberId, OrganisationId, RawId, ResourceId, ThreadId, VisitorId},
    meeting::ChatOption,
    policy::MeetingChat,
    principal::{ClientKind, Principal, Scope},
    time::Timestamp,
};
use proptest::prelude::*;
use uuid::Uuid;

const CHAT: ThreadKind = ThreadKind::Chat(ResourceId(Uuid::from_u128(1)));
const OURS: OrganisationId = OrganisationId(Uuid::from_u128(2));
const MEETING: ThreadKind = ThreadKind::Meeting(OURS);

fn window(visible_from: i64, opened_on: i64, closed_on: Option<i64>) -> Window {
    Window {
        opened_on: Timestamp(opened_on),
        visible_from: Timestamp(visible_from),
        closed_on: closed_on.map(Timestamp),
        permanent: false,
    }
}

fn raw_id(client: ClientKind) -> RawId {
    match client {
        ClientKind::External | ClientKind::Application => RawId::External {
            resource: ResourceId(Uuid::from_u128(1)),
            user: ExternalUserId(Uuid::from_u128(3)),
        },
        ClientKind::Visitor => RawId::Visitor(VisitorId(Uuid::from_u128(4))),
        ClientKind::Host | ClientKind::MemberOnSdk => RawId::Member(MemberId(Uuid::from_u128(5))),
    }
}

fn caller(client: ClientKind, scopes: &[Scope]) -> Principal {
    Principal {
        raw_id: raw_id(client),
        client,
        resource: None,
        organisation: None,
        scopes: scopes.to_vec(),
        issued_on: Timestamp(0),
        expires_on: Timestamp(i64::MAX),
    }
}

fn blank_thread(kind: ThreadKind) -> Thread {
    Thread {
        id: ThreadId::chat(&"a".repeat(44)).expect("valid"),
        kind,
        topic: String::new(),
        created_by: raw_id(ClientKind::External),
        created_on: Timestamp(0),
        metadata: Metadata::new(),
        retention: None,
        last_tick: Timestamp(0),
        last_sequence: 0,
        last_message_on: None,
    }
}

fn outcome(
    client: ClientKind,
    scope: Scope,
    act: Act,
    kind: ThreadKind,
    windows: &[Window],
) -> Result<(), Refusal> {
    let place = Place {
        kind,
        rules: ChatRules {
            option: ChatOption::Enabled,
            policy: MeetingChat::Enabled,
            share_all: false,
        },
        call_is_on: true,
        windows,
    };
    decide(&caller(client, &[scope]), act, &place).map(|_| ())
}

#[test]
fn scopes_reach_as_far_as_the_table_says() {
    use Act::*;
    let limited: &[Act] = &[Read, Write, Withdraw];
    let join: &[Act] = &[Read, Write, Withdraw, AddParticipants, RemoveParticipants];
    let table: [(Scope, &[Act]); 5] = [
        (Scope::Chat, &Act::ALL),
        (Scope::ChatJoin, join),
        (Scope::ChatJoinLimited, limited),
        (Scope::Voip, &[]),
        (Scope::VoipJoin, &[]),
    ];
    for (scope, allowed) in table {
        for act in Act::ALL {
            let expected = if allowed.contains(&act) {
                Ok(())
            } else {
                Err(Refusal::ScopeTooSmall)
            };
            let open = [window(0, 0, None)];
            let found = outcome(ClientKind::External, scope, act, CHAT, &open);
            assert_eq!(found, expected, "{scope:?} {act:?}");
        }
    }
}

#[test]
fn a_member_s_exchanged_token_gives_no_chat() {
    let open = [window(0, 0, None)];
    for act in Act::ALL {
        let found = outcome(ClientKind::MemberOnSdk, Scope::Chat, act, MEETING, &open);
        assert_eq!(found, Err(Refusal::ExchangedToken), "{act:?}");
    }
}

// [G2] [G3]
#[test]
fn outside_a_window_a_meeting_s_thread_is_closed() {
    let before: &[Window] = &[];
    let after = [window(10, 10, Some(20))];
    for windows in [before, &after] {
        for client in [ClientKind::External, ClientKind::Visitor, ClientKind::Host] {
            for act in [Act::Read, Act::Write, Act::Withdraw] {
                let found = outcome(client, Scope::Chat, act, MEETING, windows);
                assert_eq!(found, Err(Refusal::NotInside), "{client:?} {act:?}");
            }
        }
    }
}

#[test]
fn a_removed_participant_of_a_chat_thread_only_reads() {
    let removed = [window(0, 5, Some(20))];
    for act in Act::ALL {
        let expected = match act {
            Act::Read => Ok(()),
            _ => Err(Refusal::NotInside),
        };
        let found = outcome(ClientKind::External, Scope::Chat, act, CHAT, &removed);
        assert_eq!(found, expected, "{act:?}");
    }
}

// [G1]
#[test]
fn in_a_meeting_an_open_window_lets_read_and_write_but_not_manage() {
    let open = [window(10, 10, None)];
    for client in [ClientKind::External, ClientKind::Visitor, ClientKind::Host] {
        for act in [Act::Read, Act::Write, Act::Withdraw] {
            let found = outcome(client, Scope::Chat, act, MEETING, &open);
            assert_eq!(found, Ok(()), "{client:?} {act:?}");
        }
        for act in [
            Act::ChangeThread,
            Act::DeleteThread,
            Act::AddParticipants,
            Act::RemoveParticipants,
        ] {
            let found = outcome(client, Scope::Chat, act, MEETING, &open);
            assert_eq!(found, Err(Refusal::MeetingManages), "{client:?} {act:?}");
        }
    }
}

// [E8]
#[test]
fn a_chat_of_members_is_shut_to_everybody_else_even_with_an_open_window() {
    let open = [window(0, 0, None)];
    for circle in [Circle::Pair, Circle::Group] {
        let kind = ThreadKind::Members(OURS, circle);
        for act in Act::ALL {
            for client in [ClientKind::External, ClientKind::Visitor] {
                let found = outcome(client, Scope::Chat, act, kind, &open);
                assert!(found.is_err(), "{circle:?} {act:?} {client:?}");
                let found = outcome(client, Scope::Chat, act, kind, &[]);
                assert!(found.is_err(), "{circle:?} {act:?} {client:?}");
            }
        }
    }
}

#[test]
fn members_write_in_their_chats_and_manage_groups_only() {
    use Act::*;
    let open = [window(0, 0, None)];
    let table: [(Circle, &[Act]); 2] = [
        (Circle::Pair, &[Read, Write, Withdraw]),
        (
            Circle::Group,
            &[
                Read,
                Write,
                Withdraw,
                ChangeThread,
                AddParticipants,
                RemoveParticipants,
            ],
        ),
    ];
    let mut own = caller(ClientKind::Host, &[Scope::Chat]);
    own.organisation = Some(OURS);
    let mut foreign = own.clone();
    foreign.organisation = Some(OrganisationId(Uuid::from_u128(9)));
    for (circle, allowed) in table {
        let place = |windows| Place {
            kind: ThreadKind::Members(OURS, circle),
            rules: ChatRules::default(),
            call_is_on: false,
            windows,
        };
        for act in Act::ALL {
            let found = decide(&own, act, &place(&open)).is_ok();
            assert_eq!(found, allowed.contains(&act), "{circle:?} {act:?}");
            assert!(decide(&foreign, act, &place(&open)).is_err());
            assert!(decide(&own, act, &place(&[])).is_err());
        }
    }
}

#[test]
fn option_and_policy_decide_who_writes() {
    use ChatOption as O;
    use MeetingChat as P;
    // option, policy, call is on, an outsider writes, a member writes
    let table = [
        (O::Enabled, P::Enabled, false, true, true),
        (O::Enabled, P::EnabledExceptAnonymous, true, false, true),
        (O::Enabled, P::Disabled, true, false, false),
        (O::Limited, P::Enabled, true, true, true),
        (O::Limited, P::Enabled, false, false, false),
        (O::Limited, P::EnabledExceptAnonymous, true, false, true),
        (O::Limited, P::EnabledExceptAnonymous, false, false, false),
        (O::Limited, P::Disabled, true, false, false),
        (O::Disabled, P::Enabled, true, false, false),
        (O::Disabled, P::EnabledExceptAnonymous, true, false, false),
        (O::Disabled, P::Disabled, true, false, false),
    ];
    for (option, policy, call_is_on, outsider, member) in table {
        let windows = [window(0, 0, None)];
        let place = Place {
            kind: MEETING,
            rules: ChatRules {
                option,
                policy,
                share_all: false,
            },
            call_is_on,
            windows: &windows,
        };
        for (client, expected) in [
            (ClientKind::External, outsider),
            (ClientKind::Visitor, outsider),
            (ClientKind::Host, member),
        ] {
            let caller = caller(client, &[Scope::Chat]);
            let row = format!("{option:?} {policy:?} {call_is_on} {client:?}");
            assert_eq!(
                decide(&caller, Act::Write, &place).is_ok(),
                expected,
                "{row}"
            );
            assert!(decide(&caller, Act::Read, &place).is_ok(), "{row}");
        }
    }
}

#[test]
fn only_the_sender_changes_a_message() {
    let mine = caller(ClientKind::External, &[Scope::Chat]);
    let message = |author: RawId, kind| super::Message {
        id: Timestamp(1),
        sequence: 1,
        version: Timestamp(1),
        kind,
        body: super::Body::Written("a".into()),
        author,
        author_name: None,
        metadata: Metadata::new(),
        edited_on: None,
        deleted_on: None,
    };
    let own = mine.raw_id.clone();
    let other = raw_id(ClientKind::Host);
    assert_eq!(
        may_change(&mine, &message(own.clone(), MessageKind::Text)),
        Ok(())
    );
    let table = [
        message(other, MessageKind::Text),
        message(own, MessageKind::ParticipantAdded),
    ];
    for message in table {
        assert_eq!(may_change(&mine, &message), Err(Refusal::NotSender));
    }
}

#[test]
fn a_rejoin_hides_the_earlier_window_unless_history_is_shared() {
    let windows = [window(10, 10, Some(20)), window(30, 30, None)];
    let at = |sight: &Sight, moment| sight.shows(Timestamp(moment), Timestamp(moment));
    let hidden = Sight::of(MEETING, &windows, false);
    assert!(!at(&hidden, 15) && !at(&hidden, 29) && at(&hidden, 30));
    let shared = Sight::of(MEETING, &windows, true);
    assert!(at(&shared, 15) && at(&shared, 29) && at(&shared, 30));
    let kept = Sight::of(CHAT, &windows, false);
    assert!(at(&kept, 15) && !at(&kept, 25) && at(&kept, 30));
}

#[test]
fn an_edit_after_removal_is_not_shown() {
    let removed = Sight::of(CHAT, &[window(0, 0, Some(20))], false);
    assert!(removed.shows(Timestamp(10), Timestamp(19)));
    assert!(!removed.shows(Timestamp(10), Timestamp(20)));
}

#[test]
fn bounds_hold() {
    use MessageKind::{Html, Text, TopicUpdated};
    let none = Metadata::new();
    let some: Metadata = [("name".to_owned(), "v".repeat(1_020))].into();
    let full = "a".repeat(content::MESSAGE_BYTES_MAX);
    assert_eq!(content::check_message(Text, &full, &none), Ok(()));
    let table = [
        (Text, "", &none, ContentError::Empty),
        (TopicUpdated, "a", &none, ContentError::NotWritten),
        (Html, full.as_str(), &some, ContentError::MessageTooLarge),
    ];
    for (kind, text, metadata, error) in table {
        assert_eq!(content::check_message(kind, text, metadata), Err(error));
    }
    assert_eq!(content::check_metadata(&some), Ok(()));
    let larger: Metadata = [("name".to_owned(), "v".repeat(1_021))].into();
    assert!(content::check_metadata(&larger).is_err());
    assert!(content::check_topic(&"ü".repeat(250)).is_ok());
    assert!(content::check_topic(&"ü".repeat(251)).is_err());
    assert!(content::check_topic("a\nb").is_err());
    assert!(content::check_name(&"ü".repeat(257)).is_err());
}

#[test]
fn retention_is_30_to_90_days() {
    for (days, valid) in [
        (29, false),
        (30, true),
        (90, true),
        (91, false),
        (-1, false),
        (300, false),
    ] {
        assert_eq!(Retention::days(days).is_some(), valid, "{days}");
    }
    let end = Retention::DeleteAfterDays(30).deadline(Timestamp(5));
    assert_eq!(end, Some(Timestamp(5 + 30 * 86_400_000)));
    assert_eq!(Retention::Keep.deadline(Timestamp(5)), None);
}

#[test]
fn metadata_merges_by_name() {
    let of = |pairs: &[(&str, &str)]| -> Metadata {
        pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect()
    };
    let merged = content::merge_metadata(
        &of(&[("keep", "1"), ("change", "1"), ("drop", "1")]),
        &of(&[("change", "2"), ("drop", ""), ("new", "3")]),
    );
    assert_eq!(merged, of(&[("keep", "1"), ("change", "2"), ("new", "3")]));
}

fn stays() -> impl Strategy<Value = Vec<Window>> {
    let ends = proptest::collection::vec(1_i64..1_000, 0..12);
    (ends, any::<bool>()).prop_map(|(mut moments, open)| {
        moments.sort_unstable();
        moments.dedup();
        let mut windows: Vec<Window> = moments
            .chunks_exact(2)
            .map(|pair| window(pair[0], pair[0], Some(pair[1])))
            .collect();
        if let (true, Some(last)) = (open && moments.len() % 2 == 1, moments.last()) {
            windows.push(window(*last, *last, None));
        }
        windows
    })
}

proptest! {
    // [G2] [G3]: through closed windows of a meeting nothing is read; through the open one nothing from before it.
    #[test]
    fn nobody_reads_a_meeting_outside_the_open_window(windows in stays(), created in 0_i64..1_000, later in 0_i64..100) {
        let sight = Sight::of(MEETING, &windows, false);
        let seen = sight.shows(Timestamp(created), Timestamp(created + later));
        let inside = windows.last().is_some_and(|last| last.is_open() && created >= last.opened_on.0);
        prop_assert_eq!(seen, inside);
    }

    #[test]
    fn in_a_chat_thread_all_that_is_read_was_said_in_a_window(windows in stays(), created in 0_i64..1_000, later in 0_i64..100) {
        let version = created + later;
        let sight = Sight::of(CHAT, &windows, false);
        let inside = windows.iter().any(|window| {
            created >= window.visible_from.0 && window.closed_on.is_none_or(|end| version < end.0)
        });
        prop_assert_eq!(sight.shows(Timestamp(created), Timestamp(version)), inside);
    }

    #[test]
    fn the_thread_s_clock_never_repeats(nows in proptest::collection::vec(-50_i64..50, 1..50)) {
        let mut thread = blank_thread(CHAT);
        let mut before = thread.last_tick;
        for now in nows {
            let tick = thread.tick(Timestamp(now));
            prop_assert!(tick > before && tick.0 >= now);
            before = tick;
        }
    }
}
