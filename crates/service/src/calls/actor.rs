//! The actor of one live call: the only place that holds its state. It decides, saves, and then answers and announces, one
//! ask after the other.
use super::{
    Shared,
    control::{ControlEvent, ControlParticipant},
    forwarding::media_id,
    handle::Tally,
    heartbeat::LiveLegs,
    joining::{Arrivals, Joined, Joining},
    news::{LobbyView, NewsSink, Said},
    save::Decided,
    stage::{Changing, Passed},
    steering::Listener,
    subject::Subject,
};
use crate::{
    ServiceError,
    context::random_uuid,
    media::{MediaCallId, MediaCommand, MediaError, MediaEvent, PeerId, Want},
    meetings::MeetingChanged,
    policies::PolicyChanged,
    rooms::RoomChanged,
};
use parvis_domain::{
    call::{Call, CallEvent, CallKey, Command, EndCode, Home, Party},
    capability::ChangeReason,
    ids::{CallId, LegId, OrganisationId},
};
use parvis_store::calls::StoredCall;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};
use tokio::sync::{broadcast, mpsc, oneshot};

/// Asks that wait for a call; the next is refused with 503.
pub(super) const MAILBOX_MAX: usize = 256;
/// Media events that wait; the worker drops what it must.
const MEDIA_EVENTS_MAX: usize = 256;
/// Until a failed save or a full media queue is tried again.
const RETRY: Duration = Duration::from_millis(250);
/// Longest sleep: the wall clock may be set.
const SLEEP_MAX: Duration = Duration::from_mins(1);

/// Which session holds a leg: a later session of the leg has a higher number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attached {
    pub(super) leg: LegId,
    pub(super) number: u64,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, EndCode>>;

/// What a session asks of the call.
pub(super) enum Ask {
    Join(Box<Joining>, Reply<Joined>),
    Do {
        from: Attached,
        command: Command,
        asked: usize,
        reply: Reply<Tally>,
    },
    /// In nobody's session: the server's own decision, or a builder's.
    Serve {
        command: Command,
        reply: Reply<()>,
    },
    /// Which call this is, and in whose name a builder's leg in it is.
    Identify {
        leg: Option<LegId>,
        reply: Reply<(CallId, Option<Party>)>,
    },
    ControlRoster {
        reply: Reply<Vec<ControlParticipant>>,
    },
    ControlEvents {
        leg: Option<LegId>,
        events: mpsc::Sender<ControlEvent>,
    },
    Roster {
        from: Attached,
        reply: Reply<()>,
    },
    LobbyList {
        from: Attached,
        reply: Reply<Vec<LobbyView>>,
    },
    View {
        from: Attached,
        wants: Vec<Want>,
        reply: Reply<()>,
    },
    Place {
        from: Attached,
        reply: Reply<(MediaCallId, PeerId)>,
    },
    Say {
        from: Attached,
        said: Said,
        to: Option<Vec<LegId>>,
        reply: Reply<()>,
    },
    Offered {
        from: Attached,
        reply: Reply<()>,
    },
}

pub(super) struct Session {
    pub(super) number: u64,
    pub(super) sink: NewsSink,
}

