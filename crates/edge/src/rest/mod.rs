//! The HTTP dialects. Each folder offers `router() -> axum::Router<App>` and its own error shape.
pub mod identity;
pub mod pages;

use crate::{App, ops, ws};
use axum::Router;

/// Every dialect, at the root of the origin.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(ops::router())
        .merge(pages::router())
        .merge(identity::router())
        .merge(ws::router())
        .with_state(app)
}

/// What the plain http listener on loopback serves: pages and health, no dialect that takes credentials.
pub fn pages_router(app: App) -> Router {
    Router::new()
        .merge(ops::router())
        .merge(pages::router())
        .with_state(app)
}
