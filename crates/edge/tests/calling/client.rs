//! A hand-written client of the calling protocol: it sends what it is told, and checks that every `seq` comes once.
use futures_util::{SinkExt, StreamExt};
use parvis_domain::ids::{CallId, RawId};
use parvis_service::context::random_uuid;
use serde_json::{Value, json};
use std::{collections::VecDeque, net::SocketAddr, time::Duration};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, protocol::CloseFrame},
};
use uuid::Uuid;

/// How long a frame may take.
const PATIENCE: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What a socket brought.
#[derive(Debug)]
pub enum Heard {
    Frame(Value),
    Closed(u16),
}

pub async fn connect(address: SocketAddr) -> Socket {
    let url = format!("ws://{address}/calling/v1/socket");
    connect_async(url).await.expect("connect").0
}

pub async fn send(socket: &mut Socket, frame: &Value) {
    socket
        .send(Message::text(frame.to_string()))
        .await
        .expect("send");
}

/// The next frame or the close code; a dropped socket counts as 1006.
pub async fn hear(socket: &mut Socket) -> Heard {
    loop {
        let next = tokio::time::timeout(PATIENCE, socket.next())
            .await
            .expect("silence");
        match next {
            Some(Ok(Message::Text(text))) => {
                return Heard::Frame(serde_json::from_str(&text).expect("json"));
            }
            Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) => {
                return Heard::Closed(code.into());
            }
            Some(Ok(Message::Close(None)) | Err(_)) | None => return Heard::Closed(1006),
            Some(Ok(_)) => {}
        }
    }
}

pub struct Client {
    pub address: SocketAddr,
    pub socket: Socket,
    pub token: String,
    pub welcome: Value,
    pub leg: Uuid,
    pub participant: String,
    pub rejoin_key: String,
    call: String,
    pub seen: u64,
    pub next_id: u64,
    /// Frames that were read while waiting for others, oldest first.
    kept: VecDeque<Value>,
}

impl Client {
    pub async fn hello(address: SocketAddr, token: &str) -> Self {
        let mut socket = connect(address).await;
        let hello =
            json!({"type": "hello", "version": 1, "token": token, "client": {"name": "test"}});
        send(&mut socket, &hello).await;
        let Heard::Frame(welcome) = hear(&mut socket).await else {
            panic!("closed")
        };
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        Self {
            address,
            socket,
            token: token.to_owned(),
            welcome,
            leg: random_uuid(),
            participant: String::new(),
            rejoin_key: String::new(),
            call: String::new(),
            seen: 0,
            next_id: 1,
            kept: VecDeque::new(),
        }
    }

    /// The next frame that carries a `seq`, which must be the next one.
    async fn read(&mut self) -> Heard {
        loop {
            let heard = hear(&mut self.socket).await;
            let Heard::Frame(frame) = &heard else {
                return heard;
            };
            if frame["type"] == "pong" {
                continue;
            }
            self.seen += 1;
            assert_eq!(
                frame["seq"], self.seen,
                "each frame once, in order: {frame}"
            );
            return heard;
        }
    }

    /// The next frame of a type; others are kept for later.
    pub async fn expect(&mut self, kind: &str) -> Value {
        if let Some(at) = self.kept.iter().position(|frame| frame["type"] == kind) {
            return self.kept.remove(at).expect("kept");
        }
        loop {
            match self.read().await {
                Heard::Frame(frame) if frame["type"] == kind => return frame,
                Heard::Frame(frame) => self.kept.push_back(frame),
                Heard::Closed(code) => {
                    panic!("closed {code} while waiting for {kind}; {:?}", self.kept)
                }
            }
        }
    }

    /// Reads what is under way and answers how many frames of a type there were; they are forgotten.
    pub async fn count(&mut self, kind: &str) -> usize {
        self.ping_pong().await;
        let count = self
            .kept
            .iter()
            .filter(|frame| frame["type"] == kind)
            .count();
        self.kept.retain(|frame| frame["type"] != kind);
        count
    }

    /// All that the server has sent so far is read and kept.
    async fn ping_pong(&mut self) {
        send(&mut self.socket, &json!({"type": "ping", "ack": self.seen})).await;
        loop {
            match hear(&mut self.socket).await {
                Heard::Frame(frame) if frame["type"] == "pong" => return,
                Heard::Frame(frame) => {
                    self.seen += 1;
                    assert_eq!(frame["seq"], self.seen);
                    self.kept.push_back(frame);
                }
                Heard::Closed(code) => panic!("closed {code}"),
            }
        }
    }

    /// The close code, after any frames.
    pub async fn expect_close(&mut self) -> u16 {
        loop {
            match self.read().await {
                Heard::Frame(frame) => self.kept.push_back(frame),
                Heard::Closed(code) => return code,
            }
        }
    }

