//! The Call Automation dialect: a resource's back end begins, answers and steers calls (rest-wire section 8). Every request
//! is signed; any `api-version` is served alike. What follows from a request is told to the app's own server (`delivery`).
//! Media operations and recording are refused by name until there is something behind them.
mod delivery;
mod error;
mod event;
mod identifier;
mod keys;
mod repeat;
mod request;
mod shape;

pub use delivery::WebhookCourier;

use crate::{App, auth::Signed};
use axum::{
    Extension, Json, Router,
    extract::{FromRequest, Path, Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use error::AutomationError;
use parvis_domain::ids::{ConnectionId, LegId};
use parvis_service::ServiceError;
use repeat::{Answer, Repeats, request_id};
use serde_json::{Value, json};
use uuid::Uuid;

/// The routes, at the root.
pub fn router() -> Router<App> {
    let connections = "/calling/callConnections";
    let at = |rest: &str| format!("{connections}{rest}");
    Router::new()
        // The colon is part of the wire's own names.
        .without_v07_checks()
        .route(connections, post(create))
        .route(&at(":answer"), post(answer))
        .route(&at(":reject"), post(reject))
        .route(&at(":redirect"), post(redirect))
        .route(&at(":connect"), post(connect))
        .route(&at("/{id}"), get(load).delete(hang_up).post(act))
        .route(&at("/{id}/participants"), get(list_participants))
        .route(&at("/{id}/participants/{raw_id}"), get(load_participant))
        .route(&at("/{id}/{operation}"), post(act_on_participants))
        .route("/calling/recordings", post(recording))
        .route(
            "/calling/recordings/{id}",
            get(recording).delete(recording).post(recording),
        )
        .merge(keys::router())
        .method_not_allowed_fallback(async || AutomationError::method_not_allowed())
        .layer(Extension(Repeats::default()))
        .layer(middleware::from_fn(to_the_end))
}

/// Goes on with a request whose sender hangs up: a call that was begun or a ring must not be left without the connection
/// that follows it.
async fn to_the_end(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => {
                AutomationError::from(ServiceError::Unavailable("stopping".into())).into_response()
            }
        },
    }
}

/// A signed request that may be repeated.
struct Asked {
    app: App,
    repeats: Repeats,
    request: Option<Uuid>,
    signed: Signed,
}

impl FromRequest<App> for Asked {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let id = request_id(request.headers());
        let repeats = request.extensions().get::<Repeats>().cloned();
        // Who may not ask at all hears that first.
        let signed = Signed::from_request(request, app).await;
        Ok(Self {
            signed: signed.map_err(IntoResponse::into_response)?,
            request: id.map_err(IntoResponse::into_response)?,
            repeats: repeats.unwrap_or_default(),
            app: app.clone(),
        })
    }
}

impl Asked {
    /// Does `work` once for all requests of the same name.
    async fn once(
        self,
        place: &str,
        work: impl AsyncFnOnce(&App, &Signed, Option<Uuid>) -> Acted,
    ) -> Response {
        let resource = self.signed.caller.resource;
        let done = work(&self.app, &self.signed, self.request);
        self.repeats
            .answer(resource, self.request, place, done)
            .await
    }
}

async fn create(asked: Asked) -> Response {
    asked
        .once("create", async |app, signed, request| {
            let new = request::create(&signed.body, request)?;
            let made = app.services.automation.create(&signed.caller, new).await?;
            Ok(Answer::new(StatusCode::CREATED, shape::connection(&made)))
        })
        .await
}

async fn answer(asked: Asked) -> Response {
    asked
        .once("answer", async |app, signed, request| {
            let (context, opening) = request::answer(&signed.body, request)?;
            let automation = &app.services.automation;
            let made = automation.answer(&signed.caller, &context, opening).await?;
            Ok(Answer::new(StatusCode::OK, shape::connection(&made)))
        })
        .await
}

