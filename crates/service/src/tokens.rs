//! User tokens: the bearers of chat and calling (rest-wire section 5). Signed by the server, checked on every request,
//! ended at once by revoking the identity, disabling the member or rotating the resource's key.
use crate::{
    ServiceError,
    context::{Context, TokensEnded},
    resources::{KeyGeneration, Resources},
    signing::Signing,
};
use aws_lc_rs::digest;
use moka::{
    future::Cache,
    ops::compute::{CompResult, Op},
};
use parvis_domain::{
    ids::{OrganisationId, RawId, ResourceId},
    principal::{ClientKind, Principal, Scope},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{future::Future, sync::Arc, time::Duration};

/// Longer tokens are refused unread.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// Identities whose state is kept in memory.
const STATES_MAX: u64 = 100_000;
/// How long another node's revocation may go unseen.
const STATE_LIFE: Duration = Duration::from_secs(60);
/// Tokens whose signature is known to be good.
const OPENED_MAX: u64 = 10_000;
/// How long that is kept of a token that nobody uses.
const OPENED_LIFE: Duration = Duration::from_secs(300);

/// What a new token shall say.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whose.
    pub raw_id: RawId,
    /// Through which client it will act.
    pub client: ClientKind,
    /// The resource that made it (E) or exchanged it (T).
    pub resource: Option<ResourceId>,
    /// The member's organisation (T and H).
    pub organisation: Option<OrganisationId>,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// How long from now.
    pub life: Duration,
}

/// A token that was made.
#[derive(Clone)]
pub struct IssuedToken {
    /// The JWT.
    pub token: String,
    /// When it ends.
    pub expires_on: Timestamp,
}

/// Names as the SDKs read them; `iss`, `client`, `tid`, `kgen` and `rev` are ours. All values are ASCII without
/// `~ ? >`, because one official parser reads the payload with the standard base64 alphabet.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    skypeid: String,
    scp: u32,
    csi: String,
    exp: i64,
    iat: i64,
    #[serde(rename = "acsScope")]
    acs_scope: String,
    #[serde(
        rename = "resourceId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    resource_id: Option<ResourceId>,
    client: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tid: Option<OrganisationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kgen: Option<String>,
    /// The identity's epoch.
    rev: i64,
}

/// Whether tokens of somebody count, and of which epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No such identity, or disabled.
    Ended,
    /// Tokens of this epoch count.
    Current(i64),
}

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    context: Context,
    signing: Signing,
    resources: Resources,
    states: Cache<RawId, State>,
    /// What tokens say that were checked before, by their SHA-256. Whether it still counts is asked every time.
    opened: Cache<[u8; 32], Arc<Claims>>,
}

impl Tokens {
    pub(crate) fn new(context: Context, signing: Signing, resources: Resources) -> Self {
        let states = Cache::builder()
            .max_capacity(STATES_MAX)
            .time_to_live(STATE_LIFE)
            .build();
        let opened = Cache::builder()
            .max_capacity(OPENED_MAX)
            .time_to_idle(OPENED_LIFE)
            .build();
        Self {
            context,
            signing,
            resources,
            states,
            opened,
        }
    }

    /// Makes a token, under the first key of its resource.
    pub async fn issue(&self, new: NewToken) -> Result<IssuedToken, ServiceError> {
        self.issue_under(new, None).await
    }

    /// Makes a token that ends when the key of `generation` is rotated.
    pub(crate) async fn issue_under(
        &self,
        new: NewToken,
        generation: Option<&KeyGeneration>,
    ) -> Result<IssuedToken, ServiceError> {
        let State::Current(rev) = self.state(&new.raw_id).await? else {
            return Err(ServiceError::NotFound("identity"));
        };
        let kgen = self.key_generation(new.resource, generation).await?;
        let now = self.context.now();
        let expires_on = Timestamp::from_seconds(now.plus(new.life).seconds());
        let claims = Claims {
            iss: self.context.origin_text(),
            skypeid: new.raw_id.skype_id().ok_or_else(|| {
                ServiceError::Internal("a phone number holds no tokens".to_owned())
            })?,
            scp: scope_bits(&new.scopes),
            csi: now.seconds().to_string(),
            exp: expires_on.seconds(),
            iat: now.seconds(),
            acs_scope: new
                .scopes
                .iter()
                .map(|scope| scope.name())
                .collect::<Vec<_>>()
                .join(","),
            resource_id: new.resource,
            client: new.client.name().to_owned(),
            tid: new.organisation,
            kgen,
            rev,
        };
        let token = self.signing.sign_user_token(&claims).await?;
        Ok(IssuedToken { token, expires_on })
    }

