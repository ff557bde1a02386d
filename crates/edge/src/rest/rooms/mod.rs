//! The Rooms dialect: rooms of a resource and who is invited to them, for its back end (rest-wire section 8).
//! Every request is signed. Any `api-version` is served alike.
mod error;
mod paging;
mod request;

use crate::{App, auth::Signed};
use axum::{
    Json, Router,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use error::RoomsError;
use paging::Place;
use parvis_domain::room::{Participant, Room, RoomId};
use serde_json::{Value, json};

type Id = Result<Path<String>, PathRejection>;

/// The routes, at the root.
pub fn router() -> Router<App> {
    Router::new()
        .route("/rooms", get(list).post(create))
        .route("/rooms/{id}", get(read).patch(change).delete(delete))
        .route(
            "/rooms/{id}/participants",
            get(list_participants).patch(change_participants),
        )
        .method_not_allowed_fallback(async || RoomsError::MethodNotAllowed)
}

async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    signed: Signed,
) -> Result<Response, RoomsError> {
    let new = request::create(&signed.body, &headers)?;
    let room = app
        .services
        .rooms
        .create(signed.caller.resource, new)
        .await?;
    let headers = [
        (header::LOCATION, room.id.to_string()),
        (request::REPEATABILITY_RESULT, "accepted".to_owned()),
    ];
    Ok((StatusCode::CREATED, headers, Json(room_json(&room))).into_response())
}

async fn list(
    State(app): State<App>,
    place: Place,
    signed: Signed,
) -> Result<Json<Value>, RoomsError> {
    let rooms = &app.services.rooms;
    let page = rooms.list(signed.caller.resource, place.at()?).await?;
    Ok(paging::answer(&app, "/rooms", &page, room_json))
}

async fn read(State(app): State<App>, id: Id, signed: Signed) -> Result<Json<Value>, RoomsError> {
    let id = room_id(id)?;
    let room = app.services.rooms.load(signed.caller.resource, id).await?;
    Ok(Json(room_json(&room)))
}

async fn change(State(app): State<App>, id: Id, signed: Signed) -> Result<Json<Value>, RoomsError> {
    let id = room_id(id)?;
    let change = request::change(&signed.body)?;
    let rooms = &app.services.rooms;
    let room = rooms.change(signed.caller.resource, id, change).await?;
    Ok(Json(room_json(&room)))
}

async fn delete(State(app): State<App>, id: Id, signed: Signed) -> Result<StatusCode, RoomsError> {
    let id = room_id(id)?;
    let rooms = &app.services.rooms;
    rooms.delete(signed.caller.resource, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_participants(
    State(app): State<App>,
    id: Id,
    place: Place,
    signed: Signed,
) -> Result<Json<Value>, RoomsError> {
    let (id, at) = (room_id(id)?, place.at()?);
    let rooms = &app.services.rooms;
    let page = rooms.participants(signed.caller.resource, id, at).await?;
    let path = format!("/rooms/{id}/participants");
    Ok(paging::answer(&app, &path, &page, participant_json))
}

async fn change_participants(
    State(app): State<App>,
    id: Id,
    signed: Signed,
) -> Result<Json<Value>, RoomsError> {
    let id = room_id(id)?;
    let changes = request::participants(&signed.body)?;
    let (rooms, resource) = (&app.services.rooms, signed.caller.resource);
    rooms.change_participants(resource, id, changes).await?;
    Ok(Json(json!({})))
}

fn room_id(id: Id) -> Result<RoomId, RoomsError> {
    let Path(text) = id.map_err(|_| RoomsError::bad_request("The room ID could not be read."))?;
    text.parse().map_err(RoomsError::BadRoomId)
}

fn room_json(room: &Room) -> Value {
    json!({
        "id": room.id.to_string(),
        "createdAt": room.created_on.rfc3339(),
        "validFrom": room.validity.from.rfc3339(),
        "validUntil": room.validity.until.rfc3339(),
        "pstnDialOutEnabled": room.pstn_dial_out,
    })
}

fn participant_json(participant: &Participant) -> Value {
    json!({ "rawId": participant.raw_id.to_string(), "role": participant.role.name() })
}
