//! A call: who is in it, who waits, what each may send, and when a leg ends. Every rule of the calling protocol that is
//! not about sockets. The caller decides admission first (`admission`), saves what changed and announces the events.
mod access;
mod command;
mod conduct;
mod end;
mod entry;
mod invitations;
mod key;
mod leg;
mod presence;
mod reach;
mod ring;
mod stage;

pub use access::{AccessMedium, MediaAccess};
pub use command::{CallEvent, Command};
pub use end::EndCode;
pub use key::{BadCallKey, CallKey, CallKind, Home};
pub use leg::{Entry, Leg, LegState, Loss, MediaGate, MediaState, Person, Seat};
pub use presence::SavedCall;
pub use reach::{Callee, may_ring};
pub use ring::{INVITATIONS_MAX, Invitation, Party, Ring};
pub use stage::{Reaction, SPOTLIGHT_MAX};

use crate::{
    capability::{Capabilities, Capability, CapabilityRules, Reason, Role},
    ids::{CallId, LegId, RawId},
    roster::Changes,
    time::Timestamp,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// The protocol's times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// Hold of a leg whose socket the client closed (CP-16).
    pub hold_clean: Duration,
    /// Hold of any other lost leg (CP-16).
    pub hold: Duration,
    /// The seat, from the loss (CP-16).
    pub seat: Duration,
    /// How long media may be absent (CP-47).
    pub media: Duration,
    /// How long a call may last.
    pub call_max: Duration,
    /// How long somebody is rung, where the caller does not say (CP-51).
    pub ring: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            hold_clean: Duration::from_secs(5),
            hold: Duration::from_mins(1),
            seat: Duration::from_mins(2),
            media: Duration::from_mins(1),
            call_max: Duration::from_hours(30),
            ring: Duration::from_secs(85),
        }
    }
}

/// What the meeting's options and the organisation's policy say to the running call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Who may do what.
    pub capabilities: CapabilityRules,
    /// How long one may wait in the lobby.
    pub lobby_time_out: Duration,
    /// People in the call.
    pub participants_max: usize,
    /// People in its lobby.
    pub lobby_max: usize,
    /// When it is over, whoever is in it: the closing of its room.
    pub ends_on: Option<Timestamp>,
}

/// Removed people whom a call remembers; past it the first in order are forgotten.
const REMOVED_MAX: usize = 1_000;

/// A live call. INVARIANTS: a leg is in `legs`, in `seats` or in `invitations`, never in two; `verified_seen` and `answered`
/// never turn false again.
#[derive(Clone, Debug)]
pub struct Call {
    id: CallId,
    kind: CallKind,
    rules: Rules,
    timings: Timings,
    started_on: Timestamp,
    legs: BTreeMap<LegId, Leg>,
    seats: BTreeMap<LegId, Seat>,
    /// Who is rung; the key is the leg that the answer makes.
    invitations: BTreeMap<LegId, Invitation>,
    unanswered: ring::Unanswered,
    answered: bool,
    two_party: bool,
    /// Who was removed: they wait when they come again. At most `REMOVED_MAX`.
    removed: BTreeSet<RawId>,
    /// A verified person has taken part (behaviour 3.5).
    verified_seen: bool,
    stage: stage::Stage,
    /// What attendees may send who come now (CP-63).
    attendee_access: MediaAccess,
    roster_version: u64,
    lobby_version: u64,
    over: bool,
}

impl Call {
    /// An empty call.
    pub fn new(id: CallId, kind: CallKind, rules: Rules, timings: Timings, now: Timestamp) -> Self {
        Self {
            id,
            kind,
            rules,
            timings,
            started_on: now,
            legs: BTreeMap::new(),
            seats: BTreeMap::new(),
            invitations: BTreeMap::new(),
            unanswered: ring::Unanswered::default(),
            answered: true,
            two_party: false,
            removed: BTreeSet::new(),
            verified_seen: false,
            stage: stage::Stage::default(),
            attendee_access: MediaAccess::default(),
            roster_version: 0,
            lobby_version: 0,
            over: false,
        }
    }

