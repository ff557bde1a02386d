//! A WebRTC client on the test bench: offers in the protocol's shape, sends made-up media, notes what arrives.
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use parvis_media::PeerId;
use parvis_sim::{Link, LinkConfig};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event as RtcEvent, Output as RtcOutput, Rtc};

const AUDIO_SLOTS: usize = 3;
const FRAME_PACKETS: u32 = 3;

/// A packet a client got on one of its slots.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) at: Instant,
    pub(crate) ssrc: u32,
    pub(crate) seq: u64,
    pub(crate) timestamp: u32,
    pub(crate) picture_id: Option<u16>,
    pub(crate) level: Option<i8>,
    /// Who sent it, which stream (`a`, `c`, `s`), which layer.
    pub(crate) origin: (u8, u8, u8),
    pub(crate) is_keyframe: bool,
}

/// What a client sends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sends {
    pub(crate) audio: Option<Option<i8>>,
    pub(crate) camera: bool,
    pub(crate) share: bool,
    /// Layers that are switched off, as a bit mask.
    pub(crate) camera_layers_off: u8,
}

struct Sender {
    mid: Mid,
    rid: Option<Rid>,
    stream: u8,
    layer: u8,
    seq: u64,
    frame: u32,
    wants_keyframe: bool,
}

pub(crate) struct Client {
    pub(crate) id: PeerId,
    pub(crate) rtc: Rtc,
    pub(crate) addr: SocketAddr,
    pub(crate) up: Link<Vec<u8>>,
    pub(crate) down: Link<Vec<u8>>,
    pub(crate) sends: Sends,
    pub(crate) mids: Vec<Mid>,
    pub(crate) got: BTreeMap<String, Vec<Got>>,
    /// Key-frame requests heard, by stream and layer.
    pub(crate) keyframe_requests: Vec<(Instant, u8, u8)>,
    pub(crate) video_slots: usize,
    senders: Vec<Sender>,
    pending: Option<SdpPendingOffer>,
    audio_seq: u64,
}

impl Client {
    pub(super) fn new(id: u8, simulcast: bool, video_slots: usize, now: Instant) -> Client {
        let mut rtc = Rtc::builder()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .enable_h264(true)
            .build(now);
        let addr = SocketAddr::from(([198, 51, 100, id], 5000 + u16::from(id)));
        rtc.add_local_candidate(Candidate::host(addr, "udp").expect("a candidate"));
        let link = |seed| {
            Link::new(
                LinkConfig {
                    delay: Duration::from_millis(10),
                    ..LinkConfig::default()
                },
                seed,
            )
        };
        Client {
            id: PeerId(u128::from(id)),
            rtc,
            addr,
            up: link(u64::from(id)),
            down: link(1_000 + u64::from(id)),
            sends: Sends::default(),
            mids: Vec::new(),
            got: BTreeMap::new(),
            keyframe_requests: Vec::new(),
            video_slots,
            senders: layers(simulcast),
            pending: None,
            audio_seq: u64::from(id) * 1_000,
        }
    }

    pub(super) fn is_simulcast(&self) -> bool {
        self.senders.len() > 2
    }

