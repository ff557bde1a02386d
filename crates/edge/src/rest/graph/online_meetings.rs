//! Online meetings of the caller: schedule, read, list, find by link or meeting id, change, delete.
use super::{
    body::{self, JsonObject, Stage},
    caller::{Caller, Me, Origin},
    error::GraphError,
    names::parse_meeting_id,
    query::{Options, parse_equality},
    shape::{Wishes, entity, online_meeting},
};
use crate::App;
use axum::{Json, extract::RawPathParams, http::StatusCode};
use parvis_domain::{ids::ThreadId, link::Locator, meeting::MeetingDraft};
use parvis_service::{ServiceError, meetings::MeetingRecord};
use serde_json::{Map, Value, json};

const READ: [&str; 2] = ["OnlineMeetings.Read", "OnlineMeetings.ReadWrite"];
const WRITE: [&str; 1] = ["OnlineMeetings.ReadWrite"];

/// What most handlers need: who calls, and how the answer shall look.
pub(super) struct Call {
    app: App,
    caller: Caller,
    wishes: Wishes,
    options: Options,
    /// The path as it was called.
    path: String,
}

impl axum::extract::FromRequestParts<App> for Call {
    type Rejection = GraphError;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        app: &App,
    ) -> Result<Self, GraphError> {
        let Me(caller) = Me::from_request_parts(parts, app).await?;
        let Origin(origin) = Origin::from_request_parts(parts, app).await?;
        let options = Options::parse(parts.uri.query().unwrap_or_default())?;
        Ok(Self {
            app: app.clone(),
            wishes: Wishes::new(&parts.headers, origin, options.select.clone()),
            caller,
            options,
            path: called_path(parts),
        })
    }
}

impl Call {
    fn answer(&self, record: &MeetingRecord) -> Json<Value> {
        let context = format!("users('{}')/onlineMeetings/$entity", self.caller.member);
        let object = online_meeting(&self.app.services.meetings, record, &self.wishes);
        Json(entity(&self.wishes, &context, object))
    }
}

/// `POST .../onlineMeetings`
pub(super) async fn create(
    call: Call,
    JsonObject(body): JsonObject,
) -> Result<(StatusCode, Json<Value>), GraphError> {
    call.caller.needs(&WRITE)?;
    let edit = |draft: &mut MeetingDraft| body::apply(&body, Stage::New, draft);
    let meetings = &call.app.services.meetings;
    let record = meetings.create(call.caller.member, edit).await?;
    Ok((StatusCode::CREATED, call.answer(&record)))
}

/// `POST .../onlineMeetings/createOrGet`
pub(super) async fn create_or_get(
    call: Call,
    JsonObject(body): JsonObject,
) -> Result<(StatusCode, Json<Value>), GraphError> {
    call.caller.needs(&WRITE)?;
    let Some(external_id) = body.get("externalId").and_then(Value::as_str) else {
        return Err(GraphError::bad_request(
            "externalId",
            "externalId must be a text.",
        ));
    };
    let edit = |draft: &mut MeetingDraft| body::apply(&body, Stage::New, draft);
    let meetings = &call.app.services.meetings;
    let (record, is_new) = meetings
        .create_or_get(call.caller.member, external_id, edit)
        .await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, call.answer(&record)))
}

/// `GET .../onlineMeetings/{id}`
pub(super) async fn show(call: Call, path: RawPathParams) -> Result<Json<Value>, GraphError> {
    call.caller.needs(&READ)?;
    let thread = thread_of(&path)?;
    let meetings = &call.app.services.meetings;
    let record = meetings.load_for(call.caller.member, &thread).await?;
    Ok(call.answer(&record))
}

/// `PATCH .../onlineMeetings/{id}`
pub(super) async fn change(
    call: Call,
    path: RawPathParams,
    JsonObject(body): JsonObject,
) -> Result<Json<Value>, GraphError> {
    call.caller.needs(&WRITE)?;
    let thread = thread_of(&path)?;
    let edit = |draft: &mut MeetingDraft| body::apply(&body, Stage::Existing, draft);
    let meetings = &call.app.services.meetings;
    let record = meetings.change(call.caller.member, &thread, edit).await?;
    Ok(call.answer(&record))
}

