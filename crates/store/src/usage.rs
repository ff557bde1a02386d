//! The meter's records: legs (written with the call's own changes, see `calls`) and messages; and their sums.
use crate::{Store, StoreError, Write};
use parvis_domain::{
    ids::{CallId, LegId, RawId, ResourceId, ThreadId},
    meter::{LegUsage, MeterKind, leg_duration_ms},
    time::Timestamp,
};
use sqlx::{Row, sqlite::SqliteRow};

/// The record of a leg as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUsage {
    /// The leg.
    pub leg: LegId,
    /// Who.
    pub raw_id: RawId,
    /// Who pays, if anybody.
    pub resource: Option<ResourceId>,
    /// What it counts as.
    pub kind: MeterKind,
    /// When the service accepted the leg.
    pub started_on: Timestamp,
    /// When it ended; `None` while it lives.
    pub ended_on: Option<Timestamp>,
    /// How long it lasted, until now when it lives.
    pub duration_ms: u64,
}

/// A number of records and their time together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageCount {
    /// What they count.
    pub kind: MeterKind,
    /// How many.
    pub records: u64,
    /// Milliseconds; 0 for messages.
    pub duration_ms: u64,
}

/// A span of time: from (included) to (excluded).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Begin.
    pub from: Timestamp,
    /// End.
    pub until: Timestamp,
}

impl Store {
    /// The records of one call's legs, in order of their start.
    pub async fn list_call_usage(
        &self,
        call: CallId,
        now: Timestamp,
    ) -> Result<Vec<StoredUsage>, StoreError> {
        sqlx::query("SELECT * FROM leg_usage WHERE call_id = ?1 ORDER BY started_on, leg_id")
            .bind(call.to_string())
            .fetch_all(self.reader())
            .await?
            .iter()
            .map(|row| usage_from_row(row, now))
            .collect()
    }

    /// What one resource used: legs that started and messages that were sent within `span`, per kind.
    pub async fn sum_resource_usage(
        &self,
        resource: ResourceId,
        span: Span,
        now: Timestamp,
    ) -> Result<Vec<UsageCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT kind, COUNT(*) AS records,
                 SUM(MAX(0, COALESCE(ended_on, ?4) - started_on - absent_ms)) AS duration_ms
             FROM leg_usage WHERE resource_id = ?1 AND started_on >= ?2 AND started_on < ?3
             GROUP BY kind
             UNION ALL
             SELECT 'acs_message', COUNT(*), 0
             FROM message_usage WHERE resource_id = ?1 AND sent_on >= ?2 AND sent_on < ?3
             HAVING COUNT(*) > 0",
        )
        .bind(resource.to_string())
        .bind(span.from.0)
        .bind(span.until.0)
        .bind(now.0)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(count_from_row).collect()
    }

    /// Notes a sent message; the same message again changes nothing.
    pub async fn record_message(
        &self,
        resource: ResourceId,
        thread: &ThreadId,
        message_id: &str,
        on: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        note_message(&mut write, resource, thread, message_id, on).await?;
        Ok(write.commit().await?)
    }
}

/// Notes a sent message within the change that sends it; the same message again changes nothing.
pub(crate) async fn note_message(
    write: &mut Write,
    resource: ResourceId,
    thread: &ThreadId,
    message_id: &str,
    on: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO message_usage (thread_id, message_id, resource_id, sent_on)
         VALUES (?1, ?2, ?3, ?4) ON CONFLICT (thread_id, message_id) DO NOTHING",
    )
    .bind(thread.as_str())
    .bind(message_id)
    .bind(resource.to_string())
    .bind(on.0)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Opens the record of a leg; the same leg again changes nothing.
pub(crate) async fn open(write: &mut Write, record: &LegUsage) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO leg_usage
             (leg_id, call_id, raw_id, resource_id, organisation_id, kind, started_on)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (leg_id) DO NOTHING",
    )
    .bind(record.leg.to_string())
    .bind(record.call.to_string())
    .bind(record.raw_id.to_string())
    .bind(record.resource.map(|id| id.to_string()))
    .bind(record.organisation.map(|id| id.to_string()))
    .bind(record.kind.name())
    .bind(record.started_on.0)
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Closes an open record; a closed one stays as it is.
pub(crate) async fn close(write: &mut Write, leg: LegId, on: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE leg_usage SET ended_on = max(started_on, ?2)
        WHERE leg_id = ?1 AND ended_on IS NULL";
    sqlx::query(sql)
        .bind(leg.to_string())
        .bind(on.0)
        .execute(&mut **write)
        .await?;
    Ok(())
}

/// A closed record goes on; the time since its end does not count.
pub(crate) async fn reopen(write: &mut Write, leg: LegId, on: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE leg_usage SET absent_ms = absent_ms + max(0, ?2 - ended_on), ended_on = NULL
        WHERE leg_id = ?1 AND ended_on IS NOT NULL";
    sqlx::query(sql)
        .bind(leg.to_string())
        .bind(on.0)
        .execute(&mut **write)
        .await?;
    Ok(())
}

fn usage_from_row(row: &SqliteRow, now: Timestamp) -> Result<StoredUsage, StoreError> {
    let text = |name| row.try_get::<String, _>(name);
    let resource: Option<String> = row.try_get("resource_id")?;
    let started_on = Timestamp(row.try_get("started_on")?);
    let ended_on = row.try_get::<Option<i64>, _>("ended_on")?.map(Timestamp);
    let absent_ms = u64::try_from(row.try_get::<i64, _>("absent_ms")?).unwrap_or(0);
    Ok(StoredUsage {
        leg: text("leg_id")?
            .parse()
            .map_err(|_| StoreError::Corrupt("leg id"))?,
        raw_id: text("raw_id")?
            .parse()
            .map_err(|_| StoreError::Corrupt("raw id"))?,
        resource: resource
            .map(|id| id.parse().map_err(|_| StoreError::Corrupt("resource id")))
            .transpose()?,
        kind: MeterKind::parse(&text("kind")?).ok_or(StoreError::Corrupt("meter kind"))?,
        started_on,
        ended_on,
        duration_ms: leg_duration_ms(started_on, ended_on.unwrap_or(now), absent_ms),
    })
}

fn count_from_row(row: &SqliteRow) -> Result<UsageCount, StoreError> {
    let kind: String = row.try_get("kind")?;
    let count = |name| -> Result<u64, StoreError> {
        u64::try_from(row.try_get::<i64, _>(name)?).map_err(|_| StoreError::Corrupt("usage"))
    };
    Ok(UsageCount {
        kind: MeterKind::parse(&kind).ok_or(StoreError::Corrupt("meter kind"))?,
        records: count("records")?,
        duration_ms: count("duration_ms")?,
    })
}
