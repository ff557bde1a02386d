//! Chat over a real store, with a clock of its own: windows of meetings, names, limits, what is announced to whom.
use super::*;
use crate::{
    context::Clock,
    meetings::Meetings,
    notifications::{Connection, Heard},
};
use parking_lot::Mutex as SyncMutex;
use parvis_domain::{
    directory::{Licence, Member, Organisation, Upn},
    ids::{ExternalUserId, ResourceId, VisitorId},
    meeting::ChatOption,
    principal::{ClientKind, Scope},
    thread::{Body, Message, MessageKind, Metadata, Retention},
};
use parvis_store::Store;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

struct HandClock(SyncMutex<Timestamp>);
impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

const START: Timestamp = Timestamp(1_800_000_000_000);
const OURS: OrganisationId = OrganisationId(Uuid::from_u128(1));
const RESOURCE: ResourceId = ResourceId(Uuid::from_u128(2));
const ADA: MemberId = MemberId(Uuid::from_u128(11));
const BO: MemberId = MemberId(Uuid::from_u128(12));

struct Fixture {
    _folder: tempfile::TempDir,
    clock: Arc<HandClock>,
    store: Store,
    threads: Threads,
    meetings: Meetings,
    policies: Policies,
    hub: Notifications,
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&folder.path().join("p.db"))
        .await
        .expect("open");
    let organisation = Organisation {
        id: OURS,
        name: "Clinic".into(),
    };
    let saved = store.insert_organisation(&organisation, START).await;
    saved.expect("organisation");
    for (oid, upn, name) in [
        (ADA, "ada@clinic.example", "Ada"),
        (BO, "bo@clinic.example", "Bo"),
    ] {
        let member = Member {
            oid,
            organisation: OURS,
            upn: Upn::parse(upn).expect("upn"),
            display_name: name.into(),
            enabled: true,
            licences: vec![Licence::parse("TEAMS1").expect("plan")],
        };
        let saved = store.insert_member(&member, "hash", START).await;
        saved.expect("member");
    }
    let clock = Arc::new(HandClock(SyncMutex::new(START)));
    let origin = url::Url::parse("https://meet.example.org/").expect("origin");
    let mut context = Context::new(store.clone(), origin);
    context.clock = clock.clone();
    let policies = Policies::new(context.clone());
    let hub = Notifications::default();
    let limits = ChatLimits::default();
    let threads = Threads::new(context.clone(), policies.clone(), hub.clone(), limits);
    Fixture {
        _folder: folder,
        clock,
        store,
        meetings: Meetings::new(context, threads.clone(), policies.clone()),
        policies,
        threads,
        hub,
    }
}

fn external(n: u128) -> Principal {
    let raw_id = RawId::External {
        resource: RESOURCE,
        user: ExternalUserId(Uuid::from_u128(n)),
    };
    principal(raw_id, ClientKind::External, None)
}

fn visitor(n: u128) -> Principal {
    let raw_id = RawId::Visitor(VisitorId(Uuid::from_u128(n)));
    principal(raw_id, ClientKind::Visitor, None)
}

fn host(oid: MemberId) -> Principal {
    principal(RawId::Member(oid), ClientKind::Host, Some(OURS))
}

fn principal(raw_id: RawId, client: ClientKind, organisation: Option<OrganisationId>) -> Principal {
    Principal {
        resource: raw_id.resource(),
        raw_id,
        client,
        organisation,
        scopes: vec![Scope::Chat],
        issued_on: START,
        expires_on: Timestamp(i64::MAX),
    }
}

fn text(content: &str) -> NewText {
    NewText {
        kind: MessageKind::Text,
        content: content.into(),
        sender_name: Some("Ada (Host)".into()),
        metadata: Metadata::new(),
    }
}

impl Fixture {
    fn tick(&self) -> Timestamp {
        let mut now = self.clock.0.lock();
        *now = now.plus(Duration::from_secs(1));
        *now
    }

    /// A meeting of Ada's; its thread.
    async fn meeting(&self) -> ThreadId {
        let record = self.meetings.create(ADA, |draft| {
            draft.subject = Some("Visit".into());
            Ok(())
        });
        record.await.expect("created").meeting.thread
    }