    /// Decides one command. On a refusal nothing changed.
    #[expect(clippy::too_many_lines, reason = "one arm a command")]
    pub fn handle(&mut self, command: Command, now: Timestamp) -> Result<Vec<CallEvent>, EndCode> {
        if self.over {
            return Err(EndCode::CALL_OVER);
        }
        let mut changes = Changes::default();
        match command {
            Command::Join {
                leg,
                person,
                role,
                entry,
                muted,
            } => {
                let joining = entry::Joining {
                    leg,
                    person: *person,
                    role,
                    entry,
                    muted,
                };
                self.join(joining, now, &mut changes)?;
            }
            Command::Start {
                leg,
                person,
                muted,
                rings,
            } => {
                let joining = entry::Joining {
                    leg,
                    person: *person,
                    role: Role::Presenter,
                    entry: Entry::Admit,
                    muted,
                };
                self.start(joining, rings, now, &mut changes)?;
            }
            Command::Invite { by, caller, rings } => {
                self.invite(by, *caller, rings, now, &mut changes)?;
            }
            Command::Answer {
                ring,
                person,
                muted,
            } => self.answer(ring, *person, muted, now, &mut changes)?,
            Command::EndRing { ring, end } => self.end_ring(ring, end, &mut changes)?,
            Command::Expel { raw_id } => self.expel(&raw_id, now, &mut changes)?,
            Command::Mute { raw_id, by } => self.mute(&raw_id, by, &mut changes)?,
            Command::Hold { leg, on } => self.hold_leg(leg, on, &mut changes)?,
            Command::Rejoin { leg, muted } => self.rejoin(leg, muted, now, &mut changes)?,
            Command::Lose { leg, clean } => self.lose(leg, clean, now)?,
            Command::Resume { leg } => self.resume(leg, now)?,
            Command::Leave { leg } => {
                self.leg(leg)?;
                self.end_leg(leg, EndCode::LEFT, now, &mut changes);
            }
            Command::EndForAll { by } => self.end_for_all(by, now, &mut changes)?,
            Command::Admit { by, legs } => self.admit(by, &legs, now, &mut changes)?,
            Command::AdmitAll { by } => self.admit_all(by, now, &mut changes)?,
            Command::Reject { by, legs } => self.reject(by, &legs, now, &mut changes)?,
            Command::Remove { by, leg } => self.remove(by, leg, now, &mut changes)?,
            Command::SetRole { by, leg, role } => self.set_role(by, leg, role, &mut changes)?,
            Command::Publish {
                leg,
                muted,
                camera,
                share,
            } => {
                self.publish(
                    leg,
                    conduct::Publishing {
                        muted,
                        camera,
                        share,
                    },
                    &mut changes,
                )?;
            }
            Command::MuteOthers { by, legs } => self.mute_others(by, legs, &mut changes)?,
            Command::Hand { leg, raised } => self.hand(leg, raised, &mut changes)?,
            Command::LowerHands { by, legs } => {
                self.lower_hands(by, legs.as_deref(), &mut changes)?;
            }
            Command::Spotlight { by, legs, on } => {
                self.set_spotlight(by, legs, on, &mut changes)?;
            }
            Command::React { leg, reaction } => self.react(leg, reaction, now, &mut changes)?,
            Command::Access {
                by,
                medium,
                permitted,
                legs,
            } => {
                let wish = access::AccessWish {
                    by,
                    medium,
                    permitted,
                    legs,
                };
                self.set_access(wish, &mut changes)?;
            }
            Command::MediaUp { leg } => self.media_changed(leg, MediaState::Up)?,
            Command::MediaLost { leg } => self.media_changed(leg, MediaState::Lost(now))?,
            Command::Reconsider {
                rules,
                verdicts,
                reason,
            } => {
                self.reconsider(rules, verdicts, reason, now, &mut changes);
            }
            Command::Invitations { rules, verdicts } => {
                self.hold_to_invitations(rules, verdicts, now, &mut changes);
            }
            Command::End { leg, end } => {
                self.leg(leg)?;
                self.end_leg(leg, end, now, &mut changes);
            }
            Command::Close { end } => self.close(end, now, &mut changes),
        }
        Ok(self.settle(changes, now))
    }

    /// Ends what is due.
    pub fn handle_time(&mut self, now: Timestamp) -> Vec<CallEvent> {
        if self.over {
            return Vec::new();
        }
        let mut changes = Changes::default();
        self.expire(now, &mut changes);
        self.settle(changes, now)
    }

    /// The call's id.
    pub fn id(&self) -> CallId {
        self.id
    }

    /// What it is the session of.
    pub fn kind(&self) -> CallKind {
        self.kind
    }

    /// When it began.
    pub fn started_on(&self) -> Timestamp {
        self.started_on
    }

    /// Whether a verified person has taken part.
    pub fn verified_seen(&self) -> bool {
        self.verified_seen
    }

    /// Whether this identity was removed from this call.
    pub fn was_removed(&self, raw_id: &RawId) -> bool {
        self.removed.contains(raw_id)
    }

    /// Whether this identity goes straight in because it took part until just now (CP-16).
    pub fn holds_seat(&self, raw_id: &RawId) -> bool {
        self.seated_role(raw_id).is_some()
    }

