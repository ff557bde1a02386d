//! Apps that steer calls: begin one, take one that comes in, take hold of one that runs, and act on it. What follows is
//! told to the app by the outbox. The call itself lives in `calls`; a connection only follows it (`follow`).
mod checks;
mod follow;
mod incoming;
mod invitations;
mod live;

pub use live::CONNECTIONS_MAX;

use crate::{
    ServiceError,
    calls::{CallControl, Calls, ControlParticipant, ControlledCall},
    context::{Context, random_uuid},
    identities::{Identities, ResourceCaller},
    outbox::Outbox,
    resources::Resources,
};
use incoming::{Incoming, Seal};
use live::{Connections, Held};
use parvis_domain::{
    automation::{
        Connection, Fact, NewConnection, Note, Participant, RING_TIMES, Refusal, TARGETS_MAX, Way,
    },
    call::{CallKey, EndCode, Party},
    ids::{CallId, ConnectionId, ExternalUserId, LegId, RawId, ResourceId},
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// What every request that makes a connection says.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Where the app is told.
    pub callback: String,
    /// What the app wants to hear again.
    pub context: Option<String>,
    /// Names the request: the same again makes nothing new.
    pub request: Option<Uuid>,
}

/// A call to begin.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// Whom to ring.
    pub targets: Vec<RawId>,
    /// In whose name; the resource's own when nobody's.
    pub source: Option<RawId>,
    /// The name shown to those who are rung.
    pub source_name: Option<String>,
    /// The rest.
    pub opening: Opening,
}

/// Which running call.
#[derive(Clone, Debug)]
pub enum CallLocator {
    /// By the call's own id.
    Server(CallId),
    /// By what it is the session of.
    Key(CallKey),
}

/// Somebody to add.
#[derive(Clone, Debug)]
pub struct Addition {
    /// Whom.
    pub target: RawId,
    /// How long to ring.
    pub ring_for: Option<Duration>,
    /// The name shown to them.
    pub source_name: Option<String>,
    /// What comes back with the outcome.
    pub note: Note,
}

/// What every connection of a node reaches.
#[derive(Clone)]
struct Shared {
    context: Context,
    calls: Calls,
    outbox: Outbox,
    connections: Connections,
}

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Automation {
    shared: Shared,
    identities: Identities,
    resources: Resources,
    seal: Seal,
}

impl Automation {
    pub(crate) fn new(
        context: Context,
        calls: Calls,
        outbox: Outbox,
        identities: Identities,
        resources: Resources,
    ) -> Self {
        Self {
            seal: Seal::new(context.clone()),
            identities,
            resources,
            shared: Shared {
                context,
                calls,
                outbox,
                connections: Connections::default(),
            },
        }
    }

    /// Takes up what a restart left: connections, news not yet told, and the watch over incoming calls.
    pub(crate) async fn start(&self) -> Result<(), ServiceError> {
        for connection in self.shared.context.store.list_live_connections().await? {
            follow::resume(&self.shared, connection);
        }
        self.shared.outbox.start().await?;
        self.watch_incoming();
        self.shared
            .connections
            .spawn(forget_ended(self.shared.context.clone()));
        Ok(())
    }

    /// Follows no call any more; nothing ends by that.
    pub(crate) async fn stop(&self) {
        self.shared.connections.stop().await;
        self.shared.outbox.stop().await;
    }

