//! Use cases of chat: threads, their messages and participants, and the windows through which people of a meeting read and
//! write. A change is saved before it is announced, and everything of one thread happens in one order.
mod chats;
mod erase;
mod html;
mod limits;
mod meeting;
mod members;
mod messages;
mod names;
mod participants;
mod signals;
#[cfg(test)]
mod tests;

pub use chats::{NewThread, ThreadChange};
pub use limits::ChatLimits;
pub use meeting::{NewMeetingThread, WindowPerson};
pub use members::NewMembersChat;
pub use messages::{MessageChange, NewText};
pub use participants::{RefusedParticipant, Unfit};

use crate::{
    ServiceError,
    context::Context,
    notifications::{Event, Notice, Notifications, Properties},
    policies::Policies,
};
use limits::{Counted, Counters};
use moka::future::Cache;
use names::Names;
use parvis_domain::{
    ids::{MemberId, OrganisationId, RawId, ThreadId},
    principal::Principal,
    thread::{
        PAGE_DEFAULT, PAGE_MAX, Participant, Thread, ThreadKind,
        content::ContentError,
        rights::{self, Act, ChatRules, Place},
        window::Sight,
    },
    time::Timestamp,
};
use parvis_store::threads::ThreadWrite;
/// Members whose organisation is kept in memory.
const MEMBERS_CACHED_MAX: u64 = 100_000;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<i64>,
}

impl<T> Page<T> {
    /// From up to `limit + 1` entries that were asked for.
    fn cut(mut items: Vec<T>, limit: u32, place: impl Fn(&T) -> i64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(place);
        Self { items, next }
    }

    /// A part of a whole list.
    fn slice(items: Vec<T>, skip: u32, limit: u32) -> Self {
        let end = i64::from(skip) + i64::from(limit);
        let more = i64::try_from(items.len()).unwrap_or(i64::MAX) > end;
        let take = |n| usize::try_from(n).unwrap_or(usize::MAX);
        Self {
            items: items
                .into_iter()
                .skip(take(skip))
                .take(take(limit))
                .collect(),
            next: more.then_some(end),
        }
    }
}

/// How many entries a page has, from what the caller asked for.
fn page_limit(asked: Option<u32>) -> Result<u32, ServiceError> {
    match asked {
        None => Ok(PAGE_DEFAULT),
        Some(0) => Err(ServiceError::invalid(
            "maxPageSize",
            "The page size has to be at least 1.",
        )),
        Some(size) => Ok(size.min(PAGE_MAX)),
    }
}

/// The chat of one node. Cheap to clone.
#[derive(Clone)]
pub struct Threads {
    context: Context,
    policies: Policies,
    hub: Notifications,
    counters: Counters,
    organisations: Cache<MemberId, OrganisationId>,
}

/// What the caller may see of a thread, and how.
struct Admitted {
    thread: Thread,
    sight: Sight,
}

/// The refusal that everybody gets who may not: it does not tell whether the thread exists.
const FORBIDDEN: ServiceError = ServiceError::Forbidden(
    "The initiator doesn't have the permission to perform the requested operation.",
);

impl From<ContentError> for ServiceError {
    fn from(error: ContentError) -> Self {
        let target = match error {
            ContentError::Empty | ContentError::MessageTooLarge => "content",
            ContentError::NotWritten => "type",
            ContentError::MetadataTooLarge => "metadata",
            ContentError::BadTopic => "topic",
            ContentError::BadName => "displayName",
        };
        let mut message = error.to_string();
        if let Some(first) = message.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        Self::invalid(target, format!("{message}."))
    }
}

impl Threads {
    /// Chat over `context`; live news go to `hub`.
    pub fn new(
        context: Context,
        policies: Policies,
        hub: Notifications,
        limits: ChatLimits,
    ) -> Self {
        Self {
            context,
            policies,
            hub,
            counters: Counters::new(limits),
            organisations: Cache::new(MEMBERS_CACHED_MAX),
        }
    }

    async fn organisation_of(
        &self,
        member: MemberId,
    ) -> Result<Option<OrganisationId>, ServiceError> {
        if let Some(organisation) = self.organisations.get(&member).await {
            return Ok(Some(organisation));
        }
        let Some(stored) = self.context.store.load_member(member).await? else {
            return Ok(None);
        };
        let organisation = stored.member.organisation;
        self.organisations.insert(member, organisation).await;
        Ok(Some(organisation))
    }

    /// What the meeting and its organisation say about the chat, and whether it is for text only.
    async fn rules(&self, thread: &Thread) -> Result<(ChatRules, bool), ServiceError> {
        let ThreadKind::Meeting(organisation) = thread.kind else {
            return Ok((ChatRules::default(), false));
        };
        let Some(stored) = self.context.store.load_meeting(&thread.id).await? else {
            return Ok((ChatRules::default(), true));
        };
        let options = &stored.meeting.options;
        let rules = ChatRules {
            option: options.chat,
            policy: self.policies.load(organisation).await?.meeting_chat,
            share_all: options.chat_history_shared,
        };
        Ok((rules, options.chat_text_only))
    }

