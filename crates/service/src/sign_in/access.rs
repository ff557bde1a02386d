//! Access tokens of members: what they say, and whether they still count.
use super::{
    SignIn,
    scopes::{Audience, CALLING_AUDIENCES, CALLING_SCOPES},
};
use crate::ServiceError;
use parvis_domain::{
    directory::Member,
    ids::{MemberId, OrganisationId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
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
        if token.len() >= TOKEN_BYTES_MAX {
            return Err(ServiceError::Unauthenticated);
        }
        let claims: AccessClaims = self.signing.open(token).await?;
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

    /// Whether a client still exists and still has both scopes of the exchange from a member.
    pub(crate) async fn may_exchange(
        &self,
        client_id: &str,
        oid: MemberId,
    ) -> Result<bool, ServiceError> {
        let Some(client) = self.context.store.load_oauth_client(client_id).await? else {
            return Ok(false);
        };
        let granted = self.granted(&client, oid).await?;
        Ok(CALLING_SCOPES.iter().all(|scope| granted.contains(scope)))
    }

    fn accepts(&self, audience: Audience, name: &str) -> bool {
        match audience {
            Audience::Graph => name == self.context.origin_text(),
            Audience::Calling => CALLING_AUDIENCES.contains(&name.trim_end_matches('/')),
        }
    }
}