    /// Rings people in the name of an app. What comes of it is told.
    pub async fn create(
        &self,
        caller: &ResourceCaller,
        new: NewCall,
    ) -> Result<Connection, ServiceError> {
        let resource = caller.resource;
        if let Some(made) = self.made_before(resource, &new.opening).await? {
            return Ok(made);
        }
        self.check_opening(resource, &new.opening).await?;
        if new.targets.is_empty() || new.targets.len() > TARGETS_MAX {
            return Err(ServiceError::invalid(
                "targets",
                "There must be 1 to 20 targets.",
            ));
        }
        for target in &new.targets {
            self.check_target(resource, "targets", target).await?;
        }
        if let Some(source) = &new.source {
            self.check_own(resource, "source", source).await?;
        }
        let wanted = ControlledCall {
            resource,
            caller: new.source.clone().unwrap_or_else(|| own_identity(resource)),
            caller_name: new.source_name.clone().unwrap_or_default(),
            callees: new.targets.clone(),
            ring_for: Some(RING_TIMES[1]),
        };
        let control = match self.shared.calls.create_controlled(wanted).await {
            Ok(control) => control,
            // Nobody heard it: that is told as any other unanswered call.
            Err(refused) if refused.end == EndCode::NO_ENDPOINT => {
                return self.unreachable(resource, new, refused.end).await;
            }
            Err(refused) => return Err(refusal(refused.end)),
        };
        let mut connection = self.connection(resource, &control, Way::Created, &new.opening);
        connection.source = new.source;
        connection.source_name = new.source_name;
        connection.targets = new.targets;
        if let Ok(roster) = control.roster().await {
            for rung in roster.iter().filter(|one| !one.is_application) {
                connection.ring_first(rung.leg, rung.raw_id.clone());
            }
        }
        self.hold(control, connection, new.opening.request).await
    }

    /// Takes a call that comes in, in the name of whom it rings.
    pub async fn answer(
        &self,
        caller: &ResourceCaller,
        incoming: &str,
        opening: Opening,
    ) -> Result<Connection, ServiceError> {
        let resource = caller.resource;
        if let Some(made) = self.made_before(resource, &opening).await? {
            return Ok(made);
        }
        self.check_opening(resource, &opening).await?;
        let incoming = self.seal.open(resource, incoming).await?;
        let ring = self.shared.calls.take_incoming(resource, incoming.ring);
        let ring = ring.ok_or(ServiceError::NotFound("call"))?;
        let (from, from_name) = (ring.ring.caller.clone(), ring.ring.caller_name.clone());
        let callee = ring.ring.callee.clone();
        let answered = ring.answer(String::new()).await;
        let control = answered.map_err(|refused| refusal(refused.end))?;
        let mut connection = self.connection(resource, &control, Way::Answered, &opening);
        connection.correlation = incoming.correlation;
        connection.source = Some(from);
        connection.source_name = Some(from_name).filter(|name| !name.is_empty());
        connection.targets = vec![callee.clone()];
        connection.answered_by = Some(callee);
        self.hold(control, connection, opening.request).await
    }

    /// Turns a call away that comes in.
    pub async fn reject(
        &self,
        caller: &ResourceCaller,
        incoming: &str,
        end: EndCode,
    ) -> Result<(), ServiceError> {
        let incoming = self.seal.open(caller.resource, incoming).await?;
        let ring = self
            .shared
            .calls
            .take_incoming(caller.resource, incoming.ring);
        let ring = ring.ok_or(ServiceError::NotFound("call"))?;
        let rejected = ring.reject(end).await;
        rejected.map_err(|refused| refusal(refused.end))
    }

    /// Lets a call ring somebody else that comes in.
    pub async fn redirect(
        &self,
        caller: &ResourceCaller,
        incoming: &str,
        target: RawId,
    ) -> Result<(), ServiceError> {
        let resource = caller.resource;
        let incoming = self.seal.open(resource, incoming).await?;
        self.check_target(resource, "target", &target).await?;
        let ring = self.shared.calls.take_incoming(resource, incoming.ring);
        let ring = ring.ok_or(ServiceError::NotFound("call"))?;
        let control = self.shared.calls.control(resource, ring.ring.call, None);
        let control = control.await.ok_or(ServiceError::NotFound("call"))?;
        let from = Party {
            raw_id: ring.ring.caller.clone(),
            display_name: ring.ring.caller_name.clone(),
            outsider: true,
        };
        // First the new ring: a call in which nobody rings any more is over.
        let rung = control.invite(target, Some(from), None).await;
        rung.map_err(|refused| refusal(refused.end))?;
        let ended = ring.reject(EndCode::ANSWERED_ELSEWHERE).await;
        ended.map_err(|refused| refusal(refused.end))
    }