/// One live call and everything around it. INVARIANT: `call` is what the store holds.
pub(super) struct Actor {
    pub(super) shared: Shared,
    pub(super) key: CallKey,
    pub(super) call: Call,
    pub(super) subject: Subject,
    begun: bool,
    pub(super) rejoin_keys: HashMap<LegId, [u8; 32]>,
    pub(super) sessions: HashMap<LegId, Session>,
    pub(super) next_number: u64,
    /// Legs that were told where to offer: the media plane may have a peer of each.
    pub(super) placed: HashSet<LegId>,
    /// Those of them whose offer was answered.
    pub(super) offered: HashSet<LegId>,
    pub(super) wants: HashMap<LegId, Vec<Want>>,
    /// Legs whose gate the media plane has yet to hear of.
    pub(super) due_gates: BTreeSet<LegId>,
    /// Legs whose wishes the media plane has yet to hear of.
    pub(super) due_wants: BTreeSet<LegId>,
    /// Legs whose peer the media plane has yet to remove.
    pub(super) due_removals: BTreeSet<LegId>,
    /// How often each person came in lately.
    pub(super) arrivals: Arrivals,
    /// What each leg passed on lately.
    pub(super) passed: Passed,
    /// What each leg changed lately for all to see.
    changing: Changing,
    /// Builders' servers that hear of this call.
    pub(super) listeners: Vec<Listener>,
    reload_due: bool,
    retrying: bool,
    asks: mpsc::Receiver<Ask>,
    media_events: mpsc::Receiver<MediaEvent>,
    /// The worker went down; nothing of this call is forwarded any more.
    pub(super) media_gone: bool,
    meeting_changes: broadcast::Receiver<MeetingChanged>,
    policy_changes: broadcast::Receiver<PolicyChanged>,
    room_changes: broadcast::Receiver<RoomChanged>,
}

impl Actor {
    /// A new call, or one that the store kept. Fails when no media worker takes it.
    pub(super) fn new(
        shared: Shared,
        key: CallKey,
        subject: Subject,
        stored: Option<StoredCall>,
        asks: mpsc::Receiver<Ask>,
    ) -> Result<Self, MediaError> {
        let (rules, timings, now) = (
            subject.rules(),
            shared.context.call_timings,
            shared.context.now(),
        );
        let begun = stored.is_some();
        let is_room = matches!(key, CallKey::Room(_));
        let (call, rejoin_keys) = match stored {
            Some(stored) => {
                let keys = stored.rejoin_keys.into_iter().collect();
                (Call::restore(stored.call, rules, timings), keys)
            }
            None => {
                let id = match &key {
                    CallKey::Direct { call, .. } => *call,
                    CallKey::Meeting(_) | CallKey::Group { .. } | CallKey::Room(_) => {
                        CallId(random_uuid())
                    }
                };
                (
                    Call::new(id, key.kind(), rules, timings, now),
                    HashMap::new(),
                )
            }
        };
        let (events, media_events) = mpsc::channel(MEDIA_EVENTS_MAX);
        shared.media.open_call(media_id(&call), events)?;
        Ok(Self {
            meeting_changes: shared.meetings.subscribe(),
            policy_changes: shared.policies.subscribe(),
            room_changes: shared.rooms.subscribe(),
            shared,
            key,
            call,
            subject,
            begun,
            rejoin_keys,
            sessions: HashMap::new(),
            next_number: 0,
            placed: HashSet::new(),
            offered: HashSet::new(),
            wants: HashMap::new(),
            due_gates: BTreeSet::new(),
            due_wants: BTreeSet::new(),
            due_removals: BTreeSet::new(),
            arrivals: Arrivals::default(),
            passed: Passed::default(),
            changing: Changing::default(),
            listeners: Vec::new(),
            // A room may have changed after its call was last saved.
            reload_due: begun && is_room,
            retrying: false,
            asks,
            media_events,
            media_gone: false,
        })
    }

    /// Runs until nobody is left.
    pub(super) async fn run(mut self) {
        self.ring_again();
        while self.step().await {
            self.lose_abandoned();
            self.flush_media();
            let idle = self.call.legs().next().is_none() && self.call.seats().next().is_none();
            if idle || self.call.is_over() {
                break;
            }
        }
        self.close().await;
    }

