//! Beginning a call by ringing, answering, declining, and ringing more people into a call: what a session asks for.
use super::{
    Calls, JoinedLeg,
    actor::Ask,
    handle::{CallRefusal, LegHandle},
    joining::{Entrance, Joining},
    person, refusal,
    ring::{Endpoint, RingSink},
    subject::Subject,
};
use crate::{calls::NewsSink, context::random_uuid};
use parvis_domain::{
    call::{CallKey, Callee, Command, EndCode, Home, Party, Ring, may_ring},
    ids::{CallId, LegId, RawId},
    label::check_name,
    policy::OrganisationPolicy,
    principal::{Principal, Scope},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// CP-51: callees of one start.
pub const CALLEES_MAX: usize = 20;
/// CP-51: the bounds of how long a caller lets ring.
const RING_MIN: Duration = Duration::from_secs(1);
const RING_MAX: Duration = Duration::from_secs(180);

/// A wish to ring people (CP-51).
#[derive(Clone)]
pub struct StartWish {
    /// Whom.
    pub callees: Vec<RawId>,
    /// The name an external user gives; ignored for members.
    pub display_name: Option<String>,
    /// Whether the microphone starts muted.
    pub muted: bool,
    /// How long to ring; `None` is the protocol's time.
    pub ring_for: Option<Duration>,
}

/// A wish to answer (CP-53).
#[derive(Clone)]
pub struct AnswerWish {
    /// Which ring.
    pub ring: LegId,
    /// Which of the callee's clients answers; it is not told that somebody answered elsewhere.
    pub endpoint: Option<u64>,
    /// As in [`StartWish`].
    pub display_name: Option<String>,
    /// As in [`StartWish`].
    pub muted: bool,
}

/// Rings to begin, and those of them that nobody would hear.
pub(super) struct Planned {
    pub(super) rings: Vec<Ring>,
    pub(super) unreachable: Vec<LegId>,
}

impl Calls {
    /// A client of this identity that can ring, until the answer is dropped (CP-52).
    pub fn add_endpoint(&self, principal: &Principal, sink: RingSink) -> Endpoint {
        self.shared.rings.add_endpoint(&principal.raw_id, sink)
    }

    /// Rings people: the caller's leg is made, and waits for the first answer.
    pub async fn start_call(
        &self,
        principal: &Principal,
        wish: StartWish,
        sink: NewsSink,
    ) -> Result<JoinedLeg, CallRefusal> {
        if !principal.scopes.contains(&Scope::Voip) {
            return Err(EndCode::POLICY.into());
        }
        let home = home_of(principal).ok_or(EndCode::POLICY)?;
        let name = self.name_of(principal, wish.display_name).await?;
        let planned = self
            .plan(&principal.raw_id, home, &wish.callees, wish.ring_for)
            .await?;
        let call = CallId(random_uuid());
        let key = CallKey::Direct { call, home };
        let joining = Joining {
            person: person(principal, name, is_outsider(&principal.raw_id), false),
            muted: wish.muted,
            rejoin_key: None,
            may_start: true,
            sink,
            entrance: Entrance::Start(planned.rings),
            external_label: None,
        };
        let joined = self.enter(&key, &Subject::direct(), joining).await?;
        self.end_unreachable(&joined.handle, planned.unreachable)
            .await;
        Ok(joined)
    }

    /// Answers a ring of this identity. What was not theirs, and what is over, is unknown.
    pub async fn answer(
        &self,
        principal: &Principal,
        wish: AnswerWish,
        sink: NewsSink,
    ) -> Result<JoinedLeg, CallRefusal> {
        if !principal.may_call() {
            return Err(EndCode::NO_CALLING_SCOPE.into());
        }
        let key = self
            .shared
            .rings
            .find(wish.ring, &principal.raw_id)
            .ok_or(EndCode::UNKNOWN_CALL)?;
        let name = self.name_of(principal, wish.display_name).await?;
        let joining = Joining {
            person: person(principal, name, is_outsider(&principal.raw_id), false),
            muted: wish.muted,
            rejoin_key: None,
            may_start: false,
            sink,
            entrance: Entrance::Answer {
                ring: wish.ring,
                endpoint: wish.endpoint,
            },
            external_label: self.label_for(principal, key.home()).await?,
        };
        self.enter_found(&key, joining).await
    }

    /// Declines a ring of this identity, for all of its clients (CP-54).
    pub async fn decline(&self, principal: &Principal, ring: LegId) -> Result<(), CallRefusal> {
        let key = self.shared.rings.find(ring, &principal.raw_id);
        let key = key.ok_or(EndCode::UNKNOWN_CALL)?;
        let end = EndCode::DECLINED;
        self.serve(&key, Command::EndRing { ring, end }).await
    }

    /// Rings one more into the call of a leg (CP-57); answers the name of the ring.
    pub async fn invite(
        &self,
        leg: &LegHandle,
        principal: &Principal,
        callee: RawId,
        ring_for: Option<Duration>,
    ) -> Result<LegId, CallRefusal> {
        let home = leg.home.ok_or(EndCode::FORBIDDEN)?;
        if !principal.scopes.contains(&Scope::Voip) {
            return Err(EndCode::POLICY.into());
        }
        let planned = self
            .plan(&principal.raw_id, home, &[callee], ring_for)
            .await?;
        let [ring] = planned.rings.as_slice() else {
            return Err(EndCode::BAD_CALLEE.into());
        };
        let id = ring.id;
        leg.ring(planned.rings, principal.raw_id.clone()).await?;
        Ok(id)
    }

    /// Comes back to a call that rang, by its id: with the rejoin key, or to a kept seat (CP-56).
    pub(super) async fn come_back(
        &self,
        principal: &Principal,
        call: CallId,
        name: String,
        wish: super::JoinWish,
        sink: NewsSink,
    ) -> Result<JoinedLeg, CallRefusal> {
        let key = self.shared.registry.key_of(call).await;
        let key = key.filter(|key| matches!(key, CallKey::Direct { .. }));
        let key = key.ok_or(EndCode::UNKNOWN_CALL)?;
        let joining = Joining {
            person: person(principal, name, is_outsider(&principal.raw_id), false),
            muted: wish.muted,
            rejoin_key: wish.rejoin_key,
            may_start: false,
            sink,
            entrance: Entrance::Return,
            external_label: self.label_for(principal, key.home()).await?,
        };
        self.enter_found(&key, joining).await
    }

    /// Checks whom `caller` may ring and who would hear it. Refused when nobody would.
    pub(super) async fn plan(
        &self,
        caller: &RawId,
        home: Home,
        callees: &[RawId],
        ring_for: Option<Duration>,
    ) -> Result<Planned, CallRefusal> {
        if callees.is_empty() || callees.len() > CALLEES_MAX {
            return Err(EndCode::MALFORMED.into());
        }
        let timings = self.shared.context.call_timings;
        let ring_for = ring_for.map_or(timings.ring, |span| span.clamp(RING_MIN, RING_MAX));
        let mut planned = Planned {
            rings: Vec::new(),
            unreachable: Vec::new(),
        };
        for raw_id in callees {
            let callee = self.callee(caller, home, raw_id).await?;
            let id = LegId(random_uuid());
            if !self.shared.rings.is_reachable(raw_id) {
                planned.unreachable.push(id);
            } else if self.shared.rings.is_crowded(raw_id) {
                return Err(EndCode::TOO_MANY.into());
            }
            planned.rings.push(Ring {
                id,
                callee,
                ring_for,
            });
        }
        if planned.unreachable.len() == planned.rings.len() {
            return Err(EndCode::NO_ENDPOINT.into());
        }
        Ok(planned)
    }

    async fn callee(
        &self,
        caller: &RawId,
        home: Home,
        raw_id: &RawId,
    ) -> Result<Party, CallRefusal> {
        let (mut policy, mut display_name) = (None, String::new());
        if let RawId::Member(oid) = raw_id {
            let stored = self.shared.context.store.load_member(*oid).await;
            let stored = stored.map_err(|error| refusal(error.into()))?;
            if let Some(member) = stored.map(|stored| stored.member).filter(|m| m.enabled) {
                let loaded = self.shared.policies.load(member.organisation).await;
                let loaded: Arc<OrganisationPolicy> = loaded.map_err(refusal)?;
                policy = Some((member.organisation, loaded));
                display_name = member.display_name;
            }
        }
        let organisation = policy
            .as_ref()
            .map(|(organisation, policy)| (*organisation, policy.as_ref()));
        may_ring(
            caller,
            home,
            &Callee {
                raw_id,
                organisation,
            },
        )?;
        Ok(Party {
            raw_id: raw_id.clone(),
            display_name,
            outsider: is_outsider(raw_id),
        })
    }

    /// Members see who is from outside by their own organisation's label.
    async fn label_for(
        &self,
        principal: &Principal,
        home: Option<Home>,
    ) -> Result<Option<String>, CallRefusal> {
        let (Some(Home::Resource(_)), Some(organisation)) = (home, principal.organisation) else {
            return Ok(None);
        };
        let policy = self.shared.policies.load(organisation).await;
        Ok(Some(policy.map_err(refusal)?.external_label.clone()))
    }

    /// The directory's name of a member, the given one of everybody else.
    pub(super) async fn name_of(
        &self,
        principal: &Principal,
        given: Option<String>,
    ) -> Result<String, CallRefusal> {
        let name = match self.directory_name(principal).await.map_err(refusal)? {
            Some(name) => name,
            None => given.unwrap_or_default(),
        };
        check_name(&name).map_err(|_| EndCode::NAME_TOO_LONG)?;
        Ok(name)
    }

    async fn end_unreachable(&self, leg: &LegHandle, unreachable: Vec<LegId>) {
        for ring in unreachable {
            let end = EndCode::NO_ENDPOINT;
            // The call may be over already.
            let _ = ask_server(&leg.asks, Command::EndRing { ring, end }).await;
        }
    }

    /// The server decides something of a live call, in nobody's or a builder's name.
    pub(super) async fn serve(&self, key: &CallKey, command: Command) -> Result<(), CallRefusal> {
        let asks = self.shared.registry.find(key).await;
        let asks = asks.ok_or(EndCode::UNKNOWN_CALL)?;
        ask_server(&asks, command).await
    }
}

pub(super) async fn ask_server(
    asks: &tokio::sync::mpsc::Sender<Ask>,
    command: Command,
) -> Result<(), CallRefusal> {
    let (reply, answer) = oneshot::channel();
    let ask = Ask::Serve { command, reply };
    asks.try_send(ask).map_err(|error| match error {
        tokio::sync::mpsc::error::TrySendError::Full(_) => EndCode::UNAVAILABLE,
        tokio::sync::mpsc::error::TrySendError::Closed(_) => EndCode::CALL_OVER,
    })?;
    Ok(answer.await.map_err(|_| EndCode::CALL_OVER)??)
}

fn home_of(principal: &Principal) -> Option<Home> {
    match &principal.raw_id {
        RawId::External { resource, .. } | RawId::Extension { resource, .. } => {
            Some(Home::Resource(*resource))
        }
        RawId::Member(_) => principal.organisation.map(Home::Organisation),
        RawId::Visitor(_) | RawId::Phone(_) => None,
    }
}

fn is_outsider(raw_id: &RawId) -> bool {
    !matches!(raw_id, RawId::Member(_))
}