    async fn chat_option(&self, thread: &ThreadId, option: ChatOption) {
        let mut stored = self
            .store
            .load_meeting(thread)
            .await
            .expect("load")
            .expect("some");
        stored.meeting.options.chat = option;
        assert!(self.store.update_meeting(&stored).await.expect("update"));
    }

    async fn admit(&self, thread: &ThreadId, who: &Principal, name: &str) {
        let person = WindowPerson {
            raw_id: who.raw_id.clone(),
            display_name: name.into(),
        };
        let at = self.tick();
        let opened = self.threads.open_window(thread, person, at).await;
        opened.expect("open");
    }

    async fn leave(&self, thread: &ThreadId, who: &Principal) {
        let at = self.tick();
        let closed = self.threads.close_window(thread, &who.raw_id, at).await;
        closed.expect("close");
    }

    async fn say(&self, who: &Principal, thread: &ThreadId, content: &str) -> Timestamp {
        self.tick();
        let sent = self.threads.send_message(who, thread, text(content)).await;
        sent.expect("send")
    }

    async fn read(&self, who: &Principal, thread: &ThreadId) -> Vec<Message> {
        let page = self
            .threads
            .list_messages(who, thread, Timestamp(0), None, None);
        page.await.expect("list").items
    }

    /// What is written, oldest first.
    async fn texts(&self, who: &Principal, thread: &ThreadId) -> Vec<String> {
        let messages = self.read(who, thread).await.into_iter().rev();
        let written = messages.filter_map(|message| match message.body {
            Body::Written(text) => Some(text),
            Body::Topic(_) | Body::People(_) => None,
        });
        written.collect()
    }

    async fn is_shut(&self, who: &Principal, thread: &ThreadId) -> bool {
        let sent = self.threads.send_message(who, thread, text("x")).await;
        let read = self
            .threads
            .list_messages(who, thread, Timestamp(0), None, None)
            .await;
        let people = self.threads.list_participants(who, thread, 0, None).await;
        let typing = self.threads.send_typing(who, thread, None).await;
        matches!(sent, Err(ServiceError::Forbidden(_)))
            && matches!(read, Err(ServiceError::Forbidden(_)))
            && matches!(people, Err(ServiceError::Forbidden(_)))
            && matches!(typing, Err(ServiceError::Forbidden(_)))
    }

    fn listen(&self, who: &Principal) -> Connection {
        self.hub
            .connect(who.raw_id.clone(), "", false)
            .expect("connect")
    }

    async fn chat(&self, who: &Principal, others: &[&Principal]) -> ThreadId {
        let mut people = Vec::new();
        for person in others.iter().copied().chain([who]) {
            let known = self.store.load_identity_epoch(&person.raw_id).await;
            if known.expect("load").is_none() {
                let saved = self
                    .store
                    .insert_identity(&person.raw_id, RESOURCE, START)
                    .await;
                saved.expect("identity");
            }
            people.push(nameless(&person.raw_id));
        }
        let new = NewThread {
            topic: "t".into(),
            people,
            metadata: Metadata::new(),
            retention: None,
            request: None,
        };
        let (thread, refused) = self.threads.create_thread(who, new).await.expect("create");
        assert_eq!(refused, []);
        thread.id
    }
}

/// Everything that waits in a connection, without waiting for more.
async fn drain(connection: &mut Connection) -> Vec<Event> {
    let mut events = Vec::new();
    while let Ok(heard) = tokio::time::timeout(Duration::ZERO, connection.next()).await {
        match heard.expect("connected") {
            Heard::Notice(_, (_, notice)) => events.push(notice.event.clone()),
            Heard::Loss => panic!("lost"),
        }
    }
    events
}

/// Identities refer to their resource.
async fn insert_resource(fixture: &Fixture) {
    let resource = parvis_store::resources::StoredResource {
        id: RESOURCE,
        name: "r".into(),
        primary_key: vec![1; 32],
        secondary_key: vec![2; 32],
        created_on: START,
    };
    let saved = fixture.store.insert_resource(&resource).await;
    saved.expect("resource");
}

