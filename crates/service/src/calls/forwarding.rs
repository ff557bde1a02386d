//! A call and the media plane: transports, gates and wishes one way, connections, slots and speakers the other.
use super::actor::{Actor, Attached};
use crate::media::{Gate, MediaCallId, MediaCommand, MediaError, MediaEvent, PeerId, Want};
use parvis_domain::{
    call::{Call, Command, EndCode},
    ids::LegId,
};
use uuid::Uuid;

impl Actor {
    pub(super) fn handle_media(&mut self, event: MediaEvent) {
        let now = self.shared.context.now();
        // A leg that is gone already needs nothing; neither command ends or shows anything.
        match event {
            MediaEvent::Connected(peer) => {
                let _ = self
                    .call
                    .handle(Command::MediaUp { leg: leg_of(peer) }, now);
            }
            MediaEvent::Disconnected(peer) => {
                let _ = self
                    .call
                    .handle(Command::MediaLost { leg: leg_of(peer) }, now);
            }
            MediaEvent::Slots(peer, map) => self.tell_slots(leg_of(peer), map),
            MediaEvent::Speakers(speakers) => self.tell_speakers(&speakers),
        }
    }

    /// The worker is gone and no worker takes over what its transports agreed on: the legs end when their time is up (CP-47),
    /// and the call that follows finds another worker.
    pub(super) fn lose_media(&mut self) {
        self.media_gone = true;
        tracing::error!(call = %self.call.id(), "a call lost its media worker");
        let now = self.shared.context.now();
        let legs: Vec<_> = self.call.legs().map(|leg| leg.id).collect();
        for leg in legs {
            let _ = self.call.handle(Command::MediaLost { leg }, now);
        }
    }

    pub(super) fn view(&mut self, from: Attached, wants: Vec<Want>) -> Result<(), EndCode> {
        self.check(from)?;
        self.wants.insert(from.leg, wants);
        self.due_wants.insert(from.leg);
        self.flush_media();
        Ok(())
    }

    /// Where a leg's offer goes; not before its former transport is gone.
    pub(super) fn place(&mut self, from: Attached) -> Result<(MediaCallId, PeerId), EndCode> {
        self.check(from)?;
        self.flush_media();
        if self.due_removals.contains(&from.leg) {
            return Err(EndCode::UNAVAILABLE);
        }
        self.placed.insert(from.leg);
        Ok((media_id(&self.call), peer_of(from.leg)))
    }

    /// The leg's transport is to go, also one whose offer is still under way or lost its asker.
    pub(super) fn drop_peer(&mut self, leg: LegId) {
        self.offered.remove(&leg);
        if self.placed.remove(&leg) {
            self.due_removals.insert(leg);
        }
    }

    /// The media plane knows the leg now: it hears its gate and its wishes.
    pub(super) fn note_offered(&mut self, from: Attached) -> Result<(), EndCode> {
        if let Err(end) = self.check(from) {
            // It ended meanwhile; nothing may stay behind.
            if !self.placed.contains(&from.leg) {
                self.due_removals.insert(from.leg);
            }
            return Err(end);
        }
        self.offered.insert(from.leg);
        self.due_gates.insert(from.leg);
        self.due_wants.insert(from.leg);
        self.flush_media();
        Ok(())
    }

    /// Tells the media plane what it has yet to hear; what does not fit is tried again.
    pub(super) fn flush_media(&mut self) {
        let call = media_id(&self.call);
        let removals = std::mem::take(&mut self.due_removals);
        for leg in removals {
            let command = MediaCommand::RemovePeer(peer_of(leg));
            if self.shared.media.command(call, command) == Err(MediaError::Overloaded) {
                self.due_removals.insert(leg);
            }
        }
        let gates = std::mem::take(&mut self.due_gates);
        for leg in gates.into_iter().filter(|leg| self.offered.contains(leg)) {
            let Ok(state) = self.call.leg(leg) else {
                continue;
            };
            let gate = self.call.gate(state);
            let gate = Gate {
                receive: gate.receive,
                audio: gate.audio,
                camera: gate.camera,
                share: gate.share,
            };
            let command = MediaCommand::SetGate(peer_of(leg), gate);
            if self.shared.media.command(call, command) == Err(MediaError::Overloaded) {
                self.due_gates.insert(leg);
            }
        }
        self.flush_wants(call);
    }

    fn flush_wants(&mut self, call: MediaCallId) {
        let due = std::mem::take(&mut self.due_wants);
        for leg in due.into_iter().filter(|leg| self.offered.contains(leg)) {
            let Some(wants) = self.wants.get(&leg).cloned() else {
                continue;
            };
            let command = MediaCommand::SetWants(peer_of(leg), wants);
            if self.shared.media.command(call, command) == Err(MediaError::Overloaded) {
                self.due_wants.insert(leg);
            }
        }
    }
}

pub(super) fn media_id(call: &Call) -> MediaCallId {
    MediaCallId(call.id().0.as_u128())
}

pub(super) fn peer_of(leg: LegId) -> PeerId {
    PeerId(leg.0.as_u128())
}

pub(super) fn leg_of(peer: PeerId) -> LegId {
    LegId(Uuid::from_u128(peer.0))
}
