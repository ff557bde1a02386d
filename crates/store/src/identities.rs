//! External identities of resources, and the epochs of their tokens.
use crate::{Store, StoreError, Write};
use parvis_domain::{
    ids::{MemberId, OrganisationId, RawId, ResourceId},
    time::Timestamp,
};
use sqlx::Row;
use std::collections::HashSet;

/// How long a repeated creation is recognised, in milliseconds.
const CREATION_KEPT_MS: i64 = 24 * 3_600 * 1_000;

/// By what an identity may be found again, besides its raw id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityNames {
    /// The back end's own name of it.
    pub custom_id: Option<String>,
    /// The member whose sign-in it stands for.
    pub member: Option<MemberId>,
    /// The caller's own name of the request that makes it.
    pub request: Option<String>,
}

/// An identity as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredIdentity {
    /// Its id.
    pub raw_id: RawId,
    /// The back end's own name of it.
    pub custom_id: Option<String>,
    /// When a token was last made for it.
    pub last_token_on: Option<Timestamp>,
}

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

    /// The identity of these names, or a new one with the id `fresh`.
    pub async fn find_or_insert_identity(
        &self,
        fresh: &RawId,
        resource: ResourceId,
        names: &IdentityNames,
        now: Timestamp,
    ) -> Result<RawId, StoreError> {
        let mut write = self.write().await?;
        let found = find(&mut write, resource, names).await?;
        let raw_id = match found {
            Some(found) => found.parse().map_err(|_| StoreError::Corrupt("identity"))?,
            None => {
                sqlx::query(
                    "INSERT INTO identity (raw_id, resource_id, created_on, custom_id, member) VALUES (?1, ?2, ?3, ?4, ?5)",
                )
                .bind(fresh.to_string())
                .bind(resource.to_string())
                .bind(now.0)
                .bind(&names.custom_id)
                .bind(names.member.map(|oid| oid.to_string()))
                .execute(&mut *write)
                .await?;
                fresh.clone()
            }
        };
        if let Some(request) = &names.request {
            remember_creation(&mut write, resource, request, &raw_id, now).await?;
        }
        write.commit().await?;
        Ok(raw_id)
    }

    /// An identity.
    pub async fn load_identity(
        &self,
        raw_id: &RawId,
    ) -> Result<Option<StoredIdentity>, StoreError> {
        let row = sqlx::query("SELECT custom_id, last_token_on FROM identity WHERE raw_id = ?1")
            .bind(raw_id.to_string())
            .fetch_optional(self.reader())
            .await?;
        row.map(|row| {
            Ok(StoredIdentity {
                raw_id: raw_id.clone(),
                custom_id: row.try_get("custom_id")?,
                last_token_on: row
                    .try_get::<Option<i64>, _>("last_token_on")?
                    .map(Timestamp),
            })
        })
        .transpose()
    }

    /// The identities that stand for a member's sign-in, one for each resource at most.
    pub async fn list_identities_of(&self, member: MemberId) -> Result<Vec<RawId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar("SELECT raw_id FROM identity WHERE member = ?1")
            .bind(member.to_string())
            .fetch_all(self.reader())
            .await?;
        ids.iter()
            .map(|id| id.parse().map_err(|_| StoreError::Corrupt("identity")))
            .collect()
    }

    /// Notes when tokens were last made, in one write.
    pub async fn note_tokens(&self, made: &[(RawId, Timestamp)]) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        for (raw_id, at) in made {
            sqlx::query(
                "UPDATE identity SET last_token_on = max(coalesce(last_token_on, 0), ?2) WHERE raw_id = ?1",
            )
            .bind(raw_id.to_string())
            .bind(at.0)
            .execute(&mut *write)
            .await?;
        }
        Ok(write.commit().await?)
    }

    /// The epoch of an identity's tokens; `None` when there is no such identity. Of one that stands for a member's sign-in,
    /// also when the member is disabled or not assigned to the resource any more.
    pub async fn load_identity_epoch(&self, raw_id: &RawId) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT i.token_epoch + coalesce(m.token_epoch, 0) FROM identity i LEFT JOIN member m ON m.oid = i.member
             WHERE i.raw_id = ?1 AND (i.member IS NULL OR (m.enabled AND EXISTS
                 (SELECT 1 FROM assignment a WHERE a.role = 'clients' AND a.organisation_id = m.organisation_id
                      AND a.principal IN (m.oid, m.organisation_id) AND a.resource_id = i.resource_id)))",
        )
        .bind(raw_id.to_string())
        .fetch_optional(self.reader())
        .await?)
    }

    /// The epoch of the tokens that a member has as a resource's extension; `None` when the member is disabled, gone or
    /// not assigned.
    pub async fn load_extension_epoch(
        &self,
        resource: ResourceId,
        organisation: OrganisationId,
        member: MemberId,
    ) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT m.token_epoch FROM member m WHERE m.oid = ?1 AND m.organisation_id = ?2 AND m.enabled AND EXISTS
                 (SELECT 1 FROM assignment a WHERE a.role = 'extension' AND a.organisation_id = ?2
                      AND a.principal IN (?1, ?2) AND a.resource_id = ?3)",
        )
        .bind(member.to_string())
        .bind(organisation.to_string())
        .bind(resource.to_string())
        .fetch_optional(self.reader())
        .await?)
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

    /// Deletes an identity and every invitation of it; answers whether there was one.
    pub async fn delete_identity(&self, raw_id: &RawId) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query("DELETE FROM identity WHERE raw_id = ?1")
            .bind(raw_id.to_string())
            .execute(&mut *write)
            .await?;
        sqlx::query("DELETE FROM room_participant WHERE raw_id = ?1")
            .bind(raw_id.to_string())
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}