    /// Takes hold of a running call.
    pub async fn connect(
        &self,
        caller: &ResourceCaller,
        locator: &CallLocator,
        opening: Opening,
    ) -> Result<Connection, ServiceError> {
        let resource = caller.resource;
        if let Some(made) = self.made_before(resource, &opening).await? {
            return Ok(made);
        }
        self.check_opening(resource, &opening).await?;
        let calls = &self.shared.calls;
        let control = match locator {
            CallLocator::Server(call) => calls.control(resource, *call, None).await,
            CallLocator::Key(key) => calls.control_key(resource, key, None).await,
        };
        let control = control.ok_or(ServiceError::NotFound("call"))?;
        let connection = self.connection(resource, &control, Way::Connected, &opening);
        self.hold(control, connection, opening.request).await
    }

    /// A connection that has not ended, as it is now.
    pub async fn load(
        &self,
        caller: &ResourceCaller,
        id: ConnectionId,
    ) -> Result<Connection, ServiceError> {
        Ok(self.held(caller, id)?.record.lock().await.clone())
    }

    /// Who is in the call now.
    pub async fn list_participants(
        &self,
        caller: &ResourceCaller,
        id: ConnectionId,
    ) -> Result<Vec<Participant>, ServiceError> {
        let held = self.held(caller, id)?;
        let control = held.control().await?;
        let roster = control.roster().await;
        let roster = roster.map_err(|refused| refusal(refused.end))?;
        Ok(participants(&roster))
    }

    /// Rings somebody into the call; answers the name of the invitation.
    pub async fn add_participant(
        &self,
        caller: &ResourceCaller,
        id: ConnectionId,
        addition: Addition,
    ) -> Result<LegId, ServiceError> {
        let held = self.held(caller, id)?;
        self.check_note(caller.resource, id, &addition.note).await?;
        self.check_target(caller.resource, "participantToAdd", &addition.target)
            .await?;
        let ring_for = addition.ring_for.unwrap_or(RING_TIMES[1]);
        if !(RING_TIMES[0]..=RING_TIMES[2]).contains(&ring_for) {
            return Err(ServiceError::invalid(
                "invitationTimeoutInSeconds",
                "The time to ring must be 1 to 180 seconds.",
            ));
        }
        let control = held.control().await?;
        // Held until the invitation is noted: its outcome waits for this lock.
        let mut record = held.record.lock().await;
        record.check_add().map_err(not_now)?;
        let from = Party {
            raw_id: own_identity(caller.resource),
            display_name: addition.source_name.unwrap_or_default(),
            outsider: true,
        };
        let rung = control
            .invite(addition.target.clone(), Some(from), Some(ring_for))
            .await;
        let mut next = record.clone();
        let (invitation, told) = match rung {
            Ok(invitation) => {
                next.add(invitation, addition.target, addition.note);
                (invitation, Vec::new())
            }
            // Nobody heard it: that is told as any other unanswered ring.
            Err(refused) if refused.end == EndCode::NO_ENDPOINT => {
                let invitation = LegId(random_uuid());
                next.add(invitation, addition.target, addition.note);
                let told = next.handle(Fact::Declined(invitation, refused.end));
                (invitation, told)
            }
            Err(refused) => return Err(refusal(refused.end)),
        };
        follow::save(&self.shared, &next, &told).await?;
        *record = next;
        Ok(invitation)
    }

