//! What people show each other besides media: raised hands, the spotlight, reactions. Kept while the process lives; a
//! restart begins with lowered hands.
use super::{Call, CallEvent, EndCode, Leg};
use crate::{capability::Capability, ids::LegId, roster::Changes, time::Timestamp};
use std::{collections::BTreeMap, time::Duration};

/// CP-62: people in the spotlight at once (behaviour 5.2).
pub const SPOTLIGHT_MAX: usize = 7;
/// CP-64: reactions of one leg within `REACTIONS_SPAN`.
const REACTIONS_MAX: u32 = 10;
const REACTIONS_SPAN: Duration = Duration::from_secs(3);

/// CP-64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the SDK's")]
pub enum Reaction {
    Like,
    Heart,
    Laugh,
    Surprised,
    Applause,
}

impl Reaction {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Like => "like",
            Self::Heart => "heart",
            Self::Laugh => "laugh",
            Self::Surprised => "surprised",
            Self::Applause => "applause",
        }
    }

    /// Reads a wire name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Like,
            Self::Heart,
            Self::Laugh,
            Self::Surprised,
            Self::Applause,
        ]
        .into_iter()
        .find(|reaction| reaction.name() == name)
    }
}

/// Who is on stage. INVARIANT: only connected legs, each once in each list.
#[derive(Clone, Debug, Default)]
pub(super) struct Stage {
    /// In the order in which they were raised.
    hands: Vec<LegId>,
    /// In the order in which they were put there.
    spotlight: Vec<LegId>,
    /// When a leg's current span of reactions began, and how many it has had.
    reactions: BTreeMap<LegId, (Timestamp, u32)>,
}

impl Stage {
    /// The leg is gone. Whether others see a difference.
    pub(super) fn forget(&mut self, leg: LegId) -> bool {
        let before = self.hands.len() + self.spotlight.len();
        self.hands.retain(|id| *id != leg);
        self.spotlight.retain(|id| *id != leg);
        self.reactions.remove(&leg);
        before != self.hands.len() + self.spotlight.len()
    }
}

impl Call {
    /// Raised hands, first raised first (CP-61).
    pub fn hands(&self) -> &[LegId] {
        &self.stage.hands
    }

    /// Who is in the spotlight, first put there first (CP-62).
    pub fn spotlight(&self) -> &[LegId] {
        &self.stage.spotlight
    }

    pub(super) fn hand(
        &mut self,
        id: LegId,
        raised: bool,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        self.conductor(id, Capability::RaiseHand, EndCode::FEATURE_FORBIDDEN)?;
        let hands = &mut self.stage.hands;
        let was_raised = hands.contains(&id);
        if was_raised == raised {
            return Ok(());
        }
        if raised {
            hands.push(id);
        } else {
            hands.retain(|other| *other != id);
        }
        changes.stage();
        Ok(())
    }

    /// Lowers the hands of these, or of everybody.
    pub(super) fn lower_hands(
        &mut self,
        by: LegId,
        legs: Option<&[LegId]>,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let only_own = legs.is_some_and(|legs| legs.iter().all(|leg| *leg == by));
        let capability = if only_own {
            Capability::RaiseHand
        } else {
            Capability::MuteOthers
        };
        self.conductor(by, capability, EndCode::FEATURE_FORBIDDEN)?;
        let hands = &mut self.stage.hands;
        let before = hands.len();
        hands.retain(|hand| legs.is_some_and(|legs| !legs.contains(hand)));
        if before != hands.len() {
            changes.stage();
        }
        Ok(())
    }

    /// Puts legs into the spotlight, or takes them out; `None` with `on` false is everybody.
    pub(super) fn set_spotlight(
        &mut self,
        by: LegId,
        legs: Option<Vec<LegId>>,
        on: bool,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let only_own = legs
            .as_ref()
            .is_some_and(|legs| legs.iter().all(|leg| *leg == by));
        match (on, only_own) {
            (true, _) => {
                self.conductor(
                    by,
                    Capability::SpotlightParticipant,
                    EndCode::FEATURE_FORBIDDEN,
                )?;
            }
            // Anybody may step out of it.
            (false, true) => {
                self.connected_leg(by)?;
            }
            (false, false) => {
                let capability = Capability::RemoveParticipantsSpotlight;
                self.conductor(by, capability, EndCode::FEATURE_FORBIDDEN)?;
            }
        }
        let mut next = self.stage.spotlight.clone();
        match legs {
            Some(legs) if on => {
                for leg in legs {
                    self.connected_leg(leg)?;
                    if !next.contains(&leg) {
                        next.push(leg);
                    }
                }
            }
            Some(legs) => next.retain(|leg| !legs.contains(leg)),
            None if on => return Err(EndCode::MALFORMED),
            None => next.clear(),
        }
        if next.len() > SPOTLIGHT_MAX {
            return Err(EndCode::SPOTLIGHT_FULL);
        }
        if next != self.stage.spotlight {
            self.stage.spotlight = next;
            changes.stage();
        }
        Ok(())
    }

    pub(super) fn react(
        &mut self,
        id: LegId,
        reaction: Reaction,
        now: Timestamp,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        self.conductor(id, Capability::UseReactions, EndCode::FEATURE_FORBIDDEN)?;
        let span = self.stage.reactions.entry(id).or_insert((now, 0));
        if span.0.plus(REACTIONS_SPAN) <= now {
            *span = (now, 0);
        }
        if span.1 >= REACTIONS_MAX {
            return Err(EndCode::TOO_MANY);
        }
        span.1 += 1;
        changes.event(CallEvent::Reacted { leg: id, reaction });
        Ok(())
    }

    /// A leg that may no longer do what it shows: its hand goes down.
    pub(super) fn hold_stage_to_rules(&mut self, id: LegId, changes: &mut Changes) {
        let Ok(leg) = self.leg(id) else { return };
        let may = self.capabilities(leg).has(Capability::RaiseHand);
        if !may && self.stage.hands.contains(&id) {
            self.stage.hands.retain(|hand| *hand != id);
            changes.stage();
        }
    }

    /// A leg that takes part.
    pub(super) fn connected_leg(&self, id: LegId) -> Result<&Leg, EndCode> {
        let leg = self.leg(id)?;
        if leg.is_connected() {
            Ok(leg)
        } else {
            Err(EndCode::FORBIDDEN)
        }
    }
}
