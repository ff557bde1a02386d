//! Who may use a resource without its key, and as what.
use crate::{Store, StoreError, Write};
use parvis_domain::{
    assignment::{Assignment, PrincipalKind, Role},
    ids::{MemberId, OrganisationId, ResourceId},
    time::Timestamp,
};
use sqlx::{Row, sqlite::SqliteRow};

impl Store {
    /// Saves an assignment unless its principal has another resource in that role; answers the one that is stored then,
    /// and whether it is new.
    pub async fn save_assignment(
        &self,
        assignment: &Assignment,
        now: Timestamp,
    ) -> Result<(Assignment, bool), StoreError> {
        let mut write = self.write().await?;
        let before = load(&mut write, assignment).await?;
        match before {
            Some(before) if before.resource != assignment.resource => return Ok((before, false)),
            Some(before) if before == *assignment => return Ok((before, false)),
            _ => {}
        }
        let is_new = before.is_none();
        sqlx::query(
            "INSERT INTO assignment (role, organisation_id, principal, kind, resource_id, client_ids, created_on)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (role, organisation_id, principal) DO UPDATE SET kind = excluded.kind, client_ids = excluded.client_ids",
        )
        .bind(assignment.role.name())
        .bind(assignment.organisation.to_string())
        .bind(&assignment.principal)
        .bind(assignment.kind.name())
        .bind(assignment.resource.to_string())
        .bind(serde_json::json!(assignment.client_ids).to_string())
        .bind(now.0)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok((assignment.clone(), is_new))
    }

    /// Removes an assignment; answers whether there was one.
    pub async fn delete_assignment(
        &self,
        resource: ResourceId,
        role: Role,
        organisation: OrganisationId,
        principal: &str,
    ) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query(
            "DELETE FROM assignment WHERE role = ?1 AND organisation_id = ?2 AND principal = ?3 AND resource_id = ?4",
        )
        .bind(role.name())
        .bind(organisation.to_string())
        .bind(principal)
        .bind(resource.to_string())
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// What one of these principals of an organisation has in a role; the first named principal counts first.
    pub async fn find_assignment(
        &self,
        role: Role,
        organisation: OrganisationId,
        principals: &[&str],
    ) -> Result<Option<Assignment>, StoreError> {
        for principal in principals {
            let row = sqlx::query(
                "SELECT * FROM assignment WHERE role = ?1 AND organisation_id = ?2 AND principal = ?3",
            )
            .bind(role.name())
            .bind(organisation.to_string())
            .bind(principal)
            .fetch_optional(self.reader())
            .await?;
            if let Some(row) = row {
                return from_row(&row).map(Some);
            }
        }
        Ok(None)
    }

    /// All of a resource, up to `limit`.
    pub async fn list_assignments(
        &self,
        resource: ResourceId,
        limit: u32,
    ) -> Result<Vec<Assignment>, StoreError> {
        sqlx::query(
            "SELECT * FROM assignment WHERE resource_id = ?1 ORDER BY role, organisation_id, principal LIMIT ?2",
        )
        .bind(resource.to_string())
        .bind(limit)
        .fetch_all(self.reader())
        .await?
        .iter()
        .map(from_row)
        .collect()
    }

    /// The resources that a member uses as an extension.
    pub async fn list_extensions(
        &self,
        organisation: OrganisationId,
        member: MemberId,
    ) -> Result<Vec<ResourceId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT resource_id FROM assignment WHERE role = 'extension' AND organisation_id = ?1 AND principal IN (?1, ?2)",
        )
        .bind(organisation.to_string())
        .bind(member.to_string())
        .fetch_all(self.reader())
        .await?;
        ids.iter()
            .map(|id| id.parse().map_err(|_| StoreError::Corrupt("assignment")))
            .collect()
    }
}

async fn load(
    write: &mut Write,
    assignment: &Assignment,
) -> Result<Option<Assignment>, StoreError> {
    sqlx::query(
        "SELECT * FROM assignment WHERE role = ?1 AND organisation_id = ?2 AND principal = ?3",
    )
    .bind(assignment.role.name())
    .bind(assignment.organisation.to_string())
    .bind(&assignment.principal)
    .fetch_optional(&mut **write)
    .await?
    .as_ref()
    .map(from_row)
    .transpose()
}

fn from_row(row: &SqliteRow) -> Result<Assignment, StoreError> {
    let damaged = || StoreError::Corrupt("assignment");
    let text = |name: &str| row.try_get::<&str, _>(name);
    Ok(Assignment {
        role: Role::parse(text("role")?).ok_or_else(damaged)?,
        organisation: text("organisation_id")?.parse().map_err(|_| damaged())?,
        principal: text("principal")?.to_owned(),
        kind: PrincipalKind::parse(text("kind")?).ok_or_else(damaged)?,
        resource: text("resource_id")?.parse().map_err(|_| damaged())?,
        client_ids: serde_json::from_str(text("client_ids")?).map_err(|_| damaged())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::StoredResource;
    use parvis_domain::directory::Organisation;

    #[tokio::test]
    async fn a_principal_has_one_resource_in_a_role() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        let organisation = OrganisationId(uuid::Uuid::from_u128(7));
        let clinic = Organisation {
            id: organisation,
            name: "Clinic".to_owned(),
        };
        store
            .insert_organisation(&clinic, Timestamp(1))
            .await
            .expect("organisation");
        let resources = [1, 2].map(|n| ResourceId(uuid::Uuid::from_u128(n)));
        for id in resources {
            let resource = StoredResource {
                id,
                name: String::new(),
                primary_key: vec![],
                secondary_key: vec![],
                created_on: Timestamp(1),
            };
            store.insert_resource(&resource).await.expect("resource");
        }
        let mut wanted = Assignment {
            role: Role::Clients,
            organisation,
            principal: organisation.to_string(),
            kind: PrincipalKind::Organisation,
            resource: resources[0],
            client_ids: vec![],
        };
        let now = Timestamp(2);
        let saved = store.save_assignment(&wanted, now).await.expect("save");
        assert_eq!(saved, (wanted.clone(), true));
        let again = store.save_assignment(&wanted, now).await.expect("again");
        assert_eq!(again, (wanted.clone(), false));
        let first = wanted.clone();
        wanted.resource = resources[1];
        let other = store.save_assignment(&wanted, now).await.expect("other");
        assert_eq!(other, (first.clone(), false), "the first stays");
        let everybody = organisation.to_string();
        let either = ["nobody", &everybody];
        let found = store.find_assignment(Role::Clients, organisation, &either);
        assert_eq!(found.await.expect("find"), Some(first.clone()));
        let gone = store.delete_assignment(resources[1], Role::Clients, organisation, &everybody);
        assert!(!gone.await.expect("another resource's"));
        let before = store.load_revisions().await.expect("load").assignments;
        let gone = store.delete_assignment(resources[0], Role::Clients, organisation, &everybody);
        assert!(gone.await.expect("delete"));
        let listed = store.list_assignments(resources[0], 9).await.expect("list");
        assert_eq!(listed, []);
        let after = store.load_revisions().await.expect("load").assignments;
        assert_eq!(after, before + 1, "other processes notice");
    }
}
