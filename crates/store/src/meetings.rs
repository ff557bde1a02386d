//! Meetings and the people in whose lists they stand.
use crate::{Store, StoreError, Write};
use parvis_domain::{
    ids::{MemberId, ThreadId},
    link::{MeetingNumber, Passcode},
    meeting::{Meeting, MeetingKind, Times},
    time::Timestamp,
};
use sqlx::{Row, sqlite::SqliteRow};

/// A meeting with the version that a change must name.
#[derive(Clone, Debug)]
pub struct StoredMeeting {
    /// The meeting.
    pub meeting: Meeting,
    /// Grows by one with every change.
    pub version: i64,
}

const COLUMNS: &str = "m.thread, m.organisation_id, m.organiser, m.kind, m.subject, m.external_id, m.number,
    m.passcode, m.starts_on, m.ends_on, m.created_on, m.expires_on, m.invitees, m.options, m.version";

impl Store {
    /// Saves a new meeting. A taken number or external id is a `Conflict` that names the column.
    pub async fn insert_meeting(&self, meeting: &Meeting) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO meeting (thread, organisation_id, organiser, kind, subject, external_id, number, passcode,
                starts_on, ends_on, created_on, expires_on, invitees, options)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )
        .bind(meeting.thread.as_str())
        .bind(meeting.organisation.to_string())
        .bind(meeting.organiser.to_string())
        .bind(meeting.kind.name())
        .bind(&meeting.subject)
        .bind(&meeting.external_id)
        .bind(meeting.number.as_str())
        .bind(meeting.passcode.as_ref().map(Passcode::as_str))
        .bind(meeting.times.starts_on.0)
        .bind(meeting.times.ends_on.0)
        .bind(meeting.created_on.0)
        .bind(meeting.expires_on.0)
        .bind(json(&meeting.invitees))
        .bind(json(&meeting.options))
        .execute(&mut *write)
        .await?;
        save_people(&mut write, meeting).await?;
        Ok(write.commit().await?)
    }

    /// A meeting by its thread.
    pub async fn load_meeting(
        &self,
        thread: &ThreadId,
    ) -> Result<Option<StoredMeeting>, StoreError> {
        self.load_one_meeting("m.thread = ?1", thread.as_str(), "")
            .await
    }

    /// A meeting by the digits people type.
    pub async fn load_meeting_by_number(
        &self,
        number: &MeetingNumber,
    ) -> Result<Option<StoredMeeting>, StoreError> {
        self.load_one_meeting("m.number = ?1", number.as_str(), "")
            .await
    }

    /// A meeting by the name that an app gave it; each organiser has their own names.
    pub async fn load_meeting_by_external_id(
        &self,
        organiser: MemberId,
        external_id: &str,
    ) -> Result<Option<StoredMeeting>, StoreError> {
        self.load_one_meeting(
            "m.external_id = ?1 AND m.organiser = ?2",
            external_id,
            &organiser.to_string(),
        )
        .await
    }

    async fn load_one_meeting(
        &self,
        condition: &str,
        first: &str,
        second: &str,
    ) -> Result<Option<StoredMeeting>, StoreError> {
        // ?2 stands in every statement, so that the number of values is always the same.
        let sql = format!("SELECT {COLUMNS} FROM meeting m WHERE {condition} AND ?2 IS NOT NULL");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(first)
            .bind(second)
            .fetch_optional(self.reader())
            .await?
            .as_ref()
            .map(meeting_from_row)
            .transpose()
    }

    /// The meetings that somebody organises or is invited to, latest start first.
    pub async fn list_meetings(
        &self,
        person: MemberId,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<StoredMeeting>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM meeting_person p JOIN meeting m ON m.thread = p.thread WHERE p.oid = ?1
             ORDER BY p.starts_on DESC, p.thread LIMIT ?2 OFFSET ?3"
        )))
        .bind(person.to_string())
        .bind(limit)
        .bind(skip)
        .fetch_all(self.reader())
        .await?
        .iter()
        .map(meeting_from_row)
        .collect()
    }

    /// How many meetings somebody organises or is invited to.
    pub async fn count_listed_meetings(&self, person: MemberId) -> Result<u32, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT count(*) FROM meeting_person WHERE oid = ?1")
                .bind(person.to_string())
                .fetch_one(self.reader())
                .await?,
        )
    }

    /// How many meetings a member has made since `since`.
    pub async fn count_meetings(
        &self,
        organiser: MemberId,
        since: Timestamp,
    ) -> Result<u32, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT count(*) FROM meeting WHERE organiser = ?1 AND created_on >= ?2",
        )
        .bind(organiser.to_string())
        .bind(since.0)
        .fetch_one(self.reader())
        .await?)
    }

    /// Saves a changed meeting, if it is still the one that was read. Number, passcode and external id never change.
    pub async fn update_meeting(&self, changed: &StoredMeeting) -> Result<bool, StoreError> {
        let meeting = &changed.meeting;
        let mut write = self.write().await?;
        let done = sqlx::query(
            "UPDATE meeting SET subject = ?3, starts_on = ?4, ends_on = ?5, expires_on = ?6, invitees = ?7,
                options = ?8, version = version + 1 WHERE thread = ?1 AND version = ?2",
        )
        .bind(meeting.thread.as_str())
        .bind(changed.version)
        .bind(&meeting.subject)
        .bind(meeting.times.starts_on.0)
        .bind(meeting.times.ends_on.0)
        .bind(meeting.expires_on.0)
        .bind(json(&meeting.invitees))
        .bind(json(&meeting.options))
        .execute(&mut *write)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        save_people(&mut write, meeting).await?;
        write.commit().await?;
        Ok(true)
    }

    /// Lets a meeting lapse later, never earlier.
    pub async fn extend_meeting(
        &self,
        thread: &ThreadId,
        expires_on: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query("UPDATE meeting SET expires_on = max(expires_on, ?2) WHERE thread = ?1")
            .bind(thread.as_str())
            .bind(expires_on.0)
            .execute(&mut *write)
            .await?;
        Ok(write.commit().await?)
    }

    /// Deletes a meeting; answers whether there was one.
    pub async fn delete_meeting(&self, thread: &ThreadId) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query("DELETE FROM meeting WHERE thread = ?1")
            .bind(thread.as_str())
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("invitees and options hold only text, numbers and lists")
}

