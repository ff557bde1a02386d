//! External identities of resources and their tokens.
use crate::{
    ServiceError,
    context::{Context, random_bytes},
    rates::{Operation, Rates},
    resources::{KeyGeneration, Resources},
    threads::Threads,
    tokens::{IssuedToken, NewToken, Tokens},
};
use parking_lot::Mutex;
use parvis_domain::{
    ids::{ExternalUserId, MemberId, RawId, ResourceId},
    principal::{ClientKind, Scope},
    time::Timestamp,
};
pub use parvis_store::identities::{IdentityNames, StoredIdentity as Identity};
use std::{collections::HashMap, sync::Arc, time::Duration};
use uuid::Uuid;

/// The life of a token when none is asked for, and the longest one.
pub const TOKEN_LIFE_MAX: Duration = Duration::from_secs(1_440 * 60);
/// The shortest life of a token.
pub const TOKEN_LIFE_MIN: Duration = Duration::from_secs(60 * 60);

/// Characters of a back end's own name of an identity.
const CUSTOM_ID_CHARS_MAX: usize = 256;
/// Characters of a request's id.
const REQUEST_CHARS_MAX: usize = 128;
/// How long the answer to a deletion waits for the identity's messages to be erased.
const ERASING_WAIT: Duration = Duration::from_secs(2);
/// How often it is written when tokens were made last.
const NOTES_PERIOD: Duration = Duration::from_secs(1);
/// Identities of which that waits to be written; of further ones it is forgotten.
const NOTES_MAX: usize = 100_000;
/// Of which it is written at once, so that others get at the database in between.
const NOTES_BATCH: usize = 256;

/// On whose behalf a resource is used: which resource, and under which of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceCaller {
    /// The resource.
    pub resource: ResourceId,
    /// The key that signed the request; `None` when nobody's key did: the server itself acts, or somebody assigned.
    pub generation: Option<KeyGeneration>,
}

impl From<ResourceId> for ResourceCaller {
    fn from(resource: ResourceId) -> Self {
        Self {
            resource,
            generation: None,
        }
    }
}

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Identities {
    context: Context,
    resources: Resources,
    tokens: Tokens,
    rates: Rates,
    threads: Threads,
    /// When tokens were made last, as far as that is not written yet.
    notes: Arc<Mutex<HashMap<RawId, Timestamp>>>,
}

impl Identities {
    pub(crate) fn new(
        context: Context,
        resources: Resources,
        tokens: Tokens,
        rates: Rates,
        threads: Threads,
    ) -> Self {
        Self {
            context,
            resources,
            tokens,
            rates,
            threads,
            notes: Arc::default(),
        }
    }

    /// Makes an identity of a resource.
    pub async fn create(&self, resource: ResourceId) -> Result<RawId, ServiceError> {
        self.resources
            .load(resource)
            .await?
            .ok_or(ServiceError::NotFound("resource"))?;
        let now = self.context.now();
        self.rates.take(resource, Operation::Create, now)?;
        let raw_id = fresh_id(resource, now);
        self.context
            .store
            .insert_identity(&raw_id, resource, now)
            .await?;
        self.tokens.begin(&raw_id).await;
        Ok(raw_id)
    }

    /// The identity of these names, made when there is none: the same custom id, and the same request, have the same one.
    pub async fn create_named(
        &self,
        resource: ResourceId,
        names: IdentityNames,
    ) -> Result<RawId, ServiceError> {
        if names == IdentityNames::default() {
            return self.create(resource).await;
        }
        check_names(&names)?;
        let now = self.context.now();
        self.rates.take(resource, Operation::Create, now)?;
        let fresh = fresh_id(resource, now);
        Ok(self
            .context
            .store
            .find_or_insert_identity(&fresh, resource, &names, now)
            .await?)
    }

    /// The identity that stands for a member's sign-in on a resource.
    pub(crate) async fn of_member(
        &self,
        resource: ResourceId,
        member: MemberId,
    ) -> Result<RawId, ServiceError> {
        let names = IdentityNames {
            member: Some(member),
            ..IdentityNames::default()
        };
        self.create_named(resource, names).await
    }

    /// An identity of the caller's resource.
    pub async fn load(
        &self,
        caller: &ResourceCaller,
        raw_id: &RawId,
    ) -> Result<Identity, ServiceError> {
        owned(caller, raw_id)?;
        let stored = self.context.store.load_identity(raw_id).await?;
        let mut identity = stored.ok_or(ServiceError::NotFound("identity"))?;
        let noted = self.notes.lock().get(raw_id).copied();
        identity.last_token_on = identity.last_token_on.max(noted);
        Ok(identity)
    }

    /// Writes from now on when tokens were made last: not with each token, which would cost as much as the token.
    pub(crate) async fn keep_notes(self) {
        loop {
            tokio::time::sleep(NOTES_PERIOD).await;
            self.write_notes().await;
        }
    }

    pub(crate) async fn write_notes(&self) {
        let notes: Vec<_> = std::mem::take(&mut *self.notes.lock())
            .into_iter()
            .collect();
        for batch in notes.chunks(NOTES_BATCH) {
            if let Err(error) = self.context.store.note_tokens(batch).await {
                tracing::warn!(%error, "cannot note when tokens were made");
                return;
            }
        }
    }

