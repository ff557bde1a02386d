//! A join as the call's actor does it: the same leg goes on, or a new one after admission.
use super::{
    actor::{Actor, Attached, Session},
    news::{LegNews, NewsSink},
    subject::Subject,
};
use crate::context::{random_bytes, random_uuid};
use base64::Engine;
use parvis_domain::{
    call::{CallEvent, CallKind, Command, EndCode, Person, Ring},
    capability::{Capabilities, Role},
    ids::{CallId, LegId, RawId, ThreadId},
    time::Timestamp,
};
use std::{collections::HashMap, time::Duration};
use subtle::ConstantTimeEq;

/// New legs of one person within `ARRIVALS_SPAN`: more than reloaded pages and several devices need, far fewer than it
/// takes to flood those who see the lobby.
const ARRIVALS_MAX: u32 = 20;
const ARRIVALS_SPAN: Duration = Duration::from_secs(10);
/// People whose arrivals are counted; past it those whose span is over are forgotten.
const COUNTED_MAX: usize = 2_000;

/// How often each person came in lately.
#[derive(Debug, Default)]
pub(super) struct Arrivals(HashMap<RawId, (Timestamp, u32)>);

impl Arrivals {
    fn count(&mut self, raw_id: &RawId, now: Timestamp) -> Result<(), EndCode> {
        let is_over = |since: Timestamp| since.plus(ARRIVALS_SPAN) <= now || since > now;
        if self.0.len() >= COUNTED_MAX {
            self.0.retain(|_, (since, _)| !is_over(*since));
        }
        let (since, count) = self.0.entry(raw_id.clone()).or_insert((now, 0));
        if is_over(*since) {
            (*since, *count) = (now, 0);
        }
        if *count >= ARRIVALS_MAX {
            return Err(EndCode::TOO_MANY);
        }
        *count += 1;
        Ok(())
    }
}

/// How somebody comes in.
#[derive(Clone)]
pub(super) enum Entrance {
    /// By what the call is the session of (CP-20).
    Locator,
    /// Begins it by ringing (CP-51).
    Start(Vec<Ring>),
    /// Answers a ring (CP-53).
    Answer { ring: LegId, endpoint: Option<u64> },
    /// Was there before (CP-56).
    Return,
}

/// CP-20, with the person as the directory and the token have them.
#[derive(Clone)]
pub(super) struct Joining {
    pub(super) person: Person,
    pub(super) muted: bool,
    pub(super) rejoin_key: Option<String>,
    /// May begin a group call, not only join one.
    pub(super) may_start: bool,
    pub(super) sink: NewsSink,
    pub(super) entrance: Entrance,
    /// The label by which this member sees who is from outside, in a call that has no organisation of its own.
    pub(super) external_label: Option<String>,
}

/// CP-21.
pub(super) struct Joined {
    pub(super) attached: Attached,
    pub(super) call: CallId,
    pub(super) kind: CallKind,
    pub(super) connected: bool,
    pub(super) answered: bool,
    pub(super) rejoin_key: String,
    pub(super) role: Role,
    pub(super) capabilities: Capabilities,
    pub(super) thread: Option<ThreadId>,
    pub(super) title: Option<String>,
}

