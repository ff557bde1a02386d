//! Participants: list, add, remove.
use super::{
    error::ChatError,
    identifier::{self, IdentifierModel, ParticipantModel},
    paging::Place,
    request::{Body, Fields, Path, not_valid, thread_id},
};
use crate::{App, auth::Bearer};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use parvis_domain::{ids::ThreadId, principal::Principal};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

#[derive(Deserialize)]
struct AddRequest {
    participants: Vec<ParticipantModel>,
}

pub(super) async fn list(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path(thread): Path<String>,
    fields: Fields,
) -> Result<Response, ChatError> {
    let id = thread_id(&thread)?;
    let place = Place::read(&fields)?;
    let threads = &app.services.threads;
    let page = threads
        .list_participants(&caller, &id, place.skip()?, place.size)
        .await?;
    let path = ["threads", id.as_str(), "participants"];
    Ok(place.answer(&app, &path, &page, identifier::participant))
}

/// The two operations that are named by a segment with a colon.
pub(super) async fn act(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path((thread, action)): Path<(String, String)>,
    Body(request): Body<Value>,
) -> Result<Response, ChatError> {
    match action.as_str() {
        ":add" => add(&app, &caller, &thread_id(&thread)?, read(request)?).await,
        ":remove" => remove(&app, &caller, &thread_id(&thread)?, read(request)?).await,
        _ => Err(ChatError::NoSuchOperation),
    }
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, ChatError> {
    serde_json::from_value(body).map_err(|error| not_valid(&error))
}

async fn add(
    app: &App,
    caller: &Principal,
    thread: &ThreadId,
    request: AddRequest,
) -> Result<Response, ChatError> {
    let (people, mut refused) = identifier::participants(request.participants)?;
    let threads = &app.services.threads;
    refused.extend(threads.add_participants(caller, thread, people).await?);
    let body = if refused.is_empty() {
        json!({})
    } else {
        json!({ "invalidParticipants": identifier::invalid_participants(&refused) })
    };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn remove(
    app: &App,
    caller: &Principal,
    thread: &ThreadId,
    request: IdentifierModel,
) -> Result<Response, ChatError> {
    let threads = &app.services.threads;
    match request.person()? {
        Ok(raw_id) => threads.remove_participant(caller, thread, &raw_id).await?,
        // Nobody of an unknown kind is ever in a thread; the caller's own rights are checked all the same.
        Err(_) => drop(threads.load_thread(caller, thread).await?),
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
