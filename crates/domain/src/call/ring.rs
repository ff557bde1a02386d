//! Ringing: who is asked into a call, until when, and how that ends (behaviour 10.1). An answer is the one way into a call
//! that rings; the first answer wins. Who may ring whom stands in `reach`.
use super::{Call, CallEvent, CallKind, EndCode, Entry, Person, entry::Joining};
use crate::{
    capability::{Capability, Role},
    ids::{LegId, RawId},
    roster::Changes,
    time::Timestamp,
};
use std::{collections::BTreeSet, time::Duration};

/// People whom one call rings at a time; the next invitation is refused with 429.
pub const INVITATIONS_MAX: usize = 50;

/// One end of a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The identity.
    pub raw_id: RawId,
    /// The raw name: the directory's for members, else what is known, which may be nothing.
    pub display_name: String,
    /// No member: a member who looks sees the label.
    pub outsider: bool,
}

/// A wish to ring somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// The name of the invitation, and of the leg that its answer makes.
    pub id: LegId,
    /// Whom.
    pub callee: Party,
    /// How long.
    pub ring_for: Duration,
}

/// Somebody who is rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// See [`Ring::id`].
    pub id: LegId,
    /// Who rings.
    pub caller: Party,
    /// Who is rung.
    pub callee: Party,
    /// Since when.
    pub since: Timestamp,
    /// When it ends unanswered.
    pub until: Timestamp,
}

/// How the rings of a call ended that nobody has answered yet: it decides what the caller hears.
#[derive(Clone, Debug, Default)]
pub(super) struct Unanswered {
    rung: usize,
    ends: BTreeSet<EndCode>,
}

impl Unanswered {
    pub(super) fn restored(rung: usize) -> Self {
        Self {
            rung,
            ends: BTreeSet::new(),
        }
    }

    /// One callee's end is the caller's. Several who all declined are told apart from one who did; for the rest nobody
    /// answered.
    fn end(&self) -> EndCode {
        let mut ends = self.ends.iter();
        match (self.rung, ends.next(), ends.next()) {
            (_, None, _) => EndCode::RING_CANCELLED,
            (1, Some(end), _) => *end,
            (_, Some(&EndCode::DECLINED), None) => EndCode::ALL_DECLINED,
            (_, Some(end), None) => *end,
            (_, Some(_), Some(_)) => EndCode::NO_ANSWER,
        }
    }
}

impl Call {
    /// The first leg of a call that rings.
    pub(super) fn start(
        &mut self,
        joining: Joining,
        rings: Vec<Ring>,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        if self.kind != CallKind::Direct || !self.legs.is_empty() || rings.is_empty() {
            return Err(EndCode::FORBIDDEN);
        }
        let caller = party(&joining.person);
        self.check_rings(&rings, &caller.raw_id)?;
        self.answered = false;
        self.two_party = rings.len() == 1;
        self.join(joining, now, changes)?;
        self.ring_all(&caller, rings, now, changes);
        Ok(())
    }

    /// Rings more people. `by` is the leg that asks; without it the server asks in a builder's name.
    pub(super) fn invite(
        &mut self,
        by: Option<LegId>,
        caller: Party,
        rings: Vec<Ring>,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        if !matches!(self.kind, CallKind::Direct | CallKind::Group { .. }) {
            return Err(EndCode::FORBIDDEN);
        }
        let caller = match by {
            Some(by) => {
                let leg = self.leg(by)?;
                let may = self.capabilities(leg);
                let adds =
                    may.has(Capability::AddCommunicationUser) || may.has(Capability::AddTeamsUser);
                if !leg.is_connected() || !adds {
                    return Err(EndCode::FORBIDDEN);
                }
                party(&leg.person)
            }
            None => caller,
        };
        self.check_rings(&rings, &caller.raw_id)?;
        let here = self.connected().count() + self.seats.len() + self.invitations.len();
        if here + rings.len() > 2 {
            self.two_party = false;
        }
        self.ring_all(&caller, rings, now, changes);
        Ok(())
    }

    /// The callee takes part from now on.
    pub(super) fn answer(
        &mut self,
        ring: LegId,
        person: Person,
        muted: bool,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let invitation = self
            .invitations
            .get(&ring)
            .filter(|invitation| invitation.callee.raw_id == person.raw_id)
            .cloned()
            .ok_or(EndCode::UNKNOWN_CALL)?;
        self.invitations.remove(&ring);
        let joining = Joining {
            leg: ring,
            person,
            role: Role::Presenter,
            entry: Entry::Admit,
            muted,
        };
        if let Err(end) = self.join(joining, now, changes) {
            self.invitations.insert(ring, invitation);
            return Err(end);
        }
        changes.event(CallEvent::RingEnded {
            invitation: Box::new(invitation),
            result: Ok(()),
        });
        if !self.answered {
            self.answered = true;
            // Nobody pays for ringing: the meter of those who rang starts with the first answer.
            for leg in self.legs.values_mut().filter(|leg| leg.id != ring) {
                leg.accepted_on = now;
                changes.event(CallEvent::Answered { leg: leg.id });
            }
        }
        Ok(())
    }

