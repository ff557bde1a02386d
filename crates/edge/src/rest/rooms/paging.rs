//! Links to the next page. A token holds only digits, so that every SDK sends it as it was given (rest-wire section 1).
use super::error::RoomsError;
use crate::App;
use axum::{Json, extract::FromRequestParts, http::request::Parts};
use parvis_service::threads::Page;
use serde_json::{Value, json};
use std::convert::Infallible;

/// The version that links carry; SDKs put in their own.
const API_VERSION: &str = "2025-03-13";

/// Where in a list a request stands; judged after the signature.
pub(super) struct Place(Option<String>);

impl<S: Sync> FromRequestParts<S> for Place {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let mut fields = url::form_urlencoded::parse(query);
        let token = fields.find(|(name, _)| name == "ct");
        Ok(Self(token.map(|(_, token)| token.into_owned())))
    }
}

impl Place {
    /// The place that the page before ended with.
    pub(super) fn at(&self) -> Result<Option<i64>, RoomsError> {
        let Some(token) = &self.0 else {
            return Ok(None);
        };
        let digits = token.bytes().all(|byte| byte.is_ascii_digit());
        let place = digits.then(|| token.parse().ok()).flatten();
        place
            .map(Some)
            .ok_or_else(|| RoomsError::bad_request("The link to the page is not valid."))
    }
}

/// The answer with a page, and the link to the next.
pub(super) fn answer<T>(
    app: &App,
    path: &str,
    page: &Page<T>,
    show: impl Fn(&T) -> Value,
) -> Json<Value> {
    let mut body = json!({ "value": page.items.iter().map(show).collect::<Value>() });
    if let Some(next) = page.next {
        let origin = app.services.context.origin_text();
        body["nextLink"] = format!("{origin}{path}?api-version={API_VERSION}&ct={next}").into();
    }
    Json(body)
}
