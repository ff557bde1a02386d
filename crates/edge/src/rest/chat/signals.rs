//! Read receipts and typing notices.
use super::{
    error::ChatError,
    identifier::identifier,
    paging::Place,
    request::{Body, Fields, Path, message_id, thread_id},
};
use crate::{App, auth::Bearer};
use axum::{extract::State, http::StatusCode, response::Response};
use parvis_domain::thread::Receipt;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReceiptRequest {
    chat_message_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TypingRequest {
    sender_display_name: Option<String>,
}

pub(super) async fn list_receipts(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path(thread): Path<String>,
    fields: Fields,
) -> Result<Response, ChatError> {
    let id = thread_id(&thread)?;
    let place = Place::read(&fields)?;
    let threads = &app.services.threads;
    let page = threads
        .list_receipts(&caller, &id, place.skip()?, place.size)
        .await?;
    let path = ["threads", id.as_str(), "readReceipts"];
    Ok(place.answer(&app, &path, &page, receipt))
}

fn receipt(receipt: &Receipt) -> Value {
    json!({
        "senderCommunicationIdentifier": identifier(&receipt.raw_id),
        "chatMessageId": receipt.message.0.to_string(),
        "readOn": receipt.read_on.rfc3339_seconds(),
    })
}

pub(super) async fn send_receipt(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path(thread): Path<String>,
    Body(request): Body<ReceiptRequest>,
) -> Result<StatusCode, ChatError> {
    let id = thread_id(&thread)?;
    let message = message_id(&request.chat_message_id);
    app.services
        .threads
        .send_receipt(&caller, &id, message)
        .await?;
    Ok(StatusCode::OK)
}

pub(super) async fn send_typing(
    State(app): State<App>,
    Bearer(caller): Bearer,
    Path(thread): Path<String>,
    Body(request): Body<TypingRequest>,
) -> Result<StatusCode, ChatError> {
    let id = thread_id(&thread)?;
    let name = request.sender_display_name;
    app.services.threads.send_typing(&caller, &id, name).await?;
    Ok(StatusCode::OK)
}
