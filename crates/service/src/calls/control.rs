//! Calls steered by a builder's server: begun or answered in an identity's name, or a running call of the resource taken in
//! hand. The server's leg (`ClientKind::Application`) stands in the roster, has neither session nor media, costs nothing,
//! and survives a restart; a call in which only such legs are left ends with 0/5003.
use super::{
    Calls,
    actor::Ask,
    handle::CallRefusal,
    ring::{IncomingRing, RingNews},
    ringing::ask_server,
    subject::Subject,
};
use crate::context::random_uuid;
use parvis_domain::{
    call::{CallKey, Command, EndCode, Home, Party, Person},
    ids::{CallId, LegId, RawId, ResourceId},
    label::check_name,
    principal::ClientKind,
};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Events that wait for a builder's server. Past it the stream ends; `events` begins a new one with the full roster.
pub(super) const EVENTS_MAX: usize = 1_024;

/// A call to begin in an identity's name.
#[derive(Clone, Debug)]
pub struct ControlledCall {
    /// Whose server asks; caller and callees are checked against it.
    pub resource: ResourceId,
    /// The identity in whose name it rings, of this resource.
    pub caller: RawId,
    /// The name shown to those who are rung; at most 256 characters.
    pub caller_name: String,
    /// Whom: 1 to 20 identities.
    pub callees: Vec<RawId>,
    /// How long to ring, 1 to 180 s; `None` is 85 s.
    pub ring_for: Option<Duration>,
}

/// Somebody in the call, or rung into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlParticipant {
    /// The leg; of somebody rung, the name of the ring, which the leg keeps.
    pub leg: LegId,
    /// The identity.
    pub raw_id: RawId,
    /// The raw name; empty where nobody gave one.
    pub display_name: String,
    /// Is rung and has not answered.
    pub ringing: bool,
    /// Microphone muted.
    pub muted: bool,
    /// On hold.
    pub on_hold: bool,
    /// A builder's server, no person.
    pub is_application: bool,
}

/// What a steered call tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlEvent {
    /// Who is there, in full: at the start of the stream and after every change.
    Roster(Vec<ControlParticipant>),
    /// A ring is over: answered (the leg has the ring's name), or why not. Comes before the roster without it.
    InviteEnded {
        /// As `invite` named it; in a call begun by `create_controlled`, as its roster does.
        invite: LegId,
        /// Who was rung.
        callee: RawId,
        /// 603/0 declined, 487/10004 no answer, 480/10037 no client, 487/0 taken back.
        result: Result<(), EndCode>,
    },
    /// The call, or the server's own leg in it, is over; the last event. The code is that leg's.
    Over(EndCode),
}

/// A live call in the hands of a builder's server. Cheap to clone; dropping it changes nothing.
#[derive(Clone)]
pub struct CallControl {
    calls: Calls,
    call: CallId,
    key: CallKey,
    resource: ResourceId,
    /// The server's own leg.
    leg: Option<LegId>,
    /// In whose name it rings more people, when it has a leg.
    party: Option<Party>,
    asks: mpsc::Sender<Ask>,
}

/// A ring that a builder's server answers or rejects for its callee.
pub struct TakenRing {
    calls: Calls,
    key: CallKey,
    resource: ResourceId,
    /// The ring.
    pub ring: IncomingRing,
}

impl Calls {
    /// Rings people in an identity's name. 480/10037 when nobody would hear it; who may be rung is as for the caller
    /// itself: identities of the resource, members where their organisation allows the resource.
    pub async fn create_controlled(
        &self,
        wanted: ControlledCall,
    ) -> Result<CallControl, CallRefusal> {
        let ControlledCall {
            resource, caller, ..
        } = wanted;
        if caller.resource() != Some(resource) {
            return Err(EndCode::FORBIDDEN.into());
        }
        check_name(&wanted.caller_name).map_err(|_| EndCode::NAME_TOO_LONG)?;
        let home = Home::Resource(resource);
        let planned = self
            .plan(&caller, home, &wanted.callees, wanted.ring_for)
            .await?;
        let call = CallId(random_uuid());
        let key = CallKey::Direct { call, home };
        let registry = &self.shared.registry;
        let asks = registry.open(&self.shared, &key, Subject::direct()).await?;
        let leg = LegId(random_uuid());
        let person = application(resource, caller, wanted.caller_name);
        let party = party(&person);
        let start = Command::Start {
            leg,
            person: Box::new(person),
            muted: true,
            rings: planned.rings,
        };
        ask_server(&asks, start).await?;
        for ring in planned.unreachable {
            let end = EndCode::NO_ENDPOINT;
            ask_server(&asks, Command::EndRing { ring, end }).await?;
        }
        Ok(CallControl {
            calls: self.clone(),
            call,
            key,
            resource,
            leg: Some(leg),
            party: Some(party),
            asks,
        })
    }

