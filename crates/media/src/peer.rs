//! One peer of a call: its transport, what it sends, and its slots. A slot is one outgoing stream that keeps its SSRC.
use std::collections::HashMap;
use std::time::Instant;

use str0m::format::{Codec, CodecConfig, PayloadParams, detect_h264_nalu};
use str0m::media::{Mid, Pt};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Ssrc, Vp8Descriptor};

use crate::assign::Source;
use crate::layers::{Track, vp8_height};
use crate::offer::{Layout, Line};
use crate::plane::{Gate, PeerId, SlotMap, StreamKind, Want};
use crate::rewrite::{Incoming, Rewriter, Rewritten};
use crate::transport::Transport;

/// Incoming SSRCs remembered per peer; a client that invents more is heard on the newest.
const UPSTREAMS_MAX: usize = 32;
/// The NAL unit a browser starts each H.264 key frame with.
const H264_SPS: u8 = 7;
const AUDIO_HZ: u32 = 48_000;
const VIDEO_HZ: u32 = 90_000;

/// What an incoming SSRC carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upstream {
    Microphone,
    /// The video and its layer.
    Video(StreamKind, usize),
}

pub(crate) struct Peer {
    pub(crate) transport: Transport,
    pub(crate) layout: Layout,
    pub(crate) gate: Gate,
    pub(crate) wants: Vec<Want>,
    pub(crate) is_connected: bool,
    /// DTLS came up once: ICE alone brings the peer back.
    pub(crate) is_secured: bool,
    /// Has packets queued that its transport has not sent.
    pub(crate) is_dirty: bool,
    pub(crate) audio: Vec<AudioSlot>,
    pub(crate) video: Vec<VideoSlot>,
    camera: Track,
    share: Track,
    upstreams: HashMap<Ssrc, Upstream>,
    codecs: Vec<PayloadParams>,
    told: SlotMap,
}

impl Peer {
    pub(crate) fn new(transport: Transport, layout: Layout) -> Peer {
        let camera = Track::new(layout.camera().rids.clone());
        let share = Track::new(layout.share().rids.clone());
        let mut peer = Peer {
            transport,
            layout,
            gate: Gate::default(),
            wants: Vec::new(),
            is_connected: false,
            is_secured: false,
            is_dirty: false,
            audio: Vec::new(),
            video: Vec::new(),
            camera,
            share,
            upstreams: HashMap::new(),
            codecs: Vec::new(),
            told: SlotMap::default(),
        };
        peer.bind();
        peer
    }

    /// Takes over from an earlier connection of the same peer.
    pub(crate) fn inherit(&mut self, old: Peer) {
        self.gate = old.gate;
        self.wants = old.wants;
        self.told = old.told;
    }

    /// Makes the slots of all lines the negotiation has agreed on.
    pub(crate) fn bind(&mut self) {
        self.codecs = self
            .transport
            .with(|rtc| rtc.codec_config().params().to_vec())
            .unwrap_or_default();
        let audio: Vec<Line> = self.layout.audio_slots().cloned().collect();
        for line in audio.iter().skip(self.audio.len()) {
            if let Some(outlet) = self.outlet(line, AUDIO_HZ) {
                self.audio.push(AudioSlot {
                    outlet,
                    source: None,
                });
            }
        }
        let video: Vec<(Line, bool)> = self
            .layout
            .video_slots()
            .map(|(l, s)| (l.clone(), s))
            .collect();
        for (line, is_share) in video.iter().skip(self.video.len()) {
            if let Some(outlet) = self.outlet(line, VIDEO_HZ) {
                self.video.push(VideoSlot {
                    outlet,
                    is_share: *is_share,
                    source: None,
                    tile_height: 0,
                    current: None,
                    target: None,
                });
            }
        }
    }

    fn outlet(&mut self, line: &Line, clock_hz: u32) -> Option<Outlet> {
        let mid = Mid::from(line.mid.as_str());
        let ssrc = self.transport.open_stream(mid)?;
        let pts = self
            .transport
            .with(|rtc| rtc.media(mid).map(|m| m.remote_pts().to_vec()))??;
        let codecs = self
            .codecs
            .iter()
            .filter(|p| pts.contains(&p.pt()))
            .copied()
            .collect();
        let codecs = CodecConfig::new_from_payload_params(codecs);
        Some(Outlet {
            name: line.mid.clone(),
            mid,
            ssrc,
            codecs,
            rewriter: Rewriter::new(clock_hz),
            payload_type: None,
        })
    }

