//! Why a caller was turned away, in the error shape of the ACS dialects. A cause is never told.
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The refusal of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No, or no valid, request signature.
    Signature,
    /// No, or no valid, bearer token.
    Bearer,
    /// A valid bearer token of somebody who may not.
    Forbidden,
    /// The body is longer than the dialect takes.
    BodyTooLarge,
    /// The body ended early.
    BodyUnreadable,
    /// The server cannot check right now.
    Unavailable,
}

impl Denied {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Signature => (
                StatusCode::UNAUTHORIZED,
                "Denied",
                "Denied by the resource provider.",
            ),
            Self::Bearer => (
                StatusCode::UNAUTHORIZED,
                "Unauthorized",
                "The access token is missing, expired or not valid.",
            ),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "Forbidden",
                "The principal is not assigned to a resource.",
            ),
            Self::BodyTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestTooLarge",
                "The request body is too large.",
            ),
            Self::BodyUnreadable => (
                StatusCode::BAD_REQUEST,
                "BadRequest",
                "The request body could not be read.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                "The service is temporarily unavailable.",
            ),
        }
    }
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        // No `WWW-Authenticate`: it would start a challenge round in the clients (rest-wire section 5).
        let (status, code, message) = self.parts();
        let body = json!({ "error": { "code": code, "message": message } });
        (status, [("x-ms-error-code", code)], Json(body)).into_response()
    }
}