    /// A live call of this resource, begun by whomever: group, room or ringing. Other resources' calls, members' calls and
    /// meetings are not found. `leg` is the server's own leg of an earlier control, if it has one.
    pub async fn control(
        &self,
        resource: ResourceId,
        call: CallId,
        leg: Option<LegId>,
    ) -> Option<CallControl> {
        let key = self.shared.registry.key_of(call).await?;
        self.control_key(resource, &key, leg).await
    }

    /// As [`Self::control`], by what the call is the session of: a builder's group or room.
    pub async fn control_key(
        &self,
        resource: ResourceId,
        key: &CallKey,
        leg: Option<LegId>,
    ) -> Option<CallControl> {
        if !self.is_of(resource, key).await {
            return None;
        }
        let asks = self.shared.registry.find(key).await?;
        let (reply, answer) = oneshot::channel();
        asks.send(Ask::Identify { leg, reply }).await.ok()?;
        let (call, party) = answer.await.ok()?.ok()?;
        Some(CallControl {
            calls: self.clone(),
            call,
            key: key.clone(),
            resource,
            leg: leg.filter(|_| party.is_some()),
            party,
            asks,
        })
    }

    /// Whether a call is among the users of this resource. Whose a room is stands in the store only.
    async fn is_of(&self, resource: ResourceId, key: &CallKey) -> bool {
        let CallKey::Room(room) = key else {
            return key.home() == Some(Home::Resource(resource));
        };
        match self.shared.context.store.load_room(*room).await {
            Ok(room) => room.is_some_and(|room| room.resource == resource),
            Err(error) => {
                tracing::error!(%error, "a room could not be read");
                false
            }
        }
    }

    /// Every ring of an identity of this resource, those under way included. While the receiver lives, identities without
    /// any client of their own can be rung: somebody is there to answer for them. At most 1,024 wait; more are not told.
    pub fn watch_incoming(&self, resource: ResourceId) -> mpsc::Receiver<RingNews> {
        self.shared.rings.watch(resource)
    }

    /// A ring under way of an identity of this resource.
    pub fn take_incoming(&self, resource: ResourceId, ring: LegId) -> Option<TakenRing> {
        let (key, ring) = self.shared.rings.find_of(ring, resource)?;
        Some(TakenRing {
            calls: self.clone(),
            key,
            resource,
            ring,
        })
    }
}

impl TakenRing {
    /// Answers: the server takes part in the callee's name. Refused with 404/4500 when somebody else answered first.
    pub async fn answer(self, display_name: String) -> Result<CallControl, CallRefusal> {
        check_name(&display_name).map_err(|_| EndCode::NAME_TOO_LONG)?;
        let ring = self.ring.ring;
        let person = application(self.resource, self.ring.callee.clone(), display_name);
        let party = party(&person);
        let answer = Command::Answer {
            ring,
            person: Box::new(person),
            muted: true,
        };
        self.calls.serve(&self.key, answer).await?;
        let asks = self.calls.shared.registry.find(&self.key).await;
        Ok(CallControl {
            call: self.ring.call,
            asks: asks.ok_or(EndCode::CALL_OVER)?,
            calls: self.calls,
            key: self.key,
            resource: self.resource,
            leg: Some(ring),
            party: Some(party),
        })
    }

    /// Ends the ring for the callee: 603/0 declined, unless another code fits better (486/0 busy, 403/0 forbidden).
    pub async fn reject(self, end: EndCode) -> Result<(), CallRefusal> {
        let ring = self.ring.ring;
        self.calls
            .serve(&self.key, Command::EndRing { ring, end })
            .await
    }
}

impl CallControl {
    /// The call.
    pub fn call(&self) -> CallId {
        self.call
    }

    /// What it is the session of.
    pub fn key(&self) -> &CallKey {
        &self.key
    }

    /// Whose call it is.
    pub fn resource(&self) -> ResourceId {
        self.resource
    }

