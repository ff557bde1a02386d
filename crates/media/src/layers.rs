//! What a peer sends: the layers of a video, how large each is, which one suits a tile, and when to ask for a key frame.
use std::time::{Duration, Instant};

use str0m::rtp::Ssrc;

/// A layer without packets for this long has been switched off by its publisher.
const LAYER_IDLE: Duration = Duration::from_millis(1_500);
/// Key-frame requests to one layer are at least this far apart. Shorter starts faster under loss and lets one bad
/// subscriber cost everybody more.
const KEYFRAME_INTERVAL: Duration = Duration::from_millis(500);
/// Requests that no packet answers stop after this many.
const KEYFRAME_TRIES_MAX: u32 = 20;
/// Browsers send three layers; anything more is a publisher that changes its SSRC without end.
const LAYERS_MAX: usize = 8;
/// The size a publisher is taken to have until a key frame tells.
const ASSUMED_HEIGHT: u32 = 720;

#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) ssrc: Ssrc,
    rid: Option<String>,
    /// Position among the layers, smallest first.
    rank: usize,
    /// From the last key frame.
    height: Option<u32>,
    last_packet: Option<Instant>,
    keyframe: Keyframe,
}

#[derive(Debug, Default)]
struct Keyframe {
    wanted: bool,
    asked_at: Option<Instant>,
    tries: u32,
}

impl Layer {
    fn is_active(&self, now: Instant) -> bool {
        self.last_packet
            .is_some_and(|at| now.saturating_duration_since(at) < LAYER_IDLE)
    }

    /// Notes that somebody needs a key frame. Returns whether to ask the publisher now.
    pub(crate) fn want_keyframe(&mut self, now: Instant) -> bool {
        if !self.keyframe.wanted {
            self.keyframe.wanted = true;
            self.keyframe.tries = 0;
        }
        self.is_request_due(now)
    }

    /// Whether a request is due; counts it as made.
    pub(crate) fn is_request_due(&mut self, now: Instant) -> bool {
        let keyframe = &mut self.keyframe;
        let is_early = keyframe
            .asked_at
            .is_some_and(|at| now.saturating_duration_since(at) < KEYFRAME_INTERVAL);
        if !keyframe.wanted || is_early || keyframe.tries >= KEYFRAME_TRIES_MAX {
            return false;
        }
        keyframe.asked_at = Some(now);
        keyframe.tries += 1;
        true
    }
}

/// The video a peer sends on one of its lines.
#[derive(Debug, Default)]
pub(crate) struct Track {
    rids: Vec<String>,
    pub(crate) layers: Vec<Layer>,
}

impl Track {
    pub(crate) fn new(rids: Vec<String>) -> Track {
        Track {
            rids,
            layers: Vec::new(),
        }
    }

    /// The layer of a new SSRC, or `None` when the publisher has too many.
    pub(crate) fn add(&mut self, ssrc: Ssrc, rid: Option<&str>) -> Option<usize> {
        if let Some(index) = self.layers.iter().position(|l| l.ssrc == ssrc) {
            return Some(index);
        }
        let rank = rid.map_or(0, |rid| self.rank(rid));
        let layer = Layer {
            ssrc,
            rid: rid.map(str::to_owned),
            rank,
            height: None,
            last_packet: None,
            keyframe: Keyframe::default(),
        };
        // The same rid on another SSRC is the same layer started again.
        if let Some(index) = self.layers.iter().position(|l| l.rid.as_deref() == rid) {
            self.layers[index] = layer;
            return Some(index);
        }
        if self.layers.len() == LAYERS_MAX {
            return None;
        }
        self.layers.push(layer);
        Some(self.layers.len() - 1)
    }

    fn rank(&self, rid: &str) -> usize {
        match rid {
            "q" => 0,
            "h" => 1,
            "f" => 2,
            _ => self.rids.iter().position(|r| r == rid).unwrap_or(0),
        }
    }

    pub(crate) fn observe(
        &mut self,
        index: usize,
        now: Instant,
        keyframe_height: Option<Option<u32>>,
    ) {
        let Some(layer) = self.layers.get_mut(index) else {
            return;
        };
        layer.last_packet = Some(now);
        if let Some(height) = keyframe_height {
            layer.height = height.or(layer.height);
            layer.keyframe.wanted = false;
        }
    }

