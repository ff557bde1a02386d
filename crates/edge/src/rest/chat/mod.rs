//! The ACS Chat dialect (rest-wire section 8): threads, messages, participants, read receipts, typing, for user tokens.
mod error;
mod identifier;
mod messages;
mod paging;
mod participants;
mod request;
mod signals;
mod threads;

use crate::App;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use error::ChatError;

/// Longest body of a request on messages: 28 KB of content with room for escapes and metadata.
const MESSAGE_BODY_BYTES_MAX: usize = 40 * 1_024;
/// Longest body of a request that names participants: 250 of them with names and metadata.
const PEOPLE_BODY_BYTES_MAX: usize = 512 * 1_024;

/// The dialect's routes.
pub fn router() -> Router<App> {
    let people = Router::new()
        .route("/chat/threads", get(threads::list).post(threads::create))
        .route(
            "/chat/threads/{thread}/participants",
            get(participants::list),
        )
        .route(
            "/chat/threads/{thread}/participants/{action}",
            post(participants::act),
        )
        .layer(DefaultBodyLimit::max(PEOPLE_BODY_BYTES_MAX));
    Router::new()
        .route(
            "/chat/threads/{thread}",
            get(threads::read)
                .patch(threads::change)
                .delete(threads::delete),
        )
        .route(
            "/chat/threads/{thread}/messages",
            get(messages::list).post(messages::send),
        )
        .route(
            "/chat/threads/{thread}/messages/{message}",
            get(messages::read)
                .patch(messages::edit)
                .delete(messages::delete),
        )
        .route(
            "/chat/threads/{thread}/readReceipts",
            get(signals::list_receipts).post(signals::send_receipt),
        )
        .route("/chat/threads/{thread}/typing", post(signals::send_typing))
        .layer(DefaultBodyLimit::max(MESSAGE_BODY_BYTES_MAX))
        .merge(people)
        .method_not_allowed_fallback(async || ChatError::MethodNotAllowed)
}