    /// The server's own leg: keep it to come back with after a restart.
    pub fn leg(&self) -> Option<LegId> {
        self.leg
    }

    /// The call is gone.
    pub fn is_over(&self) -> bool {
        self.asks.is_closed()
    }

    /// Who is there and who is rung, applications included.
    pub async fn roster(&self) -> Result<Vec<ControlParticipant>, CallRefusal> {
        let (reply, answer) = oneshot::channel();
        self.send(Ask::ControlRoster { reply }).await?;
        Ok(answer.await.map_err(|_| EndCode::CALL_OVER)??)
    }

    /// Rings one more; `caller` is shown to them when the server has no leg of its own (in a group or a room). Answers the
    /// name of the ring, and of the leg that its answer makes. The outcome comes as `InviteEnded`.
    pub async fn invite(
        &self,
        callee: RawId,
        caller: Option<Party>,
        ring_for: Option<Duration>,
    ) -> Result<LegId, CallRefusal> {
        let caller = self.party.clone().or(caller).ok_or(EndCode::FORBIDDEN)?;
        check_name(&caller.display_name).map_err(|_| EndCode::NAME_TOO_LONG)?;
        if caller.raw_id.resource() != Some(self.resource) {
            return Err(EndCode::FORBIDDEN.into());
        }
        let home = Home::Resource(self.resource);
        let planned = self
            .calls
            .plan(&caller.raw_id, home, &[callee], ring_for)
            .await?;
        let [ring] = planned.rings.as_slice() else {
            return Err(EndCode::BAD_CALLEE.into());
        };
        let id = ring.id;
        let invite = Command::Invite {
            by: None,
            caller: Box::new(caller),
            rings: planned.rings,
        };
        ask_server(&self.asks, invite).await.map(|()| id)
    }

    /// Takes a ring back: it ends with 487/0. 404/4500 when it is over already.
    pub async fn cancel_invite(&self, invite: LegId) -> Result<(), CallRefusal> {
        let (ring, end) = (invite, EndCode::RING_CANCELLED);
        ask_server(&self.asks, Command::EndRing { ring, end }).await
    }

    /// Removes a person with all legs (0/5300) and rings (487/0). 404/0 when they are not there.
    pub async fn remove(&self, raw_id: RawId) -> Result<(), CallRefusal> {
        ask_server(&self.asks, Command::Expel { raw_id }).await
    }

    /// Mutes every leg of a person, until they unmute. 404/0 when they are not there.
    pub async fn mute(&self, raw_id: RawId) -> Result<(), CallRefusal> {
        let by = self.leg.unwrap_or(LegId(self.call.0));
        ask_server(&self.asks, Command::Mute { raw_id, by }).await
    }

    /// Ends the call for everybody with 0/7000.
    pub async fn end_for_all(&self) -> Result<(), CallRefusal> {
        let end = EndCode::ENDED_BY_SERVER;
        ask_server(&self.asks, Command::Close { end }).await
    }

    /// The server's own leg leaves; the others go on, unless one is alone in a call between two. Without a leg: nothing.
    pub async fn leave(&self) -> Result<(), CallRefusal> {
        let Some(leg) = self.leg else { return Ok(()) };
        ask_server(&self.asks, Command::Leave { leg }).await
    }

    /// What happens from now on, beginning with the roster. At most 1,024 events wait; past it the stream ends without
    /// `Over`, and the caller asks again.
    pub async fn events(&self) -> Result<mpsc::Receiver<ControlEvent>, CallRefusal> {
        let (events, receiver) = mpsc::channel(EVENTS_MAX);
        let leg = self.leg;
        self.send(Ask::ControlEvents { leg, events }).await?;
        Ok(receiver)
    }

    async fn send(&self, ask: Ask) -> Result<(), CallRefusal> {
        let sent = self.asks.send(ask).await;
        sent.map_err(|_| EndCode::CALL_OVER.into())
    }
}

fn application(resource: ResourceId, raw_id: RawId, display_name: String) -> Person {
    Person {
        raw_id,
        client: ClientKind::Application,
        resource: Some(resource),
        organisation: None,
        display_name,
        outsider: true,
        verified: false,
    }
}

fn party(person: &Person) -> Party {
    Party {
        raw_id: person.raw_id.clone(),
        display_name: person.display_name.clone(),
        outsider: person.outsider,
    }
}
