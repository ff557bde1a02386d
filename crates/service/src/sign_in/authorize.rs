//! From a client's question to a code: check the client, know the member, have consent.
use super::{
    OAuthError, SignIn, Tenant, clients, pkce,
    scopes::{AskedScopes, Audience, ScopeError},
};
use crate::{
    ServiceError,
    context::{random_bytes, random_uuid},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use parvis_domain::{
    directory::{Member, Upn},
    ids::MemberId,
    time::Timestamp,
};
use parvis_store::oauth::{StoredClient, StoredCode, StoredGrant};
use std::{collections::BTreeSet, net::IpAddr, time::Duration};

/// A code is for the next request only.
const CODE_LIFE: Duration = Duration::from_secs(60);
/// How long a browser stays signed in.
const SESSION_LIFE: Duration = Duration::from_secs(12 * 3_600);
/// Characters of a nonce.
const NONCE_CHARS_MAX: usize = 512;

/// The parameters that are read; all others are ignored.
#[derive(Clone, Debug, Default)]
pub struct AuthorizeRequest {
    /// `client_id`.
    pub client_id: Option<String>,
    /// `redirect_uri`.
    pub redirect_uri: Option<String>,
    /// `response_type`: only `code`.
    pub response_type: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// `nonce`.
    pub nonce: Option<String>,
    /// `code_challenge`.
    pub code_challenge: Option<String>,
    /// `code_challenge_method`: only `S256`.
    pub code_challenge_method: Option<String>,
}

/// A question that may be answered.
#[derive(Clone, Debug)]
pub struct Asked {
    client: StoredClient,
    redirect_uri: String,
    scopes: AskedScopes,
    challenge: String,
    nonce: Option<String>,
    tenant: Tenant,
}

impl Asked {
    /// The application's name, for the pages.
    pub fn client_name(&self) -> &str {
        &self.client.name
    }
}

/// Where a refusal is shown.
#[derive(Debug)]
pub enum Refused {
    /// On a page of ours: the client or its redirect URI is not known, so nothing goes there.
    OnPage(OAuthError),
    /// At the client's redirect URI.
    AtClient(OAuthError),
}

/// A member who just signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// Who.
    pub member: Member,
    /// The secret for the browser's cookie.
    pub session: String,
    /// How long the browser stays signed in.
    pub life: Duration,
}

/// Why a sign-in failed.
#[derive(Debug)]
pub enum WrongSignIn {
    /// Unknown name, wrong password, disabled, or of another organisation: one answer for all.
    Wrong,
    /// Too many failures; try again in so many seconds.
    Throttled(u32),
    /// The server could not check.
    Server(ServiceError),
}

impl<E: Into<ServiceError>> From<E> for WrongSignIn {
    fn from(error: E) -> Self {
        match error.into() {
            ServiceError::TooMany { retry_after_s } => Self::Throttled(retry_after_s),
            error => Self::Server(error),
        }
    }
}

/// What a signed-in member's question led to.
#[derive(Debug, PartialEq, Eq)]
pub enum Granted {
    /// The code for the client.
    Code(String),
    /// The member must agree to these first.
    ConsentNeeded(Vec<&'static str>),
}

impl SignIn {
    /// Checks a client's question.
    pub async fn ask(&self, tenant: Tenant, request: AuthorizeRequest) -> Result<Asked, Refused> {
        let (client, redirect_uri) = self
            .client_of(tenant, &request)
            .await
            .map_err(Refused::OnPage)?;
        let at_client = Refused::AtClient;
        match request.response_type.as_deref() {
            Some("code") => {}
            Some(_) => return Err(at_client(OAuthError::UnsupportedResponse)),
            None => return Err(at_client(OAuthError::Missing("response_type"))),
        }
        let challenge = request
            .code_challenge
            .filter(|text| pkce::is_challenge(text));
        let method = request.code_challenge_method.as_deref();
        let (Some(challenge), Some("S256")) = (challenge, method) else {
            return Err(at_client(OAuthError::ProofKeyRequired));
        };
        let scope = request
            .scope
            .ok_or(at_client(OAuthError::Missing("scope")))?;
        let scopes = self.read_scopes(&scope, &client).map_err(at_client)?;
        if request
            .nonce
            .as_ref()
            .is_some_and(|nonce| nonce.len() > NONCE_CHARS_MAX)
        {
            return Err(at_client(OAuthError::Unsupported("nonce")));
        }
        Ok(Asked {
            client,
            redirect_uri,
            scopes,
            challenge,
            nonce: request.nonce,
            tenant,
        })
    }

