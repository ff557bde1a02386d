//! Between rows and the domain's types.
use crate::StoreError;
use parvis_domain::{
    ids::{RawId, ThreadId},
    thread::{
        Body, Circle, Message, MessageKind, Metadata, Participant, Retention, Thread, ThreadKind,
        window::Window,
    },
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

pub(super) fn raw_id(text: &str) -> Result<RawId, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt("a raw id"))
}

pub(super) fn thread_id(text: &str) -> Result<ThreadId, StoreError> {
    ThreadId::parse(text).ok_or(StoreError::Corrupt("a thread id"))
}

pub(super) fn circle_name(circle: Circle) -> &'static str {
    match circle {
        Circle::Pair => "pair",
        Circle::Group => "group",
    }
}

pub(super) fn metadata(text: &str) -> Result<Metadata, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("metadata"))
}

#[derive(sqlx::FromRow)]
pub(super) struct ThreadRow {
    pub(super) number: i64,
    id: String,
    resource_id: Option<String>,
    organisation_id: Option<String>,
    circle: Option<String>,
    topic: String,
    created_by: String,
    created_on: i64,
    metadata: String,
    retention_days: Option<i64>,
    last_tick: i64,
    last_sequence: i64,
    last_message_on: Option<i64>,
}

impl ThreadRow {
    pub(super) fn thread(self) -> Result<Thread, StoreError> {
        const OWNER: StoreError = StoreError::Corrupt("a thread's owner");
        let kind = match (
            self.resource_id,
            self.organisation_id,
            self.circle.as_deref(),
        ) {
            (Some(id), None, None) => ThreadKind::Chat(id.parse().map_err(|_| OWNER)?),
            (None, Some(id), None) => ThreadKind::Meeting(id.parse().map_err(|_| OWNER)?),
            (None, Some(id), Some("pair")) => {
                ThreadKind::Members(id.parse().map_err(|_| OWNER)?, Circle::Pair)
            }
            (None, Some(id), Some("group")) => {
                ThreadKind::Members(id.parse().map_err(|_| OWNER)?, Circle::Group)
            }
            _ => return Err(OWNER),
        };
        let retention = match self.retention_days {
            None => None,
            Some(0) => Some(Retention::Keep),
            Some(days) => {
                Some(Retention::days(days).ok_or(StoreError::Corrupt("a retention policy"))?)
            }
        };
        Ok(Thread {
            id: thread_id(&self.id)?,
            kind,
            topic: self.topic,
            created_by: raw_id(&self.created_by)?,
            created_on: Timestamp(self.created_on),
            metadata: metadata(&self.metadata)?,
            retention,
            last_tick: Timestamp(self.last_tick),
            last_sequence: self.last_sequence,
            last_message_on: self.last_message_on.map(Timestamp),
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct WindowRow {
    opened_on: i64,
    visible_from: i64,
    closed_on: Option<i64>,
    permanent: bool,
}

impl From<WindowRow> for Window {
    fn from(row: WindowRow) -> Self {
        Self {
            opened_on: Timestamp(row.opened_on),
            visible_from: Timestamp(row.visible_from),
            closed_on: row.closed_on.map(Timestamp),
            permanent: row.permanent,
        }
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct PersonRow {
    raw_id: String,
    display_name: String,
    metadata: String,
    visible_from: i64,
}

impl PersonRow {
    pub(super) fn participant(self) -> Result<Participant, StoreError> {
        Ok(Participant {
            raw_id: raw_id(&self.raw_id)?,
            display_name: self.display_name,
            history_from: Timestamp(self.visible_from),
            metadata: metadata(&self.metadata)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct MessageRow {
    id: i64,
    sequence: i64,
    version: i64,
    kind: String,
    body: String,
    author: String,
    author_name: Option<String>,
    metadata: String,
    edited_on: Option<i64>,
    deleted_on: Option<i64>,
}

impl MessageRow {
    pub(super) fn message(self) -> Result<Message, StoreError> {
        let kind = MessageKind::parse(&self.kind).ok_or(StoreError::Corrupt("a message's kind"))?;
        Ok(Message {
            id: Timestamp(self.id),
            sequence: self.sequence,
            version: Timestamp(self.version),
            kind,
            body: body(kind, self.body)?,
            author: raw_id(&self.author)?,
            author_name: self.author_name,
            metadata: metadata(&self.metadata)?,
            edited_on: self.edited_on.map(Timestamp),
            deleted_on: self.deleted_on.map(Timestamp),
        })
    }
}

/// A participant inside a system message.
#[derive(Serialize, Deserialize)]
struct Person {
    raw_id: String,
    name: String,
    from: Timestamp,
    metadata: Metadata,
}

pub(super) fn body_text(body: &Body) -> String {
    match body {
        Body::Written(text) | Body::Topic(text) => text.clone(),
        Body::People(people) => people_text(people),
    }
}

pub(super) fn people_text(people: &[Participant]) -> String {
    let people: Vec<Person> = people
        .iter()
        .map(|person| Person {
            raw_id: person.raw_id.to_string(),
            name: person.display_name.clone(),
            from: person.history_from,
            metadata: person.metadata.clone(),
        })
        .collect();
    json(&people)
}

fn body(kind: MessageKind, text: String) -> Result<Body, StoreError> {
    match kind {
        MessageKind::Text | MessageKind::Html => Ok(Body::Written(text)),
        MessageKind::TopicUpdated => Ok(Body::Topic(text)),
        MessageKind::ParticipantAdded | MessageKind::ParticipantRemoved => {
            let people: Vec<Person> =
                serde_json::from_str(&text).map_err(|_| StoreError::Corrupt("a system message"))?;
            people
                .into_iter()
                .map(|person| {
                    Ok(Participant {
                        raw_id: raw_id(&person.raw_id)?,
                        display_name: person.name,
                        history_from: person.from,
                        metadata: person.metadata,
                    })
                })
                .collect::<Result<_, StoreError>>()
                .map(Body::People)
        }
    }
}
