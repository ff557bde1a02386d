//! The server's RSA key: signs every token (RS256) and checks its own signatures. Made on first use and kept as a
//! setting. What a token says, and whether it still counts, is decided by `tokens` and `sign_in`.
use crate::{ServiceError, context::Context};
use aws_lc_rs::{
    digest,
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// The setting that holds the key, as PKCS#8.
const SETTING: &str = "token_signing_key";

/// When the key is made or read at the latest.
const WARM_AFTER: Duration = Duration::from_millis(500);

/// The signing key; cheap to clone.
#[derive(Clone)]
pub struct Signing {
    context: Context,
    key: Arc<OnceCell<Key>>,
}

struct Key {
    encoding: EncodingKey,
    decoding: DecodingKey,
    kid: String,
    jwk: serde_json::Value,
}

impl Signing {
    /// Reads or makes the key on first use, so that starting never waits for it.
    pub fn new(context: Context) -> Self {
        Self {
            context,
            key: Arc::default(),
        }
    }

    /// Makes sure, beside everything else, that the key is there before somebody waits for it.
    pub(crate) fn warm_later(&self) {
        let signing = self.clone();
        tokio::spawn(async move {
            // Making a key takes a processor for a while that the start needs more.
            tokio::time::sleep(WARM_AFTER).await;
            if let Err(error) = signing.key().await {
                tracing::error!(%error, "there is no signing key");
            }
        });
    }

    /// A signed token of `claims`.
    pub(crate) async fn sign(&self, claims: &impl Serialize) -> Result<String, ServiceError> {
        let key = self.key().await?;
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(key.kid.clone());
        jsonwebtoken::encode(&header, claims, &key.encoding)
            .map_err(|error| ServiceError::Internal(format!("signing failed: {error}")))
    }

    /// The claims of a token that this key signed, RS256 only. Times, issuer and audience are the caller's to check.
    pub(crate) async fn open<T: DeserializeOwned>(&self, token: &str) -> Result<T, ServiceError> {
        let key = self.key().await?;
        let mut validation = Validation::new(Algorithm::RS256);
        // Our own clock decides, not the library's.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims = HashSet::new();
        let opened = jsonwebtoken::decode::<T>(token, &key.decoding, &validation)
            .map_err(|_| ServiceError::Unauthenticated)?;
        match opened.header.kid {
            Some(kid) if kid == key.kid => Ok(opened.claims),
            _ => Err(ServiceError::Unauthenticated),
        }
    }

    /// The public keys as a JSON Web Key set (RFC 7517).
    pub async fn jwks(&self) -> Result<serde_json::Value, ServiceError> {
        Ok(serde_json::json!({ "keys": [self.key().await?.jwk] }))
    }

    async fn key(&self) -> Result<&Key, ServiceError> {
        self.key
            .get_or_try_init(|| async {
                let stored = match self.context.store.load_setting(SETTING).await? {
                    Some(stored) => stored,
                    None => {
                        let made = tokio::task::spawn_blocking(generate)
                            .await
                            .map_err(|error| ServiceError::Internal(error.to_string()))??;
                        self.context.store.keep_setting(SETTING, &made).await?
                    }
                };
                read(&Zeroizing::new(stored))
            })
            .await
    }
}

fn generate() -> Result<Zeroizing<Vec<u8>>, ServiceError> {
    let failed = |_| ServiceError::Internal("no signing key could be made".to_owned());
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

fn read(pkcs8: &[u8]) -> Result<Key, ServiceError> {
    let damaged = || ServiceError::Internal("the stored signing key is damaged".to_owned());
    let pair = KeyPair::from_pkcs8(pkcs8).map_err(|_| damaged())?;
    let public = pair.public_key();
    let (modulus, exponent) = (
        public.modulus().big_endian_without_leading_zero(),
        public.exponent().big_endian_without_leading_zero(),
    );
    let (n, e) = (
        BASE64_URL_SAFE_NO_PAD.encode(modulus),
        BASE64_URL_SAFE_NO_PAD.encode(exponent),
    );
    // RFC 7638: the thumbprint names the key.
    let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    let kid = BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
    Ok(Key {
        encoding: EncodingKey::from_rsa_pem(pem(pkcs8).as_bytes()).map_err(|_| damaged())?,
        decoding: DecodingKey::from_rsa_raw_components(modulus, exponent),
        jwk: serde_json::json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e,
        }),
        kid,
    })
}

/// RFC 7468. The JWT library unwraps PKCS#8 only out of this form.
fn pem(pkcs8: &[u8]) -> Zeroizing<String> {
    let text = Zeroizing::new(BASE64_STANDARD.encode(pkcs8));
    let mut pem = Zeroizing::new(String::with_capacity(text.len() + 128));
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    pem
}
