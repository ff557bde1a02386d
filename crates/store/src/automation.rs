//! Apps' connections to calls. A connection is saved together with what its app has yet to be told of it.
use crate::{
    Store, StoreError,
    outbox::{self, NewOutboxEvent},
};
use parvis_domain::{
    automation::Connection,
    ids::{ConnectionId, ResourceId},
    time::Timestamp,
};
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

impl Store {
    /// Saves a new connection. `request` is the repeatable request that makes it; when an earlier one of the resource was
    /// the same, nothing is saved and the answer is false.
    pub async fn insert_connection(
        &self,
        connection: &Connection,
        request: Option<Uuid>,
        events: &[NewOutboxEvent],
    ) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query(
            "INSERT INTO automation_connection
                 (id, resource_id, call_id, request_id, record, created_on, ended_on)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (resource_id, request_id) WHERE request_id IS NOT NULL DO NOTHING",
        )
        .bind(connection.id.to_string())
        .bind(connection.resource.to_string())
        .bind(connection.call.to_string())
        .bind(request.map(|id| id.to_string()))
        .bind(written(connection)?)
        .bind(connection.created_on.0)
        .bind(connection.is_over().then_some(connection.created_on.0))
        .execute(&mut *write)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        for event in events {
            outbox::insert(&mut write, event).await?;
        }
        write.commit().await?;
        Ok(true)
    }

    /// Saves a connection as it is now, and what its app is to be told of it.
    pub async fn save_connection(
        &self,
        connection: &Connection,
        events: &[NewOutboxEvent],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "UPDATE automation_connection SET record = ?2, ended_on = coalesce(ended_on, ?3)
             WHERE id = ?1",
        )
        .bind(connection.id.to_string())
        .bind(written(connection)?)
        .bind(connection.is_over().then_some(now.0))
        .execute(&mut *write)
        .await?;
        for event in events {
            outbox::insert(&mut write, event).await?;
        }
        Ok(write.commit().await?)
    }

    /// A connection, ended ones included.
    pub async fn load_connection(
        &self,
        id: ConnectionId,
    ) -> Result<Option<Connection>, StoreError> {
        sqlx::query("SELECT record FROM automation_connection WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(self.reader())
            .await?
            .as_ref()
            .map(connection_from_row)
            .transpose()
    }

    /// The connection that a request made.
    pub async fn load_connection_by_request(
        &self,
        resource: ResourceId,
        request: Uuid,
    ) -> Result<Option<Connection>, StoreError> {
        sqlx::query(
            "SELECT record FROM automation_connection WHERE resource_id = ?1 AND request_id = ?2",
        )
        .bind(resource.to_string())
        .bind(request.to_string())
        .fetch_optional(self.reader())
        .await?
        .as_ref()
        .map(connection_from_row)
        .transpose()
    }

    /// Every connection that has not ended.
    pub async fn list_live_connections(&self) -> Result<Vec<Connection>, StoreError> {
        sqlx::query("SELECT record FROM automation_connection WHERE ended_on IS NULL")
            .fetch_all(self.reader())
            .await?
            .iter()
            .map(connection_from_row)
            .collect()
    }

    /// How many connections of a resource have not ended.
    pub async fn count_live_connections(&self, resource: ResourceId) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM automation_connection
                   WHERE resource_id = ?1 AND ended_on IS NULL";
        Ok(sqlx::query_scalar(sql)
            .bind(resource.to_string())
            .fetch_one(self.reader())
            .await?)
    }

    /// Forgets connections that ended before `before`.
    pub async fn forget_connections(&self, before: Timestamp) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query("DELETE FROM automation_connection WHERE ended_on < ?1")
            .bind(before.0)
            .execute(&mut *write)
            .await?;
        Ok(write.commit().await?)
    }
}

fn written(connection: &Connection) -> Result<String, StoreError> {
    serde_json::to_string(connection)
        .map_err(|_| StoreError::Corrupt("automation_connection.record"))
}

fn connection_from_row(row: &SqliteRow) -> Result<Connection, StoreError> {
    serde_json::from_str(row.try_get("record")?)
        .map_err(|_| StoreError::Corrupt("automation_connection.record"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use parvis_domain::{
        automation::{Fact, NewConnection, Way},
        call::EndCode,
        ids::CallId,
    };

    fn connection(id: u128) -> Connection {
        Connection::new(NewConnection {
            id: ConnectionId(Uuid::from_u128(id)),
            resource: ResourceId(Uuid::from_u128(9)),
            call: CallId(Uuid::from_u128(id + 100)),
            correlation: Uuid::from_u128(5),
            way: Way::Connected,
            callback: "https://a.example/".to_owned(),
            context: None,
            source: None,
            source_name: None,
            targets: Vec::new(),
            answered_by: None,
            leg: None,
            created_on: Timestamp(7),
        })
    }

    fn event(lane: ConnectionId) -> NewOutboxEvent {
        NewOutboxEvent {
            lane: lane.0,
            resource: ResourceId(Uuid::from_u128(9)),
            id: Uuid::from_u128(77),
            url: "https://a.example/".to_owned(),
            letter: "{}".to_owned(),
            created_on: Timestamp(7),
        }
    }

    #[tokio::test]
    async fn a_connection_lives_until_it_is_over_and_is_remembered_a_while() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        let mut one = connection(1);
        let request = Some(Uuid::from_u128(3));
        let resource = one.resource;
        assert!(
            store
                .insert_connection(&one, request, &[])
                .await
                .expect("new")
        );
        assert!(
            !store
                .insert_connection(&connection(2), request, &[event(one.id)])
                .await
                .expect("again"),
            "one request makes one connection"
        );
        assert!(store.list_outbox_lanes().await.expect("lanes").is_empty());
        let found = store
            .load_connection_by_request(resource, Uuid::from_u128(3))
            .await;
        assert_eq!(found.expect("load"), Some(one.clone()));
        let count = store.count_live_connections(resource).await;
        assert_eq!(count.expect("count"), 1);

        one.handle(Fact::Over(EndCode::CALL_OVER));
        store
            .save_connection(&one, &[event(one.id)], Timestamp(50))
            .await
            .expect("save");
        assert_eq!(store.list_outbox_lanes().await.expect("lanes").len(), 1);
        assert!(
            store
                .list_live_connections()
                .await
                .expect("list")
                .is_empty()
        );
        let found = store.load_connection(one.id).await.expect("load");
        assert_eq!(found, Some(one.clone()));
        store
            .forget_connections(Timestamp(50))
            .await
            .expect("early");
        assert!(store.load_connection(one.id).await.expect("load").is_some());
        store.forget_connections(Timestamp(51)).await.expect("late");
        assert!(store.load_connection(one.id).await.expect("load").is_none());
    }
}
