//! Applications that act for themselves (client credentials, RFC 6749 4.4), and the tokens that members and applications
//! show in place of a resource's signature.
use super::{
    MemberPrincipal, OAuthError, SignIn, Tenant, TokenAnswer, TokenRequest,
    redeem::TOKEN_LIFE,
    scopes::{AskedScopes, Audience, BACK_END_SCOPES},
};
use crate::{ServiceError, context::random_uuid};
use parvis_domain::{ids::OrganisationId, time::Timestamp};
use parvis_store::oauth::StoredClient;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What marks a token of an application.
const KIND: &str = "app";

/// The claims, named as on the wire. They lack what a member's token has, so neither is read as the other.
#[derive(Serialize, Deserialize)]
struct ApplicationClaims {
    ver: String,
    iss: String,
    aud: String,
    azp: String,
    idtyp: String,
    oid: Uuid,
    sub: Uuid,
    tid: OrganisationId,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Who shows a directory's token to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member, through an application.
    Member(MemberPrincipal),
    /// An application, for itself.
    Application {
        /// Which.
        client_id: String,
        /// In which organisation.
        organisation: OrganisationId,
    },
}

impl Actor {
    /// The organisation whose directory vouches for the actor.
    pub fn organisation(&self) -> OrganisationId {
        match self {
            Self::Member(principal) => principal.organisation,
            Self::Application { organisation, .. } => *organisation,
        }
    }

    /// The application.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Member(principal) => &principal.client_id,
            Self::Application { client_id, .. } => client_id,
        }
    }
}

impl SignIn {
    /// Who acts, when `token` is a directory's token for a resource's back end. One error for all causes.
    pub async fn check_back_end_token(&self, token: &str) -> Result<Actor, ServiceError> {
        match self.check_access_token(token, Audience::BackEnd).await {
            Ok((principal, member)) => {
                // The client's registration or the consent may have been taken back since the token was made.
                let granted = self.granted_now(&principal.client_id, &member).await?;
                let granted = granted.unwrap_or_default();
                let [scope] = BACK_END_SCOPES;
                (principal.has(scope) && granted.contains(scope))
                    .then_some(Actor::Member(principal))
                    .ok_or(ServiceError::Unauthenticated)
            }
            Err(ServiceError::Unauthenticated) => self.check_application_token(token).await,
            Err(error) => Err(error),
        }
    }

    async fn check_application_token(&self, token: &str) -> Result<Actor, ServiceError> {
        let claims: ApplicationClaims = self.open_bounded(token).await?;
        let now = self.context.now();
        let in_time =
            Timestamp::from_seconds(claims.nbf) <= now && now < Timestamp::from_seconds(claims.exp);
        let ours = claims.iss == self.issuer(claims.tid)
            && claims.idtyp == KIND
            && self.accepts(Audience::BackEnd, &claims.aud);
        let client = self.context.store.load_oauth_client(&claims.azp).await?;
        let still_there = client.is_some_and(|client| {
            client.secret_hash.is_some() && client.organisation.is_none_or(|id| id == claims.tid)
        });
        if in_time && ours && still_there {
            Ok(Actor::Application {
                client_id: claims.azp,
                organisation: claims.tid,
            })
        } else {
            Err(ServiceError::Unauthenticated)
        }
    }

    /// A token for an application that has proved who it is. What it may do is decided where it is shown.
    pub(super) async fn answer_application(
        &self,
        tenant: Tenant,
        client: &StoredClient,
        request: &TokenRequest,
        scope: Option<AskedScopes>,
    ) -> Result<TokenAnswer, OAuthError> {
        // A public client has proved nothing.
        if client.secret_hash.is_none() || request.client_secret.is_none() {
            return Err(OAuthError::InvalidClient);
        }
        let Tenant::One(organisation) = tenant else {
            return Err(OAuthError::UnknownTenant);
        };
        let asked = scope.ok_or(OAuthError::Missing("scope"))?;
        // Only `.default` makes sense where nobody consents.
        if asked.defaults() != [Audience::BackEnd] || !asked.named().is_empty() {
            return Err(OAuthError::InvalidScope);
        }
        let now = self.context.now();
        let subject = service_principal(&client.client_id, organisation);
        let claims = ApplicationClaims {
            ver: "2.0".to_owned(),
            iss: self.issuer(organisation),
            aud: self.audience_name(Audience::BackEnd, &asked),
            azp: client.client_id.clone(),
            idtyp: KIND.to_owned(),
            oid: subject,
            sub: subject,
            tid: organisation,
            jti: random_uuid().to_string(),
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.plus(TOKEN_LIFE).seconds(),
        };
        let token = self.signing.sign(&claims).await?;
        Ok(TokenAnswer::for_application(token))
    }
}

/// The id of an application within an organisation, always the same (an RFC 9562 version 8 of a hash).
fn service_principal(client_id: &str, organisation: OrganisationId) -> Uuid {
    let hash = super::pkce::sha256(format!("{organisation}\n{client_id}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
