//! During the call: what legs publish, and what conductors do to others.
use super::{Call, CallEvent, EndCode, Leg};
use crate::{
    capability::{CallForm, Capability, ChangeReason, Role},
    ids::{LegId, RawId},
    roster::Changes,
    time::Timestamp,
};

/// What a leg wants to send; `None` leaves it as it is.
#[derive(Clone, Copy)]
pub(super) struct Publishing {
    pub(super) muted: Option<bool>,
    pub(super) camera: Option<bool>,
    pub(super) share: Option<bool>,
}

impl Call {
    pub(super) fn publish(
        &mut self,
        id: LegId,
        wish: Publishing,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let leg = self.leg(id)?;
        let may = self.capabilities(leg);
        if leg.is_connected() {
            if wish.muted == Some(false) && !may.has(Capability::UnmuteMic) {
                return Err(EndCode::MAY_NOT_UNMUTE);
            }
            if wish.camera == Some(true) && !may.has(Capability::TurnVideoOn)
                || wish.share == Some(true) && !may.has(Capability::ShareScreen)
            {
                return Err(EndCode::FORBIDDEN);
            }
        }
        let before = self.sent_by(id);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.muted = wish.muted.unwrap_or(leg.muted);
            leg.camera = wish.camera.unwrap_or(leg.camera);
            leg.share = wish.share.unwrap_or(leg.share);
        }
        self.note_sent(id, before, changes);
        Ok(())
    }

    pub(super) fn mute_others(
        &mut self,
        by: LegId,
        legs: Option<Vec<LegId>>,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        self.conductor(by, Capability::MuteOthers, EndCode::FORBIDDEN)?;
        let targets = legs.unwrap_or_else(|| self.connected().map(|leg| leg.id).collect());
        for id in targets.into_iter().filter(|id| *id != by) {
            self.mute_leg(id, by, changes);
        }
        Ok(())
    }

    fn mute_leg(&mut self, id: LegId, by: LegId, changes: &mut Changes) {
        let open = |leg: &&mut Leg| !leg.muted && leg.is_connected();
        let Some(leg) = self.legs.get_mut(&id).filter(open) else {
            return;
        };
        leg.muted = true;
        changes.event(CallEvent::MutedByOther { leg: id, by });
        changes.gate(id);
        changes.roster(id);
    }

    pub(super) fn set_role(
        &mut self,
        by: LegId,
        id: LegId,
        role: Role,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let conductor = self.leg(by)?;
        let may = conductor.is_connected()
            && conductor.role.organises()
            && !conductor.person.outsider
            && self.rules.capabilities.form == CallForm::Meeting;
        let leg = self.leg(id)?;
        // The organisers' own roles come from the meeting, not from the call; some roles are for rooms only.
        let is_given = matches!(role, Role::Presenter | Role::Attendee);
        if !may || !leg.is_connected() || leg.role.organises() || !is_given {
            return Err(EndCode::FORBIDDEN);
        }
        if leg.role == role {
            return Ok(());
        }
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.role = role;
        }
        changes.event(CallEvent::Saved { leg: id });
        changes.event(CallEvent::Capabilities {
            leg: id,
            reason: ChangeReason::RoleChanged,
        });
        changes.roster(id);
        self.hold_to_rules(id, changes);
        Ok(())
    }

    pub(super) fn remove(
        &mut self,
        by: LegId,
        id: LegId,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        self.conductor(by, Capability::RemoveParticipant, EndCode::FORBIDDEN)?;
        if self.invitation(id).is_some() {
            return self.end_ring(id, EndCode::RING_CANCELLED, changes);
        }
        let leg = self.leg(id)?;
        let conductor = self.leg(by)?;
        // Nobody removes those above: the organiser stays in the meeting, and outsiders remove outsiders only.
        let above = leg.role == Role::Organizer && conductor.role != Role::Organizer
            || conductor.person.outsider && !leg.person.outsider;
        if !leg.is_connected()
            || by == id
            || above && self.rules.capabilities.form == CallForm::Meeting
        {
            return Err(EndCode::FORBIDDEN);
        }
        let raw_id = leg.person.raw_id.clone();
        self.end_leg(id, EndCode::REMOVED, now, changes);
        self.free_seats_of(&raw_id, changes);
        self.note_removed(raw_id);
        Ok(())
    }

    pub(super) fn free_seats_of(&mut self, raw_id: &RawId, changes: &mut Changes) {
        let seats: Vec<_> = self
            .seats
            .values()
            .filter(|seat| seat.leg.person.raw_id == *raw_id)
            .map(|seat| seat.leg.id)
            .collect();
        for seat in seats {
            self.seats.remove(&seat);
            changes.event(CallEvent::SeatFreed { leg: seat });
        }
    }

    /// The server mutes every leg of a person, in a builder's name.
    pub(super) fn mute(
        &mut self,
        raw_id: &RawId,
        by: LegId,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let theirs = |leg: &&Leg| leg.is_connected() && leg.person.raw_id == *raw_id;
        let legs: Vec<_> = self
            .legs
            .values()
            .filter(theirs)
            .map(|leg| leg.id)
            .collect();
        if legs.is_empty() {
            return Err(EndCode::NOT_IN_CALL);
        }
        for id in legs {
            self.mute_leg(id, by, changes);
        }
        Ok(())
    }

    /// CP-59: both ways.
    pub(super) fn hold_leg(
        &mut self,
        id: LegId,
        on: bool,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let leg = self.legs.get_mut(&id).filter(|leg| leg.is_connected());
        let leg = leg.ok_or(EndCode::FORBIDDEN)?;
        if leg.on_hold != on {
            leg.on_hold = on;
            changes.gate(id);
            changes.roster(id);
        }
        Ok(())
    }

    pub(super) fn note_removed(&mut self, raw_id: RawId) {
        if self.removed.len() >= super::REMOVED_MAX {
            self.removed.pop_first();
        }
        self.removed.insert(raw_id);
    }

    pub(super) fn end_for_all(
        &mut self,
        by: LegId,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        self.conductor(by, Capability::HangUpForEveryOne, EndCode::FORBIDDEN)?;
        self.end_leg(by, EndCode::LEFT, now, changes);
        self.close(EndCode::ENDED_FOR_ALL, now, changes);
        Ok(())
    }

    /// Ends every leg, every seat and every ring.
    pub(super) fn close(&mut self, end: EndCode, now: Timestamp, changes: &mut Changes) {
        self.end_rings(EndCode::RING_CANCELLED, changes);
        let legs: Vec<_> = self.legs.keys().copied().collect();
        for id in legs {
            self.end_leg(id, end, now, changes);
        }
        for (leg, _) in std::mem::take(&mut self.seats) {
            changes.event(CallEvent::SeatFreed { leg });
        }
    }

    /// Stops what the leg may no longer send: a demoted leg's share, an attendee's microphone.
    pub(super) fn hold_to_rules(&mut self, id: LegId, changes: &mut Changes) {
        let Ok(leg) = self.leg(id) else { return };
        if !leg.is_connected() {
            return;
        }
        let may = self.capabilities(leg);
        let before = self.sent_by(id);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.muted |= !may.has(Capability::UnmuteMic);
            leg.camera &= may.has(Capability::TurnVideoOn);
            leg.share &= may.has(Capability::ShareScreen);
        }
        self.note_sent(id, before, changes);
        self.hold_stage_to_rules(id, changes);
    }

    /// Muted, camera, share.
    fn sent_by(&self, id: LegId) -> Option<(bool, bool, bool)> {
        let leg = self.leg(id).ok()?;
        Some((leg.muted, leg.camera, leg.share))
    }

    fn note_sent(&self, id: LegId, before: Option<(bool, bool, bool)>, changes: &mut Changes) {
        if before != self.sent_by(id) && self.leg(id).is_ok_and(Leg::is_connected) {
            changes.gate(id);
            changes.roster(id);
        }
    }
}
