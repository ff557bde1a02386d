//! Chat threads: what a thread, a message and a participant are, and the bounds of each. Who may do what is in `rights`,
//! what a person may read in `window`, what may be written in `content`. Knows no wire format and no store.
pub mod content;
pub mod rights;
#[cfg(test)]
mod tests;
pub mod window;

use crate::{
    ids::{OrganisationId, RawId, ResourceId, ThreadId},
    time::Timestamp,
};
use std::collections::BTreeMap;

/// People in one chat thread at a time.
pub const PARTICIPANTS_MAX: usize = 250;
/// People added by one request.
pub const ADDED_MAX: usize = 200;
/// Above so many participants nobody hears of typing and read receipts.
pub const TYPING_PARTICIPANTS_MAX: usize = 20;
/// Entries on one page of any list.
pub const PAGE_MAX: u32 = 200;
/// Entries on a page when the caller does not say.
pub const PAGE_DEFAULT: u32 = 100;

/// Name and value pairs that apps attach to threads, messages and participants.
pub type Metadata = BTreeMap<String, String>;

/// Whose thread it is; it decides who manages the participants and how windows work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadKind {
    /// Made through the chat dialect by an identity of a resource. Its participants manage it.
    Chat(ResourceId),
    /// Made with a meeting. The meeting manages it; outsiders are in it only through windows.
    Meeting(OrganisationId),
    /// A chat of members of one organisation. Nobody from outside is ever in it.
    Members(OrganisationId, Circle),
}

/// How wide a chat of members is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circle {
    /// Two people, the same for good.
    Pair,
    /// Several; its members manage it.
    Group,
}

/// How long a thread is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// For ever, said explicitly.
    Keep,
    /// Deleted so many days after its creation; 30 to 90.
    DeleteAfterDays(u8),
}

impl Retention {
    /// A number of days that a thread may be kept.
    pub fn days(days: i64) -> Option<Self> {
        u8::try_from(days)
            .ok()
            .filter(|days| (30..=90).contains(days))
            .map(Self::DeleteAfterDays)
    }

    /// When a thread made at `created_on` has to be gone.
    pub fn deadline(self, created_on: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Keep => None,
            Self::DeleteAfterDays(days) => {
                let span = std::time::Duration::from_secs(u64::from(days) * 86_400);
                Some(created_on.plus(span))
            }
        }
    }
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its name.
    pub id: ThreadId,
    /// Whose it is.
    pub kind: ThreadKind,
    /// The subject shown to participants.
    pub topic: String,
    /// Who made it.
    pub created_by: RawId,
    /// When.
    pub created_on: Timestamp,
    /// What the app attached.
    pub metadata: Metadata,
    /// How long it is kept; `None` when nobody said.
    pub retention: Option<Retention>,
    /// The thread's own clock: the moment of its last change. No two changes of a thread have the same moment.
    pub last_tick: Timestamp,
    /// The sequence number given last.
    pub last_sequence: i64,
    /// When the last message of a person came in.
    pub last_message_on: Option<Timestamp>,
}

impl Thread {
    /// The next moment of the thread's clock: `now`, or just after the last change if the machine's clock lags.
    /// INVARIANT: grows with every call, so a change after a window has closed never falls into the window.
    pub fn tick(&mut self, now: Timestamp) -> Timestamp {
        self.last_tick = Timestamp(now.0.max(self.last_tick.0.saturating_add(1)));
        self.last_tick
    }
}

/// The form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Plain text.
    Text,
    /// Sanitised HTML.
    Html,
    /// The thread's subject has changed.
    TopicUpdated,
    /// People came in.
    ParticipantAdded,
    /// People went out.
    ParticipantRemoved,
}

impl MessageKind {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
            Self::TopicUpdated => "topicUpdated",
            Self::ParticipantAdded => "participantAdded",
            Self::ParticipantRemoved => "participantRemoved",
        }
    }

    /// Reads a wire name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Text,
            Self::Html,
            Self::TopicUpdated,
            Self::ParticipantAdded,
            Self::ParticipantRemoved,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }

    /// Whether people send it, as opposed to the service.
    pub fn is_written(self) -> bool {
        matches!(self, Self::Text | Self::Html)
    }
}

/// A person in a system message or in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub raw_id: RawId,
    /// The name as it was given, without a label.
    pub display_name: String,
    /// From when on the person may read; the epoch means everything.
    pub history_from: Timestamp,
    /// What the app attached.
    pub metadata: Metadata,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Text or HTML; empty once deleted.
    Written(String),
    /// The new subject.
    Topic(String),
    /// Who came or went.
    People(Vec<Participant>),
}

/// A message of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When it came in, by the thread's clock; also its id within the thread.
    pub id: Timestamp,
    /// Grows with every message, edit and delete of the thread.
    pub sequence: i64,
    /// The moment of its last change; equals `id` until then.
    pub version: Timestamp,
    /// Its form.
    pub kind: MessageKind,
    /// What it says.
    pub body: Body,
    /// Who wrote it, or who caused a system message.
    pub author: RawId,
    /// The name as it was given, without a label.
    pub author_name: Option<String>,
    /// What the app attached.
    pub metadata: Metadata,
    /// When it was last edited.
    pub edited_on: Option<Timestamp>,
    /// When it was deleted; it stays as an empty tombstone.
    pub deleted_on: Option<Timestamp>,
}

/// How far somebody has read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Who.
    pub raw_id: RawId,
    /// The last message read.
    pub message: Timestamp,
    /// When that was told.
    pub read_on: Timestamp,
}
