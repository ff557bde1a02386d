//! The legs that live now, noted in the store every few seconds in one transaction: after a crash their holds, seats and
//! usage run from the last note.
use crate::context::Context;
use parking_lot::Mutex;
use parvis_domain::ids::LegId;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Between two notes. More costs accuracy of the meter after a crash, less costs writes.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(5);

/// The legs with a living socket.
#[derive(Clone, Default)]
pub(super) struct LiveLegs(Arc<Mutex<BTreeSet<LegId>>>);

impl LiveLegs {
    pub(super) fn insert(&self, leg: LegId) {
        self.0.lock().insert(leg);
    }

    pub(super) fn remove(&self, leg: LegId) {
        self.0.lock().remove(&leg);
    }

    /// Notes them once.
    pub(super) async fn beat(&self, context: &Context) {
        let legs: Vec<_> = self.0.lock().iter().copied().collect();
        if legs.is_empty() {
            return;
        }
        if let Err(error) = context.store.beat_legs(&legs, context.now()).await {
            tracing::warn!(%error, legs = legs.len(), "heartbeats of legs were not saved");
        }
    }
}
