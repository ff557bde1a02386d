//! Refusals in this dialect's shape (rest-wire section 7).
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use parvis_service::ServiceError;
use serde_json::json;

/// Why a request was refused. Cheap to clone: a repeated request may get it again.
#[derive(Clone, Debug)]
pub(super) struct AutomationError {
    status: StatusCode,
    code: &'static str,
    message: String,
    target: &'static str,
    retry_after_s: Option<u32>,
}

impl AutomationError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            target: "",
            retry_after_s: None,
        }
    }

    /// A field is wrong.
    pub(super) fn invalid(target: &'static str, message: impl Into<String>) -> Self {
        Self {
            target,
            ..Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
        }
    }

    /// A phone number, where there is no telephony.
    pub(super) fn telephony(target: &'static str) -> Self {
        Self {
            target,
            ..Self::new(
                StatusCode::BAD_REQUEST,
                "TelephonyNotConfigured",
                "Phone numbers cannot be used: telephony is not configured on this server.",
            )
        }
    }

    /// What this server cannot do. The SDKs report it at once: they do not try a 501 again.
    pub(super) fn not_offered(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            format!("This server does not offer {what}."),
        )
    }

    /// No such connection, or it ended: the code is the one that clients of this dialect know.
    pub(super) fn call_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "8522", "Call not found.")
    }

    /// No such participant.
    pub(super) fn participant_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ParticipantNotFound",
            "The participant is not in the call.",
        )
    }

    /// No such operation.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", "There is nothing here.")
    }

    /// The path knows other methods.
    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The method is not allowed here.",
        )
    }
}

impl From<ServiceError> for AutomationError {
    fn from(error: ServiceError) -> Self {
        let text = error.to_string();
        match error {
            ServiceError::Invalid { target, message } => Self::invalid(target, message),
            ServiceError::Unauthenticated => {
                Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", text)
            }
            ServiceError::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "Forbidden", text),
            ServiceError::NotFound("participant") => Self::participant_not_found(),
            ServiceError::NotFound(_) => Self::call_not_found(),
            ServiceError::Conflict(_) => Self::new(StatusCode::CONFLICT, "Conflict", text),
            ServiceError::TooMany { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", text)
            },
            ServiceError::Unavailable(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", text)
            }
            ServiceError::Internal(cause) => {
                tracing::error!(cause, "a call automation request failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "InternalServerError",
                    text,
                )
            }
        }
    }
}

impl IntoResponse for AutomationError {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": { "code": self.code, "message": self.message } });
        if !self.target.is_empty() {
            body["error"]["target"] = self.target.into();
        }
        let headers = [("x-ms-error-code", self.code)];
        let mut response = (self.status, headers, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
