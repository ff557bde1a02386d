//! What the server has yet to tell others' servers: kept until they have it.
use crate::{Store, StoreError, Write};
use parvis_domain::{ids::ResourceId, time::Timestamp};
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

/// One thing to tell, before it has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOutboxEvent {
    /// Told in order within it.
    pub lane: Uuid,
    /// On whose behalf.
    pub resource: ResourceId,
    /// How the other side names it.
    pub id: Uuid,
    /// Where to.
    pub url: String,
    /// What.
    pub letter: String,
    /// Since when.
    pub created_on: Timestamp,
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEvent {
    /// Its place among all.
    pub number: i64,
    /// What it was made of.
    pub event: NewOutboxEvent,
    /// How often it was tried.
    pub attempts: u32,
}

impl Store {
    /// Keeps one more.
    pub async fn insert_outbox_event(&self, event: &NewOutboxEvent) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        insert(&mut write, event).await?;
        Ok(write.commit().await?)
    }

    /// The next of a lane.
    pub async fn next_outbox_event(&self, lane: Uuid) -> Result<Option<OutboxEvent>, StoreError> {
        sqlx::query("SELECT * FROM outbox_event WHERE lane = ?1 ORDER BY number LIMIT 1")
            .bind(lane.to_string())
            .fetch_optional(self.reader())
            .await?
            .as_ref()
            .map(event_from_row)
            .transpose()
    }

    /// Every lane with something in it.
    pub async fn list_outbox_lanes(&self) -> Result<Vec<(Uuid, ResourceId)>, StoreError> {
        sqlx::query("SELECT DISTINCT lane, resource_id FROM outbox_event")
            .fetch_all(self.reader())
            .await?
            .iter()
            .map(|row| {
                let lane = parse(row.try_get("lane")?, "outbox_event.lane")?;
                let resource = parse(row.try_get("resource_id")?, "outbox_event.resource_id")?;
                Ok((lane, resource))
            })
            .collect()
    }

    /// How many wait in a lane, and how many of a resource.
    pub async fn count_outbox_events(
        &self,
        lane: Uuid,
        resource: ResourceId,
    ) -> Result<(u32, u32), StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM outbox_event WHERE lane = ?1),
                    (SELECT count(*) FROM outbox_event WHERE resource_id = ?2)",
        )
        .bind(lane.to_string())
        .bind(resource.to_string())
        .fetch_one(self.reader())
        .await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// It was tried once more, in vain.
    pub async fn note_outbox_attempt(&self, number: i64) -> Result<(), StoreError> {
        let sql = "UPDATE outbox_event SET attempts = attempts + 1 WHERE number = ?1";
        let mut write = self.write().await?;
        sqlx::query(sql).bind(number).execute(&mut *write).await?;
        Ok(write.commit().await?)
    }

    /// It was told, or is given up.
    pub async fn delete_outbox_event(&self, number: i64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query("DELETE FROM outbox_event WHERE number = ?1")
            .bind(number)
            .execute(&mut *write)
            .await?;
        Ok(write.commit().await?)
    }
}

pub(crate) async fn insert(write: &mut Write, event: &NewOutboxEvent) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO outbox_event (lane, resource_id, id, url, letter, created_on)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(event.lane.to_string())
    .bind(event.resource.to_string())
    .bind(event.id.to_string())
    .bind(&event.url)
    .bind(&event.letter)
    .bind(event.created_on.0)
    .execute(&mut **write)
    .await?;
    Ok(())
}

fn event_from_row(row: &SqliteRow) -> Result<OutboxEvent, StoreError> {
    Ok(OutboxEvent {
        number: row.try_get("number")?,
        event: NewOutboxEvent {
            lane: parse(row.try_get("lane")?, "outbox_event.lane")?,
            resource: parse(row.try_get("resource_id")?, "outbox_event.resource_id")?,
            id: parse(row.try_get("id")?, "outbox_event.id")?,
            url: row.try_get("url")?,
            letter: row.try_get("letter")?,
            created_on: Timestamp(row.try_get("created_on")?),
        },
        attempts: row.try_get("attempts")?,
    })
}

fn parse<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(lane: u128, id: u128) -> NewOutboxEvent {
        NewOutboxEvent {
            lane: Uuid::from_u128(lane),
            resource: ResourceId(Uuid::from_u128(9)),
            id: Uuid::from_u128(id),
            url: "https://a.example/".to_owned(),
            letter: "{}".to_owned(),
            created_on: Timestamp(7),
        }
    }

    #[tokio::test]
    async fn a_lane_keeps_its_order_and_waits_for_no_other() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        for (lane, id) in [(1, 1), (2, 2), (1, 3)] {
            let event = event(lane, id);
            store.insert_outbox_event(&event).await.expect("insert");
        }
        let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(store.list_outbox_lanes().await.expect("lanes").len(), 2);
        let resource = ResourceId(Uuid::from_u128(9));
        let counts = store.count_outbox_events(first, resource).await;
        assert_eq!(counts.expect("count"), (2, 3));
        let next = store.next_outbox_event(first).await.expect("next");
        let next = next.expect("one");
        assert_eq!((next.event.clone(), next.attempts), (event(1, 1), 0));
        store
            .note_outbox_attempt(next.number)
            .await
            .expect("attempt");
        let again = store.next_outbox_event(first).await.expect("next");
        let again = again.expect("the same until it is told");
        assert_eq!((again.number, again.attempts), (next.number, 1));
        store
            .delete_outbox_event(next.number)
            .await
            .expect("delete");
        let after = store.next_outbox_event(first).await.expect("next");
        assert_eq!(after.expect("one").event, event(1, 3));
        let other = store.next_outbox_event(second).await.expect("next");
        assert_eq!(other.expect("one").event, event(2, 2));
    }
}
