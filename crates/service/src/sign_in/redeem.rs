//! From a code or a refresh token to tokens.
use super::{
    OAuthError, SignIn, Tenant,
    access::AccessClaims,
    authorize::secret,
    clients, pkce,
    scopes::{AskedScopes, Audience},
};
use crate::context::random_uuid;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use parvis_domain::{directory::Member, time::Timestamp};
use parvis_store::{
    members::StoredMember,
    oauth::{Presented, StoredClient, StoredGrant},
};
use serde::Serialize;
use std::{collections::BTreeSet, time::Duration};

/// How long access and id tokens last.
pub(super) const TOKEN_LIFE: Duration = Duration::from_secs(75 * 60);
/// How long a refresh token may lie unused.
const REFRESH_LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The parameters that are read; all others are ignored.
#[derive(Clone, Default)]
pub struct TokenRequest {
    /// `grant_type`: `authorization_code`, `refresh_token` or `client_credentials`.
    pub grant_type: Option<String>,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `client_secret`, from the form or the `Authorization` header.
    pub client_secret: Option<String>,
    /// `code`.
    pub code: Option<String>,
    /// `redirect_uri`.
    pub redirect_uri: Option<String>,
    /// `code_verifier`.
    pub code_verifier: Option<String>,
    /// `refresh_token`.
    pub refresh_token: Option<String>,
    /// `scope`; absent means as granted.
    pub scope: Option<String>,
}

/// The answer, named as on the wire.
#[derive(Clone, Serialize)]
pub struct TokenAnswer {
    token_type: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    expires_in: u64,
    ext_expires_in: u64,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_info: Option<String>,
}

impl TokenAnswer {
    /// What an application gets that acts for itself: no member, so nothing about one and nothing to renew.
    pub(super) fn for_application(access_token: String) -> Self {
        Self {
            token_type: "Bearer",
            scope: String::new(),
            expires_in: TOKEN_LIFE.as_secs(),
            ext_expires_in: TOKEN_LIFE.as_secs(),
            access_token,
            refresh_token: None,
            id_token: None,
            client_info: None,
        }
    }
}

#[derive(Serialize)]
struct IdClaims<'a> {
    ver: &'static str,
    iss: String,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    nbf: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    tid: String,
    oid: String,
    preferred_username: &'a str,
    email: &'a str,
    name: &'a str,
}

/// A grant that was presented well.
struct Proven {
    grant: StoredGrant,
    nonce: Option<String>,
    /// The successor of the refresh token that was presented.
    successor: Option<String>,
}

impl SignIn {
    /// Answers a token request.
    pub async fn redeem(
        &self,
        tenant: Tenant,
        request: TokenRequest,
    ) -> Result<TokenAnswer, OAuthError> {
        if !self.knows(tenant).await? {
            return Err(OAuthError::UnknownTenant);
        }
        let client = self.proven_client(tenant, &request).await?;
        let grant_type = request
            .grant_type
            .as_deref()
            .ok_or(OAuthError::Missing("grant_type"))?;
        let scope = request
            .scope
            .as_deref()
            .map(|text| self.read_scopes(text, &client))
            .transpose()?;
        if scope
            .as_ref()
            .is_some_and(|scope| scope.audiences().len() > 1)
        {
            return Err(OAuthError::ManyAudiences);
        }
        if grant_type == "client_credentials" {
            return self
                .answer_application(tenant, &client, &request, scope)
                .await;
        }
        let proven = match grant_type {
            "authorization_code" => self.take_code(&client, &request).await?,
            "refresh_token" => self.take_refresh(&client, &request).await?,
            _ => return Err(OAuthError::UnsupportedGrant),
        };
        let stored = self.context.store.load_member(proven.grant.oid).await?;
        let stored = stored
            .filter(|stored| stored.member.enabled && tenant.admits(stored.member.organisation));
        let stored = stored.ok_or(OAuthError::AccountEnded)?;
        self.answer(&client, proven, scope, &stored).await
    }

