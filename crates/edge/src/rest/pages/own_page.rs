//! Requests for tokens come from our own pages, and not too many from one address.
use super::{problem::Problem, throttle::Throttle};
use crate::App;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use parking_lot::Mutex;
use parvis_service::ServiceError;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Instant,
};
use url::{Host, Position, Url};

/// A request of a page of ours, or of no page at all: another site's page may not have tokens made in its visitors' name.
pub(super) struct OwnPage {
    peer: IpAddr,
}

impl OwnPage {
    /// Counts one token for the caller's address.
    pub(super) fn take(&self, throttle: &Mutex<Throttle>) -> Result<(), ServiceError> {
        let taken = throttle.lock().take(self.peer, Instant::now());
        taken.map_err(|wait| ServiceError::TooMany {
            retry_after_s: u32::try_from(wait.as_secs()).map_or(u32::MAX, |s| s.saturating_add(1)),
        })
    }
}

impl FromRequestParts<App> for OwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let context = &app.services.context;
        if !is_own_page(&parts.headers, &context.origin, &context.link_aliases) {
            let refusal = ServiceError::Forbidden("only this server's own pages may ask");
            return Err(refusal.into());
        }
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self {
            peer: peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip()),
        })
    }
}

fn is_own_page(headers: &HeaderMap, public: &Url, aliases: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let (Ok(origin), Some(host)) = (origin.to_str(), host) else {
        return false;
    };
    Url::parse(origin).is_ok_and(|url| {
        let asked = &url[Position::BeforeHost..Position::AfterPort];
        let default_port = match url.scheme() {
            "https" => 443,
            "http" => 80,
            _ => return false,
        };
        let is_asked = host.eq_ignore_ascii_case(asked)
            || (url.port().is_none()
                && host.eq_ignore_ascii_case(&format!("{asked}:{default_port}")));
        is_asked && is_own_host(url.host(), public, aliases)
    })
}

/// Whether a host is a name of ours, or an address: another site may point its own name at this server, and its page
/// would then ask in that name.
fn is_own_host(host: Option<Host<&str>>, public: &Url, aliases: &[String]) -> bool {
    match host {
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        Some(Host::Domain(name)) => {
            name == "localhost"
                || public.host_str() == Some(name)
                || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn own(origin: Option<&'static str>, host: &'static str) -> bool {
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        let public = Url::parse("https://parvis.example/").expect("origin");
        is_own_page(&headers, &public, &["old.example".to_owned()])
    }

    // [L2] tokens for people who are not signed in are not made for other sites.
    #[test]
    fn only_our_own_pages_may_ask() {
        for (origin, host, may) in [
            (Some("https://localhost:8443"), "localhost:8443", true),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:8080", true),
            (Some("https://parvis.example"), "parvis.example", true),
            (Some("https://parvis.example"), "parvis.example:443", true),
            (None, "localhost:8443", true),
            (Some("https://evil.example"), "localhost:8443", false),
            (Some("https://localhost:9999"), "localhost:8443", false),
            (
                Some("https://localhost:8443.evil.example"),
                "localhost:8443",
                false,
            ),
            (Some("null"), "localhost:8443", false),
            (Some(""), "localhost:8443", false),
            (Some("file:///x"), "", false),
            (Some("https://old.example"), "old.example", true),
            (Some("http://[::1]:8080"), "[::1]:8080", true),
            // A site that points its own name at this machine.
            (
                Some("http://rebound.example:8080"),
                "rebound.example:8080",
                false,
            ),
        ] {
            assert_eq!(own(origin, host), may, "{origin:?} {host}");
        }
    }
}
