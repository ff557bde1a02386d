//! Resources and their access keys. There are few, so all are kept in memory; what another process changes is read again
//! within a second (`revisions`).
use crate::{
    ServiceError,
    context::{Context, TokensEnded, random_bytes, random_uuid},
};
use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_STANDARD};
use parking_lot::RwLock;
use parvis_domain::ids::ResourceId;
use parvis_store::resources::{KeyColumn, StoredResource};
use std::sync::Arc;
use tokio::sync::{Mutex, watch};
use zeroize::Zeroizing;

/// Resources of one server: a signed request that names none is tried against the keys of all of them.
pub const RESOURCES_MAX: u32 = 64;
/// Bytes of an access key.
const ACCESS_KEY_BYTES: usize = 64;
/// Characters of a resource's name.
const NAME_CHARS_MAX: usize = 64;

/// Which of a resource's two keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// The first.
    Primary,
    /// The second.
    Secondary,
}

/// Marks one generation of an access key in the tokens made under it; rotating the key ends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyGeneration(String);

impl KeyGeneration {
    /// The value of the `kgen` claim.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One access key, never printed.
#[derive(Clone)]
pub struct AccessKey {
    bytes: Zeroizing<Vec<u8>>,
    generation: KeyGeneration,
}

impl AccessKey {
    fn new(bytes: Vec<u8>) -> Self {
        let digest = digest::digest(&digest::SHA256, &bytes);
        let generation = digest
            .as_ref()
            .iter()
            .take(6)
            .map(|b| format!("{b:02x}"))
            .collect();
        Self {
            bytes: Zeroizing::new(bytes),
            generation: KeyGeneration(generation),
        }
    }

    /// The decoded key.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key as a connection string holds it.
    pub fn base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64_STANDARD.encode(&*self.bytes))
    }

    /// What tokens made under this key carry.
    pub fn generation(&self) -> &KeyGeneration {
        &self.generation
    }
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessKey(..)")
    }
}

/// A resource: owns identities, threads and meters.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// For people.
    pub name: String,
    /// The first key.
    pub primary_key: AccessKey,
    /// The second key.
    pub secondary_key: AccessKey,
}

impl Resource {
    /// Both keys, first one first.
    pub fn keys(&self) -> [&AccessKey; 2] {
        [&self.primary_key, &self.secondary_key]
    }

    /// Whether a token made under `generation` still has its key.
    pub fn knows(&self, generation: &str) -> bool {
        self.keys().iter().any(|key| key.generation.0 == generation)
    }
}

type Shared = Arc<[Resource]>;

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Resources {
    context: Context,
    loaded: Arc<RwLock<Option<Shared>>>,
    /// Told whenever they were read anew.
    renewed: watch::Sender<()>,
    /// Held while resources are read or changed in the store.
    changing: Arc<Mutex<()>>,
}

impl Resources {
    pub(crate) fn new(context: Context) -> Self {
        Self {
            context,
            loaded: Arc::default(),
            renewed: watch::channel(()).0,
            changing: Arc::default(),
        }
    }

    /// Makes a resource with two fresh keys.
    pub async fn create(&self, name: &str) -> Result<Resource, ServiceError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(ServiceError::invalid(
                "name",
                "The name must have 1 to 64 characters.",
            ));
        }
        let stored = StoredResource {
            id: ResourceId(random_uuid()),
            name: name.to_owned(),
            primary_key: random_bytes::<ACCESS_KEY_BYTES>().to_vec(),
            secondary_key: random_bytes::<ACCESS_KEY_BYTES>().to_vec(),
            created_on: self.context.now(),
        };
        let _changing = self.changing.lock().await;
        if self.read().await?.len() >= RESOURCES_MAX as usize {
            return Err(ServiceError::Conflict("there are too many resources"));
        }
        self.context.store.insert_resource(&stored).await?;
        self.read().await?;
        Ok(resource(stored))
    }

    /// Changes whenever resources may have.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.renewed.subscribe()
    }

    /// All resources.
    pub async fn list(&self) -> Result<Shared, ServiceError> {
        if let Some(loaded) = self.loaded.read().clone() {
            return Ok(loaded);
        }
        let _changing = self.changing.lock().await;
        self.read().await
    }

    /// One resource.
    pub async fn load(&self, id: ResourceId) -> Result<Option<Resource>, ServiceError> {
        Ok(self
            .list()
            .await?
            .iter()
            .find(|resource| resource.id == id)
            .cloned())
    }

    /// Replaces one key. Tokens made under the old one end with it, open sockets too.
    pub async fn rotate_key(&self, id: ResourceId, key: KeyName) -> Result<Resource, ServiceError> {
        let _changing = self.changing.lock().await;
        let column = match key {
            KeyName::Primary => KeyColumn::Primary,
            KeyName::Secondary => KeyColumn::Secondary,
        };
        let fresh = Zeroizing::new(random_bytes::<ACCESS_KEY_BYTES>());
        self.context
            .store
            .update_resource_key(id, column, &*fresh)
            .await?;
        let all = self.read().await?;
        // After the read, so that a check from now on sees the new key. Nobody listening is no error.
        let ended = TokensEnded::UnderKeyOf(id);
        let _ = self.context.tokens_ended.send(ended);
        let found = all.iter().find(|resource| resource.id == id).cloned();
        found.ok_or(ServiceError::NotFound("resource"))
    }

    /// Reads the store again after another process may have changed it, and ends tokens whose key is gone.
    pub(crate) async fn reread(&self) -> Result<(), ServiceError> {
        let _changing = self.changing.lock().await;
        let Some(before) = self.loaded.read().clone() else {
            return Ok(());
        };
        for now in self.read().await?.iter() {
            let known = before.iter().find(|resource| resource.id == now.id);
            let lost = known.is_some_and(|known| {
                let mut generations = known.keys().into_iter().map(AccessKey::generation);
                !generations.all(|generation| now.knows(generation.as_str()))
            });
            if lost {
                let _ = self
                    .context
                    .tokens_ended
                    .send(TokensEnded::UnderKeyOf(now.id));
            }
        }
        Ok(())
    }

    /// Asks everything that holds a socket open to check its token again.
    pub(crate) fn recheck_tokens(&self) {
        // Nobody listening is no error.
        let _ = self.context.tokens_ended.send(TokensEnded::Some);
    }

    /// Reads all resources from the store; the caller holds `changing`.
    async fn read(&self) -> Result<Shared, ServiceError> {
        let stored = self.context.store.list_resources(RESOURCES_MAX).await?;
        let all: Shared = stored.into_iter().map(resource).collect();
        *self.loaded.write() = Some(Arc::clone(&all));
        self.renewed.send_replace(());
        Ok(all)
    }
}

fn resource(stored: StoredResource) -> Resource {
    Resource {
        id: stored.id,
        name: stored.name,
        primary_key: AccessKey::new(stored.primary_key),
        secondary_key: AccessKey::new(stored.secondary_key),
    }
}