/// `DELETE .../onlineMeetings/{id}`
pub(super) async fn delete(call: Call, path: RawPathParams) -> Result<StatusCode, GraphError> {
    call.caller.needs(&WRITE)?;
    let thread = thread_of(&path)?;
    let meetings = &call.app.services.meetings;
    meetings.delete(call.caller.member, &thread).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET .../onlineMeetings`: the caller's, or the one that the filter names.
pub(super) async fn list(call: Call) -> Result<Json<Value>, GraphError> {
    call.caller.needs(&READ)?;
    match &call.options.filter {
        Some(filter) => find(&call, filter).await,
        None => page(&call).await,
    }
}

async fn find(call: &Call, filter: &str) -> Result<Json<Value>, GraphError> {
    let locator = read_filter(call, filter)?;
    let meetings = &call.app.services.meetings;
    let found = meetings.find_for(call.caller.member, &locator).await?;
    let count = u32::from(found.is_some());
    Ok(collection(call, found.as_slice(), count))
}

async fn page(call: &Call) -> Result<Json<Value>, GraphError> {
    let meetings = &call.app.services.meetings;
    let member = call.caller.member;
    let (page, skip) = (call.options.page(), call.options.skip);
    let records = meetings.list_for(member, skip, page).await?;
    let count = meetings.count_for(member).await?;
    Ok(collection(call, &records, count))
}

/// One page of a collection that has `count` items in all.
fn collection(call: &Call, records: &[MeetingRecord], count: u32) -> Json<Value> {
    let wishes = &call.wishes;
    let value: Vec<Map<String, Value>> = records
        .iter()
        .map(|record| online_meeting(&call.app.services.meetings, record, wishes))
        .collect();
    let mut object = Map::new();
    if call.options.count {
        object.insert("@odata.count".to_owned(), count.into());
    }
    if call.options.filter.is_none() && call.options.has_next_page(count) {
        let query = call.options.next_page();
        let link = format!("{}{}?{query}", wishes.origin, call.path);
        object.insert("@odata.nextLink".to_owned(), link.into());
    }
    object.insert("value".to_owned(), json!(value));
    let context = format!("users('{}')/onlineMeetings", call.caller.member);
    Json(entity(wishes, &context, object))
}

/// `JoinWebUrl eq '<link>'` or `joinMeetingIdSettings/joinMeetingId eq '<digits>'`.
fn read_filter(call: &Call, filter: &str) -> Result<Locator, GraphError> {
    let bad = |message: &str| GraphError::bad_request("$filter", message);
    let (property, text) =
        parse_equality(filter).ok_or_else(|| bad("The filter is not supported."))?;
    match property.as_str() {
        "joinweburl" => call
            .app
            .services
            .meetings
            .parse_link(&text)
            .map_err(|_| bad("JoinWebUrl is not a meeting link of this server.")),
        "joinmeetingidsettings/joinmeetingid" => {
            Locator::from_meeting_id(&text, None).map_err(|_| bad("joinMeetingId must be digits."))
        }
        _ => Err(bad("The filter is not supported.")),
    }
}

/// The whole path, of which the router hands on only the end.
fn called_path(parts: &axum::http::request::Parts) -> String {
    let whole = parts.extensions.get::<axum::extract::OriginalUri>();
    let uri = whole.map_or(&parts.uri, |whole| &whole.0);
    uri.path().to_owned()
}

/// The meeting that the address names. An id of the wrong form is no meeting's.
fn thread_of(path: &RawPathParams) -> Result<ThreadId, GraphError> {
    let id = path.iter().find(|(name, _)| *name == "meeting");
    let parsed = id.and_then(|(_, id)| parse_meeting_id(id));
    parsed
        .map(|(_, thread)| thread)
        .ok_or_else(|| ServiceError::NotFound("meeting").into())
}
