//! Rooms and their participants. `RoomWrite` is one change of one room: load, decide outside, save, commit.
use crate::{Store, StoreError, Write};
use parvis_domain::{
    capability::Role,
    ids::{RawId, ResourceId},
    room::{InvitationChange, Participant, Room, RoomId, Validity},
    time::Timestamp,
};
use sqlx::{Row, sqlite::SqliteRow};

/// One entry of a list, with the place where the next page goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The entry.
    pub item: T,
    /// Its place.
    pub place: i64,
}

/// One change of a room, in one transaction. Dropped without `commit`, it is undone.
pub struct RoomWrite {
    transaction: Write,
    number: i64,
    /// The room as loaded; changes of its validity and its flag are saved by `commit`.
    pub room: Room,
}

const COLUMNS: &str = "id, resource_id, created_on, valid_from, valid_until, pstn_dial_out, number";

impl Store {
    /// Saves a new room. A `request` that made a room before answers that room and saves nothing. A taken id is a
    /// `Conflict`.
    pub async fn insert_room(
        &self,
        room: &Room,
        participants: &[Participant],
        request: Option<&str>,
    ) -> Result<Room, StoreError> {
        let mut write = self.write().await?;
        let resource = room.resource.to_string();
        if let Some(request) = request {
            let before = sqlx::query(sqlx::AssertSqlSafe(format!(
                "SELECT {COLUMNS} FROM room WHERE number =
                 (SELECT room FROM room_creation WHERE resource_id = ?1 AND request_id = ?2)"
            )))
            .bind(&resource)
            .bind(request)
            .fetch_optional(&mut *write)
            .await?;
            if let Some(row) = before {
                return room_from_row(&row);
            }
        }
        let number: i64 = sqlx::query_scalar(
            "INSERT INTO room (id, resource_id, created_on, valid_from, valid_until, pstn_dial_out)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING number",
        )
        .bind(room.id.to_string())
        .bind(&resource)
        .bind(room.created_on.0)
        .bind(room.validity.from.0)
        .bind(room.validity.until.0)
        .bind(room.pstn_dial_out)
        .fetch_one(&mut *write)
        .await?;
        for participant in participants {
            invite(&mut write, number, &participant.raw_id, participant.role).await?;
        }
        if let Some(request) = request {
            let sql =
                "INSERT INTO room_creation (resource_id, request_id, room) VALUES (?1, ?2, ?3)";
            let query = sqlx::query(sql).bind(&resource).bind(request).bind(number);
            query.execute(&mut *write).await?;
        }
        write.commit().await?;
        Ok(*room)
    }

    /// A room by its id.
    pub async fn load_room(&self, id: RoomId) -> Result<Option<Room>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM room WHERE id = ?1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id.to_string())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(room_from_row).transpose()
    }

    /// Rooms of a resource, newest first, those made before the place `before` only.
    pub async fn list_rooms(
        &self,
        resource: ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Placed<Room>>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM room WHERE resource_id = ?1 AND number < ?2
             ORDER BY number DESC LIMIT ?3"
        )))
        .bind(resource.to_string())
        .bind(before.unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        let placed = |row: &SqliteRow| {
            Ok(Placed {
                item: room_from_row(row)?,
                place: row.try_get("number")?,
            })
        };
        rows.iter().map(placed).collect()
    }

    /// Participants of a room in the order of their invitation, those after the place `after` only.
    pub async fn list_room_participants(
        &self,
        id: RoomId,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Placed<Participant>>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.raw_id, p.role, p.position FROM room r JOIN room_participant p ON p.room = r.number
             WHERE r.id = ?1 AND p.position > ?2 ORDER BY p.position LIMIT ?3",
        )
        .bind(id.to_string())
        .bind(after.unwrap_or(0))
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        let placed = |row: &SqliteRow| {
            Ok(Placed {
                item: participant_from_row(row)?,
                place: row.try_get("position")?,
            })
        };
        rows.iter().map(placed).collect()
    }

    /// Begins a change of a resource's room; `None` when it has none of that id.
    pub async fn change_room(
        &self,
        resource: ResourceId,
        id: RoomId,
    ) -> Result<Option<RoomWrite>, StoreError> {
        let mut transaction = self.write().await?;
        let sql = format!("SELECT {COLUMNS} FROM room WHERE id = ?1 AND resource_id = ?2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id.to_string())
            .bind(resource.to_string())
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(RoomWrite {
            transaction,
            number: row.try_get("number")?,
            room: room_from_row(&row)?,
        }))
    }

    /// Deletes a resource's room; answers whether there was one.
    pub async fn delete_room(&self, resource: ResourceId, id: RoomId) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query("DELETE FROM room WHERE id = ?1 AND resource_id = ?2")
            .bind(id.to_string())
            .bind(resource.to_string())
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}