    /// Whether the caller may read the thread, and what of it.
    async fn admit_reader(
        &self,
        caller: &Principal,
        id: &ThreadId,
    ) -> Result<Admitted, ServiceError> {
        rights::may_ever(caller, Act::Read).map_err(|_| FORBIDDEN)?;
        self.counters
            .count(Counted::Reads, &caller.raw_id, Some(id))
            .await?;
        self.admit(caller, id, Act::Read).await
    }

    /// Whether the caller is in the thread now. Whoever is not any more keeps old messages, and learns nothing new.
    async fn admit_insider(
        &self,
        caller: &Principal,
        id: &ThreadId,
    ) -> Result<Thread, ServiceError> {
        let Admitted { thread, sight } = self.admit_reader(caller, id).await?;
        sight.open_from().map(|_| thread).ok_or(FORBIDDEN)
    }

    /// Whether the caller may do what saves nothing.
    async fn admit(
        &self,
        caller: &Principal,
        id: &ThreadId,
        act: Act,
    ) -> Result<Admitted, ServiceError> {
        let Some(thread) = self.context.store.load_thread(id).await? else {
            return Err(FORBIDDEN);
        };
        let (windows, call_is_on) = self.context.store.load_stay(id, &caller.raw_id).await?;
        let place = Place {
            kind: thread.kind,
            rules: self.rules(&thread).await?.0,
            call_is_on,
            windows: &windows,
        };
        let sight = rights::decide(caller, act, &place).map_err(|_| FORBIDDEN)?;
        Ok(Admitted { thread, sight })
    }

    /// Begins a change after checking that the caller may make it. Until it is over, no other change begins.
    async fn admit_writer(
        &self,
        caller: &Principal,
        id: &ThreadId,
        act: Act,
    ) -> Result<(ThreadWrite, Sight), ServiceError> {
        let mut write = self
            .context
            .store
            .change_thread(id)
            .await?
            .ok_or(FORBIDDEN)?;
        let windows = write.windows(&caller.raw_id).await?;
        let is_meeting = matches!(write.thread.kind, ThreadKind::Meeting(_));
        let place = Place {
            kind: write.thread.kind,
            rules: self.rules(&write.thread).await?.0,
            call_is_on: is_meeting && write.call_is_on().await?,
            windows: &windows,
        };
        let sight = rights::decide(caller, act, &place).map_err(|refusal| {
            tracing::debug!(%refusal, "chat refused");
            FORBIDDEN
        })?;
        Ok((write, sight))
    }

    /// The caller as a person of the thread.
    async fn caller_in(
        &self,
        write: &mut ThreadWrite,
        raw_id: &RawId,
    ) -> Result<Participant, ServiceError> {
        let known = write.person(raw_id).await?;
        Ok(known.unwrap_or_else(|| nameless(raw_id)))
    }

    /// Commits a change and tells everybody who is in the thread then, and `also`.
    async fn finish(
        &self,
        write: ThreadWrite,
        names: &mut Names<'_>,
        also: Vec<RawId>,
        events: Vec<(Timestamp, Event)>,
    ) -> Result<Thread, ServiceError> {
        self.finish_without(write, names, also, events, Vec::new())
            .await
    }

    /// The same, and takes back from `shut_out` what of this thread has not reached them yet.
    async fn finish_without(
        &self,
        mut write: ThreadWrite,
        names: &mut Names<'_>,
        also: Vec<RawId>,
        events: Vec<(Timestamp, Event)>,
        shut_out: Vec<RawId>,
    ) -> Result<Thread, ServiceError> {
        let mut people = write.people_inside().await?;
        people.extend(also);
        let audience = names.audience(people).await?;
        let (hub, thread) = (self.hub.clone(), write.thread.id.clone());
        // What is saved is told in the order of saving, also when the caller hangs up in between.
        let tell = move || {
            for (at, event) in events {
                let thread = thread.clone();
                hub.announce(&audience, Notice { thread, at, event });
            }
            for raw_id in &shut_out {
                hub.withdraw(raw_id, &thread);
            }
        };
        Ok(write.commit_then(tell).await?)
    }
}

fn nameless(raw_id: &RawId) -> Participant {
    Participant {
        raw_id: raw_id.clone(),
        display_name: String::new(),
        history_from: Timestamp::default(),
        metadata: Default::default(),
    }
}

fn properties(thread: &Thread) -> Properties {
    Properties {
        topic: thread.topic.clone(),
        metadata: thread.metadata.clone(),
        retention: thread.retention,
    }
}