    /// The first offer in the shape of CP-41.
    pub(crate) fn first_offer(&mut self) -> String {
        let simulcast = self.is_simulcast();
        let mut api = self.rtc.sdp_api();
        let mut mids = vec![api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None)];
        let layers = simulcast.then(|| {
            let mut layers = Simulcast::new();
            for rid in ["q", "h", "f"] {
                layers.add_send_layer(SimulcastLayer::new(rid));
            }
            layers
        });
        mids.push(api.add_media(MediaKind::Video, Direction::SendOnly, None, None, layers));
        mids.push(api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None));
        for _ in 0..AUDIO_SLOTS {
            mids.push(api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None));
        }
        for _ in 0..=self.video_slots {
            mids.push(api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None));
        }
        let (offer, pending) = api.apply().expect("changes");
        for sender in &mut self.senders {
            sender.mid = if sender.stream == b's' {
                mids[2]
            } else {
                mids[1]
            };
        }
        self.mids = mids;
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    /// A later offer: more video slots, or another ICE session.
    pub(crate) fn later_offer(&mut self, more_slots: usize, restart: bool) -> String {
        let mut api = self.rtc.sdp_api();
        for _ in 0..more_slots {
            self.mids
                .push(api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None));
        }
        if restart {
            api.ice_restart(true);
        }
        let (offer, pending) = api.apply().expect("changes");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    pub(crate) fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).expect("an answer");
        let pending = self.pending.take().expect("an offer was made");
        self.rtc
            .sdp_api()
            .accept_answer(pending, answer)
            .expect("the answer fits");
    }

    /// Another network.
    pub(crate) fn move_to(&mut self, addr: SocketAddr) {
        self.addr = addr;
        self.rtc
            .add_local_candidate(Candidate::host(addr, "udp").expect("a candidate"));
    }

    /// What came on the slot of this m-line.
    pub(crate) fn on(&self, line: usize) -> &[Got] {
        self.got
            .get(self.mids[line].trim())
            .map_or(&[], Vec::as_slice)
    }

    pub(crate) fn audio_slot(&self, index: usize) -> &[Got] {
        self.on(3 + index)
    }

    pub(crate) fn video_slot(&self, index: usize) -> &[Got] {
        self.on(3 + AUDIO_SLOTS + index)
    }

    pub(crate) fn share_slot(&self) -> &[Got] {
        self.video_slot(self.video_slots)
    }

    pub(crate) fn packets(&self) -> usize {
        self.got.values().map(Vec::len).sum()
    }

    pub(super) fn produce(&mut self, step: u64, now: Instant) {
        if !self.rtc.is_connected() {
            return;
        }
        // 50 audio packets and 25 frames a second.
        if step.is_multiple_of(4) && self.sends.audio.is_some() {
            self.produce_audio(now);
        }
        if step.is_multiple_of(8) {
            self.produce_video(now);
        }
    }

    fn pt(&self, codec: Codec) -> str0m::media::Pt {
        self.rtc
            .codec_config()
            .find(|p| p.spec().codec == codec)
            .expect("negotiated")
            .pt()
    }

    fn produce_audio(&mut self, now: Instant) {
        let (pt, mid) = (self.pt(Codec::Opus), self.mids[0]);
        self.audio_seq += 1;
        let payload = vec![self.id.0 as u8, b'a', 0, 0];
        let level = self.sends.audio.flatten();
        let extensions = ExtensionValues {
            audio_level: level,
            voice_activity: level.map(|l| l > -50),
            ..Default::default()
        };
        let timestamp = (self.audio_seq as u32).wrapping_mul(960);
        let write =
            RtpWrite::new(pt, self.audio_seq.into(), timestamp, now, payload).ext_vals(extensions);
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(mid, None)
            .expect("a microphone")
            .write_rtp(write);
    }

    fn produce_video(&mut self, now: Instant) {
        let pt = self.pt(Codec::Vp8);
        let id = self.id.0 as u8;
        for sender in &mut self.senders {
            let is_off = match sender.stream {
                b's' => !self.sends.share,
                _ => !self.sends.camera || self.sends.camera_layers_off & (1 << sender.layer) != 0,
            };
            if is_off {
                continue;
            }
            let is_keyframe = std::mem::take(&mut sender.wants_keyframe) || sender.frame == 0;
            sender.frame += 1;
            for part in 0..FRAME_PACKETS {
                sender.seq += 1;
                let payload = vp8(sender, id, part == 0, is_keyframe);
                let timestamp = sender
                    .frame
                    .wrapping_mul(3_600)
                    .wrapping_add(u32::from(sender.layer) * 1_000_000);
                let write = RtpWrite::new(pt, sender.seq.into(), timestamp, now, payload)
                    .marker(part == FRAME_PACKETS - 1)
                    .nackable(true);
                let mut api = self.rtc.direct_api();
                api.stream_tx_by_mid(sender.mid, sender.rid)
                    .expect("a camera")
                    .write_rtp(write);
            }
        }
    }

    fn handle(&mut self, event: RtcEvent, now: Instant) {
        match event {
            RtcEvent::KeyframeRequest(request) => {
                for sender in self
                    .senders
                    .iter_mut()
                    .filter(|s| s.mid == request.mid && s.rid == request.rid)
                {
                    sender.wants_keyframe = true;
                    self.keyframe_requests
                        .push((now, sender.stream, sender.layer));
                }
            }
            RtcEvent::RtpPacket(packet) => {
                let ssrc = packet.header.ssrc;
                let mid = self
                    .rtc
                    .direct_api()
                    .stream_rx(&ssrc)
                    .expect("a known stream")
                    .mid();
                let tail = &packet.payload[packet.payload.len() - 4..];
                let vp8 = str0m::rtp::Vp8Descriptor::parse(&packet.payload)
                    .ok()
                    .filter(|_| tail[1] != b'a');
                let got = Got {
                    at: now,
                    ssrc: *ssrc,
                    seq: *packet.seq_no,
                    timestamp: packet.header.timestamp,
                    picture_id: vp8.and_then(|d| d.picture_id()),
                    level: packet.header.ext_vals.audio_level,
                    origin: (tail[0], tail[1], tail[2]),
                    is_keyframe: vp8.is_some_and(|d| d.starts_keyframe(&packet.payload)),
                };
                self.got.entry(mid.trim().to_owned()).or_default().push(got);
            }
            _ => {}
        }
    }
}

