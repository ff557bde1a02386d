//! Live calls: one actor per call, found or begun by the first join, brought back from the store after a restart.
//! Sessions hold legs through [`LegHandle`] and hear of them through [`NewsSink`]; media goes through the media port.
mod actor;
mod announce;
mod control;
mod forwarding;
mod handle;
mod heartbeat;
mod joining;
mod news;
mod registry;
mod ring;
mod ringing;
mod save;
mod stage;
mod steering;
mod subject;
mod windows;

pub use control::{CallControl, ControlEvent, ControlParticipant, ControlledCall, TakenRing};
pub use handle::{CallRefusal, LegHandle, Tally};
pub use news::{LegNews, LegNote, LobbyView, NewsSink, ParticipantView, Said, StageView};
pub use ring::{Endpoint, IncomingRing, RINGS_PER_IDENTITY_MAX, RingNews, RingSink};
pub use ringing::{AnswerWish, CALLEES_MAX, StartWish};
pub use stage::{DATA_BYTES_MAX, TEXT_CHARS_MAX};

use crate::{
    ServiceError,
    context::Context,
    media::MediaPlane,
    meetings::{MeetingRecord, Meetings},
    policies::Policies,
    rooms::Rooms,
    threads::Threads,
};
use actor::Ask;
use heartbeat::{HEARTBEAT, LiveLegs};
use joining::{Entrance, Joining};
use parking_lot::Mutex;
use parvis_domain::{
    call::{CallKey, CallKind, EndCode, Person},
    capability::{Capabilities, Role},
    ids::{CallId, RawId, ThreadId},
    link::Locator,
    principal::{Principal, Scope},
    room::RoomId,
};
use registry::Registry;
use ring::Rings;
use std::sync::Arc;
use subject::Subject;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use uuid::Uuid;

/// A call that ends just when somebody joins is begun anew this often.
const TRIES_MAX: usize = 3;
/// CP-21: receive slots for cameras that a page may offer.
pub const VIDEO_SLOTS_MAX: u32 = 16;

/// What a join names (CP-20).
#[derive(Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the protocol")]
pub enum JoinLocator {
    /// A meeting link as a person pasted it.
    Link(String),
    /// A meeting id.
    Id {
        meeting_id: String,
        passcode: Option<String>,
    },
    /// Coordinates.
    Coordinates {
        thread_id: String,
        organizer_id: String,
        tenant_id: String,
        message_id: String,
    },
    /// A group call.
    Group(Uuid),
    /// A call that rang, for those who were in it (CP-56).
    Call(CallId),
    /// A room, by its id.
    Room(String),
}

/// A wish to join.
#[derive(Clone)]
pub struct JoinWish {
    /// What.
    pub locator: JoinLocator,
    /// The name an outsider gives; ignored for members.
    pub display_name: Option<String>,
    /// Whether the microphone starts muted.
    pub muted: bool,
    /// The secret of a leg that goes on (CP-24).
    pub rejoin_key: Option<String>,
}

/// CP-21.
pub struct JoinedLeg {
    /// The leg.
    pub handle: LegHandle,
    /// The call.
    pub call: CallId,
    /// What it is the session of.
    pub kind: CallKind,
    /// Takes part; else it waits in the lobby.
    pub connected: bool,
    /// Somebody has answered; else those whom the leg rings have yet to.
    pub answered: bool,
    /// The secret with which the leg goes on after a lost session.
    pub rejoin_key: String,
    /// The role.
    pub role: Role,
    /// What the person may do.
    pub capabilities: Capabilities,
    /// The chat thread, when connected.
    pub thread: Option<ThreadId>,
    /// The meeting's subject, when connected.
    pub title: Option<String>,
}

/// What every call of a node reaches.
#[derive(Clone)]
struct Shared {
    context: Context,
    meetings: Meetings,
    rooms: Rooms,
    policies: Policies,
    threads: Threads,
    media: Arc<dyn MediaPlane>,
    registry: Registry,
    rings: Rings,
    live: LiveLegs,
    tasks: Arc<Mutex<JoinSet<()>>>,
}

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Calls {
    shared: Shared,
}

impl Calls {
    /// Calls over `context`; nothing runs before `start`.
    pub fn new(
        context: Context,
        meetings: Meetings,
        rooms: Rooms,
        policies: Policies,
        threads: Threads,
        media: Arc<dyn MediaPlane>,
    ) -> Self {
        Self {
            shared: Shared {
                context,
                meetings,
                rooms,
                policies,
                threads,
                media,
                registry: Registry::default(),
                rings: Rings::default(),
                live: LiveLegs::default(),
                tasks: Arc::default(),
            },
        }
    }

    /// Brings back the calls that lived when the process ended, and begins to note who lives.
    pub async fn start(&self) -> Result<(), ServiceError> {
        let calls = self.clone();
        self.shared.tasks.lock().spawn(async move {
            loop {
                tokio::time::sleep(HEARTBEAT).await;
                calls.shared.live.beat(&calls.shared.context).await;
                if reap(&calls.shared)
                    && let Err(error) = calls.bring_back().await
                {
                    tracing::error!(%error, "calls that went down were not brought back");
                }
            }
        });
        self.bring_back().await
    }

