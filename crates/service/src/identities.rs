//! External identities of resources and their tokens.
use crate::{
    ServiceError,
    context::{Context, random_bytes},
    rates::{Operation, Rates},
    resources::{KeyGeneration, Resources},
    tokens::{IssuedToken, NewToken, Tokens},
};
use parvis_domain::{
    ids::{ExternalUserId, RawId, ResourceId},
    principal::{ClientKind, Scope},
};
use std::time::Duration;
use uuid::Uuid;

/// The life of a token when none is asked for, and the longest one.
pub const TOKEN_LIFE_MAX: Duration = Duration::from_secs(1_440 * 60);
/// The shortest life of a token.
pub const TOKEN_LIFE_MIN: Duration = Duration::from_secs(60 * 60);

/// On whose behalf a resource is used: which resource, and under which of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceCaller {
    /// The resource.
    pub resource: ResourceId,
    /// The key that signed the request; `None` when the server itself acts.
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
}

impl Identities {
    pub(crate) fn new(
        context: Context,
        resources: Resources,
        tokens: Tokens,
        rates: Rates,
    ) -> Self {
        Self {
            context,
            resources,
            tokens,
            rates,
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
        let raw_id = RawId::External {
            resource,
            user: ExternalUserId(time_ordered_uuid(now.0)),
        };
        self.context
            .store
            .insert_identity(&raw_id, resource, now)
            .await?;
        Ok(raw_id)
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
        self.tokens
            .issue_under(new, caller.generation.as_ref())
            .await
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
        let change = async move { Ok(store.advance_identity_epoch(&whose).await?) };
        let existed = self.tokens.end(raw_id, change).await?;
        existed
            .then_some(())
            .ok_or(ServiceError::NotFound("identity"))
    }

    /// Deletes an identity and ends all its tokens. Deleting what is not there is no error.
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
            store.delete_identity(&whose).await?;
            store.erase_person(&whose, now).await?;
            Ok(None)
        };
        self.tokens.end(raw_id, change).await.map(|_| ())
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
    (raw_id.resource() == Some(caller.resource))
        .then_some(())
        .ok_or(ServiceError::NotFound("identity"))
}

/// A UUID that sorts by its making (version 7, RFC 9562 5.7), so that the store's index stays compact.
fn time_ordered_uuid(now_ms: i64) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(now_ms).unwrap_or(0), &random_bytes())
        .into_uuid()
}
