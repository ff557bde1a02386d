//! Queries of threads. Pages go by key, so their cost does not grow with the thread.
use super::rows::{self, MessageRow, PersonRow, ThreadRow, WindowRow};
use crate::{Store, StoreError};
use parvis_domain::{
    ids::{RawId, ThreadId},
    thread::{
        Message, Participant, Receipt, Thread,
        window::{PAST_WINDOWS_MAX, Sight, Window},
    },
    time::Timestamp,
};
use sqlx::{QueryBuilder, Sqlite, SqliteExecutor};

/// A page of messages, newest change first.
#[derive(Clone, Debug)]
pub struct MessageQuery<'a> {
    /// Only what may be read.
    pub sight: &'a Sight,
    /// Only messages created at or after.
    pub since: Timestamp,
    /// Only messages last changed before: the last version of the page before.
    pub before: Option<Timestamp>,
    /// At most so many.
    pub limit: u32,
}

/// A window of a call that does not agree with the call's legs, as a crash between the two leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StrayWindow {
    /// Open, though the person is not in the call.
    Open(ThreadId, RawId),
    /// Not open, though the person of this name is in the call.
    Missing(ThreadId, RawId, String),
}

/// A thread in a person's list.
#[derive(Clone, Debug)]
pub struct ThreadSummary {
    /// Its place in the list; lists go from the highest number down.
    pub number: i64,
    /// The thread.
    pub thread: Thread,
    /// From when on the person may read.
    pub visible_from: Timestamp,
}

