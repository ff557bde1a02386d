//! The task of one session. It outlives its sockets: it feeds the session machine, does the requests one by one, and keeps
//! the legs in step with the socket, the token and the process.
use super::{
    frames,
    link::{Incoming, Link},
    opening::reject_resume,
    requests::{self, Answer, Pending},
    ringing,
    sessions::{Entry, Resumption},
};
use crate::App;
use axum::extract::ws::Message;
use parvis_domain::{call::EndCode, principal::Principal, time::Timestamp};
use parvis_service::{
    ServiceError,
    calls::{CallRefusal, Endpoint, LegHandle, LegNews, LegNote, NewsSink, RingNews, RingSink},
    context::TokensEnded,
};
use parvis_signalling::{ClientLeg, CloseCode, EndedBy, Limits, Output, Request, Session};
use serde_json::json;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::{Notify, broadcast, mpsc, watch};

/// CP-7: legs of one session.
const LEGS_MAX: usize = 8;
/// News that wait for this task; past it the session ends.
const NOTES_MAX: usize = 2_048;
/// Rings that wait for this task; past it the session ends.
const RINGS_MAX: usize = 64;
/// How often the token is looked at again: another node may have ended it, or a key was rotated.
const TOKEN_CHECK: Duration = Duration::from_mins(1);
/// How long the end of the legs may take when the token ended.
const FAREWELL_MAX: Duration = Duration::from_secs(5);

/// What a new session starts with.
pub(super) struct Starting {
    pub(super) principal: Principal,
    pub(super) token: String,
    pub(super) entry: Entry,
    pub(super) resumptions: mpsc::Receiver<Resumption>,
    pub(super) limits: Limits,
    pub(super) welcome: String,
}

struct Held {
    name: ClientLeg,
    handle: LegHandle,
}

/// What a session waits for.
enum Happening {
    Answer(Answer),
    Stop,
    TokensEnded(Result<TokensEnded, broadcast::error::RecvError>),
    Resumption(Box<Resumption>),
    Overflow,
    Note(LegNote),
    Ring(RingNews),
    Ready(bool),
    Incoming(Incoming),
    Time,
}

pub(super) struct SessionTask {
    app: App,
    session: Session,
    link: Option<Link>,
    principal: Principal,
    token: String,
    token_check_on: Timestamp,
    /// Legs by the tag of their news.
    legs: HashMap<u64, Held>,
    next_tag: u64,
    pending: Option<Pending>,
    /// Whether the legs were told that the socket is lost.
    lost: bool,
    notes: mpsc::Receiver<LegNote>,
    notes_sender: mpsc::Sender<LegNote>,
    overflow: Arc<Notify>,
    /// This client as one that can ring; not while its page is closed.
    endpoint: Option<Endpoint>,
    rings: mpsc::Receiver<RingNews>,
    ring_sink: RingSink,
    resumptions: mpsc::Receiver<Resumption>,
    tokens_ended: broadcast::Receiver<TokensEnded>,
    shutdown: watch::Receiver<bool>,
    _entry: Entry,
}

impl SessionTask {
    pub(super) fn new(app: App, starting: Starting, link: Link) -> Self {
        let now = app.services.context.now();
        let (notes_sender, notes) = mpsc::channel(NOTES_MAX);
        let (rings_sender, rings) = mpsc::channel(RINGS_MAX);
        let overflow = Arc::new(Notify::new());
        let ring_sink = RingSink::new(rings_sender, overflow.clone());
        let endpoint = app
            .services
            .calls
            .add_endpoint(&starting.principal, ring_sink.clone());
        Self {
            session: Session::new(starting.limits, now),
            link: Some(link),
            principal: starting.principal,
            token: starting.token,
            token_check_on: now.plus(TOKEN_CHECK),
            legs: HashMap::new(),
            next_tag: 0,
            pending: None,
            lost: false,
            notes,
            notes_sender,
            overflow,
            endpoint: Some(endpoint),
            rings,
            ring_sink,
            resumptions: starting.resumptions,
            tokens_ended: app.services.context.tokens_ended.subscribe(),
            shutdown: app.shutdown.clone(),
            _entry: starting.entry,
            app,
        }
    }

