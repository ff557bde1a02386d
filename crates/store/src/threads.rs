//! Chat threads. `ThreadWrite` is one change of one thread: load, decide outside, save, commit. Queries are in `read`.
mod erase;
mod read;
mod rows;
#[cfg(test)]
mod tests;

pub use read::{MessageQuery, StrayWindow, ThreadSummary};

use crate::{Store, StoreError, Write};
use parvis_domain::{
    ids::{RawId, ResourceId, ThreadId},
    thread::{
        Body, Message, MessageKind, Metadata, Participant, Receipt, Retention, Thread, ThreadKind,
        window::Window,
    },
    time::Timestamp,
};

/// Saves what is kept of the thread itself.
const SAVE: &str =
    "UPDATE thread SET topic = ?2, metadata = ?3, retention_days = ?4, delete_on = ?5, last_tick = ?6,
            last_sequence = ?7, last_message_on = ?8 WHERE number = ?1";
/// As `SAVE`, with the record of a message that somebody pays for: in one go, since the way to the database costs more than
/// the statement.
const SAVE_AND_METER: &str =
    "UPDATE thread SET topic = ?2, metadata = ?3, retention_days = ?4, delete_on = ?5, last_tick = ?6,
            last_sequence = ?7, last_message_on = ?8 WHERE number = ?1;
     INSERT INTO message_usage (thread_id, message_id, resource_id, sent_on) VALUES (?9, ?10, ?11, ?12)
     ON CONFLICT (thread_id, message_id) DO NOTHING";

/// A message about to be saved; moment and number are the thread's to give.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Its form.
    pub kind: MessageKind,
    /// What it says.
    pub body: Body,
    /// Who wrote or caused it.
    pub author: RawId,
    /// The name as it was given.
    pub author_name: Option<String>,
    /// What the app attached.
    pub metadata: Metadata,
}

/// The outcome of beginning a creation that may be a repetition.
pub enum Creation {
    /// The same caller has used the request id before; with who could not come in then, as the service wrote it.
    Repeated(ThreadId, String),
    /// The new thread, not yet committed.
    New(Box<ThreadWrite>),
}

/// One change of a thread, in one transaction. Dropped without `commit`, it is undone.
pub struct ThreadWrite {
    transaction: Write,
    number: i64,
    /// The thread as loaded; changes of topic, metadata and retention are saved by `commit`.
    pub thread: Thread,
    /// Who pays for which message; saved by `commit`.
    metered: Option<(ResourceId, Timestamp)>,
}

impl Store {
    /// Begins the creation of a thread; `request` is the caller's own name of the request, if it has one.
    pub async fn create_thread(
        &self,
        thread: Thread,
        request: Option<&str>,
    ) -> Result<Creation, StoreError> {
        let mut write = self.write().await?;
        let caller = thread.created_by.to_string();
        if let Some(request) = request {
            let before: Option<(String, String)> = sqlx::query_as(
                "SELECT t.id, c.refused FROM thread_creation c JOIN thread t ON t.number = c.thread
                 WHERE c.caller = ?1 AND c.request_id = ?2",
            )
            .bind(&caller)
            .bind(request)
            .fetch_optional(&mut *write)
            .await?;
            if let Some((id, refused)) = before {
                // The first may be under way still: it is answered for when it is durable.
                write.commit().await?;
                return Ok(Creation::Repeated(rows::thread_id(&id)?, refused));
            }
        }
        let number = insert_thread(&mut write, &thread).await?;
        if let Some(request) = request {
            sqlx::query(
                "INSERT INTO thread_creation (caller, request_id, thread) VALUES (?1, ?2, ?3)",
            )
            .bind(&caller)
            .bind(request)
            .bind(number)
            .execute(&mut *write)
            .await?;
        }
        Ok(Creation::New(Box::new(ThreadWrite {
            transaction: write,
            number,
            thread,
            metered: None,
        })))
    }

