//! The OpenID provider's clients, consents, grants, codes, refresh tokens and browser sessions. Secrets come in as hashes.
use crate::{Store, StoreError, Write};
use parvis_domain::{
    ids::{MemberId, OrganisationId},
    time::Timestamp,
};
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

/// The SHA-256 of a secret that only its holder knows.
pub type SecretHash = [u8; 32];

/// An application that members sign in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClient {
    /// Its id.
    pub client_id: String,
    /// For the consent page.
    pub name: String,
    /// The only organisation whose members may use it; `None` means any.
    pub organisation: Option<OrganisationId>,
    /// The hash of a confidential client's secret.
    pub secret_hash: Option<SecretHash>,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// What it may ask for at all.
    pub permissions: Vec<String>,
    /// Whether the administrator consented to all of that for everybody.
    pub pre_consented: bool,
}

/// One sign-in of one member to one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGrant {
    /// Its id.
    pub id: Uuid,
    /// To which client.
    pub client_id: String,
    /// Who.
    pub oid: MemberId,
    /// Space-separated, as asked for.
    pub scopes: String,
}

/// What a code is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCode {
    /// Where it was sent; the redemption must name the same.
    pub redirect_uri: String,
    /// The S256 challenge.
    pub challenge: String,
    /// For the id token.
    pub nonce: Option<String>,
    /// When it ends.
    pub expires_on: Timestamp,
}

/// What became of a code or refresh token that somebody presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented<T> {
    /// Never made, expired, or its grant ended.
    Unknown,
    /// Used before; its grant has ended now.
    Replayed,
    /// Used now, for the first time.
    Fresh(T),
}