    pub(crate) fn track(&mut self, kind: StreamKind) -> &mut Track {
        match kind {
            StreamKind::Camera => &mut self.camera,
            StreamKind::Share => &mut self.share,
        }
    }

    pub(crate) fn track_ref(&self, kind: StreamKind) -> &Track {
        match kind {
            StreamKind::Camera => &self.camera,
            StreamKind::Share => &self.share,
        }
    }

    /// What an SSRC carries. The MID and RID extensions come with the first packets only, hence the memory.
    pub(crate) fn upstream(&mut self, ssrc: Ssrc) -> Option<Upstream> {
        if let Some(upstream) = self.upstreams.get(&ssrc) {
            return Some(*upstream);
        }
        let (mid, rid) = self.transport.with(|rtc| {
            let mut api = rtc.direct_api();
            api.stream_rx(&ssrc).map(|rx| (rx.mid(), rx.rid()))
        })??;
        let is = |line: &Line| Mid::from(line.mid.as_str()) == mid;
        let kind = if is(self.layout.microphone()) {
            None
        } else if is(self.layout.camera()) {
            Some(StreamKind::Camera)
        } else if is(self.layout.share()) {
            Some(StreamKind::Share)
        } else {
            return None;
        };
        let upstream = match kind {
            None => Upstream::Microphone,
            Some(kind) => Upstream::Video(kind, self.track(kind).add(ssrc, rid.as_deref())?),
        };
        if self.upstreams.len() == UPSTREAMS_MAX {
            self.upstreams.clear();
        }
        self.upstreams.insert(ssrc, upstream);
        Some(upstream)
    }

    /// The codec behind a payload type this peer sends.
    pub(crate) fn codec(&self, pt: Pt) -> Option<PayloadParams> {
        self.codecs.iter().find(|p| p.pt() == pt).copied()
    }

    /// The slot map when it differs from the one told last.
    pub(crate) fn changed_slots(&mut self) -> Option<SlotMap> {
        let video: Vec<_> = self
            .video
            .iter()
            .filter_map(|s| s.source.map(|(p, k)| (s.outlet.name.clone(), p, k)))
            .collect();
        let audio: Vec<_> = self
            .audio
            .iter()
            .filter_map(|s| s.source.map(|p| (s.outlet.name.clone(), p)))
            .collect();
        if video == self.told.video && audio == self.told.audio {
            return None;
        }
        self.told = SlotMap {
            version: self.told.version + 1,
            video,
            audio,
        };
        Some(self.told.clone())
    }

    pub(crate) fn send_audio(&mut self, slot: usize, from: PeerId, media: &Media<'_>) {
        let Some(slot) = self.audio.get_mut(slot) else {
            return;
        };
        self.is_dirty |= slot.outlet.send(&mut self.transport, from, media) == Outcome::Sent;
    }

    /// Forwards a video packet if it belongs to the layer this slot shows, or may switch to here.
    pub(crate) fn send_video(
        &mut self,
        slot: usize,
        from: PeerId,
        layer: usize,
        media: &Media<'_>,
    ) {
        let Some(slot) = self.video.get_mut(slot) else {
            return;
        };
        if slot.current != Some(layer) {
            let may_switch = slot.current.is_none() || slot.target == Some(layer);
            if !media.is_keyframe || !may_switch {
                return;
            }
            slot.current = Some(layer);
            slot.outlet.rewriter.restart();
        }
        match slot.outlet.send(&mut self.transport, from, media) {
            Outcome::Sent => self.is_dirty = true,
            Outcome::Skipped => {}
            // What follows cannot be decoded: wait for a key frame.
            Outcome::Jumped => slot.current = None,
        }
    }

    /// All streams start over: a gap that no retransmission fills lies behind.
    pub(crate) fn restart_video(&mut self) {
        for slot in &mut self.video {
            slot.current = None;
        }
    }
}

/// An incoming packet with what was found out about it once for all subscribers.
pub(crate) struct Media<'a> {
    pub(crate) packet: &'a RtpPacket,
    pub(crate) codec: PayloadParams,
    pub(crate) vp8: Option<Vp8Descriptor>,
    pub(crate) is_keyframe: bool,
    pub(crate) now: Instant,
}

