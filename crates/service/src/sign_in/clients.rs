//! Applications that members sign in to: where answers may go, and how a client proves itself. Pure.
use super::pkce;
use aws_lc_rs::constant_time;
use parvis_domain::ids::OrganisationId;
use parvis_store::oauth::StoredClient;
use std::net::IpAddr;
use url::{Host, Url};

/// Redirect URIs of one client.
pub(super) const REDIRECT_URIS_MAX: usize = 32;
/// Characters of a redirect URI.
const REDIRECT_URI_CHARS_MAX: usize = 512;

/// A client to register.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// Its id: 1 to 64 of letters, digits, `-`, `.`, `_`.
    pub client_id: String,
    /// For the consent page.
    pub name: String,
    /// The only organisation whose members may use it; `None` means any.
    pub organisation: Option<OrganisationId>,
    /// Where answers may go. A loopback address stands for all its ports (RFC 8252 7.3).
    pub redirect_uris: Vec<String>,
    /// What it may ask for at all: bare names out of `scopes`.
    pub permissions: Vec<String>,
    /// Whether the administrator consents to all of that for everybody; otherwise each member is asked.
    pub pre_consented: bool,
    /// A confidential client's secret; `None` for a public client.
    pub secret: Option<String>,
}

pub(super) fn is_client_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

/// A redirect URI that may be registered: absolute, without user, fragment or script, and http only on loopback.
pub(super) fn is_redirect_uri(text: &str) -> bool {
    let Some(url) = parse_redirect(text) else {
        return false;
    };
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(&url),
        // RFC 8252 7.1: a private scheme is a reversed domain name.
        scheme => scheme.contains('.'),
    }
}

/// Whether an answer may go to `asked`.
pub(super) fn may_redirect(client: &StoredClient, asked: &str) -> bool {
    client.redirect_uris.iter().any(|registered| {
        registered == asked
            || matches!(
                (parse_redirect(registered), parse_redirect(asked)),
                (Some(registered), Some(asked)) if is_same_loopback(&registered, &asked)
            )
    })
}

/// Whether a confidential client showed its secret, or a public one none.
pub(super) fn is_proven(client: &StoredClient, secret: Option<&str>) -> bool {
    match (&client.secret_hash, secret) {
        (None, secret) => secret.is_none_or(str::is_empty),
        (Some(hash), Some(secret)) => {
            constant_time::verify_slices_are_equal(hash, &pkce::sha256(secret.as_bytes())).is_ok()
        }
        (Some(_), None) => false,
    }
}

fn parse_redirect(text: &str) -> Option<Url> {
    if text.len() > REDIRECT_URI_CHARS_MAX || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    (url.username().is_empty() && url.password().is_none() && url.fragment().is_none())
        .then_some(url)
}

/// RFC 8252 7.3: a native app listens on whatever port it gets, and on whichever loopback address it has; none of them
/// leaves the member's machine.
fn is_same_loopback(registered: &Url, asked: &Url) -> bool {
    let same = |part: fn(&Url) -> Option<&str>| part(registered) == part(asked);
    registered.scheme() == "http"
        && asked.scheme() == "http"
        && is_loopback(registered)
        && is_loopback(asked)
        && registered.path() == asked.path()
        && same(Url::query)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client(redirect_uris: &[&str]) -> StoredClient {
        StoredClient {
            client_id: "app".to_owned(),
            name: "App".to_owned(),
            organisation: None,
            secret_hash: None,
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
            permissions: vec![],
            pre_consented: true,
        }
    }

    // RFC 8252 7.3
    #[test]
    fn loopback_answers_go_to_any_port() {
        let client = client(&["http://localhost", "http://127.0.0.1/cb"]);
        for asked in [
            "http://localhost",
            "http://localhost/",
            "http://localhost:5000",
            "http://localhost:5000/",
            "http://127.0.0.1:61023/cb",
            "http://[::1]:61023/cb",
            "http://localhost:61023/cb",
        ] {
            assert!(may_redirect(&client, asked), "{asked}");
        }
        for asked in [
            "https://localhost:5000",
            "http://localhost:5000/other",
            "http://localhost:5000/?x=1",
            "http://192.0.2.1:61023/cb",
            "http://localhost.evil.example:61023/cb",
            "http://localhost.example.com:5000/",
            "http://user@localhost:5000/",
            "http://localhost:5000/#x",
            "http://evil.example/?http://localhost",
            "",
        ] {
            assert!(!may_redirect(&client, asked), "{asked}");
        }
    }

    #[test]
    fn other_answers_go_to_the_very_same_address_only() {
        let client = client(&["https://app.example/cb", "com.example.app:/cb"]);
        assert!(may_redirect(&client, "https://app.example/cb"));
        assert!(may_redirect(&client, "com.example.app:/cb"));
        for asked in [
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example:444/cb",
            "https://APP.example/cb",
            "http://app.example/cb",
            "https://app.example/cb/../cb",
        ] {
            assert!(!may_redirect(&client, asked), "{asked}");
        }
    }

    #[test]
    fn only_safe_addresses_are_registered() {
        for uri in [
            "https://a.example/cb",
            "http://localhost:3000/",
            "com.example:/cb",
        ] {
            assert!(is_redirect_uri(uri), "{uri}");
        }
        for uri in [
            "http://a.example/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "/cb",
            "https://a.example/#x",
            "https://u:p@a.example/",
            "https://a.example/a b",
        ] {
            assert!(!is_redirect_uri(uri), "{uri}");
        }
    }

    #[test]
    fn a_confidential_client_shows_its_secret() {
        let public = client(&[]);
        let confidential = StoredClient {
            secret_hash: Some(pkce::sha256(b"s3cret")),
            ..public.clone()
        };
        assert!(is_proven(&public, None));
        assert!(!is_proven(&public, Some("s3cret")));
        assert!(is_proven(&confidential, Some("s3cret")));
        assert!(!is_proven(&confidential, Some("other")));
        assert!(!is_proven(&confidential, None));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,100}") {
            let _ = is_redirect_uri(&text);
            prop_assert!(!may_redirect(&client(&[]), &text));
        }
    }
}