    async fn step(&mut self) -> bool {
        let sleep = self.sleep();
        tokio::select! {
            ask = self.asks.recv() => match ask {
                Some(ask) => self.handle_ask(ask).await,
                None => return false,
            },
            event = self.media_events.recv(), if !self.media_gone => match event {
                Some(event) => self.handle_media(event),
                None => self.lose_media(),
            },
            changed = self.meeting_changes.recv() => {
                let theirs = |changed: MeetingChanged| self.subject.thread() == Some(&changed.thread);
                self.reload_due |= changed.map_or_else(|error| is_lagged(&error), theirs);
                self.reload_if_due().await;
            }
            changed = self.policy_changes.recv() => {
                let theirs = |changed: PolicyChanged| self.organisation() == Some(changed.0);
                self.reload_due |= changed.map_or_else(|error| is_lagged(&error), theirs);
                self.reload_if_due().await;
            }
            changed = self.room_changes.recv() => {
                let theirs = |changed: RoomChanged| self.key == CallKey::Room(changed.room);
                self.reload_due |= changed.map_or_else(|error| is_lagged(&error), theirs);
                self.reload_if_due().await;
            }
            () = tokio::time::sleep(sleep) => {
                self.retrying = false;
                self.handle_time().await;
                self.reload_if_due().await;
            }
        }
        true
    }

    fn sleep(&self) -> Duration {
        let media_due = [&self.due_gates, &self.due_wants, &self.due_removals]
            .iter()
            .any(|due| !due.is_empty());
        if self.retrying || self.reload_due || media_due {
            return RETRY;
        }
        let due = self
            .call
            .next_deadline()
            .map(|at| at.since(self.shared.context.now()));
        due.unwrap_or(SLEEP_MAX).min(SLEEP_MAX)
    }

    async fn handle_ask(&mut self, ask: Ask) {
        match ask {
            Ask::Join(joining, reply) => match self.join(*joining).await {
                Ok((joined, events)) => {
                    // A session that gave up meanwhile is noticed when its news cannot be told.
                    let _ = reply.send(Ok(joined));
                    self.announce(&events);
                }
                // Who asks begins the next call.
                Err(EndCode::CALL_OVER) => drop(reply),
                Err(end) => refuse("join", end, reply),
            },
            Ask::Do {
                from,
                command,
                asked,
                reply,
            } => {
                let name = name_of(&command);
                match self.perform(from, command).await {
                    Ok(events) => {
                        let _ = reply.send(Ok(tally(&events, asked)));
                        self.announce(&events);
                    }
                    Err(end) => refuse(name, end, reply),
                }
            }
            Ask::Serve { command, reply } => self.serve(command, reply).await,
            Ask::Identify { leg, reply } => {
                let _ = reply.send(self.identify(leg));
            }
            Ask::ControlRoster { reply } => {
                let _ = reply.send(Ok(self.control_roster()));
            }
            Ask::ControlEvents { leg, events } => self.listen(leg, events),
            Ask::Roster { from, reply } => match self.check_connected(from) {
                Ok(()) => {
                    let _ = reply.send(Ok(()));
                    self.tell_full_roster(from.leg);
                }
                Err(end) => refuse("rosterSync", end, reply),
            },
            Ask::LobbyList { from, reply } => {
                let list = self
                    .check_connected(from)
                    .map(|()| self.lobby_views(from.leg));
                let _ = reply.send(list);
            }
            Ask::View { from, wants, reply } => {
                let _ = reply.send(self.view(from, wants));
            }
            Ask::Place { from, reply } => {
                let _ = reply.send(self.place(from));
            }
            Ask::Say {
                from,
                said,
                to,
                reply,
            } => {
                let _ = reply.send(self.say(from, said, to.as_deref()));
            }
            Ask::Offered { from, reply } => {
                let _ = reply.send(self.note_offered(from));
            }
        }
    }

    async fn perform(
        &mut self,
        from: Attached,
        command: Command,
    ) -> Result<Vec<CallEvent>, EndCode> {
        self.check(from)?;
        let now = self.shared.context.now();
        self.changing.count(from.leg, &command, now)?;
        let live = &self.shared.live;
        match command {
            Command::Lose { leg, .. } => live.remove(leg),
            Command::Resume { leg } => live.insert(leg),
            _ => {}
        }
        self.apply(command).await
    }