    /// Makes a token for an identity of the caller's resource.
    pub async fn issue(
        &self,
        caller: &ResourceCaller,
        raw_id: &RawId,
        scopes: Vec<Scope>,
        life: Duration,
    ) -> Result<IssuedToken, ServiceError> {
        owned(caller, raw_id)?;
        if scopes.is_empty() {
            return Err(ServiceError::invalid(
                "Scopes",
                "At least one scope is required.",
            ));
        }
        if !(TOKEN_LIFE_MIN..=TOKEN_LIFE_MAX).contains(&life) {
            return Err(ServiceError::invalid(
                "ExpiresInMinutes",
                "The life of a token must be 60 to 1440 minutes.",
            ));
        }
        self.rates
            .take(caller.resource, Operation::Issue, self.context.now())?;
        let new = NewToken {
            raw_id: raw_id.clone(),
            client: ClientKind::External,
            resource: Some(caller.resource),
            organisation: None,
            scopes,
            life,
        };
        let issued = self
            .tokens
            .issue_under(new, caller.generation.as_ref())
            .await?;
        let mut notes = self.notes.lock();
        if notes.len() < NOTES_MAX || notes.contains_key(raw_id) {
            notes.insert(raw_id.clone(), self.context.now());
        }
        Ok(issued)
    }

    /// Ends all tokens of an identity at once, open sockets too.
    pub async fn revoke(
        &self,
        caller: &ResourceCaller,
        raw_id: &RawId,
    ) -> Result<(), ServiceError> {
        owned(caller, raw_id)?;
        self.rates
            .take(caller.resource, Operation::Revoke, self.context.now())?;
        let (store, whose) = (self.context.store.clone(), raw_id.clone());
        let change = async move {
            store.advance_identity_epoch(&whose).await?;
            Ok(())
        };
        let existed = self.tokens.end(raw_id, change).await?;
        existed
            .then_some(())
            .ok_or(ServiceError::NotFound("identity"))
    }

    /// Deletes an identity, ends all its tokens and erases what it wrote: an answer waits for a moment's worth of that,
    /// the rest goes on, after a crash too. Deleting what is not there is no error.
    pub async fn delete(
        &self,
        caller: &ResourceCaller,
        raw_id: &RawId,
    ) -> Result<(), ServiceError> {
        owned(caller, raw_id)?;
        self.rates
            .take(caller.resource, Operation::Delete, self.context.now())?;
        let (store, whose, now) = (
            self.context.store.clone(),
            raw_id.clone(),
            self.context.now(),
        );
        let change = async move {
            store.begin_erasure(&whose, now).await?;
            Ok(())
        };
        let (identities, whose) = (self.clone(), raw_id.clone());
        // Goes on when the caller hangs up: what was written must not stay until the next start.
        let deleting = tokio::spawn(async move {
            identities.tokens.end(&whose, change).await?;
            identities.notes.lock().remove(&whose);
            let erasing = tokio::spawn(async move {
                if let Err(error) = identities.threads.erase(&whose).await {
                    tracing::warn!(%error, "an erasure waits for the next start");
                }
            });
            Ok::<_, ServiceError>(tokio::time::timeout(ERASING_WAIT, erasing).await.is_ok())
        });
        let deleted = deleting.await;
        deleted.map_err(|error| ServiceError::Internal(error.to_string()))??;
        Ok(())
    }

    /// Whether an identity of a resource exists.
    pub async fn exists(&self, raw_id: &RawId) -> Result<bool, ServiceError> {
        Ok(self
            .context
            .store
            .load_identity_epoch(raw_id)
            .await?
            .is_some())
    }
}

/// Another resource's identity does not exist for this caller.
fn owned(caller: &ResourceCaller, raw_id: &RawId) -> Result<(), ServiceError> {
    matches!(raw_id, RawId::External { resource, .. } if *resource == caller.resource)
        .then_some(())
        .ok_or(ServiceError::NotFound("identity"))
}

fn check_names(names: &IdentityNames) -> Result<(), ServiceError> {
    let within = |text: &Option<String>, max| match text {
        None => true,
        Some(text) => !text.trim().is_empty() && text.chars().count() <= max,
    };
    if !within(&names.custom_id, CUSTOM_ID_CHARS_MAX) {
        return Err(ServiceError::invalid(
            "CustomId",
            "The custom id must have 1 to 256 characters.",
        ));
    }
    if !within(&names.request, REQUEST_CHARS_MAX) {
        return Err(ServiceError::invalid(
            "Repeatability-Request-ID",
            "The request id must have 1 to 128 characters.",
        ));
    }
    Ok(())
}

fn fresh_id(resource: ResourceId, now: Timestamp) -> RawId {
    RawId::External {
        resource,
        user: ExternalUserId(time_ordered_uuid(now.0)),
    }
}

/// A UUID that sorts by its making (version 7, RFC 9562 5.7), so that the store's index stays compact.
fn time_ordered_uuid(now_ms: i64) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(now_ms).unwrap_or(0), &random_bytes())
        .into_uuid()
}
