//! Refusals in this dialect's shape (rest-wire section 7): what is wrong with a field stands in `details`.
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use parvis_domain::room::BadRoomId;
use parvis_service::ServiceError;
use serde_json::{Value, json};

/// The text over `details`.
const BAD_FIELD: &str = "A field of the request is not valid.";

/// Why a request was refused.
#[derive(Debug)]
pub(super) enum RoomsError {
    /// The request as a whole cannot be read.
    BadRequest(&'static str),
    /// A field is wrong; the target is named as the original names it.
    BadArgument { target: String, message: String },
    /// The id in the path cannot be a room's.
    BadRoomId(BadRoomId),
    /// The path knows other methods.
    MethodNotAllowed,
    /// What the use case says.
    Service(ServiceError),
}

impl RoomsError {
    pub(super) fn bad_request(message: &'static str) -> Self {
        Self::BadRequest(message)
    }

    pub(super) fn bad_argument(target: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadArgument {
            target: target.into(),
            message: message.into(),
        }
    }

    fn parts(&self) -> (StatusCode, &'static str, String) {
        let plain = |status, code, message: &str| (status, code, message.to_owned());
        let bad = |message: &str| plain(StatusCode::BAD_REQUEST, "BadRequest", message);
        match self {
            Self::BadRequest(message) => bad(message),
            Self::BadArgument { .. } => bad(BAD_FIELD),
            Self::BadRoomId(BadRoomId::Length) => bad("Invalid room ID length."),
            Self::BadRoomId(BadRoomId::Form) => bad("Invalid room ID format."),
            Self::MethodNotAllowed => plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The method is not allowed here.",
            ),
            Self::Service(error) => {
                let (status, code) = service_parts(error);
                match error {
                    ServiceError::Invalid { .. } => bad(BAD_FIELD),
                    ServiceError::NotFound(_) => plain(status, code, "The room was not found."),
                    _ => plain(status, code, &error.to_string()),
                }
            }
        }
    }

    fn details(&self) -> Option<Value> {
        let (target, message) = match self {
            Self::BadArgument { target, message } => (target.as_str(), message),
            Self::Service(ServiceError::Invalid { target, message }) => (*target, message),
            _ => return None,
        };
        Some(json!([{ "code": "BadArgument", "message": message, "target": target }]))
    }
}

fn service_parts(error: &ServiceError) -> (StatusCode, &'static str) {
    match error {
        ServiceError::Invalid { .. } => (StatusCode::BAD_REQUEST, "BadRequest"),
        ServiceError::Unauthenticated => (StatusCode::UNAUTHORIZED, "Denied"),
        ServiceError::Forbidden(_) => (StatusCode::FORBIDDEN, "Forbidden"),
        ServiceError::NotFound(_) => (StatusCode::NOT_FOUND, "NotFound"),
        ServiceError::Conflict(_) => (StatusCode::CONFLICT, "Conflict"),
        ServiceError::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"),
        ServiceError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        ServiceError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
    }
}

impl From<ServiceError> for RoomsError {
    fn from(error: ServiceError) -> Self {
        match &error {
            ServiceError::Internal(cause) => tracing::error!(cause, "a rooms request failed"),
            ServiceError::Unavailable(cause) => tracing::warn!(cause, "rooms are unavailable"),
            _ => {}
        }
        Self::Service(error)
    }
}

impl IntoResponse for RoomsError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let mut body = json!({ "error": { "code": code, "message": message } });
        if let Some(details) = self.details() {
            body["error"]["details"] = details;
        }
        let mut response = (status, [("x-ms-error-code", code)], Json(body)).into_response();
        let retry_after_s = match self {
            Self::Service(ServiceError::TooMany { retry_after_s }) => Some(retry_after_s),
            Self::Service(ServiceError::Unavailable(_)) => Some(1),
            _ => None,
        };
        if let Some(seconds) = retry_after_s {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