// [G1] [G2] [G3]
#[tokio::test]
async fn a_guest_reads_and_writes_from_admission_to_leave() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    for guest in [external(1), visitor(1)] {
        let mut news = fixture.listen(&guest);
        fixture.say(&host(ADA), &thread, "before").await;
        assert!(fixture.is_shut(&guest, &thread).await);
        assert_eq!(drain(&mut news).await, []);

        fixture.admit(&thread, &guest, "Ana").await;
        assert_eq!(fixture.texts(&guest, &thread).await, [""; 0]);
        fixture.say(&host(ADA), &thread, "hello").await;
        fixture.say(&guest, &thread, "hi").await;
        assert_eq!(fixture.texts(&guest, &thread).await, ["hello", "hi"]);
        let heard = drain(&mut news).await;
        assert!(matches!(
            heard[..],
            [
                Event::ParticipantsAdded { .. },
                Event::MessageReceived(..),
                Event::MessageReceived(..)
            ]
        ));

        fixture.leave(&thread, &guest).await;
        assert!(fixture.is_shut(&guest, &thread).await);
        fixture.say(&host(ADA), &thread, "after").await;
        assert_eq!(drain(&mut news).await, []);
    }
}

#[tokio::test]
async fn a_rejoin_shows_only_the_new_window() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    let guest = external(1);
    fixture.admit(&thread, &guest, "Ana").await;
    fixture.say(&guest, &thread, "first stay").await;
    let edited = fixture.say(&host(ADA), &thread, "edited later").await;
    fixture.leave(&thread, &guest).await;
    fixture.admit(&thread, &guest, "Ana").await;
    let change = MessageChange {
        content: Some("edited".into()),
        metadata: None,
    };
    let host = host(ADA);
    fixture
        .threads
        .edit_message(&host, &thread, edited, change)
        .await
        .expect("edit");
    fixture.say(&guest, &thread, "second stay").await;
    assert_eq!(fixture.texts(&guest, &thread).await, ["second stay"]);
    let found = fixture.threads.load_message(&guest, &thread, edited).await;
    assert!(matches!(found, Err(ServiceError::NotFound(_))));
}

// [G3]
#[tokio::test]
async fn the_end_of_the_call_shuts_every_guest_out_and_no_member() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    let guests = [external(1), external(2), visitor(3)];
    for guest in &guests {
        fixture.admit(&thread, guest, "Ana").await;
    }
    fixture.admit(&thread, &host(ADA), "Ada").await;
    let at = fixture.tick();
    fixture
        .threads
        .close_all_windows(&thread, at)
        .await
        .expect("close");
    for guest in &guests {
        assert!(fixture.is_shut(guest, &thread).await);
    }
    fixture.say(&host(ADA), &thread, "afterwards").await;
}

#[tokio::test]
async fn one_tick_of_the_clock_does_not_blur_a_window() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    let guest = external(1);
    // The clock stands still: before, during and after happen in the same millisecond.
    let say = async |who: &Principal, content| {
        fixture
            .threads
            .send_message(who, &thread, text(content))
            .await
            .expect("send");
    };
    let now = *fixture.clock.0.lock();
    let person = WindowPerson {
        raw_id: guest.raw_id.clone(),
        display_name: "Ana".into(),
    };
    say(&host(ADA), "before").await;
    fixture
        .threads
        .open_window(&thread, person.clone(), now)
        .await
        .expect("open");
    say(&host(ADA), "during").await;
    assert_eq!(fixture.texts(&guest, &thread).await, ["during"]);
    fixture
        .threads
        .close_window(&thread, &guest.raw_id, now)
        .await
        .expect("close");
    say(&host(ADA), "between").await;
    fixture
        .threads
        .open_window(&thread, person, now)
        .await
        .expect("open");
    assert_eq!(fixture.texts(&guest, &thread).await, [""; 0]);
}

