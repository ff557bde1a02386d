//! A call: who is in it, who waits, what each may send, and when a leg ends. Every rule of the calling protocol that is
//! not about sockets. The caller decides admission first (`admission`), saves what changed and announces the events.
mod conduct;
mod end;
mod entry;
mod presence;

pub use end::EndCode;
pub use presence::SavedCall;

use crate::{
    capability::{Capabilities, Capability, CapabilityRules, ChangeReason, Role},
    ids::{CallId, LegId, OrganisationId, RawId, ResourceId, ThreadId},
    principal::ClientKind,
    roster::Changes,
    time::Timestamp,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use uuid::Uuid;

/// What a call is the session of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallKind {
    /// A meeting: lobby, roles, options.
    Meeting,
    /// Users of one resource under an id their app chose: neither lobby nor roles.
    Group {
        /// Whose users.
        resource: ResourceId,
        /// The app's id.
        group_id: Uuid,
    },
}

/// Which call of all that may be: at most one lives per key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallKey {
    /// The call of a meeting, by its thread.
    Meeting(ThreadId),
    /// A group call.
    Group {
        /// Whose users.
        resource: ResourceId,
        /// The app's id.
        group_id: Uuid,
    },
}

impl CallKey {
    /// What its call is the session of.
    pub fn kind(&self) -> CallKind {
        match self {
            Self::Meeting(_) => CallKind::Meeting,
            Self::Group { resource, group_id } => CallKind::Group {
                resource: *resource,
                group_id: *group_id,
            },
        }
    }
}

/// Who a leg is. Fixed while the leg lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The identity.
    pub raw_id: RawId,
    /// Through which client.
    pub client: ClientKind,
    /// The resource that pays (E and T).
    pub resource: Option<ResourceId>,
    /// A member's organisation.
    pub organisation: Option<OrganisationId>,
    /// The raw name: the directory's for members, else what the app gave.
    pub display_name: String,
    /// Not of the meeting's organisation.
    pub outsider: bool,
    /// Signed in with an account that the meeting's organisation knows or trusts.
    pub verified: bool,
}

/// What admission said of a person who may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Straight in.
    Admit,
    /// Waits. `automatic`: only for the first verified person, else for somebody who admits.
    Lobby {
        /// See above.
        automatic: bool,
    },
}

/// Where a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegState {
    /// Waits in the lobby.
    Lobby {
        /// Since when.
        since: Timestamp,
        /// See [`Entry::Lobby`].
        automatic: bool,
    },
    /// Takes part.
    Connected {
        /// Since when.
        since: Timestamp,
    },
}

/// The loss of a leg's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// When.
    pub since: Timestamp,
    /// The client closed it: its page was closed or reloaded.
    pub clean: bool,
}

/// The leg's transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaState {
    /// Not yet up; counted from this time once the leg takes part.
    Awaited(Timestamp),
    /// Up.
    Up,
    /// Lost at this time.
    Lost(Timestamp),
}

/// One endpoint's stay in the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The server's name of it.
    pub id: LegId,
    /// Who.
    pub person: Person,
    /// In which role.
    pub role: Role,
    /// When the service accepted it: the meter starts here.
    pub accepted_on: Timestamp,
    /// Lobby or connected.
    pub state: LegState,
    /// Whether its socket is lost.
    pub lost: Option<Loss>,
    /// The microphone is muted, by itself or by another.
    pub muted: bool,
    /// The camera is published.
    pub camera: bool,
    /// The screen share is published.
    pub share: bool,
    /// The transport.
    pub media: MediaState,
}

impl Leg {
    /// Takes part.
    pub fn is_connected(&self) -> bool {
        matches!(self.state, LegState::Connected { .. })
    }

    /// Since when it takes part, or waits.
    pub fn since(&self) -> Timestamp {
        match self.state {
            LegState::Lobby { since, .. } | LegState::Connected { since } => since,
        }
    }
}

/// The place of a vanished leg that took part: it, or its identity, comes back past the lobby (CP-16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The leg as it was.
    pub leg: Leg,
    /// Until when.
    pub until: Timestamp,
}

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
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            hold_clean: Duration::from_secs(5),
            hold: Duration::from_mins(1),
            seat: Duration::from_mins(2),
            media: Duration::from_mins(1),
            call_max: Duration::from_hours(30),
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
}

