//! External identities of resources, and the epochs of their tokens.
use crate::{Store, StoreError};
use parvis_domain::{
    ids::{RawId, ResourceId},
    time::Timestamp,
};
use std::collections::HashSet;

impl Store {
    /// Saves a new identity.
    pub async fn insert_identity(
        &self,
        raw_id: &RawId,
        resource: ResourceId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query("INSERT INTO identity (raw_id, resource_id, created_on) VALUES (?1, ?2, ?3)")
            .bind(raw_id.to_string())
            .bind(resource.to_string())
            .bind(now.0)
            .execute(&mut *write)
            .await?;
        Ok(write.commit().await?)
    }

    /// The epoch of an identity's tokens; `None` when there is no such identity.
    pub async fn load_identity_epoch(&self, raw_id: &RawId) -> Result<Option<i64>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT token_epoch FROM identity WHERE raw_id = ?1")
                .bind(raw_id.to_string())
                .fetch_optional(self.reader())
                .await?,
        )
    }

    /// Which of these identities exist.
    pub async fn list_known_identities(
        &self,
        raw_ids: &[RawId],
    ) -> Result<HashSet<RawId>, StoreError> {
        let texts: Vec<String> = raw_ids.iter().map(RawId::to_string).collect();
        let known: Vec<String> = sqlx::query_scalar(
            "SELECT raw_id FROM identity WHERE raw_id IN (SELECT value FROM json_each(?1))",
        )
        .bind(serde_json::json!(texts).to_string())
        .fetch_all(self.reader())
        .await?;
        let known = known.iter().map(|id| id.parse());
        known
            .collect::<Result<_, _>>()
            .map_err(|_| StoreError::Corrupt("a raw id"))
    }

    /// Ends all tokens of an identity; answers the new epoch, `None` when there is no such identity.
    pub async fn advance_identity_epoch(&self, raw_id: &RawId) -> Result<Option<i64>, StoreError> {
        let mut write = self.write().await?;
        let epoch = sqlx::query_scalar(
            "UPDATE identity SET token_epoch = token_epoch + 1 WHERE raw_id = ?1 RETURNING token_epoch",
        )
        .bind(raw_id.to_string())
        .fetch_optional(&mut *write)
        .await?;
        write.commit().await?;
        Ok(epoch)
    }

    /// Deletes an identity; answers whether there was one.
    pub async fn delete_identity(&self, raw_id: &RawId) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query("DELETE FROM identity WHERE raw_id = ?1")
            .bind(raw_id.to_string())
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::StoredResource;

    #[tokio::test]
    async fn epochs_move_on_and_deleting_ends_them() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        let resource: ResourceId = "1b5cc06b-f352-4571-b1e6-d9b259b7c776".parse().expect("id");
        let raw_id: RawId =
            "8:acs:1b5cc06b-f352-4571-b1e6-d9b259b7c776_0000000a-b1cc-8a94-e3c7-593a0d003a89"
                .parse()
                .expect("raw id");
        assert!(
            store
                .insert_identity(&raw_id, resource, Timestamp(1))
                .await
                .is_err(),
            "an identity needs its resource"
        );
        store
            .insert_resource(&StoredResource {
                id: resource,
                name: String::new(),
                primary_key: vec![],
                secondary_key: vec![],
                created_on: Timestamp(1),
            })
            .await
            .expect("resource");
        assert_eq!(
            store.load_identity_epoch(&raw_id).await.expect("load"),
            None
        );
        assert_eq!(
            store
                .advance_identity_epoch(&raw_id)
                .await
                .expect("advance"),
            None
        );
        store
            .insert_identity(&raw_id, resource, Timestamp(1))
            .await
            .expect("insert");
        assert_eq!(
            store.load_identity_epoch(&raw_id).await.expect("load"),
            Some(0)
        );
        assert_eq!(
            store
                .advance_identity_epoch(&raw_id)
                .await
                .expect("advance"),
            Some(1)
        );
        assert!(store.delete_identity(&raw_id).await.expect("delete"));
        assert!(!store.delete_identity(&raw_id).await.expect("delete"));
        assert_eq!(
            store.load_identity_epoch(&raw_id).await.expect("load"),
            None
        );
    }
}