    /// Decides and saves; nothing happened when either fails.
    pub(super) async fn apply(&mut self, command: Command) -> Result<Vec<CallEvent>, EndCode> {
        let mut next = self.call.clone();
        let events = next.handle(command, self.shared.context.now())?;
        self.commit(next, &events).await?;
        Ok(events)
    }

    async fn handle_time(&mut self) {
        let mut next = self.call.clone();
        let events = next.handle_time(self.shared.context.now());
        if !events.is_empty() && self.commit(next, &events).await.is_ok() {
            self.announce(&events);
        }
    }

    async fn commit(&mut self, next: Call, events: &[CallEvent]) -> Result<(), EndCode> {
        let decided = Decided {
            key: &self.key,
            organisation: self.organisation(),
            begun: self.begun,
            before: &self.call,
            call: &next,
            rejoin_keys: &self.rejoin_keys,
            now: self.shared.context.now(),
        };
        let changes = decided.changes(events);
        if !changes.is_empty() {
            let saved = self
                .shared
                .context
                .store
                .save_call(next.id(), &changes)
                .await;
            if let Err(error) = saved {
                tracing::error!(call = %next.id(), %error, "a call's change was not saved");
                self.retrying = true;
                return Err(EndCode::UNAVAILABLE);
            }
            if !self.begun {
                self.begun = true;
                self.mark_used().await;
            }
        }
        self.call = next;
        self.keep_windows(events).await;
        Ok(())
    }

    async fn mark_used(&self) {
        if let Subject::Meeting(record) = &self.subject
            && let Err(error) = self.shared.meetings.mark_used(&record.meeting).await
        {
            tracing::warn!(call = %self.call.id(), %error, "a meeting's use was not noted");
        }
    }

    async fn reload_if_due(&mut self) {
        if !self.reload_due {
            return;
        }
        if let Err(error) = self.reload().await {
            tracing::warn!(call = %self.call.id(), %error, "what a call is the session of was not read");
        }
    }

    /// Loads what the call is the session of, and holds the call to it.
    pub(super) async fn reload(&mut self) -> Result<(), ServiceError> {
        let command = match &self.key {
            CallKey::Group { .. } | CallKey::Direct { .. } => {
                self.reload_due = false;
                return Ok(());
            }
            CallKey::Meeting(thread) => match self.shared.meetings.load(thread).await? {
                Some(record) => {
                    self.subject = Subject::Meeting(Box::new(record));
                    self.reconsider()
                }
                None => Command::Close {
                    end: EndCode::CALL_OVER,
                },
            },
            CallKey::Room(room) => {
                let found = self.shared.rooms.find(*room).await?;
                self.subject = Subject::Room(found.map(Box::new));
                self.invitations()
            }
        };
        // Until it is applied it stays due.
        self.reload_due = true;
        if let Ok(events) = self.apply(command).await {
            self.reload_due = false;
            self.announce(&events);
        }
        Ok(())
    }

    /// Everybody's invitation as the room has it now.
    fn invitations(&self) -> Command {
        let now = self.shared.context.now();
        let seated = self.call.seats().map(|seat| &seat.leg);
        let legs = self.call.legs().chain(seated);
        Command::Invitations {
            rules: self.subject.rules(),
            verdicts: legs
                .map(|leg| (leg.id, self.subject.reinvitation(&leg.person.raw_id, now)))
                .collect(),
        }
    }

    fn reconsider(&self) -> Command {
        let now = self.shared.context.now();
        let verdict = |leg| self.subject.readmit(&self.call, leg, now);
        Command::Reconsider {
            rules: self.subject.rules(),
            verdicts: self
                .call
                .waiting()
                .map(|leg| (leg.id, verdict(leg)))
                .collect(),
            reason: ChangeReason::MeetingOptionOrOrganizerPolicyChanged,
        }
    }

    /// The session that asks still holds the leg.
    pub(super) fn check(&self, from: Attached) -> Result<(), EndCode> {
        match self.sessions.get(&from.leg) {
            Some(session) if session.number == from.number => Ok(()),
            Some(_) | None => Err(EndCode::UNKNOWN_CALL),
        }
    }

