//! Who hears what: tabs, slow ones, lost ones, ended ones.
use super::{hub::CLIENTS_PER_PERSON_MAX, mailbox::WAITING_MAX, *};
use crate::{ServiceError, context::TokensEnded};
use std::time::Duration;
use tokio::sync::broadcast;

fn person(n: u128) -> RawId {
    RawId::Member(parvis_domain::ids::MemberId(uuid::Uuid::from_u128(n)))
}

fn notice(at: i64) -> Notice {
    Notice {
        thread: ThreadId::chat("aaaaaaaa").expect("valid"),
        at: Timestamp(at),
        event: Event::ThreadDeleted { by: None },
    }
}

fn tab(hub: &Notifications, who: RawId) -> Result<Connection, ServiceError> {
    hub.connect(who, "", false)
}

fn moment(heard: Option<Heard>) -> Option<i64> {
    match heard {
        Some(Heard::Notice(_, (_, notice))) => Some(notice.at.0),
        Some(Heard::Loss) | None => None,
    }
}

const ALL: Viewer = Viewer::Outsider;

fn hub() -> (broadcast::Sender<TokensEnded>, Notifications) {
    let (sender, receiver) = broadcast::channel(4);
    (sender, Notifications::new(receiver))
}

#[tokio::test]
async fn every_tab_of_the_audience_hears_and_nobody_else() {
    let (_ended, hub) = hub();
    let mut tabs = [
        tab(&hub, person(1)).expect("tab"),
        tab(&hub, person(1)).expect("tab"),
    ];
    let mut other = tab(&hub, person(2)).expect("other");
    hub.announce(&[(person(1), Viewer::Member)], notice(1));
    for tab in &mut tabs {
        let heard = tab.next().await;
        assert!(
            matches!(heard, Some(Heard::Notice(1, (Viewer::Member, found))) if found.at == Timestamp(1))
        );
    }
    hub.announce(&[(person(2), Viewer::Outsider)], notice(2));
    assert_eq!(
        moment(other.next().await),
        Some(2),
        "the first was not for them"
    );
    drop(tabs);
    assert_eq!(hub.count(), 1);
}

#[tokio::test]
async fn a_slow_connection_hears_the_first_news_then_of_the_loss() {
    let (_ended, hub) = hub();
    let mut slow = tab(&hub, person(1)).expect("connect");
    for at in 0..=i64::try_from(WAITING_MAX).expect("small") {
        hub.announce(&[(person(1), Viewer::Outsider)], notice(at));
    }
    for _ in 0..WAITING_MAX {
        assert!(matches!(slow.next().await, Some(Heard::Notice(..))));
    }
    assert!(matches!(slow.next().await, Some(Heard::Loss)));
    hub.announce(&[(person(1), Viewer::Outsider)], notice(9));
    assert!(matches!(slow.next().await, Some(Heard::Notice(..))));
}

#[tokio::test]
async fn ended_tokens_end_the_connections() {
    let (ended, hub) = hub();
    let mut connection = tab(&hub, person(1)).expect("connect");
    let mut other = tab(&hub, person(2)).expect("connect");
    ended.send(TokensEnded::Of(person(1))).expect("heard");
    assert!(connection.next().await.is_none());
    drop(connection);
    assert_eq!(hub.count(), 1);
    hub.announce(&[(person(2), Viewer::Outsider)], notice(1));
    assert!(other.next().await.is_some());
}

#[tokio::test]
async fn a_rotated_key_ends_the_connections_of_its_resource_s_people() {
    let (ended, hub) = hub();
    let of = |resource: u128| RawId::External {
        resource: parvis_domain::ids::ResourceId(uuid::Uuid::from_u128(resource)),
        user: parvis_domain::ids::ExternalUserId(uuid::Uuid::from_u128(7)),
    };
    let mut theirs = tab(&hub, of(1)).expect("connect");
    let mut others = [of(2), person(1)].map(|raw_id| tab(&hub, raw_id).expect("connect"));
    let rotated = of(1).resource().expect("resource");
    ended.send(TokensEnded::UnderKeyOf(rotated)).expect("heard");
    assert!(theirs.next().await.is_none());
    assert_eq!(hub.count(), others.len());
    let audience = others
        .each_ref()
        .map(|other| (other.raw_id().clone(), Viewer::Outsider));
    hub.announce(&audience, notice(1));
    for other in &mut others {
        assert!(other.next().await.is_some());
    }
}

#[tokio::test]
async fn a_person_has_a_bounded_number_of_tabs() {
    let (_ended, hub) = hub();
    let tabs: Vec<_> = (0..CLIENTS_PER_PERSON_MAX)
        .map(|_| tab(&hub, person(1)).expect("tab"))
        .collect();
    assert!(matches!(
        tab(&hub, person(1)),
        Err(ServiceError::TooMany { .. })
    ));
    assert!(tab(&hub, person(2)).is_ok());
    drop(tabs);
    assert!(tab(&hub, person(1)).is_ok());
}