    /// Who acts, when `token` is ours, in time, not revoked and made under a key that still is. One error for all causes.
    pub async fn verify(&self, token: &str) -> Result<Principal, ServiceError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(ServiceError::Unauthenticated);
        }
        let claims = self.open(token).await?;
        let principal = self
            .principal(&claims)
            .ok_or(ServiceError::Unauthenticated)?;
        if let Some(id) = principal.resource {
            let resource = self
                .resources
                .load(id)
                .await?
                .ok_or(ServiceError::Unauthenticated)?;
            if !claims
                .kgen
                .as_deref()
                .is_some_and(|kgen| resource.knows(kgen))
            {
                return Err(ServiceError::Unauthenticated);
            }
        }
        match self.state(&principal.raw_id).await? {
            State::Current(rev) if rev == claims.rev => Ok(principal),
            _ => Err(ServiceError::Unauthenticated),
        }
    }

    /// The public keys that tokens can be checked with.
    pub async fn jwks(&self) -> Result<serde_json::Value, ServiceError> {
        self.signing.jwks().await
    }

    /// Notes that an identity was just made, so that its first token needs no question to the store.
    pub(crate) async fn begin(&self, raw_id: &RawId) {
        let state = State::Current(0);
        self.states.insert(raw_id.clone(), state).await;
    }

    /// Ends all tokens of somebody: `change` alters the store, which then says what counts. Answers whether anything does.
    /// A check that started earlier cannot bring the old state back, since both hold the entry's lock. It goes on when
    /// the caller hangs up: what has ended in the store has to end here too.
    pub(crate) async fn end<F>(&self, raw_id: &RawId, change: F) -> Result<bool, ServiceError>
    where
        F: Future<Output = Result<(), ServiceError>> + Send + 'static,
    {
        let (tokens, raw_id) = (self.clone(), raw_id.clone());
        let ending = tokio::spawn(async move {
            let outcome = tokens
                .states
                .entry_by_ref(&raw_id)
                .and_try_compute_with(|_| async {
                    change.await?;
                    Ok::<_, ServiceError>(Op::Put(tokens.load_state(&raw_id).await?))
                })
                .await?;
            // Nobody listening is no error.
            let ended = TokensEnded::Of(raw_id.clone());
            let _ = tokens.context.tokens_ended.send(ended);
            Ok(value_of(outcome) != State::Ended)
        });
        let ended = ending.await;
        ended.map_err(|error| ServiceError::Internal(error.to_string()))?
    }

    /// What was known of whose tokens count is read again.
    pub(crate) fn forget_states(&self) {
        self.states.invalidate_all();
    }

    /// What a token says that we signed.
    async fn open(&self, token: &str) -> Result<Arc<Claims>, ServiceError> {
        let digest = digest::digest(&digest::SHA256, token.as_bytes());
        let key = digest.as_ref().try_into();
        let key: [u8; 32] = key.map_err(|_| ServiceError::Unauthenticated)?;
        if let Some(claims) = self.opened.get(&key).await {
            return Ok(claims);
        }
        let claims: Arc<Claims> = Arc::new(self.signing.open(token).await?);
        self.opened.insert(key, claims.clone()).await;
        Ok(claims)
    }

    fn principal(&self, claims: &Claims) -> Option<Principal> {
        let expires_on = Timestamp::from_seconds(claims.exp);
        if expires_on <= self.context.now() || claims.iss != self.context.origin_text() {
            return None;
        }
        let principal = Principal {
            raw_id: RawId::from_skype_id(&claims.skypeid).ok()?,
            // Applications sign their requests; none holds a token.
            client: ClientKind::parse(&claims.client)
                .filter(|client| *client != ClientKind::Application)?,
            resource: claims.resource_id,
            organisation: claims.tid,
            scopes: claims
                .acs_scope
                .split(',')
                .map(Scope::parse)
                .collect::<Option<_>>()?,
            issued_on: Timestamp::from_seconds(claims.iat),
            expires_on,
        };
        // An external identity acts only through the resource that owns it.
        let owner = principal.raw_id.resource();
        (owner.is_none() || owner == principal.resource).then_some(principal)
    }

    async fn key_generation(
        &self,
        resource: Option<ResourceId>,
        generation: Option<&KeyGeneration>,
    ) -> Result<Option<String>, ServiceError> {
        let Some(id) = resource else { return Ok(None) };
        let resource = self
            .resources
            .load(id)
            .await?
            .ok_or(ServiceError::NotFound("resource"))?;
        let generation = generation.unwrap_or_else(|| resource.primary_key.generation());
        Ok(Some(generation.as_str().to_owned()))
    }

    async fn state(&self, raw_id: &RawId) -> Result<State, ServiceError> {
        if let RawId::Visitor(_) = raw_id {
            // Visitors are not stored: their tokens end by time only.
            return Ok(State::Current(0));
        }
        if let Some(state) = self.states.get(raw_id).await {
            return Ok(state);
        }
        let outcome = self
            .states
            .entry_by_ref(raw_id)
            .and_try_compute_with(|entry| async move {
                Ok::<_, ServiceError>(match entry {
                    Some(_) => Op::Nop,
                    None => Op::Put(self.load_state(raw_id).await?),
                })
            })
            .await?;
        Ok(value_of(outcome))
    }

    async fn load_state(&self, raw_id: &RawId) -> Result<State, ServiceError> {
        let epoch = match raw_id {
            RawId::External { .. } => self.context.store.load_identity_epoch(raw_id).await?,
            RawId::Extension {
                resource,
                organisation,
                member,
            } => {
                let store = &self.context.store;
                store
                    .load_extension_epoch(*resource, *organisation, *member)
                    .await?
            }
            RawId::Member(oid) => self
                .context
                .store
                .load_member(*oid)
                .await?
                .filter(|stored| stored.member.enabled)
                .map(|stored| stored.token_epoch),
            RawId::Visitor(_) => Some(0),
            RawId::Phone(_) => None,
        };
        Ok(epoch.map_or(State::Ended, State::Current))
    }
}

fn value_of(outcome: CompResult<RawId, State>) -> State {
    outcome
        .into_entry()
        .map_or(State::Ended, moka::Entry::into_value)
}

/// The `scp` claim: chat is 256 + 512, voip is 1024; limited scopes set the lowest bit of their kind.
fn scope_bits(scopes: &[Scope]) -> u32 {
    scopes.iter().fold(0, |bits, scope| {
        bits | match scope {
            Scope::Chat => 768,
            Scope::ChatJoin | Scope::ChatJoinLimited => 256,
            Scope::Voip | Scope::VoipJoin => 1024,
        }
    })
}

#[cfg(test)]
#[path = "tokens/tests.rs"]
mod tests;