    /// Whether a join of this identity takes the place of a leg that still counts: a page that was reloaded.
    pub fn replaces_leg(&self, raw_id: &RawId) -> bool {
        let keeps_seat = |seat: &Seat| seat.leg.person.raw_id == *raw_id;
        !self.seats.values().any(keeps_seat) && self.reloading(raw_id).is_some()
    }

    /// Nobody is left; every further command is refused.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The version of the last roster change.
    pub fn roster_version(&self) -> u64 {
        self.roster_version
    }

    /// The version of the last lobby change.
    pub fn lobby_version(&self) -> u64 {
        self.lobby_version
    }

    /// A living leg.
    pub fn leg(&self, leg: LegId) -> Result<&Leg, EndCode> {
        self.legs.get(&leg).ok_or(EndCode::UNKNOWN_CALL)
    }

    /// All living legs.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.legs.values()
    }

    /// The legs that take part.
    pub fn connected(&self) -> impl Iterator<Item = &Leg> {
        self.legs.values().filter(|leg| leg.is_connected())
    }

    /// The legs that wait.
    pub fn waiting(&self) -> impl Iterator<Item = &Leg> {
        self.legs.values().filter(|leg| !leg.is_connected())
    }

    /// The seats that are kept.
    pub fn seats(&self) -> impl Iterator<Item = &Seat> {
        self.seats.values()
    }

    /// What a leg may do.
    pub fn capabilities(&self, leg: &Leg) -> Capabilities {
        let mut may = Capabilities::of(leg.role, leg.person.outsider, self.rules.capabilities);
        let access = self.access(leg);
        if !access.audio {
            may.forbid(Capability::UnmuteMic, Reason::MeetingRestricted);
        }
        if !access.camera {
            may.forbid(Capability::TurnVideoOn, Reason::MeetingRestricted);
        }
        may
    }

    /// What a leg's media may do now. In the lobby and on hold: nothing.
    pub fn gate(&self, leg: &Leg) -> MediaGate {
        if !leg.is_connected() || leg.on_hold {
            return MediaGate::default();
        }
        let may = self.capabilities(leg);
        MediaGate {
            receive: true,
            audio: !leg.muted && may.has(Capability::UnmuteMic),
            camera: leg.camera && may.has(Capability::TurnVideoOn),
            share: leg.share && may.has(Capability::ShareScreen),
        }
    }

    /// The conductor's leg, if it takes part and has the capability.
    fn conductor(
        &self,
        by: LegId,
        capability: Capability,
        refusal: EndCode,
    ) -> Result<&Leg, EndCode> {
        let leg = self.leg(by)?;
        if leg.is_connected() && self.capabilities(leg).has(capability) {
            Ok(leg)
        } else {
            Err(refusal)
        }
    }

    /// Ends a leg that may be absent; `seat` decides whether its place is kept.
    fn end_leg(&mut self, id: LegId, end: EndCode, now: Timestamp, changes: &mut Changes) {
        let Some(leg) = self.legs.remove(&id) else {
            return;
        };
        let keeps_seat = end == EndCode::VANISHED && leg.is_connected() && self.answered;
        let seat_until = keeps_seat
            .then(|| {
                leg.lost
                    .map_or(now, |loss| loss.since)
                    .plus(self.timings.seat)
            })
            .filter(|until| *until > now);
        if let Some(until) = seat_until {
            self.seats.insert(
                id,
                Seat {
                    leg: leg.clone(),
                    until,
                },
            );
        }
        if self.stage.forget(id) {
            changes.stage();
        }
        if leg.is_connected() {
            changes.removed_from_roster(id, end);
        } else {
            changes.removed_from_lobby(id);
        }
        let on = match leg.lost {
            Some(loss) if end == EndCode::VANISHED => loss.since.plus(self.hold(loss)).min(now),
            Some(_) | None => now,
        };
        changes.event(CallEvent::Ended {
            leg: Box::new(leg),
            end,
            on,
            seat_until,
        });
    }

    fn hold(&self, loss: Loss) -> Duration {
        if loss.clean {
            self.timings.hold_clean
        } else {
            self.timings.hold
        }
    }

    /// Closes a command: one roster and one lobby event at most, each with the next version.
    fn settle(&mut self, mut changes: Changes, now: Timestamp) -> Vec<CallEvent> {
        if changes.has_events() {
            self.end_if_alone(now, &mut changes);
        }
        let over = self.legs.is_empty() && self.seats.is_empty() && changes.has_events();
        let mut events = changes.finish(&mut self.roster_version, &mut self.lobby_version);
        if over {
            self.over = true;
            events.push(CallEvent::Over);
        }
        events
    }
}

#[cfg(test)]
mod tests;
