//! Organisations and their members.
use crate::{Store, StoreError, Write};
use parvis_domain::{
    directory::{Licence, Member, Organisation, Upn},
    ids::{MemberId, OrganisationId},
    time::Timestamp,
};
use sqlx::{Row, sqlite::SqliteRow};

/// A member with what only sign-in and token checks read.
#[derive(Clone)]
pub struct StoredMember {
    /// The directory entry.
    pub member: Member,
    /// argon2id in PHC form.
    pub password_hash: String,
    /// Tokens made under another epoch have ended.
    pub token_epoch: i64,
}

/// Licences come along as one text; a plan's name holds no comma.
const MEMBER_COLUMNS: &str =
    "m.oid, m.organisation_id, m.upn, m.display_name, m.enabled, m.password_hash, m.token_epoch,
    (SELECT group_concat(l.plan, ',') FROM member_licence l WHERE l.oid = m.oid) AS licences";

impl Store {
    /// Saves a new organisation with default policies.
    pub async fn insert_organisation(
        &self,
        organisation: &Organisation,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query("INSERT INTO organisation (id, name, created_on) VALUES (?1, ?2, ?3)")
            .bind(organisation.id.to_string())
            .bind(&organisation.name)
            .bind(now.0)
            .execute(&mut *write)
            .await?;
        Ok(write.commit().await?)
    }

    /// An organisation by id.
    pub async fn load_organisation(
        &self,
        id: OrganisationId,
    ) -> Result<Option<Organisation>, StoreError> {
        let name = sqlx::query_scalar("SELECT name FROM organisation WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(self.reader())
            .await?;
        Ok(name.map(|name| Organisation { id, name }))
    }

    /// Saves a new member. A taken sign-in name is a `Conflict`.
    pub async fn insert_member(
        &self,
        member: &Member,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO member (oid, organisation_id, upn, display_name, enabled, password_hash, created_on)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(member.oid.to_string())
        .bind(member.organisation.to_string())
        .bind(member.upn.as_str())
        .bind(&member.display_name)
        .bind(member.enabled)
        .bind(password_hash)
        .bind(now.0)
        .execute(&mut *write)
        .await?;
        insert_licences(&mut write, member.oid, &member.licences).await?;
        Ok(write.commit().await?)
    }

    /// A member by object id.
    pub async fn load_member(&self, oid: MemberId) -> Result<Option<StoredMember>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {MEMBER_COLUMNS} FROM member m WHERE m.oid = ?1"
        )))
        .bind(oid.to_string())
        .fetch_optional(self.reader())
        .await?
        .as_ref()
        .map(member_from_row)
        .transpose()
    }

    /// A member by sign-in name.
    pub async fn load_member_by_upn(&self, upn: &Upn) -> Result<Option<StoredMember>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {MEMBER_COLUMNS} FROM member m WHERE m.upn = ?1"
        )))
        .bind(upn.as_str())
        .fetch_optional(self.reader())
        .await?
        .as_ref()
        .map(member_from_row)
        .transpose()
    }

    /// The first `limit` members of an organisation by sign-in name.
    pub async fn list_members(
        &self,
        organisation: OrganisationId,
        limit: u32,
    ) -> Result<Vec<Member>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {MEMBER_COLUMNS} FROM member m WHERE m.organisation_id = ?1 ORDER BY m.upn LIMIT ?2"
        )))
        .bind(organisation.to_string())
        .bind(limit)
        .fetch_all(self.reader())
        .await?
        .iter()
        .map(|row| member_from_row(row).map(|stored| stored.member))
        .collect()
    }

    /// Saves name, state and licences of a member; answers whether there is such a member.
    pub async fn update_member(&self, member: &Member) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query("UPDATE member SET display_name = ?2, enabled = ?3 WHERE oid = ?1")
            .bind(member.oid.to_string())
            .bind(&member.display_name)
            .bind(member.enabled)
            .execute(&mut *write)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("DELETE FROM member_licence WHERE oid = ?1")
            .bind(member.oid.to_string())
            .execute(&mut *write)
            .await?;
        insert_licences(&mut write, member.oid, &member.licences).await?;
        write.commit().await?;
        Ok(true)
    }

    /// Ends all tokens, sign-ins and browser sessions of a member; answers the new epoch.
    pub async fn advance_member_epoch(
        &self,
        oid: MemberId,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let mut write = self.write().await?;
        let epoch = sqlx::query_scalar(
            "UPDATE member SET token_epoch = token_epoch + 1 WHERE oid = ?1 RETURNING token_epoch",
        )
        .bind(oid.to_string())
        .fetch_optional(&mut *write)
        .await?;
        sqlx::query("UPDATE oauth_grant SET ended_on = ?2 WHERE oid = ?1 AND ended_on IS NULL")
            .bind(oid.to_string())
            .bind(now.0)
            .execute(&mut *write)
            .await?;
        sqlx::query("DELETE FROM sign_in_session WHERE oid = ?1")
            .bind(oid.to_string())
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(epoch)
    }
}