async fn find(
    write: &mut Write,
    resource: ResourceId,
    names: &IdentityNames,
) -> Result<Option<String>, StoreError> {
    let lookups = [
        (
            "SELECT raw_id FROM identity_creation WHERE resource_id = ?1 AND request_id = ?2",
            names.request.clone(),
        ),
        (
            "SELECT raw_id FROM identity WHERE resource_id = ?1 AND custom_id = ?2",
            names.custom_id.clone(),
        ),
        (
            "SELECT raw_id FROM identity WHERE resource_id = ?1 AND member = ?2",
            names.member.map(|oid| oid.to_string()),
        ),
    ];
    for (statement, name) in lookups {
        let Some(name) = name else { continue };
        let found = sqlx::query_scalar(statement)
            .bind(resource.to_string())
            .bind(name)
            .fetch_optional(&mut **write)
            .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

async fn remember_creation(
    write: &mut Write,
    resource: ResourceId,
    request: &str,
    raw_id: &RawId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM identity_creation WHERE made_on < ?1")
        .bind(now.0 - CREATION_KEPT_MS)
        .execute(&mut **write)
        .await?;
    sqlx::query(
        "INSERT INTO identity_creation (resource_id, request_id, raw_id, made_on) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (resource_id, request_id) DO NOTHING",
    )
    .bind(resource.to_string())
    .bind(request)
    .bind(raw_id.to_string())
    .bind(now.0)
    .execute(&mut **write)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resources::StoredResource;

    // [B2]
    #[tokio::test]
    async fn an_identity_is_found_by_its_names() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        let resource: ResourceId = "1b5cc06b-f352-4571-b1e6-d9b259b7c776".parse().expect("id");
        let stored = StoredResource {
            id: resource,
            name: String::new(),
            primary_key: vec![],
            secondary_key: vec![],
            created_on: Timestamp(1),
        };
        store.insert_resource(&stored).await.expect("resource");
        let user = |n: u128| RawId::External {
            resource,
            user: parvis_domain::ids::ExternalUserId(uuid::Uuid::from_u128(n)),
        };
        let member = MemberId(uuid::Uuid::from_u128(9));
        let custom = IdentityNames {
            custom_id: Some("patient-7".to_owned()),
            ..IdentityNames::default()
        };
        let request = IdentityNames {
            request: Some("r-1".to_owned()),
            ..IdentityNames::default()
        };
        let signed_in = IdentityNames {
            member: Some(member),
            ..IdentityNames::default()
        };
        for (names, first, second) in [(&custom, 1, 2), (&request, 3, 4), (&signed_in, 5, 6)] {
            for fresh in [first, second] {
                let kept = store
                    .find_or_insert_identity(&user(fresh), resource, names, Timestamp(2))
                    .await;
                assert_eq!(kept.expect("kept"), user(first));
            }
            let second = store.load_identity(&user(second)).await;
            assert_eq!(second.expect("load"), None, "made once");
        }
        let of_member = store.list_identities_of(member).await;
        assert_eq!(of_member.expect("list"), [user(5)]);
        let made = [(user(1), Timestamp(9)), (user(1), Timestamp(7))];
        store.note_tokens(&made).await.expect("note");
        let loaded = store.load_identity(&user(1)).await.expect("load");
        let loaded = loaded.expect("some");
        assert_eq!(loaded.custom_id.as_deref(), Some("patient-7"));
        assert_eq!(loaded.last_token_on, Some(Timestamp(9)));
        assert!(store.delete_identity(&user(3)).await.expect("delete"));
        let later = Timestamp(2 + CREATION_KEPT_MS + 1);
        let fresh = user(4);
        let again = store.find_or_insert_identity(&fresh, resource, &request, later);
        assert_eq!(again.await.expect("new"), fresh, "the first is gone");
    }

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
