//! Threads: create, list, read, change, delete.
use super::{
    error::ChatError,
    identifier::{self, ParticipantModel},
    paging::{self, Place},
    request::{Body, Fields, Path, thread_id},
};
use crate::{App, auth::Bearer};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use parvis_domain::thread::{Metadata, Retention, Thread};
use parvis_service::threads::{NewThread, ThreadChange};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateRequest {
    topic: Option<String>,
    participants: Option<Vec<ParticipantModel>>,
    metadata: Option<Metadata>,
    retention_policy: Option<RetentionModel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangeRequest {
    topic: Option<String>,
    /// `null` removes a name, as an empty value does.
    metadata: Option<BTreeMap<String, Option<String>>>,
    retention_policy: Option<RetentionModel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetentionModel {
    kind: String,
    delete_thread_after_days: Option<i64>,
}

impl RetentionModel {
    fn retention(&self) -> Result<Retention, ChatError> {
        let days = match self.kind.as_str() {
            "none" => return Ok(Retention::Keep),
            "threadCreationDate" => self.delete_thread_after_days,
            _ => None,
        };
        days.and_then(Retention::days).ok_or_else(|| {
            ChatError::malformed(
                "retentionPolicy",
                "The policy has to be none, or threadCreationDate with 30 to 90 days.",
            )
        })
    }
}

/// Metadata of a merge patch: `null` means the same as an empty value.
pub(super) fn patch(metadata: BTreeMap<String, Option<String>>) -> Metadata {
    let pairs = metadata.into_iter();
    pairs
        .map(|(name, value)| (name, value.unwrap_or_default()))
        .collect()
}

pub(super) async fn create(
    State(app): State<App>,
    Bearer(caller): Bearer,
    headers: HeaderMap,
    Body(request): Body<CreateRequest>,
) -> Result<Response, ChatError> {
    let topic = request
        .topic
        .ok_or_else(|| ChatError::malformed("topic", "The topic is missing."))?;
    let retention = request.retention_policy.as_ref();
    let retention = retention.map(RetentionModel::retention).transpose()?;
    let (people, mut refused) = identifier::participants(request.participants.unwrap_or_default())?;
    let new = NewThread {
        topic,
        people,
        metadata: request.metadata.unwrap_or_default(),
        retention,
        request: request_id(&headers),
    };
    let (thread, more) = app.services.threads.create_thread(&caller, new).await?;
    refused.extend(more);
    let mut body = json!({ "chatThread": properties(&thread) });
    if !refused.is_empty() {
        body["invalidParticipants"] = identifier::invalid_participants(&refused);
    }
    let location = paging::url(&app, &["threads", thread.id.as_str()]);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(body),
    )
        .into_response())
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("repeatability-request-id")?.to_str().ok()?;
    (!value.is_empty()).then(|| value.to_owned())
}

pub(super) async fn list(
    State(app): State<App>,
    Bearer(caller): Bearer,
    fields: Fields,
) -> Result<Response, ChatError> {
    let place = Place::read(&fields)?;
    let threads = &app.services.threads;
    let page = threads
        .list_threads(&caller, place.since, place.at, place.size)
        .await?;
    Ok(place.answer(&app, &["threads"], &page, |summary| item(&summary.thread)))
}

pub(super) async fn read(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path(thread): Path<String>,
) -> Result<Json<Value>, ChatError> {
    let id = thread_id(&thread)?;
    let thread = app.services.threads.load_thread(&caller, &id).await?;
    Ok(Json(properties(&thread)))
}

pub(super) async fn change(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path(thread): Path<String>,
    Body(request): Body<ChangeRequest>,
) -> Result<StatusCode, ChatError> {
    let id = thread_id(&thread)?;
    let retention = request.retention_policy.as_ref();
    let change = ThreadChange {
        topic: request.topic,
        metadata: request.metadata.map(patch),
        retention: retention.map(RetentionModel::retention).transpose()?,
    };
    let threads = &app.services.threads;
    threads.change_thread(&caller, &id, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delete(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path(thread): Path<String>,
) -> Result<StatusCode, ChatError> {
    let id = thread_id(&thread)?;
    app.services.threads.delete_thread(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn properties(thread: &Thread) -> Value {
    let mut shown = json!({
        "id": thread.id.as_str(),
        "topic": thread.topic,
        "createdOn": thread.created_on.rfc3339_seconds(),
        "createdByCommunicationIdentifier": identifier::identifier(&thread.created_by),
    });
    identifier::attach(&mut shown, &thread.metadata);
    match thread.retention {
        None => {}
        Some(Retention::Keep) => shown["retentionPolicy"] = json!({ "kind": "none" }),
        Some(Retention::DeleteAfterDays(days)) => {
            shown["retentionPolicy"] =
                json!({ "kind": "threadCreationDate", "deleteThreadAfterDays": days });
        }
    }
    shown
}

fn item(thread: &Thread) -> Value {
    let mut shown = json!({ "id": thread.id.as_str(), "topic": thread.topic });
    if let Some(last) = thread.last_message_on {
        shown["lastMessageReceivedOn"] = last.rfc3339_seconds().into();
    }
    shown
}
