//! Who is loud, who speaks, who dominates: from the audio levels in RTP header extensions (RFC 6464).
//!
//! The dominant speaker follows the idea of Volfin and Cohen (Dominant speaker identification for multipoint
//! videoconferencing, 2012): a challenger must lead on three time scales at once. Activity here is the share of
//! 20 ms steps above a threshold, not their likelihood score: same behaviour at the edges, a fraction of the state.
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::plane::{PeerId, Speakers};

const STEP: Duration = Duration::from_millis(20);
/// Louder than -35 dBov is voice; higher hears fewer, lower hears keyboards.
const VOICE_DBOV: i8 = -35;
/// A publisher that sends no levels is heard like this one.
const UNKNOWN_LOUDNESS: f32 = 90.0;
/// How fast loudness follows a louder packet; a lower value needs a longer sound.
const ATTACK: f32 = 0.3;
/// How fast it is forgotten, so that the pauses between words cost nobody a slot. Higher frees slots sooner.
const DECAY_DB_PER_SECOND: f32 = 15.0;
/// Without packets for this long a voice counts as gone (DTX sends at least every 400 ms).
const VOICE_IDLE: Duration = Duration::from_secs(2);
/// Up to this many steps between two packets are one longer frame, not silence.
const FRAME_STEPS_MAX: u64 = 6;
const DOMINANT_MAX: usize = 8;

/// Speaking starts at 40 % of 400 ms and ends below 15 % of 600 ms.
const START: (u32, u32) = (20, 8);
const STOP: (u32, u32) = (30, 5);

/// The three scales in steps, and by how much a challenger must lead on each.
const SCALES: [(u32, f32); 3] = [(10, 0.2), (25, 0.1), (50, 0.0)];

#[derive(Debug)]
struct Activity {
    /// One bit per step, the newest lowest.
    steps: u64,
    newest: u64,
    last_packet: Instant,
    loudness: f32,
    is_speaking: bool,
}

impl Activity {
    fn advance(&mut self, step: u64) {
        let passed = step.saturating_sub(self.newest);
        self.steps = if passed >= 64 {
            0
        } else {
            self.steps << passed
        };
        self.newest = self.newest.max(step);
    }

    fn observe(&mut self, step: u64, is_voice: bool) {
        let passed = step.saturating_sub(self.newest);
        self.advance(step);
        if is_voice {
            let length = if passed <= FRAME_STEPS_MAX {
                passed.max(1)
            } else {
                1
            };
            self.steps |= (1 << length) - 1;
        }
    }

    fn count(&self, steps: u32) -> u32 {
        (self.steps & ((1 << steps) - 1)).count_ones()
    }

    fn share(&self, steps: u32) -> f32 {
        self.count(steps) as f32 / steps as f32
    }

    fn leads(&self, other: &Activity) -> bool {
        SCALES
            .iter()
            .all(|(steps, margin)| self.share(*steps) > other.share(*steps) + margin)
    }
}

/// The voices of a call.
#[derive(Debug)]
pub(crate) struct Voices {
    epoch: Instant,
    activities: BTreeMap<PeerId, Activity>,
    /// Most recently dominant first.
    dominant: Vec<PeerId>,
    told: Speakers,
}

impl Voices {
    pub(crate) fn new(now: Instant) -> Voices {
        Voices {
            epoch: now,
            activities: BTreeMap::new(),
            dominant: Vec::new(),
            told: Speakers::default(),
        }
    }

    /// An audio packet of a publisher that may be heard, with its level in dBov when known.
    pub(crate) fn observe(&mut self, peer: PeerId, level: Option<i8>, now: Instant) {
        let step = self.step(now);
        let activity = self.activities.entry(peer).or_insert(Activity {
            steps: 0,
            newest: step,
            last_packet: now,
            loudness: 0.0,
            is_speaking: false,
        });
        let pause = now
            .saturating_duration_since(activity.last_packet)
            .as_secs_f32();
        activity.last_packet = now;
        match level {
            Some(level) => {
                let loudness = f32::from(127 + i16::from(level).clamp(-127, 0));
                let held = (activity.loudness - DECAY_DB_PER_SECOND * pause).max(0.0);
                let risen = held + ATTACK * (loudness - held);
                activity.loudness = if loudness > held { risen } else { held };
                activity.observe(step, level > VOICE_DBOV);
            }
            None => activity.loudness = UNKNOWN_LOUDNESS,
        }
    }

    /// Forgets a publisher that was muted; it stays in the list of dominant speakers.
    pub(crate) fn silence(&mut self, peer: PeerId) {
        self.activities.remove(&peer);
    }

    pub(crate) fn remove(&mut self, peer: PeerId) {
        self.activities.remove(&peer);
        self.dominant.retain(|p| *p != peer);
    }

    /// How loud each publisher is that has sent audio lately.
    pub(crate) fn loudness(&self, now: Instant) -> impl Iterator<Item = (PeerId, f32)> {
        self.activities
            .iter()
            .filter(move |(_, a)| now.saturating_duration_since(a.last_packet) < VOICE_IDLE)
            .map(|(peer, a)| (*peer, a.loudness))
    }

    /// Decides who speaks and who dominates; `Some` when it changed. The caller asks each 300 ms.
    pub(crate) fn decide(&mut self, now: Instant) -> Option<Speakers> {
        let step = self.step(now);
        for activity in self.activities.values_mut() {
            // The newest steps may still be on their way.
            activity.advance(step.saturating_sub(FRAME_STEPS_MAX));
            let (window, wanted) = if activity.is_speaking { STOP } else { START };
            activity.is_speaking = activity.count(window) >= wanted;
        }
        self.elect();
        let speaking = self
            .activities
            .iter()
            .filter(|(_, a)| a.is_speaking)
            .map(|(peer, _)| *peer)
            .collect();
        let speakers = Speakers {
            dominant: self.dominant.clone(),
            speaking,
        };
        if speakers == self.told {
            return None;
        }
        self.told = speakers.clone();
        Some(speakers)
    }

    fn elect(&mut self) {
        let silent = Activity {
            steps: 0,
            newest: 0,
            last_packet: self.epoch,
            loudness: 0.0,
            is_speaking: false,
        };
        let champion = self
            .dominant
            .first()
            .and_then(|p| self.activities.get(p))
            .unwrap_or(&silent);
        let challenger = self
            .activities
            .iter()
            .filter(|(_, a)| a.is_speaking && a.leads(champion))
            .max_by(|(_, a), (_, b)| {
                a.count(25)
                    .cmp(&b.count(25))
                    .then(a.loudness.total_cmp(&b.loudness))
            })
            .map(|(peer, _)| *peer);
        if let Some(peer) = challenger {
            self.dominant.retain(|p| *p != peer);
            self.dominant.insert(0, peer);
            self.dominant.truncate(DOMINANT_MAX);
        }
    }

    fn step(&self, now: Instant) -> u64 {
        (now.saturating_duration_since(self.epoch).as_millis() / STEP.as_millis()) as u64
    }
}

#[cfg(test)]
mod tests;
