//! What the scripts of our pages ask for: where to sign in, and tokens for calls and chat.
use crate::App;
use axum::{Json, Router, extract::State, http::header, response::IntoResponse, routing::get};
use serde_json::json;

/// The public OpenID client of the host page, registered at seeding.
const HOST_CLIENT: &str = "parvis-host";

pub(super) fn router() -> Router<App> {
    Router::new().route("/host/config.json", get(host_config))
}

/// Where and as what the host page signs its member in.
async fn host_config(State(app): State<App>) -> impl IntoResponse {
    let origin = app.services.context.origin_text();
    let config = json!({
        "authority": format!("{origin}/organizations/v2.0"),
        "clientId": HOST_CLIENT,
        "scope": format!("openid profile offline_access {origin}/.default"),
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(config))
}
