//! One outgoing stream made of many incoming ones: a slot keeps its SSRC while publishers and layers behind it change.
//! Sequence numbers, timestamps and VP8 picture ids go on without a gap, so the subscriber sees a single stream.
use std::time::Instant;

use str0m::rtp::{Vp8Descriptor, Vp8Patch};

/// A jump of the incoming numbers beyond this is a new stream: following it could lose the receiver's rollover count.
const SEQ_JUMP_MAX: u64 = 2_000;
const PICTURE_ID_MASK: u16 = 0x7fff;

/// What the subscriber has seen.
#[derive(Clone, Copy, Debug)]
struct Sent {
    seq: u64,
    timestamp: u32,
    at: Instant,
    picture_id: u16,
    tl0: u8,
}

/// How the present incoming stream maps onto the outgoing one.
#[derive(Clone, Copy, Debug)]
struct Mapping {
    first_in: u64,
    last_in: u64,
    first_out: u64,
    timestamp_delta: u32,
    picture_id_delta: u16,
    tl0_delta: u8,
}

/// What of an incoming packet has to be numbered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) seq: u64,
    pub(crate) timestamp: u32,
    pub(crate) vp8: Option<&'a Vp8Descriptor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) seq: u64,
    pub(crate) timestamp: u32,
    pub(crate) patch: Option<Vp8Patch>,
    /// First packet after a change of the incoming stream.
    pub(crate) is_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rewritten {
    Send(Numbered),
    /// Older than the switch: the subscriber must not see it.
    Stale,
    /// The incoming numbers jumped: start over (video: at a key frame).
    Jumped,
}

#[derive(Debug)]
pub(crate) struct Rewriter {
    clock_hz: u32,
    sent: Option<Sent>,
    mapping: Option<Mapping>,
}

impl Rewriter {
    pub(crate) fn new(clock_hz: u32) -> Rewriter {
        Rewriter {
            clock_hz,
            sent: None,
            mapping: None,
        }
    }

    /// The next packet starts another incoming stream.
    pub(crate) fn restart(&mut self) {
        self.mapping = None;
    }

    pub(crate) fn rewrite(&mut self, packet: Incoming<'_>, now: Instant) -> Rewritten {
        let is_first = self.mapping.is_none();
        let mapping = match self.mapping {
            Some(mapping) => mapping,
            None => self.map(packet, now),
        };
        if packet.seq < mapping.first_in {
            return Rewritten::Stale;
        }
        if packet.seq.abs_diff(mapping.last_in) > SEQ_JUMP_MAX {
            self.mapping = None;
            return Rewritten::Jumped;
        }
        let last_in = mapping.last_in.max(packet.seq);
        self.mapping = Some(Mapping { last_in, ..mapping });
        let numbered = Numbered {
            seq: mapping.first_out + (packet.seq - mapping.first_in),
            timestamp: packet.timestamp.wrapping_add(mapping.timestamp_delta),
            patch: packet.vp8.and_then(|vp8| patch(vp8, &mapping)),
            is_first,
        };
        self.remember(packet, &mapping, &numbered, now);
        Rewritten::Send(numbered)
    }

    fn map(&self, packet: Incoming<'_>, now: Instant) -> Mapping {
        let picture_id = packet.vp8.and_then(Vp8Descriptor::picture_id).unwrap_or(0);
        let tl0 = packet.vp8.and_then(Vp8Descriptor::tl0_pic_idx).unwrap_or(0);
        let mut mapping = Mapping {
            first_in: packet.seq,
            last_in: packet.seq,
            // Below 65,536: the receiver starts with a rollover count of zero.
            first_out: 1,
            timestamp_delta: 0,
            picture_id_delta: 0,
            tl0_delta: 0,
        };
        if let Some(sent) = self.sent {
            let timestamp = sent.timestamp.wrapping_add(self.ticks_since(sent.at, now));
            mapping.first_out = sent.seq + 1;
            mapping.timestamp_delta = timestamp.wrapping_sub(packet.timestamp);
            mapping.picture_id_delta =
                sent.picture_id.wrapping_add(1).wrapping_sub(picture_id) & PICTURE_ID_MASK;
            mapping.tl0_delta = sent.tl0.wrapping_add(1).wrapping_sub(tl0);
        }
        mapping
    }

    /// Media time between two packets, at least ten milliseconds so that two frames never share a timestamp.
    fn ticks_since(&self, then: Instant, now: Instant) -> u32 {
        let elapsed = now.saturating_duration_since(then).as_secs_f64();
        let ticks = (elapsed * f64::from(self.clock_hz)) as u64 as u32;
        ticks.max(self.clock_hz / 100)
    }

    fn remember(
        &mut self,
        packet: Incoming<'_>,
        mapping: &Mapping,
        numbered: &Numbered,
        now: Instant,
    ) {
        if self.sent.is_some_and(|sent| numbered.seq <= sent.seq) {
            return;
        }
        let before = self.sent.map_or((0, 0), |sent| (sent.picture_id, sent.tl0));
        let picture_id = packet.vp8.and_then(Vp8Descriptor::picture_id);
        let tl0 = packet.vp8.and_then(Vp8Descriptor::tl0_pic_idx);
        self.sent = Some(Sent {
            seq: numbered.seq,
            timestamp: numbered.timestamp,
            at: now,
            picture_id: picture_id.map_or(before.0, |id| {
                id.wrapping_add(mapping.picture_id_delta) & PICTURE_ID_MASK
            }),
            tl0: tl0.map_or(before.1, |id| id.wrapping_add(mapping.tl0_delta)),
        });
    }
}

fn patch(vp8: &Vp8Descriptor, mapping: &Mapping) -> Option<Vp8Patch> {
    let mut builder = vp8.patch();
    if mapping.picture_id_delta != 0
        && let Some(id) = vp8.picture_id()
    {
        builder = builder.picture_id(id.wrapping_add(mapping.picture_id_delta) & PICTURE_ID_MASK);
    }
    if mapping.tl0_delta != 0
        && let Some(id) = vp8.tl0_pic_idx()
    {
        builder = builder.tl0_pic_idx(id.wrapping_add(mapping.tl0_delta));
    }
    // A descriptor with a 7-bit id may not hold the new one; such a stream keeps its own numbers.
    builder.build().ok()
}

#[cfg(test)]
mod tests;
