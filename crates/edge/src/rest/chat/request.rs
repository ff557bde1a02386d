//! Reading requests: path names, query, JSON bodies.
use super::error::ChatError;
use crate::App;
use axum::{
    body::Bytes,
    extract::{self, FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
    response::IntoResponse,
};
use parvis_domain::{ids::ThreadId, time::Timestamp};
use parvis_service::ServiceError;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// Longest reason told for a bad body, in characters.
const REASON_CHARS_MAX: usize = 200;
/// Longest accepted query, in bytes.
const QUERY_BYTES_MAX: usize = 4_096;

/// A thread's id from the path. What cannot be an id is answered as a thread that the caller may not see.
pub(super) fn thread_id(text: &str) -> Result<ThreadId, ChatError> {
    ThreadId::parse(text).ok_or(ChatError::Service(ServiceError::Forbidden(
        "The initiator doesn't have the permission to perform the requested operation.",
    )))
}

/// A message's id from the path or a body. Whether the caller may look into the thread is answered before whether the
/// message exists: what is no id is asked for as one that no message has.
pub(super) fn message_id(text: &str) -> Timestamp {
    let is_id = (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let id = if is_id { text.parse() } else { Ok(0) };
    id.map(Timestamp).unwrap_or_default()
}

/// Names out of the path.
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = ChatError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ChatError> {
        let names = extract::Path::from_request_parts(parts, app).await;
        names
            .map(|extract::Path(names)| Self(names))
            .map_err(|_| ChatError::malformed("", "The address could not be read."))
    }
}

/// The query as names and values; of a repeated name the last counts.
pub(super) struct Fields(HashMap<String, String>);

impl Fields {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    pub(super) fn number(&self, name: &'static str) -> Result<Option<u32>, ChatError> {
        let number = self.text(name).map(str::parse).transpose();
        number.map_err(|_| ChatError::malformed(name, "The value has to be a whole number."))
    }

    /// A point in time; the epoch when absent.
    pub(super) fn time(&self, name: &'static str) -> Result<Timestamp, ChatError> {
        let Some(text) = self.text(name) else {
            return Ok(Timestamp::default());
        };
        Timestamp::parse_rfc3339(text)
            .ok_or_else(|| ChatError::malformed(name, "The time is not in RFC 3339 form."))
    }
}

impl FromRequestParts<App> for Fields {
    type Rejection = ChatError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ChatError> {
        let query = parts.uri.query().unwrap_or_default();
        if query.len() > QUERY_BYTES_MAX {
            return Err(ChatError::malformed("", "The query is too long."));
        }
        let fields = url::form_urlencoded::parse(query.as_bytes());
        Ok(Self(fields.into_owned().collect()))
    }
}

/// A JSON body; an absent one reads as `{}`.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ChatError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ChatError> {
        let is_json = match request.headers().get(header::CONTENT_TYPE) {
            None => true,
            Some(kind) => kind.to_str().is_ok_and(names_json),
        };
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(unreadable)?;
        if bytes.is_empty() {
            return parse(b"{}");
        }
        if !is_json {
            return Err(ChatError::UnsupportedMediaType);
        }
        parse(&bytes)
    }
}

fn names_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || kind.eq_ignore_ascii_case("application/merge-patch+json")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<Body<T>, ChatError> {
    serde_json::from_slice(bytes)
        .map(Body)
        .map_err(|error| not_valid(&error))
}

/// Tells what is wrong with a body; the parser may quote it, so the text is cut.
pub(super) fn not_valid(error: &serde_json::Error) -> ChatError {
    let reason: String = error.to_string().chars().take(REASON_CHARS_MAX).collect();
    ChatError::malformed("", format!("The request body is not valid: {reason}."))
}

fn unreadable(error: BytesRejection) -> ChatError {
    if error.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        ChatError::TooLarge
    } else {
        ChatError::malformed("", "The request body could not be read.")
    }
}