// [H1] [H2]
#[tokio::test]
async fn members_see_outsiders_labelled_and_a_message_cannot_choose_its_name() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    let (guest, other) = (external(1), external(2));
    let mut news = fixture.listen(&host(ADA));
    fixture.admit(&thread, &guest, "Ada (Organiser)").await;
    fixture.admit(&thread, &other, "Ben").await;
    drain(&mut news).await;
    fixture.say(&guest, &thread, "hi").await;
    let name = async |viewer: &Principal| {
        let messages = fixture.read(viewer, &thread).await;
        messages[0].author_name.clone().expect("name")
    };
    assert_eq!(name(&host(ADA)).await, "Ada (External)");
    assert_eq!(name(&other).await, "Ada");
    let heard = drain(&mut news).await;
    let Some(Event::MessageReceived(_, told)) = heard.first() else {
        panic!("not told");
    };
    assert_eq!(
        (told.labelled.as_str(), told.plain.as_str()),
        ("Ada (External)", "Ada")
    );
    fixture.say(&host(ADA), &thread, "me").await;
    assert_eq!(name(&host(ADA)).await, "Ada");
    let people = fixture
        .threads
        .list_participants(&host(ADA), &thread, 0, None)
        .await;
    let people = people.expect("list").items;
    let names: Vec<&str> = people
        .iter()
        .map(|person| person.display_name.as_str())
        .collect();
    assert_eq!(names, ["Ada", "Ada (External)", "Ben (External)"]);
}

#[tokio::test]
async fn the_meeting_s_option_and_the_policy_shut_writing() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    let guest = external(1);
    let may_write = async |who: &Principal| {
        fixture
            .threads
            .send_message(who, &thread, text("x"))
            .await
            .is_ok()
    };
    fixture.chat_option(&thread, ChatOption::Limited).await;
    assert!(!may_write(&host(ADA)).await);
    fixture.admit(&thread, &guest, "Ana").await;
    assert!(may_write(&host(ADA)).await && may_write(&guest).await);
    fixture.chat_option(&thread, ChatOption::Disabled).await;
    assert!(!may_write(&host(ADA)).await && !may_write(&guest).await);
    fixture.read(&guest, &thread).await;
}

#[tokio::test]
async fn receipts_are_off_in_meetings_unless_the_organisation_wants_them() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    let guest = external(1);
    fixture.admit(&thread, &guest, "Ana").await;
    let message = fixture.say(&host(ADA), &thread, "hi").await;
    let mut news = fixture.listen(&host(ADA));
    fixture
        .threads
        .send_receipt(&guest, &thread, message)
        .await
        .expect("taken");
    assert_eq!(drain(&mut news).await, []);
    let receipts = fixture
        .threads
        .list_receipts(&host(ADA), &thread, 0, None)
        .await;
    assert_eq!(receipts.expect("list").items, []);
    let mut policy = (*fixture.policies.load(OURS).await.expect("policy")).clone();
    policy.read_receipts_in_meetings = true;
    let saved = fixture.policies.save(OURS, policy, "operator").await;
    saved.expect("saved");
    let sent = fixture.threads.send_receipt(&guest, &thread, message).await;
    sent.expect("taken");
    assert!(matches!(
        drain(&mut news).await[..],
        [Event::ReadReceipt { .. }]
    ));
}

#[tokio::test]
async fn typing_is_told_to_small_threads_only() {
    let fixture = fixture().await;
    insert_resource(&fixture).await;
    let people: Vec<Principal> = (1..=21).map(external).collect();
    let others: Vec<&Principal> = people[1..20].iter().collect();
    let thread = fixture.chat(&people[0], &others).await;
    let mut news = fixture.listen(&people[1]);
    fixture
        .threads
        .send_typing(&people[0], &thread, None)
        .await
        .expect("typing");
    assert!(matches!(drain(&mut news).await[..], [Event::Typing(_)]));
    let saved = fixture
        .store
        .insert_identity(&people[20].raw_id, RESOURCE, START)
        .await;
    saved.expect("identity");
    let last = vec![nameless(&people[20].raw_id)];
    fixture
        .threads
        .add_participants(&people[0], &thread, last)
        .await
        .expect("add");
    drain(&mut news).await;
    fixture
        .threads
        .send_typing(&people[0], &thread, None)
        .await
        .expect("typing");
    assert_eq!(drain(&mut news).await, []);
}