async fn reject(asked: Asked) -> Response {
    asked
        .once("reject", async |app, signed, _| {
            let (context, end) = request::reject(&signed.body)?;
            let automation = &app.services.automation;
            automation.reject(&signed.caller, &context, end).await?;
            Ok(Answer::empty())
        })
        .await
}

async fn redirect(asked: Asked) -> Response {
    asked
        .once("redirect", async |app, signed, _| {
            let (context, target) = request::redirect(&signed.body)?;
            let automation = &app.services.automation;
            automation
                .redirect(&signed.caller, &context, target)
                .await?;
            Ok(Answer::empty())
        })
        .await
}

async fn connect(asked: Asked) -> Response {
    asked
        .once("connect", async |app, signed, request| {
            let resource = signed.caller.resource;
            let (locator, opening) = request::connect(&signed.body, resource, request)?;
            let automation = &app.services.automation;
            let made = automation
                .connect(&signed.caller, &locator, opening)
                .await?;
            Ok(Answer::new(StatusCode::OK, shape::connection(&made)))
        })
        .await
}

async fn load(
    State(app): State<App>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<Json<Value>, AutomationError> {
    let id = connection_id(&id)?;
    let loaded = app.services.automation.load(&signed.caller, id).await?;
    Ok(Json(shape::connection(&loaded)))
}

async fn hang_up(
    State(app): State<App>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<StatusCode, AutomationError> {
    let id = connection_id(&id)?;
    app.services.automation.hang_up(&signed.caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `{id}:{operation}`.
async fn act(Path(text): Path<String>, asked: Asked) -> Response {
    asked
        .once(&text, async |app, signed, _| {
            let (id, operation) = text
                .split_once(':')
                .ok_or_else(AutomationError::not_found)?;
            let id = connection_id(id)?;
            let automation = &app.services.automation;
            match operation {
                "terminate" => {
                    automation.terminate(&signed.caller, id).await?;
                    Ok(Answer::empty())
                }
                operation => Err(match not_offered(operation) {
                    // A call that is not there is said first.
                    Some(what) => match automation.load(&signed.caller, id).await {
                        Ok(_) => AutomationError::not_offered(what),
                        Err(error) => error.into(),
                    },
                    None => AutomationError::not_found(),
                }),
            }
        })
        .await
}

/// What an operation would do that this server does not.
fn not_offered(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "transferToParticipant" => "the transfer of calls",
        "play" => "playing audio into calls",
        "recognize" => "recognition of speech and tones",
        "cancelAllMediaOperations" => "media operations",
        "sendDtmfTones" | "startContinuousDtmfRecognition" | "stopContinuousDtmfRecognition" => {
            "tones in calls"
        }
        "startMediaStreaming" | "stopMediaStreaming" => "media streaming",
        "startTranscription" | "stopTranscription" | "updateTranscription" => "transcription",
        "hold" | "unhold" => "holding participants",
        _ => return None,
    })
}

async fn list_participants(
    State(app): State<App>,
    Path(id): Path<String>,
    signed: Signed,
) -> Result<Json<Value>, AutomationError> {
    let id = connection_id(&id)?;
    let automation = &app.services.automation;
    let people = automation.list_participants(&signed.caller, id).await?;
    let value: Vec<_> = people.iter().map(shape::participant).collect();
    Ok(Json(json!({ "value": value })))
}

async fn load_participant(
    State(app): State<App>,
    Path((id, raw_id)): Path<(String, String)>,
    signed: Signed,
) -> Result<Json<Value>, AutomationError> {
    let id = connection_id(&id)?;
    let raw_id = identifier::read_raw_id(&raw_id, "participantRawId")?;
    let automation = &app.services.automation;
    let people = automation.list_participants(&signed.caller, id).await?;
    let found = people.iter().find(|one| one.raw_id == raw_id);
    let found = found.ok_or_else(AutomationError::participant_not_found)?;
    Ok(Json(shape::participant(found)))
}

/// `{id}/participants:{operation}`.
async fn act_on_participants(
    Path((id, operation)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    let place = format!("{id}/{operation}");
    asked
        .once(&place, async |app, signed, _| {
            let connection = connection_id(&id)?;
            match operation.as_str() {
                "participants:add" => add(app, signed, connection).await,
                "participants:remove" => remove(app, signed, connection).await,
                "participants:mute" => mute(app, signed, connection).await,
                "participants:cancelAddParticipant" => cancel(app, signed, connection).await,
                "participants:moveHere" => {
                    let automation = &app.services.automation;
                    automation.load(&signed.caller, connection).await?;
                    Err(AutomationError::not_offered("moving participants"))
                }
                _ => Err(AutomationError::not_found()),
            }
        })
        .await
}

type Acted = Result<Answer, AutomationError>;

async fn add(app: &App, signed: &Signed, id: ConnectionId) -> Acted {
    let addition = request::add(&signed.body)?;
    let (target, context) = (addition.target.clone(), addition.note.context.clone());
    let automation = &app.services.automation;
    let invitation = automation
        .add_participant(&signed.caller, id, addition)
        .await?;
    let participant = json!({
        "identifier": identifier::identifier(&target),
        "isMuted": false,
        "isOnHold": false,
    });
    let body = json!({ "participant": participant, "invitationId": invitation });
    let body = shape::with_context(body, context.as_deref());
    Ok(Answer::new(StatusCode::ACCEPTED, body))
}

async fn remove(app: &App, signed: &Signed, id: ConnectionId) -> Acted {
    let (participant, note) = request::remove(&signed.body)?;
    let body = shape::with_context(json!({}), note.context.as_deref());
    let automation = &app.services.automation;
    automation
        .remove_participant(&signed.caller, id, participant, note)
        .await?;
    Ok(Answer::new(StatusCode::ACCEPTED, body))
}

async fn mute(app: &App, signed: &Signed, id: ConnectionId) -> Acted {
    let (participant, context) = request::mute(&signed.body)?;
    let automation = &app.services.automation;
    automation
        .mute_participant(&signed.caller, id, participant)
        .await?;
    let body = shape::with_context(json!({}), context.as_deref());
    Ok(Answer::new(StatusCode::OK, body))
}

async fn cancel(app: &App, signed: &Signed, id: ConnectionId) -> Acted {
    let (invitation, note) = request::cancel(&signed.body)?;
    let body = json!({ "invitationId": invitation });
    let body = shape::with_context(body, note.context.as_deref());
    let automation = &app.services.automation;
    automation
        .cancel_add(&signed.caller, id, LegId(invitation), note)
        .await?;
    Ok(Answer::new(StatusCode::ACCEPTED, body))
}

async fn recording(_: Signed) -> AutomationError {
    AutomationError::not_offered("the recording of calls")
}

/// An id of another form names no connection that could exist.
fn connection_id(text: &str) -> Result<ConnectionId, AutomationError> {
    text.parse().map_err(|_| AutomationError::call_not_found())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use std::{sync::Arc, time::Duration};
    use tokio::sync::Notify;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_request_is_done_to_its_end_when_its_sender_hangs_up() {
        let steps = [(); 3].map(|()| Arc::new(Notify::new()));
        let [begun, go_on, done] = steps.clone();
        let work = async move || {
            begun.notify_one();
            go_on.notified().await;
            done.notify_one();
        };
        let router: Router = Router::new()
            .route("/", post(work))
            .layer(middleware::from_fn(to_the_end));
        let request = Request::post("/").body(Body::empty()).expect("request");
        let asking = tokio::spawn(router.oneshot(request));
        let [begun, go_on, done] = steps;
        begun.notified().await;
        asking.abort();
        assert!(asking.await.is_err_and(|error| error.is_cancelled()));
        go_on.notify_one();
        let ended = tokio::time::timeout(Duration::from_secs(5), done.notified());
        ended.await.expect("done");
    }
}
