//! One live socket: news out, heartbeats and acknowledgements both ways, and the reasons to close it.
use super::{
    body::body,
    frame::{self, ClientFrame},
};
use crate::App;
use axum::extract::ws::{Message, WebSocket};
use parvis_domain::{principal::Principal, time::Timestamp};
use parvis_service::{
    ServiceError,
    notifications::{Connection, Heard, Ticket},
};
use serde_json::json;
use std::time::Duration;
use tokio::{
    sync::watch,
    time::{Instant, interval, sleep, timeout},
};

/// Longest frame of a client, in bytes.
pub(super) const FRAME_BYTES_MAX: usize = 64 * 1_024;
/// Read at a time, in bytes: clients say little.
pub(super) const READ_BYTES: usize = 1_024;
/// Within so long each side lets the other hear something.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(180);
/// How often the server does; a third of `HEARTBEAT`, so that one lost beat does no harm.
const BEAT: Duration = Duration::from_secs(60);
/// A client that takes no bytes for so long is gone.
const SEND_MAX: Duration = Duration::from_secs(10);
/// How long a client that lost its socket is waited for. Longer bridges longer gaps; shorter needs less memory.
const LINGER: Duration = Duration::from_secs(60);
/// Frames of a client in one `BEAT` besides those that deliveries cause; people and clients send a few.
const FRAMES_PER_BEAT_MAX: u32 = 2_000;
/// Frames that one delivery may cause: its answer, a ping, and room.
const FRAMES_PER_DELIVERY: u32 = 4;

/// A socket before its stream is there.
pub(super) struct Socket {
    app: App,
    connection: Connection,
    ends_on: Timestamp,
    ticket: Ticket,
}

/// Why a socket is closed.
enum Closed {
    /// The client said goodbye or made no sense, the tokens have ended, or the client has another socket.
    ForGood,
    /// The client is expected back: the network failed, its token is over, or it was too slow.
    ForNow,
}

/// What a client sent and was sent in one `BEAT`.
#[derive(Default)]
struct Traffic {
    frames: u32,
    deliveries: u32,
}

impl Traffic {
    fn is_too_much(&self) -> bool {
        let caused = self.deliveries.saturating_mul(FRAMES_PER_DELIVERY);
        self.frames > FRAMES_PER_BEAT_MAX.saturating_add(caused)
    }
}

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
        }
    }

    /// Serves the socket until one side ends it, the token ends, or the server stops.
    pub(super) async fn run(mut self, mut stream: WebSocket) {
        let closed = self.serve(&mut stream).await;
        // The client may be gone already.
        let _ = timeout(SEND_MAX, stream.send(Message::Close(None))).await;
        drop(stream);
        if let Err(Closed::ForNow) = closed {
            self.connection.linger(LINGER).await;
        }
    }

    async fn serve(&mut self, stream: &mut WebSocket) -> Result<(), Closed> {
        self.greet(stream).await?;
        let left = self.ends_on.since(self.app.services.context.now());
        let token_end = sleep(left);
        tokio::pin!(token_end);
        let mut shutdown = self.app.shutdown.clone();
        let mut checks = self.connection.checks();
        let mut beat = interval(BEAT);
        let (mut heard_on, mut traffic) = (Instant::now(), Traffic::default());
        loop {
            tokio::select! {
                heard = self.connection.next() => {
                    traffic.deliveries += 1;
                    self.tell(stream, heard.ok_or(Closed::ForGood)?).await?;
                }
                message = stream.recv() => {
                    heard_on = Instant::now();
                    traffic.frames += 1;
                    if traffic.is_too_much() {
                        return Err(Closed::ForGood);
                    }
                    self.answer(stream, message).await?;
                }
                _ = beat.tick() => {
                    if heard_on.elapsed() > HEARTBEAT {
                        return Err(Closed::ForNow);
                    }
                    traffic = Traffic::default();
                    send(stream, frame::HEARTBEAT.to_owned()).await?;
                }
                Ok(()) = checks.changed() => self.check_token().await?,
                () = &mut token_end => return Err(Closed::ForNow),
                () = stopping(&mut shutdown) => return Err(Closed::ForGood),
            }
        }
    }

    /// Tokens of some have ended, and this may be one.
    async fn check_token(&self) -> Result<(), Closed> {
        match self.app.services.tokens.verify(&self.ticket.token).await {
            Err(ServiceError::Unauthenticated) => Err(Closed::ForGood),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn greet(&mut self, stream: &mut WebSocket) -> Result<(), Closed> {
        send(stream, frame::CONNECTED.to_owned()).await?;
        let left = self.ends_on.since(self.app.services.context.now());
        let connected = json!({ "ttl": left.as_secs(), "dur": "1" });
        send(stream, frame::event("trouter.connected", &connected)).await?;
        if self.connection.is_missing_news() {
            send(stream, self.loss()).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, stream: &mut WebSocket, heard: Heard) -> Result<(), Closed> {
        match heard {
            Heard::Notice(number, (viewer, notice)) => {
                let body = body(&notice, viewer, self.connection.raw_id());
                send(stream, frame::delivery(number, &self.ticket.address, &body)).await
            }
            // The package hides a loss from its app, but not that it was disconnected: the app reads again after that.
            Heard::Loss => {
                send(stream, self.loss()).await?;
                Err(Closed::ForNow)
            }
        }
    }

    async fn answer(
        &self,
        stream: &mut WebSocket,
        message: Option<Result<Message, axum::Error>>,
    ) -> Result<(), Closed> {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => return Err(Closed::ForGood),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Closed::ForNow),
        };
        match ClientFrame::parse(&text) {
            ClientFrame::Event(Some(number)) => send(stream, frame::acknowledge(number)).await,
            ClientFrame::Answer(number) => {
                self.connection.confirm(number);
                Ok(())
            }
            ClientFrame::Event(None) | ClientFrame::Nothing => Ok(()),
            ClientFrame::Disconnect | ClientFrame::Malformed => Err(Closed::ForGood),
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
        Ok(Err(_)) | Err(_) => Err(Closed::ForNow),
    }
}

async fn stopping(shutdown: &mut watch::Receiver<bool>) {
    // Without a sender nobody will ask to stop.
    if shutdown.wait_for(|stopping| *stopping).await.is_err() {
        std::future::pending().await
    }
}