impl Store {
    /// Saves a client, in place of one with the same id.
    pub async fn save_oauth_client(
        &self,
        client: &StoredClient,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let redirect_uris = serde_json::to_string(&client.redirect_uris)
            .map_err(|_| StoreError::Corrupt("oauth_client.redirect_uris"))?;
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO oauth_client (client_id, name, organisation_id, secret_hash, redirect_uris, permissions, pre_consented, created_on)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, organisation_id = excluded.organisation_id,
                 secret_hash = excluded.secret_hash, redirect_uris = excluded.redirect_uris,
                 permissions = excluded.permissions, pre_consented = excluded.pre_consented",
        )
        .bind(&client.client_id)
        .bind(&client.name)
        .bind(client.organisation.map(|id| id.to_string()))
        .bind(client.secret_hash.map(|hash| hash.to_vec()))
        .bind(redirect_uris)
        .bind(client.permissions.join(" "))
        .bind(client.pre_consented)
        .bind(now.0)
        .execute(&mut *write)
        .await?;
        Ok(write.commit().await?)
    }

    /// A client by id.
    pub async fn load_oauth_client(
        &self,
        client_id: &str,
    ) -> Result<Option<StoredClient>, StoreError> {
        sqlx::query("SELECT * FROM oauth_client WHERE client_id = ?1")
            .bind(client_id)
            .fetch_optional(self.reader())
            .await?
            .as_ref()
            .map(client_from_row)
            .transpose()
    }

    /// What a member consented to for a client, as scope names.
    pub async fn load_consent(
        &self,
        client_id: &str,
        oid: MemberId,
    ) -> Result<Vec<String>, StoreError> {
        let scopes: Option<String> = sqlx::query_scalar(
            "SELECT scopes FROM oauth_consent WHERE client_id = ?1 AND oid = ?2",
        )
        .bind(client_id)
        .bind(oid.to_string())
        .fetch_optional(self.reader())
        .await?;
        Ok(words(scopes.as_deref().unwrap_or_default()))
    }

    /// Saves the whole of what a member consented to for a client.
    pub async fn save_consent(
        &self,
        client_id: &str,
        oid: MemberId,
        scopes: &[String],
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO oauth_consent (client_id, oid, scopes) VALUES (?1, ?2, ?3)
             ON CONFLICT (client_id, oid) DO UPDATE SET scopes = excluded.scopes",
        )
        .bind(client_id)
        .bind(oid.to_string())
        .bind(scopes.join(" "))
        .execute(&mut *write)
        .await?;
        Ok(write.commit().await?)
    }

    /// Saves a new grant with its code.
    pub async fn insert_grant(
        &self,
        grant: &StoredGrant,
        code_hash: &SecretHash,
        code: &StoredCode,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO oauth_grant (id, client_id, oid, scopes, created_on) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(grant.id.to_string())
        .bind(&grant.client_id)
        .bind(grant.oid.to_string())
        .bind(&grant.scopes)
        .bind(now.0)
        .execute(&mut *write)
        .await?;
        sqlx::query(
            "INSERT INTO oauth_code (hash, grant_id, redirect_uri, challenge, nonce, expires_on)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(&code_hash[..])
        .bind(grant.id.to_string())
        .bind(&code.redirect_uri)
        .bind(&code.challenge)
        .bind(&code.nonce)
        .bind(code.expires_on.0)
        .execute(&mut *write)
        .await?;
        Ok(write.commit().await?)
    }

    /// Uses up a code. One that was used before ends its grant and everything made from it (RFC 6749 4.1.2).
    pub async fn take_code(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Presented<(StoredGrant, StoredCode)>, StoreError> {
        let mut write = self.write().await?;
        let found = sqlx::query(
            "SELECT g.id, g.client_id, g.oid, g.scopes, g.ended_on, c.redirect_uri, c.challenge, c.nonce, c.expires_on, c.used_on
             FROM oauth_code c JOIN oauth_grant g ON g.id = c.grant_id WHERE c.hash = ?1",
        )
        .bind(&hash[..])
        .fetch_optional(&mut *write)
        .await?;
        let Some(row) = found else {
            return Ok(Presented::Unknown);
        };
        let grant = grant_from_row(&row)?;
        if let Some(refused) = refuse_presented(&mut write, &row, &grant, now).await? {
            write.commit().await?;
            return Ok(refused);
        }
        sqlx::query("UPDATE oauth_code SET used_on = ?2 WHERE hash = ?1")
            .bind(&hash[..])
            .bind(now.0)
            .execute(&mut *write)
            .await?;
        let code = StoredCode {
            redirect_uri: row.try_get("redirect_uri")?,
            challenge: row.try_get("challenge")?,
            nonce: row.try_get("nonce")?,
            expires_on: Timestamp(row.try_get("expires_on")?),
        };
        write.commit().await?;
        Ok(Presented::Fresh((grant, code)))
    }

    /// Saves the first refresh token of a grant.
    pub async fn insert_refresh(
        &self,
        grant: Uuid,
        hash: &SecretHash,
        expires_on: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        insert_refresh_row(&mut write, grant, hash, expires_on).await?;
        Ok(write.commit().await?)
    }

    /// The grant of a refresh token that could be used now; changes nothing.
    pub async fn load_refresh(&self, hash: &SecretHash) -> Result<Option<StoredGrant>, StoreError> {
        sqlx::query(
            "SELECT g.id, g.client_id, g.oid, g.scopes FROM oauth_refresh r
             JOIN oauth_grant g ON g.id = r.grant_id WHERE r.hash = ?1",
        )
        .bind(&hash[..])
        .fetch_optional(self.reader())
        .await?
        .as_ref()
        .map(grant_from_row)
        .transpose()
    }

    /// Uses up a refresh token and saves its successor. One that was used before ends its grant.
    pub async fn rotate_refresh(
        &self,
        hash: &SecretHash,
        successor: &SecretHash,
        expires_on: Timestamp,
        now: Timestamp,
    ) -> Result<Presented<StoredGrant>, StoreError> {
        let mut write = self.write().await?;
        let found = sqlx::query(
            "SELECT g.id, g.client_id, g.oid, g.scopes, g.ended_on, r.expires_on, r.used_on
             FROM oauth_refresh r JOIN oauth_grant g ON g.id = r.grant_id WHERE r.hash = ?1",
        )
        .bind(&hash[..])
        .fetch_optional(&mut *write)
        .await?;
        let Some(row) = found else {
            return Ok(Presented::Unknown);
        };
        let grant = grant_from_row(&row)?;
        if let Some(refused) = refuse_presented(&mut write, &row, &grant, now).await? {
            write.commit().await?;
            return Ok(refused);
        }
        sqlx::query("UPDATE oauth_refresh SET used_on = ?2 WHERE hash = ?1")
            .bind(&hash[..])
            .bind(now.0)
            .execute(&mut *write)
            .await?;
        insert_refresh_row(&mut write, grant.id, successor, expires_on).await?;
        write.commit().await?;
        Ok(Presented::Fresh(grant))
    }

    /// Ends a grant: its code and refresh tokens count no more.
    pub async fn end_grant(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        end_grant_row(&mut write, id, now).await?;
        Ok(write.commit().await?)
    }

    /// Whether a grant still counts.
    pub async fn is_grant_open(&self, id: Uuid) -> Result<bool, StoreError> {
        let open: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM oauth_grant WHERE id = ?1 AND ended_on IS NULL")
                .bind(id.to_string())
                .fetch_optional(self.reader())
                .await?;
        Ok(open.is_some())
    }

    /// Saves a browser's session.
    pub async fn insert_sign_in_session(
        &self,
        hash: &SecretHash,
        oid: MemberId,
        now: Timestamp,
        expires_on: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO sign_in_session (hash, oid, created_on, expires_on) VALUES (?1, ?2, ?3, ?4)",
        )
        .bind(&hash[..])
        .bind(oid.to_string())
        .bind(now.0)
        .bind(expires_on.0)
        .execute(&mut *write)
        .await?;
        Ok(write.commit().await?)
    }

    /// Who signed in with a browser's session, unless it is over.
    pub async fn load_sign_in_session(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<MemberId>, StoreError> {
        let oid: Option<String> = sqlx::query_scalar(
            "SELECT oid FROM sign_in_session WHERE hash = ?1 AND expires_on > ?2",
        )
        .bind(&hash[..])
        .bind(now.0)
        .fetch_optional(self.reader())
        .await?;
        oid.map(|oid| oid.parse())
            .transpose()
            .map_err(|_| StoreError::Corrupt("sign_in_session.oid"))
    }

    /// Ends a browser's session.
    pub async fn delete_sign_in_session(&self, hash: &SecretHash) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query("DELETE FROM sign_in_session WHERE hash = ?1")
            .bind(&hash[..])
            .execute(&mut *write)
            .await?;
        Ok(write.commit().await?)
    }

    /// Removes sessions that are over, and grants made before `oldest`, whose tokens have all expired.
    pub async fn purge_sign_ins(
        &self,
        oldest: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query("DELETE FROM sign_in_session WHERE expires_on <= ?1")
            .bind(now.0)
            .execute(&mut *write)
            .await?;
        sqlx::query("DELETE FROM oauth_grant WHERE created_on < ?1")
            .bind(oldest.0)
            .execute(&mut *write)
            .await?;
        Ok(write.commit().await?)
    }
}