    /// Calls an invitation off. Whether that came in time is told.
    pub async fn cancel_add(
        &self,
        caller: &ResourceCaller,
        id: ConnectionId,
        invitation: LegId,
        note: Note,
    ) -> Result<(), ServiceError> {
        let held = self.held(caller, id)?;
        self.check_note(caller.resource, id, &note).await?;
        let control = held.control().await?;
        let mut record = held.record.lock().await;
        record.check_connected().map_err(not_now)?;
        let outcome = if record.is_pending(invitation) {
            let cancelled = control.cancel_invite(invitation).await;
            cancelled.map_err(|refused| refused.end)
        } else {
            Err(EndCode::NOT_IN_CALL)
        };
        let mut next = record.clone();
        let told = next.cancelled(invitation, outcome, note);
        follow::save(&self.shared, &next, &[told]).await?;
        *record = next;
        Ok(())
    }

    /// Removes somebody with everything they have in the call. Whether that worked is told.
    pub async fn remove_participant(
        &self,
        caller: &ResourceCaller,
        id: ConnectionId,
        participant: RawId,
        note: Note,
    ) -> Result<(), ServiceError> {
        let held = self.held(caller, id)?;
        self.check_note(caller.resource, id, &note).await?;
        let control = held.control().await?;
        let record = held.record.lock().await;
        record.check_connected().map_err(not_now)?;
        let removed = control.remove(participant.clone()).await;
        let outcome = removed.map_err(|refused| refused.end);
        let told = Connection::removed(participant, outcome, note);
        follow::save(&self.shared, &record, &[told]).await
    }

    /// Mutes somebody until they unmute.
    pub async fn mute_participant(
        &self,
        caller: &ResourceCaller,
        id: ConnectionId,
        participant: RawId,
    ) -> Result<(), ServiceError> {
        let held = self.held(caller, id)?;
        let control = held.control().await?;
        let record = held.record.lock().await;
        record.check_connected().map_err(not_now)?;
        drop(record);
        let muted = control.mute(participant).await;
        muted.map_err(|refused| refusal(refused.end))
    }

    /// Lets go of the call; the others go on. The end is told.
    pub async fn hang_up(
        &self,
        caller: &ResourceCaller,
        id: ConnectionId,
    ) -> Result<(), ServiceError> {
        let held = self.held(caller, id)?;
        let control = held.control().await?;
        follow::disconnecting(&self.shared, &held).await?;
        if control.leg().is_none() {
            return follow::tell(&self.shared, &held, Fact::Over(EndCode::LEFT)).await;
        }
        let left = control.leave().await;
        left.map_err(|refused| refusal(refused.end))
    }

    /// Ends the call for everybody. The end is told.
    pub async fn terminate(
        &self,
        caller: &ResourceCaller,
        id: ConnectionId,
    ) -> Result<(), ServiceError> {
        let held = self.held(caller, id)?;
        let control = held.control().await?;
        follow::disconnecting(&self.shared, &held).await?;
        let ended = control.end_for_all().await;
        ended.map_err(|refused| refusal(refused.end))
    }

    /// A connection of this caller's resource; another's does not exist for it, and one that ended is gone.
    fn held(&self, caller: &ResourceCaller, id: ConnectionId) -> Result<Arc<Held>, ServiceError> {
        let held = self.shared.connections.find(id);
        held.filter(|held| held.resource == caller.resource)
            .ok_or(ServiceError::NotFound("call"))
    }

    fn connection(
        &self,
        resource: ResourceId,
        control: &CallControl,
        way: Way,
        opening: &Opening,
    ) -> Connection {
        Connection::new(NewConnection {
            id: ConnectionId(random_uuid()),
            resource,
            call: control.call(),
            correlation: random_uuid(),
            way,
            callback: opening.callback.clone(),
            context: opening.context.clone(),
            source: None,
            source_name: None,
            targets: Vec::new(),
            answered_by: None,
            leg: control.leg(),
            created_on: self.shared.context.now(),
        })
    }

