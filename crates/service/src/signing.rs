//! The server's signing keys, made on first use and kept as settings. RSA (RS256) signs what members get by signing in, since
//! their client libraries accept nothing else; an elliptic curve (ES256) signs user tokens, a hundred times quicker. What a
//! token says, and whether it still counts, is decided by `tokens` and `sign_in`.
mod curve;
mod rsa;

use crate::{ServiceError, context::Context};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// The setting that holds the RSA key, as PKCS#8.
const RSA_SETTING: &str = "token_signing_key";
/// The setting that holds the key of user tokens, as PKCS#8.
const CURVE_SETTING: &str = "user_token_signing_key";

/// When the keys are made or read at the latest.
const WARM_AFTER: Duration = Duration::from_millis(500);

/// The signing keys; cheap to clone.
#[derive(Clone)]
pub struct Signing {
    context: Context,
    rsa: Arc<OnceCell<rsa::Key>>,
    curve: Arc<OnceCell<curve::Key>>,
}

/// What checks signatures of one key.
struct Public {
    algorithm: Algorithm,
    decoding: DecodingKey,
    kid: String,
    jwk: serde_json::Value,
}

impl Public {
    fn open<T: DeserializeOwned>(&self, token: &str) -> Result<T, ServiceError> {
        let mut validation = Validation::new(self.algorithm);
        // Our own clock decides, not the library's.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims = HashSet::new();
        jsonwebtoken::decode::<T>(token, &self.decoding, &validation)
            .map(|opened| opened.claims)
            .map_err(|_| ServiceError::Unauthenticated)
    }
}

impl Signing {
    /// Reads or makes the keys on first use, so that starting never waits for them.
    pub fn new(context: Context) -> Self {
        Self {
            context,
            rsa: Arc::default(),
            curve: Arc::default(),
        }
    }

    /// Makes sure, beside everything else, that the keys are there before somebody waits for them.
    pub(crate) fn warm_later(&self) {
        let signing = self.clone();
        tokio::spawn(async move {
            // Making a key takes a processor for a while that the start needs more.
            tokio::time::sleep(WARM_AFTER).await;
            if let Err(error) = signing.jwks().await {
                tracing::error!(%error, "there is no signing key");
            }
        });
    }

    /// A token of `claims` for members' client libraries: RS256.
    pub(crate) async fn sign(&self, claims: &impl Serialize) -> Result<String, ServiceError> {
        self.rsa().await?.sign(claims)
    }

    /// A user token of `claims`: ES256.
    pub(crate) async fn sign_user_token(
        &self,
        claims: &impl Serialize,
    ) -> Result<String, ServiceError> {
        self.curve().await?.sign(claims)
    }

    /// The claims of a token that one of the keys signed. Times, issuer and audience are the caller's to check.
    pub(crate) async fn open<T: DeserializeOwned>(&self, token: &str) -> Result<T, ServiceError> {
        let header =
            jsonwebtoken::decode_header(token).map_err(|_| ServiceError::Unauthenticated)?;
        // The key that is named is used as what it is, whatever else the header says.
        match header.kid {
            Some(kid) if kid == self.curve().await?.public.kid => {
                self.curve().await?.public.open(token)
            }
            Some(kid) if kid == self.rsa().await?.public.kid => {
                self.rsa().await?.public.open(token)
            }
            _ => Err(ServiceError::Unauthenticated),
        }
    }

    /// The public keys as a JSON Web Key set (RFC 7517).
    pub async fn jwks(&self) -> Result<serde_json::Value, ServiceError> {
        let (rsa, curve) = (self.rsa().await?, self.curve().await?);
        Ok(serde_json::json!({ "keys": [rsa.public.jwk, curve.public.jwk] }))
    }

    async fn rsa(&self) -> Result<&rsa::Key, ServiceError> {
        let made = || async { rsa::Key::read(&self.stored(RSA_SETTING, rsa::generate).await?) };
        self.rsa.get_or_try_init(made).await
    }

    async fn curve(&self) -> Result<&curve::Key, ServiceError> {
        let made =
            || async { curve::Key::read(&self.stored(CURVE_SETTING, curve::generate).await?) };
        self.curve.get_or_try_init(made).await
    }

    /// A key as PKCS#8, made when there is none.
    async fn stored(
        &self,
        setting: &str,
        generate: fn() -> Result<Zeroizing<Vec<u8>>, ServiceError>,
    ) -> Result<Zeroizing<Vec<u8>>, ServiceError> {
        if let Some(stored) = self.context.store.load_setting(setting).await? {
            return Ok(Zeroizing::new(stored));
        }
        let made = tokio::task::spawn_blocking(generate)
            .await
            .map_err(|error| ServiceError::Internal(error.to_string()))??;
        let kept = self.context.store.keep_setting(setting, &made).await?;
        Ok(Zeroizing::new(kept))
    }
}

fn damaged() -> ServiceError {
    ServiceError::Internal("the stored signing key is damaged".to_owned())
}

fn not_made() -> ServiceError {
    ServiceError::Internal("no signing key could be made".to_owned())
}
