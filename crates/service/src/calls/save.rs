//! What of a decision goes to the store.
use parvis_domain::{
    call::{Call, CallEvent, CallKey, EndCode, Leg},
    ids::{LegId, OrganisationId},
    meter::{LegUsage, MeterKind},
    time::Timestamp,
};
use parvis_store::calls::CallChange;
use std::collections::HashMap;

/// A call before and after a decision.
pub(super) struct Decided<'a> {
    pub(super) key: &'a CallKey,
    /// Whose meeting it is.
    pub(super) organisation: Option<OrganisationId>,
    /// Whether the call stands in the store already.
    pub(super) begun: bool,
    /// The call as the store has it.
    pub(super) before: &'a Call,
    pub(super) call: &'a Call,
    pub(super) rejoin_keys: &'a HashMap<LegId, [u8; 32]>,
    pub(super) now: Timestamp,
}

impl Decided<'_> {
    /// The changes of these events; empty when nothing that outlives the process changed.
    pub(super) fn changes(&self, events: &[CallEvent]) -> Vec<CallChange> {
        let mut changes: Vec<_> = events
            .iter()
            .flat_map(|event| self.changes_of(event))
            .collect();
        if self.call.verified_seen() && !self.before.verified_seen() {
            changes.push(CallChange::VerifiedSeen);
        }
        let stage = |call: &Call| (call.is_answered(), call.is_two_party());
        if stage(self.call) != stage(self.before) {
            let (answered, two_party) = stage(self.call);
            changes.push(CallChange::RingState {
                answered,
                two_party,
            });
        }
        if !self.begun && !changes.is_empty() {
            changes.insert(
                0,
                CallChange::Begin(self.key.clone(), self.call.started_on()),
            );
        }
        changes
    }

    fn changes_of(&self, event: &CallEvent) -> Vec<CallChange> {
        match event {
            CallEvent::Joined { leg } | CallEvent::Answered { leg } => self
                .leg(*leg)
                .into_iter()
                .chain(self.opened(*leg))
                .collect(),
            CallEvent::Rings { invitation } => vec![CallChange::Rings(invitation.clone())],
            CallEvent::RingEnded { invitation, .. } => vec![CallChange::RingEnded(invitation.id)],
            CallEvent::Admitted { leg }
            | CallEvent::Saved { leg }
            | CallEvent::Returned { leg, seated: false } => self.leg(*leg).into_iter().collect(),
            CallEvent::Returned { leg, seated: true } => {
                let reopened = CallChange::UsageReopened(*leg, self.now);
                self.leg(*leg).into_iter().chain([reopened]).collect()
            }
            CallEvent::Ended {
                leg,
                end,
                on,
                seat_until,
            } => {
                let place = match seat_until {
                    Some(until) => CallChange::Seat(leg.id, *until),
                    None if *end == EndCode::REMOVED => CallChange::Removed(leg.id),
                    None => CallChange::Forget(leg.id),
                };
                vec![CallChange::UsageClosed(leg.id, *on), place]
            }
            CallEvent::SeatFreed { leg } => vec![CallChange::Forget(*leg)],
            CallEvent::AttendeeAccess { access } => vec![CallChange::AttendeeAccess(*access)],
            CallEvent::Over => vec![CallChange::Over(self.now)],
            CallEvent::Roster { .. }
            | CallEvent::Lobby { .. }
            | CallEvent::Capabilities { .. }
            | CallEvent::MutedByOther { .. }
            | CallEvent::Stage
            | CallEvent::Reacted { .. }
            | CallEvent::Gate { .. } => Vec::new(),
        }
    }

    fn leg(&self, id: LegId) -> Option<CallChange> {
        let leg = Box::new(self.call.leg(id).ok()?.clone());
        let rejoin_key_hash = self.rejoin_keys.get(&id).copied().unwrap_or_default();
        Some(CallChange::Leg {
            leg,
            rejoin_key_hash,
            on: self.now,
        })
    }

    /// The meter of a leg starts, unless the leg still rings others or is no person's.
    fn opened(&self, id: LegId) -> Option<CallChange> {
        let leg = self.call.leg(id).ok().filter(|_| self.call.is_answered())?;
        Some(self.usage(leg, MeterKind::of_leg(leg.person.client)?))
    }

    fn usage(&self, leg: &Leg, kind: MeterKind) -> CallChange {
        CallChange::UsageOpened(LegUsage {
            leg: leg.id,
            call: self.call.id(),
            raw_id: leg.person.raw_id.clone(),
            // Only what a resource's credential made or exchanged is the resource's to pay.
            resource: leg.person.resource.filter(|_| kind == MeterKind::Voip),
            organisation: self.organisation,
            kind,
            started_on: leg.accepted_on,
        })
    }
}
