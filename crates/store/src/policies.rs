//! The policies of organisations, and every change of them.
use crate::{Store, StoreError};
use parvis_domain::{ids::OrganisationId, policy::OrganisationPolicy, time::Timestamp};
use sqlx::Row;

/// One change of an organisation's policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// A member's oid, or `operator`.
    pub changed_by: String,
    /// When.
    pub changed_on: Timestamp,
    /// JSON: `{name: [before, after]}`.
    pub changes: String,
}

impl Store {
    /// The policies of an organisation.
    pub async fn load_policy(
        &self,
        organisation: OrganisationId,
    ) -> Result<Option<OrganisationPolicy>, StoreError> {
        let text: Option<String> =
            sqlx::query_scalar("SELECT policy FROM organisation WHERE id = ?1")
                .bind(organisation.to_string())
                .fetch_optional(self.reader())
                .await?;
        text.map(|text| {
            OrganisationPolicy::from_json(&text)
                .map_err(|_| StoreError::Corrupt("organisation.policy"))
        })
        .transpose()
    }

    /// Saves the policies of an organisation together with the record of the change; answers whether there is such an
    /// organisation.
    pub async fn save_policy(
        &self,
        organisation: OrganisationId,
        policy: &OrganisationPolicy,
        change: &PolicyChange,
    ) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query("UPDATE organisation SET policy = ?2 WHERE id = ?1")
            .bind(organisation.to_string())
            .bind(policy.to_json())
            .execute(&mut *write)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO policy_change (organisation_id, changed_by, changed_on, changes) VALUES (?1, ?2, ?3, ?4)",
        )
        .bind(organisation.to_string())
        .bind(&change.changed_by)
        .bind(change.changed_on.0)
        .bind(&change.changes)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(true)
    }

    /// The latest changes of an organisation's policies, newest first.
    pub async fn list_policy_changes(
        &self,
        organisation: OrganisationId,
        limit: u32,
    ) -> Result<Vec<PolicyChange>, StoreError> {
        let rows = sqlx::query(
            "SELECT changed_by, changed_on, changes FROM policy_change WHERE organisation_id = ?1
             ORDER BY id DESC LIMIT ?2",
        )
        .bind(organisation.to_string())
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(PolicyChange {
                    changed_by: row.try_get("changed_by")?,
                    changed_on: Timestamp(row.try_get("changed_on")?),
                    changes: row.try_get("changes")?,
                })
            })
            .collect()
    }
}