    /// Sends a request of this leg without waiting; answers its id.
    pub async fn request(&mut self, mut request: Value) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        request["id"] = json!(id);
        if request["leg"].is_null() {
            request["leg"] = json!(self.leg);
        }
        send(&mut self.socket, &request).await;
        id
    }

    pub async fn answer(&mut self, id: u64) -> Value {
        let is_answer = |frame: &Value| {
            frame["id"] == id && (frame["type"] == "reply" || frame["type"] == "error")
        };
        if let Some(at) = self.kept.iter().position(is_answer) {
            return self.kept.remove(at).expect("kept");
        }
        loop {
            match self.read().await {
                Heard::Frame(frame) if is_answer(&frame) => return frame,
                Heard::Frame(frame) => self.kept.push_back(frame),
                Heard::Closed(code) => panic!("closed {code} while waiting for answer {id}"),
            }
        }
    }

    /// The result of a request that must succeed.
    pub async fn ask(&mut self, request: Value) -> Value {
        let id = self.request(request).await;
        let answer = self.answer(id).await;
        assert_eq!(answer["type"], "reply", "{answer}");
        answer["result"].clone()
    }

    /// Code and subcode of a request that must be refused.
    pub async fn refused(&mut self, request: Value) -> (u64, u64) {
        let id = self.request(request).await;
        let answer = self.answer(id).await;
        assert_eq!(answer["type"], "error", "{answer}");
        let number = |name: &str| answer[name].as_u64().expect("number");
        (number("code"), number("subCode"))
    }

    /// Code and subcode of a refusal; 0/0 when the request succeeded.
    pub async fn refused_or(&mut self, request: Value) -> (u64, u64) {
        let id = self.request(request).await;
        let answer = self.answer(id).await;
        let number = |name: &str| answer[name].as_u64().unwrap_or_default();
        (number("code"), number("subCode"))
    }

    pub fn join_frame(&self, link: &str, name: Option<&str>) -> Value {
        let mut join = json!({"type": "join", "locator": {"meetingLink": link}, "muted": false});
        if let Some(name) = name {
            join["displayName"] = json!(name);
        }
        if !self.rejoin_key.is_empty() {
            join["rejoinKey"] = json!(self.rejoin_key);
        }
        join
    }

    pub async fn join(&mut self, link: &str, name: Option<&str>) -> Value {
        let joined = self.ask(self.join_frame(link, name)).await;
        self.note(&joined);
        joined
    }

    /// Rings people (CP-51); the reply that must come.
    pub async fn start(&mut self, callees: &[&RawId], name: &str) -> Value {
        let callees: Vec<_> = callees.iter().map(ToString::to_string).collect();
        let start = json!({"type": "start", "callees": callees, "displayName": name});
        let joined = self.ask(start).await;
        self.note(&joined);
        joined
    }

    /// Answers an `incoming` (CP-53).
    pub async fn accept(&mut self, incoming: &Value, name: Option<&str>) -> Value {
        let mut accept = json!({"type": "accept", "ring": incoming["ring"]});
        if let Some(name) = name {
            accept["displayName"] = json!(name);
        }
        let joined = self.ask(accept).await;
        self.note(&joined);
        joined
    }

    /// Comes back to a call that rang (CP-56).
    pub async fn come_back(&mut self, call: &str) -> Value {
        let mut join = json!({"type": "join", "locator": {"callId": call}});
        join["rejoinKey"] = json!(self.rejoin_key);
        let joined = self.ask(join).await;
        self.note(&joined);
        joined
    }

    /// The next leg gets another name.
    pub fn renew_leg(&mut self) {
        self.leg = random_uuid();
        self.rejoin_key.clear();
    }

    /// The call of this leg.
    pub fn call(&self) -> CallId {
        self.call.parse().expect("joined")
    }

    fn note(&mut self, joined: &Value) {
        let text = |name: &str| joined[name].as_str().expect("text").to_owned();
        self.participant = text("participantId");
        self.rejoin_key = text("rejoinKey");
        self.call = text("callId");
    }

    pub async fn offer(&mut self) {
        let answer = self.ask(json!({"type": "offer", "sdp": "v=0 offer"})).await;
        assert_eq!(answer["sdp"], "v=0 answer");
    }

    /// Code and subcode of this leg's end.
    pub async fn expect_end(&mut self) -> (u64, u64) {
        let ended = self.expect("ended").await;
        assert_eq!(ended["leg"], json!(self.leg));
        let number = |name: &str| ended[name].as_u64().expect("number");
        (number("code"), number("subCode"))
    }

    /// Resumes on a new socket; answers what came first.
    pub async fn resume(&mut self) -> Heard {
        let mut socket = connect(self.address).await;
        let resume = json!({
            "type": "resume",
            "version": 1,
            "session": self.welcome["session"],
            "resumeKey": self.welcome["resumeKey"],
            "after": self.seen,
            "token": self.token,
        });
        send(&mut socket, &resume).await;
        let heard = hear(&mut socket).await;
        self.socket = socket;
        heard
    }

    /// Drops the socket without a word, as a lost network does.
    pub async fn lose_socket(&mut self) {
        let other = connect(self.address).await;
        drop(std::mem::replace(&mut self.socket, other));
    }

    /// Closes the socket as a closed page does.
    pub async fn close_socket(&mut self, code: u16) {
        let frame = CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        self.socket.close(Some(frame)).await.expect("close");
    }

    /// A new session of the same identity that knows this leg's rejoin key.
    pub async fn reborn(&self, address: SocketAddr) -> Self {
        let mut reborn = Self::hello(address, &self.token).await;
        reborn.rejoin_key.clone_from(&self.rejoin_key);
        reborn
    }
}
