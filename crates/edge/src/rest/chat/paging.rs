//! Links to the next page. A token holds only `0-9` and `.`, so that every SDK sends it as it was given (rest-wire section 1).
use super::{error::ChatError, request::Fields};
use crate::App;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use parvis_domain::time::Timestamp;
use parvis_service::threads::Page;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

/// The version that links carry; SDKs put in their own.
const API_VERSION: &str = "2025-03-15";
/// What is escaped in a path segment of a link: the delimiters (RFC 3986 3.3), and `:` and `@` as the SDKs do.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b']');

/// Where in a list a request stands.
pub(super) struct Place {
    /// Only what is not older.
    pub(super) since: Timestamp,
    /// The place that the page before ended with.
    pub(super) at: Option<i64>,
    /// The page's size, if the caller said.
    pub(super) size: Option<u32>,
}

impl Place {
    /// From `startTime`, `skip` and `maxPageSize`, or from the token of a link, which holds all three.
    pub(super) fn read(fields: &Fields) -> Result<Self, ChatError> {
        if let Some(token) = fields.text("ct") {
            return Self::from_token(token)
                .ok_or_else(|| ChatError::malformed("ct", "The link to the page is not valid."));
        }
        Ok(Self {
            since: fields.time("startTime")?,
            at: fields.number("skip")?.map(i64::from),
            size: fields.number("maxPageSize")?,
        })
    }

    fn from_token(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let mut part = || parts.next()?.parse::<i64>().ok().filter(|part| *part >= 0);
        let (at, since, size) = (part()?, part()?, part()?);
        let size = u32::try_from(size).ok()?;
        parts.next().is_none().then_some(Self {
            since: Timestamp(since),
            at: Some(at),
            size: (size > 0).then_some(size),
        })
    }

    /// For lists that go by position.
    pub(super) fn skip(&self) -> Result<u32, ChatError> {
        u32::try_from(self.at.unwrap_or(0))
            .map_err(|_| ChatError::malformed("skip", "The value is too large."))
    }

    /// The answer with a page, and the link to the next.
    pub(super) fn answer<T>(
        &self,
        app: &App,
        path: &[&str],
        page: &Page<T>,
        show: impl Fn(&T) -> Value,
    ) -> Response {
        let mut body = json!({ "value": page.items.iter().map(show).collect::<Value>() });
        if let Some(next) = page.next {
            let since = self.since.0.max(0);
            let size = self.size.unwrap_or(0);
            let link = url(app, path);
            body["nextLink"] =
                format!("{link}?api-version={API_VERSION}&ct={next}.{since}.{size}").into();
        }
        Json(body).into_response()
    }
}

/// An address below `/chat`.
pub(super) fn url(app: &App, path: &[&str]) -> String {
    let mut url = app.services.context.origin_text();
    url.push_str("/chat");
    for segment in path {
        url.push('/');
        url.extend(utf8_percent_encode(segment, SEGMENT));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::Place;
    use proptest::prelude::*;

    #[test]
    fn tokens_of_other_shapes_are_refused() {
        for token in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "a.2.3",
            "-1.2.3",
            "1.2.99999999999",
        ] {
            assert!(Place::from_token(token).is_none(), "{token}");
        }
        let place = Place::from_token("7.5.0").expect("valid");
        assert_eq!((place.at, place.since.0, place.size), (Some(7), 5, None));
    }

    proptest! {
        #[test]
        fn no_token_panics(token in ".{0,60}") {
            let _ = Place::from_token(&token);
        }
    }
}
