//! The text that a request signature covers, in every form that the official SDKs sign (rest-wire section 4). Pure.
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

/// The one list of headers that all SDKs sign.
const SIGNED_HEADERS: &str = "x-ms-date;host;x-ms-content-sha256";

/// What a signature covers, as the request carries it.
#[derive(Clone, Copy, Debug)]
pub struct SignedParts<'a> {
    /// The method in upper case.
    pub method: &'a str,
    /// Path and query exactly as they came.
    pub target: &'a str,
    /// The `Host` header, or the authority of HTTP/2.
    pub host: &'a str,
    /// The `x-ms-date` header.
    pub date: &'a str,
    /// The `x-ms-content-sha256` header.
    pub content_hash: &'a str,
}

impl SignedParts<'_> {
    /// Whether `key` made `signature` over one of the accepted forms. Compares in constant time.
    pub fn is_signed_by(&self, key: &[u8], signature: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        self.texts()
            .any(|text| hmac::verify(&key, text.as_bytes(), signature).is_ok())
    }

    /// Every accepted form, the most frequent one first.
    fn texts(&self) -> impl Iterator<Item = String> + '_ {
        let hosts = hosts(self.host);
        targets(self.target).into_iter().flat_map(move |target| {
            let Self {
                method,
                date,
                content_hash,
                ..
            } = *self;
            hosts
                .clone()
                .into_iter()
                .map(move |host| format!("{method}\n{target}\n{date};{host};{content_hash}"))
        })
    }
}

/// Reads the `Authorization` header of a signed request; the signature is at most 64 bytes.
pub fn read_signature(authorization: &str) -> Option<Vec<u8>> {
    let (scheme, rest) = authorization.split_once(' ')?;
    let (headers, signature) = rest.trim().split_once('&')?;
    let headers = headers.strip_prefix("SignedHeaders=")?;
    let signature = signature.strip_prefix("Signature=")?;
    let known = scheme.eq_ignore_ascii_case("HMAC-SHA256")
        && headers.eq_ignore_ascii_case(SIGNED_HEADERS)
        && signature.len() <= 88;
    known
        .then(|| BASE64_STANDARD.decode(signature).ok())
        .flatten()
}

/// The host as it came and with its default port added or left out; each also with a slash, which one SDK signs when
/// its endpoint was written with one.
fn hosts(host: &str) -> Vec<String> {
    let other = match host.strip_suffix(":443") {
        Some(bare) => Some(bare.to_owned()),
        None if !has_port(host) => Some(format!("{host}:443")),
        None => None,
    };
    std::iter::once(host.to_owned())
        .chain(other)
        .flat_map(|host| [host.clone(), format!("{host}/")])
        .collect()
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(':')
        .is_some_and(|(name, port)| !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// The target as it came, with its query re-serialised, and decoded; without repetitions.
fn targets(target: &str) -> Vec<String> {
    let mut targets = vec![target.to_owned()];
    if let Some((path, query)) = target.split_once('?') {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form_urlencoded::parse(query.as_bytes()))
            .finish();
        targets.push(format!("{path}?{query}"));
    }
    if let Ok(decoded) = percent_decode_str(target).decode_utf8() {
        targets.push(decoded.into_owned());
    }
    targets.extend(with_encoded_ids(target));
    targets.dedup();
    targets
}

/// The target with the colons of raw ids encoded: one SDK signs it so, and its transport then sends it without.
fn with_encoded_ids(target: &str) -> Option<String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let is_raw_id = |segment: &&str| segment.starts_with("8:") || segment.starts_with("4:");
    if !path.split('/').any(|segment| is_raw_id(&segment)) {
        return None;
    }
    let segments = path.split('/').map(|segment| match is_raw_id(&segment) {
        true => segment.replace(':', "%3A"),
        false => segment.to_owned(),
    });
    let path = segments.collect::<Vec<_>>().join("/");
    Some(format!("{path}?{query}"))
}

#[cfg(test)]
#[path = "canonical/tests.rs"]
mod tests;