    /// Who signed in with a browser's session, if that member may answer this question.
    pub async fn session_member(
        &self,
        asked: &Asked,
        session: &str,
    ) -> Result<Option<Member>, ServiceError> {
        let hash = pkce::sha256(session.as_bytes());
        let store = &self.context.store;
        let Some(oid) = store
            .load_sign_in_session(&hash, self.context.now())
            .await?
        else {
            return Ok(None);
        };
        let stored = store.load_member(oid).await?;
        Ok(stored
            .map(|stored| stored.member)
            .filter(|member| may_answer(asked, member)))
    }

    /// Checks a name and password. Every failure takes the same time and has the same answer.
    pub async fn authenticate(
        &self,
        asked: &Asked,
        name: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<SignedIn, WrongSignIn> {
        let now = self.context.now();
        let name = name.trim().to_ascii_lowercase();
        let attempt = self
            .throttle
            .attempt(pkce::sha256(name.as_bytes()), address, now)
            .map_err(|throttle| WrongSignIn::Throttled(throttle.0))?;
        let stored = match Upn::parse(&name) {
            Some(upn) => self.context.store.load_member_by_upn(&upn).await?,
            None => None,
        };
        let hash = stored.as_ref().map(|stored| stored.password_hash.clone());
        let matches = self.passwords.verify(password, hash).await?;
        let member = stored
            .map(|stored| stored.member)
            .filter(|member| matches && may_answer(asked, member))
            .ok_or(WrongSignIn::Wrong)?;
        attempt.succeeded();
        self.start_session(member, now).await
    }

    /// Ends a browser's session.
    pub async fn sign_out(&self, session: &str) -> Result<(), ServiceError> {
        let hash = pkce::sha256(session.as_bytes());
        Ok(self.context.store.delete_sign_in_session(&hash).await?)
    }

    /// Answers a signed-in member's question: with a code, or by asking for consent. `consented` says that the member
    /// just agreed to everything that was shown.
    pub async fn grant(
        &self,
        asked: &Asked,
        member: &Member,
        consented: bool,
    ) -> Result<Granted, ServiceError> {
        let missing = self.missing_consent(asked, member.oid).await?;
        if !missing.is_empty() {
            if !consented {
                return Ok(Granted::ConsentNeeded(missing));
            }
            self.save_consent(&asked.client, member.oid, &missing)
                .await?;
        }
        let now = self.context.now();
        self.purge(now).await?;
        let code = secret();
        let grant = StoredGrant {
            id: random_uuid(),
            client_id: asked.client.client_id.clone(),
            oid: member.oid,
            scopes: asked.scopes.text(),
        };
        let stored = StoredCode {
            redirect_uri: asked.redirect_uri.clone(),
            challenge: asked.challenge.clone(),
            nonce: asked.nonce.clone(),
            expires_on: now.plus(CODE_LIFE),
        };
        let hash = pkce::sha256(code.as_bytes());
        self.context
            .store
            .insert_grant(&grant, &hash, &stored, now)
            .await?;
        Ok(Granted::Code(code))
    }

    /// What a member has granted to a client so far: by the administrator's consent or by the member's own.
    pub(super) async fn granted(
        &self,
        client: &StoredClient,
        oid: MemberId,
    ) -> Result<BTreeSet<&'static str>, ServiceError> {
        let names = if client.pre_consented {
            client.permissions.clone()
        } else {
            let mut names = self
                .context
                .store
                .load_consent(&client.client_id, oid)
                .await?;
            names.retain(|name| client.permissions.contains(name));
            names
        };
        Ok(names
            .iter()
            .filter_map(|name| super::scopes::known_scope(name))
            .collect())
    }

