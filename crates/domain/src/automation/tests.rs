//! What an app is told, and in which order: by cases and by any sequence of facts.
use super::*;
use proptest::prelude::*;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn person(number: u128) -> RawId {
    RawId::External {
        resource: ResourceId(id(1)),
        user: crate::ids::ExternalUserId(id(number)),
    }
}

fn present(number: u128) -> Participant {
    Participant {
        raw_id: person(number),
        muted: false,
        held: false,
    }
}

fn ring(number: u128) -> LegId {
    LegId(id(number))
}

fn connection(way: Way) -> Connection {
    Connection::new(NewConnection {
        id: ConnectionId(id(2)),
        resource: ResourceId(id(1)),
        call: CallId(id(3)),
        correlation: id(4),
        way,
        callback: "https://a.example/".to_owned(),
        context: Some("begun".to_owned()),
        source: None,
        source_name: None,
        targets: vec![person(10)],
        answered_by: None,
        leg: None,
        created_on: Timestamp(7),
    })
}

fn news(told: Vec<Told>) -> Vec<News> {
    told.into_iter().map(|told| told.news).collect()
}

const DECLINED: EndCode = EndCode {
    code: 603,
    sub_code: 0,
};

#[test]
fn a_created_call_is_up_when_the_first_takes_it() {
    let mut one = connection(Way::Created);
    one.ring_first(ring(1), person(10));
    one.ring_first(ring(2), person(11));
    assert_eq!(one.check_connected(), Err(Refusal::NotConnected));
    assert_eq!(one.handle(Fact::Declined(ring(1), DECLINED)).len(), 1);
    let told = one.handle(Fact::Accepted(ring(2)));
    assert_eq!(told[0].news, News::CallConnected);
    assert_eq!(told[0].note.context.as_deref(), Some("begun"));
    assert_eq!(one.state(), ConnectionState::Connected);
    let told = news(one.handle(Fact::Roster(vec![present(11)])));
    let sequence = 1;
    let participants = vec![present(11)];
    assert_eq!(
        told,
        [News::ParticipantsUpdated {
            sequence,
            participants
        }]
    );
    assert!(one.handle(Fact::Roster(vec![present(11)])).is_empty());
}

#[test]
fn a_created_call_that_nobody_takes_has_failed() {
    let mut one = connection(Way::Created);
    one.ring_first(ring(1), person(10));
    one.ring_first(ring(2), person(11));
    one.handle(Fact::Declined(ring(1), DECLINED));
    let told = news(one.handle(Fact::Declined(ring(2), DECLINED)));
    let outcome = DECLINED.into();
    assert_eq!(told, [News::CreateCallFailed { outcome }]);
    assert!(one.is_over());
    assert!(one.handle(Fact::Over(EndCode::CALL_OVER)).is_empty());
}

#[test]
fn who_was_added_is_told_apart_by_its_own_context() {
    let mut one = connection(Way::Connected);
    one.handle(Fact::Established);
    let note = Note {
        context: Some("second".to_owned()),
        callback: Some("https://b.example/".to_owned()),
    };
    for number in 1..=3 {
        one.add(ring(number), person(10 + number), note.clone());
    }
    let told = one.handle(Fact::Accepted(ring(1)));
    let participant = person(11);
    assert_eq!(
        told,
        [Told {
            news: News::AddParticipantSucceeded { participant },
            note: note.clone()
        }]
    );
    let told = one.cancelled(ring(2), Ok(()), Note::default());
    let invitation = ring(2);
    assert_eq!(
        told.news,
        News::CancelAddParticipantSucceeded { invitation }
    );
    assert!(one.handle(Fact::Accepted(ring(2))).is_empty());
    let told = one.handle(Fact::Over(EndCode::ENDED_FOR_ALL));
    assert_eq!(told.len(), 2, "the third hears that it failed");
    assert_eq!(told[0].note, note);
    let outcome = EndCode::ENDED_FOR_ALL.into();
    assert_eq!(told[1].news, News::CallDisconnected { outcome });
}