    pub(super) fn check_connected(&self, from: Attached) -> Result<(), EndCode> {
        self.check(from)?;
        if self.call.leg(from.leg)?.is_connected() {
            Ok(())
        } else {
            Err(EndCode::FORBIDDEN)
        }
    }

    /// A leg is gone from the call; its seat may still know its key.
    pub(super) fn drop_leg(&mut self, leg: LegId) {
        self.sessions.remove(&leg);
        self.wants.remove(&leg);
        self.passed.forget(leg);
        self.changing.forget(leg);
        self.shared.live.remove(leg);
        self.drop_peer(leg);
    }

    pub(super) fn forget_key(&mut self, leg: LegId) {
        self.rejoin_keys.remove(&leg);
    }

    pub(super) fn live(&self) -> &LiveLegs {
        &self.shared.live
    }

    fn organisation(&self) -> Option<OrganisationId> {
        match &self.subject {
            Subject::Meeting(record) => Some(record.meeting.organisation),
            Subject::Group | Subject::Direct { .. } | Subject::Room(_) => match self.key.home() {
                Some(Home::Organisation(organisation)) => Some(organisation),
                Some(Home::Resource(_)) | None => None,
            },
        }
    }

    async fn close(mut self) {
        self.asks.close();
        for invitation in self.call.invitations() {
            // Over without an end of its own: the rings must not outlive the call.
            let end = EndCode::RING_CANCELLED;
            self.shared.rings.end(invitation.id, Err(end));
        }
        self.shared.registry.forget(&self.key).await;
        let call = media_id(&self.call);
        while self.shared.media.command(call, MediaCommand::CloseCall)
            == Err(MediaError::Overloaded)
        {
            tokio::time::sleep(RETRY).await;
        }
    }
}

fn is_lagged(error: &broadcast::error::RecvError) -> bool {
    matches!(error, broadcast::error::RecvError::Lagged(_))
}

fn refuse<T>(what: &'static str, end: EndCode, reply: Reply<T>) {
    tracing::info!(
        what,
        code = end.code,
        sub_code = end.sub_code,
        "a call refused a request"
    );
    let _ = reply.send(Err(end));
}

fn tally(events: &[CallEvent], asked: usize) -> Tally {
    let success = events
        .iter()
        .filter(|event| match event {
            CallEvent::Admitted { .. } => true,
            CallEvent::Ended { end, .. } => *end == EndCode::LOBBY_DENIED,
            _ => false,
        })
        .count();
    Tally {
        success,
        failure: asked.saturating_sub(success),
    }
}

fn name_of(command: &Command) -> &'static str {
    match command {
        Command::Join { .. } | Command::Rejoin { .. } => "join",
        Command::Start { .. } => "start",
        Command::Invite { .. } => "invite",
        Command::Answer { .. } => "accept",
        Command::EndRing { .. } => "decline",
        Command::Expel { .. } => "expel",
        Command::Mute { .. } => "mute",
        Command::Hold { .. } => "hold",
        Command::Lose { .. } => "lose",
        Command::Resume { .. } => "resume",
        Command::Leave { .. } => "leave",
        Command::EndForAll { .. } => "endForAll",
        Command::Admit { .. } => "admit",
        Command::AdmitAll { .. } => "admitAll",
        Command::Reject { .. } => "reject",
        Command::Remove { .. } => "remove",
        Command::SetRole { .. } => "setRole",
        Command::Publish { .. } => "publish",
        Command::MuteOthers { .. } => "muteOthers",
        Command::Hand { .. } => "hand",
        Command::LowerHands { .. } => "lowerHands",
        Command::Spotlight { .. } => "spotlight",
        Command::Access { .. } => "access",
        Command::React { .. } => "react",
        Command::MediaUp { .. } | Command::MediaLost { .. } => "media",
        Command::Reconsider { .. } | Command::Invitations { .. } => "reconsider",
        Command::End { .. } | Command::Close { .. } => "end",
    }
}