    /// Goes on with every call that the store holds and no task does.
    async fn bring_back(&self) -> Result<(), ServiceError> {
        for key in self.shared.context.store.list_live_calls().await? {
            let Some(subject) = self.subject_of(&key).await? else {
                continue;
            };
            if let Err(end) = self.shared.registry.open(&self.shared, &key, subject).await {
                tracing::warn!(code = end.code, "a call was not brought back");
            }
        }
        Ok(())
    }

    /// Stops every call without ending it: its legs may come back after a restart (CP-17).
    pub async fn stop(&self) {
        self.shared.live.beat(&self.shared.context).await;
        self.halt().await;
    }

    /// Ends the tasks of all calls at once and saves nothing, as a crash would.
    pub async fn halt(&self) {
        let mut tasks = std::mem::take(&mut *self.shared.tasks.lock());
        tasks.shutdown().await;
    }

    /// How many calls live on this node.
    pub async fn count(&self) -> usize {
        self.shared.registry.len().await
    }

    /// The directory's name of a member; outsiders have none.
    pub async fn directory_name(
        &self,
        principal: &Principal,
    ) -> Result<Option<String>, ServiceError> {
        let RawId::Member(oid) = &principal.raw_id else {
            return Ok(None);
        };
        let stored = self.shared.context.store.load_member(*oid).await?;
        Ok(stored.map(|stored| stored.member.display_name))
    }

    /// Joins a call: straight in, to its lobby, or refused. News of the leg goes to `sink`, after this answer.
    pub async fn join(
        &self,
        principal: &Principal,
        wish: JoinWish,
        sink: NewsSink,
    ) -> Result<JoinedLeg, CallRefusal> {
        let joined = self.try_join(principal, wish, sink).await;
        if let Err(refusal) = &joined {
            let EndCode { code, sub_code } = refusal.end;
            tracing::info!(
                code,
                sub_code,
                client = principal.client.name(),
                "a join was refused"
            );
        }
        joined
    }

    async fn try_join(
        &self,
        principal: &Principal,
        wish: JoinWish,
        sink: NewsSink,
    ) -> Result<JoinedLeg, CallRefusal> {
        if !principal.may_call() {
            return Err(EndCode::NO_CALLING_SCOPE.into());
        }
        let name = self.name_of(principal, wish.display_name.clone()).await?;
        if let JoinLocator::Call(call) = wish.locator {
            return self.come_back(principal, call, name, wish, sink).await;
        }
        let locator = self.locator(&wish.locator)?;
        let (key, subject, person) = match locator {
            Locator::Group { group } => self.group(principal, group, name)?,
            Locator::Room { room } => self.room(principal, room, name).await?,
            Locator::Channel { .. } => return Err(EndCode::POLICY.into()),
            Locator::Meeting { .. } | Locator::MeetingId { .. } => {
                self.meeting(principal, &locator, name).await?
            }
        };
        let joining = Joining {
            person,
            muted: wish.muted,
            rejoin_key: wish.rejoin_key,
            may_start: principal.scopes.contains(&Scope::Voip),
            sink,
            entrance: Entrance::Locator,
            external_label: None,
        };
        self.enter(&key, &subject, joining).await
    }

    async fn enter(
        &self,
        key: &CallKey,
        subject: &Subject,
        joining: Joining,
    ) -> Result<JoinedLeg, CallRefusal> {
        for _ in 0..TRIES_MAX {
            let asks = self
                .shared
                .registry
                .open(&self.shared, key, subject.clone())
                .await?;
            // One that ended just now is begun anew.
            if let Some(joined) = self.join_through(key, asks, joining.clone()).await? {
                return Ok(joined);
            }
        }
        Err(EndCode::UNAVAILABLE.into())
    }

    /// Into a call that lives already, or not at all.
    async fn enter_found(&self, key: &CallKey, joining: Joining) -> Result<JoinedLeg, CallRefusal> {
        let asks = self.shared.registry.find(key).await;
        let asks = asks.ok_or(EndCode::UNKNOWN_CALL)?;
        let joined = self.join_through(key, asks, joining).await?;
        joined.ok_or_else(|| EndCode::UNKNOWN_CALL.into())
    }

    /// `None` when the call ended just now.
    async fn join_through(
        &self,
        key: &CallKey,
        asks: mpsc::Sender<Ask>,
        joining: Joining,
    ) -> Result<Option<JoinedLeg>, CallRefusal> {
        let (reply, answer) = oneshot::channel();
        match asks.try_send(Ask::Join(Box::new(joining), reply)) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(EndCode::UNAVAILABLE.into()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Ok(None),
        }
        let Ok(answer) = answer.await else {
            return Ok(None);
        };
        let joined = answer?;
        let handle = LegHandle {
            leg: joined.attached.leg,
            attached: joined.attached,
            asks,
            media: self.shared.media.clone(),
            home: key.home(),
        };
        Ok(Some(JoinedLeg {
            handle,
            call: joined.call,
            kind: joined.kind,
            connected: joined.connected,
            answered: joined.answered,
            rejoin_key: joined.rejoin_key,
            role: joined.role,
            capabilities: joined.capabilities,
            thread: joined.thread,
            title: joined.title,
        }))
    }

