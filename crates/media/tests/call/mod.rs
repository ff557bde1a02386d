//! A call on the test bench: one router, WebRTC clients, a lossy link each way, and time that is moved by hand.
#![allow(dead_code, reason = "each test file uses a part of it")]
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use parvis_media::{
    Certificate, Event, Gate, Local, Output, PeerId, Proto, Router, RouterConfig, SlotMap,
    Speakers, StreamKind, Want,
};
use parvis_sim::{Clock, Link, LinkConfig};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event as RtcEvent, Input, Output as RtcOutput, Rtc};

/// Granularity of the bench.
pub(crate) const STEP: Duration = Duration::from_millis(5);
pub(crate) const OPEN: Gate = Gate {
    receive: true,
    audio: true,
    camera: true,
    share: true,
};
const AUDIO_SLOTS: usize = 3;
const FRAME_PACKETS: u32 = 3;

pub(crate) fn server() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 3478))
}

fn certificate() -> Certificate {
    static MADE: OnceLock<Certificate> = OnceLock::new();
    MADE.get_or_init(|| Certificate::generate().expect("a certificate"))
        .clone()
}

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
    fn new(id: u8, simulcast: bool, video_slots: usize, now: Instant) -> Client {
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

    /// The first offer in the shape of CP-41.
    pub(crate) fn first_offer(&mut self) -> String {
        let simulcast = self.senders.len() > 2;
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

    fn produce(&mut self, step: u64, now: Instant) {
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

pub(crate) struct Call {
    pub(crate) clock: Clock,
    pub(crate) router: Router,
    pub(crate) clients: Vec<Client>,
    pub(crate) events: Vec<(Instant, Event)>,
    steps: u64,
}

impl Call {
    pub(crate) fn new() -> Call {
        let clock = Clock::new(Instant::now());
        let local = Local {
            proto: Proto::Udp,
            addr: server(),
        };
        let config = RouterConfig {
            certificate: certificate(),
            locals: vec![local],
            peers_max: 20,
        };
        Call {
            clock,
            router: Router::new(config, clock.now()),
            clients: Vec::new(),
            events: Vec::new(),
            steps: 0,
        }
    }

    /// A call of connected clients with all gates open.
    pub(crate) fn of(count: u8, simulcast: bool) -> Call {
        let mut call = Call::new();
        for _ in 0..count {
            call.join(simulcast, 4);
        }
        call.run_ms(500);
        for index in 0..call.clients.len() {
            assert!(
                call.clients[index].rtc.is_connected(),
                "client {index} is not connected"
            );
            call.gate(index, OPEN);
        }
        call
    }

    pub(crate) fn join(&mut self, simulcast: bool, video_slots: usize) -> usize {
        let id = self.clients.len() as u8 + 1;
        let mut client = Client::new(id, simulcast, video_slots, self.clock.now());
        let offer = client.first_offer();
        let answer = self
            .router
            .accept_offer(client.id, &offer, self.clock.now())
            .expect("an answer");
        client.accept(&answer);
        self.clients.push(client);
        self.clients.len() - 1
    }

    /// The first offer of somebody who is not in the call.
    pub(crate) fn stranger_offer(&self) -> String {
        Client::new(200, false, 1, self.clock.now()).first_offer()
    }

    /// The client's page was reloaded: the same peer, another connection from another port.
    pub(crate) fn reload(&mut self, index: usize) {
        let old = &self.clients[index];
        let (id, slots, simulcast) = (old.id.0 as u8, old.video_slots, old.senders.len() > 2);
        let mut client = Client::new(id, simulcast, slots, self.clock.now());
        client.move_to(SocketAddr::from(([203, 0, 113, id], 9_000)));
        let offer = client.first_offer();
        let answer = self
            .router
            .accept_offer(client.id, &offer, self.clock.now())
            .expect("an answer");
        client.accept(&answer);
        self.clients[index] = client;
    }

    /// Offers again; the m-lines keep their numbers.
    pub(crate) fn offer_again(&mut self, index: usize, more_slots: usize, restart: bool) {
        let client = &mut self.clients[index];
        let offer = client.later_offer(more_slots, restart);
        let answer = self
            .router
            .accept_offer(client.id, &offer, self.clock.now())
            .expect("an answer");
        client.accept(&answer);
    }

    pub(crate) fn gate(&mut self, index: usize, gate: Gate) {
        self.router
            .set_gate(self.clients[index].id, gate, self.clock.now());
    }

    /// Each want: the index of a client, the stream, the height of the tile.
    pub(crate) fn want(&mut self, index: usize, wants: &[(usize, StreamKind, u32)]) {
        let wants = wants
            .iter()
            .map(|(of, stream, height)| Want {
                peer: self.clients[*of].id,
                stream: *stream,
                width: height * 16 / 9,
                height: *height,
            })
            .collect();
        self.router
            .set_wants(self.clients[index].id, wants, self.clock.now());
    }

    pub(crate) fn run_ms(&mut self, ms: u64) {
        let end = self.clock.now() + Duration::from_millis(ms);
        while self.clock.now() < end {
            self.step();
        }
    }

    pub(crate) fn run_until(&mut self, limit_ms: u64, mut done: impl FnMut(&Call) -> bool) {
        let end = self.clock.elapsed() + Duration::from_millis(limit_ms);
        while !done(self) {
            assert!(self.clock.elapsed() < end, "not done within {limit_ms} ms");
            self.step();
        }
    }

    fn step(&mut self) {
        let now = self.clock.now();
        self.steps += 1;
        for client in &mut self.clients {
            client.produce(self.steps, now);
            client
                .rtc
                .handle_input(Input::Timeout(now))
                .expect("time passes");
            drain(client, now);
            while let Some(bytes) = client.up.poll(now) {
                let local = Local {
                    proto: Proto::Udp,
                    addr: server(),
                };
                self.router
                    .handle_datagram(client.id, local, client.addr, &bytes, now);
            }
        }
        self.router.handle_timeout(now);
        self.pump(now);
        for client in &mut self.clients {
            while let Some(bytes) = client.down.poll(now) {
                if let Ok(receive) = Receive::new(Protocol::Udp, server(), client.addr, &bytes) {
                    client
                        .rtc
                        .handle_input(Input::Receive(now, receive))
                        .expect("a datagram is taken");
                    drain(client, now);
                }
            }
        }
        self.clock.advance(STEP);
    }

    fn pump(&mut self, now: Instant) {
        loop {
            match self.router.poll_output() {
                Output::Transmit(transmit) => {
                    let client = self
                        .clients
                        .iter_mut()
                        .find(|c| c.addr == transmit.dst)
                        .expect("a client's address");
                    assert_eq!((transmit.peer, transmit.src), (client.id, server()));
                    let size = transmit.bytes.len();
                    client.down.send(transmit.bytes, size, now);
                }
                Output::Event(event) => self.events.push((now, event)),
                Output::Wait(_) => return,
            }
        }
    }

    /// The newest slot map of a client.
    pub(crate) fn slots(&self, index: usize) -> SlotMap {
        let id = self.clients[index].id;
        let newest = self.events.iter().rev().find_map(|(_, event)| match event {
            Event::Slots(peer, map) if *peer == id => Some(map.clone()),
            _ => None,
        });
        newest.unwrap_or_default()
    }

    pub(crate) fn speakers(&self) -> Vec<(Instant, Speakers)> {
        let told = self.events.iter().filter_map(|(at, event)| match event {
            Event::Speakers(speakers) => Some((*at, speakers.clone())),
            _ => None,
        });
        told.collect()
    }
}

fn drain(client: &mut Client, now: Instant) {
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

/// One stream as a subscriber must see it: one SSRC, every number once and in place, time never going back.
pub(crate) fn assert_continuous(got: &[Got]) {
    assert!(!got.is_empty(), "nothing arrived");
    assert!(
        got.iter().all(|g| g.ssrc == got[0].ssrc),
        "the SSRC of a slot changed"
    );
    let mut sorted: Vec<&Got> = got.iter().collect();
    sorted.sort_by_key(|g| g.seq);
    assert!(sorted[0].seq < 65_536, "starts at {}", sorted[0].seq);
    for pair in sorted.windows(2) {
        assert_eq!(
            pair[1].seq,
            pair[0].seq + 1,
            "a number is missing or came twice"
        );
        let forward = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        assert!(
            forward < 90_000 * 5,
            "time jumps by {forward} at {}",
            pair[1].seq
        );
        if let (Some(a), Some(b)) = (pair[0].picture_id, pair[1].picture_id) {
            assert!(
                b.wrapping_sub(a) & 0x7fff <= 1,
                "picture id jumps from {a} to {b}"
            );
        }
    }
}