    /// A ring ends without an answer.
    pub(super) fn end_ring(
        &mut self,
        ring: LegId,
        end: EndCode,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let invitation = self
            .invitations
            .remove(&ring)
            .ok_or(EndCode::UNKNOWN_CALL)?;
        self.unanswered.ends.insert(end);
        changes.removed_from_roster(ring, end);
        changes.event(CallEvent::RingEnded {
            invitation: Box::new(invitation),
            result: Err(end),
        });
        Ok(())
    }

    pub(super) fn end_rings(&mut self, end: EndCode, changes: &mut Changes) {
        let rings: Vec<_> = self.invitations.keys().copied().collect();
        for ring in rings {
            // Each was found just now.
            let _ = self.end_ring(ring, end, changes);
        }
    }

    /// Every leg, seat and ring of a person is gone; the server removes in a builder's name.
    pub(super) fn expel(
        &mut self,
        raw_id: &RawId,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let theirs = |id: &RawId| id == raw_id;
        let legs: Vec<_> = self
            .legs
            .values()
            .filter(|leg| theirs(&leg.person.raw_id))
            .map(|leg| leg.id)
            .collect();
        let rings: Vec<_> = self
            .invitations
            .values()
            .filter(|invitation| theirs(&invitation.callee.raw_id))
            .map(|invitation| invitation.id)
            .collect();
        if legs.is_empty() && rings.is_empty() {
            return Err(EndCode::NOT_IN_CALL);
        }
        for ring in rings {
            self.end_ring(ring, EndCode::RING_CANCELLED, changes)?;
        }
        for leg in legs {
            self.end_leg(leg, EndCode::REMOVED, now, changes);
        }
        self.free_seats_of(raw_id, changes);
        Ok(())
    }

    /// Nobody rings for ever.
    pub(super) fn expire_rings(&mut self, now: Timestamp, changes: &mut Changes) {
        let due: Vec<_> = self
            .invitations
            .values()
            .filter(|invitation| invitation.until <= now)
            .map(|invitation| invitation.id)
            .collect();
        for ring in due {
            let _ = self.end_ring(ring, EndCode::NO_ANSWER, changes);
        }
    }

    /// Rings end with the last who could hear the answer. A call that rang ends when nobody came, when one of two is alone,
    /// and when only applications are left.
    pub(super) fn end_if_alone(&mut self, now: Timestamp, changes: &mut Changes) {
        let here = self.legs.len() + self.seats.len();
        if here == 0 {
            self.end_rings(EndCode::RING_CANCELLED, changes);
        }
        if self.kind != CallKind::Direct || here == 0 || !self.invitations.is_empty() {
            return;
        }
        let people = self.legs.values().filter(|leg| !leg.is_application());
        let people = people.count() + self.seats.len();
        if !self.answered {
            let end = self.unanswered.end();
            self.close(end, now, changes);
        } else if people == 0 || self.two_party && here < 2 {
            self.close(EndCode::CALL_OVER, now, changes);
        }
    }

    fn check_rings(&self, rings: &[Ring], caller: &RawId) -> Result<(), EndCode> {
        if self.invitations.len() + rings.len() > INVITATIONS_MAX {
            return Err(EndCode::TOO_MANY);
        }
        let here = self.connected().count() + self.invitations.len();
        if here + rings.len() > self.rules.participants_max {
            return Err(EndCode::CALL_FULL);
        }
        let mut rung = BTreeSet::from([caller]);
        for ring in rings {
            let callee = &ring.callee.raw_id;
            let is_there = self.connected().any(|leg| leg.person.raw_id == *callee)
                || self
                    .invitations
                    .values()
                    .any(|invitation| invitation.callee.raw_id == *callee);
            if is_there || !rung.insert(callee) {
                return Err(EndCode::ALREADY_IN_CALL);
            }
        }
        Ok(())
    }

    fn ring_all(
        &mut self,
        caller: &Party,
        rings: Vec<Ring>,
        now: Timestamp,
        changes: &mut Changes,
    ) {
        for ring in rings {
            let invitation = Invitation {
                id: ring.id,
                caller: caller.clone(),
                callee: ring.callee,
                since: now,
                until: now.plus(ring.ring_for),
            };
            self.unanswered.rung += 1;
            changes.roster(ring.id);
            changes.event(CallEvent::Rings {
                invitation: Box::new(invitation.clone()),
            });
            self.invitations.insert(ring.id, invitation);
        }
    }

    /// Somebody has answered, or the call needs no answer.
    pub fn is_answered(&self) -> bool {
        self.answered
    }

    /// Begun between two, and nobody was added: it ends when one is alone.
    pub fn is_two_party(&self) -> bool {
        self.two_party
    }

    /// Who is rung.
    pub fn invitations(&self) -> impl Iterator<Item = &Invitation> {
        self.invitations.values()
    }

    /// One who is rung.
    pub fn invitation(&self, ring: LegId) -> Option<&Invitation> {
        self.invitations.get(&ring)
    }
}

fn party(person: &Person) -> Party {
    Party {
        raw_id: person.raw_id.clone(),
        display_name: person.display_name.clone(),
        outsider: person.outsider,
    }
}