impl RoomWrite {
    /// Everybody invited, in the order of their invitation.
    pub async fn participants(&mut self) -> Result<Vec<Participant>, StoreError> {
        let sql = "SELECT raw_id, role FROM room_participant WHERE room = ?1 ORDER BY position";
        let query = sqlx::query(sql).bind(self.number);
        let rows = query.fetch_all(&mut *self.transaction).await?;
        rows.iter().map(participant_from_row).collect()
    }

    /// Saves what becomes of one person's invitation.
    pub async fn save_invitation(&mut self, change: &InvitationChange) -> Result<(), StoreError> {
        if let Some(role) = change.role {
            return invite(&mut self.transaction, self.number, &change.raw_id, role).await;
        }
        sqlx::query("DELETE FROM room_participant WHERE room = ?1 AND raw_id = ?2")
            .bind(self.number)
            .bind(change.raw_id.to_string())
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Saves the room and ends the change.
    pub async fn commit(mut self) -> Result<Room, StoreError> {
        sqlx::query(
            "UPDATE room SET valid_from = ?2, valid_until = ?3, pstn_dial_out = ?4 WHERE number = ?1",
        )
        .bind(self.number)
        .bind(self.room.validity.from.0)
        .bind(self.room.validity.until.0)
        .bind(self.room.pstn_dial_out)
        .execute(&mut *self.transaction)
        .await?;
        self.transaction.commit().await?;
        Ok(self.room)
    }
}

/// A new invitation comes last; one that is there keeps its place.
async fn invite(
    write: &mut Write,
    room: i64,
    raw_id: &RawId,
    role: Role,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO room_participant (room, position, raw_id, role) VALUES
         (?1, (SELECT coalesce(max(position), 0) + 1 FROM room_participant WHERE room = ?1), ?2, ?3)
         ON CONFLICT (room, raw_id) DO UPDATE SET role = excluded.role",
    )
    .bind(room)
    .bind(raw_id.to_string())
    .bind(role.name())
    .execute(&mut **write)
    .await?;
    Ok(())
}

fn room_from_row(row: &SqliteRow) -> Result<Room, StoreError> {
    let text = |name| row.try_get::<String, _>(name);
    let time = |name| row.try_get(name).map(Timestamp);
    Ok(Room {
        id: parse(&text("id")?, "a room id")?,
        resource: parse(&text("resource_id")?, "resource id")?,
        created_on: time("created_on")?,
        validity: Validity {
            from: time("valid_from")?,
            until: time("valid_until")?,
        },
        pstn_dial_out: row.try_get("pstn_dial_out")?,
    })
}

fn participant_from_row(row: &SqliteRow) -> Result<Participant, StoreError> {
    let role: String = row.try_get("role")?;
    Ok(Participant {
        raw_id: parse(&row.try_get::<String, _>("raw_id")?, "raw id")?,
        role: Role::parse(&role).ok_or(StoreError::Corrupt("role"))?,
    })
}

fn parse<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(what))
}

#[cfg(test)]
mod tests;
