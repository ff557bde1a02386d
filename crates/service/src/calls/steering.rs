//! A call and the builders' servers that steer it: what the server decides in nobody's session, and what they hear.
use super::{
    actor::{Actor, Reply},
    control::{ControlEvent, ControlParticipant},
    ring::IncomingRing,
};
use parvis_domain::{
    call::{CallEvent, Command, EndCode, Invitation, Party},
    ids::{CallId, LegId},
    label::Viewer,
};
use tokio::sync::mpsc;

/// Servers that listen to one call.
const LISTENERS_MAX: usize = 16;

/// A server that listens. INVARIANT: it hears `Over` at most once, last.
pub(super) struct Listener {
    leg: Option<LegId>,
    events: mpsc::Sender<ControlEvent>,
}

impl Actor {
    /// Decides in nobody's session.
    pub(super) async fn serve(&mut self, command: Command, reply: Reply<()>) {
        match self.apply(command).await {
            Ok(events) => {
                let _ = reply.send(Ok(()));
                self.announce(&events);
            }
            Err(end) => {
                let _ = reply.send(Err(end));
            }
        }
    }

    pub(super) fn identify(&self, leg: Option<LegId>) -> Result<(CallId, Option<Party>), EndCode> {
        if self.call.is_over() || self.call.legs().next().is_none() {
            return Err(EndCode::CALL_OVER);
        }
        let leg = leg.and_then(|leg| self.call.leg(leg).ok());
        let party = leg.filter(|leg| leg.is_application()).map(|leg| Party {
            raw_id: leg.person.raw_id.clone(),
            display_name: leg.person.display_name.clone(),
            outsider: leg.person.outsider,
        });
        Ok((self.call.id(), party))
    }

    pub(super) fn control_roster(&self) -> Vec<ControlParticipant> {
        let legs = self.call.connected().map(|leg| ControlParticipant {
            leg: leg.id,
            raw_id: leg.person.raw_id.clone(),
            display_name: leg.person.display_name.clone(),
            ringing: false,
            muted: leg.muted,
            on_hold: leg.on_hold,
            is_application: leg.is_application(),
        });
        let rung = self.call.invitations().map(|ring| ControlParticipant {
            leg: ring.id,
            raw_id: ring.callee.raw_id.clone(),
            display_name: ring.callee.display_name.clone(),
            ringing: true,
            muted: false,
            on_hold: false,
            is_application: false,
        });
        legs.chain(rung).collect()
    }

    /// One more listens; past the bound its stream ends at once.
    pub(super) fn listen(&mut self, leg: Option<LegId>, events: mpsc::Sender<ControlEvent>) {
        self.listeners
            .retain(|listener| !listener.events.is_closed());
        let is_there = leg.is_none_or(|leg| self.call.leg(leg).is_ok());
        if self.listeners.len() >= LISTENERS_MAX || !is_there {
            return;
        }
        if events
            .try_send(ControlEvent::Roster(self.control_roster()))
            .is_ok()
        {
            self.listeners.push(Listener { leg, events });
        }
    }

    /// A decision's events as the servers that listen hear them.
    pub(super) fn tell_listeners(&mut self, events: &[CallEvent]) {
        if self.listeners.is_empty() {
            return;
        }
        let roster = events
            .iter()
            .any(|event| matches!(event, CallEvent::Roster { .. }))
            .then(|| self.control_roster());
        let mut listeners = std::mem::take(&mut self.listeners);
        listeners.retain(|listener| {
            let rings = events.iter().filter_map(invite_ended);
            let mut heard = rings
                .chain(roster.clone().map(ControlEvent::Roster))
                .all(|event| listener.events.try_send(event).is_ok());
            if heard && let Some(end) = over(events, listener.leg) {
                let _ = listener.events.try_send(ControlEvent::Over(end));
                heard = false;
            }
            heard
        });
        self.listeners = listeners;
    }

    /// Somebody is rung: their clients hear of it, and whoever answers for them.
    pub(super) fn tell_ring(&self, invitation: &Invitation) {
        let viewer = if invitation.callee.outsider {
            Viewer::Outsider
        } else {
            Viewer::Member
        };
        let caller = &invitation.caller;
        let shown = self
            .subject
            .shown(viewer, &caller.display_name, caller.outsider);
        let ring = IncomingRing {
            ring: invitation.id,
            call: self.call.id(),
            caller: caller.raw_id.clone(),
            caller_name: shown.display_name,
            callee: invitation.callee.raw_id.clone(),
            two_party: self.call.is_two_party(),
            until: invitation.until,
        };
        self.shared.rings.ring(self.key.clone(), ring);
    }

    /// The rings of a call that came back from the store go on.
    pub(super) fn ring_again(&self) {
        for invitation in self.call.invitations() {
            self.tell_ring(invitation);
        }
    }
}

fn invite_ended(event: &CallEvent) -> Option<ControlEvent> {
    let CallEvent::RingEnded { invitation, result } = event else {
        return None;
    };
    Some(ControlEvent::InviteEnded {
        invite: invitation.id,
        callee: invitation.callee.raw_id.clone(),
        result: *result,
    })
}

/// The end of a listener: its own leg's, else the call's.
fn over(events: &[CallEvent], own: Option<LegId>) -> Option<EndCode> {
    let ended = events.iter().find_map(|event| match event {
        CallEvent::Ended { leg, end, .. } if Some(leg.id) == own => Some(*end),
        _ => None,
    });
    let is_over = events.iter().any(|event| matches!(event, CallEvent::Over));
    ended.or_else(|| is_over.then_some(EndCode::CALL_OVER))
}
