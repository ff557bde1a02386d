//! Repeatable requests: the SDKs name each one (`Repeatability-Request-ID`) and send it again when they heard no answer.
//! The same request gets the same answer, also while the first is still at it. What makes a connection is remembered by
//! the store besides, so that a restart in between makes no second call.
use super::error::AutomationError;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use moka::future::Cache;
use parvis_domain::ids::ResourceId;
use serde_json::Value;
use std::{future::Future, sync::Arc, time::Duration};
use uuid::Uuid;

/// How long an answer is remembered.
const REMEMBERED_FOR: Duration = Duration::from_secs(600);
/// Answers that are remembered; past it the oldest are forgotten.
const REMEMBERED_MAX: u64 = 20_000;

/// What a request is answered with.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    status: StatusCode,
    body: Option<Arc<Value>>,
}

impl Answer {
    pub(super) fn new(status: StatusCode, body: Value) -> Self {
        let body = Some(Arc::new(body));
        Self { status, body }
    }

    pub(super) fn empty() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: None,
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self.body {
            None => self.status.into_response(),
            Some(body) => {
                let headers = [(header::CONTENT_TYPE, "application/json")];
                (self.status, headers, body.to_string()).into_response()
            }
        }
    }
}

/// Which request of which resource to which place.
type Key = (ResourceId, Uuid, String);

/// The answers given; cheap to clone.
#[derive(Clone)]
pub(super) struct Repeats(Cache<Key, Answer>);

impl Default for Repeats {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(REMEMBERED_MAX)
            .time_to_live(REMEMBERED_FOR);
        Self(cache.build())
    }
}

impl Repeats {
    /// The answer of the first of these requests. A refusal is not remembered: trying again may help.
    pub(super) async fn answer(
        &self,
        resource: ResourceId,
        request: Option<Uuid>,
        place: &str,
        work: impl Future<Output = Result<Answer, AutomationError>>,
    ) -> Response {
        let Some(request) = request else {
            return work.await.into_response();
        };
        let key = (resource, request, place.to_owned());
        match self.0.try_get_with(key, work).await {
            Ok(answer) => {
                let mut response = answer.into_response();
                response
                    .headers_mut()
                    .insert("repeatability-result", HeaderValue::from_static("accepted"));
                response
            }
            Err(error) => AutomationError::clone(&error).into_response(),
        }
    }
}

/// The name of a request, if it has one.
pub(super) fn request_id(headers: &HeaderMap) -> Result<Option<Uuid>, AutomationError> {
    let Some(value) = headers.get("repeatability-request-id") else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(|text| text.parse().ok());
    let refused =
        || AutomationError::invalid("Repeatability-Request-ID", "The request id must be a UUID.");
    id.map(Some).ok_or_else(refused)
}