impl<'a> Media<'a> {
    /// `None` when the payload is not what its codec promises.
    pub(crate) fn read(
        packet: &'a RtpPacket,
        codec: PayloadParams,
        now: Instant,
    ) -> Option<Media<'a>> {
        let payload: &[u8] = &packet.payload;
        let mut media = Media {
            packet,
            codec,
            vp8: None,
            is_keyframe: false,
            now,
        };
        match codec.spec().codec {
            // An empty payload is padding: its number must not be missing on the other side.
            _ if payload.is_empty() => {}
            Codec::Vp8 => {
                let vp8 = Vp8Descriptor::parse(payload).ok()?;
                media.is_keyframe = vp8.starts_keyframe(payload);
                media.vp8 = Some(vp8);
            }
            Codec::H264 => media.is_keyframe = detect_h264_nalu(payload, H264_SPS),
            _ => {}
        }
        Some(media)
    }

    /// Set for a key frame: its height when the codec tells.
    pub(crate) fn keyframe_height(&self) -> Option<Option<u32>> {
        self.is_keyframe
            .then(|| self.vp8.and_then(|_| vp8_height(&self.packet.payload)))
    }
}

pub(crate) struct AudioSlot {
    pub(crate) outlet: Outlet,
    pub(crate) source: Option<PeerId>,
}

pub(crate) struct VideoSlot {
    pub(crate) outlet: Outlet,
    pub(crate) is_share: bool,
    pub(crate) source: Option<Source>,
    pub(crate) tile_height: u32,
    /// The layer that flows; `None` until a key frame came.
    pub(crate) current: Option<usize>,
    /// The layer that should flow.
    pub(crate) target: Option<usize>,
}

impl VideoSlot {
    pub(crate) fn point_to(&mut self, source: Option<Source>) {
        if self.source != source {
            self.source = source;
            self.current = None;
            self.target = None;
        }
    }
}

/// The outgoing stream of a slot.
pub(crate) struct Outlet {
    name: String,
    pub(crate) mid: Mid,
    ssrc: Ssrc,
    /// What the subscriber takes on this line.
    codecs: CodecConfig,
    pub(crate) rewriter: Rewriter,
    /// Publisher, its payload type, ours for the same codec.
    payload_type: Option<(PeerId, Pt, Option<Pt>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Sent,
    Skipped,
    Jumped,
}

impl Outlet {
    fn send(&mut self, transport: &mut Transport, from: PeerId, media: &Media<'_>) -> Outcome {
        let packet = media.packet;
        let Some(pt) = self.translate(from, &media.codec) else {
            return Outcome::Skipped;
        };
        let incoming = Incoming {
            seq: *packet.seq_no,
            timestamp: packet.header.timestamp,
            vp8: media.vp8.as_ref(),
        };
        let numbered = match self.rewriter.rewrite(incoming, media.now) {
            Rewritten::Send(numbered) => numbered,
            Rewritten::Stale => return Outcome::Skipped,
            Rewritten::Jumped => return Outcome::Jumped,
        };
        let is_audio = media.codec.spec().codec.is_audio();
        let extensions = ExtensionValues {
            audio_level: packet.header.ext_vals.audio_level,
            voice_activity: packet.header.ext_vals.voice_activity,
            video_orientation: packet.header.ext_vals.video_orientation,
            ..ExtensionValues::default()
        };
        let mut write = RtpWrite::new(
            pt,
            numbered.seq.into(),
            numbered.timestamp,
            packet.timestamp,
            packet.payload.clone(),
        )
        // A new voice in the slot begins a talk spurt.
        .marker(packet.header.marker || (is_audio && numbered.is_first))
        .ext_vals(extensions)
        .nackable(!is_audio);
        if let Some(patch) = numbered.patch {
            write = write.vp8_patch(patch);
        }
        let ssrc = self.ssrc;
        let written = transport.with(|rtc| {
            rtc.direct_api()
                .stream_tx(&ssrc)
                .map(|tx| tx.write_rtp(write))
        });
        if written.flatten().is_some() {
            Outcome::Sent
        } else {
            Outcome::Skipped
        }
    }

    /// The subscriber's payload type for the publisher's codec: equal numbers mean nothing across sessions.
    fn translate(&mut self, from: PeerId, codec: &PayloadParams) -> Option<Pt> {
        match self.payload_type {
            Some((peer, pt, ours)) if peer == from && pt == codec.pt() => ours,
            _ => {
                let ours = self.codecs.match_params(*codec).map(PayloadParams::pt);
                self.payload_type = Some((from, codec.pt(), ours));
                ours
            }
        }
    }
}
