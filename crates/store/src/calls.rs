//! Live calls and their legs. What one decision of a call changed is saved in one transaction, its usage records included.
mod rings;

use crate::{Store, StoreError, Write, usage};
use parvis_domain::{
    call::{
        CallKey, Invitation, Leg, LegState, Loss, MediaAccess, MediaState, Person, SavedCall, Seat,
    },
    capability::Role,
    ids::{CallId, LegId},
    meter::LegUsage,
    principal::ClientKind,
    time::Timestamp,
};
use sqlx::{Row, sqlite::SqliteRow};

/// One change to a live call.
#[derive(Clone, Debug)]
pub enum CallChange {
    /// The call begins.
    Begin(CallKey, Timestamp),
    /// A verified person took part.
    VerifiedSeen,
    /// What attendees may send who come from now on.
    AttendeeAccess(MediaAccess),
    /// How far a call that rings is.
    RingState {
        /// Somebody has answered.
        answered: bool,
        /// Nobody was added to the two.
        two_party: bool,
    },
    /// Somebody is rung.
    Rings(Box<Invitation>),
    /// A ring is over.
    RingEnded(LegId),
    /// A leg is new or its state or role changed.
    Leg {
        /// The leg.
        leg: Box<Leg>,
        /// SHA-256 of its rejoin key.
        rejoin_key_hash: [u8; 32],
        /// Now.
        on: Timestamp,
    },
    /// A leg vanished and keeps its seat.
    Seat(LegId, Timestamp),
    /// A leg was removed from the call.
    Removed(LegId),
    /// Nothing of a leg is remembered any more.
    Forget(LegId),
    /// The meter of a leg starts.
    UsageOpened(LegUsage),
    /// The meter of a leg stops.
    UsageClosed(LegId, Timestamp),
    /// A leg came back to its seat: its meter goes on.
    UsageReopened(LegId, Timestamp),
    /// The call is over.
    Over(Timestamp),
}

/// A live call as it was saved, with the hashes of its legs' rejoin keys.
#[derive(Clone, Debug)]
pub struct StoredCall {
    /// Its key.
    pub key: CallKey,
    /// The call; every leg is lost since its last heartbeat.
    pub call: SavedCall,
    /// Hash of the rejoin key by leg, seats included.
    pub rejoin_keys: Vec<(LegId, [u8; 32])>,
}

impl Store {
    /// Saves what one decision changed.
    pub async fn save_call(&self, call: CallId, changes: &[CallChange]) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        for change in changes {
            save_change(&mut write, call, change).await?;
        }
        Ok(write.commit().await?)
    }

    /// Notes that these legs live.
    pub async fn beat_legs(&self, legs: &[LegId], now: Timestamp) -> Result<(), StoreError> {
        let list = serde_json::to_string(legs).map_err(|_| StoreError::Corrupt("leg list"))?;
        let mut write = self.write().await?;
        sqlx::query(
            "UPDATE leg SET heartbeat_on = ?1
             WHERE id IN (SELECT value FROM json_each(?2)) AND state IN ('lobby', 'connected')",
        )
        .bind(now.0)
        .bind(list)
        .execute(&mut *write)
        .await?;
        Ok(write.commit().await?)
    }

    /// Every live call's key.
    pub async fn list_live_calls(&self) -> Result<Vec<CallKey>, StoreError> {
        sqlx::query_scalar("SELECT key FROM call WHERE ended_on IS NULL")
            .fetch_all(self.reader())
            .await?
            .iter()
            .map(|key: &String| key.parse().map_err(|_| StoreError::Corrupt("call key")))
            .collect()
    }

    /// The live call of a key.
    pub async fn load_live_call(&self, key: &CallKey) -> Result<Option<StoredCall>, StoreError> {
        let row = sqlx::query(
            "SELECT id, started_on, verified_seen, attendee_audio, attendee_camera, answered, two_party
             FROM call WHERE ended_on IS NULL AND key = ?1",
        )
        .bind(key.to_string())
        .fetch_optional(self.reader())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let id: String = row.try_get("id")?;
        let legs = sqlx::query("SELECT * FROM leg WHERE call_id = ?1")
            .bind(&id)
            .fetch_all(self.reader())
            .await?;
        let mut stored = StoredCall {
            key: key.clone(),
            call: SavedCall {
                id: parse(&id, "call id")?,
                kind: key.kind(),
                started_on: Timestamp(row.try_get("started_on")?),
                verified_seen: row.try_get("verified_seen")?,
                attendee_access: MediaAccess {
                    audio: row.try_get("attendee_audio")?,
                    camera: row.try_get("attendee_camera")?,
                },
                answered: row.try_get("answered")?,
                two_party: row.try_get("two_party")?,
                invitations: self.load_rings(&id).await?,
                removed: Vec::new(),
                seats: Vec::new(),
                legs: Vec::new(),
            },
            rejoin_keys: Vec::new(),
        };
        for row in &legs {
            stored.take_leg(row)?;
        }
        Ok(Some(stored))
    }
}

