//! Hands, spotlight, media access and what people pass on to each other, as the legs of a call hear of it, and how often
//! one leg may have everybody hear something.
use super::{
    actor::{Actor, Attached},
    news::{LegNews, Said, StageView},
};
use parvis_domain::{
    call::{Command, EndCode, Leg, MediaAccess},
    capability::{Capability, Role},
    ids::LegId,
    time::Timestamp,
};
use std::{collections::HashMap, time::Duration};

/// CP-65: the longest piece of real-time text, in characters (behaviour 5.2).
pub const TEXT_CHARS_MAX: usize = 2_000;
/// CP-66: the longest data message, in bytes (behaviour 13).
pub const DATA_BYTES_MAX: usize = 32_768;
/// The span in which text and data are counted.
const SPAN: Duration = Duration::from_secs(1);
/// What one leg may say in a span. Half of what one may hear, so that nobody alone fills others' ears.
const SAID_MAX: Amount = Amount {
    messages: 30,
    bytes: 256 << 10,
};
/// What one leg may hear in a span: below what its session keeps for a replay between two acknowledgements (CP-7).
const HEARD_MAX: Amount = Amount {
    messages: 60,
    bytes: 512 << 10,
};

/// The span in which changes are counted.
const CHANGES_SPAN: Duration = Duration::from_secs(3);
/// Changes of one leg in a span that everybody hears of. More than anybody clicks; a leg that changes without end would
/// bury the others' sessions.
const CHANGES_MAX: u32 = 60;

#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    messages: u32,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Counted {
    since: Timestamp,
    said: Amount,
    heard: Amount,
}

/// How much each leg said and heard within its current span.
#[derive(Debug, Default)]
pub(super) struct Passed(HashMap<LegId, Counted>);

impl Passed {
    /// Counts a message of `by` to `to`; one too many counts nowhere.
    fn count(
        &mut self,
        by: LegId,
        to: &[LegId],
        bytes: usize,
        now: Timestamp,
    ) -> Result<(), EndCode> {
        let fits = |amount: Amount, max: Amount| {
            amount.messages < max.messages && amount.bytes.saturating_add(bytes) <= max.bytes
        };
        let full = to
            .iter()
            .any(|leg| !fits(self.current(*leg, now).heard, HEARD_MAX));
        if full || !fits(self.current(by, now).said, SAID_MAX) {
            return Err(EndCode::TOO_MANY);
        }
        self.current(by, now).said.add(bytes);
        for leg in to {
            self.current(*leg, now).heard.add(bytes);
        }
        Ok(())
    }

    fn current(&mut self, leg: LegId, now: Timestamp) -> &mut Counted {
        let counted = self.0.entry(leg).or_default();
        if counted.since.plus(SPAN) <= now || counted.since > now {
            *counted = Counted {
                since: now,
                ..Counted::default()
            };
        }
        counted
    }

    pub(super) fn forget(&mut self, leg: LegId) {
        self.0.remove(&leg);
    }
}

/// How often each leg changed what everybody sees within its current span.
#[derive(Debug, Default)]
pub(super) struct Changing(HashMap<LegId, (Timestamp, u32)>);

impl Changing {
    /// Counts a command of `by`, if others hear of its outcome.
    pub(super) fn count(
        &mut self,
        by: LegId,
        command: &Command,
        now: Timestamp,
    ) -> Result<(), EndCode> {
        let is_heard = matches!(
            command,
            Command::Publish { .. }
                | Command::Hand { .. }
                | Command::LowerHands { .. }
                | Command::Spotlight { .. }
                | Command::Access { .. }
                | Command::MuteOthers { .. }
                | Command::SetRole { .. }
                | Command::Hold { .. }
                | Command::Invite { .. }
        );
        if !is_heard {
            return Ok(());
        }
        let (since, count) = self.0.entry(by).or_insert((now, 0));
        if since.plus(CHANGES_SPAN) <= now || *since > now {
            (*since, *count) = (now, 0);
        }
        if *count >= CHANGES_MAX {
            return Err(EndCode::TOO_MANY);
        }
        *count += 1;
        Ok(())
    }

    pub(super) fn forget(&mut self, leg: LegId) {
        self.0.remove(&leg);
    }
}

impl Amount {
    fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes;
    }
}

