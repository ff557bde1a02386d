//! The session machine: order and dedup of requests, numbered frames and their replay, heartbeats, resume, and every bound
//! of section 1 and 2. It outlives its sockets; what its legs do is not known here.
use crate::{
    frame::{Frame, Opened},
    message::{ClientFrame, Request, RequestError, parse_frame},
};
use parvis_domain::time::Timestamp;
use serde_json::Value;
use std::{collections::VecDeque, time::Duration};

/// The bounds of a session; the defaults are the protocol's.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How often the client pings (CP-6).
    pub heartbeat: Duration,
    /// How long a lost session waits (CP-12).
    pub resume_window: Duration,
    /// Unacknowledged frames (CP-7).
    pub replay_frames_max: usize,
    /// Their bytes (CP-7).
    pub replay_bytes_max: usize,
    /// Requests that wait (CP-7).
    pub requests_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(10),
            resume_window: Duration::from_mins(1),
            replay_frames_max: 1_024,
            replay_bytes_max: 4 * 1024 * 1024,
            requests_max: 256,
        }
    }
}

/// Why the server closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// A malformed frame or a gap in the request ids.
    Malformed,
    /// No, bad or ended token.
    Unauthorized,
    /// No opening in time.
    NoOpening,
    /// A newer socket resumed the session.
    Replaced,
    /// The session is over or unknown.
    Gone,
    /// The server shuts down.
    Restart,
    /// Too many connections or sessions.
    Busy,
}

impl CloseCode {
    /// The number on the wire.
    pub fn number(self) -> u16 {
        match self {
            Self::Malformed => 4400,
            Self::Unauthorized => 4401,
            Self::NoOpening => 4408,
            Self::Replaced => 4409,
            Self::Gone => 4410,
            Self::Restart => 1012,
            Self::Busy => 1013,
        }
    }
}

/// What the socket has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this text frame.
    Text(String),
    /// Close with this code.
    Close(CloseCode),
    /// Drop the socket: the client went silent.
    Drop,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The client did not acknowledge in time (CP-7).
    Overflow,
    /// The client did not come back in time (CP-13).
    Absence,
    /// The server said `bye` (CP-15, CP-17).
    Bye,
}

#[derive(Clone, Copy, Debug)]
enum Link {
    Up { heard_on: Timestamp },
    Down { since: Timestamp, clean: bool },
}

/// One session. INVARIANTS: `replay` holds the frames `acked + 1 ..= last_seq`; `sent <= replay.len()`.
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    link: Link,
    last_seq: u64,
    acked: u64,
    replay: VecDeque<String>,
    replay_bytes: usize,
    /// How many frames of `replay` went to the present socket.
    sent: usize,
    /// Highest request id taken.
    handled: u64,
    waiting: VecDeque<(u64, Request)>,
    in_flight: Option<u64>,
    resumed: Option<String>,
    pong_due: bool,
    closing: Option<Output>,
    ended: Option<EndedBy>,
}

impl Session {
    /// A session with its first socket.
    pub fn new(limits: Limits, now: Timestamp) -> Self {
        Self {
            limits,
            link: Link::Up { heard_on: now },
            last_seq: 0,
            acked: 0,
            replay: VecDeque::new(),
            replay_bytes: 0,
            sent: 0,
            handled: 0,
            waiting: VecDeque::new(),
            in_flight: None,
            resumed: None,
            pong_due: false,
            closing: None,
            ended: None,
        }
    }

    /// When the socket was lost and whether the client closed it; `None` while there is one.
    pub fn lost(&self) -> Option<(Timestamp, bool)> {
        match self.link {
            Link::Up { .. } => None,
            Link::Down { since, clean } => Some((since, clean)),
        }
    }

    /// Why the session is over.
    pub fn ended(&self) -> Option<EndedBy> {
        self.ended
    }

    /// A text frame came.
    pub fn handle_frame(&mut self, text: &str, now: Timestamp) {
        if self.ended.is_some() || self.lost().is_some() {
            return;
        }
        self.link = Link::Up { heard_on: now };
        match parse_frame(text) {
            Some(ClientFrame::Ping { ack }) => self.handle_ping(ack, now),
            Some(ClientFrame::Request { id, request }) => self.handle_request(id, request, now),
            None => self.close_socket(CloseCode::Malformed, now),
        }
    }

    /// A binary or overlong frame came.
    pub fn handle_malformed(&mut self, now: Timestamp) {
        if self.ended.is_none() && self.lost().is_none() {
            self.close_socket(CloseCode::Malformed, now);
        }
    }

    /// The socket is gone; `clean` when the client closed it with 1000 or 1001.
    pub fn handle_closed(&mut self, clean: bool, now: Timestamp) {
        if self.lost().is_none() {
            self.link = Link::Down { since: now, clean };
        }
    }

    /// A new socket resumes (CP-12). `false`: it cannot, the frames after `after` are not held (CP-13).
    pub fn handle_resume(&mut self, after: u64, now: Timestamp) -> bool {
        if self.ended.is_some() || after < self.acked || after > self.last_seq {
            return false;
        }
        self.link = Link::Up { heard_on: now };
        self.closing = None;
        self.pong_due = false;
        self.acknowledge(after);
        self.sent = 0;
        let handled = self.handled;
        self.resumed = Some(Opened::Resumed { handled }.text());
        true
    }

