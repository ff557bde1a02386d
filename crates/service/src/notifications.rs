//! Live news of chat: what may be told, to whom. Who listens is in `hub`, what waits for each client in `mailbox`. What a
//! person may hear is decided by `threads`; nothing is filtered here.
mod hub;
mod mailbox;
#[cfg(test)]
mod tests;
mod tickets;

pub use hub::{Connection, Notifications};
pub use tickets::Ticket;

use parvis_domain::{
    ids::{RawId, ThreadId},
    label::Viewer,
    thread::{Message, Metadata, Retention},
    time::Timestamp,
};
use std::sync::Arc;

/// A name, which members see with a label behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// For everybody else.
    pub plain: String,
    /// For members of the thread's organisation.
    pub labelled: String,
}

impl Name {
    /// As `viewer` is to see it.
    pub fn shown_to(&self, viewer: Viewer) -> &str {
        match viewer {
            Viewer::Member => &self.labelled,
            Viewer::Outsider => &self.plain,
        }
    }
}

/// A person in the news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub raw_id: RawId,
    /// Their name.
    pub name: Name,
    /// From when on they may read.
    pub history_from: Timestamp,
    /// What the app attached.
    pub metadata: Metadata,
}

/// What a thread looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Its subject.
    pub topic: String,
    /// What the app attached.
    pub metadata: Metadata,
    /// How long it is kept.
    pub retention: Option<Retention>,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message came in.
    MessageReceived(Box<Message>, Name),
    /// A message was edited.
    MessageEdited(Box<Message>, Name),
    /// A message was deleted.
    MessageDeleted(Box<Message>, Name),
    /// Somebody types.
    Typing(Person),
    /// Somebody has read up to a message.
    ReadReceipt {
        /// Who.
        reader: RawId,
        /// The message.
        message: Timestamp,
    },
    /// A thread was made.
    ThreadCreated {
        /// By whom.
        by: Person,
        /// Who is in it.
        people: Vec<Person>,
        /// What it looks like.
        properties: Properties,
    },
    /// Subject, metadata or retention changed.
    ThreadUpdated {
        /// By whom.
        by: Person,
        /// What it looks like now.
        properties: Properties,
    },
    /// The thread is gone.
    ThreadDeleted {
        /// By whom; `None`: its retention has ended.
        by: Option<Person>,
    },
    /// People came in.
    ParticipantsAdded {
        /// By whom.
        by: Person,
        /// Who.
        people: Vec<Person>,
    },
    /// People went out.
    ParticipantsRemoved {
        /// By whom.
        by: Person,
        /// Who.
        people: Vec<Person>,
    },
}

/// A piece of news of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The thread.
    pub thread: ThreadId,
    /// When, by the thread's clock; also its version.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// Who is told, and how they see names.
pub type Audience = Vec<(RawId, Viewer)>;

/// A piece of news on its way to one client.
pub type News = (Viewer, Arc<Notice>);

/// What a connection hears next.
#[derive(Clone, Debug)]
pub enum Heard {
    /// A piece of news, with the number under which its receipt is confirmed.
    Notice(u32, News),
    /// Some news were lost, because the connection was too slow.
    Loss,
}
