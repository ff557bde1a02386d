//! What every use case may reach: the store, the clock, randomness, the public address, and the news of ended tokens.
use crate::{ServiceError, limits::ServiceLimits, webhooks::Webhooks};
use parvis_domain::{
    call::Timings,
    ids::{RawId, ResourceId},
    time::Timestamp,
};
use parvis_store::Store;
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::broadcast;
use url::Url;

/// The wall clock. Tests hand in their own.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let elapsed = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Cryptographically secure random bytes.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's random source always answers");
    bytes
}

/// A random version 4 UUID.
pub fn random_uuid() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(random_bytes()).into_uuid()
}

/// Tokens that ended before their time: sockets opened with them must close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokensEnded {
    /// All of an identity made before now (revoked, deleted, disabled).
    Of(RawId),
    /// Those made under a key of this resource that was rotated; checking each token again tells which.
    UnderKeyOf(ResourceId),
    /// Of some who used a resource without its key; checking each token again tells whose.
    Some,
}

/// Shared by all services; cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The public https origin, with a trailing slash and no path: `https://localhost:8443/`.
    pub origin: Url,
    /// Further host names, without port, whose meeting links are ours: an organisation that moves here keeps its old links.
    pub link_aliases: Vec<String>,
    /// Revocations, for everything that holds a socket open.
    pub tokens_ended: broadcast::Sender<TokensEnded>,
    /// The calling protocol's times; tests that cannot wait hand in shorter ones.
    pub call_timings: Timings,
    /// How far a signed request's date may be from now, either way.
    pub signature_skew: Duration,
    /// How often anybody may do what.
    pub limits: ServiceLimits,
    /// What is sent to others' servers, and by whom; nothing unless set.
    pub webhooks: Webhooks,
}

impl Context {
    /// A context over the database file, which is made when there is none.
    pub async fn open(file: &Path, origin: Url) -> Result<Self, ServiceError> {
        Ok(Self::new(Store::open(file).await?, origin))
    }

    /// A context with the machine's clock.
    pub fn new(store: Store, origin: Url) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            origin,
            link_aliases: Vec::new(),
            tokens_ended: broadcast::channel(1_024).0,
            call_timings: Timings::default(),
            signature_skew: Duration::from_secs(15 * 60),
            limits: ServiceLimits::default(),
            webhooks: Webhooks::default(),
        }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The origin without a trailing slash, as it stands in `iss` and in links.
    pub fn origin_text(&self) -> String {
        self.origin.as_str().trim_end_matches('/').to_owned()
    }
}