    /// Time passed.
    pub fn handle_time(&mut self, now: Timestamp) {
        if self.next_deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.link {
            Link::Up { .. } => {
                self.closing = Some(Output::Drop);
                self.link = Link::Down {
                    since: now,
                    clean: false,
                };
            }
            Link::Down { .. } => self.ended = Some(EndedBy::Absence),
        }
    }

    /// When `handle_time` has something to do.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.ended.is_some() {
            return None;
        }
        Some(match self.link {
            Link::Up { heard_on } => heard_on.plus(self.limits.heartbeat * 5 / 2),
            Link::Down { since, .. } => since.plus(self.limits.resume_window),
        })
    }

    /// The next request to do. The one before must have been answered by `reply`.
    pub fn poll_request(&mut self) -> Option<(u64, Request)> {
        if self.in_flight.is_some() || self.ended.is_some() {
            return None;
        }
        let (id, request) = self.waiting.pop_front()?;
        self.in_flight = Some(id);
        Some((id, request))
    }

    /// The request in hand is done.
    pub fn reply(&mut self, result: Value) {
        if let Some(id) = self.in_flight.take() {
            self.push(&Frame::Reply { id, result });
        }
    }

    /// The request in hand was refused.
    pub fn refuse(&mut self, code: u16, sub_code: u32, message: impl Into<String>) {
        if let Some(id) = self.in_flight.take() {
            let message = message.into();
            self.push(&Frame::Error {
                id,
                code,
                sub_code,
                message,
            });
        }
    }

    /// Numbers a frame and keeps it until it is acknowledged.
    pub fn push(&mut self, frame: &Frame) {
        if self.ended.is_some() {
            return;
        }
        self.last_seq += 1;
        let text = frame.text(self.last_seq);
        self.replay_bytes += text.len();
        self.replay.push_back(text);
        let over = self.replay.len() > self.limits.replay_frames_max
            || self.replay_bytes > self.limits.replay_bytes_max;
        if over {
            self.overflow();
        }
    }

    /// The session cannot keep up: what is left unsent is given up (CP-7).
    pub fn overflow(&mut self) {
        self.end(EndedBy::Overflow, CloseCode::Gone);
        self.replay.clear();
        self.sent = 0;
    }

    /// Says `bye` and closes after everything before it was sent.
    pub fn bye(&mut self, code: u16, sub_code: u32, reason: &'static str, close: CloseCode) {
        self.push(&Frame::Bye {
            code,
            sub_code,
            reason,
        });
        if self.ended.is_none() {
            self.end(EndedBy::Bye, close);
        }
    }

    /// Whether `poll_output` has something.
    pub fn has_output(&self) -> bool {
        let flushing = self.lost().is_none();
        self.resumed.is_some()
            || self.closing.is_some()
            || flushing && (self.pong_due || self.sent < self.replay.len())
    }

    /// What the present socket has to do next. The first `Close` or `Drop` is its last.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(text) = self.resumed.take() {
            return Some(Output::Text(text));
        }
        let flushing = self.lost().is_none() && !matches!(self.closing, Some(Output::Drop));
        if flushing {
            if let Some(text) = self.replay.get(self.sent) {
                self.sent += 1;
                return Some(Output::Text(text.clone()));
            }
            if std::mem::take(&mut self.pong_due) {
                return Some(Output::Text("{\"type\":\"pong\"}".to_owned()));
            }
        }
        self.closing.take()
    }

    fn end(&mut self, by: EndedBy, close: CloseCode) {
        self.ended = Some(by);
        self.waiting.clear();
        self.closing = Some(Output::Close(close));
    }

    fn close_socket(&mut self, code: CloseCode, now: Timestamp) {
        self.closing = Some(Output::Close(code));
        self.link = Link::Down {
            since: now,
            clean: false,
        };
    }

    fn handle_ping(&mut self, ack: u64, now: Timestamp) {
        if ack > self.last_seq {
            return self.close_socket(CloseCode::Malformed, now);
        }
        self.acknowledge(ack);
        self.pong_due = true;
    }

    fn handle_request(&mut self, id: u64, request: Result<Request, RequestError>, now: Timestamp) {
        if id <= self.handled {
            return;
        }
        if id != self.handled + 1 {
            return self.close_socket(CloseCode::Malformed, now);
        }
        self.handled = id;
        let request = request.and_then(|request| {
            if self.waiting.len() < self.limits.requests_max {
                Ok(request)
            } else {
                Err(RequestError::TooMany)
            }
        });
        match request {
            Ok(request) => self.waiting.push_back((id, request)),
            Err(error) => self.push(&Frame::Error {
                id,
                code: error.code(),
                sub_code: 0,
                message: error.to_string(),
            }),
        }
    }

    /// Frees the frames up to `ack`; a lower number than before says nothing new.
    fn acknowledge(&mut self, ack: u64) {
        while self.acked < ack {
            let Some(text) = self.replay.pop_front() else {
                return;
            };
            self.acked += 1;
            self.replay_bytes -= text.len();
            self.sent = self.sent.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
