//! The HTTP dialects. Each folder offers `router() -> axum::Router<App>` and its own error shape.
pub mod automation;
pub mod chat;
pub mod graph;
pub mod identity;
pub mod notifications;
pub mod oidc;
pub mod pages;
pub mod rooms;

use crate::{App, ops, ws};
use axum::{
    Json, Router,
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use serde_json::json;
use std::time::Duration;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

/// The caller's own name of a request, which every SDK sends.
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
/// How long a browser may remember what a preflight told.
const PREFLIGHT_LIFE: Duration = Duration::from_secs(7_200);

/// Every dialect, at the root of the origin.
pub fn router(app: App) -> Router {
    let dialects = [
        ops::router(),
        pages::router(),
        pages::member_router(),
        identity::router(),
        rooms::router(),
        graph::router(),
        ws::router(),
        chat::router(),
        notifications::router(),
        automation::router(),
    ];
    // Some dialects have literal segments that begin with a colon; every merge turns the check against them on again.
    let all = dialects.into_iter().fold(Router::new(), |all, dialect| {
        all.without_v07_checks().merge(dialect)
    });
    all.fallback(unknown)
        .layer(from_fn(echo_request_id))
        .layer(cors())
        .merge(oidc::router())
        .layer(from_fn(keep_nothing))
        .with_state(app)
}

/// Apps call from pages of their own origins. Nothing here is allowed by a cookie, so every origin may.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ])
        .allow_headers(AllowHeaders::mirror_request())
        .allow_private_network(true)
        .expose_headers([
            header::LOCATION,
            header::RETRY_AFTER,
            CLIENT_REQUEST_ID,
            HeaderName::from_static("x-ms-error-code"),
            HeaderName::from_static("request-id"),
            HeaderName::from_static("repeatability-result"),
            HeaderName::from_static("api-supported-versions"),
        ])
        .max_age(PREFLIGHT_LIFE)
}

/// No dialect has this path.
async fn unknown() -> impl IntoResponse {
    let error = json!({ "code": "NotFound", "message": "There is nothing at this address." });
    (StatusCode::NOT_FOUND, Json(json!({ "error": error })))
}

async fn echo_request_id(request: Request, next: Next) -> Response {
    let id = request.headers().get(CLIENT_REQUEST_ID).cloned();
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(CLIENT_REQUEST_ID, id);
    }
    response
}

/// Answers hold tokens and what people said: unless one says otherwise, no cache and no disk keeps it.
async fn keep_nothing(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What the plain http listener on loopback serves: pages and health, no dialect that takes credentials.
pub fn pages_router(app: App) -> Router {
    Router::new()
        .merge(ops::router())
        .merge(pages::router())
        .with_state(app)
}

#[cfg(test)]
mod tests;
