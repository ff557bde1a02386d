//! Calls, legs and usage records across a reopened store.
use super::*;
use crate::usage::{Span, UsageCount};
use parvis_domain::{
    call::{Home, Loss, Party},
    ids::{ExternalUserId, MemberId, OrganisationId, RawId, ResourceId, ThreadId},
    meter::MeterKind,
};
use uuid::Uuid;

const START: Timestamp = Timestamp(1_800_000_000_000);

fn at(seconds: i64) -> Timestamp {
    Timestamp(START.0 + seconds * 1_000)
}

fn resource() -> ResourceId {
    ResourceId(Uuid::from_u128(1))
}

fn leg(n: u128, state: LegState) -> Leg {
    let user = ExternalUserId(Uuid::from_u128(n));
    Leg {
        id: LegId(Uuid::from_u128(n)),
        person: Person {
            raw_id: RawId::External {
                resource: resource(),
                user,
            },
            client: ClientKind::External,
            resource: Some(resource()),
            organisation: None,
            display_name: "Ana".to_owned(),
            outsider: true,
            verified: false,
        },
        role: Role::Presenter,
        accepted_on: START,
        state,
        lost: Some(Loss {
            since: at(30),
            clean: false,
        }),
        muted: true,
        camera: false,
        share: false,
        access: MediaAccess {
            audio: false,
            camera: true,
        },
        on_hold: false,
        media: MediaState::Awaited(at(30)),
    }
}

fn saved(leg: &Leg) -> CallChange {
    CallChange::Leg {
        leg: Box::new(leg.clone()),
        rejoin_key_hash: [7; 32],
        on: at(1),
    }
}

fn opened(leg: &Leg, call: CallId) -> CallChange {
    CallChange::UsageOpened(LegUsage {
        leg: leg.id,
        call,
        raw_id: leg.person.raw_id.clone(),
        resource: leg.person.resource,
        organisation: Some(OrganisationId(Uuid::from_u128(5))),
        kind: MeterKind::Voip,
        started_on: START,
    })
}

async fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(&folder.path().join("p.db"))
        .await
        .expect("open")
}

// [CP-17] [CP-24]
#[tokio::test]
async fn a_live_call_is_found_again_with_its_legs() {
    let folder = tempfile::tempdir().expect("folder");
    let call = CallId(Uuid::from_u128(9));
    let key = CallKey::Meeting(ThreadId::meeting("abcdefgh").expect("thread"));
    let connected = leg(1, LegState::Connected { since: at(1) });
    let waiting = leg(
        2,
        LegState::Lobby {
            since: START,
            automatic: true,
        },
    );
    let (seated, removed) = (leg(3, connected.state), leg(4, connected.state));
    let store = open(&folder).await;
    let mut changes = vec![
        CallChange::Begin(key.clone(), START),
        CallChange::VerifiedSeen,
    ];
    changes.extend([&connected, &waiting, &seated, &removed].map(saved));
    changes.push(CallChange::Seat(seated.id, at(120)));
    changes.push(CallChange::Removed(removed.id));
    store.save_call(call, &changes).await.expect("save");
    store
        .beat_legs(&[connected.id, waiting.id, seated.id], at(30))
        .await
        .expect("beat");
    store.close().await;

    let store = open(&folder).await;
    assert_eq!(
        store.list_live_calls().await.expect("list"),
        std::slice::from_ref(&key)
    );
    let stored = store
        .load_live_call(&key)
        .await
        .expect("load")
        .expect("live");
    assert_eq!((stored.call.id, stored.call.verified_seen), (call, true));
    assert_eq!(stored.call.legs, [connected, waiting]);
    assert_eq!(stored.call.removed, [removed.person.raw_id]);
    assert_eq!(stored.call.seats[0].until, at(120));
    assert_eq!(stored.rejoin_keys.len(), 3);
    store
        .save_call(call, &[CallChange::Over(at(60))])
        .await
        .expect("over");
    assert!(store.load_live_call(&key).await.expect("load").is_none());
}

