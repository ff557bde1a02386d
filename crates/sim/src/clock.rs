//! Time that moves only when told.
use std::time::{Duration, Instant};

/// A clock that starts at a given instant and is moved by hand.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    now: Instant,
}

impl Clock {
    /// A clock that shows `start`.
    pub fn new(start: Instant) -> Clock {
        Clock { start, now: start }
    }

    /// What it shows.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// Moves forward by a step.
    pub fn advance(&mut self, step: Duration) {
        self.now += step;
    }

    /// Moves forward to an instant; never back.
    pub fn advance_to(&mut self, at: Instant) {
        self.now = self.now.max(at);
    }
}
