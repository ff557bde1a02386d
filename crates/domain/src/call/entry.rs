//! Coming in: join, rejoin, the lobby and its answers, and a changed mind of options or policy.
use super::{Call, CallEvent, EndCode, Entry, Leg, LegState, MediaState, Person, Rules};
use crate::{
    capability::{CallForm, Capability, ChangeReason, Role},
    ids::{LegId, RawId},
    principal::ClientKind,
    roster::Changes,
    time::Timestamp,
};

/// A join whose admission was decided.
pub(super) struct Joining {
    pub(super) leg: LegId,
    pub(super) person: Person,
    pub(super) role: Role,
    pub(super) entry: Entry,
    pub(super) muted: bool,
}

impl Call {
    pub(super) fn join(
        &mut self,
        joining: Joining,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let Joining {
            leg: id,
            person,
            role,
            entry,
            muted,
        } = joining;
        if self.legs.contains_key(&id) || self.seats.contains_key(&id) {
            return Err(EndCode::FORBIDDEN);
        }
        let seated = self.seated_role(&person.raw_id);
        let straight_in = entry == Entry::Admit || seated.is_some();
        if !(straight_in && self.replaces_leg(&person.raw_id)) {
            self.check_room(straight_in)?;
        }
        if seated.is_some() {
            self.take_seat(&person, now, changes);
        }
        let state = match entry {
            Entry::Lobby { automatic } if !straight_in => LegState::Lobby {
                since: now,
                automatic,
            },
            Entry::Lobby { .. } | Entry::Admit => LegState::Connected { since: now },
        };
        let media = if person.client == ClientKind::Application {
            MediaState::Up
        } else {
            MediaState::Awaited(now)
        };
        let leg = Leg {
            id,
            person,
            role: seated.unwrap_or(role),
            accepted_on: now,
            state,
            lost: None,
            muted,
            camera: false,
            share: false,
            access: self.attendee_access,
            on_hold: false,
            media,
        };
        self.legs.insert(id, leg);
        changes.event(CallEvent::Joined { leg: id });
        self.entered(id, now, changes);
        Ok(())
    }

    /// CP-24: the same leg goes on, out of its hold, its seat, or another session.
    pub(super) fn rejoin(
        &mut self,
        id: LegId,
        muted: bool,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let seated = match self.seats.remove(&id) {
            Some(seat) => {
                self.legs.insert(id, seat.leg);
                true
            }
            None => false,
        };
        let leg = self.legs.get_mut(&id).ok_or(EndCode::UNKNOWN_CALL)?;
        let before = (leg.muted, leg.camera, leg.share);
        leg.lost = None;
        leg.media = MediaState::Awaited(now);
        (leg.muted, leg.camera, leg.share) = (muted, false, false);
        let changed = before != (muted, false, false) || leg.on_hold;
        leg.on_hold = false;
        if leg.is_connected() && (seated || changed) {
            changes.roster(id);
        }
        self.hold_to_rules(id, changes);
        changes.gate(id);
        changes.event(CallEvent::Returned { leg: id, seated });
        Ok(())
    }

    pub(super) fn admit(
        &mut self,
        by: LegId,
        legs: &[LegId],
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        self.check_lobby_request(by, legs)?;
        for id in legs {
            self.let_in(*id, now, changes);
        }
        Ok(())
    }

    pub(super) fn admit_all(
        &mut self,
        by: LegId,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        self.check_lobby_request(by, &[])?;
        let waiting: Vec<_> = self.waiting().map(|leg| leg.id).collect();
        for id in waiting {
            self.let_in(id, now, changes);
        }
        Ok(())
    }

    pub(super) fn reject(
        &mut self,
        by: LegId,
        legs: &[LegId],
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        self.check_lobby_request(by, legs)?;
        for id in legs {
            if self.leg(*id).is_ok_and(|leg| !leg.is_connected()) {
                self.end_leg(*id, EndCode::LOBBY_DENIED, now, changes);
            }
        }
        Ok(())
    }

    /// New options or policy: waiting legs are judged anew, everybody's capabilities are looked at again.
    pub(super) fn reconsider(
        &mut self,
        rules: Rules,
        verdicts: Vec<(LegId, Result<Entry, EndCode>)>,
        reason: ChangeReason,
        now: Timestamp,
        changes: &mut Changes,
    ) {
        let before: Vec<_> = self
            .connected()
            .map(|leg| (leg.id, self.capabilities(leg)))
            .collect();
        self.rules = rules;
        for (id, capabilities) in before {
            if self
                .leg(id)
                .is_ok_and(|leg| self.capabilities(leg) != capabilities)
            {
                changes.event(CallEvent::Capabilities { leg: id, reason });
                self.hold_to_rules(id, changes);
            }
        }
        for (id, verdict) in verdicts {
            match verdict {
                Ok(Entry::Admit) => self.let_in(id, now, changes),
                Ok(Entry::Lobby { automatic }) => self.wait_on(id, automatic),
                Err(end) if self.leg(id).is_ok_and(|leg| !leg.is_connected()) => {
                    self.end_leg(id, end, now, changes);
                }
                Err(_) => {}
            }
        }
        if self.verified_seen {
            self.let_in_automatic(now, changes);
        }
    }