    /// Runs until the session is over and its last frames are on their way.
    pub(super) async fn run(mut self) {
        while self.session.ended().is_none() {
            self.step().await;
            self.follow_up().await;
        }
        // Legs whose token ended are over; at shutdown they wait for the next process (CP-17).
        if self.session.ended() != Some(EndedBy::Bye) {
            for held in self.legs.values() {
                held.handle.lose(false).await;
            }
        }
        let _ = tokio::time::timeout(FAREWELL_MAX, self.flush()).await;
    }

    /// Waits for whatever comes first. The request in hand is looked at before news, so that its answer comes before what
    /// it brought about.
    async fn step(&mut self) {
        let sleep = self.sleep();
        let has_output = self.session.has_output();
        let queue = self.link.as_ref().map(Link::queue);
        let happening = tokio::select! {
            biased;
            answer = pending(self.pending.as_mut()) => Happening::Answer(answer),
            () = stopped(&mut self.shutdown) => Happening::Stop,
            ended = self.tokens_ended.recv() => Happening::TokensEnded(ended),
            Some(resumption) = self.resumptions.recv() => Happening::Resumption(Box::new(resumption)),
            () = self.overflow.notified() => Happening::Overflow,
            Some(note) = self.notes.recv() => Happening::Note(note),
            Some(news) = self.rings.recv() => Happening::Ring(news),
            ready = ready(queue), if has_output => Happening::Ready(ready),
            incoming = read(self.link.as_mut()) => Happening::Incoming(incoming),
            () = tokio::time::sleep(sleep) => Happening::Time,
        };
        match happening {
            Happening::Answer(answer) => self.handle_answer(answer),
            Happening::Stop => self.session.bye(503, 0, "shutdown", CloseCode::Restart),
            Happening::TokensEnded(ended) => self.handle_tokens_ended(ended).await,
            Happening::Resumption(resumption) => self.handle_resumption(*resumption).await,
            Happening::Overflow => self.session.overflow(),
            Happening::Note(note) => self.handle_note(note),
            Happening::Ring(news) => self.session.push(&frames::ring_frame(news)),
            Happening::Ready(ready) => self.write(ready),
            Happening::Incoming(incoming) => self.handle_incoming(incoming),
            Happening::Time => self.handle_time().await,
        }
    }

    /// Starts the next request and keeps the legs in step with the socket.
    async fn follow_up(&mut self) {
        if self.pending.is_none()
            && let Some((_, request)) = self.session.poll_request()
        {
            self.pending = Some(self.start(request));
        }
        if let Some((_, clean)) = self.session.lost()
            && !self.lost
            && self.session.ended().is_none()
        {
            self.lost = true;
            if clean {
                // Nobody looks at a closed page; it is told again when it comes back.
                self.endpoint = None;
            }
            for held in self.legs.values() {
                held.handle.lose(clean).await;
            }
        }
        if self.session.lost().is_some() && !self.session.has_output() {
            self.link = None;
        }
    }

