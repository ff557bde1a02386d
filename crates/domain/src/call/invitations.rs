//! The call of a room after the room changed: who is no longer invited goes, who has another role does no more than it allows.
use super::{Call, CallEvent, EndCode, Rules};
use crate::{
    capability::{ChangeReason, Role},
    ids::LegId,
    roster::Changes,
    time::Timestamp,
};

impl Call {
    /// A verdict for each leg and each seat: its role from now on, or why it ends.
    pub(super) fn hold_to_invitations(
        &mut self,
        rules: Rules,
        verdicts: Vec<(LegId, Result<Role, EndCode>)>,
        now: Timestamp,
        changes: &mut Changes,
    ) {
        self.rules = rules;
        for (id, verdict) in verdicts {
            match verdict {
                Ok(role) => self.take_role(id, role, changes),
                Err(end) => {
                    self.end_leg(id, end, now, changes);
                    if self.seats.remove(&id).is_some() {
                        changes.event(CallEvent::SeatFreed { leg: id });
                    }
                }
            }
        }
    }

    fn take_role(&mut self, id: LegId, role: Role, changes: &mut Changes) {
        if let Some(seat) = self.seats.get_mut(&id) {
            seat.leg.role = role;
        }
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.role != role) else {
            return;
        };
        leg.role = role;
        changes.event(CallEvent::Saved { leg: id });
        changes.event(CallEvent::Capabilities {
            leg: id,
            reason: ChangeReason::RoleChanged,
        });
        changes.roster(id);
        self.hold_to_rules(id, changes);
    }
}