    /// CP-33's refusals, in the order of the protocol.
    fn check_lobby_request(&self, by: LegId, legs: &[LegId]) -> Result<(), EndCode> {
        self.leg(by)?;
        if self.rules.capabilities.form != CallForm::Meeting {
            return Err(EndCode::NO_LOBBY);
        }
        self.conductor(by, Capability::ManageLobby, EndCode::MAY_NOT_MANAGE_LOBBY)?;
        let [only] = legs else { return Ok(()) };
        match self.leg(*only) {
            Ok(leg) if leg.is_connected() => Err(EndCode::ALREADY_ADMITTED),
            Ok(_) => Ok(()),
            Err(_) => Err(EndCode::NOT_IN_LOBBY),
        }
    }

    fn check_room(&self, straight_in: bool) -> Result<(), EndCode> {
        if straight_in && self.connected().count() >= self.rules.participants_max {
            return Err(EndCode::CALL_FULL);
        }
        if !straight_in && self.waiting().count() >= self.rules.lobby_max {
            return Err(EndCode::LOBBY_FULL);
        }
        Ok(())
    }

    /// A waiting leg takes part, if there is room.
    fn let_in(&mut self, id: LegId, now: Timestamp, changes: &mut Changes) {
        if self.check_room(true).is_err() {
            return;
        }
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| !leg.is_connected()) else {
            return;
        };
        leg.state = LegState::Connected { since: now };
        if leg.media != MediaState::Up {
            leg.media = MediaState::Awaited(now);
        }
        changes.removed_from_lobby(id);
        changes.event(CallEvent::Admitted { leg: id });
        self.entered(id, now, changes);
    }

    fn wait_on(&mut self, id: LegId, automatic: bool) {
        if let Some(leg) = self.legs.get_mut(&id)
            && let LegState::Lobby { since, .. } = leg.state
        {
            leg.state = LegState::Lobby { since, automatic };
        }
    }

    /// A leg is new in the call or in the lobby.
    fn entered(&mut self, id: LegId, now: Timestamp, changes: &mut Changes) {
        let Some(leg) = self.legs.get(&id) else {
            return;
        };
        if !leg.is_connected() {
            changes.lobby(id);
            return;
        }
        let verified = leg.person.verified;
        self.hold_to_rules(id, changes);
        changes.roster(id);
        changes.gate(id);
        if verified {
            self.verified_seen = true;
        }
        if self.verified_seen {
            self.let_in_automatic(now, changes);
        }
    }

    /// Those who waited only for a verified person come in (behaviour 3.5).
    fn let_in_automatic(&mut self, now: Timestamp, changes: &mut Changes) {
        let automatic = |leg: &&Leg| {
            matches!(
                leg.state,
                LegState::Lobby {
                    automatic: true,
                    ..
                }
            )
        };
        let next = self.waiting().find(automatic).map(|leg| leg.id);
        if let Some(id) = next
            && self.check_room(true).is_ok()
        {
            // Comes back here through `entered` until nobody waits so.
            self.let_in(id, now, changes);
        }
    }

    /// The role of a seat this identity may take: a kept one, or that of a lost leg within its hold. The seat runs from the
    /// loss, not from the end of the hold.
    pub(super) fn seated_role(&self, raw_id: &RawId) -> Option<Role> {
        let kept = self.seats.values().map(|seat| &seat.leg);
        let held = |leg: &&Leg| leg.is_connected() && leg.lost.is_some();
        kept.chain(self.legs.values().filter(held))
            .find(|leg| leg.person.raw_id == *raw_id)
            .map(|leg| leg.role)
    }

    /// The leg of the page that this identity closed just now.
    pub(super) fn reloading(&self, raw_id: &RawId) -> Option<LegId> {
        let mut legs = self.legs.values().filter(|leg| is_reloading(leg));
        legs.find(|leg| leg.person.raw_id == *raw_id)
            .map(|leg| leg.id)
    }

    /// Uses up one seat, or ends the leg of the closed page. A leg lost otherwise may still resume: it stays until its hold is
    /// over.
    fn take_seat(&mut self, person: &Person, now: Timestamp, changes: &mut Changes) {
        let is_theirs = |leg: &Leg| leg.person.raw_id == person.raw_id;
        let kept = self
            .seats
            .values()
            .find(|seat| is_theirs(&seat.leg))
            .map(|seat| seat.leg.id);
        if let Some(id) = kept {
            self.seats.remove(&id);
            changes.event(CallEvent::SeatFreed { leg: id });
            return;
        }
        if let Some(id) = self.reloading(&person.raw_id) {
            self.end_leg(id, EndCode::VANISHED, now, changes);
            self.seats.remove(&id);
            changes.event(CallEvent::SeatFreed { leg: id });
        }
    }
}

/// Took part, and its client closed the socket: the page was reloaded.
fn is_reloading(leg: &Leg) -> bool {
    leg.is_connected() && leg.lost.is_some_and(|loss| loss.clean)
}
