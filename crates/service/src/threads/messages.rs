//! Sending, reading, editing and deleting messages.
use super::{Admitted, FORBIDDEN, Page, Threads, html, limits::Counted, names::Names, page_limit};
use crate::{
    ServiceError,
    notifications::{Event, Name},
};
use parvis_domain::{
    ids::{RawId, ThreadId},
    principal::Principal,
    thread::{
        Body, Message, MessageKind, Metadata, ThreadKind, content,
        rights::{self, Act},
    },
    time::Timestamp,
};
use parvis_store::threads::{MessageQuery, NewMessage, ThreadWrite};

/// A message that somebody sends.
#[derive(Clone, Debug)]
pub struct NewText {
    /// Text or html.
    pub kind: MessageKind,
    /// What it says.
    pub content: String,
    /// The name that the app gives; of no meaning in meetings.
    pub sender_name: Option<String>,
    /// What the app attaches.
    pub metadata: Metadata,
}

/// A change of a message; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct MessageChange {
    /// What it says from now on.
    pub content: Option<String>,
    /// Merged into what is attached.
    pub metadata: Option<Metadata>,
}

impl Threads {
    /// Sends a message; answers its id once it is durable.
    pub async fn send_message(
        &self,
        caller: &Principal,
        thread: &ThreadId,
        new: NewText,
    ) -> Result<Timestamp, ServiceError> {
        rights::may_ever(caller, Act::Write).map_err(|_| FORBIDDEN)?;
        content::check_message(new.kind, &new.content, &new.metadata)?;
        content::check_name(new.sender_name.as_deref().unwrap_or_default())?;
        self.counters
            .count(Counted::Messages, &caller.raw_id, Some(thread))
            .await?;
        let (mut write, _) = self.admit_writer(caller, thread, Act::Write).await?;
        let author_name = self
            .author_name(&mut write, caller, new.sender_name)
            .await?;
        let body = self
            .written(&write, new.kind, new.content, &new.metadata)
            .await?;
        let new = NewMessage {
            kind: new.kind,
            body,
            author: caller.raw_id.clone(),
            author_name,
            metadata: new.metadata,
        };
        let message = write.append(new, self.context.now()).await?;
        // An identity's resource pays for each message; members and visitors cost nobody anything.
        if let RawId::External { resource, .. } = caller.raw_id {
            write.meter(resource, &message);
        }
        let id = message.id;
        self.announce_message(write, message, Event::MessageReceived)
            .await?;
        Ok(id)
    }

    /// A page of messages, newest change first. `next` is the version to hand in as `before`.
    pub async fn list_messages(
        &self,
        caller: &Principal,
        id: &ThreadId,
        since: Timestamp,
        before: Option<Timestamp>,
        limit: Option<u32>,
    ) -> Result<Page<Message>, ServiceError> {
        let limit = page_limit(limit)?;
        let Admitted { thread, sight } = self.admit_reader(caller, id).await?;
        let query = MessageQuery {
            sight: &sight,
            since,
            before,
            limit: limit + 1,
        };
        let mut messages = self.context.store.list_messages(id, query).await?;
        let mut names = Names::of(self, &thread).await?;
        let viewer = names.viewer(caller);
        for message in &mut messages {
            names.show_message(message, viewer).await?;
        }
        Ok(Page::cut(messages, limit, |message| message.version.0))
    }

    /// One message.
    pub async fn load_message(
        &self,
        caller: &Principal,
        id: &ThreadId,
        message: Timestamp,
    ) -> Result<Message, ServiceError> {
        let Admitted { thread, sight } = self.admit_reader(caller, id).await?;
        let found = self.context.store.load_message(id, message).await?;
        let mut message = found
            .filter(|message| sight.shows(message.id, message.version))
            .ok_or(ServiceError::NotFound("message"))?;
        let mut names = Names::of(self, &thread).await?;
        let viewer = names.viewer(caller);
        names.show_message(&mut message, viewer).await?;
        Ok(message)
    }

