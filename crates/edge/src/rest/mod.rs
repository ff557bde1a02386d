//! The HTTP dialects. Each folder offers `router() -> axum::Router<App>` and its own error shape.
use crate::{App, ops};
use axum::Router;

/// Every dialect, at the root of the origin.
pub fn router(app: App) -> Router {
    Router::new().merge(ops::router()).with_state(app)
}