impl Actor {
    pub(super) fn stage_view(&self) -> StageView {
        let full = MediaAccess::default();
        let restricted = self
            .call
            .connected()
            .map(|leg| (leg.id, self.call.access(leg)))
            .filter(|(_, access)| *access != full);
        StageView {
            hands: self.call.hands().to_vec(),
            spotlight: self.call.spotlight().to_vec(),
            attendees: self.call.attendee_access(),
            restricted: restricted.collect(),
        }
    }

    /// To everybody, after a change.
    pub(super) fn tell_stage(&mut self) {
        let view = self.stage_view();
        for leg in self.told() {
            self.tell(leg, LegNews::Stage(view.clone()));
        }
    }

    /// To somebody who is new; nothing is said of an empty stage.
    pub(super) fn tell_stage_to(&mut self, leg: LegId) {
        let view = self.stage_view();
        if view != StageView::default() {
            self.tell(leg, LegNews::Stage(view));
        }
    }

    /// CP-65, CP-66: to these of the others, or to all of them.
    pub(super) fn say(
        &mut self,
        from: Attached,
        said: Said,
        to: Option<&[LegId]>,
    ) -> Result<(), EndCode> {
        self.check_connected(from)?;
        let leg = self.call.leg(from.leg)?;
        let may = self.call.capabilities(leg);
        let (bytes, allowed) = match &said {
            Said::Text { text, .. } => (text.len(), may.has(Capability::RealTimeText)),
            // A consumer sends nothing, whatever has no capability of its own included.
            Said::Data { payload, .. } => (payload.len(), leg.role != Role::Consumer),
            Said::Reaction(_) => (0, false),
        };
        if !allowed {
            return Err(EndCode::FEATURE_FORBIDDEN);
        }
        let told: Vec<_> = self
            .told()
            .into_iter()
            .filter(|leg| *leg != from.leg && to.is_none_or(|to| to.contains(leg)))
            .collect();
        let now = self.shared.context.now();
        self.passed.count(from.leg, &told, bytes, now)?;
        for leg in told {
            let said = said.clone();
            self.tell(leg, LegNews::Said { by: from.leg, said });
        }
        Ok(())
    }

    pub(super) fn tell_reaction(&mut self, by: LegId, said: &Said) {
        for leg in self.told() {
            let said = said.clone();
            self.tell(leg, LegNews::Said { by, said });
        }
    }

    fn told(&self) -> Vec<LegId> {
        self.call.connected().map(|Leg { id, .. }| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn changes_are_bounded_for_each_leg_and_leaving_is_none() {
        let mut changing = Changing::default();
        let leg = |n| LegId(Uuid::from_u128(n));
        let hand = |leg| Command::Hand { leg, raised: true };
        let start = Timestamp(1_800_000_000_000);
        for _ in 0..CHANGES_MAX {
            assert_eq!(changing.count(leg(1), &hand(leg(1)), start), Ok(()));
        }
        let before = start.plus(CHANGES_SPAN - Duration::from_millis(1));
        let full = Err(EndCode::TOO_MANY);
        assert_eq!(changing.count(leg(1), &hand(leg(1)), before), full);
        let leave = Command::Leave { leg: leg(1) };
        assert_eq!(changing.count(leg(1), &leave, before), Ok(()));
        assert_eq!(changing.count(leg(2), &hand(leg(2)), before), Ok(()));
        let after = start.plus(CHANGES_SPAN);
        assert_eq!(changing.count(leg(1), &hand(leg(1)), after), Ok(()));
    }

    #[test]
    fn messages_and_bytes_are_bounded_in_each_second() {
        let mut passed = Passed::default();
        let leg = |n| LegId(Uuid::from_u128(n));
        let at = |ms: i64| Timestamp(1_800_000_000_000 + ms);
        let full = Err(EndCode::TOO_MANY);
        for _ in 0..SAID_MAX.messages {
            assert_eq!(passed.count(leg(1), &[leg(9)], 10, at(0)), Ok(()));
        }
        assert_eq!(passed.count(leg(1), &[leg(8)], 10, at(999)), full);
        for _ in 0..SAID_MAX.messages {
            assert_eq!(passed.count(leg(2), &[leg(9)], 10, at(1)), Ok(()));
        }
        assert_eq!(passed.count(leg(3), &[leg(9)], 10, at(2)), full);
        assert_eq!(passed.count(leg(3), &[leg(8)], 10, at(2)), Ok(()));
        let all = SAID_MAX.bytes;
        assert_eq!(passed.count(leg(1), &[leg(9)], all, at(1_000)), Ok(()));
        assert_eq!(passed.count(leg(1), &[leg(9)], 1, at(1_001)), full);
    }
}
