//! Counters that grow with each change of a topic, whichever process makes it.
use crate::{Store, StoreError};

/// What a counter counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// Resources and their keys.
    pub resources: i64,
    /// Policies of organisations.
    pub policies: i64,
    /// Assignments that were changed or taken back.
    pub assignments: i64,
}

impl Store {
    /// The counters now.
    pub async fn load_revisions(&self) -> Result<Revisions, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT topic, number FROM revision")
            .fetch_all(self.reader())
            .await?;
        let of = |topic: &str| {
            let found = rows.iter().find(|(name, _)| name == topic);
            found.map_or(0, |(_, number)| *number)
        };
        Ok(Revisions {
            resources: of("resource"),
            policies: of("policy"),
            assignments: of("assignment"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::{KeyColumn, StoredResource};
    use parvis_domain::time::Timestamp;

    #[tokio::test]
    async fn every_change_of_a_resource_is_counted_for_other_processes() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("p.db");
        let store = Store::open(&file).await.expect("open");
        let other = Store::open(&file).await.expect("another process");
        let before = store.load_revisions().await.expect("load");
        let resource = StoredResource {
            id: "1b5cc06b-f352-4571-b1e6-d9b259b7c776".parse().expect("id"),
            name: "demo".to_owned(),
            primary_key: vec![1; 64],
            secondary_key: vec![2; 64],
            created_on: Timestamp(7),
        };
        other.insert_resource(&resource).await.expect("insert");
        let changed = other.update_resource_key(resource.id, KeyColumn::Primary, &[3; 64]);
        assert!(changed.await.expect("update"));
        let after = store.load_revisions().await.expect("load");
        assert_eq!(after.resources, before.resources + 2);
        assert_eq!(after.policies, before.policies);
    }
}