    /// Begins a change of a thread; `None` when there is none of that name.
    pub async fn change_thread(&self, id: &ThreadId) -> Result<Option<ThreadWrite>, StoreError> {
        let mut write = self.write().await?;
        let found: Option<rows::ThreadRow> = sqlx::query_as("SELECT * FROM thread WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&mut *write)
            .await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(ThreadWrite {
            transaction: write,
            number: row.number,
            thread: row.thread()?,
            metered: None,
        }))
    }
}

async fn insert_thread(write: &mut Write, thread: &Thread) -> Result<i64, StoreError> {
    let (resource, organisation, circle) = match thread.kind {
        ThreadKind::Chat(resource) => (Some(resource.to_string()), None, None),
        ThreadKind::Meeting(organisation) => (None, Some(organisation.to_string()), None),
        ThreadKind::Members(organisation, circle) => {
            (None, Some(organisation.to_string()), Some(circle))
        }
    };
    let done = sqlx::query(
        "INSERT INTO thread (id, resource_id, organisation_id, circle, topic, created_by, created_on, metadata,
                             last_tick, last_sequence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(thread.id.as_str())
    .bind(resource)
    .bind(organisation)
    .bind(circle.map(rows::circle_name))
    .bind(&thread.topic)
    .bind(thread.created_by.to_string())
    .bind(thread.created_on.0)
    .bind(rows::json(&thread.metadata))
    .bind(thread.last_tick.0)
    .bind(thread.last_sequence)
    .execute(&mut **write)
    .await?;
    Ok(done.last_insert_rowid())
}

impl ThreadWrite {
    /// The open windows of a person and the latest closed ones, oldest first.
    pub async fn windows(&mut self, raw_id: &RawId) -> Result<Vec<Window>, StoreError> {
        read::windows(&mut *self.transaction, self.number, raw_id).await
    }

    /// Whether anybody is in the call of the meeting.
    pub async fn call_is_on(&mut self) -> Result<bool, StoreError> {
        read::call_is_on(&mut *self.transaction, self.number).await
    }

    /// Everybody who is in now.
    pub async fn people_inside(&mut self) -> Result<Vec<RawId>, StoreError> {
        // One row: each row more costs as much as the whole query.
        let ids: Option<String> = sqlx::query_scalar(
            "SELECT group_concat(raw_id, char(10)) FROM
                 (SELECT DISTINCT raw_id FROM thread_window WHERE thread = ?1 AND closed_on IS NULL)",
        )
        .bind(self.number)
        .fetch_one(&mut *self.transaction)
        .await?;
        let ids = ids.unwrap_or_default();
        ids.lines().map(rows::raw_id).collect()
    }

    /// What is known of a person who is or was here.
    pub async fn person(&mut self, raw_id: &RawId) -> Result<Option<Participant>, StoreError> {
        read::person(&mut *self.transaction, self.number, raw_id).await
    }

    /// The permanent participants.
    pub async fn permanent_people(&mut self) -> Result<Vec<RawId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT raw_id FROM thread_window WHERE thread = ?1 AND permanent = 1 AND closed_on IS NULL",
        )
        .bind(self.number)
        .fetch_all(&mut *self.transaction)
        .await?;
        ids.iter().map(|id| rows::raw_id(id)).collect()
    }

    /// The people in the call of the meeting.
    pub async fn people_in_call(&mut self) -> Result<Vec<RawId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT raw_id FROM thread_window WHERE thread = ?1 AND permanent = 0 AND closed_on IS NULL",
        )
        .bind(self.number)
        .fetch_all(&mut *self.transaction)
        .await?;
        ids.iter().map(|id| rows::raw_id(id)).collect()
    }

    /// A message.
    pub async fn message(&mut self, id: Timestamp) -> Result<Option<Message>, StoreError> {
        read::message(&mut *self.transaction, self.number, id).await
    }

    /// Adds a message at the thread's next moment.
    pub async fn append(&mut self, new: NewMessage, now: Timestamp) -> Result<Message, StoreError> {
        let id = self.thread.tick(now);
        self.thread.last_sequence += 1;
        if new.kind.is_written() {
            self.thread.last_message_on = Some(id);
        }
        let message = Message {
            id,
            sequence: self.thread.last_sequence,
            version: id,
            kind: new.kind,
            body: new.body,
            author: new.author,
            author_name: new.author_name,
            metadata: new.metadata,
            edited_on: None,
            deleted_on: None,
        };
        sqlx::query(
            "INSERT INTO thread_message (thread, id, sequence, version, kind, body, author, author_name, metadata)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .bind(self.number)
        .bind(message.id.0)
        .bind(message.sequence)
        .bind(message.version.0)
        .bind(message.kind.name())
        .bind(rows::body_text(&message.body))
        .bind(message.author.to_string())
        .bind(&message.author_name)
        .bind(rows::json(&message.metadata))
        .execute(&mut *self.transaction)
        .await?;
        Ok(message)
    }

    /// Notes in the same change that a resource pays for a message.
    pub fn meter(&mut self, resource: ResourceId, message: &Message) {
        self.metered = Some((resource, message.id));
    }

    /// Saves an edited or deleted message at the thread's next moment, with the next sequence number.
    pub async fn replace(
        &mut self,
        message: &mut Message,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        message.version = self.thread.tick(now);
        self.thread.last_sequence += 1;
        message.sequence = self.thread.last_sequence;
        if message.deleted_on.is_some() {
            message.deleted_on = Some(message.version);
        } else {
            message.edited_on = Some(message.version);
        }
        sqlx::query(
            "UPDATE thread_message SET sequence = ?3, version = ?4, body = ?5, metadata = ?6, edited_on = ?7,
                    deleted_on = ?8 WHERE thread = ?1 AND id = ?2",
        )
        .bind(self.number)
        .bind(message.id.0)
        .bind(message.sequence)
        .bind(message.version.0)
        .bind(rows::body_text(&message.body))
        .bind(rows::json(&message.metadata))
        .bind(message.edited_on.map(|moment| moment.0))
        .bind(message.deleted_on.map(|moment| moment.0))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Lets a person in at the thread's next moment, which becomes `history_from` when that is `None`. Answers the person
    /// as now known, or `None` when such a window is open already.
    pub async fn open_window(
        &mut self,
        mut person: Participant,
        shares_history: bool,
        permanent: bool,
        now: Timestamp,
    ) -> Result<Option<Participant>, StoreError> {
        let raw_id = person.raw_id.to_string();
        let inside: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM thread_window WHERE thread = ?1 AND raw_id = ?2 AND permanent = ?3 AND closed_on IS NULL",
        )
        .bind(self.number)
        .bind(&raw_id)
        .bind(permanent)
        .fetch_optional(&mut *self.transaction)
        .await?;
        if inside.is_some() {
            return Ok(None);
        }
        let opened_on = self.thread.tick(now);
        if !shares_history {
            person.history_from = opened_on;
        }
        self.save_person(&person).await?;
        sqlx::query(
            "INSERT INTO thread_window (thread, raw_id, opened_on, visible_from, permanent) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(self.number)
        .bind(&raw_id)
        .bind(opened_on.0)
        .bind(person.history_from.0)
        .bind(permanent)
        .execute(&mut *self.transaction)
        .await?;
        Ok(Some(person))
    }

    /// Keeps, for a repetition of this creation, who could not come in.
    pub async fn note_refused(&mut self, refused: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE thread_creation SET refused = ?2 WHERE thread = ?1")
            .bind(self.number)
            .bind(refused)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Lets people in, all at the thread's next moment, by two statements however many they are. Nobody of them may be in
    /// already, and nobody may be named twice.
    pub async fn open_windows(
        &mut self,
        people: &[Participant],
        permanent: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let opened_on = self.thread.tick(now);
        let all = rows::people_text(people);
        sqlx::query(
            "INSERT INTO thread_person (thread, raw_id, display_name, metadata)
             SELECT ?1, each.value ->> '$.raw_id', each.value ->> '$.name', each.value -> '$.metadata'
             FROM json_each(?2) each WHERE TRUE
             ON CONFLICT (thread, raw_id) DO UPDATE SET display_name = excluded.display_name,
                                                        metadata = excluded.metadata",
        )
        .bind(self.number)
        .bind(&all)
        .execute(&mut *self.transaction)
        .await?;
        sqlx::query(
            "INSERT INTO thread_window (thread, raw_id, opened_on, visible_from, permanent)
             SELECT ?1, each.value ->> '$.raw_id', ?3, each.value ->> '$.from', ?4
             FROM json_each(?2) each ORDER BY each.key",
        )
        .bind(self.number)
        .bind(&all)
        .bind(opened_on.0)
        .bind(permanent)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Keeps a person's name and metadata.
    pub async fn save_person(&mut self, person: &Participant) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO thread_person (thread, raw_id, display_name, metadata) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (thread, raw_id) DO UPDATE SET display_name = excluded.display_name,
                                                        metadata = excluded.metadata",
        )
        .bind(self.number)
        .bind(person.raw_id.to_string())
        .bind(&person.display_name)
        .bind(rows::json(&person.metadata))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Puts a person out at the thread's next moment; answers whether an open window was closed.
    pub async fn close_window(
        &mut self,
        raw_id: &RawId,
        permanent: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let closed_on = self.thread.tick(now);
        let done = sqlx::query(
            "UPDATE thread_window SET closed_on = ?4
             WHERE thread = ?1 AND raw_id = ?2 AND permanent = ?3 AND closed_on IS NULL",
        )
        .bind(self.number)
        .bind(raw_id.to_string())
        .bind(permanent)
        .bind(closed_on.0)
        .execute(&mut *self.transaction)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Keeps how far somebody has read; answers whether it is further than before.
    pub async fn save_receipt(&mut self, receipt: &Receipt) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO thread_receipt (thread, raw_id, message, read_on) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (thread, raw_id) DO UPDATE SET message = excluded.message, read_on = excluded.read_on
             WHERE excluded.message > message",
        )
        .bind(self.number)
        .bind(receipt.raw_id.to_string())
        .bind(receipt.message.0)
        .bind(receipt.read_on.0)
        .execute(&mut *self.transaction)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Deletes the thread with everything in it.
    pub async fn delete(self) -> Result<(), StoreError> {
        self.delete_then(|| ()).await
    }

    /// As `delete`; `told` as in `Write::commit_then`.
    pub async fn delete_then(
        mut self,
        told: impl FnOnce() + Send + 'static,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM thread WHERE number = ?1")
            .bind(self.number)
            .execute(&mut *self.transaction)
            .await?;
        Ok(self.transaction.commit_then(told).await?)
    }

    /// Saves the thread itself and makes everything durable.
    pub async fn commit(self) -> Result<Thread, StoreError> {
        self.commit_then(|| ()).await
    }

    /// As `commit`; `told` as in `Write::commit_then`.
    pub async fn commit_then(
        mut self,
        told: impl FnOnce() + Send + 'static,
    ) -> Result<Thread, StoreError> {
        let delete_on = self
            .thread
            .retention
            .and_then(|policy| policy.deadline(self.thread.created_on));
        let retention_days = self.thread.retention.map(|policy| match policy {
            Retention::Keep => 0,
            Retention::DeleteAfterDays(days) => i64::from(days),
        });
        let (save, metered) = match self.metered {
            None => (SAVE, None),
            Some(metered) => (SAVE_AND_METER, Some(metered)),
        };
        sqlx::query(save)
            .bind(self.number)
            .bind(&self.thread.topic)
            .bind(rows::json(&self.thread.metadata))
            .bind(retention_days)
            .bind(delete_on.map(|moment| moment.0))
            .bind(self.thread.last_tick.0)
            .bind(self.thread.last_sequence)
            .bind(self.thread.last_message_on.map(|moment| moment.0))
            .bind(self.thread.id.as_str())
            .bind(metered.map(|(_, message)| message.0.to_string()))
            .bind(metered.map(|(resource, _)| resource.to_string()))
            .bind(metered.map(|(_, message)| message.0))
            .execute(&mut *self.transaction)
            .await?;
        self.transaction.commit_then(told).await?;
        Ok(self.thread)
    }
}
