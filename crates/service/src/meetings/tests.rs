//! Meetings from the organiser's side and from the link holder's, on a real store with a clock of its own.
use super::*;
use crate::context::Clock;
use parking_lot::Mutex;
use parvis_domain::{
    admission::{Joiner, Standing},
    directory::{Licence, Organisation, Upn},
    ids::{OrganisationId, RawId, VisitorId},
    link::Locator,
    meeting::{Invitee, InviteeRole},
    policy::{LobbyScope, TrustedOrganisations},
    principal::{ClientKind, Principal},
    time::Timestamp,
};
use parvis_store::Store;
use uuid::Uuid;

struct HandClock(Mutex<Timestamp>);
impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

const START: Timestamp = Timestamp(1_800_000_000_000);
const HOUR: Duration = Duration::from_secs(3_600);
const OURS: OrganisationId = OrganisationId(Uuid::from_u128(1));
const THEIRS: OrganisationId = OrganisationId(Uuid::from_u128(2));
const ADA: MemberId = MemberId(Uuid::from_u128(11));
const BO: MemberId = MemberId(Uuid::from_u128(12));
const UNLICENSED: MemberId = MemberId(Uuid::from_u128(13));
const FOREIGN: MemberId = MemberId(Uuid::from_u128(14));

struct Fixture {
    _folder: tempfile::TempDir,
    clock: Arc<HandClock>,
    meetings: Meetings,
    policies: Policies,
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&folder.path().join("p.db"))
        .await
        .expect("open");
    for (id, name) in [(OURS, "Clinic"), (THEIRS, "Bank")] {
        let organisation = Organisation {
            id,
            name: name.to_owned(),
        };
        store
            .insert_organisation(&organisation, START)
            .await
            .expect("insert");
    }
    for (oid, organisation, upn, plan) in [
        (ADA, OURS, "ada@clinic.example", "TEAMS1"),
        (BO, OURS, "bo@clinic.example", "TEAMS1"),
        (UNLICENSED, OURS, "cy@clinic.example", "EXCHANGE"),
        (FOREIGN, THEIRS, "di@bank.example", "TEAMS1"),
    ] {
        let member = Member {
            oid,
            organisation,
            upn: Upn::parse(upn).expect("upn"),
            display_name: upn.to_owned(),
            enabled: true,
            licences: vec![Licence::parse(plan).expect("plan")],
        };
        store
            .insert_member(&member, "hash", START)
            .await
            .expect("insert");
    }
    let clock = Arc::new(HandClock(Mutex::new(START)));
    let origin = url::Url::parse("https://meet.example.org/").expect("origin");
    let mut context = Context::new(store, origin);
    context.clock = clock.clone();
    context.link_aliases = vec!["old.example.org".to_owned()];
    let policies = Policies::new(context.clone());
    let threads = Threads::new(
        context.clone(),
        policies.clone(),
        Default::default(),
        Default::default(),
    );
    Fixture {
        _folder: folder,
        clock,
        meetings: Meetings::new(context, threads, policies.clone()),
        policies,
    }
}

impl Fixture {
    fn advance(&self, span: Duration) {
        let mut now = self.clock.0.lock();
        *now = now.plus(span);
    }

    async fn meeting(&self) -> MeetingRecord {
        let named = |draft: &mut MeetingDraft| {
            draft.subject = Some("Visit".to_owned());
            Ok(())
        };
        self.meetings.create(ADA, named).await.expect("created")
    }
}

fn invite(upn: &str, role: InviteeRole) -> Invitee {
    Invitee {
        member: None,
        upn: Some(upn.to_owned()),
        role,
    }
}

// [D1] A saved meeting has id, link, thread and default options; an unlicensed member is refused.
#[tokio::test]
async fn licensed_members_schedule_meetings() {
    let fixture = fixture().await;
    let made = fixture.meeting().await.meeting;
    assert!(made.thread.is_meeting());
    assert_eq!((made.organisation, made.organiser), (OURS, ADA));
    assert_eq!(made.number.as_str().len(), 12);
    assert_eq!(
        made.passcode.as_ref().map(|code| code.as_str().len()),
        Some(16)
    );
    assert_eq!(made.times.ends_on, START.plus(HOUR));
    assert_eq!(made.options.lobby_scope, LobbyScope::Organisation);
    let loaded = fixture
        .meetings
        .load(&made.thread)
        .await
        .expect("load")
        .expect("found");
    assert_eq!(loaded.meeting, made);
    assert_eq!(loaded.organiser.oid, ADA);
    let refused = fixture.meetings.create(UNLICENSED, |_| Ok(())).await;
    assert!(
        matches!(refused, Err(ServiceError::Forbidden(_))),
        "{refused:?}"
    );
    let nobody = MemberId(Uuid::from_u128(99));
    let refused = fixture.meetings.create(nobody, |_| Ok(())).await;
    assert!(
        matches!(refused, Err(ServiceError::NotFound(_))),
        "{refused:?}"
    );
}

