//! Resources and their two access keys.
use crate::{Store, StoreError};
use parvis_domain::{ids::ResourceId, time::Timestamp};
use sqlx::{Row, sqlite::SqliteRow};

/// A resource as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResource {
    /// Its id.
    pub id: ResourceId,
    /// For people.
    pub name: String,
    /// The first access key, decoded.
    pub primary_key: Vec<u8>,
    /// The second access key, decoded.
    pub secondary_key: Vec<u8>,
    /// When it was made.
    pub created_on: Timestamp,
}

/// Which of the two keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyColumn {
    /// `primary_key`.
    Primary,
    /// `secondary_key`.
    Secondary,
}

impl Store {
    /// Saves a new resource.
    pub async fn insert_resource(&self, resource: &StoredResource) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO resource (id, name, primary_key, secondary_key, created_on) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(resource.id.to_string())
        .bind(&resource.name)
        .bind(&resource.primary_key)
        .bind(&resource.secondary_key)
        .bind(resource.created_on.0)
        .execute(&mut *write)
        .await?;
        Ok(write.commit().await?)
    }

    /// The first `limit` resources by age.
    pub async fn list_resources(&self, limit: u32) -> Result<Vec<StoredResource>, StoreError> {
        sqlx::query(
            "SELECT id, name, primary_key, secondary_key, created_on FROM resource ORDER BY created_on, id LIMIT ?1",
        )
        .bind(limit)
        .fetch_all(self.reader())
        .await?
        .iter()
        .map(resource_from_row)
        .collect()
    }

    /// Replaces one key; answers whether the resource exists.
    pub async fn update_resource_key(
        &self,
        id: ResourceId,
        column: KeyColumn,
        key: &[u8],
    ) -> Result<bool, StoreError> {
        let statement = match column {
            KeyColumn::Primary => "UPDATE resource SET primary_key = ?2 WHERE id = ?1",
            KeyColumn::Secondary => "UPDATE resource SET secondary_key = ?2 WHERE id = ?1",
        };
        let mut write = self.write().await?;
        let done = sqlx::query(statement)
            .bind(id.to_string())
            .bind(key)
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}

fn resource_from_row(row: &SqliteRow) -> Result<StoredResource, StoreError> {
    Ok(StoredResource {
        id: row
            .try_get::<&str, _>("id")?
            .parse()
            .map_err(|_| StoreError::Corrupt("resource.id"))?,
        name: row.try_get("name")?,
        primary_key: row.try_get("primary_key")?,
        secondary_key: row.try_get("secondary_key")?,
        created_on: Timestamp(row.try_get("created_on")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keys_are_replaced_one_at_a_time() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        let mut resource = StoredResource {
            id: "1b5cc06b-f352-4571-b1e6-d9b259b7c776".parse().expect("id"),
            name: "demo".to_owned(),
            primary_key: vec![1; 64],
            secondary_key: vec![2; 64],
            created_on: Timestamp(7),
        };
        store.insert_resource(&resource).await.expect("insert");
        assert!(
            store.insert_resource(&resource).await.is_err(),
            "ids are unique"
        );
        let changed = store
            .update_resource_key(resource.id, KeyColumn::Secondary, &[3; 64])
            .await
            .expect("update");
        assert!(changed);
        resource.secondary_key = vec![3; 64];
        let listed = store.list_resources(64).await.expect("list");
        assert!(listed == [resource]);
        let other = "00000000-f352-4571-b1e6-d9b259b7c776".parse().expect("id");
        assert!(
            !store
                .update_resource_key(other, KeyColumn::Primary, &[9; 64])
                .await
                .expect("update")
        );
    }
}