    /// Keeps a new connection and follows its call from here on.
    async fn hold(
        &self,
        control: CallControl,
        connection: Connection,
        request: Option<Uuid>,
    ) -> Result<Connection, ServiceError> {
        let store = &self.shared.context.store;
        let (resource, id) = (connection.resource, connection.id);
        if !store.insert_connection(&connection, request, &[]).await? {
            // The same request won on another way in; this call is one too many.
            let _ = control.leave().await;
            let request = request.unwrap_or_default();
            let made = store.load_connection_by_request(resource, request).await?;
            return made.ok_or(ServiceError::NotFound("call"));
        }
        let held = follow::begin(&self.shared, connection.clone(), control);
        tracing::info!(%resource, connection = %id, way = ?connection.way, "an app holds a call");
        drop(held);
        Ok(connection)
    }

    async fn unreachable(
        &self,
        resource: ResourceId,
        new: NewCall,
        end: EndCode,
    ) -> Result<Connection, ServiceError> {
        let mut connection = Connection::new(NewConnection {
            id: ConnectionId(random_uuid()),
            resource,
            call: CallId(random_uuid()),
            correlation: random_uuid(),
            way: Way::Created,
            callback: new.opening.callback,
            context: new.opening.context,
            source: new.source,
            source_name: new.source_name,
            targets: new.targets,
            answered_by: None,
            leg: None,
            created_on: self.shared.context.now(),
        });
        let answer = connection.clone();
        let told = connection.handle(Fact::Over(end));
        let letters = follow::letters(&self.shared, &connection, &told).await?;
        let store = &self.shared.context.store;
        store
            .insert_connection(&connection, new.opening.request, &letters)
            .await?;
        self.shared.outbox.wake(connection.id.0, resource);
        Ok(answer)
    }
}

/// As whom an app acts that names nobody: a user of its resource that no token can be made for.
fn own_identity(resource: ResourceId) -> RawId {
    RawId::External {
        resource,
        user: ExternalUserId(Uuid::nil()),
    }
}

/// Everybody who is in the call, once each: somebody on two devices is muted when both are.
fn participants(roster: &[ControlParticipant]) -> Vec<Participant> {
    let mut people: Vec<Participant> = Vec::new();
    for one in roster.iter().filter(|one| !one.ringing) {
        let muted = one.muted && !one.is_application;
        match people.iter_mut().find(|known| known.raw_id == one.raw_id) {
            Some(known) => {
                known.muted &= muted;
                known.held &= one.on_hold;
            }
            None => people.push(Participant {
                raw_id: one.raw_id.clone(),
                muted,
                held: one.on_hold,
            }),
        }
    }
    people.sort_by(|one, other| one.raw_id.cmp(&other.raw_id));
    people
}

fn not_now(refusal: Refusal) -> ServiceError {
    match refusal {
        Refusal::NotConnected => {
            ServiceError::Conflict("the action is invalid when the call is not connected")
        }
        Refusal::TooManyPending => ServiceError::TooMany { retry_after_s: 5 },
    }
}

/// A call's own refusal, for the app.
fn refusal(end: EndCode) -> ServiceError {
    match end {
        EndCode::UNKNOWN_CALL | EndCode::CALL_OVER => ServiceError::NotFound("call"),
        EndCode::NOT_IN_CALL => ServiceError::NotFound("participant"),
        EndCode::TOO_MANY => ServiceError::TooMany { retry_after_s: 1 },
        EndCode::CALL_FULL => ServiceError::Conflict("the call is full"),
        EndCode::ALREADY_IN_CALL => ServiceError::Conflict("the person is in the call or rung"),
        EndCode::UNAVAILABLE => ServiceError::Unavailable("the call is busy".into()),
        EndCode::NAME_TOO_LONG | EndCode::BAD_CALLEE => ServiceError::invalid("", end.message()),
        _ => ServiceError::Forbidden(end.message()),
    }
}

/// Ended connections are remembered for a day: a repeated request finds what it made.
async fn forget_ended(context: Context) {
    loop {
        let before = context.now().minus(Duration::from_hours(24));
        if let Err(error) = context.store.forget_connections(before).await {
            tracing::warn!(%error, "ended connections were not forgotten");
        }
        tokio::time::sleep(Duration::from_hours(1)).await;
    }
}