async fn insert_licences(
    write: &mut Write,
    oid: MemberId,
    licences: &[Licence],
) -> Result<(), StoreError> {
    for licence in licences {
        sqlx::query("INSERT OR IGNORE INTO member_licence (oid, plan) VALUES (?1, ?2)")
            .bind(oid.to_string())
            .bind(licence.as_str())
            .execute(&mut **write)
            .await?;
    }
    Ok(())
}

fn member_from_row(row: &SqliteRow) -> Result<StoredMember, StoreError> {
    let damaged = |_| StoreError::Corrupt("member id");
    let licences = row.try_get::<Option<&str>, _>("licences")?.unwrap_or("");
    Ok(StoredMember {
        member: Member {
            oid: row.try_get::<&str, _>("oid")?.parse().map_err(damaged)?,
            organisation: row
                .try_get::<&str, _>("organisation_id")?
                .parse()
                .map_err(damaged)?,
            upn: Upn::parse(row.try_get("upn")?).ok_or(StoreError::Corrupt("member.upn"))?,
            display_name: row.try_get("display_name")?,
            enabled: row.try_get("enabled")?,
            licences: licences.split(',').filter_map(Licence::parse).collect(),
        },
        password_hash: row.try_get("password_hash")?,
        token_epoch: row.try_get("token_epoch")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn store_with_member() -> (tempfile::TempDir, Store, Member) {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        let organisation = Organisation {
            id: "1b5cc06b-f352-4571-b1e6-d9b259b7c777".parse().expect("id"),
            name: "Clinic".to_owned(),
        };
        store
            .insert_organisation(&organisation, Timestamp(1))
            .await
            .expect("insert");
        let member = Member {
            oid: "1b5cc06b-f352-4571-b1e6-d9b259b7c776".parse().expect("id"),
            organisation: organisation.id,
            upn: Upn::parse("Ada@example.org").expect("upn"),
            display_name: "Ada".to_owned(),
            enabled: true,
            licences: vec![Licence::parse("TEAMS1").expect("plan")],
        };
        store
            .insert_member(&member, "hash", Timestamp(1))
            .await
            .expect("insert");
        (folder, store, member)
    }

    #[tokio::test]
    async fn members_are_found_by_either_name_and_change() {
        let (_folder, store, mut member) = store_with_member().await;
        assert!(matches!(
            store.insert_member(&member, "hash", Timestamp(1)).await,
            Err(StoreError::Conflict(_))
        ));
        let upn = Upn::parse("ADA@EXAMPLE.ORG").expect("upn");
        let found = store
            .load_member_by_upn(&upn)
            .await
            .expect("load")
            .expect("found");
        assert_eq!(found.member, member);
        member.display_name = "Ada King".to_owned();
        member.enabled = false;
        member.licences = vec![];
        assert!(store.update_member(&member).await.expect("update"));
        let found = store
            .load_member(member.oid)
            .await
            .expect("load")
            .expect("found");
        assert_eq!(found.member, member);
        assert_eq!(
            store
                .list_members(member.organisation, 10)
                .await
                .expect("list"),
            [member]
        );
    }

    #[tokio::test]
    async fn epochs_move_on() {
        let (_folder, store, member) = store_with_member().await;
        assert_eq!(
            store
                .advance_member_epoch(member.oid, Timestamp(2))
                .await
                .expect("advance"),
            Some(1)
        );
        assert_eq!(
            store
                .load_member(member.oid)
                .await
                .expect("load")
                .expect("found")
                .token_epoch,
            1
        );
    }
}
