//! Each SDK's way to sign is accepted, and nothing next to it.
use super::*;
use proptest::prelude::*;

const KEY: &[u8] = b"a key of a resource";
const DATE: &str = "Fri, 20 Nov 2026 16:55:36 GMT";
const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn sign(text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, KEY);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn parts<'a>(target: &'a str, host: &'a str) -> SignedParts<'a> {
    SignedParts {
        method: "POST",
        target,
        host,
        date: DATE,
        content_hash: EMPTY,
    }
}

// [B2]
#[test]
fn every_sdks_form_is_accepted() {
    let sent = "/rooms/a%3Ab?ct=a%20b~&api-version=v";
    for (signed_target, signed_host, host) in [
        (sent, "localhost:8443", "localhost:8443"),
        (
            "/rooms/a%3Ab?ct=a+b%7E&api-version=v",
            "localhost:8443",
            "localhost:8443",
        ),
        (
            "/rooms/a:b?ct=a b~&api-version=v",
            "localhost:8443",
            "localhost:8443",
        ),
        (sent, "localhost:8443/", "localhost:8443"),
        (sent, "meet.example:443", "meet.example"),
        (sent, "meet.example", "meet.example:443"),
        (sent, "meet.example:443/", "meet.example"),
        (sent, "[::1]:8443", "[::1]:8443"),
    ] {
        let signature = sign(&format!(
            "POST\n{signed_target}\n{DATE};{signed_host};{EMPTY}"
        ));
        assert!(
            parts(sent, host).is_signed_by(KEY, &signature),
            "{signed_target} {signed_host}"
        );
    }
}

// The asynchronous Python SDK of Call Automation signs raw ids encoded, and its transport sends them decoded.
#[test]
fn an_encoded_raw_id_may_be_sent_decoded() {
    let sent = "/calling/callConnections/7/participants/8:acs:a_b?api-version=v";
    let signed = "/calling/callConnections/7/participants/8%3Aacs%3Aa_b?api-version=v";
    let signature = sign(&format!("POST\n{signed}\n{DATE};localhost:8443;{EMPTY}"));
    assert!(parts(sent, "localhost:8443").is_signed_by(KEY, &signature));
    let other = sent.replace("a_b", "a_c");
    assert!(!parts(&other, "localhost:8443").is_signed_by(KEY, &signature));
}

#[test]
fn what_was_not_signed_is_refused() {
    let target = "/identities?api-version=2023-10-01";
    let signature = sign(&format!("POST\n{target}\n{DATE};localhost:8443;{EMPTY}"));
    let right = parts(target, "localhost:8443");
    assert!(right.is_signed_by(KEY, &signature));
    assert!(!right.is_signed_by(b"another key", &signature));
    assert!(!right.is_signed_by(KEY, &signature[..31]));
    assert!(!right.is_signed_by(KEY, &[]));
    for wrong in [
        SignedParts {
            method: "DELETE",
            ..right
        },
        SignedParts {
            target: "/identities?api-version=2023-10-02",
            ..right
        },
        SignedParts {
            target: "/identities/?api-version=2023-10-01",
            ..right
        },
        SignedParts {
            host: "localhost:8444",
            ..right
        },
        SignedParts {
            host: "localhost",
            ..right
        },
        SignedParts {
            date: "Fri, 20 Nov 2026 16:55:37 GMT",
            ..right
        },
        SignedParts {
            content_hash: "x",
            ..right
        },
    ] {
        assert!(!wrong.is_signed_by(KEY, &signature), "{wrong:?}");
    }
    let other_port = sign(&format!("POST\n{target}\n{DATE};localhost:443;{EMPTY}"));
    assert!(
        !right.is_signed_by(KEY, &other_port),
        "only the default port may be left out"
    );
}

#[test]
fn only_the_known_authorization_is_read() {
    let headers = "SignedHeaders=x-ms-date;host;x-ms-content-sha256";
    assert_eq!(
        read_signature(&format!("HMAC-SHA256 {headers}&Signature=AAEC")),
        Some(vec![0, 1, 2])
    );
    for odd in [
        String::new(),
        "HMAC-SHA256".to_owned(),
        "Bearer a.b.c".to_owned(),
        format!("HMAC-SHA512 {headers}&Signature=AAEC"),
        "HMAC-SHA256 SignedHeaders=host&Signature=AAEC".to_owned(),
        format!("HMAC-SHA256 {headers}&Signature=***"),
        format!("HMAC-SHA256 {headers}"),
        format!("HMAC-SHA256 {headers}&Signature={}", "A".repeat(92)),
    ] {
        assert_eq!(read_signature(&odd), None, "{odd}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in ".{0,200}", host in ".{0,40}") {
        let _ = read_signature(&text);
        prop_assert!(!parts(&text, &host).is_signed_by(KEY, text.as_bytes()));
    }

    #[test]
    fn the_raw_target_is_always_accepted(target in "/[!-~]{0,80}", host in "[a-z0-9.:-]{1,30}") {
        let signature = sign(&format!("POST\n{target}\n{DATE};{host};{EMPTY}"));
        prop_assert!(parts(&target, &host).is_signed_by(KEY, &signature));
    }

    #[test]
    fn another_path_is_never_accepted(a in "/[a-z/]{1,30}", b in "/[a-z/]{1,30}") {
        prop_assume!(a != b);
        let signature = sign(&format!("POST\n{a}\n{DATE};h;{EMPTY}"));
        prop_assert!(!parts(&b, "h").is_signed_by(KEY, &signature));
    }
}