impl Store {
    /// A thread.
    pub async fn load_thread(&self, id: &ThreadId) -> Result<Option<Thread>, StoreError> {
        let row: Option<ThreadRow> = sqlx::query_as("SELECT * FROM thread WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(self.reader())
            .await?;
        row.map(ThreadRow::thread).transpose()
    }

    /// The open windows of a person in a thread and the latest closed ones, oldest first, and whether anybody is in the meeting's call.
    pub async fn load_stay(
        &self,
        id: &ThreadId,
        raw_id: &RawId,
    ) -> Result<(Vec<Window>, bool), StoreError> {
        let Some(number) = self.thread_number(id).await? else {
            return Ok((Vec::new(), false));
        };
        let windows = windows(self.reader(), number, raw_id).await?;
        Ok((windows, call_is_on(self.reader(), number).await?))
    }

    /// A page of messages.
    pub async fn list_messages(
        &self,
        id: &ThreadId,
        query: MessageQuery<'_>,
    ) -> Result<Vec<Message>, StoreError> {
        let spans = query.sight.spans();
        let Some(number) = self.thread_number(id).await? else {
            return Ok(Vec::new());
        };
        let Some(earliest) = spans.iter().map(|span| span.from).min() else {
            return Ok(Vec::new());
        };
        // A version is never before its message's creation, so the index on versions bounds the scan on both sides.
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT * FROM thread_message WHERE thread = ");
        sql.push_bind(number)
            .push(" AND version >= ")
            .push_bind(earliest.max(query.since).0)
            .push(" AND id >= ")
            .push_bind(query.since.0);
        // Whoever is out reads nothing newer than the last stay: the scan starts there, however long the thread went on.
        let ends: Option<Vec<_>> = spans.iter().map(|span| span.until).collect();
        let latest = ends.and_then(|ends| ends.into_iter().max());
        if let Some(before) = [query.before, latest].into_iter().flatten().min() {
            sql.push(" AND version < ").push_bind(before.0);
        }
        sql.push(" AND (0");
        for span in spans {
            sql.push(" OR (id >= ").push_bind(span.from.0);
            if let Some(until) = span.until {
                sql.push(" AND version < ").push_bind(until.0);
            }
            sql.push(")");
        }
        sql.push(") ORDER BY version DESC LIMIT ")
            .push_bind(query.limit);
        let rows: Vec<MessageRow> = sql.build_query_as().fetch_all(self.reader()).await?;
        rows.into_iter().map(MessageRow::message).collect()
    }

    /// A message; whether the caller may see it is not asked here.
    pub async fn load_message(
        &self,
        id: &ThreadId,
        message_id: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        match self.thread_number(id).await? {
            Some(number) => message(self.reader(), number, message_id).await,
            None => Ok(None),
        }
    }

    /// Everybody in a thread, in the order of coming.
    pub async fn list_participants(&self, id: &ThreadId) -> Result<Vec<Participant>, StoreError> {
        let rows: Vec<PersonRow> = sqlx::query_as(
            "SELECT p.raw_id, p.display_name, p.metadata, min(w.visible_from) AS visible_from
             FROM thread t JOIN thread_window w ON w.thread = t.number AND w.closed_on IS NULL
             JOIN thread_person p ON p.thread = t.number AND p.raw_id = w.raw_id
             WHERE t.id = ?1 GROUP BY p.raw_id ORDER BY min(w.number)",
        )
        .bind(id.as_str())
        .fetch_all(self.reader())
        .await?;
        rows.into_iter().map(PersonRow::participant).collect()
    }

    /// Who is in a thread.
    pub async fn list_people_inside(&self, id: &ThreadId) -> Result<Vec<RawId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT w.raw_id FROM thread t
             JOIN thread_window w ON w.thread = t.number AND w.closed_on IS NULL WHERE t.id = ?1",
        )
        .bind(id.as_str())
        .fetch_all(self.reader())
        .await?;
        ids.iter().map(|id| rows::raw_id(id)).collect()
    }

    /// How many people are in a thread.
    pub async fn count_participants(&self, id: &ThreadId) -> Result<usize, StoreError> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(DISTINCT w.raw_id) FROM thread t
             JOIN thread_window w ON w.thread = t.number AND w.closed_on IS NULL WHERE t.id = ?1",
        )
        .bind(id.as_str())
        .fetch_one(self.reader())
        .await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// A person who is or was in a thread.
    pub async fn load_participant(
        &self,
        id: &ThreadId,
        raw_id: &RawId,
    ) -> Result<Option<Participant>, StoreError> {
        match self.thread_number(id).await? {
            Some(number) => person(self.reader(), number, raw_id).await,
            None => Ok(None),
        }
    }

    /// How far everybody has read, of the people who are in.
    pub async fn list_receipts(&self, id: &ThreadId) -> Result<Vec<Receipt>, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT r.raw_id, r.message, r.read_on FROM thread t JOIN thread_receipt r ON r.thread = t.number
             WHERE t.id = ?1 AND EXISTS (SELECT 1 FROM thread_window w WHERE w.thread = t.number
                                         AND w.raw_id = r.raw_id AND w.closed_on IS NULL)
             ORDER BY r.raw_id",
        )
        .bind(id.as_str())
        .fetch_all(self.reader())
        .await?;
        rows.into_iter()
            .map(|(raw_id, message, read_on)| {
                Ok(Receipt {
                    raw_id: rows::raw_id(&raw_id)?,
                    message: Timestamp(message),
                    read_on: Timestamp(read_on),
                })
            })
            .collect()
    }

    /// A page of the threads that a person is in, the newest thread first.
    pub async fn list_threads(
        &self,
        raw_id: &RawId,
        since: Timestamp,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<ThreadSummary>, StoreError> {
        #[derive(sqlx::FromRow)]
        struct Row {
            #[sqlx(flatten)]
            thread: ThreadRow,
            visible_from: i64,
        }
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT t.*, min(w.visible_from) AS visible_from
             FROM thread_window w JOIN thread t ON t.number = w.thread
             WHERE w.raw_id = ?1 AND w.closed_on IS NULL AND w.thread < ?2
                   AND coalesce(t.last_message_on, t.created_on) >= ?3
             GROUP BY w.thread ORDER BY w.thread DESC LIMIT ?4",
        )
        .bind(raw_id.to_string())
        .bind(before.unwrap_or(i64::MAX))
        .bind(since.0)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ThreadSummary {
                    number: row.thread.number,
                    visible_from: Timestamp(row.visible_from),
                    thread: row.thread.thread()?,
                })
            })
            .collect()
    }

    /// Windows of meetings' calls that do not agree with the legs.
    pub async fn list_stray_windows(&self) -> Result<Vec<StrayWindow>, StoreError> {
        let open: Vec<(String, String)> = sqlx::query_as(
            "SELECT t.id, w.raw_id FROM thread_window w JOIN thread t ON t.number = w.thread
             WHERE w.closed_on IS NULL AND w.permanent = 0 AND t.organisation_id IS NOT NULL AND NOT EXISTS
                 (SELECT 1 FROM call c JOIN leg l ON l.call_id = c.id WHERE c.key = 'meeting:' || t.id
                      AND c.ended_on IS NULL AND l.state = 'connected' AND l.raw_id = w.raw_id)",
        )
        .fetch_all(self.reader())
        .await?;
        let missing: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT t.id, l.raw_id, max(l.display_name) FROM call c JOIN leg l ON l.call_id = c.id
             JOIN thread t ON c.key = 'meeting:' || t.id
             WHERE c.ended_on IS NULL AND l.state = 'connected' AND NOT EXISTS
                 (SELECT 1 FROM thread_window w WHERE w.thread = t.number AND w.raw_id = l.raw_id
                      AND w.permanent = 0 AND w.closed_on IS NULL)
             GROUP BY t.id, l.raw_id",
        )
        .fetch_all(self.reader())
        .await?;
        let open = open.iter().map(|(thread, raw_id)| {
            Ok(StrayWindow::Open(
                rows::thread_id(thread)?,
                rows::raw_id(raw_id)?,
            ))
        });
        let missing = missing.into_iter().map(|(thread, raw_id, name)| {
            let (thread, raw_id) = (rows::thread_id(&thread)?, rows::raw_id(&raw_id)?);
            Ok(StrayWindow::Missing(thread, raw_id, name))
        });
        open.chain(missing).collect()
    }

    /// Threads whose retention has ended.
    pub async fn list_ended_threads(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ThreadId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM thread WHERE delete_on <= ?1 ORDER BY delete_on LIMIT ?2",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        ids.iter().map(|id| rows::thread_id(id)).collect()
    }

    async fn thread_number(&self, id: &ThreadId) -> Result<Option<i64>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT number FROM thread WHERE id = ?1")
                .bind(id.as_str())
                .fetch_optional(self.reader())
                .await?,
        )
    }
}

