//! Proof keys (RFC 7636, S256 only) and one-way forms of secrets. Pure.
use aws_lc_rs::{constant_time, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Whether a challenge has the form of an S256 one: 43 characters of base64url.
pub(super) fn is_challenge(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether `verifier` is what `challenge` was made from.
pub(super) fn is_proven(challenge: &str, verifier: &str) -> bool {
    let formed = (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    let made = BASE64_URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
    formed && constant_time::verify_slices_are_equal(made.as_bytes(), challenge.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // RFC 7636 appendix B
    #[test]
    fn the_published_example_holds() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_challenge(challenge));
        assert!(is_proven(
            challenge,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        ));
        assert!(!is_proven(
            challenge,
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"
        ));
        assert!(!is_proven(challenge, ""));
    }

    proptest! {
        #[test]
        fn only_its_verifier_proves_a_challenge(verifier in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{0,130}") {
            let challenge = BASE64_URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
            prop_assert!(is_challenge(&challenge));
            prop_assert!(is_proven(&challenge, &verifier));
            prop_assume!(other != verifier);
            prop_assert!(!is_proven(&challenge, &other));
            // A plain challenge, equal to its verifier, proves nothing.
            prop_assert!(!is_proven(&verifier, &verifier));
        }
    }
}
