//! The key of user tokens on the curve P-256: ES256. The JWT library reads the key anew for each token, which costs more than
//! the signature, so tokens are put together here; it checks them.
use super::{Public, damaged, not_made};
use crate::ServiceError;
use aws_lc_rs::{
    digest,
    encoding::{AsBigEndian, EcPublicKeyUncompressedBin},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Serialize;
use zeroize::Zeroizing;

/// Bytes of a coordinate.
const COORDINATE_BYTES: usize = 32;

pub(super) struct Key {
    pair: EcdsaKeyPair,
    /// The first part of every token.
    header: String,
    pub(super) public: Public,
}

pub(super) fn generate() -> Result<Zeroizing<Vec<u8>>, ServiceError> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| not_made())?;
    let der = pair.to_pkcs8v1().map_err(|_| not_made())?;
    Ok(Zeroizing::new(der.as_ref().to_vec()))
}

impl Key {
    pub(super) fn read(pkcs8: &[u8]) -> Result<Self, ServiceError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(|_| damaged())?;
        let point: EcPublicKeyUncompressedBin<'_> =
            pair.public_key().as_be_bytes().map_err(|_| damaged())?;
        // RFC 5480 2.2: a byte that says "uncompressed", then both coordinates.
        let coordinates = point.as_ref().get(1..).ok_or_else(damaged)?;
        let (x, y) = coordinates
            .split_at_checked(COORDINATE_BYTES)
            .ok_or_else(damaged)?;
        let (x, y) = (
            BASE64_URL_SAFE_NO_PAD.encode(x),
            BASE64_URL_SAFE_NO_PAD.encode(y),
        );
        // RFC 7638: the thumbprint names the key.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let digest = digest::digest(&digest::SHA256, canonical.as_bytes());
        let kid = BASE64_URL_SAFE_NO_PAD.encode(digest);
        let header = format!(r#"{{"typ":"JWT","alg":"ES256","kid":"{kid}"}}"#);
        let decoding = DecodingKey::from_ec_components(&x, &y).map_err(|_| damaged())?;
        let jwk = serde_json::json!({
            "kty": "EC", "use": "sig", "alg": "ES256", "kid": kid, "crv": "P-256", "x": x, "y": y,
        });
        Ok(Self {
            pair,
            header: BASE64_URL_SAFE_NO_PAD.encode(header),
            public: Public {
                algorithm: Algorithm::ES256,
                decoding,
                kid,
                jwk,
            },
        })
    }

    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, ServiceError> {
        let failed = |error: &dyn std::fmt::Display| {
            ServiceError::Internal(format!("signing failed: {error}"))
        };
        let claims = serde_json::to_vec(claims).map_err(|error| failed(&error))?;
        let mut token = self.header.clone();
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.pair.sign(&SystemRandom::new(), token.as_bytes());
        let signature = signature.map_err(|error| failed(&error))?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}
