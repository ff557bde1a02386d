//! Refusals as the token endpoint shapes them: Entra's body, which client libraries read.
use super::status_of;
use axum::{
    Json,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use parvis_domain::time::Timestamp;
use parvis_service::{
    context::{Clock, SystemClock, random_uuid},
    sign_in::OAuthError,
};
use serde_json::json;
use uuid::Uuid;

/// A refusal, with the id by which the client tells its requests apart.
#[derive(Debug)]
pub(super) struct TokenError {
    error: OAuthError,
    correlation: Option<Uuid>,
}

impl TokenError {
    pub(super) fn new(error: OAuthError, headers: &HeaderMap, query: Option<&str>) -> Self {
        Self {
            error,
            correlation: correlation_id(headers, query),
        }
    }
}

impl From<OAuthError> for TokenError {
    fn from(error: OAuthError) -> Self {
        Self {
            error,
            correlation: None,
        }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let Self { error, correlation } = self;
        log_failure(&error);
        // Here nobody can be asked, so the grant is what fails; the finer reason says what to do.
        let name = match error {
            OAuthError::ConsentRequired => "invalid_grant",
            _ => error.name(),
        };
        let mut body = json!({
            "error": name,
            "error_description": format!("{}: {error}", error.number()),
            "error_codes": [error.number()],
            "timestamp": entra_time(SystemClock.now()),
            "trace_id": random_uuid(),
            "correlation_id": correlation.unwrap_or_else(random_uuid),
        });
        if let Some(suberror) = error.suberror() {
            body["suberror"] = suberror.into();
        }
        let headers = [
            (header::CACHE_CONTROL, "no-store"),
            (header::PRAGMA, "no-cache"),
        ];
        (status_of(&error), headers, Json(body)).into_response()
    }
}

/// Failures of ours are logged where they are answered; a client's mistakes are not.
pub(super) fn log_failure(error: &OAuthError) {
    if let OAuthError::Server(cause) = error {
        tracing::error!(error = ?cause, "the OpenID provider failed");
    }
}

/// `client-request-id` of the header or the query, when it is a UUID.
fn correlation_id(headers: &HeaderMap, query: Option<&str>) -> Option<Uuid> {
    let from_header = headers
        .get("client-request-id")
        .and_then(|value| Uuid::parse_str(value.to_str().ok()?).ok());
    from_header.or_else(|| {
        url::form_urlencoded::parse(query?.as_bytes())
            .find(|(name, _)| name == "client-request-id")
            .and_then(|(_, value)| Uuid::parse_str(&value).ok())
    })
}

/// `2026-11-21 11:11:09Z`.
fn entra_time(now: Timestamp) -> String {
    now.rfc3339_seconds().replacen('T', " ", 1)
}
