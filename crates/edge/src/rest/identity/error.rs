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
pub(super) enum IdentityError {
    /// A field is wrong; the target is named as the original names it.
    Validation {
        target: &'static str,
        message: String,
    },
    /// No such identity of this resource.
    NotFound,
    /// The path knows other methods.
    MethodNotAllowed,
    /// The exchange refuses the member's token; one text for every cause.
    InvalidAccessToken,
    /// What the use case says.
    Service(ServiceError),
}

impl IdentityError {
    pub(super) fn validation(target: &'static str, message: impl Into<String>) -> Self {
        Self::Validation {
            target,
            message: message.into(),
        }
    }

    fn parts(&self) -> (StatusCode, &'static str, String, &'static str) {
        match self {
            Self::Validation { target, message } => (
                StatusCode::BAD_REQUEST,
                "ValidationError",
                message.clone(),
                target,
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "NotFound",
                "The identity was not found.".to_owned(),
                "",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "The method is not allowed here.".to_owned(),
                "",
            ),
            Self::InvalidAccessToken => (
                StatusCode::UNAUTHORIZED,
                "InvalidAccessToken",
                "Provided access token is not valid.".to_owned(),
                "",
            ),
            Self::Service(error) => service_parts(error),
        }
    }
}

fn service_parts(error: &ServiceError) -> (StatusCode, &'static str, String, &'static str) {
    let (status, code) = match error {
        ServiceError::Invalid { target, message } => {
            return (
                StatusCode::BAD_REQUEST,
                "ValidationError",
                message.clone(),
                target,
            );
        }
        ServiceError::Unauthenticated => (StatusCode::UNAUTHORIZED, "Unauthorized"),
        ServiceError::Forbidden(_) => (StatusCode::FORBIDDEN, "Forbidden"),
        ServiceError::NotFound(_) => (StatusCode::NOT_FOUND, "NotFound"),
        ServiceError::Conflict(_) => (StatusCode::CONFLICT, "Conflict"),
        ServiceError::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"),
        ServiceError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        ServiceError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
    };
    (status, code, error.to_string(), "")
}

impl From<ServiceError> for IdentityError {
    fn from(error: ServiceError) -> Self {
        if let ServiceError::Internal(cause) = &error {
            tracing::error!(cause, "an identity request failed");
        }
        Self::Service(error)
    }
}

impl IntoResponse for IdentityError {
    fn into_response(self) -> Response {
        let (status, code, message, target) = self.parts();
        let mut body = json!({ "error": { "code": code, "message": message } });
        if !target.is_empty() {
            body["error"]["target"] = target.into();
        }
        let mut response = (status, [("x-ms-error-code", code)], Json(body)).into_response();
        if let Self::Service(ServiceError::TooMany { retry_after_s }) = self {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, retry_after_s.into());
        }
        response
    }
}