async fn save_people(write: &mut Write, meeting: &Meeting) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM meeting_person WHERE thread = ?1")
        .bind(meeting.thread.as_str())
        .execute(&mut **write)
        .await?;
    let invited = meeting.invitees.iter().filter_map(|invitee| invitee.member);
    for person in invited.chain([meeting.organiser]) {
        sqlx::query(
            "INSERT OR IGNORE INTO meeting_person (oid, starts_on, thread) VALUES (?1, ?2, ?3)",
        )
        .bind(person.to_string())
        .bind(meeting.times.starts_on.0)
        .bind(meeting.thread.as_str())
        .execute(&mut **write)
        .await?;
    }
    Ok(())
}

fn meeting_from_row(row: &SqliteRow) -> Result<StoredMeeting, StoreError> {
    const DAMAGED: StoreError = StoreError::Corrupt("meeting");
    let text = |name: &str| row.try_get::<&str, _>(name);
    let time = |name: &str| row.try_get::<i64, _>(name).map(Timestamp);
    let passcode: Option<&str> = row.try_get("passcode")?;
    let meeting = Meeting {
        thread: ThreadId::parse(text("thread")?).ok_or(DAMAGED)?,
        organisation: text("organisation_id")?.parse().map_err(|_| DAMAGED)?,
        organiser: text("organiser")?.parse().map_err(|_| DAMAGED)?,
        kind: MeetingKind::parse(text("kind")?).ok_or(DAMAGED)?,
        subject: row.try_get("subject")?,
        external_id: row.try_get("external_id")?,
        number: MeetingNumber::parse(text("number")?).ok_or(DAMAGED)?,
        passcode: passcode
            .map(|text| Passcode::parse(text).ok_or(DAMAGED))
            .transpose()?,
        times: Times {
            starts_on: time("starts_on")?,
            ends_on: time("ends_on")?,
        },
        created_on: time("created_on")?,
        expires_on: time("expires_on")?,
        invitees: serde_json::from_str(text("invitees")?).map_err(|_| DAMAGED)?,
        options: serde_json::from_str(text("options")?).map_err(|_| DAMAGED)?,
    };
    Ok(StoredMeeting {
        meeting,
        version: row.try_get("version")?,
    })
}

#[cfg(test)]
mod tests;
