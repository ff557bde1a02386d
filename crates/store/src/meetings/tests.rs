//! Meetings and policies, saved and read back.
use super::*;
use crate::policies::PolicyChange;
use parvis_domain::{
    directory::{Member, Organisation, Upn},
    ids::OrganisationId,
    meeting::{Invitee, InviteeRole, MeetingOptions},
    policy::{LobbyScope, OrganisationPolicy},
};

struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
    organisation: OrganisationId,
    ada: MemberId,
    bo: MemberId,
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&folder.path().join("p.db"))
        .await
        .expect("open");
    let organisation = OrganisationId(uuid::Uuid::from_u128(1));
    let named = Organisation {
        id: organisation,
        name: "Clinic".to_owned(),
    };
    store
        .insert_organisation(&named, Timestamp(1))
        .await
        .expect("insert");
    let [ada, bo] = [2, 3].map(|number| MemberId(uuid::Uuid::from_u128(number)));
    for (oid, upn) in [(ada, "ada@example.org"), (bo, "bo@example.org")] {
        let member = Member {
            oid,
            organisation,
            upn: Upn::parse(upn).expect("upn"),
            display_name: upn.to_owned(),
            enabled: true,
            licences: vec![],
        };
        store
            .insert_member(&member, "hash", Timestamp(1))
            .await
            .expect("insert");
    }
    Fixture {
        _folder: folder,
        store,
        organisation,
        ada,
        bo,
    }
}

fn meeting(fixture: &Fixture, number: u64) -> Meeting {
    Meeting {
        thread: ThreadId::meeting(&format!("{number:043}")).expect("thread"),
        organisation: fixture.organisation,
        organiser: fixture.ada,
        kind: MeetingKind::Scheduled,
        subject: Some("Visit".to_owned()),
        external_id: Some(format!("visit-{number}")),
        number: MeetingNumber::from_random(number),
        passcode: Some(Passcode::from_random([7; 12])),
        times: Times {
            starts_on: Timestamp(1_000 + i64::try_from(number).expect("small")),
            ends_on: Timestamp(2_000),
        },
        created_on: Timestamp(500),
        expires_on: Timestamp(9_000),
        invitees: vec![Invitee {
            member: Some(fixture.bo),
            upn: Some("bo@example.org".to_owned()),
            role: InviteeRole::CoOrganiser,
        }],
        options: MeetingOptions::new(&OrganisationPolicy::default()),
    }
}

// [D1]
#[tokio::test]
async fn a_meeting_is_found_by_each_of_its_names() {
    let fixture = fixture().await;
    let saved = meeting(&fixture, 1);
    fixture.store.insert_meeting(&saved).await.expect("insert");
    let found = [
        fixture.store.load_meeting(&saved.thread).await,
        fixture.store.load_meeting_by_number(&saved.number).await,
        fixture
            .store
            .load_meeting_by_external_id(fixture.ada, "visit-1")
            .await,
    ];
    for found in found {
        assert_eq!(found.expect("load").expect("found").meeting, saved);
    }
    let foreign = fixture
        .store
        .load_meeting_by_external_id(fixture.bo, "visit-1")
        .await;
    assert!(foreign.expect("load").is_none());
}

