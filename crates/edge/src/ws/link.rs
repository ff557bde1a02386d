//! One socket of a session: a writer with a bounded queue, and the reading half.
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use parvis_signalling::{CloseCode, FRAME_BYTES_MAX};
use std::time::Duration;
use tokio::sync::mpsc;

/// Frames that wait for a slow reader; past it they stay in the session's replay.
const QUEUE_MAX: usize = 32;
/// How long one frame may take to be written before the socket counts as lost.
const WRITE_MAX: Duration = Duration::from_secs(20);
/// How long a closed socket waits for the client's own close frame.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// What came from the client.
pub(super) enum Incoming {
    Text(String),
    /// A binary or overlong frame.
    Malformed,
    /// The socket is gone; `clean` when the client closed it with 1000 or 1001.
    Closed {
        clean: bool,
    },
}

/// Dropped without `close`, the socket is dropped.
pub(super) struct Link {
    stream: SplitStream<WebSocket>,
    queue: mpsc::Sender<Message>,
    /// Held as long as the socket.
    seat: super::seats::Seat,
}

impl Link {
    pub(super) fn new(socket: WebSocket, seat: super::seats::Seat) -> Self {
        let (sink, stream) = socket.split();
        let (queue, frames) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(write(sink, frames));
        Self {
            stream,
            queue,
            seat,
        }
    }

    /// Waits for the client.
    pub(super) async fn read(&mut self) -> Incoming {
        loop {
            return match self.stream.next().await {
                Some(Ok(Message::Text(text))) if text.len() <= FRAME_BYTES_MAX => {
                    Incoming::Text(text.as_str().to_owned())
                }
                Some(Ok(Message::Text(_) | Message::Binary(_))) => Incoming::Malformed,
                // The library answers pings by itself; they are no client frames of the protocol.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(frame))) => {
                    let clean = frame.is_some_and(|frame| matches!(frame.code, 1000 | 1001));
                    Incoming::Closed { clean }
                }
                Some(Err(error)) if error.to_string().contains("too long") => Incoming::Malformed,
                Some(Err(_)) | None => Incoming::Closed { clean: false },
            };
        }
    }

    /// Where frames wait for the socket.
    pub(super) fn queue(&self) -> mpsc::Sender<Message> {
        self.queue.clone()
    }

    /// Queues a frame; only when the queue has room.
    pub(super) fn send(&self, text: String) {
        let _ = self.queue.try_send(Message::Text(text.into()));
    }

    /// Closes after everything queued, and gives the client a moment to take it.
    pub(super) fn close(self, code: CloseCode) {
        let Self {
            mut stream,
            queue,
            seat,
        } = self;
        tokio::spawn(async move {
            let frame = CloseFrame {
                code: code.number(),
                reason: "".into(),
            };
            let farewell = async {
                if queue.send(Message::Close(Some(frame))).await.is_ok() {
                    while let Some(Ok(_)) = stream.next().await {}
                }
            };
            let _ = tokio::time::timeout(WRITE_MAX + CLOSE_MAX, farewell).await;
            drop(seat);
        });
    }
}

async fn write(mut sink: SplitSink<WebSocket, Message>, mut frames: mpsc::Receiver<Message>) {
    while let Some(frame) = frames.recv().await {
        let last = matches!(frame, Message::Close(_));
        let written = tokio::time::timeout(WRITE_MAX, sink.send(frame)).await;
        if last || !matches!(written, Ok(Ok(()))) {
            break;
        }
    }
}