    async fn proven_client(
        &self,
        tenant: Tenant,
        request: &TokenRequest,
    ) -> Result<StoredClient, OAuthError> {
        let client_id = request
            .client_id
            .as_deref()
            .ok_or(OAuthError::Missing("client_id"))?;
        let client = self.context.store.load_oauth_client(client_id).await?;
        let client = client
            .filter(|client| client.organisation.is_none_or(|id| tenant.admits(id)))
            .ok_or(OAuthError::UnknownClient)?;
        if clients::is_proven(&client, request.client_secret.as_deref()) {
            Ok(client)
        } else {
            Err(OAuthError::InvalidClient)
        }
    }

    /// A code counts once, whatever else is wrong with the request.
    async fn take_code(
        &self,
        client: &StoredClient,
        request: &TokenRequest,
    ) -> Result<Proven, OAuthError> {
        let code = request.code.as_deref().ok_or(OAuthError::Missing("code"))?;
        let verifier = request
            .code_verifier
            .as_deref()
            .ok_or(OAuthError::Missing("code_verifier"))?;
        let hash = pkce::sha256(code.as_bytes());
        let (grant, stored) = match self
            .context
            .store
            .take_code(&hash, self.context.now())
            .await?
        {
            Presented::Fresh(found) => found,
            Presented::Replayed => return Err(OAuthError::ReplayedGrant),
            Presented::Unknown => return Err(OAuthError::InvalidGrant),
        };
        if grant.client_id != client.client_id {
            return Err(OAuthError::InvalidGrant);
        }
        if request.redirect_uri.as_deref() != Some(stored.redirect_uri.as_str()) {
            return Err(OAuthError::WrongRedirect);
        }
        if !pkce::is_proven(&stored.challenge, verifier) {
            return Err(OAuthError::WrongVerifier);
        }
        Ok(Proven {
            grant,
            nonce: stored.nonce,
            successor: None,
        })
    }

    async fn take_refresh(
        &self,
        client: &StoredClient,
        request: &TokenRequest,
    ) -> Result<Proven, OAuthError> {
        let token = request
            .refresh_token
            .as_deref()
            .ok_or(OAuthError::Missing("refresh_token"))?;
        let hash = pkce::sha256(token.as_bytes());
        // Another client's token is left as it is: whoever steals one cannot end its owner's sign-in this way.
        let known = self.context.store.load_refresh(&hash).await?;
        if known.is_none_or(|grant| grant.client_id != client.client_id) {
            return Err(OAuthError::InvalidGrant);
        }
        let now = self.context.now();
        let successor = secret();
        let fresh = pkce::sha256(successor.as_bytes());
        let rotated = self
            .context
            .store
            .rotate_refresh(&hash, &fresh, now.plus(REFRESH_LIFE), now)
            .await?;
        match rotated {
            Presented::Fresh(grant) => Ok(Proven {
                grant,
                nonce: None,
                successor: Some(successor),
            }),
            Presented::Replayed => Err(OAuthError::ReplayedGrant),
            Presented::Unknown => Err(OAuthError::InvalidGrant),
        }
    }

