//! The notification protocol of the chat package's browser build (rest-wire section 9): where the service is, a ticket for a
//! socket, the socket itself (socket.io 0.9), registrations.
mod body;
mod frame;
mod socket;

use crate::{
    App,
    auth::{Bearer, Denied},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path, Query, State, ws::WebSocketUpgrade},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use parvis_domain::principal::{ClientKind, Principal};
use parvis_service::{ServiceError, notifications::Ticket};
use serde::Deserialize;
use serde_json::{Value, json};

/// The client's registration is of this size; it is read and not kept, since a socket is enough to be told.
const BODY_BYTES_MAX: usize = 16 * 1_024;
/// Longest name of a client's endpoint.
const ENDPOINT_BYTES_MAX: usize = 64;
/// How long a client may use what `/v4/a` told, in seconds.
const ALLOCATION_LIFE_S: u32 = 586_549;

/// The dialect's routes.
pub fn router() -> Router<App> {
    Router::new()
        .route("/chat/config/realTimeNotifications", get(configuration))
        // The package appends its path to an endpoint that may end in a slash.
        .route("//chat/config/realTimeNotifications", get(configuration))
        .route("/v4/a", post(allocate))
        .route("/socket.io/1/", get(handshake))
        .route("/socket.io/1/websocket/{ticket}", get(open))
        .route("/v3/registrations", post(register))
        .route("/v3/registrations/{id}", delete(unregister))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// Whoever holds a user token that gives chat, in the header of this protocol.
struct Listener {
    principal: Principal,
    token: String,
}

/// Why a listener was turned away.
enum Refused {
    Token(Denied),
    Chat,
    Service(ServiceError),
}

impl FromRequestParts<App> for Listener {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let token = parts.headers.get("x-skypetoken");
        let token = token
            .and_then(|value| value.to_str().ok())
            .ok_or(Refused::Token(Denied::Bearer))?
            .to_owned();
        let principal = app.services.tokens.verify(&token).await?;
        if !may_listen(&principal) {
            return Err(Refused::Chat);
        }
        Ok(Self { principal, token })
    }
}

fn may_listen(principal: &Principal) -> bool {
    principal.may_chat() && principal.client != ClientKind::MemberOnSdk
}

impl From<ServiceError> for Refused {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Unauthenticated => Self::Token(Denied::Bearer),
            error => Self::Service(error),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::Token(denied) => return denied.into_response(),
            Self::Chat => (
                StatusCode::FORBIDDEN,
                "Forbidden",
                "The token gives no chat.",
            ),
            Self::Service(ServiceError::TooMany { retry_after_s }) => {
                let header = [(header::RETRY_AFTER, retry_after_s)];
                return (StatusCode::TOO_MANY_REQUESTS, header).into_response();
            }
            Self::Service(error) => {
                tracing::warn!(%error, "a chat socket cannot be opened");
                return Denied::Unavailable.into_response();
            }
        };
        let body = json!({ "error": { "code": code, "message": message } });
        (status, Json(body)).into_response()
    }
}

async fn configuration(
    State(app): State<App>,
    Bearer(caller): Bearer,
) -> Result<Json<Value>, Refused> {
    if !may_listen(&caller) {
        return Err(Refused::Chat);
    }
    let origin = app.services.context.origin_text();
    Ok(Json(json!({
        "trouterServiceUrl": origin, "registrarServiceUrl": origin, "cloudType": "Public",
    })))
}

async fn allocate(
    State(app): State<App>,
    listener: Listener,
    Query(before): Query<Endpoint>,
) -> Json<Value> {
    let origin = app.services.context.origin_text();
    let id = parvis_service::context::random_uuid();
    let address = format!("{origin}/v4/f/{id}/");
    let life = listener
        .principal
        .expires_on
        .since(app.services.context.now())
        .as_secs()
        .min(u64::from(ALLOCATION_LIFE_S));
    Json(json!({
        "socketio": format!("{origin}/"), "url": address, "surl": address, "curlb": origin,
        "id": id, "ccid": id, "ttl": life.to_string(),
        "connectparams": { "r": before.round().saturating_add(1).to_string() },
    }))
}

#[derive(Deserialize)]
struct Endpoint {
    /// The client's own name of itself; the same after a lost socket.
    epid: Option<String>,
    /// What `allocate` told.
    ccid: Option<String>,
    /// Which allocation it was for this client, as `allocate` told it.
    r: Option<String>,
}

impl Endpoint {
    /// How often this client was given an address before.
    fn round(&self) -> u32 {
        let round = self.r.as_deref().and_then(|round| round.parse().ok());
        round.unwrap_or_default()
    }

    fn bounded(name: Option<String>) -> String {
        name.filter(|name| name.len() <= ENDPOINT_BYTES_MAX)
            .unwrap_or_default()
    }
}

async fn handshake(
    State(app): State<App>,
    listener: Listener,
    Query(endpoint): Query<Endpoint>,
) -> Response {
    let ticket = app.services.notifications.issue_ticket(Ticket {
        token: listener.token,
        returns: endpoint.round() > 1,
        client: Endpoint::bounded(endpoint.epid),
        address: Endpoint::bounded(endpoint.ccid),
    });
    let seconds = socket::HEARTBEAT.as_secs();
    format!("{}:{seconds}:{seconds}:websocket", ticket.await).into_response()
}

async fn open(
    State(app): State<App>,
    Path(ticket): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let notifications = &app.services.notifications;
    let unknown = Refused::Token(Denied::Bearer);
    let ticket = notifications.redeem_ticket(&ticket).await.ok_or(unknown)?;
    let before = app.services.tokens.verify(&ticket.token).await?;
    let connection = notifications.connect(before.raw_id, &ticket.client, ticket.returns)?;
    // Checked again after connecting: a token that ends from now on ends the connection.
    let principal = app.services.tokens.verify(&ticket.token).await?;
    let socket = socket::Socket::new(app, connection, &principal, ticket);
    Ok(upgrade
        .max_message_size(socket::FRAME_BYTES_MAX)
        .max_frame_size(socket::FRAME_BYTES_MAX)
        // The library fills what it reads into before it reads: the default is 128 KiB for every idle socket.
        .read_buffer_size(socket::READ_BYTES)
        .write_buffer_size(0)
        .on_upgrade(move |stream| socket.run(stream)))
}

async fn register(_: Listener) -> StatusCode {
    StatusCode::ACCEPTED
}

async fn unregister(_: Listener, Path(_id): Path<String>) -> StatusCode {
    StatusCode::OK
}
