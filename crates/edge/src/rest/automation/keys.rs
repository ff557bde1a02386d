//! Where a receiver of callbacks finds the keys that they are signed with (docs/guides/call-automation.md).
use super::error::AutomationError;
use crate::App;
use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::get};
use serde_json::json;

/// How long a receiver may keep the keys, in seconds.
const KEPT_FOR: &str = "public, max-age=300";

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(
            "/calling/.well-known/acsopenidconfiguration",
            get(configuration),
        )
        .route("/calling/keys", get(keys))
}

async fn configuration(State(app): State<App>) -> impl IntoResponse {
    let origin = app.services.context.origin_text();
    let body = json!({
        "issuer": origin,
        "jwks_uri": format!("{origin}/calling/keys"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "aud", "iat", "nbf", "exp", "jti", "body_sha256"],
    });
    ([(header::CACHE_CONTROL, KEPT_FOR)], Json(body))
}

async fn keys(State(app): State<App>) -> Result<impl IntoResponse, AutomationError> {
    let keys = app.services.signing.jwks().await?;
    Ok(([(header::CACHE_CONTROL, KEPT_FOR)], Json(keys)))
}
