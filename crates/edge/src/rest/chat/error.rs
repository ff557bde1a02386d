//! Refusals in this dialect's shape (rest-wire section 7).
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use parvis_service::ServiceError;
use serde_json::json;

/// Why a request was refused.
#[derive(Debug)]
pub(super) enum ChatError {
    /// The request cannot be read; `target` names the field, if there is one.
    Malformed {
        target: &'static str,
        message: String,
    },
    /// The body is longer than the route takes.
    TooLarge,
    /// The body is not JSON by its type.
    UnsupportedMediaType,
    /// The path knows other methods.
    MethodNotAllowed,
    /// No such operation.
    NoSuchOperation,
    /// What the use case says.
    Service(ServiceError),
}

impl ChatError {
    pub(super) fn malformed(target: &'static str, message: impl Into<String>) -> Self {
        Self::Malformed {
            target,
            message: message.into(),
        }
    }

    fn parts(&self) -> (StatusCode, &'static str, String, &'static str) {
        let plain = |status, code, message: &str| (status, code, message.to_owned(), "");
        match self {
            Self::Malformed { target, message } => (
                StatusCode::BAD_REQUEST,
                "BadRequest",
                message.clone(),
                target,
            ),
            Self::TooLarge => plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestTooLarge",
                "The request body is too large.",
            ),
            Self::UnsupportedMediaType => plain(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UnsupportedMediaType",
                "The request body has to be JSON.",
            ),
            Self::MethodNotAllowed => plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The method is not allowed here.",
            ),
            Self::NoSuchOperation => plain(
                StatusCode::NOT_FOUND,
                "NotFound",
                "There is no such operation.",
            ),
            Self::Service(error) => service_parts(error),
        }
    }
}

fn service_parts(error: &ServiceError) -> (StatusCode, &'static str, String, &'static str) {
    let (status, code, message) = match error {
        ServiceError::Invalid { target, message } => {
            return (
                StatusCode::BAD_REQUEST,
                "BadRequest",
                message.clone(),
                target,
            );
        }
        ServiceError::Unauthenticated => (
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "The access token is missing, expired or not valid.",
        ),
        ServiceError::Forbidden(text) => (StatusCode::FORBIDDEN, "Forbidden", *text),
        ServiceError::NotFound(what) => {
            let text = format!("The {what} was not found.");
            return (StatusCode::NOT_FOUND, "NotFound", text, "");
        }
        ServiceError::Conflict(text) => (StatusCode::CONFLICT, "Conflict", *text),
        ServiceError::TooMany { .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequests",
            "Rate limit exceeded.",
        ),
        ServiceError::Unavailable(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The service is temporarily unavailable.",
        ),
        ServiceError::Internal(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "An internal error occurred.",
        ),
    };
    (status, code, message.to_owned(), "")
}

impl From<ServiceError> for ChatError {
    fn from(error: ServiceError) -> Self {
        match &error {
            ServiceError::Internal(cause) => tracing::error!(cause, "a chat request failed"),
            ServiceError::Unavailable(cause) => tracing::warn!(cause, "chat is unavailable"),
            _ => {}
        }
        Self::Service(error)
    }
}

impl IntoResponse for ChatError {
    fn into_response(self) -> Response {
        let (status, code, message, target) = self.parts();
        let mut body = json!({ "error": { "code": code, "message": message } });
        if !target.is_empty() {
            body["error"]["target"] = target.into();
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
