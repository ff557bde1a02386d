//! Sign-in of members: the embedded OpenID provider's rules (integrations 3.3). `authorize` leads from a client's
//! question to a code, `redeem` from a code or refresh token to tokens, `access` checks the tokens. Knows no HTTP.
mod access;
mod application;
mod authorize;
mod clients;
mod error;
pub(crate) mod passwords;
mod pkce;
mod redeem;
pub mod scopes;
mod throttle;

pub use access::MemberPrincipal;
pub use application::Actor;
pub use authorize::{Asked, AuthorizeRequest, Granted, Refused, SignedIn, WrongSignIn};
pub use clients::NewClient;
pub use error::OAuthError;
pub use redeem::{TokenAnswer, TokenRequest};

use crate::{ServiceError, context::Context, signing::Signing};
use parvis_domain::{ids::OrganisationId, time::Timestamp};
use parvis_store::oauth::StoredClient;
use passwords::Passwords;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use throttle::Throttle;

/// How long a sign-in lasts at most, however often it is refreshed.
const GRANT_LIFE: Duration = Duration::from_secs(90 * 24 * 3_600);
/// How often what is over is removed from the store.
const PURGE_PERIOD: Duration = Duration::from_secs(3_600);

/// The `T` of the provider's paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenant {
    /// Members of one organisation.
    One(OrganisationId),
    /// `organizations` or `common`: members of any.
    Any,
}

impl Tenant {
    /// Reads the path's segment.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "organizations" | "common" => Some(Self::Any),
            id => id.parse().ok().map(Self::One),
        }
    }

    fn admits(self, organisation: OrganisationId) -> bool {
        matches!(self, Self::Any) || self == Self::One(organisation)
    }
}

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct SignIn {
    context: Context,
    signing: Signing,
    passwords: Passwords,
    throttle: Arc<Throttle>,
    purged_on: Arc<AtomicI64>,
}

impl SignIn {
    pub(crate) fn new(context: Context, signing: Signing, passwords: Passwords) -> Self {
        Self {
            context,
            signing,
            passwords,
            throttle: Arc::default(),
            purged_on: Arc::default(),
        }
    }

    /// Registers an application, in place of one with the same id.
    pub async fn register_client(&self, new: NewClient) -> Result<(), ServiceError> {
        if !clients::is_client_id(&new.client_id) {
            return Err(ServiceError::invalid(
                "client_id",
                "The client's id is not valid.",
            ));
        }
        let bounded = new.redirect_uris.len() <= clients::REDIRECT_URIS_MAX;
        if !bounded
            || !new
                .redirect_uris
                .iter()
                .all(|uri| clients::is_redirect_uri(uri))
        {
            return Err(ServiceError::invalid(
                "redirect_uris",
                "A redirect URI is not valid.",
            ));
        }
        let permissions = new
            .permissions
            .iter()
            .map(|name| scopes::known_scope(name).map(str::to_owned))
            .collect::<Option<BTreeSet<_>>>()
            .ok_or_else(|| ServiceError::invalid("permissions", "A permission is not known."))?;
        let client = StoredClient {
            client_id: new.client_id,
            name: parvis_domain::directory::display_name(&new.name)
                .ok_or_else(|| ServiceError::invalid("name", "The name is not valid."))?,
            organisation: new.organisation,
            secret_hash: new.secret.map(|secret| pkce::sha256(secret.as_bytes())),
            redirect_uris: new.redirect_uris,
            permissions: permissions.into_iter().collect(),
            pre_consented: new.pre_consented,
        };
        let now = self.context.now();
        Ok(self.context.store.save_oauth_client(&client, now).await?)
    }

    /// Whether the organisation of a path exists.
    pub async fn knows(&self, tenant: Tenant) -> Result<bool, ServiceError> {
        Ok(match tenant {
            Tenant::Any => true,
            Tenant::One(id) => self.context.store.load_organisation(id).await?.is_some(),
        })
    }

    /// The issuer of an organisation's tokens.
    pub fn issuer(&self, organisation: OrganisationId) -> String {
        format!("{}/{organisation}/v2.0", self.context.origin_text())
    }

    /// Whether a signed-out browser may be sent to `uri`: only where one of the client's answers may go.
    pub async fn may_return(&self, client_id: &str, uri: &str) -> Result<bool, ServiceError> {
        let client = self.context.store.load_oauth_client(client_id).await?;
        Ok(client.is_some_and(|client| clients::may_redirect(&client, uri)))
    }

    /// Removes what is over, at most once an hour.
    async fn purge(&self, now: Timestamp) -> Result<(), ServiceError> {
        let last = Timestamp(self.purged_on.load(Ordering::Relaxed));
        if now.since(last) < PURGE_PERIOD {
            return Ok(());
        }
        self.purged_on.store(now.0, Ordering::Relaxed);
        Ok(self
            .context
            .store
            .purge_sign_ins(now.minus(GRANT_LIFE), now)
            .await?)
    }
}