    fn locator(&self, wanted: &JoinLocator) -> Result<Locator, CallRefusal> {
        let parsed = match wanted {
            JoinLocator::Link(link) => self.shared.meetings.parse_link(link),
            JoinLocator::Id {
                meeting_id,
                passcode,
            } => Locator::from_meeting_id(meeting_id, passcode.as_deref()),
            JoinLocator::Coordinates {
                thread_id,
                organizer_id,
                tenant_id,
                message_id,
            } => Locator::from_coordinates(thread_id, organizer_id, tenant_id, message_id),
            JoinLocator::Group(group) => Ok(Locator::Group { group: *group }),
            // Calls that rang are found otherwise.
            JoinLocator::Call(_) => return Err(EndCode::BAD_LOCATOR.into()),
            JoinLocator::Room(room) => Locator::from_room(room),
        };
        parsed.map_err(|error| {
            let (code, sub_code) = error.codes();
            EndCode { code, sub_code }.into()
        })
    }

    /// A group call of the users of one resource. Members cannot join one (behaviour 3.3), nor people without a resource.
    fn group(
        &self,
        principal: &Principal,
        group_id: Uuid,
        display_name: String,
    ) -> Result<(CallKey, Subject, Person), CallRefusal> {
        let RawId::External { resource, .. } = principal.raw_id else {
            return Err(EndCode::POLICY.into());
        };
        let person = person(principal, display_name, true, false);
        Ok((
            CallKey::Group { resource, group_id },
            Subject::Group,
            person,
        ))
    }

    /// The call of a room. Who may not enter is refused before a call is looked for; the call asks again.
    async fn room(
        &self,
        principal: &Principal,
        id: RoomId,
        display_name: String,
    ) -> Result<(CallKey, Subject, Person), CallRefusal> {
        let found = self.shared.rooms.find(id).await.map_err(refusal)?;
        let person = person(principal, display_name, true, false);
        let subject = Subject::Room(found.map(Box::new));
        subject.invitation(&person.raw_id, self.shared.context.now())?;
        Ok((CallKey::Room(id), subject, person))
    }

    async fn meeting(
        &self,
        principal: &Principal,
        locator: &Locator,
        display_name: String,
    ) -> Result<(CallKey, Subject, Person), CallRefusal> {
        let meetings = &self.shared.meetings;
        let record = meetings.find_by_locator(locator).await.map_err(refusal)?;
        let record = record.ok_or(EndCode::MEETING_UNKNOWN)?;
        let joiner = meetings.joiner(&record, principal).await.map_err(refusal)?;
        let outsider = subject::is_outsider(&joiner);
        let person = person(principal, display_name, outsider, joiner.is_verified());
        let key = CallKey::Meeting(record.meeting.thread.clone());
        Ok((key, Subject::Meeting(Box::new(record)), person))
    }

    async fn subject_of(&self, key: &CallKey) -> Result<Option<Subject>, ServiceError> {
        Ok(match key {
            CallKey::Group { .. } => Some(Subject::Group),
            CallKey::Direct { .. } => Some(Subject::direct()),
            // Also one that is gone: its call ends as soon as it is back.
            CallKey::Room(id) => {
                let found = self.shared.rooms.find(*id).await?;
                Some(Subject::Room(found.map(Box::new)))
            }
            CallKey::Meeting(thread) => {
                let record: Option<MeetingRecord> = self.shared.meetings.load(thread).await?;
                record.map(|record| Subject::Meeting(Box::new(record)))
            }
        })
    }
}

fn person(principal: &Principal, display_name: String, outsider: bool, verified: bool) -> Person {
    Person {
        raw_id: principal.raw_id.clone(),
        client: principal.client,
        resource: principal.resource,
        organisation: principal.organisation,
        display_name,
        outsider,
        verified,
    }
}

/// Lets go of the tasks of calls that are over. Says whether one panicked, which was our bug: its call is to be brought
/// back, or the meters of its legs would run on.
fn reap(shared: &Shared) -> bool {
    let mut panicked = false;
    while let Some(ended) = shared.tasks.lock().try_join_next() {
        if let Err(error) = ended
            && error.is_panic()
        {
            tracing::error!("the task of a call panicked");
            panicked = true;
        }
    }
    panicked
}

fn refusal(error: ServiceError) -> CallRefusal {
    let end = match error {
        ServiceError::TooMany { .. } => EndCode::TOO_MANY,
        ServiceError::NotFound(_) => EndCode::MEETING_UNKNOWN,
        ServiceError::Forbidden(_) => EndCode::POLICY,
        ServiceError::Invalid { .. } => EndCode::BAD_LOCATOR,
        ServiceError::Unauthenticated => EndCode::BAD_TOKEN,
        ServiceError::Conflict(_) | ServiceError::Unavailable(_) | ServiceError::Internal(_) => {
            tracing::error!(%error, "a join failed");
            EndCode::UNAVAILABLE
        }
    };
    end.into()
}
