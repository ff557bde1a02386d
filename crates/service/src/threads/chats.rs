//! Chat threads as a whole: make, look at, list, change, delete, and end by retention.
use super::{
    FORBIDDEN, Page, Threads,
    limits::Counted,
    meeting::system,
    nameless,
    names::Names,
    page_limit,
    participants::{RefusedParticipant, check_people},
    properties,
};
use crate::{
    ServiceError,
    context::random_bytes,
    notifications::{Event, Notice},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parvis_domain::{
    ids::{RawId, ThreadId},
    principal::Principal,
    thread::{
        Body, Circle, MessageKind, Metadata, Participant, Retention, Thread, ThreadKind, content,
        rights::{self, Act},
    },
    time::Timestamp,
};
use parvis_store::threads::{Creation, ThreadSummary, ThreadWrite};
use std::time::Duration;

/// How often ended threads are looked for.
const RETENTION_PERIOD: Duration = Duration::from_secs(3_600);
/// Ended threads deleted in one go.
const RETENTION_BATCH: u32 = 100;
/// Longest name of a request, in bytes.
const REQUEST_BYTES_MAX: usize = 256;

/// A chat thread to be made.
#[derive(Clone, Debug)]
pub struct NewThread {
    /// Its subject.
    pub topic: String,
    /// Who is in it besides the caller; naming the caller gives the caller's own name.
    pub people: Vec<Participant>,
    /// What the app attaches.
    pub metadata: Metadata,
    /// How long it is kept.
    pub retention: Option<Retention>,
    /// The caller's own name of the request: repeated, it answers the same thread.
    pub request: Option<String>,
}

/// A change of a thread; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ThreadChange {
    /// Its subject from now on.
    pub topic: Option<String>,
    /// Merged into what is attached.
    pub metadata: Option<Metadata>,
    /// How long it is kept from now on.
    pub retention: Option<Retention>,
}

impl Threads {
    /// Makes a chat thread with the caller in it; answers it and who could not be let in.
    pub async fn create_thread(
        &self,
        caller: &Principal,
        new: NewThread,
    ) -> Result<(Thread, Vec<RefusedParticipant>), ServiceError> {
        rights::may_ever(caller, Act::CreateThread).map_err(|_| FORBIDDEN)?;
        check_new(&new)?;
        self.counters
            .count(Counted::Threads, &caller.raw_id, None)
            .await?;
        let thread = self.blank_thread(caller, &new)?;
        let creation = self
            .context
            .store
            .create_thread(thread, new.request.as_deref());
        let mut write = match creation.await? {
            Creation::New(write) => *write,
            Creation::Repeated(id, refused) => {
                let thread = self.admit_insider(caller, &id).await?;
                let refused = serde_json::from_str(&refused);
                return Ok((thread, refused.map_err(damaged)?));
            }
        };
        write.thread.retention = new.retention;
        let own = new
            .people
            .iter()
            .find(|person| person.raw_id == caller.raw_id);
        let own = own.cloned().unwrap_or_else(|| nameless(&caller.raw_id));
        let mut people = vec![own];
        people.extend(
            new.people
                .into_iter()
                .filter(|person| person.raw_id != caller.raw_id),
        );
        let (came, refused) = self.let_in(&mut write, people).await?;
        if new.request.is_some() && !refused.is_empty() {
            let text = serde_json::to_string(&refused).map_err(damaged)?;
            write.note_refused(&text).await?;
        }
        let thread = self.announce_creation(write, &caller.raw_id, came).await?;
        Ok((thread, refused))
    }

    fn blank_thread(&self, caller: &Principal, new: &NewThread) -> Result<Thread, ServiceError> {
        let resource = caller.raw_id.resource().ok_or(FORBIDDEN)?;
        let now = self.context.now();
        Ok(Thread {
            id: random_thread_id()?,
            kind: ThreadKind::Chat(resource),
            topic: new.topic.clone(),
            created_by: caller.raw_id.clone(),
            created_on: now,
            metadata: new.metadata.clone(),
            retention: new.retention,
            last_tick: now,
            last_sequence: 0,
            last_message_on: None,
        })
    }

    pub(super) async fn announce_creation(
        &self,
        mut write: ThreadWrite,
        creator: &RawId,
        came: Vec<Participant>,
    ) -> Result<Thread, ServiceError> {
        let now = self.context.now();
        let by = self.caller_in(&mut write, creator).await?;
        let mut names = Names::of(self, &write.thread).await?;
        let event = Event::ThreadCreated {
            by: names.person(&by).await?,
            people: names.people(&came).await?,
            properties: properties(&write.thread),
        };
        let people = system(MessageKind::ParticipantAdded, Body::People(came), &by);
        let mut at = write.append(people, now).await?.version;
        if !matches!(write.thread.kind, ThreadKind::Members(_, Circle::Pair)) {
            let topic = Body::Topic(write.thread.topic.clone());
            let topic = system(MessageKind::TopicUpdated, topic, &by);
            at = write.append(topic, now).await?.version;
        }
        self.finish(write, &mut names, Vec::new(), vec![(at, event)])
            .await
    }

    /// A thread's properties.
    pub async fn load_thread(
        &self,
        caller: &Principal,
        id: &ThreadId,
    ) -> Result<Thread, ServiceError> {
        self.admit_insider(caller, id).await
    }

