//! The RSA key: RS256.
use super::{Public, damaged, not_made};
use crate::ServiceError;
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
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use zeroize::Zeroizing;

pub(super) struct Key {
    encoding: EncodingKey,
    pub(super) public: Public,
}

pub(super) fn generate() -> Result<Zeroizing<Vec<u8>>, ServiceError> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| not_made())?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| not_made())?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

impl Key {
    pub(super) fn read(pkcs8: &[u8]) -> Result<Self, ServiceError> {
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
        let digest = digest::digest(&digest::SHA256, canonical.as_bytes());
        let kid = BASE64_URL_SAFE_NO_PAD.encode(digest);
        let jwk = serde_json::json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e,
        });
        Ok(Self {
            encoding: EncodingKey::from_rsa_pem(pem(pkcs8).as_bytes()).map_err(|_| damaged())?,
            public: Public {
                algorithm: Algorithm::RS256,
                decoding: DecodingKey::from_rsa_raw_components(modulus, exponent),
                kid,
                jwk,
            },
        })
    }

    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, ServiceError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.public.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.encoding)
            .map_err(|error| ServiceError::Internal(format!("signing failed: {error}")))
    }
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
