//! Errors and headers of the Graph dialect. A handler answers a `GraphError`; `finish` gives every answer its request ids
//! and writes the error's envelope, which repeats them.
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use parvis_domain::time::Timestamp;
use parvis_service::{ServiceError, context::random_uuid};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

/// Longest client request id that is echoed.
const CLIENT_REQUEST_ID_MAX: usize = 128;
/// What every body is.
const CONTENT_TYPE: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// A refusal in this dialect.
#[derive(Clone, Debug)]
pub(super) struct GraphError {
    status: StatusCode,
    code: &'static str,
    message: String,
    target: &'static str,
    retry_after_s: Option<u32>,
}

impl GraphError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            target: "",
            retry_after_s: None,
        }
    }

    pub(super) fn bad_request(target: &'static str, message: impl Into<String>) -> Self {
        Self {
            target,
            ..Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
        }
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            "Access token is empty, expired or not valid.",
        )
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    /// The token lacks a permission.
    pub(super) fn missing_permission() -> Self {
        let message = "Insufficient privileges to complete the operation.";
        Self::new(
            StatusCode::FORBIDDEN,
            "Authorization_RequestDenied",
            message,
        )
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "The method is not allowed here.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    pub(super) fn too_large() -> Self {
        let message = "The request body is too large.";
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            message,
        )
    }

    pub(super) fn unsupported_media_type() -> Self {
        let message = "The request body must be application/json.";
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaType",
            message,
        )
    }

    pub(super) fn unavailable() -> Self {
        Self {
            retry_after_s: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                "Try again later.",
            )
        }
    }

    /// The envelope.
    fn body(&self, request_id: &str, client_request_id: &str) -> String {
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": date_now(),
                "request-id": request_id,
                "client-request-id": client_request_id,
            },
        });
        if !self.target.is_empty() {
            error["target"] = self.target.into();
        }
        json!({ "error": error }).to_string()
    }
}

impl From<ServiceError> for GraphError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Invalid { target, message } => Self::bad_request(target, message),
            ServiceError::Unauthenticated => Self::unauthenticated(),
            ServiceError::Forbidden(message) => Self::forbidden(message),
            ServiceError::NotFound(what) => Self::not_found(format!("The {what} was not found.")),
            ServiceError::Conflict(message) => Self::new(StatusCode::CONFLICT, "Conflict", message),
            ServiceError::TooMany { retry_after_s } => Self {
                retry_after_s: Some(retry_after_s),
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "TooManyRequests",
                    "Too many requests.",
                )
            },
            ServiceError::Unavailable(cause) => {
                tracing::warn!(%cause, "a Graph request found the store unavailable");
                Self::unavailable()
            }
            ServiceError::Internal(cause) => {
                tracing::error!(%cause, "a Graph request failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "InternalServerError",
                    "Something went wrong.",
                )
            }
        }
    }
}

impl IntoResponse for GraphError {
    /// Without a body: `finish` writes it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives an answer its headers, and a refusal its body.
pub(super) async fn finish(request: Request, next: Next) -> Response {
    let request_id = random_uuid().to_string();
    let client_request_id = client_request_id(request.headers());
    let mut response = next.run(request).await;
    let refusal = response.extensions_mut().remove::<GraphError>();
    if let Some(refusal) = &refusal {
        let echoed = client_request_id.as_ref().and_then(|id| id.to_str().ok());
        let body = refusal.body(&request_id, echoed.unwrap_or(&request_id));
        *response.body_mut() = Body::from(body);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let headers = response.headers_mut();
    if let Some(seconds) = refusal.and_then(|refusal| refusal.retry_after_s) {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert("request-id", id);
    }
    if let Some(id) = client_request_id {
        headers.insert("client-request-id", id);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("odata-version", HeaderValue::from_static("4.0"));
    if response.status() != StatusCode::NO_CONTENT {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    }
    response
}

fn client_request_id(headers: &HeaderMap) -> Option<HeaderValue> {
    headers
        .get("client-request-id")
        .filter(|id| id.len() <= CLIENT_REQUEST_ID_MAX && id.to_str().is_ok())
        .cloned()
}

/// Graph writes this one time without a zone.
fn date_now() -> String {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(elapsed.as_secs()).unwrap_or(0);
    let text = Timestamp::from_seconds(seconds).rfc3339();
    text.trim_end_matches('Z').to_owned()
}