/// A command to a call. `by` is the leg of the person who asks.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are those of the protocol's requests"
)]
pub enum Command {
    /// CP-20, after admission said `entry`.
    Join {
        leg: LegId,
        person: Box<Person>,
        role: Role,
        entry: Entry,
        muted: bool,
    },
    /// CP-24; the caller checked the key.
    Rejoin { leg: LegId, muted: bool },
    /// The leg's socket is lost (CP-16).
    Lose { leg: LegId, clean: bool },
    /// The leg's session resumed (CP-12).
    Resume { leg: LegId },
    /// CP-27.
    Leave { leg: LegId },
    /// CP-27.
    EndForAll { by: LegId },
    /// CP-33.
    Admit { by: LegId, legs: Vec<LegId> },
    /// CP-33.
    AdmitAll { by: LegId },
    /// CP-33.
    Reject { by: LegId, legs: Vec<LegId> },
    /// CP-34.
    Remove { by: LegId, leg: LegId },
    /// CP-36.
    SetRole { by: LegId, leg: LegId, role: Role },
    /// CP-42.
    Publish {
        leg: LegId,
        muted: Option<bool>,
        camera: Option<bool>,
        share: Option<bool>,
    },
    /// CP-46; `None` is everybody else.
    MuteOthers { by: LegId, legs: Option<Vec<LegId>> },
    /// The transport is up.
    MediaUp { leg: LegId },
    /// The transport is lost.
    MediaLost { leg: LegId },
    /// Options or policy changed; each verdict is the new admission of a waiting leg.
    Reconsider {
        rules: Rules,
        verdicts: Vec<(LegId, Result<Entry, EndCode>)>,
        reason: ChangeReason,
    },
    /// The server ends one leg: its token ended.
    End { leg: LegId, end: EndCode },
    /// The server ends the call: its meeting is gone.
    Close { end: EndCode },
}

/// What a command or the time brought about, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the protocol's frames")]
pub enum CallEvent {
    /// A new leg is in the call or its lobby.
    Joined { leg: LegId },
    /// A leg goes on under a new session; `seated` when it had ended meanwhile.
    Returned { leg: LegId, seated: bool },
    /// A waiting leg takes part now (CP-25).
    Admitted { leg: LegId },
    /// A leg is over; exactly once, unless it returns to its seat (CP-26).
    Ended {
        leg: Box<Leg>,
        end: EndCode,
        /// When: for a vanished leg the end of its hold, whenever that was noticed.
        on: Timestamp,
        /// Its seat is kept.
        seat_until: Option<Timestamp>,
    },
    /// CP-30.
    Roster {
        version: u64,
        changed: Vec<LegId>,
        removed: Vec<(LegId, EndCode)>,
    },
    /// CP-32.
    Lobby {
        version: u64,
        changed: Vec<LegId>,
        removed: Vec<LegId>,
    },
    /// CP-35.
    Capabilities { leg: LegId, reason: ChangeReason },
    /// CP-46.
    MutedByOther { leg: LegId, by: LegId },
    /// What the leg's media may do changed.
    Gate { leg: LegId },
    /// A leg's stored state (role, lobby or not) changed.
    Saved { leg: LegId },
    /// A seat was given up.
    SeatFreed { leg: LegId },
    /// Nobody is left and nobody is waited for.
    Over,
}

/// What a leg's media may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaGate {
    /// Others' media is forwarded to it.
    pub receive: bool,
    /// Its microphone is forwarded.
    pub audio: bool,
    /// Its camera is forwarded.
    pub camera: bool,
    /// Its screen share is forwarded.
    pub share: bool,
}

/// Removed people whom a call remembers; past it the first in order are forgotten.
const REMOVED_MAX: usize = 1_000;

/// A live call. INVARIANTS: a leg is in `legs` or in `seats`, never both; `verified_seen` never turns false.
#[derive(Clone, Debug)]
pub struct Call {
    id: CallId,
    kind: CallKind,
    rules: Rules,
    timings: Timings,
    started_on: Timestamp,
    legs: BTreeMap<LegId, Leg>,
    seats: BTreeMap<LegId, Seat>,
    /// Who was removed: they wait when they come again. At most `REMOVED_MAX`.
    removed: BTreeSet<RawId>,
    /// A verified person has taken part (behaviour 3.5).
    verified_seen: bool,
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
            removed: BTreeSet::new(),
            verified_seen: false,
            roster_version: 0,
            lobby_version: 0,
            over: false,
        }
    }

    /// Decides one command. On a refusal nothing changed.
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
            Command::MediaUp { leg } => self.media_changed(leg, MediaState::Up)?,
            Command::MediaLost { leg } => self.media_changed(leg, MediaState::Lost(now))?,
            Command::Reconsider {
                rules,
                verdicts,
                reason,
            } => {
                self.reconsider(rules, verdicts, reason, now, &mut changes);
            }
            Command::End { leg, end } => {
                self.leg(leg)?;
                self.end_leg(leg, end, now, &mut changes);
            }
            Command::Close { end } => self.close(end, now, &mut changes),
        }
        Ok(self.settle(changes))
    }

    /// Ends what is due.
    pub fn handle_time(&mut self, now: Timestamp) -> Vec<CallEvent> {
        if self.over {
            return Vec::new();
        }
        let mut changes = Changes::default();
        self.expire(now, &mut changes);
        self.settle(changes)
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
        Capabilities::of(leg.role, leg.person.outsider, self.rules.capabilities)
    }

    /// What a leg's media may do now. In the lobby: nothing.
    pub fn gate(&self, leg: &Leg) -> MediaGate {
        if !leg.is_connected() {
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
        let seat_until = (end == EndCode::VANISHED && leg.is_connected())
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
    fn settle(&mut self, changes: Changes) -> Vec<CallEvent> {
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