    /// A page of the threads that the caller is in. `next` is the number to hand in as `before`.
    pub async fn list_threads(
        &self,
        caller: &Principal,
        since: Timestamp,
        before: Option<i64>,
        limit: Option<u32>,
    ) -> Result<Page<ThreadSummary>, ServiceError> {
        let limit = page_limit(limit)?;
        rights::may_ever(caller, Act::Read).map_err(|_| FORBIDDEN)?;
        self.counters
            .count(Counted::Reads, &caller.raw_id, None)
            .await?;
        let mut threads = self
            .context
            .store
            .list_threads(&caller.raw_id, since, before, limit + 1)
            .await?;
        for summary in &mut threads {
            // When others wrote before the caller came is not the caller's to know.
            let last = summary.thread.last_message_on;
            summary.thread.last_message_on = last.filter(|last| *last >= summary.visible_from);
        }
        Ok(Page::cut(threads, limit, |summary| summary.number))
    }

    /// Changes a thread's subject, metadata or retention.
    pub async fn change_thread(
        &self,
        caller: &Principal,
        id: &ThreadId,
        change: ThreadChange,
    ) -> Result<(), ServiceError> {
        rights::may_ever(caller, Act::ChangeThread).map_err(|_| FORBIDDEN)?;
        content::check_topic(change.topic.as_deref().unwrap_or_default())?;
        self.counters
            .count(Counted::Changes, &caller.raw_id, Some(id))
            .await?;
        let (mut write, _) = self.admit_writer(caller, id, Act::ChangeThread).await?;
        let before = write.thread.clone();
        if let Some(topic) = change.topic {
            write.thread.topic = topic;
        }
        if let Some(change) = change.metadata {
            write.thread.metadata = content::merge_metadata(&write.thread.metadata, &change);
            content::check_metadata(&write.thread.metadata)?;
        }
        write.thread.retention = change.retention.or(write.thread.retention);
        if write.thread == before {
            return Ok(());
        }
        let by = self.caller_in(&mut write, &caller.raw_id).await?;
        let mut at = write.thread.tick(self.context.now());
        if write.thread.topic != before.topic {
            let topic = Body::Topic(write.thread.topic.clone());
            let renamed = system(MessageKind::TopicUpdated, topic, &by);
            at = write.append(renamed, self.context.now()).await?.version;
        }
        let mut names = Names::of(self, &write.thread).await?;
        let event = Event::ThreadUpdated {
            by: names.person(&by).await?,
            properties: properties(&write.thread),
        };
        self.finish(write, &mut names, Vec::new(), vec![(at, event)])
            .await?;
        Ok(())
    }

    /// Deletes a chat thread with everything in it.
    pub async fn delete_thread(
        &self,
        caller: &Principal,
        id: &ThreadId,
    ) -> Result<(), ServiceError> {
        rights::may_ever(caller, Act::DeleteThread).map_err(|_| FORBIDDEN)?;
        self.counters
            .count(Counted::Threads, &caller.raw_id, None)
            .await?;
        let (mut write, _) = self.admit_writer(caller, id, Act::DeleteThread).await?;
        let by = self.caller_in(&mut write, &caller.raw_id).await?;
        self.delete(write, Some(by)).await
    }

    /// Deletes a thread and tells those who are in it.
    pub(super) async fn delete(
        &self,
        mut write: ThreadWrite,
        by: Option<Participant>,
    ) -> Result<(), ServiceError> {
        let mut names = Names::of(self, &write.thread).await?;
        let people = write.people_inside().await?;
        let audience = names.audience(people).await?;
        let by = match by {
            Some(by) => Some(names.person(&by).await?),
            None => None,
        };
        let at = write.thread.tick(self.context.now());
        let thread = write.thread.id.clone();
        let event = Event::ThreadDeleted { by };
        let hub = self.hub.clone();
        let tell = move || hub.announce(&audience, Notice { thread, at, event });
        Ok(write.delete_then(tell).await?)
    }

    /// Deletes the threads whose retention has ended; answers how many.
    pub async fn delete_ended_threads(&self) -> Result<usize, ServiceError> {
        let now = self.context.now();
        let ended = self
            .context
            .store
            .list_ended_threads(now, RETENTION_BATCH)
            .await?;
        for id in &ended {
            if let Some(write) = self.context.store.change_thread(id).await? {
                self.delete(write, None).await?;
            }
        }
        Ok(ended.len())
    }

    /// Looks for ended threads from now on.
    pub async fn keep_retention(self) {
        loop {
            match self.delete_ended_threads().await {
                Ok(0) => {}
                Ok(count) => {
                    tracing::info!(count, "deleted chat threads at the end of their retention")
                }
                Err(error) => tracing::warn!(%error, "cannot delete ended chat threads"),
            }
            tokio::time::sleep(RETENTION_PERIOD).await;
        }
    }
}

pub(super) fn random_thread_id() -> Result<ThreadId, ServiceError> {
    let name = URL_SAFE_NO_PAD.encode(random_bytes::<33>());
    ThreadId::chat(&name)
        .ok_or_else(|| ServiceError::Internal("a made thread id is bad".to_owned()))
}

fn damaged(error: serde_json::Error) -> ServiceError {
    ServiceError::Internal(format!("the refused of a creation: {error}"))
}

fn check_new(new: &NewThread) -> Result<(), ServiceError> {
    content::check_topic(&new.topic)?;
    content::check_metadata(&new.metadata)?;
    check_people(&new.people)?;
    let request = new.request.as_deref().unwrap_or_default();
    if request.len() > REQUEST_BYTES_MAX {
        return Err(ServiceError::invalid(
            "repeatability-request-id",
            "The request id is too long.",
        ));
    }
    Ok(())
}