/// Polls a future so many times and drops it, as a caller who hangs up does; answers whether it was done.
async fn cut_short(future: impl Future, polls: usize) -> bool {
    let (mut future, mut left) = (std::pin::pin!(future), polls);
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn whoever_is_uninvited_leaves_the_thread_also_when_the_caller_hangs_up() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await.meeting.thread;
    let with_bo = |draft: &mut MeetingDraft| {
        draft.invitees = vec![invite("bo@clinic.example", InviteeRole::Attendee)];
        Ok(())
    };
    let without = |draft: &mut MeetingDraft| {
        draft.invitees.clear();
        Ok(())
    };
    let agree = async || {
        let store = &fixture.meetings.context.store;
        let stored = store.load_meeting(&thread).await.expect("load");
        let invited = stored.expect("found").meeting.invitees.len();
        // The organiser is in too.
        store.count_participants(&thread).await.expect("count") == invited + 1
    };
    let mut polls = 0;
    loop {
        let invited = fixture.meetings.change(ADA, &thread, with_bo).await;
        invited.expect("invited");
        polls += 1;
        let is_done = cut_short(fixture.meetings.change(ADA, &thread, without), polls).await;
        let agreed = async {
            while !agree().await {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let agreed = tokio::time::timeout(Duration::from_secs(2), agreed).await;
        assert!(agreed.is_ok(), "hung up after {polls} polls");
        if is_done {
            break;
        }
    }
    assert!(polls > 1, "it was cut short at least once");
}

#[tokio::test]
async fn impossible_drafts_are_refused() {
    let fixture = fixture().await;
    type Edit = fn(&mut MeetingDraft);
    let fallible = |edit: Edit| {
        move |draft: &mut MeetingDraft| {
            edit(draft);
            Ok(())
        }
    };
    let edits: [(&str, Edit); 6] = [
        ("an end without a start", |draft| {
            draft.ends_on = Some(START)
        }),
        ("an end before the start", |draft| {
            draft.starts_on = Some(START);
            draft.ends_on = Some(START.minus(HOUR));
        }),
        ("a long subject", |draft| {
            draft.subject = Some("x".repeat(257))
        }),
        ("a subject of two lines", |draft| {
            draft.subject = Some("a\nb".to_owned())
        }),
        ("an outsider as presenter", |draft| {
            draft.invitees = vec![invite("di@bank.example", InviteeRole::Presenter)];
        }),
        ("end-to-end encryption", |draft| {
            draft.options.end_to_end_encrypted = true
        }),
    ];
    for (name, edit) in edits {
        let refused = fixture.meetings.create(ADA, fallible(edit)).await;
        assert!(
            matches!(refused, Err(ServiceError::Invalid { .. })),
            "{name}: {refused:?}"
        );
    }
    assert!(
        fixture
            .meetings
            .list_for(ADA, 0, 10)
            .await
            .expect("list")
            .is_empty()
    );
}

// [E14] [D3] Long link, short link, coordinates and id with passcode all reach the same meeting.
#[tokio::test]
async fn every_locator_finds_the_meeting() {
    let fixture = fixture().await;
    let record = fixture.meeting().await;
    let made = &record.meeting;
    let meetings = &fixture.meetings;
    let passcode = made.passcode.as_ref().map(Passcode::as_str);
    let [oid, tenant] = [ADA.to_string(), OURS.to_string()];
    let old = meetings
        .short_link(made)
        .replace("meet.example", "old.example");
    let locators = [
        meetings
            .parse_link(&meetings.long_link(made))
            .expect("long"),
        meetings
            .parse_link(&meetings.short_link(made))
            .expect("short"),
        meetings.parse_link(&old).expect("alias"),
        Locator::from_coordinates(made.thread.as_str(), &oid, &tenant, "0").expect("coordinates"),
        Locator::from_meeting_id(made.number.as_str(), passcode).expect("id"),
    ];
    for locator in locators {
        let found = meetings.find_by_locator(&locator).await.expect("find");
        assert_eq!(
            found.expect("found").meeting.thread,
            made.thread,
            "{locator:?}"
        );
    }
    assert_eq!(meetings.join_link(&record), meetings.long_link(made));
}

// [E14] A wrong passcode, none at all, and coordinates of somebody else find nothing.
#[tokio::test]
async fn wrong_locators_find_nothing() {
    let fixture = fixture().await;
    let made = fixture.meeting().await.meeting;
    let (thread, number) = (made.thread.as_str(), made.number.as_str());
    let [ada, bo, ours, theirs] = [
        ADA.to_string(),
        BO.to_string(),
        OURS.to_string(),
        THEIRS.to_string(),
    ];
    let locators = [
        Locator::from_meeting_id(number, Some("wrong")),
        Locator::from_meeting_id(number, None),
        Locator::from_meeting_id("999999999999", made.passcode.as_ref().map(Passcode::as_str)),
        Locator::from_coordinates(thread, &bo, &ours, "0"),
        Locator::from_coordinates(thread, &ada, &theirs, "0"),
        Locator::from_coordinates(thread, &ada, &ours, "1700000000000"),
        Locator::from_group(&Uuid::from_u128(5).to_string()),
    ];
    for locator in locators {
        let locator = locator.expect("well-formed");
        let found = fixture
            .meetings
            .find_by_locator(&locator)
            .await
            .expect("find");
        assert!(found.is_none(), "{locator:?}");
    }
}

#[tokio::test]
async fn an_id_rests_after_many_wrong_guesses() {
    let fixture = fixture().await;
    let made = fixture.meeting().await.meeting;
    let other = fixture.meeting().await.meeting;
    let find = async |meeting: &Meeting, passcode: Option<&str>| {
        let locator = Locator::from_meeting_id(meeting.number.as_str(), passcode).expect("id");
        fixture.meetings.find_by_locator(&locator).await
    };
    let right = |meeting: &Meeting| {
        meeting
            .passcode
            .clone()
            .map(|code| code.as_str().to_owned())
    };
    for _ in 0..20 {
        assert!(find(&made, Some("wrong")).await.expect("counted").is_none());
    }
    for passcode in [Some("wrong".to_owned()), right(&made)] {
        let rested = find(&made, passcode.as_deref()).await;
        assert!(
            matches!(rested, Err(ServiceError::TooMany { .. })),
            "{rested:?}"
        );
    }
    assert!(
        find(&other, right(&other).as_deref())
            .await
            .expect("another id")
            .is_some()
    );
    fixture.advance(Duration::from_secs(61));
    assert!(
        find(&made, right(&made).as_deref())
            .await
            .expect("after the rest")
            .is_some()
    );
}

#[tokio::test]
async fn only_organisers_change_and_only_the_organiser_deletes() {
    let fixture = fixture().await;
    let meetings = &fixture.meetings;
    let made = meetings
        .create(ADA, |draft| {
            draft.invitees = vec![
                invite("BO@clinic.example", InviteeRole::CoOrganiser),
                invite("cy@clinic.example", InviteeRole::Attendee),
                invite("ada@clinic.example", InviteeRole::Attendee),
                invite("cy@clinic.example", InviteeRole::Attendee),
                invite("somebody@elsewhere.example", InviteeRole::Attendee),
            ];
            Ok(())
        })
        .await
        .expect("created")
        .meeting;
    let invited: Vec<_> = made.invitees.iter().map(|invitee| invitee.member).collect();
    assert_eq!(invited, [Some(BO), Some(UNLICENSED), None]);
    let mut changes = meetings.subscribe();
    let rename = |draft: &mut MeetingDraft| {
        draft.subject = Some("Later".to_owned());
        Ok(())
    };
    let changed = meetings
        .change(BO, &made.thread, rename)
        .await
        .expect("co-organiser");
    assert_eq!(changed.meeting.subject.as_deref(), Some("Later"));
    let heard = changes.try_recv().expect("announced");
    assert_eq!(heard.thread, made.thread);
    let by_attendee = meetings.change(UNLICENSED, &made.thread, rename).await;
    assert!(matches!(by_attendee, Err(ServiceError::Forbidden(_))));
    let by_foreign = meetings.change(FOREIGN, &made.thread, rename).await;
    assert!(matches!(by_foreign, Err(ServiceError::NotFound(_))));
    assert!(
        meetings.load_for(UNLICENSED, &made.thread).await.is_ok(),
        "invited"
    );
    assert!(meetings.load_for(FOREIGN, &made.thread).await.is_err());
    assert!(matches!(
        meetings.delete(BO, &made.thread).await,
        Err(ServiceError::Forbidden(_))
    ));
    meetings.delete(ADA, &made.thread).await.expect("deleted");
    assert!(meetings.load(&made.thread).await.expect("load").is_none());
    assert_eq!(changes.try_recv().expect("announced").thread, made.thread);
}

#[tokio::test]
async fn an_external_id_names_one_meeting_of_each_organiser() {
    let fixture = fixture().await;
    let meetings = &fixture.meetings;
    let (first, new) = meetings
        .create_or_get(ADA, "visit-1", |_| Ok(()))
        .await
        .expect("made");
    assert!(new);
    let (again, new) = meetings
        .create_or_get(ADA, "visit-1", |_| Ok(()))
        .await
        .expect("found");
    assert!(!new);
    assert_eq!(again.meeting, first.meeting);
    let (other, new) = meetings
        .create_or_get(BO, "visit-1", |_| Ok(()))
        .await
        .expect("made");
    assert!(new);
    assert_ne!(other.meeting.thread, first.meeting.thread);
    let (one, two) = tokio::join!(
        meetings.create_or_get(ADA, "visit-2", |_| Ok(())),
        meetings.create_or_get(ADA, "visit-2", |_| Ok(()))
    );
    let (one, two) = (one.expect("made or found"), two.expect("made or found"));
    assert_eq!(one.0.meeting.thread, two.0.meeting.thread);
    assert_ne!(one.1, two.1, "exactly one is new");
    let empty = meetings.create_or_get(ADA, "", |_| Ok(())).await;
    assert!(matches!(empty, Err(ServiceError::Invalid { .. })));
}

#[tokio::test]
async fn a_used_link_lives_longer() {
    let fixture = fixture().await;
    let made = fixture.meeting().await.meeting;
    fixture.advance(Duration::from_secs(50 * 24 * 3_600));
    fixture.meetings.mark_used(&made).await.expect("used");
    let kept = fixture
        .meetings
        .load(&made.thread)
        .await
        .expect("load")
        .expect("found");
    assert!(kept.meeting.expires_on > made.expires_on);
    assert!(!kept.meeting.has_expired(made.expires_on));
}

// [E9] [L1] A policy that is switched counts at once, and the change is on record.
#[tokio::test]
async fn policies_change_at_once_and_are_recorded() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await.meeting.thread;
    let mut changes = fixture.policies.subscribe();
    let off = r#"{"anonymous_join":false}"#;
    let recorded = fixture
        .policies
        .save_json(OURS, off, "operator")
        .await
        .expect("saved");
    let recorded = recorded.expect("a change");
    assert_eq!(recorded.changes, r#"{"anonymous_join":[true,false]}"#);
    assert_eq!(changes.try_recv(), Ok(crate::policies::PolicyChanged(OURS)));
    let record = fixture
        .meetings
        .load(&thread)
        .await
        .expect("load")
        .expect("found");
    assert!(!record.policy.anonymous_join);
    let same = fixture
        .policies
        .save_json(OURS, off, "operator")
        .await
        .expect("saved");
    assert!(same.is_none());
    assert_eq!(
        fixture.policies.list_changes(OURS).await.expect("list"),
        [recorded]
    );
    for bad in [
        r#"{"anonymous":true}"#,
        r#"{"meeting_participants_max":0}"#,
        "[]",
    ] {
        let refused = fixture.policies.save_json(OURS, bad, "operator").await;
        assert!(
            matches!(refused, Err(ServiceError::Invalid { .. })),
            "{bad}"
        );
    }
}

// [E11] [E12] Who a token's person is to a meeting.
#[tokio::test]
async fn standing_follows_organisation_and_mutual_trust() {
    let fixture = fixture().await;
    let record = fixture.meeting().await;
    let principal = |raw_id, client, organisation| Principal {
        raw_id,
        client,
        resource: None,
        organisation,
        scopes: vec![],
        issued_on: START,
        expires_on: START.plus(HOUR),
    };
    let standing = async |organisation| {
        let member = RawId::Member(FOREIGN);
        let person = principal(member, ClientKind::MemberOnSdk, Some(organisation));
        match fixture
            .meetings
            .joiner(&record, &person)
            .await
            .expect("joiner")
        {
            Joiner::Member { standing, .. } => standing,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(standing(OURS).await, Standing::Own);
    assert_eq!(standing(THEIRS).await, Standing::Trusted);
    let wary = OrganisationPolicy {
        trusted_organisations: TrustedOrganisations::AllExcept([OURS].into()),
        ..OrganisationPolicy::default()
    };
    fixture
        .policies
        .save(THEIRS, wary, "operator")
        .await
        .expect("saved");
    assert_eq!(
        standing(THEIRS).await,
        Standing::Untrusted,
        "trust must be mutual"
    );
    let visitor = RawId::Visitor(VisitorId(Uuid::from_u128(3)));
    let person = principal(visitor, ClientKind::Visitor, None);
    let joiner = fixture
        .meetings
        .joiner(&record, &person)
        .await
        .expect("joiner");
    assert_eq!(joiner, Joiner::Visitor);
}