impl StoredCall {
    fn take_leg(&mut self, row: &SqliteRow) -> Result<(), StoreError> {
        let leg = leg_from_row(row)?;
        let hash: Vec<u8> = row.try_get("rejoin_key_hash")?;
        let hash = hash
            .try_into()
            .map_err(|_| StoreError::Corrupt("rejoin key"))?;
        match row.try_get::<String, _>("state")?.as_str() {
            "removed" => {
                self.call.removed.push(leg.person.raw_id);
                return Ok(());
            }
            "seat" => {
                self.rejoin_keys.push((leg.id, hash));
                let until: Option<i64> = row.try_get("seat_until")?;
                let until = Timestamp(until.ok_or(StoreError::Corrupt("seat"))?);
                self.call.seats.push(Seat { leg, until });
            }
            _ => {
                self.rejoin_keys.push((leg.id, hash));
                self.call.legs.push(leg);
            }
        }
        Ok(())
    }
}

async fn save_change(
    write: &mut Write,
    call: CallId,
    change: &CallChange,
) -> Result<(), StoreError> {
    match change {
        CallChange::Begin(key, on) => begin(write, call, key, *on).await,
        CallChange::VerifiedSeen => {
            let sql = "UPDATE call SET verified_seen = 1 WHERE id = ?1";
            sqlx::query(sql)
                .bind(call.to_string())
                .execute(&mut **write)
                .await?;
            Ok(())
        }
        CallChange::AttendeeAccess(access) => {
            let sql = "UPDATE call SET attendee_audio = ?2, attendee_camera = ?3 WHERE id = ?1";
            sqlx::query(sql)
                .bind(call.to_string())
                .bind(access.audio)
                .bind(access.camera)
                .execute(&mut **write)
                .await?;
            Ok(())
        }
        CallChange::RingState {
            answered,
            two_party,
        } => rings::save_state(write, call, *answered, *two_party).await,
        CallChange::Rings(invitation) => rings::insert(write, call, invitation).await,
        CallChange::RingEnded(ring) => rings::delete(write, *ring).await,
        CallChange::Leg {
            leg,
            rejoin_key_hash,
            on,
        } => save_leg(write, call, leg, rejoin_key_hash, *on).await,
        CallChange::Seat(leg, until) => {
            let sql = "UPDATE leg SET state = 'seat', seat_until = ?2 WHERE id = ?1";
            let query = sqlx::query(sql).bind(leg.to_string()).bind(until.0);
            query.execute(&mut **write).await?;
            Ok(())
        }
        CallChange::Removed(leg) => {
            let sql = "UPDATE leg SET state = 'removed', display_name = '' WHERE id = ?1";
            sqlx::query(sql)
                .bind(leg.to_string())
                .execute(&mut **write)
                .await?;
            Ok(())
        }
        CallChange::Forget(leg) => {
            let sql = "DELETE FROM leg WHERE id = ?1";
            sqlx::query(sql)
                .bind(leg.to_string())
                .execute(&mut **write)
                .await?;
            Ok(())
        }
        CallChange::UsageOpened(record) => usage::open(write, record).await,
        CallChange::UsageClosed(leg, on) => usage::close(write, *leg, *on).await,
        CallChange::UsageReopened(leg, on) => usage::reopen(write, *leg, *on).await,
        CallChange::Over(on) => {
            let id = call.to_string();
            let sql = "UPDATE call SET ended_on = ?2 WHERE id = ?1";
            sqlx::query(sql)
                .bind(&id)
                .bind(on.0)
                .execute(&mut **write)
                .await?;
            for sql in [
                "DELETE FROM leg WHERE call_id = ?1",
                "DELETE FROM invitation WHERE call_id = ?1",
            ] {
                sqlx::query(sql).bind(&id).execute(&mut **write).await?;
            }
            Ok(())
        }
    }
}

