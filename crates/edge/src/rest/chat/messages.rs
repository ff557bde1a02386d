//! Messages: send, list, read, edit, delete.
use super::{
    error::ChatError,
    identifier::{self, identifier},
    paging::{self, Place},
    request::{Body, Fields, Path, message_id, thread_id},
    threads::patch,
};
use crate::{App, auth::Bearer};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use parvis_domain::{
    thread::{Body as Content, Message, MessageKind, Metadata},
    time::Timestamp,
};
use parvis_service::threads::{MessageChange, NewText};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SendRequest {
    content: Option<String>,
    sender_display_name: Option<String>,
    r#type: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
pub(super) struct EditRequest {
    content: Option<String>,
    metadata: Option<BTreeMap<String, Option<String>>>,
}

pub(super) async fn send(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path(thread): Path<String>,
    Body(request): Body<SendRequest>,
) -> Result<Response, ChatError> {
    let id = thread_id(&thread)?;
    let kind = MessageKind::parse(request.r#type.as_deref().unwrap_or("text"))
        .ok_or_else(|| ChatError::malformed("type", "There is no such message type."))?;
    let new = NewText {
        kind,
        content: request.content.unwrap_or_default(),
        sender_name: request.sender_display_name,
        metadata: request.metadata.unwrap_or_default(),
    };
    let message = app.services.threads.send_message(&caller, &id, new).await?;
    let message = message.0.to_string();
    let location = paging::url(&app, &["threads", id.as_str(), "messages", &message]);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(json!({ "id": message })),
    )
        .into_response())
}

pub(super) async fn list(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path(thread): Path<String>,
    fields: Fields,
) -> Result<Response, ChatError> {
    let id = thread_id(&thread)?;
    let place = Place::read(&fields)?;
    let before = place.at.map(Timestamp);
    let threads = &app.services.threads;
    let page = threads
        .list_messages(&caller, &id, place.since, before, place.size)
        .await?;
    let path = ["threads", id.as_str(), "messages"];
    Ok(place.answer(&app, &path, &page, message_json))
}

pub(super) async fn read(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path((thread, message)): Path<(String, String)>,
) -> Result<Json<Value>, ChatError> {
    let (thread, id) = (thread_id(&thread)?, message_id(&message));
    let threads = &app.services.threads;
    let message = threads.load_message(&caller, &thread, id).await?;
    Ok(Json(message_json(&message)))
}

pub(super) async fn edit(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path((thread, message)): Path<(String, String)>,
    Body(request): Body<EditRequest>,
) -> Result<StatusCode, ChatError> {
    let (thread, id) = (thread_id(&thread)?, message_id(&message));
    let change = MessageChange {
        content: request.content,
        metadata: request.metadata.map(patch),
    };
    let threads = &app.services.threads;
    threads.edit_message(&caller, &thread, id, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delete(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path((thread, message)): Path<(String, String)>,
) -> Result<StatusCode, ChatError> {
    let (thread, id) = (thread_id(&thread)?, message_id(&message));
    let threads = &app.services.threads;
    threads.delete_message(&caller, &thread, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn message_json(message: &Message) -> Value {
    let mut shown = json!({
        "id": message.id.0.to_string(),
        "type": message.kind.name(),
        "sequenceId": message.sequence.to_string(),
        "version": message.version.0.to_string(),
        "createdOn": message.id.rfc3339_seconds(),
        "content": content_json(message),
    });
    if message.kind.is_written() {
        shown["senderCommunicationIdentifier"] = identifier(&message.author);
    }
    if let Some(name) = &message.author_name {
        shown["senderDisplayName"] = name.as_str().into();
    }
    for (field, moment) in [
        ("editedOn", message.edited_on),
        ("deletedOn", message.deleted_on),
    ] {
        if let Some(moment) = moment {
            shown[field] = moment.rfc3339_seconds().into();
        }
    }
    identifier::attach(&mut shown, &message.metadata);
    shown
}

fn content_json(message: &Message) -> Value {
    let initiator = identifier(&message.author);
    match &message.body {
        Content::Written(text) => json!({ "message": text }),
        Content::Topic(topic) => {
            json!({ "topic": topic, "initiatorCommunicationIdentifier": initiator })
        }
        Content::People(people) => {
            let people: Value = people.iter().map(identifier::participant).collect();
            json!({ "participants": people, "initiatorCommunicationIdentifier": initiator })
        }
    }
}