/// Lets go of the socket as a lost network does; the task waits as the socket's own would.
async fn lose(connection: Connection) -> tokio::task::JoinHandle<()> {
    let waiting = tokio::spawn(connection.linger(Duration::from_secs(600)));
    tokio::task::yield_now().await;
    waiting
}

// [N2]
#[tokio::test]
async fn who_comes_back_within_a_minute_misses_nothing() {
    let (_ended, hub) = hub();
    let mut first = hub.connect(person(1), "tab", false).expect("connect");
    for at in 1..=3 {
        hub.announce(&[(person(1), ALL)], notice(at));
    }
    let Some(Heard::Notice(number, _)) = first.next().await else {
        panic!("told")
    };
    first.confirm(number);
    // Sent, but nobody knows whether it arrived.
    assert_eq!(moment(first.next().await), Some(2));
    let waiting = lose(first).await;
    assert_eq!(hub.count(), 0);
    hub.announce(&[(person(1), ALL)], notice(4));
    let mut second = hub.connect(person(1), "tab", true).expect("connect");
    assert!(!second.is_missing_news());
    waiting.await.expect("let go");
    for at in 2..=4 {
        assert_eq!(moment(second.next().await), Some(at));
    }
    assert_eq!(hub.count(), 1);
    // A socket that is not known to be dead is taken over too.
    let mut third = hub.connect(person(1), "tab", true).expect("connect");
    assert!(second.next().await.is_none());
    drop(second);
    assert_eq!((hub.count(), moment(third.next().await)), (1, Some(2)));
}

// [N2]
#[tokio::test]
async fn who_comes_back_too_late_or_with_too_much_behind_is_told_of_the_loss() {
    let (_ended, hub) = hub();
    let first = hub.connect(person(1), "tab", false).expect("connect");
    assert!(!first.is_missing_news());
    first.linger(Duration::ZERO).await;
    assert_eq!(hub.count(), 0);
    let late = hub.connect(person(1), "tab", true).expect("connect");
    assert!(late.is_missing_news());
    let _waiting = lose(late).await;
    for at in 0..=i64::try_from(WAITING_MAX).expect("small") {
        hub.announce(&[(person(1), ALL)], notice(at));
    }
    let full = hub.connect(person(1), "tab", true).expect("connect");
    assert!(full.is_missing_news());
    let other = hub.connect(person(1), "other tab", false).expect("connect");
    assert!(!other.is_missing_news());
}

#[tokio::test]
async fn nobody_takes_over_what_waits_for_another_or_for_ended_tokens() {
    let (_ended, hub) = hub();
    for connection in [("tab", 1), ("tab", 2)] {
        let lost = hub
            .connect(person(connection.1), connection.0, false)
            .expect("connect");
        let _waiting = lose(lost).await;
    }
    hub.announce(&[(person(1), ALL)], notice(1));
    let mut theirs = hub.connect(person(2), "tab", true).expect("connect");
    hub.announce(&[(person(2), ALL)], notice(2));
    assert_eq!(moment(theirs.next().await), Some(2));
    hub.end(&person(1));
    let mut again = hub.connect(person(1), "tab", true).expect("connect");
    assert!(again.is_missing_news());
    hub.announce(&[(person(1), ALL)], notice(3));
    assert_eq!(moment(again.next().await), Some(3));
}

#[tokio::test]
async fn tabs_without_a_socket_make_room_for_new_ones() {
    let (_ended, hub) = hub();
    for number in 0..3 * CLIENTS_PER_PERSON_MAX {
        let client = number.to_string();
        let connection = hub.connect(person(1), &client, false).expect("room");
        let _waiting = lose(connection).await;
    }
    assert_eq!(hub.count(), 0);
    let last = (3 * CLIENTS_PER_PERSON_MAX - 1).to_string();
    assert!(
        !hub.connect(person(1), &last, true)
            .expect("kept")
            .is_missing_news()
    );
    assert!(
        hub.connect(person(1), "0", true)
            .expect("gone")
            .is_missing_news()
    );
}

#[tokio::test]
async fn a_client_that_confirms_nothing_costs_no_more_and_is_told_when_it_comes_back() {
    let (_ended, hub) = hub();
    let mut mute = hub.connect(person(1), "tab", false).expect("connect");
    for at in 1..=1_000 {
        hub.announce(&[(person(1), ALL)], notice(at));
        assert_eq!(moment(mute.next().await), Some(at));
    }
    let mut back = hub.connect(person(1), "tab", true).expect("connect");
    assert!(back.is_missing_news());
    assert_eq!(moment(back.next().await), Some(1_000 - 256 + 1));
}
