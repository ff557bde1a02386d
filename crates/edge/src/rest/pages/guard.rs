//! What a browser may do on each page: content security policy, device permissions, framing.
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

/// The pages, as far as their rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// The start page.
    Start,
    /// The guests' page.
    Join,
    /// The members' page; holds tokens of the directory, so nobody may frame it.
    Host,
    /// The builder's sample app, whose UI library writes styles into the page.
    Visit,
}

impl Page {
    /// The folder in `web/dist`.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Join => "join",
            Self::Host => "host",
            Self::Visit => "visit",
        }
    }

    fn frame_ancestors(self) -> &'static str {
        match self {
            Self::Start | Self::Host => "'none'",
            Self::Join | Self::Visit => "'self'",
        }
    }

    fn styles(self) -> &'static str {
        match self {
            Self::Visit => "'self' 'unsafe-inline'",
            Self::Start | Self::Join | Self::Host => "'self'",
        }
    }
}

const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), \
    fullscreen=(self), clipboard-write=(self), speaker-selection=(self), geolocation=(), payment=(), usb=(), serial=(), \
    hid=(), midi=()";

/// Writes the rules of a page into its answer. `origin` is the public https origin: the http listener's pages talk to it too.
pub(super) fn protect(headers: &mut HeaderMap, page: Page, origin: &Url) {
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, &policy(page, origin));
    set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    // The address of the join page is the meeting link: it is told to nobody.
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
}

fn policy(page: Page, origin: &Url) -> String {
    let https = origin.origin().ascii_serialization();
    let sockets = https.replacen("https:", "wss:", 1);
    format!(
        "default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data: blob:; font-src 'self' data:; \
         media-src 'self' blob: mediastream:; worker-src 'self' blob:; connect-src 'self' {https} {sockets}; \
         form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}",
        styles = page.styles(),
        ancestors = page.frame_ancestors(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(page: Page, name: &str) -> String {
        let origin = Url::parse("https://parvis.example:8443/").unwrap();
        let policy = policy(page, &origin);
        let found = policy
            .split("; ")
            .find(|rule| rule.split(' ').next() == Some(name));
        found.unwrap_or_default().to_owned()
    }

    // [A2] [A3] nothing is fetched from, and nothing is sent to, any host but ours.
    #[test]
    fn pages_reach_our_own_origin_only() {
        for page in [Page::Start, Page::Join, Page::Host, Page::Visit] {
            assert_eq!(rule(page, "default-src"), "default-src 'none'");
            assert_eq!(rule(page, "script-src"), "script-src 'self'");
            assert_eq!(
                rule(page, "connect-src"),
                "connect-src 'self' https://parvis.example:8443 wss://parvis.example:8443"
            );
        }
    }

    #[test]
    fn only_the_sample_may_write_styles_into_the_page() {
        assert_eq!(rule(Page::Host, "style-src"), "style-src 'self'");
        assert_eq!(rule(Page::Join, "style-src"), "style-src 'self'");
        assert_eq!(
            rule(Page::Visit, "style-src"),
            "style-src 'self' 'unsafe-inline'"
        );
    }

    #[test]
    fn nobody_frames_the_members_page() {
        assert_eq!(
            rule(Page::Host, "frame-ancestors"),
            "frame-ancestors 'none'"
        );
        assert_eq!(
            rule(Page::Visit, "frame-ancestors"),
            "frame-ancestors 'self'"
        );
    }
}
