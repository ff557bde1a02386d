//! The context of an incoming call: an opaque, sealed value that only the resource it was made for can hand back, only for
//! the ring it was made for, and only while that may still be answered.
use crate::{
    ServiceError,
    context::{Context, random_bytes},
};
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use parvis_domain::{
    ids::{CallId, LegId, ResourceId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The setting that holds the key.
const SETTING: &str = "incoming_call_key";
/// Longer ones are refused unread.
const CONTEXT_BYTES_MAX: usize = 1_024;
/// What the sealed values are for, so that one of another use is none of these.
const PURPOSE: &[u8] = b"parvis incoming call 1";

/// What a context stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Incoming {
    /// The call.
    pub(super) call: CallId,
    /// Who is rung, by the ring's name.
    pub(super) ring: LegId,
    /// Names all that follows from it.
    pub(super) correlation: Uuid,
    /// Until when.
    pub(super) until: Timestamp,
}

/// Makes and opens contexts; cheap to clone.
#[derive(Clone)]
pub(super) struct Seal {
    context: Context,
    key: Arc<OnceCell<RandomizedNonceKey>>,
}

impl Seal {
    pub(super) fn new(context: Context) -> Self {
        Self {
            context,
            key: Arc::default(),
        }
    }

    /// The context of a ring, for one resource.
    pub(super) async fn close(
        &self,
        resource: ResourceId,
        incoming: &Incoming,
    ) -> Result<String, ServiceError> {
        let failed = || ServiceError::Internal("sealing failed".to_owned());
        let mut sealed = serde_json::to_vec(incoming).map_err(|_| failed())?;
        let key = self.key().await?;
        let nonce = key
            .seal_in_place_append_tag(bound_to(resource), &mut sealed)
            .map_err(|_| failed())?;
        let mut whole = nonce.as_ref().to_vec();
        whole.append(&mut sealed);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(whole))
    }

    /// What a context stands for. One refusal for every flaw.
    pub(super) async fn open(
        &self,
        resource: ResourceId,
        context: &str,
    ) -> Result<Incoming, ServiceError> {
        let refused = || {
            ServiceError::invalid(
                "incomingCallContext",
                "The incoming call context is not valid or has expired.",
            )
        };
        if context.len() > CONTEXT_BYTES_MAX {
            return Err(refused());
        }
        let mut whole = BASE64_URL_SAFE_NO_PAD
            .decode(context)
            .map_err(|_| refused())?;
        if whole.len() < NONCE_LEN {
            return Err(refused());
        }
        let mut sealed = whole.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&whole).map_err(|_| refused())?;
        let key = self.key().await?;
        let opened = key
            .open_in_place(nonce, bound_to(resource), &mut sealed)
            .map_err(|_| refused())?;
        let incoming: Incoming = serde_json::from_slice(opened).map_err(|_| refused())?;
        if incoming.until <= self.context.now() {
            return Err(refused());
        }
        Ok(incoming)
    }

    async fn key(&self) -> Result<&RandomizedNonceKey, ServiceError> {
        self.key
            .get_or_try_init(|| async {
                let store = &self.context.store;
                let bytes = match store.load_setting(SETTING).await? {
                    Some(stored) => stored,
                    None => {
                        let made = Zeroizing::new(random_bytes::<32>());
                        store.keep_setting(SETTING, &*made).await?
                    }
                };
                RandomizedNonceKey::new(&AES_256_GCM, &Zeroizing::new(bytes)).map_err(|_| {
                    ServiceError::Internal("the stored key of contexts is damaged".to_owned())
                })
            })
            .await
    }
}

fn bound_to(resource: ResourceId) -> Aad<Vec<u8>> {
    let mut bound = PURPOSE.to_vec();
    bound.extend_from_slice(resource.0.as_bytes());
    Aad::from(bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Clock;
    use std::sync::atomic::{AtomicI64, Ordering};

    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::Relaxed))
        }
    }

    #[tokio::test]
    async fn a_context_is_good_for_one_resource_one_ring_and_a_while() {
        let folder = tempfile::tempdir().expect("folder");
        let origin = "https://localhost:8443/".parse().expect("url");
        let file = folder.path().join("p.db");
        let mut context = Context::open(&file, origin).await.expect("store");
        let clock = Arc::new(Hand(AtomicI64::new(1_000)));
        context.clock = clock.clone();
        let (mine, other) = (
            ResourceId(Uuid::from_u128(1)),
            ResourceId(Uuid::from_u128(2)),
        );
        let incoming = Incoming {
            call: CallId(Uuid::from_u128(3)),
            ring: LegId(Uuid::from_u128(4)),
            correlation: Uuid::from_u128(5),
            until: Timestamp(2_000),
        };
        let seal = Seal::new(context.clone());
        let text = seal.close(mine, &incoming).await.expect("sealed");
        assert_eq!(seal.open(mine, &text).await.expect("opened"), incoming);
        // The key outlives the process.
        let again = Seal::new(context);
        assert_eq!(again.open(mine, &text).await.expect("opened"), incoming);
        assert!(seal.open(other, &text).await.is_err(), "another resource's");
        for at in 0..text.len() {
            let mut letters: Vec<u8> = text.bytes().collect();
            letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(letters).expect("ascii");
            assert!(seal.open(mine, &forged).await.is_err(), "letter {at}");
        }
        for odd in ["", "AAAA", "not base64!", &"A".repeat(2_000)] {
            assert!(seal.open(mine, odd).await.is_err(), "{odd}");
        }
        clock.0.store(2_000, Ordering::Relaxed);
        assert!(seal.open(mine, &text).await.is_err(), "too late");
    }
}