#[tokio::test]
async fn a_removed_participant_hears_of_it_and_of_nothing_later() {
    let fixture = fixture().await;
    insert_resource(&fixture).await;
    let (ana, ben) = (external(1), external(2));
    let thread = fixture.chat(&ana, &[&ben]).await;
    fixture.say(&ana, &thread, "before").await;
    let mut news = fixture.listen(&ben);
    fixture
        .threads
        .remove_participant(&ana, &thread, &ben.raw_id)
        .await
        .expect("remove");
    fixture.say(&ana, &thread, "after").await;
    assert!(matches!(
        drain(&mut news).await[..],
        [Event::ParticipantsRemoved { .. }]
    ));
    assert_eq!(fixture.texts(&ben, &thread).await, ["before"]);
    let sent = fixture.threads.send_message(&ben, &thread, text("x")).await;
    assert!(matches!(sent, Err(ServiceError::Forbidden(_))));
}

#[tokio::test]
async fn a_message_that_is_saved_is_heard_also_when_its_sender_hangs_up() {
    let fixture = fixture().await;
    insert_resource(&fixture).await;
    let (ana, ben) = (external(1), external(2));
    let thread = fixture.chat(&ana, &[&ben]).await;
    let mut news = fixture.listen(&ben);
    for polls in 1.. {
        let before = fixture.texts(&ben, &thread).await.len();
        let mut left = polls;
        let mut sending = Box::pin(fixture.threads.send_message(&ana, &thread, text("x")));
        let is_done = std::future::poll_fn(|context| {
            if left == 0 {
                return std::task::Poll::Ready(false);
            }
            left -= 1;
            sending.as_mut().poll(context).map(|_| true)
        });
        let is_done = is_done.await;
        drop(sending);
        // The next change waits until this one is saved or undone.
        fixture.say(&ana, &thread, "next").await;
        let saved = fixture.texts(&ben, &thread).await.len() - before;
        let mut heard = 0;
        while heard < saved {
            let next = tokio::time::timeout(std::time::Duration::from_secs(2), news.next());
            assert!(next.await.is_ok(), "hung up after {polls} polls");
            heard += 1;
        }
        if is_done {
            return;
        }
    }
}

#[tokio::test]
async fn a_removed_participant_sees_nothing_of_what_the_thread_is_now() {
    let fixture = fixture().await;
    insert_resource(&fixture).await;
    let (ana, ben) = (external(1), external(2));
    let thread = fixture.chat(&ana, &[&ben]).await;
    let threads = &fixture.threads;
    let refused = |answer: bool| assert!(answer, "forbidden");
    for is_in in [true, false] {
        if !is_in {
            threads
                .remove_participant(&ana, &thread, &ben.raw_id)
                .await
                .expect("remove");
        }
        let properties = threads.load_thread(&ben, &thread).await.map(drop);
        let people = threads.list_participants(&ben, &thread, 0, None).await;
        let receipts = threads.list_receipts(&ben, &thread, 0, None).await;
        for answer in [properties, people.map(drop), receipts.map(drop)] {
            match is_in {
                true => answer.expect("inside"),
                false => refused(matches!(answer, Err(ServiceError::Forbidden(_)))),
            }
        }
    }
}

// [K1]
#[tokio::test]
async fn each_message_of_an_identity_is_metered_once_and_no_other() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    let (guest, passer_by) = (external(1), visitor(1));
    fixture.admit(&thread, &guest, "Ana").await;
    fixture.admit(&thread, &passer_by, "Ben").await;
    let sent = fixture.say(&guest, &thread, "one").await;
    fixture.say(&passer_by, &thread, "free").await;
    fixture.say(&host(ADA), &thread, "free").await;
    let change = MessageChange {
        content: Some("edited".into()),
        metadata: None,
    };
    fixture
        .threads
        .edit_message(&guest, &thread, sent, change)
        .await
        .expect("edit");
    fixture
        .threads
        .delete_message(&guest, &thread, sent)
        .await
        .expect("delete");
    let span = parvis_store::usage::Span {
        from: Timestamp(0),
        until: Timestamp(i64::MAX),
    };
    let counts = fixture
        .store
        .sum_resource_usage(RESOURCE, span, START)
        .await
        .expect("sum");
    let records: Vec<_> = counts
        .iter()
        .map(|count| count.records)
        .filter(|n| *n > 0)
        .collect();
    assert_eq!(records, [1]);
}