// [CP-56] A ring is found again as it was, and gone when it ended or its call did.
#[tokio::test]
async fn rings_are_kept_until_they_end() {
    let folder = tempfile::tempdir().expect("folder");
    let call = CallId(Uuid::from_u128(9));
    let home = Home::Resource(resource());
    let key = CallKey::Direct { call, home };
    let caller = leg(1, LegState::Connected { since: START });
    let rung = |n: u128| Invitation {
        id: LegId(Uuid::from_u128(n)),
        caller: Party {
            raw_id: caller.person.raw_id.clone(),
            display_name: "Ana".to_owned(),
            outsider: true,
        },
        callee: Party {
            raw_id: RawId::Member(MemberId(Uuid::from_u128(n))),
            display_name: "Bo".to_owned(),
            outsider: false,
        },
        since: START,
        until: at(85),
    };
    let store = open(&folder).await;
    let changes = [
        CallChange::Begin(key.clone(), START),
        saved(&caller),
        CallChange::Rings(Box::new(rung(2))),
        CallChange::Rings(Box::new(rung(3))),
        CallChange::RingState {
            answered: false,
            two_party: true,
        },
    ];
    store.save_call(call, &changes).await.expect("save");
    let end = CallChange::RingEnded(LegId(Uuid::from_u128(3)));
    store.save_call(call, &[end]).await.expect("end");
    store.close().await;

    let store = open(&folder).await;
    let load = store.load_live_call(&key).await.expect("load");
    let stored = load.expect("live").call;
    assert_eq!((stored.answered, stored.two_party), (false, true));
    assert_eq!(stored.invitations, [rung(2)]);
    let over = CallChange::Over(at(60));
    store.save_call(call, &[over]).await.expect("over");
    let left = store.load_rings(&call.to_string()).await.expect("rings");
    assert!(left.is_empty());
}

#[tokio::test]
async fn one_call_lives_per_key() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(&folder).await;
    let key = CallKey::Group {
        resource: resource(),
        group_id: Uuid::from_u128(3),
    };
    let begin = |n| {
        (
            CallId(Uuid::from_u128(n)),
            [CallChange::Begin(key.clone(), START)],
        )
    };
    let (one, changes) = begin(1);
    store.save_call(one, &changes).await.expect("first");
    let (two, changes) = begin(2);
    let second = store.save_call(two, &changes).await;
    assert!(matches!(second, Err(StoreError::Conflict(_))), "{second:?}");
    assert!(store.load_live_call(&key).await.expect("load").is_some());
}

// [K1] [K6] One record a leg, closed once, going on without the gap when the leg comes back to its seat.
#[tokio::test]
async fn usage_records_are_idempotent() {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(&folder).await;
    let call = CallId(Uuid::from_u128(9));
    let leg = leg(1, LegState::Connected { since: START });
    let save = |changes: Vec<CallChange>| {
        let store = store.clone();
        async move { store.save_call(call, &changes).await.expect("save") }
    };
    save(vec![opened(&leg, call), opened(&leg, call)]).await;
    save(vec![
        CallChange::UsageClosed(leg.id, at(60)),
        CallChange::UsageClosed(leg.id, at(90)),
    ])
    .await;
    save(vec![CallChange::UsageReopened(leg.id, at(80))]).await;
    let open_record = store.list_call_usage(call, at(100)).await.expect("list");
    assert_eq!(open_record.len(), 1);
    assert_eq!(
        (open_record[0].ended_on, open_record[0].duration_ms),
        (None, 80_000)
    );
    save(vec![CallChange::UsageClosed(leg.id, at(110))]).await;
    let thread = ThreadId::chat("abcdefgh").expect("thread");
    for message in ["1", "2", "2"] {
        store
            .record_message(resource(), &thread, message, at(5))
            .await
            .expect("record");
    }
    let span = Span {
        from: START,
        until: at(3_600),
    };
    let sums = store
        .sum_resource_usage(resource(), span, at(3_600))
        .await
        .expect("sum");
    let expected = [
        UsageCount {
            kind: MeterKind::Voip,
            records: 1,
            duration_ms: 90_000,
        },
        UsageCount {
            kind: MeterKind::Message,
            records: 2,
            duration_ms: 0,
        },
    ];
    assert_eq!(sums, expected);
}