async fn begin(
    write: &mut Write,
    call: CallId,
    key: &CallKey,
    on: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO call (id, key, started_on) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
    )
    .bind(call.to_string())
    .bind(key.to_string())
    .bind(on.0)
    .execute(&mut **write)
    .await?;
    Ok(())
}

async fn save_leg(
    write: &mut Write,
    call: CallId,
    leg: &Leg,
    hash: &[u8; 32],
    on: Timestamp,
) -> Result<(), StoreError> {
    let (state, automatic) = match leg.state {
        LegState::Lobby { automatic, .. } => ("lobby", automatic),
        LegState::Connected { .. } => ("connected", false),
    };
    sqlx::query(
        "INSERT INTO leg (id, call_id, raw_id, client, resource_id, organisation_id, display_name,
             outsider, verified, role, state, automatic, since, accepted_on, heartbeat_on,
             rejoin_key_hash, may_audio, may_camera)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT (id) DO UPDATE SET role = ?10, state = ?11, automatic = ?12, since = ?13,
             accepted_on = ?14, heartbeat_on = max(heartbeat_on, ?15), seat_until = NULL,
             may_audio = ?17, may_camera = ?18",
    )
    .bind(leg.id.to_string())
    .bind(call.to_string())
    .bind(leg.person.raw_id.to_string())
    .bind(leg.person.client.name())
    .bind(leg.person.resource.map(|id| id.to_string()))
    .bind(leg.person.organisation.map(|id| id.to_string()))
    .bind(&leg.person.display_name)
    .bind(leg.person.outsider)
    .bind(leg.person.verified)
    .bind(leg.role.name())
    .bind(state)
    .bind(automatic)
    .bind(leg.since().0)
    .bind(leg.accepted_on.0)
    .bind(on.0)
    .bind(hash.as_slice())
    .bind(leg.access.audio)
    .bind(leg.access.camera)
    .execute(&mut **write)
    .await?;
    Ok(())
}

fn leg_from_row(row: &SqliteRow) -> Result<Leg, StoreError> {
    let text = |name| row.try_get::<String, _>(name);
    let optional = |name| row.try_get::<Option<String>, _>(name);
    let client = ClientKind::parse(&text("client")?).ok_or(StoreError::Corrupt("client"))?;
    let resource = optional("resource_id")?
        .map(|id| parse(&id, "resource id"))
        .transpose()?;
    let organisation = optional("organisation_id")?
        .map(|id| parse(&id, "organisation id"))
        .transpose()?;
    let since = Timestamp(row.try_get("since")?);
    let heartbeat_on = Timestamp(row.try_get("heartbeat_on")?);
    let state = match text("state")?.as_str() {
        "lobby" => LegState::Lobby {
            since,
            automatic: row.try_get("automatic")?,
        },
        _ => LegState::Connected { since },
    };
    Ok(Leg {
        id: parse(&text("id")?, "leg id")?,
        person: Person {
            raw_id: parse(&text("raw_id")?, "raw id")?,
            client,
            resource,
            organisation,
            display_name: text("display_name")?,
            outsider: row.try_get("outsider")?,
            verified: row.try_get("verified")?,
        },
        role: Role::parse(&text("role")?).ok_or(StoreError::Corrupt("role"))?,
        accepted_on: Timestamp(row.try_get("accepted_on")?),
        state,
        lost: Some(Loss {
            since: heartbeat_on,
            clean: false,
        }),
        muted: true,
        camera: false,
        share: false,
        access: MediaAccess {
            audio: row.try_get("may_audio")?,
            camera: row.try_get("may_camera")?,
        },
        on_hold: false,
        media: MediaState::Awaited(heartbeat_on),
    })
}

fn parse<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(what))
}

#[cfg(test)]
mod tests;
