//! The rings of a live call, inside the transaction of the decision that began or ended them.
use super::parse;
use crate::{Store, StoreError, Write};
use parvis_domain::{
    call::{Invitation, Party},
    ids::{CallId, LegId},
    time::Timestamp,
};
use sqlx::{Row, sqlite::SqliteRow};

pub(super) async fn insert(
    write: &mut Write,
    call: CallId,
    invitation: &Invitation,
) -> Result<(), StoreError> {
    let Invitation { caller, callee, .. } = invitation;
    sqlx::query(
        "INSERT INTO invitation (id, call_id, caller_raw_id, caller_name, caller_outsider,
             callee_raw_id, callee_name, callee_outsider, since, until)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(invitation.id.to_string())
    .bind(call.to_string())
    .bind(caller.raw_id.to_string())
    .bind(&caller.display_name)
    .bind(caller.outsider)
    .bind(callee.raw_id.to_string())
    .bind(&callee.display_name)
    .bind(callee.outsider)
    .bind(invitation.since.0)
    .bind(invitation.until.0)
    .execute(&mut **write)
    .await?;
    Ok(())
}

pub(super) async fn delete(write: &mut Write, ring: LegId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM invitation WHERE id = ?1")
        .bind(ring.to_string())
        .execute(&mut **write)
        .await?;
    Ok(())
}

pub(super) async fn save_state(
    write: &mut Write,
    call: CallId,
    answered: bool,
    two_party: bool,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE call SET answered = ?2, two_party = ?3 WHERE id = ?1")
        .bind(call.to_string())
        .bind(answered)
        .bind(two_party)
        .execute(&mut **write)
        .await?;
    Ok(())
}

impl Store {
    pub(super) async fn load_rings(&self, call: &str) -> Result<Vec<Invitation>, StoreError> {
        sqlx::query("SELECT * FROM invitation WHERE call_id = ?1 ORDER BY since, id")
            .bind(call)
            .fetch_all(self.reader())
            .await?
            .iter()
            .map(from_row)
            .collect()
    }
}

fn from_row(row: &SqliteRow) -> Result<Invitation, StoreError> {
    let id: String = row.try_get("id")?;
    Ok(Invitation {
        id: parse(&id, "invitation id")?,
        caller: Party {
            raw_id: parse(row.try_get::<&str, _>("caller_raw_id")?, "raw id")?,
            display_name: row.try_get("caller_name")?,
            outsider: row.try_get("caller_outsider")?,
        },
        callee: Party {
            raw_id: parse(row.try_get::<&str, _>("callee_raw_id")?, "raw id")?,
            display_name: row.try_get("callee_name")?,
            outsider: row.try_get("callee_outsider")?,
        },
        since: Timestamp(row.try_get("since")?),
        until: Timestamp(row.try_get("until")?),
    })
}
