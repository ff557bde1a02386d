//! Access tokens of members: what they say, and whether they still count.
use super::{SignIn, scopes::Audience};
use crate::ServiceError;
use parvis_domain::{
    directory::Member,
    ids::{MemberId, OrganisationId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Longer tokens are refused unread.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// The claims, named as on the wire. `sid` is the sign-in's grant and `rev` the member's epoch: both end the token.
#[derive(Serialize, Deserialize)]
pub(super) struct AccessClaims {
    pub(super) ver: String,
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) azp: String,
    pub(super) scp: String,
    pub(super) oid: MemberId,
    pub(super) tid: OrganisationId,
    pub(super) sub: String,
    pub(super) jti: String,
    pub(super) sid: Uuid,
    pub(super) rev: i64,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
}

/// A member whose access token was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPrincipal {
    /// Who.
    pub oid: MemberId,
    /// Of which organisation.
    pub organisation: OrganisationId,
    /// What the token allows: bare names.
    pub scopes: Vec<String>,
    /// The client that the member signed in to.
    pub client_id: String,
    /// When the token ends.
    pub expires_on: Timestamp,
}

impl MemberPrincipal {
    /// Whether the token carries a scope.
    pub fn has(&self, scope: &str) -> bool {
        self.scopes
            .iter()
            .any(|held| held.eq_ignore_ascii_case(scope))
    }
}

impl SignIn {
    /// Who acts, when `token` is ours, for `audience`, in time, and neither the sign-in nor the member ended.
    /// One error for all causes.
    pub async fn verify_access_token(
        &self,
        token: &str,
        audience: Audience,
    ) -> Result<MemberPrincipal, ServiceError> {
        self.check_access_token(token, audience)
            .await
            .map(|(principal, _)| principal)
    }

    pub(crate) async fn check_access_token(
        &self,
        token: &str,
        audience: Audience,
    ) -> Result<(MemberPrincipal, Member), ServiceError> {
        let claims: AccessClaims = self.open_bounded(token).await?;
        let now = self.context.now();
        let in_time =
            Timestamp::from_seconds(claims.nbf) <= now && now < Timestamp::from_seconds(claims.exp);
        let ours = claims.iss == self.issuer(claims.tid) && self.accepts(audience, &claims.aud);
        if !in_time || !ours || claims.scp.is_empty() {
            return Err(ServiceError::Unauthenticated);
        }
        let stored = self.context.store.load_member(claims.oid).await?;
        let member = stored
            .filter(|stored| stored.token_epoch == claims.rev && stored.member.enabled)
            .map(|stored| stored.member)
            .filter(|member| member.organisation == claims.tid)
            .ok_or(ServiceError::Unauthenticated)?;
        if !self.context.store.is_grant_open(claims.sid).await? {
            return Err(ServiceError::Unauthenticated);
        }
        let principal = MemberPrincipal {
            oid: claims.oid,
            organisation: claims.tid,
            scopes: claims.scp.split(' ').map(str::to_owned).collect(),
            client_id: claims.azp,
            expires_on: Timestamp::from_seconds(claims.exp),
        };
        Ok((principal, member))
    }

    /// What a client has from a member now: its registration or the consent may have been taken back since a token was
    /// made. `None` when there is no such client any more.
    pub(crate) async fn granted_now(
        &self,
        client_id: &str,
        member: &Member,
    ) -> Result<Option<BTreeSet<&'static str>>, ServiceError> {
        let client = self.context.store.load_oauth_client(client_id).await?;
        let client = client.filter(|client| {
            let only = client.organisation;
            only.is_none_or(|only| only == member.organisation)
        });
        match client {
            Some(client) => self.granted(&client, member.oid).await.map(Some),
            None => Ok(None),
        }
    }

    /// The claims of a token of ours that is not too long.
    pub(super) async fn open_bounded<T: DeserializeOwned>(
        &self,
        token: &str,
    ) -> Result<T, ServiceError> {
        if token.len() >= TOKEN_BYTES_MAX {
            return Err(ServiceError::Unauthenticated);
        }
        self.signing.open(token).await
    }

    pub(super) fn accepts(&self, audience: Audience, name: &str) -> bool {
        match audience {
            Audience::Graph => name == self.context.origin_text(),
            audience => audience.names().contains(&name.trim_end_matches('/')),
        }
    }
}
