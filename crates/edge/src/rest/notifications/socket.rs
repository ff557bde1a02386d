//! One live socket: news out, heartbeats and acknowledgements both ways, and the reasons to close it.
use super::{
    body::body,
    frame::{self, ClientFrame},
};
use crate::App;
use axum::extract::ws::{Message, WebSocket};
use parvis_domain::{principal::Principal, time::Timestamp};
use parvis_service::notifications::{Connection, Heard, Ticket};
use serde_json::json;
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, interval, sleep, timeout},
};

/// Longest frame of a client, in bytes.
pub(super) const FRAME_BYTES_MAX: usize = 64 * 1_024;
/// Within so long each side lets the other hear something.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(180);
/// How often the server does; a third of `HEARTBEAT`, so that one lost beat does no harm.
const BEAT: Duration = Duration::from_secs(60);
/// A client that takes no bytes for so long is gone.
const SEND_MAX: Duration = Duration::from_secs(10);
/// Frames of a client in one `BEAT`; people and clients send a few.
const FRAMES_PER_BEAT_MAX: u32 = 2_000;

/// A socket before its stream is there.
pub(super) struct Socket {
    app: App,
    connection: Connection,
    ends_on: Timestamp,
    ticket: Ticket,
    /// The number of the last delivery.
    delivered: u32,
}

/// Why a socket is closed; all the same to the client, which comes again with a token.
struct Closed;

impl Socket {
    pub(super) fn new(
        app: App,
        connection: Connection,
        principal: &Principal,
        ticket: Ticket,
    ) -> Self {
        Self {
            app,
            connection,
            ends_on: principal.expires_on,
            ticket,
            delivered: 0,
        }
    }

    /// Serves the socket until one side ends it, the token ends, or the server stops.
    pub(super) async fn run(mut self, mut stream: WebSocket) {
        let _closed = self.serve(&mut stream).await;
        // The client may be gone already.
        let _ = timeout(SEND_MAX, stream.send(Message::Close(None))).await;
    }

    async fn serve(&mut self, stream: &mut WebSocket) -> Result<(), Closed> {
        self.greet(stream).await?;
        let left = self.ends_on.since(self.app.services.context.now());
        let token_end = sleep(left);
        tokio::pin!(token_end);
        let mut shutdown = self.app.shutdown.clone();
        let mut beat = interval(BEAT);
        let (mut heard_on, mut frames) = (Instant::now(), 0_u32);
        loop {
            tokio::select! {
                heard = self.connection.next() => {
                    let frame = self.frame(heard.ok_or(Closed)?);
                    send(stream, frame).await?;
                }
                message = stream.recv() => {
                    heard_on = Instant::now();
                    frames += 1;
                    if frames > FRAMES_PER_BEAT_MAX {
                        return Err(Closed);
                    }
                    answer(stream, message).await?;
                }
                _ = beat.tick() => {
                    if heard_on.elapsed() > HEARTBEAT {
                        return Err(Closed);
                    }
                    frames = 0;
                    send(stream, frame::HEARTBEAT.to_owned()).await?;
                }
                () = &mut token_end => return Err(Closed),
                () = stopping(&mut shutdown) => return Err(Closed),
            }
        }
    }

    async fn greet(&mut self, stream: &mut WebSocket) -> Result<(), Closed> {
        send(stream, frame::CONNECTED.to_owned()).await?;
        let left = self.ends_on.since(self.app.services.context.now());
        let connected = json!({ "ttl": left.as_secs(), "dur": "1" });
        send(stream, frame::event("trouter.connected", &connected)).await?;
        let hub = &self.app.services.notifications;
        if hub
            .resumes(self.connection.raw_id(), &self.ticket.endpoint)
            .await
        {
            send(stream, self.loss()).await?;
        }
        Ok(())
    }

    fn frame(&mut self, heard: Heard) -> String {
        match heard {
            Heard::Loss => self.loss(),
            Heard::Notice(viewer, notice) => {
                self.delivered = self.delivered.wrapping_add(1);
                let body = body(&notice, viewer, self.connection.raw_id());
                frame::delivery(self.delivered, &self.ticket.address, &body)
            }
        }
    }

    /// Tells that news may be missing: the client has to read the threads again.
    fn loss(&self) -> String {
        let now = self.app.services.context.now().rfc3339();
        let lost = json!({ "droppedIndicators": [{ "tag": "messaging", "etag": now }] });
        frame::event("trouter.message_loss", &lost)
    }
}

async fn send(stream: &mut WebSocket, frame: String) -> Result<(), Closed> {
    match timeout(SEND_MAX, stream.send(Message::Text(frame.into()))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Closed),
    }
}

async fn answer(
    stream: &mut WebSocket,
    message: Option<Result<Message, axum::Error>>,
) -> Result<(), Closed> {
    let text = match message {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
        Some(Ok(Message::Binary(_) | Message::Close(_)) | Err(_)) | None => return Err(Closed),
    };
    match ClientFrame::parse(&text) {
        ClientFrame::Event(Some(number)) => send(stream, frame::acknowledge(number)).await,
        ClientFrame::Event(None) | ClientFrame::Nothing => Ok(()),
        ClientFrame::Disconnect | ClientFrame::Malformed => Err(Closed),
    }
}

async fn stopping(shutdown: &mut watch::Receiver<bool>) {
    // Without a sender nobody will ask to stop.
    if shutdown.wait_for(|stopping| *stopping).await.is_err() {
        std::future::pending().await
    }
}
