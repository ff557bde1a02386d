//! For operators: liveness and readiness. Neither tells anything about who uses the server.
use crate::App;
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde_json::{Value, json};

/// `/healthz` (the process answers) and `/readyz` (it can serve: the database answers, media workers run and it is not stopping).
pub fn router() -> Router<App> {
    Router::new()
        .route("/healthz", get(view_health))
        .route("/readyz", get(view_readiness))
}

async fn view_health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn view_readiness(State(app): State<App>) -> (StatusCode, Json<Value>) {
    if *app.shutdown.borrow() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "status": "stopping" })),
        );
    }
    if !app.services.media.is_healthy() {
        tracing::error!("a media worker has ended");
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "status": "media unavailable" })),
        );
    }
    match app.services.context.store.ping().await {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                Json(json!({ "status": "database unavailable" })),
            )
        }
    }
}
