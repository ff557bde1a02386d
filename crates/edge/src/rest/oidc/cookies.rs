//! The sign-in page's two cookies: the browser's session, and the secret that its forms repeat so that no other site can
//! send them. Both are bound to this host by their prefix (RFC 6265bis 4.1.3.2).
use aws_lc_rs::constant_time;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use parvis_service::context::random_bytes;
use std::time::Duration;

const SESSION: &str = "__Host-parvis-session";
const FORM: &str = "__Host-parvis-form";
/// Characters of a cookie's value that is looked at.
const VALUE_CHARS_MAX: usize = 64;

/// The session's secret.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, SESSION)
}

/// The forms' secret of this browser, or a new one with the header that sets it.
pub(super) fn form_secret(headers: &HeaderMap) -> (String, Option<HeaderValue>) {
    match cookie(headers, FORM) {
        Some(secret) => (secret.to_owned(), None),
        None => {
            let secret = BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<32>());
            let header = set_cookie(FORM, &secret, None);
            (secret, header)
        }
    }
}

/// Whether a form came from a page of ours.
pub(super) fn is_own_form(headers: &HeaderMap, repeated: Option<&str>) -> bool {
    match (cookie(headers, FORM), repeated) {
        (Some(secret), Some(repeated)) => {
            constant_time::verify_slices_are_equal(secret.as_bytes(), repeated.as_bytes()).is_ok()
        }
        _ => false,
    }
}

/// The header that keeps a session in the browser.
pub(super) fn keep_session(secret: &str, life: Duration) -> Option<HeaderValue> {
    set_cookie(SESSION, secret, Some(life))
}

/// The header that makes the browser forget its session.
pub(super) fn forget_session() -> Option<HeaderValue> {
    set_cookie(SESSION, "", Some(Duration::ZERO))
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
        .filter(|value| (16..=VALUE_CHARS_MAX).contains(&value.len()))
}

fn set_cookie(name: &str, value: &str, life: Option<Duration>) -> Option<HeaderValue> {
    let life = life.map_or_else(String::new, |life| format!("; Max-Age={}", life.as_secs()));
    HeaderValue::try_from(format!(
        "{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{life}"
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let value = HeaderValue::try_from(cookie).expect("header");
        HeaderMap::from_iter([(header::COOKIE, value)])
    }

    #[test]
    fn a_form_must_repeat_its_browsers_secret() {
        let (secret, header) = form_secret(&HeaderMap::new());
        let header = header.expect("set");
        let text = header.to_str().expect("text");
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(text.contains(part), "{text}");
        }
        let browser = headers(&format!("a=b; {FORM}={secret}"));
        assert!(is_own_form(&browser, Some(&secret)));
        assert!(form_secret(&browser).1.is_none(), "kept");
        assert!(!is_own_form(&browser, None));
        assert!(!is_own_form(
            &browser,
            Some("another secret of the right size")
        ));
        assert!(!is_own_form(&HeaderMap::new(), Some(&secret)));
        assert!(!is_own_form(&headers(&format!("{FORM}=")), Some("")));
    }
}
