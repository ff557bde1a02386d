//! The roster's and the lobby's changes: gathered while a call decides, then numbered (CP-30, CP-32).
use crate::{
    call::{CallEvent, EndCode},
    ids::LegId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What one decision changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    events: Vec<CallEvent>,
    roster: BTreeSet<LegId>,
    roster_removed: BTreeMap<LegId, EndCode>,
    lobby: BTreeSet<LegId>,
    lobby_removed: BTreeSet<LegId>,
    gates: BTreeSet<LegId>,
    stage: bool,
}

impl Changes {
    pub(crate) fn event(&mut self, event: CallEvent) {
        self.events.push(event);
    }

    pub(crate) fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// The leg's roster entry is new or differs.
    pub(crate) fn roster(&mut self, leg: LegId) {
        self.roster_removed.remove(&leg);
        self.roster.insert(leg);
    }

    /// The leg left the roster. One that came with the same decision was never there.
    pub(crate) fn removed_from_roster(&mut self, leg: LegId, end: EndCode) {
        self.roster.remove(&leg);
        self.gates.remove(&leg);
        self.roster_removed.insert(leg, end);
    }

    /// The leg waits.
    pub(crate) fn lobby(&mut self, leg: LegId) {
        self.lobby.insert(leg);
    }

    /// The leg waits no more.
    pub(crate) fn removed_from_lobby(&mut self, leg: LegId) {
        self.lobby.remove(&leg);
        self.lobby_removed.insert(leg);
    }

    /// Hands, spotlight or access differ.
    pub(crate) fn stage(&mut self) {
        self.stage = true;
    }

    /// What the leg's media may do differs.
    pub(crate) fn gate(&mut self, leg: LegId) {
        self.gates.insert(leg);
    }

    /// All events; a version grows by one when there is something to tell.
    pub(crate) fn finish(
        self,
        roster_version: &mut u64,
        lobby_version: &mut u64,
    ) -> Vec<CallEvent> {
        let mut events = self.events;
        events.extend(self.gates.into_iter().map(|leg| CallEvent::Gate { leg }));
        if !self.roster.is_empty() || !self.roster_removed.is_empty() {
            *roster_version += 1;
            events.push(CallEvent::Roster {
                version: *roster_version,
                changed: self.roster.into_iter().collect(),
                removed: self.roster_removed.into_iter().collect(),
            });
        }
        if self.stage {
            events.push(CallEvent::Stage);
        }
        if !self.lobby.is_empty() || !self.lobby_removed.is_empty() {
            *lobby_version += 1;
            events.push(CallEvent::Lobby {
                version: *lobby_version,
                changed: self.lobby.into_iter().collect(),
                removed: self.lobby_removed.into_iter().collect(),
            });
        }
        events
    }
}
