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

/// Longest body of a request on messages: 28 KB of content and metadata, of which some clients write every byte as six.
const MESSAGE_BODY_BYTES_MAX: usize = 192 * 1_024;
/// Longest body of a request that names participants: 200 of them with names and metadata, written so.
const PEOPLE_BODY_BYTES_MAX: usize = 2_048 * 1_024;

/// The dialect's routes.
pub fn router() -> Router<App> {
    let people = Router::new()
        .route("/", get(threads::list).post(threads::create))
        .route("/{thread}/participants", get(participants::list))
        .route("/{thread}/participants/{action}", post(participants::act))
        .layer(DefaultBodyLimit::max(PEOPLE_BODY_BYTES_MAX));
    let threads = Router::new()
        .route(
            "/{thread}",
            get(threads::read)
                .patch(threads::change)
                .delete(threads::delete),
        )
        .route(
            "/{thread}/messages",
            get(messages::list).post(messages::send),
        )
        .route(
            "/{thread}/messages/{message}",
            get(messages::read)
                .patch(messages::edit)
                .delete(messages::delete),
        )
        .route(
            "/{thread}/readReceipts",
            get(signals::list_receipts).post(signals::send_receipt),
        )
        .route("/{thread}/typing", post(signals::send_typing))
        .layer(DefaultBodyLimit::max(MESSAGE_BODY_BYTES_MAX))
        .merge(people)
        .fallback(async || ChatError::NoSuchOperation)
        .method_not_allowed_fallback(async || ChatError::MethodNotAllowed);
    Router::new().nest("/chat/threads", threads)
}