#[tokio::test]
async fn numbers_and_external_ids_are_unique() {
    let fixture = fixture().await;
    fixture
        .store
        .insert_meeting(&meeting(&fixture, 1))
        .await
        .expect("insert");
    let mut same_number = meeting(&fixture, 2);
    same_number.number = MeetingNumber::from_random(1);
    let mut same_name = meeting(&fixture, 3);
    same_name.external_id = Some("visit-1".to_owned());
    for (second, column) in [
        (same_number, "meeting.number"),
        (same_name, "meeting.external_id"),
    ] {
        match fixture.store.insert_meeting(&second).await {
            Err(StoreError::Conflict(text)) => assert!(text.contains(column), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let fixture = fixture().await;
    let saved = meeting(&fixture, 1);
    fixture.store.insert_meeting(&saved).await.expect("insert");
    let mut read = fixture
        .store
        .load_meeting(&saved.thread)
        .await
        .expect("load")
        .expect("found");
    read.meeting.subject = None;
    read.meeting.options.lobby_scope = LobbyScope::Everyone;
    read.meeting.invitees.clear();
    read.meeting.times.starts_on = Timestamp(1_500);
    assert!(fixture.store.update_meeting(&read).await.expect("update"));
    assert!(
        !fixture.store.update_meeting(&read).await.expect("stale"),
        "read before the change"
    );
    let again = fixture
        .store
        .load_meeting(&saved.thread)
        .await
        .expect("load")
        .expect("found");
    assert_eq!(again.meeting, read.meeting);
    assert_eq!(again.version, read.version + 1);
    let bos = fixture
        .store
        .list_meetings(fixture.bo, 0, 10)
        .await
        .expect("list");
    assert!(bos.is_empty(), "no longer invited");
    assert_eq!(
        fixture
            .store
            .list_meetings(fixture.ada, 0, 10)
            .await
            .expect("list")
            .len(),
        1
    );
}

#[tokio::test]
async fn lists_are_paged_latest_first_and_deleted_ones_are_gone() {
    let fixture = fixture().await;
    for number in 1..=5 {
        fixture
            .store
            .insert_meeting(&meeting(&fixture, number))
            .await
            .expect("insert");
    }
    let page = fixture
        .store
        .list_meetings(fixture.bo, 1, 2)
        .await
        .expect("list");
    let starts: Vec<i64> = page
        .iter()
        .map(|found| found.meeting.times.starts_on.0)
        .collect();
    assert_eq!(starts, [1_004, 1_003]);
    let thread = meeting(&fixture, 3).thread;
    fixture
        .store
        .extend_meeting(&thread, Timestamp(1))
        .await
        .expect("extend");
    let kept = fixture
        .store
        .load_meeting(&thread)
        .await
        .expect("load")
        .expect("found");
    assert_eq!(kept.meeting.expires_on, Timestamp(9_000), "never earlier");
    assert!(fixture.store.delete_meeting(&thread).await.expect("delete"));
    assert!(!fixture.store.delete_meeting(&thread).await.expect("delete"));
    assert_eq!(
        fixture
            .store
            .list_meetings(fixture.bo, 0, 10)
            .await
            .expect("list")
            .len(),
        4
    );
    let made = |since| fixture.store.count_meetings(fixture.ada, Timestamp(since));
    assert_eq!(made(500).await.expect("count"), 4);
    assert_eq!(made(501).await.expect("count"), 0);
}

#[tokio::test]
async fn policies_are_saved_with_their_change() {
    let fixture = fixture().await;
    let store = &fixture.store;
    let loaded = store.load_policy(fixture.organisation).await.expect("load");
    assert_eq!(loaded, Some(OrganisationPolicy::default()));
    let policy = OrganisationPolicy {
        anonymous_join: false,
        ..OrganisationPolicy::default()
    };
    let change = PolicyChange {
        changed_by: "operator".to_owned(),
        changed_on: Timestamp(7),
        changes: r#"{"anonymous_join":[true,false]}"#.to_owned(),
    };
    assert!(
        store
            .save_policy(fixture.organisation, &policy, &change)
            .await
            .expect("save")
    );
    assert_eq!(
        store.load_policy(fixture.organisation).await.expect("load"),
        Some(policy.clone())
    );
    let changes = store
        .list_policy_changes(fixture.organisation, 10)
        .await
        .expect("list");
    assert_eq!(changes, std::slice::from_ref(&change));
    let nobody = OrganisationId(uuid::Uuid::from_u128(99));
    assert!(
        !store
            .save_policy(nobody, &policy, &change)
            .await
            .expect("save")
    );
    assert_eq!(store.load_policy(nobody).await.expect("load"), None);
}