    /// Edits an own message.
    pub async fn edit_message(
        &self,
        caller: &Principal,
        thread: &ThreadId,
        id: Timestamp,
        change: MessageChange,
    ) -> Result<(), ServiceError> {
        let (mut write, mut message) = self.own_message(caller, thread, id, Act::Write).await?;
        if let Some(change) = &change.metadata {
            message.metadata = content::merge_metadata(&message.metadata, change);
        }
        let is_changed = change.content.is_some() || change.metadata.is_some();
        let text = match (change.content, &message.body) {
            (Some(text), _) => text,
            (None, Body::Written(text)) => text.clone(),
            (None, Body::Topic(_) | Body::People(_)) => return Err(FORBIDDEN),
        };
        content::check_message(message.kind, &text, &message.metadata)?;
        if !is_changed {
            return Ok(());
        }
        message.body = self
            .written(&write, message.kind, text, &message.metadata)
            .await?;
        write.replace(&mut message, self.context.now()).await?;
        self.announce_message(write, message, Event::MessageEdited)
            .await
    }

    /// Deletes an own message; an empty one stays in its place.
    pub async fn delete_message(
        &self,
        caller: &Principal,
        thread: &ThreadId,
        id: Timestamp,
    ) -> Result<(), ServiceError> {
        let (mut write, mut message) = self.own_message(caller, thread, id, Act::Withdraw).await?;
        message.body = Body::Written(String::new());
        message.metadata = Metadata::new();
        message.deleted_on = Some(self.context.now());
        write.replace(&mut message, self.context.now()).await?;
        self.announce_message(write, message, Event::MessageDeleted)
            .await
    }

    /// Begins a change of a message of the caller that is not deleted.
    async fn own_message(
        &self,
        caller: &Principal,
        thread: &ThreadId,
        id: Timestamp,
        act: Act,
    ) -> Result<(ThreadWrite, Message), ServiceError> {
        rights::may_ever(caller, act).map_err(|_| FORBIDDEN)?;
        self.counters
            .count(Counted::Messages, &caller.raw_id, Some(thread))
            .await?;
        let (mut write, sight) = self.admit_writer(caller, thread, act).await?;
        let message = write
            .message(id)
            .await?
            .filter(|message| sight.shows(message.id, message.version))
            .ok_or(ServiceError::NotFound("message"))?;
        rights::may_change(caller, &message).map_err(|_| FORBIDDEN)?;
        if message.deleted_on.is_some() {
            return Err(ServiceError::NotFound("message"));
        }
        Ok((write, message))
    }

    /// In a meeting nobody chooses a name for a message: members have the directory's, others the one they joined with.
    async fn author_name(
        &self,
        write: &mut ThreadWrite,
        caller: &Principal,
        given: Option<String>,
    ) -> Result<Option<String>, ServiceError> {
        match (write.thread.kind, &caller.raw_id) {
            (ThreadKind::Chat(_), _) => Ok(given.filter(|name| !name.is_empty())),
            (ThreadKind::Meeting(_) | ThreadKind::Members(..), RawId::Member(oid)) => {
                self.directory_name(*oid).await.map(Some)
            }
            (ThreadKind::Meeting(_) | ThreadKind::Members(..), raw_id) => {
                Ok(Some(self.caller_in(write, raw_id).await?.display_name))
            }
        }
    }

    async fn written(
        &self,
        write: &ThreadWrite,
        kind: MessageKind,
        content: String,
        metadata: &Metadata,
    ) -> Result<Body, ServiceError> {
        if kind != MessageKind::Html {
            return Ok(Body::Written(content));
        }
        let (_, text_only) = self.rules(&write.thread).await?;
        let kept = html::sanitise(&content, text_only);
        // Sanitising writes out what was left implicit: a flood of bare links would be kept at ten times its size.
        content::check_size(&kept, metadata)?;
        Ok(Body::Written(kept))
    }

    async fn announce_message(
        &self,
        write: ThreadWrite,
        message: Message,
        event: fn(Box<Message>, Name) -> Event,
    ) -> Result<(), ServiceError> {
        let mut names = Names::of(self, &write.thread).await?;
        let given = message.author_name.as_deref().unwrap_or_default();
        let name = names.name(&message.author, given).await?;
        let at = message.version;
        let event = event(Box::new(message), name);
        self.finish(write, &mut names, Vec::new(), vec![(at, event)])
            .await?;
        Ok(())
    }
}