pub(super) async fn windows(
    db: impl SqliteExecutor<'_>,
    number: i64,
    raw_id: &RawId,
) -> Result<Vec<Window>, StoreError> {
    let rows: Vec<WindowRow> = sqlx::query_as(
        "SELECT * FROM (SELECT opened_on, visible_from, closed_on, permanent FROM thread_window
             WHERE thread = ?1 AND raw_id = ?2 AND closed_on IS NULL)
         UNION ALL
         SELECT * FROM (SELECT opened_on, visible_from, closed_on, permanent FROM thread_window
             WHERE thread = ?1 AND raw_id = ?2 AND closed_on IS NOT NULL ORDER BY opened_on DESC LIMIT ?3)
         ORDER BY opened_on",
    )
    .bind(number)
    .bind(raw_id.to_string())
    .bind(i64::try_from(PAST_WINDOWS_MAX).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Window::from).collect())
}

pub(super) async fn call_is_on(
    db: impl SqliteExecutor<'_>,
    number: i64,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM thread_window WHERE thread = ?1 AND permanent = 0 AND closed_on IS NULL)",
    )
    .bind(number)
    .fetch_one(db)
    .await?)
}

pub(super) async fn person(
    db: impl SqliteExecutor<'_>,
    number: i64,
    raw_id: &RawId,
) -> Result<Option<Participant>, StoreError> {
    let row: Option<PersonRow> = sqlx::query_as(
        "SELECT p.raw_id, p.display_name, p.metadata,
                coalesce((SELECT max(w.visible_from) FROM thread_window w
                          WHERE w.thread = p.thread AND w.raw_id = p.raw_id), 0) AS visible_from
         FROM thread_person p WHERE p.thread = ?1 AND p.raw_id = ?2",
    )
    .bind(number)
    .bind(raw_id.to_string())
    .fetch_optional(db)
    .await?;
    row.map(PersonRow::participant).transpose()
}

pub(super) async fn message(
    db: impl SqliteExecutor<'_>,
    number: i64,
    id: Timestamp,
) -> Result<Option<Message>, StoreError> {
    let row: Option<MessageRow> =
        sqlx::query_as("SELECT * FROM thread_message WHERE thread = ?1 AND id = ?2")
            .bind(number)
            .bind(id.0)
            .fetch_optional(db)
            .await?;
    row.map(MessageRow::message).transpose()
}