    /// Reads scopes; each must be among the client's permissions.
    pub(super) fn read_scopes(
        &self,
        text: &str,
        client: &StoredClient,
    ) -> Result<AskedScopes, OAuthError> {
        let scopes =
            AskedScopes::parse(text, &self.context.origin_text()).map_err(|error| match error {
                ScopeError::UnknownAudience => OAuthError::UnknownAudience,
                ScopeError::UnknownScope | ScopeError::TooMany => OAuthError::InvalidScope,
            })?;
        let permitted = |name: &&str| client.permissions.iter().any(|known| known == name);
        if scopes.named().iter().all(permitted) {
            Ok(scopes)
        } else {
            Err(OAuthError::InvalidScope)
        }
    }

    async fn client_of(
        &self,
        tenant: Tenant,
        request: &AuthorizeRequest,
    ) -> Result<(StoredClient, String), OAuthError> {
        if !self.knows(tenant).await? {
            return Err(OAuthError::UnknownTenant);
        }
        let client_id = request
            .client_id
            .as_deref()
            .ok_or(OAuthError::Missing("client_id"))?;
        let client = self.context.store.load_oauth_client(client_id).await?;
        let client = client
            .filter(|client| client.organisation.is_none_or(|id| tenant.admits(id)))
            .ok_or(OAuthError::UnknownClient)?;
        let redirect_uri = request
            .redirect_uri
            .clone()
            .ok_or(OAuthError::Missing("redirect_uri"))?;
        if clients::may_redirect(&client, &redirect_uri) {
            Ok((client, redirect_uri))
        } else {
            Err(OAuthError::UnknownRedirect)
        }
    }

    async fn missing_consent(
        &self,
        asked: &Asked,
        oid: MemberId,
    ) -> Result<Vec<&'static str>, ServiceError> {
        let granted = self.granted(&asked.client, oid).await?;
        let mut wanted: BTreeSet<&'static str> = asked.scopes.named().into_iter().collect();
        for audience in asked.scopes.defaults() {
            // `.default` asks for the registered permissions only when nothing of the audience was granted yet.
            let permitted = permissions_of(&asked.client, audience);
            if permitted.is_disjoint(&granted) {
                wanted.extend(permitted);
            }
        }
        Ok(wanted.difference(&granted).copied().collect())
    }

    async fn save_consent(
        &self,
        client: &StoredClient,
        oid: MemberId,
        added: &[&'static str],
    ) -> Result<(), ServiceError> {
        let mut granted = self.granted(client, oid).await?;
        granted.extend(added);
        let names: Vec<String> = granted.iter().map(|name| (*name).to_owned()).collect();
        Ok(self
            .context
            .store
            .save_consent(&client.client_id, oid, &names)
            .await?)
    }

    async fn start_session(&self, member: Member, now: Timestamp) -> Result<SignedIn, WrongSignIn> {
        let session = secret();
        let hash = pkce::sha256(session.as_bytes());
        let store = &self.context.store;
        store
            .insert_sign_in_session(&hash, member.oid, now, now.plus(SESSION_LIFE))
            .await?;
        Ok(SignedIn {
            member,
            session,
            life: SESSION_LIFE,
        })
    }
}

fn permissions_of(client: &StoredClient, audience: Audience) -> BTreeSet<&'static str> {
    let permitted = |name: &&&str| client.permissions.iter().any(|known| known == **name);
    audience
        .scopes()
        .iter()
        .filter(permitted)
        .copied()
        .collect()
}

/// Whether this member's answer may go to that client: enabled, and of an organisation that the path and the client admit.
fn may_answer(asked: &Asked, member: &Member) -> bool {
    member.enabled
        && asked.tenant.admits(member.organisation)
        && asked
            .client
            .organisation
            .is_none_or(|id| id == member.organisation)
}

/// A secret that cannot be guessed.
pub(super) fn secret() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}