#[tokio::test]
async fn an_ended_retention_deletes_the_thread_and_tells_it() {
    let fixture = fixture().await;
    insert_resource(&fixture).await;
    let ana = external(1);
    let thread = fixture.chat(&ana, &[]).await;
    let change = ThreadChange {
        retention: Some(Retention::DeleteAfterDays(30)),
        ..ThreadChange::default()
    };
    fixture
        .threads
        .change_thread(&ana, &thread, change)
        .await
        .expect("change");
    let mut news = fixture.listen(&ana);
    assert_eq!(
        fixture.threads.delete_ended_threads().await.expect("none"),
        0
    );
    *fixture.clock.0.lock() = START.plus(Duration::from_secs(31 * 86_400));
    assert_eq!(
        fixture.threads.delete_ended_threads().await.expect("one"),
        1
    );
    assert_eq!(drain(&mut news).await, [Event::ThreadDeleted { by: None }]);
    let read = fixture.threads.load_thread(&ana, &thread).await;
    assert!(matches!(read, Err(ServiceError::Forbidden(_))));
}

#[tokio::test]
async fn members_come_and_go_with_the_invitation() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    assert!(fixture.is_shut(&host(BO), &thread).await);
    fixture.say(&host(ADA), &thread, "early").await;
    let both = [(ADA, "Ada".to_owned()), (BO, "Bo".to_owned())];
    fixture
        .threads
        .set_meeting_members(&thread, &both)
        .await
        .expect("set");
    assert_eq!(fixture.texts(&host(BO), &thread).await, ["early"]);
    fixture
        .threads
        .set_meeting_members(&thread, &both[..1])
        .await
        .expect("set");
    assert!(fixture.is_shut(&host(BO), &thread).await);
    fixture
        .threads
        .delete_meeting_thread(&thread)
        .await
        .expect("delete");
    assert!(fixture.is_shut(&host(ADA), &thread).await);
}

// [G3]
#[tokio::test]
async fn a_window_without_a_leg_is_shut_after_a_crash() {
    let fixture = fixture().await;
    let thread = fixture.meeting().await;
    let guest = external(1);
    fixture.admit(&thread, &guest, "Ana").await;
    fixture.threads.mend_windows().await.expect("mend");
    assert!(fixture.is_shut(&guest, &thread).await);
    fixture
        .say(&host(ADA), &thread, "still open for members")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everybody_hears_concurrent_messages_in_their_order() {
    let fixture = fixture().await;
    insert_resource(&fixture).await;
    let people: Vec<Principal> = (1..=8).map(external).collect();
    let others: Vec<&Principal> = people[1..].iter().collect();
    let thread = fixture.chat(&people[0], &others).await;
    let mut listeners: Vec<_> = people.iter().map(|person| fixture.listen(person)).collect();
    let mut sending = tokio::task::JoinSet::new();
    for person in people.clone() {
        let (threads, thread) = (fixture.threads.clone(), thread.clone());
        sending.spawn(async move {
            for _ in 0..10 {
                let sent = threads.send_message(&person, &thread, text("x")).await;
                sent.expect("sent");
            }
        });
    }
    sending.join_all().await;
    for listener in &mut listeners {
        let heard = drain(listener).await.into_iter().map(|event| match event {
            Event::MessageReceived(message, _) => (message.sequence, message.id),
            _ => panic!("no message"),
        });
        let heard: Vec<_> = heard.collect();
        assert_eq!(heard.len(), 80);
        let mut sorted = heard.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(heard, sorted);
    }
}
