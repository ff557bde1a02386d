//! Lost sockets, lost media, and everything that ends by time.
use super::{
    Call, CallEvent, CallKind, EndCode, Invitation, Leg, LegState, Loss, MediaAccess, MediaState,
    Rules, Seat, Timings, ring::Unanswered,
};
use crate::{
    ids::{CallId, LegId, RawId},
    roster::Changes,
    time::Timestamp,
};

/// A call as the store kept it.
#[derive(Clone, Debug)]
pub struct SavedCall {
    /// Its id.
    pub id: CallId,
    /// What it is the session of.
    pub kind: CallKind,
    /// When it began.
    pub started_on: Timestamp,
    /// Whether a verified person has taken part.
    pub verified_seen: bool,
    /// What attendees may send who come from now on.
    pub attendee_access: MediaAccess,
    /// Somebody has answered, or none has to.
    pub answered: bool,
    /// Begun between two, and nobody was added.
    pub two_party: bool,
    /// Who is rung; each ring runs on until its own time.
    pub invitations: Vec<Invitation>,
    /// Who was removed.
    pub removed: Vec<RawId>,
    /// Its kept seats.
    pub seats: Vec<Seat>,
    /// Its legs; each is taken as lost at the time of its `Loss`.
    pub legs: Vec<Leg>,
}

impl Call {
    /// A call after a restart: every leg is lost since it was last heard of, its hold and seat run from there.
    pub fn restore(saved: SavedCall, rules: Rules, timings: Timings) -> Self {
        let mut call = Self::new(saved.id, saved.kind, rules, timings, saved.started_on);
        call.verified_seen = saved.verified_seen;
        call.attendee_access = saved.attendee_access;
        (call.answered, call.two_party) = (saved.answered, saved.two_party);
        call.unanswered = Unanswered::restored(saved.invitations.len());
        call.invitations = saved
            .invitations
            .into_iter()
            .map(|invitation| (invitation.id, invitation))
            .collect();
        call.legs = saved.legs.into_iter().map(|leg| (leg.id, leg)).collect();
        for leg in call.legs.values_mut().filter(|leg| leg.is_application()) {
            (leg.lost, leg.media) = (None, MediaState::Up);
        }
        call.seats = saved
            .seats
            .into_iter()
            .map(|seat| (seat.leg.id, seat))
            .collect();
        for raw_id in saved.removed {
            call.note_removed(raw_id);
        }
        call
    }

    pub(super) fn lose(&mut self, id: LegId, clean: bool, now: Timestamp) -> Result<(), EndCode> {
        let leg = self.legs.get_mut(&id).ok_or(EndCode::UNKNOWN_CALL)?;
        leg.lost.get_or_insert(Loss { since: now, clean });
        Ok(())
    }

    pub(super) fn resume(&mut self, id: LegId, now: Timestamp) -> Result<(), EndCode> {
        let leg = self.legs.get_mut(&id).ok_or(EndCode::UNKNOWN_CALL)?;
        if leg.lost.take().is_some() {
            // What was lost with the socket has its full time to come back.
            leg.media = match leg.media {
                MediaState::Up => MediaState::Up,
                MediaState::Awaited(_) => MediaState::Awaited(now),
                MediaState::Lost(_) => MediaState::Lost(now),
            };
        }
        Ok(())
    }

    pub(super) fn media_changed(&mut self, id: LegId, media: MediaState) -> Result<(), EndCode> {
        let leg = self.legs.get_mut(&id).ok_or(EndCode::UNKNOWN_CALL)?;
        let stays = matches!(
            (leg.media, media),
            (
                MediaState::Lost(_) | MediaState::Awaited(_),
                MediaState::Lost(_)
            )
        );
        if !stays {
            leg.media = media;
        }
        Ok(())
    }

    /// When `handle_time` has something to do.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.over {
            return None;
        }
        let legs = self
            .legs
            .values()
            .flat_map(|leg| self.deadlines(leg))
            .map(|(at, _)| at);
        let seats = self.seats.values().map(|seat| seat.until);
        let rings = self.invitations.values().map(|invitation| invitation.until);
        legs.chain(seats)
            .chain(rings)
            .chain([self.started_on.plus(self.timings.call_max)])
            .chain(self.rules.ends_on)
            .min()
    }

    /// What ends a leg, and when.
    fn deadlines(&self, leg: &Leg) -> impl Iterator<Item = (Timestamp, EndCode)> {
        let timings = &self.timings;
        let held = leg
            .lost
            .map(|loss| (loss.since.plus(self.hold(loss)), EndCode::VANISHED));
        let waits = match leg.state {
            LegState::Lobby { since, .. } => Some((
                since.plus(self.rules.lobby_time_out),
                EndCode::LOBBY_TIME_OUT,
            )),
            LegState::Connected { .. } => None,
        };
        let media = match leg.media {
            MediaState::Awaited(since) => {
                Some((since.plus(timings.media), EndCode::MEDIA_NEVER_UP))
            }
            MediaState::Lost(since) => Some((since.plus(timings.media), EndCode::MEDIA_LOST)),
            MediaState::Up => None,
        }
        .filter(|_| leg.is_connected() && leg.lost.is_none());
        held.into_iter().chain(waits).chain(media)
    }

    pub(super) fn expire(&mut self, now: Timestamp, changes: &mut Changes) {
        if self.started_on.plus(self.timings.call_max) <= now {
            return self.close(EndCode::TOO_LONG, now, changes);
        }
        let due: Vec<_> = self
            .legs
            .values()
            .filter_map(|leg| {
                let first = self.deadlines(leg).filter(|(at, _)| *at <= now).min();
                first.map(|(_, end)| (leg.id, end))
            })
            .collect();
        for (id, end) in due {
            self.end_leg(id, end, now, changes);
        }
        self.expire_rings(now, changes);
        let freed: Vec<_> = self
            .seats
            .values()
            .filter(|seat| seat.until <= now)
            .map(|seat| seat.leg.id)
            .collect();
        for leg in freed {
            self.seats.remove(&leg);
            changes.event(CallEvent::SeatFreed { leg });
        }
        // Last, so that who vanished before a crash is metered until then.
        if self.rules.ends_on.is_some_and(|on| on <= now) {
            self.close(EndCode::CALL_OVER, now, changes);
        }
    }
}