    fn sleep(&self) -> Duration {
        let deadlines = [
            self.session.next_deadline(),
            Some(self.principal.expires_on),
            Some(self.token_check_on),
        ];
        let first = deadlines
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.token_check_on);
        let wait = first.since(self.now());
        // A millisecond more, as the clock counts whole ones.
        wait + Duration::from_millis(1)
    }

    fn now(&self) -> Timestamp {
        self.app.services.context.now()
    }

    fn start(&mut self, request: Request) -> Pending {
        match request {
            Request::Token { token } => requests::token(self.app.clone(), &self.principal, token),
            Request::Join(join) => match self.new_leg(join.leg) {
                Err(end) => requests::ready(Err(end.into())),
                Ok((tag, sink)) => {
                    requests::join(self.app.clone(), self.principal.clone(), join, tag, sink)
                }
            },
            Request::Start(start) => match self.new_leg(start.leg) {
                Err(end) => requests::ready(Err(end.into())),
                Ok((tag, sink)) => {
                    ringing::start(self.app.clone(), self.principal.clone(), start, tag, sink)
                }
            },
            Request::Accept(accept) => match self.new_leg(accept.leg) {
                Err(end) => requests::ready(Err(end.into())),
                Ok((tag, sink)) => {
                    let (app, principal) = (self.app.clone(), self.principal.clone());
                    let endpoint = self.endpoint.as_ref().map(Endpoint::number);
                    ringing::accept(app, principal, accept, endpoint, tag, sink)
                }
            },
            Request::Decline { ring } => {
                ringing::decline(self.app.clone(), self.principal.clone(), ring)
            }
            other => {
                let name = requests::leg_of(&other);
                let held = self.legs.values().find(|held| Some(held.name) == name);
                match held {
                    Some(held) => requests::of_leg(
                        self.app.clone(),
                        self.principal.clone(),
                        held.handle.clone(),
                        other,
                    ),
                    None => requests::ready(Err(EndCode::UNKNOWN_CALL.into())),
                }
            }
        }
    }

    /// The tag and the way of news for a leg that the client calls so.
    fn new_leg(&mut self, name: ClientLeg) -> Result<(u64, NewsSink), EndCode> {
        if self.legs.values().any(|held| held.name == name) {
            return Err(EndCode::MALFORMED);
        }
        if self.legs.len() >= LEGS_MAX {
            return Err(EndCode::TOO_MANY);
        }
        self.next_tag += 1;
        let tag = self.next_tag;
        let sink = NewsSink::new(tag, self.notes_sender.clone(), self.overflow.clone());
        Ok((tag, sink))
    }

    fn handle_answer(&mut self, answer: Answer) {
        self.pending = None;
        match answer {
            Answer::Value(Ok(value)) => self.session.reply(value),
            Answer::Value(Err(refusal)) => self.refuse(refusal),
            Answer::Joined { leg, tag, joined } => match *joined {
                Ok(joined) => {
                    self.session.reply(json!(frames::joined(leg, &joined)));
                    let handle = joined.handle;
                    // When the socket was lost while the join was under way, this leg has yet to hear of it.
                    self.lost = false;
                    self.legs.insert(tag, Held { name: leg, handle });
                }
                Err(refusal) => self.refuse(refusal),
            },
            Answer::Token(renewed) => match *renewed {
                Ok((principal, token)) => {
                    (self.principal, self.token) = (principal, token);
                    self.session.reply(json!({}));
                }
                Err(refusal) => self.refuse(refusal),
            },
        }
    }

    fn refuse(&mut self, refusal: CallRefusal) {
        let EndCode { code, sub_code } = refusal.end;
        let message = refusal
            .detail
            .unwrap_or_else(|| refusal.end.message().to_owned());
        self.session.refuse(code, sub_code, message);
    }

    fn handle_note(&mut self, note: LegNote) {
        let Some(held) = self.legs.get(&note.tag) else {
            return;
        };
        let over = matches!(note.news, LegNews::Ended { .. });
        self.session.push(&frames::frame(held.name, note.news));
        if over {
            self.legs.remove(&note.tag);
        }
    }

    fn handle_incoming(&mut self, incoming: Incoming) {
        let now = self.now();
        match incoming {
            Incoming::Text(text) => self.session.handle_frame(&text, now),
            Incoming::Malformed => self.session.handle_malformed(now),
            Incoming::Closed { clean } => {
                self.link = None;
                self.session.handle_closed(clean, now);
            }
        }
    }

    /// CP-12, CP-14.
    async fn handle_resumption(&mut self, resumption: Resumption) {
        let now = self.now();
        if !self.session.handle_resume(resumption.after, now) {
            return reject_resume(resumption.link);
        }
        if let Some(older) = self.link.replace(resumption.link) {
            older.close(CloseCode::Replaced);
        }
        (self.principal, self.token) = (resumption.principal, resumption.token);
        if self.endpoint.is_none() {
            let sink = self.ring_sink.clone();
            let endpoint = self.app.services.calls.add_endpoint(&self.principal, sink);
            self.endpoint = Some(endpoint);
        }
        if std::mem::take(&mut self.lost) {
            for held in self.legs.values() {
                held.handle.resume().await;
            }
        }
    }

    async fn handle_tokens_ended(
        &mut self,
        ended: Result<TokensEnded, broadcast::error::RecvError>,
    ) {
        let theirs = match ended {
            Ok(TokensEnded::Of(raw_id)) => raw_id == self.principal.raw_id,
            Ok(TokensEnded::UnderKeyOf(id)) => Some(id) == self.principal.resource,
            Ok(TokensEnded::Some) | Err(broadcast::error::RecvError::Lagged(_)) => true,
            Err(broadcast::error::RecvError::Closed) => false,
        };
        if theirs {
            self.check_token().await;
        }
    }

    async fn handle_time(&mut self) {
        let now = self.now();
        self.session.handle_time(now);
        if self.principal.expires_on <= now {
            self.end_token("tokenExpired").await;
        } else if self.token_check_on <= now {
            self.token_check_on = now.plus(TOKEN_CHECK);
            self.end_orphans();
            self.check_token().await;
        }
    }

    /// Legs whose call went down without a word. News came first, so whoever is still here heard of no end.
    fn end_orphans(&mut self) {
        let orphans: Vec<_> = self
            .legs
            .iter()
            .filter(|(_, held)| held.handle.is_over())
            .collect();
        let tags: Vec<_> = orphans.into_iter().map(|(tag, _)| *tag).collect();
        for tag in tags {
            let news = LegNews::Ended {
                end: EndCode::UNAVAILABLE,
            };
            self.handle_note(LegNote { tag, news });
        }
    }

    async fn check_token(&mut self) {
        let verified = self.app.services.tokens.verify(&self.token).await;
        if matches!(verified, Err(ServiceError::Unauthenticated)) {
            self.end_token("tokenRevoked").await;
        }
    }

    /// CP-15: every leg ends, then the session.
    async fn end_token(&mut self, reason: &'static str) {
        for held in self.legs.values() {
            held.handle.end(EndCode::TOKEN_ENDED).await;
        }
        let farewell = async {
            while !self.legs.is_empty() {
                let Some(note) = self.notes.recv().await else {
                    break;
                };
                self.handle_note(note);
            }
        };
        // Calls answer at once; if one hangs, its leg's end is found in the roster of the next session.
        let _ = tokio::time::timeout(FAREWELL_MAX, farewell).await;
        let EndCode { code, sub_code } = EndCode::TOKEN_ENDED;
        self.session
            .bye(code, sub_code, reason, CloseCode::Unauthorized);
    }

    /// One output, once the writer has room.
    fn write(&mut self, ready: bool) {
        if !ready {
            self.link = None;
            let now = self.now();
            return self.session.handle_closed(false, now);
        }
        match self.session.poll_output() {
            Some(Output::Text(text)) => {
                if let Some(link) = &self.link {
                    link.send(text);
                }
            }
            Some(Output::Close(code)) => {
                if let Some(link) = self.link.take() {
                    link.close(code);
                }
            }
            Some(Output::Drop) => self.link = None,
            None => {}
        }
    }

    async fn flush(&mut self) {
        while self.link.is_some() && self.session.has_output() {
            let ready = ready(self.link.as_ref().map(Link::queue)).await;
            self.write(ready);
        }
    }
}

async fn pending(request: Option<&mut Pending>) -> Answer {
    match request {
        Some(request) => request.await,
        None => std::future::pending().await,
    }
}

/// Whether the writer can take one more frame; `false` when it is gone.
async fn ready(queue: Option<mpsc::Sender<Message>>) -> bool {
    match queue {
        Some(queue) => queue.reserve().await.is_ok(),
        None => std::future::pending().await,
    }
}

async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    if shutdown.wait_for(|stop| *stop).await.is_err() {
        // Nobody can ask for a stop any more.
        std::future::pending().await
    }
}

async fn read(link: Option<&mut Link>) -> Incoming {
    match link {
        Some(link) => link.read().await,
        None => std::future::pending().await,
    }
}
