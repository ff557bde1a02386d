//! The calling socket `/calling/v1/socket`: bytes and closings to `signalling::Session` and its legs, nothing else.
//! Any origin may connect: the token in the first frame authenticates, no cookie counts here.
mod frames;
mod link;
mod opening;
mod requests;
mod ringing;
mod seats;
mod sessions;
mod task;

use crate::App;
use axum::{
    Extension, Router,
    extract::{ConnectInfo, State, WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::any,
};
use parvis_signalling::FRAME_BYTES_MAX;
use seats::Seats;
use sessions::Sessions;
use std::{net::SocketAddr, time::Duration};

/// Read at a time, in bytes; a session description comes in a few of them.
const READ_BYTES: usize = 4 * 1_024;

/// The bounds of the sockets of one node.
#[derive(Clone, Copy, Debug)]
pub struct WsLimits {
    /// Open sockets.
    pub sockets_max: usize,
    /// Open sockets of one address; a whole office may sit behind one.
    pub sockets_per_address_max: usize,
    /// Sessions of one identity (CP-7).
    pub sessions_per_identity_max: usize,
    /// How long a client may take for its first frame (CP-3).
    pub opening_max: Duration,
    /// The bounds of each session.
    pub session: parvis_signalling::Limits,
}

impl Default for WsLimits {
    fn default() -> Self {
        Self {
            sockets_max: 20_000,
            sockets_per_address_max: 2_000,
            sessions_per_identity_max: 32,
            opening_max: Duration::from_secs(10),
            session: parvis_signalling::Limits::default(),
        }
    }
}

/// The socket under the protocol's bounds.
pub fn router() -> Router<App> {
    router_with(WsLimits::default())
}

/// The socket under other bounds.
pub fn router_with(limits: WsLimits) -> Router<App> {
    Router::new()
        .route("/calling/v1/socket", any(connect))
        .layer(Extension(Sessions::new(limits)))
        .layer(Extension(Seats::new(limits)))
}

async fn connect(
    State(app): State<App>,
    Extension(sessions): Extension<Sessions>,
    Extension(seats): Extension<Seats>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let address = peer.map(|Extension(ConnectInfo(peer))| peer.ip());
    let Some(seat) = seats.take(address) else {
        tracing::warn!("a calling socket was refused: too many are open");
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        // The library fills what it reads into before it reads: the default is 128 KiB for every idle socket.
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .on_upgrade(move |socket| opening::open(app, sessions, socket, seat))
}