    async fn answer(
        &self,
        client: &StoredClient,
        proven: Proven,
        scope: Option<AskedScopes>,
        stored: &StoredMember,
    ) -> Result<TokenAnswer, OAuthError> {
        let now = self.context.now();
        let Proven {
            grant,
            nonce,
            successor,
        } = proven;
        let first = self.read_scopes(&grant.scopes, client)?;
        let asked = scope.unwrap_or_else(|| first.clone());
        let audience = asked
            .audiences()
            .first()
            .copied()
            .unwrap_or(Audience::Graph);
        let asked = asked.only(audience);
        let granted = self.scopes_of(client, &asked, audience, stored).await?;
        let access = AccessClaims {
            ver: "2.0".to_owned(),
            iss: self.issuer(stored.member.organisation),
            aud: self.audience_name(audience, &asked),
            azp: client.client_id.clone(),
            scp: granted.iter().copied().collect::<Vec<_>>().join(" "),
            oid: stored.member.oid,
            tid: stored.member.organisation,
            sub: subject(client, &stored.member),
            jti: random_uuid().to_string(),
            sid: grant.id,
            rev: stored.token_epoch,
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.plus(TOKEN_LIFE).seconds(),
        };
        let refresh_token = match successor {
            None if first.has_openid("offline_access") => {
                Some(self.first_refresh(&grant, now).await?)
            }
            successor => successor,
        };
        let id_token = match first.has_openid("openid") {
            true => Some(self.id_token(client, &stored.member, nonce, now).await?),
            false => None,
        };
        Ok(TokenAnswer {
            token_type: "Bearer",
            scope: asked.answer(&granted),
            expires_in: TOKEN_LIFE.as_secs(),
            ext_expires_in: TOKEN_LIFE.as_secs(),
            access_token: self.signing.sign(&access).await?,
            refresh_token,
            id_token,
            client_info: Some(client_info(&stored.member)),
        })
    }

    /// The scopes that the token will carry: what was asked, all of which must have been granted.
    async fn scopes_of(
        &self,
        client: &StoredClient,
        asked: &AskedScopes,
        audience: Audience,
        stored: &StoredMember,
    ) -> Result<BTreeSet<&'static str>, OAuthError> {
        let granted = self.granted(client, stored.member.oid).await?;
        let mut scopes: BTreeSet<&'static str> = asked.named().into_iter().collect();
        if !asked.defaults().is_empty() {
            let all = audience.scopes().iter().copied();
            scopes.extend(all.filter(|scope| granted.contains(scope)));
            if scopes.is_empty() {
                return Err(OAuthError::ConsentRequired);
            }
        }
        if scopes.is_subset(&granted) {
            Ok(scopes)
        } else {
            Err(OAuthError::ConsentRequired)
        }
    }

    pub(super) fn audience_name(&self, audience: Audience, asked: &AskedScopes) -> String {
        match audience {
            Audience::Graph => self.context.origin_text(),
            audience => {
                let names = audience.names();
                let named = names.iter().find(|name| {
                    asked
                        .spelling()
                        .is_some_and(|text| text.eq_ignore_ascii_case(name))
                });
                let named = named.or(names.last()).copied();
                named.unwrap_or_default().to_owned()
            }
        }
    }

    async fn first_refresh(
        &self,
        grant: &StoredGrant,
        now: Timestamp,
    ) -> Result<String, OAuthError> {
        let token = secret();
        let hash = pkce::sha256(token.as_bytes());
        self.context
            .store
            .insert_refresh(grant.id, &hash, now.plus(REFRESH_LIFE))
            .await?;
        Ok(token)
    }

    async fn id_token(
        &self,
        client: &StoredClient,
        member: &Member,
        nonce: Option<String>,
        now: Timestamp,
    ) -> Result<String, OAuthError> {
        let claims = IdClaims {
            ver: "2.0",
            iss: self.issuer(member.organisation),
            sub: subject(client, member),
            aud: &client.client_id,
            exp: now.plus(TOKEN_LIFE).seconds(),
            iat: now.seconds(),
            nbf: now.seconds(),
            nonce,
            tid: member.organisation.to_string(),
            oid: member.oid.to_string(),
            preferred_username: member.upn.as_str(),
            email: member.upn.as_str(),
            name: &member.display_name,
        };
        Ok(self.signing.sign(&claims).await?)
    }
}

/// A member's name towards one client: two clients cannot tell by it that they have the same member.
fn subject(client: &StoredClient, member: &Member) -> String {
    let text = format!("{}\n{}", client.client_id, member.oid);
    BASE64_URL_SAFE_NO_PAD.encode(pkce::sha256(text.as_bytes()))
}

fn client_info(member: &Member) -> String {
    let info = serde_json::json!({
        "uid": member.oid.to_string(),
        "utid": member.organisation.to_string(),
    });
    BASE64_URL_SAFE_NO_PAD.encode(info.to_string())
}