impl Actor {
    pub(super) async fn join(
        &mut self,
        joining: Joining,
    ) -> Result<(Joined, Vec<CallEvent>), EndCode> {
        if let Some(label) = &joining.external_label {
            self.subject.see_outsiders_as(label);
        }
        if let Subject::Room(_) = self.subject {
            // Whom the room's owner invited or dismissed a moment ago is in or out by now.
            self.reload().await.map_err(|_| EndCode::UNAVAILABLE)?;
            let now = self.shared.context.now();
            self.subject.invitation(&joining.person.raw_id, now)?;
        }
        let rejoined = joining.rejoin_key.as_deref().and_then(|key| {
            let leg = self.leg_of_key(&joining.person.raw_id, key)?;
            Some((leg, key.to_owned()))
        });
        let (leg, rejoin_key, events) = match rejoined {
            Some((leg, key)) => {
                let events = self
                    .apply(Command::Rejoin {
                        leg,
                        muted: joining.muted,
                    })
                    .await?;
                self.forget_session(leg);
                (leg, key, events)
            }
            None => self.join_anew(&joining).await?,
        };
        self.next_number += 1;
        let number = self.next_number;
        self.sessions.insert(
            leg,
            Session {
                number,
                sink: joining.sink,
            },
        );
        let state = self.call.leg(leg)?;
        let connected = state.is_connected();
        let joined = Joined {
            attached: Attached { leg, number },
            call: self.call.id(),
            kind: self.call.kind(),
            connected,
            answered: self.call.is_answered(),
            rejoin_key,
            role: state.role,
            capabilities: self.call.capabilities(state),
            thread: self.subject.thread().filter(|_| connected).cloned(),
            title: self.subject.title().filter(|_| connected),
        };
        Ok((joined, events))
    }

    async fn join_anew(
        &mut self,
        joining: &Joining,
    ) -> Result<(LegId, String, Vec<CallEvent>), EndCode> {
        let now = self.shared.context.now();
        self.arrivals.count(&joining.person.raw_id, now)?;
        let (leg, command) = self.entering(joining)?;
        let key = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        self.rejoin_keys.insert(leg, hash(&key));
        match self.apply(command).await {
            Ok(events) => Ok((leg, key, events)),
            Err(end) => {
                self.rejoin_keys.remove(&leg);
                Err(end)
            }
        }
    }

    /// The new leg and how it comes in.
    fn entering(&self, joining: &Joining) -> Result<(LegId, Command), EndCode> {
        let (person, muted) = (Box::new(joining.person.clone()), joining.muted);
        let new = LegId(random_uuid());
        match &joining.entrance {
            Entrance::Start(rings) => {
                let rings = rings.clone();
                let leg = new;
                let start = Command::Start {
                    leg,
                    person,
                    muted,
                    rings,
                };
                return Ok((leg, start));
            }
            Entrance::Answer { ring, endpoint } => {
                let ring = *ring;
                self.shared.rings.claim(ring, *endpoint);
                let answer = Command::Answer {
                    ring,
                    person,
                    muted,
                };
                return Ok((ring, answer));
            }
            // Nobody enters by a call's id who was not in it.
            Entrance::Return if !self.call.holds_seat(&person.raw_id) => {
                return Err(EndCode::UNKNOWN_CALL);
            }
            Entrance::Return | Entrance::Locator => {}
        }
        let is_group = matches!(self.subject, Subject::Group);
        if is_group && !joining.may_start && self.call.connected().next().is_none() {
            return Err(EndCode::POLICY);
        }
        let now = self.shared.context.now();
        let (entry, role) = self.subject.admit(&self.call, &person, now)?;
        let leg = new;
        let join = Command::Join {
            leg,
            person,
            role,
            entry,
            muted,
        };
        Ok((leg, join))
    }

    /// The leg or seat of this identity that the key opens. Every key is compared, each in constant time.
    fn leg_of_key(&self, raw_id: &RawId, key: &str) -> Option<LegId> {
        let given = hash(key);
        let legs = self
            .call
            .legs()
            .chain(self.call.seats().map(|seat| &seat.leg));
        let mut found = None;
        for leg in legs.filter(|leg| leg.person.raw_id == *raw_id) {
            let known = self.rejoin_keys.get(&leg.id).copied().unwrap_or_default();
            if bool::from(known.ct_eq(&given)) {
                found = Some(leg.id);
            }
        }
        found
    }

    /// The leg goes on under a new session: the older one hears its end, its transport is gone.
    fn forget_session(&mut self, leg: LegId) {
        if let Some(session) = self.sessions.remove(&leg) {
            session.sink.tell(LegNews::Ended {
                end: EndCode::VANISHED,
            });
        }
        self.wants.remove(&leg);
        self.drop_peer(leg);
        self.flush_media();
    }
}

fn hash(key: &str) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.as_bytes());
    digest.as_ref().try_into().unwrap_or_default()
}
