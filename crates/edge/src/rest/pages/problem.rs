//! The error shape of the pages' own requests: RFC 9457 problem details.
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use parvis_service::ServiceError;
use serde_json::json;

/// Why a request of a page's script was refused.
#[derive(Debug)]
pub(super) struct Problem(ServiceError);

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        Self(error)
    }
}

impl Problem {
    fn status(&self) -> (StatusCode, &'static str) {
        match &self.0 {
            ServiceError::Invalid { .. } => (StatusCode::BAD_REQUEST, "invalid"),
            ServiceError::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            ServiceError::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            ServiceError::NotFound(_) => (StatusCode::NOT_FOUND, "not-found"),
            ServiceError::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            ServiceError::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too-many"),
            ServiceError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            ServiceError::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.status();
        match &self.0 {
            ServiceError::Internal(cause) => tracing::error!(cause, "a page's request failed"),
            ServiceError::Unavailable(cause) => {
                tracing::warn!(%cause, "a page's request must wait");
            }
            _ => {}
        }
        let body = json!({
            "type": format!("urn:parvis:problem:{code}"),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.0.to_string(),
            "code": code,
        });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let ServiceError::TooMany { retry_after_s } = self.0 {
            headers.insert(header::RETRY_AFTER, retry_after_s.into());
        }
        response
    }
}
