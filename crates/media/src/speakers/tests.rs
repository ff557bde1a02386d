//! Tables and properties of `speakers`.

use super::*;

const ANA: PeerId = PeerId(1);
const BEN: PeerId = PeerId(2);
const LOUD: i8 = -20;
const QUIET: i8 = -80;

struct Room {
    voices: Voices,
    now: Instant,
    heard: Speakers,
}

impl Room {
    fn new() -> Room {
        let now = Instant::now();
        Room {
            voices: Voices::new(now),
            now,
            heard: Speakers::default(),
        }
    }

    /// Both send 20 ms frames for `ms`; decisions fall each 300 ms.
    fn talk(&mut self, ms: u64, ana: i8, ben: i8) {
        for i in 0..ms / 20 {
            self.voices.observe(ANA, Some(ana), self.now);
            self.voices.observe(BEN, Some(ben), self.now);
            self.now += Duration::from_millis(20);
            if i % 15 == 14 {
                self.heard = self.voices.decide(self.now).unwrap_or(self.heard.clone());
            }
        }
    }
}

// [CP-45]
#[test]
fn who_talks_speaks_and_dominates() {
    let mut room = Room::new();
    room.talk(900, LOUD, QUIET);
    assert_eq!(
        room.heard,
        Speakers {
            dominant: vec![ANA],
            speaking: vec![ANA]
        }
    );
}

#[test]
fn silence_ends_speaking_and_keeps_the_last_dominant() {
    let mut room = Room::new();
    room.talk(900, LOUD, QUIET);
    room.talk(1_200, QUIET, QUIET);
    assert_eq!(
        room.heard,
        Speakers {
            dominant: vec![ANA],
            speaking: vec![]
        }
    );
}

#[test]
fn an_interjection_does_not_take_the_stage() {
    let mut room = Room::new();
    room.talk(1_500, LOUD, QUIET);
    room.talk(600, LOUD, LOUD);
    assert_eq!(room.heard.dominant, [ANA]);
    assert_eq!(room.heard.speaking, [ANA, BEN]);
}

#[test]
fn the_next_speaker_takes_over_within_a_second() {
    let mut room = Room::new();
    room.talk(1_500, LOUD, QUIET);
    room.talk(1_200, QUIET, LOUD);
    assert_eq!(room.heard.dominant, [BEN, ANA]);
}

#[test]
fn nothing_new_is_not_told_again() {
    let mut room = Room::new();
    room.talk(900, LOUD, QUIET);
    assert_eq!(room.voices.decide(room.now), None);
}

#[test]
fn without_levels_a_publisher_is_eligible_and_never_speaking() {
    let mut room = Room::new();
    for _ in 0..50 {
        room.voices.observe(ANA, None, room.now);
        room.now += Duration::from_millis(20);
    }
    assert_eq!(
        room.voices.loudness(room.now).collect::<Vec<_>>(),
        [(ANA, UNKNOWN_LOUDNESS)]
    );
    assert_eq!(room.voices.decide(room.now), None);
}

#[test]
fn who_stopped_sending_is_no_voice() {
    let mut room = Room::new();
    room.talk(100, LOUD, LOUD);
    let later = room.now + Duration::from_secs(3);
    assert_eq!(room.voices.loudness(later).count(), 0);
}

#[test]
fn who_left_is_forgotten() {
    let mut room = Room::new();
    room.talk(900, LOUD, QUIET);
    room.voices.remove(ANA);
    assert_eq!(room.voices.decide(room.now), Some(Speakers::default()));
}

#[test]
fn pauses_between_words_cost_little_loudness() {
    let mut room = Room::new();
    for _ in 0..10 {
        room.talk(200, LOUD, QUIET);
        room.talk(300, QUIET, QUIET);
    }
    let loudness: Vec<f32> = room.voices.loudness(room.now).map(|v| v.1).collect();
    let peak = f32::from(127 + LOUD);
    assert!(loudness[0] > peak - 12.0, "{loudness:?}");
    room.talk(5_000, QUIET, QUIET);
    let later: Vec<f32> = room.voices.loudness(room.now).map(|v| v.1).collect();
    assert!(later[0] < peak - 50.0, "{later:?}");
}