fn layers(simulcast: bool) -> Vec<Sender> {
    let camera: &[Option<&str>] = if simulcast {
        &[Some("q"), Some("h"), Some("f")]
    } else {
        &[None]
    };
    let sender = |stream, layer: usize, rid: Option<&str>| Sender {
        mid: Mid::from("x"),
        rid: rid.map(Rid::from),
        stream,
        layer: layer as u8,
        // Numbers that differ by layer, and that pass 65,536 soon.
        seq: 21_000 * (layer as u64 + 1),
        frame: 0,
        wants_keyframe: false,
    };
    let mut senders: Vec<Sender> = camera
        .iter()
        .enumerate()
        .map(|(i, rid)| sender(b'c', i, *rid))
        .collect();
    senders.push(sender(b's', 0, None));
    senders
}

/// A VP8 packet: descriptor with picture id and TL0PICIDX, a key frame's size, and who sent it.
fn vp8(sender: &Sender, id: u8, is_start: bool, is_keyframe: bool) -> Vec<u8> {
    let picture_id = 0x8000 | (sender.frame as u16 + u16::from(sender.layer) * 5_000) & 0x7fff;
    let [high, low] = picture_id.to_be_bytes();
    let mut payload = vec![
        if is_start { 0x90 } else { 0x80 },
        0xe0,
        high,
        low,
        sender.frame as u8,
        0,
    ];
    payload.push(if is_keyframe { 0x10 } else { 0x11 });
    payload.extend([0, 0, 0x9d, 0x01, 0x2a]);
    payload.extend((320_u16 << sender.layer).to_le_bytes());
    payload.extend((180_u16 << sender.layer).to_le_bytes());
    payload.resize(400, 0);
    payload.extend([id, sender.stream, sender.layer, 0]);
    payload
}

pub(super) fn drain(client: &mut Client, now: Instant) {
    loop {
        match client.rtc.poll_output().expect("output") {
            RtcOutput::Timeout(_) => return,
            RtcOutput::Transmit(transmit) => {
                let bytes: Vec<u8> = transmit.contents.into();
                let size = bytes.len();
                client.up.send(bytes, size, now);
            }
            RtcOutput::Event(event) => client.handle(event, now),
        }
    }
}
