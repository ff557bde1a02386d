//! The Graph dialect: members' profiles and online meetings, as the official Graph clients ask for them.
//! Served under `/v1.0` and, alike, `/beta`. Shapes: integrations 1.2 and 1.4.
mod body;
mod caller;
mod error;
mod names;
mod online_meetings;
mod query;
mod shape;
mod users;

pub use names::meeting_id;

use crate::App;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use error::GraphError;

/// Both versions of the dialect.
pub fn router() -> Router<App> {
    Router::new()
        .nest("/v1.0", version())
        .nest("/beta", version())
}

fn version() -> Router<App> {
    let mut routes = Router::new()
        .route("/me", get(users::show_me))
        .route("/users/{user}", get(users::show));
    for base in ["/me", "/users/{user}"] {
        routes = routes
            .route(
                &format!("{base}/onlineMeetings"),
                get(online_meetings::list).post(online_meetings::create),
            )
            .route(
                &format!("{base}/onlineMeetings/createOrGet"),
                post(online_meetings::create_or_get),
            )
            .route(
                &format!("{base}/onlineMeetings/microsoft.graph.createOrGet"),
                post(online_meetings::create_or_get),
            )
            .route(
                &format!("{base}/onlineMeetings/{{meeting}}"),
                get(online_meetings::show)
                    .patch(online_meetings::change)
                    .delete(online_meetings::delete),
            );
    }
    routes
        .fallback(async || GraphError::not_found("Resource not found."))
        .method_not_allowed_fallback(async || GraphError::method_not_allowed())
        .layer(DefaultBodyLimit::max(body::BODY_BYTES_MAX))
        .layer(middleware::from_fn(error::finish))
}
