//! Requests that their sender may repeat (OASIS Repeatable Requests 1.0): the same `Repeatability-Request-ID` is done once.
use super::error::IdentityError;
use crate::auth::parse_imf_fixdate;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const RESULT: (HeaderName, HeaderValue) = (
    HeaderName::from_static("repeatability-result"),
    HeaderValue::from_static("accepted"),
);

/// The request's id, if it has one.
pub(super) fn read(headers: &HeaderMap) -> Result<Option<String>, IdentityError> {
    let refused =
        |target: &'static str| IdentityError::validation(target, "The header is not valid.");
    let text = |name: &str, target| match headers.get(name).map(HeaderValue::to_str) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(refused(target)),
    };
    let id = text("repeatability-request-id", "Repeatability-Request-ID")?;
    let first_sent = text("repeatability-first-sent", "Repeatability-First-Sent")?;
    if first_sent.is_some_and(|date| parse_imf_fixdate(date).is_none()) {
        return Err(refused("Repeatability-First-Sent"));
    }
    Ok(id.map(str::to_owned))
}