#[test]
fn what_was_missed_is_told_afterwards() {
    let mut one = connection(Way::Created);
    one.ring_first(ring(1), person(10));
    for number in 2..=4 {
        one.add(ring(number), person(10 + number), Note::default());
    }
    let told = news(one.handle(Fact::Present {
        ringing: vec![ring(4)],
        here: vec![ring(1), ring(2)],
    }));
    assert_eq!(told[0], News::CallConnected);
    let participant = person(12);
    assert_eq!(told[1], News::AddParticipantSucceeded { participant });
    let (participant, outcome) = (person(13), UNSEEN.into());
    assert_eq!(
        told[2..],
        [News::AddParticipantFailed {
            participant,
            outcome
        }]
    );
    assert!(one.is_pending(ring(4)));
}

#[test]
fn a_connection_that_never_came_up_failed_in_its_own_way() {
    for (way, wanted) in [
        (Way::Answered, "AnswerFailed"),
        (Way::Connected, "ConnectFailed"),
        (Way::Created, "CreateCallFailed"),
    ] {
        let told = news(connection(way).handle(Fact::Over(EndCode::CALL_OVER)));
        assert!(
            format!("{told:?}").starts_with(&format!("[{wanted}")),
            "{told:?}"
        );
    }
}

#[test]
fn no_more_are_rung_than_the_bound() {
    let mut one = connection(Way::Connected);
    assert_eq!(one.check_add(), Err(Refusal::NotConnected));
    one.handle(Fact::Established);
    for number in 0..PENDING_MAX as u128 {
        assert_eq!(one.check_add(), Ok(()));
        one.add(ring(number), person(number), Note::default());
    }
    assert_eq!(one.check_add(), Err(Refusal::TooManyPending));
}

#[test]
fn a_connection_is_kept_whole() {
    let mut one = connection(Way::Created);
    one.ring_first(ring(1), person(10));
    one.handle(Fact::Roster(vec![present(12)]));
    let text = serde_json::to_string(&one).expect("written");
    assert_eq!(
        serde_json::from_str::<Connection>(&text).expect("read"),
        one
    );
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        Just(Fact::Established),
        proptest::collection::vec(10u128..14, 0..4)
            .prop_map(|who| Fact::Roster(who.into_iter().map(present).collect())),
        (0u128..6).prop_map(|number| Fact::Accepted(ring(number))),
        (0u128..6).prop_map(|number| Fact::Declined(ring(number), DECLINED)),
        Just(Fact::Over(EndCode::CALL_OVER)),
    ]
}

proptest! {
    /// Connected at most once, over at most once, nothing after it, and sequence numbers without a gap.
    #[test]
    fn news_come_in_an_order_that_an_app_can_follow(
        facts in proptest::collection::vec(fact(), 0..30),
        first in 0u128..3,
    ) {
        let mut one = connection(Way::Created);
        for number in 0..first {
            one.ring_first(ring(number), person(10 + number));
        }
        for number in 3..6 {
            one.add(ring(number), person(10 + number), Note::default());
        }
        let told: Vec<_> = facts.into_iter().flat_map(|fact| news(one.handle(fact))).collect();
        let connected = told.iter().filter(|news| **news == News::CallConnected).count();
        prop_assert!(connected <= 1);
        let last = told.iter().position(|news| matches!(
            news,
            News::CallDisconnected { .. } | News::CreateCallFailed { .. }
        ));
        prop_assert!(last.is_none_or(|at| at + 1 == told.len()));
        prop_assert_eq!(last.is_some(), one.is_over());
        let sequences: Vec<_> = told.iter().filter_map(|news| match news {
            News::ParticipantsUpdated { sequence, .. } => Some(*sequence),
            _ => None,
        }).collect();
        let wanted: Vec<_> = (1..=sequences.len() as u64).collect();
        prop_assert_eq!(sequences, wanted);
    }
}