    /// The smallest running layer at least as high as the tile, else the highest; 0 means a tile of unknown size.
    pub(crate) fn choose(&self, tile_height: u32, now: Instant) -> Option<usize> {
        let is_any_active = self.layers.iter().any(|l| l.is_active(now));
        let mut running: Vec<(u32, usize)> = self
            .layers
            .iter()
            .enumerate()
            .filter(|(_, l)| l.is_active(now) || (!is_any_active && l.last_packet.is_some()))
            .map(|(index, l)| (self.height(l), index))
            .collect();
        running.sort_unstable();
        let fitting = running
            .iter()
            .find(|(height, _)| tile_height > 0 && *height >= tile_height);
        fitting.or(running.last()).map(|(_, index)| *index)
    }

    fn height(&self, layer: &Layer) -> u32 {
        let assumed = if layer.rid.is_some() {
            (ASSUMED_HEIGHT / 4) << layer.rank.min(2)
        } else {
            ASSUMED_HEIGHT
        };
        layer.height.unwrap_or(assumed)
    }
}

/// The height in a VP8 key frame's first payload bytes (RFC 6386, 9.1).
pub(crate) fn vp8_height(payload: &[u8]) -> Option<u32> {
    let frame = &payload[vp8_descriptor_bytes(payload)?..];
    if frame.get(3..6)? != [0x9d, 0x01, 0x2a] {
        return None;
    }
    let height = u32::from(u16::from_le_bytes([*frame.get(8)?, *frame.get(9)?]) & 0x3fff);
    (height > 0).then_some(height)
}

fn vp8_descriptor_bytes(payload: &[u8]) -> Option<usize> {
    let mut length = 1;
    if payload.first()? & 0x80 != 0 {
        let extension = *payload.get(1)?;
        length = 2;
        if extension & 0x80 != 0 {
            length += if payload.get(2)? & 0x80 != 0 { 2 } else { 1 };
        }
        length += usize::from(extension & 0x40 != 0);
        length += usize::from(extension & 0x30 != 0);
    }
    (length <= payload.len()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn track(now: Instant, rids: &[&str]) -> Track {
        let mut track = Track::new(rids.iter().map(|r| (*r).to_owned()).collect());
        for (i, rid) in rids.iter().enumerate() {
            let index = track
                .add(Ssrc::from(i as u32 + 1), Some(rid))
                .expect("room");
            track.observe(index, now, None);
        }
        track
    }

    // [F2]
    #[test]
    fn layer_follows_the_tile() {
        let now = Instant::now();
        let track = track(now, &["q", "h", "f"]);
        let rows = [
            (90, 0),
            (180, 0),
            (181, 1),
            (360, 1),
            (361, 2),
            (2_000, 2),
            (0, 2),
        ];
        for (tile, wanted) in rows {
            assert_eq!(track.choose(tile, now), Some(wanted), "tile of {tile}");
        }
    }

    #[test]
    fn known_heights_beat_assumed_ones() {
        let now = Instant::now();
        let mut track = track(now, &["q", "h", "f"]);
        track.observe(0, now, Some(Some(270)));
        assert_eq!(track.choose(200, now), Some(0));
    }

    #[test]
    fn a_layer_switched_off_is_not_chosen() {
        let now = Instant::now();
        let mut track = track(now, &["q", "h", "f"]);
        let later = now + Duration::from_secs(3);
        track.observe(0, later, None);
        assert_eq!(track.choose(720, later), Some(0));
        let silent = later + Duration::from_secs(60);
        assert_eq!(
            track.choose(720, silent),
            Some(2),
            "nothing runs: the best there was"
        );
    }

    #[test]
    fn a_restarted_layer_replaces_the_old_one() {
        let now = Instant::now();
        let mut track = track(now, &["q", "h"]);
        assert_eq!(track.add(Ssrc::from(99), Some("q")), Some(0));
        assert_eq!(track.layers.len(), 2);
    }

    #[test]
    fn keyframe_requests_are_coalesced() {
        let now = Instant::now();
        let mut track = track(now, &["q"]);
        let layer = &mut track.layers[0];
        assert!(layer.want_keyframe(now));
        for ms in [1, 100, 499] {
            assert!(!layer.want_keyframe(now + Duration::from_millis(ms)));
        }
        assert!(
            layer.is_request_due(now + Duration::from_millis(500)),
            "asked again when nothing came"
        );
        track.observe(0, now, Some(None));
        assert!(!track.layers[0].is_request_due(now + Duration::from_secs(9)));
    }

    #[test]
    fn height_is_read_from_a_key_frame() {
        let mut payload = vec![0x90, 0xe0, 0x80, 1, 2, 0];
        payload.extend([0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02]);
        assert_eq!(vp8_height(&payload), Some(720));
        assert_eq!(vp8_height(&payload[..14]), None);
    }

    proptest! {
        #[test]
        fn any_payload_is_read_or_refused(payload in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = vp8_height(&payload);
        }
    }
}