/// Why a presented secret does not count, and the end of its grant when it was used before.
async fn refuse_presented<T>(
    write: &mut Write,
    row: &SqliteRow,
    grant: &StoredGrant,
    now: Timestamp,
) -> Result<Option<Presented<T>>, StoreError> {
    if row.try_get::<Option<i64>, _>("used_on")?.is_some() {
        end_grant_row(write, grant.id, now).await?;
        return Ok(Some(Presented::Replayed));
    }
    let ended = row.try_get::<Option<i64>, _>("ended_on")?.is_some();
    let expired = row.try_get::<i64, _>("expires_on")? <= now.0;
    Ok((ended || expired).then_some(Presented::Unknown))
}

async fn end_grant_row(write: &mut Write, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE oauth_grant SET ended_on = ?2 WHERE id = ?1 AND ended_on IS NULL")
        .bind(id.to_string())
        .bind(now.0)
        .execute(&mut **write)
        .await?;
    Ok(())
}

async fn insert_refresh_row(
    write: &mut Write,
    grant: Uuid,
    hash: &SecretHash,
    expires_on: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO oauth_refresh (hash, grant_id, expires_on) VALUES (?1, ?2, ?3)")
        .bind(&hash[..])
        .bind(grant.to_string())
        .bind(expires_on.0)
        .execute(&mut **write)
        .await?;
    Ok(())
}

fn grant_from_row(row: &SqliteRow) -> Result<StoredGrant, StoreError> {
    let damaged = |_| StoreError::Corrupt("oauth_grant");
    Ok(StoredGrant {
        id: row.try_get::<&str, _>("id")?.parse().map_err(damaged)?,
        client_id: row.try_get("client_id")?,
        oid: row.try_get::<&str, _>("oid")?.parse().map_err(damaged)?,
        scopes: row.try_get("scopes")?,
    })
}

fn client_from_row(row: &SqliteRow) -> Result<StoredClient, StoreError> {
    let damaged = || StoreError::Corrupt("oauth_client");
    let organisation = row
        .try_get::<Option<&str>, _>("organisation_id")?
        .map(str::parse)
        .transpose();
    let secret_hash = row
        .try_get::<Option<&[u8]>, _>("secret_hash")?
        .map(SecretHash::try_from)
        .transpose();
    Ok(StoredClient {
        client_id: row.try_get("client_id")?,
        name: row.try_get("name")?,
        organisation: organisation.map_err(|_| damaged())?,
        secret_hash: secret_hash.map_err(|_| damaged())?,
        redirect_uris: serde_json::from_str(row.try_get("redirect_uris")?)
            .map_err(|_| damaged())?,
        permissions: words(row.try_get("permissions")?),
        pre_consented: row.try_get("pre_consented")?,
    })
}

fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
#[path = "oauth/tests.rs"]
mod tests;
