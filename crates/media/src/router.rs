//! The router of one call: takes packets, offers and decisions, gives packets, events and the next deadline.
//!
//! Use: call any `handle_*`, `set_*` or `accept_offer`, then `poll_output` until it says `Wait`. Several datagrams may go
//! in before the poll: what they cause for one subscriber leaves together.
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::media::KeyframeRequestKind;
use str0m::net::Protocol;
use str0m::rtp::RtpPacket;
use str0m::{Event as RtcEvent, IceConnectionState, Output as RtcOutput};

use crate::assign::{Source, VideoPlace, Voice, assign_audio, assign_video};
use crate::datagram::DATAGRAM_BYTES_MAX;
use crate::offer::{Layout, OfferError};
use crate::peer::{Media, Peer, Upstream};
use crate::plane::{Gate, PeerId, SlotMap, Speakers, StreamKind, Want};
use crate::speakers::Voices;
use crate::transport::{Certificate, Transport};

/// Slots, layers and pending key-frame requests are looked at this often.
const TICK: Duration = Duration::from_millis(100);
/// Every third tick tells who speaks (CP-45: at most once in 300 ms).
const TICKS_PER_DECISION: u64 = 3;
/// More wants than a page may have are cut (CP-43).
const WANTS_MAX: usize = 64;

/// How datagrams travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Proto {
    /// UDP.
    Udp,
    /// TCP with RFC 4571 frames; the client connects.
    Tcp,
}

/// An address of this side, offered as a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Local {
    /// How it is reached.
    pub proto: Proto,
    /// Where.
    pub addr: SocketAddr,
}

/// What a router needs to know.
#[derive(Clone, Debug)]
pub struct RouterConfig {
    /// The DTLS identity, shared by all routers of the process.
    pub certificate: Certificate,
    /// Candidates of every answer, in order of preference.
    pub locals: Vec<Local>,
    /// Peers beyond this are refused.
    pub peers_max: usize,
}

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Whose transport sends it.
    pub peer: PeerId,
    /// How.
    pub proto: Proto,
    /// From which of the locals.
    pub src: SocketAddr,
    /// Where to. An address appears here only after the peer has proved its ICE password from there.
    pub dst: SocketAddr,
    /// The datagram.
    pub bytes: Vec<u8>,
}

/// Something the call should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// ICE and DTLS are up.
    Connected(PeerId),
    /// The transport was lost.
    Disconnected(PeerId),
    /// The peer's slot map changed.
    Slots(PeerId, SlotMap),
    /// Who speaks changed.
    Speakers(Speakers),
}

/// What `poll_output` gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this.
    Transmit(Transmit),
    /// Tell the call.
    Event(Event),
    /// Nothing more for now: call `handle_timeout` at this time, or feed something earlier.
    Wait(Instant),
}

/// What went wrong so far, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Peers dropped because their transport panicked.
    pub panics: u64,
    /// Datagrams dropped: too long, or for nobody.
    pub dropped_datagrams: u64,
    /// Media packets dropped: unknown stream or payload.
    pub dropped_packets: u64,
}

/// One call.
pub struct Router {
    config: RouterConfig,
    peers: BTreeMap<PeerId, Peer>,
    voices: Voices,
    video_routes: HashMap<Source, Vec<(PeerId, usize)>>,
    audio_routes: HashMap<PeerId, Vec<(PeerId, usize)>>,
    now: Instant,
    next_tick: Instant,
    ticks: u64,
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
    counters: Counters,
}

impl Router {
    /// A call without peers.
    pub fn new(config: RouterConfig, now: Instant) -> Router {
        Router {
            config,
            peers: BTreeMap::new(),
            voices: Voices::new(now),
            video_routes: HashMap::new(),
            audio_routes: HashMap::new(),
            now,
            next_tick: now + TICK,
            ticks: 0,
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            counters: Counters::default(),
        }
    }

    /// Answers an offer. The first of a peer, or one with another DTLS identity, makes a new transport with the gate and
    /// wants the peer had (a new peer's gate is closed); else the offer may append video slots or restart ICE.
    pub fn accept_offer(
        &mut self,
        id: PeerId,
        sdp: &str,
        now: Instant,
    ) -> Result<String, OfferError> {
        self.advance(now);
        let later = self
            .peers
            .get(&id)
            .filter(|p| !p.transport.is_dead() && p.layout.is_same_connection(sdp));
        let answer = match later.map(|peer| peer.layout.later(sdp)) {
            Some(layout) => self.change_connection(id, sdp, layout?)?,
            None => self.new_connection(id, sdp)?,
        };
        self.drain(id);
        self.remap();
        Ok(answer)
    }

    fn change_connection(
        &mut self,
        id: PeerId,
        sdp: &str,
        layout: Layout,
    ) -> Result<String, OfferError> {
        let peer = self.peers.get_mut(&id).ok_or(OfferError::Unreadable)?;
        let answer = peer.transport.accept_offer(sdp)?;
        peer.layout = layout;
        peer.bind();
        Ok(answer)
    }

    fn new_connection(&mut self, id: PeerId, sdp: &str) -> Result<String, OfferError> {
        let layout = Layout::first(sdp)?;
        if !self.peers.contains_key(&id) && self.peers.len() >= self.config.peers_max {
            return Err(OfferError::Full);
        }
        let mut transport = Transport::new(&self.config.certificate, &self.config.locals, self.now);
        let answer = match transport.accept_offer(sdp) {
            Ok(answer) => answer,
            Err(refusal) => {
                self.counters.panics += transport.panics;
                return Err(refusal);
            }
        };
        let mut peer = Peer::new(transport, layout);
        if let Some(old) = self.peers.remove(&id) {
            if old.is_connected {
                self.events.push_back(Event::Disconnected(id));
            }
            peer.inherit(old);
            self.restart_subscribers(id);
        }
        self.peers.insert(id, peer);
        Ok(answer)
    }

    /// Replaces what a peer may do. Opening `receive` asks for key frames at once.
    pub fn set_gate(&mut self, id: PeerId, gate: Gate, now: Instant) {
        self.advance(now);
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if peer.gate == gate {
            return;
        }
        peer.gate = gate;
        if !gate.audio {
            self.voices.silence(id);
        }
        self.remap();
    }

    /// Replaces what a peer wants to see, most important first.
    pub fn set_wants(&mut self, id: PeerId, mut wants: Vec<Want>, now: Instant) {
        self.advance(now);
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        wants.truncate(WANTS_MAX);
        peer.wants = wants;
        self.remap();
    }

    /// Ends a peer's transport. No event follows.
    pub fn remove_peer(&mut self, id: PeerId, now: Instant) {
        self.advance(now);
        self.say_goodbye(id);
        self.peers.remove(&id);
        self.voices.remove(id);
        self.remap();
    }

    /// Ends all transports; what is left to send comes from `poll_output`.
    pub fn close(&mut self, now: Instant) {
        self.advance(now);
        for id in self.ids() {
            self.say_goodbye(id);
        }
        self.peers.clear();
        self.remap();
    }

    /// Takes a datagram of a peer, as demultiplexed by ufrag or address.
    pub fn handle_datagram(
        &mut self,
        id: PeerId,
        local: Local,
        src: SocketAddr,
        bytes: &[u8],
        now: Instant,
    ) {
        self.advance(now);
        let Some(peer) = self
            .peers
            .get_mut(&id)
            .filter(|_| bytes.len() <= DATAGRAM_BYTES_MAX)
        else {
            self.counters.dropped_datagrams += 1;
            return;
        };
        if peer.transport.receive(local, src, bytes, self.now) {
            peer.is_dirty = false;
        }
        self.drain(id);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        let due: Vec<PeerId> = self
            .peers
            .iter()
            .filter(|(_, p)| p.transport.deadline <= self.now)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.flush(id);
        }
        if self.next_tick <= self.now {
            self.next_tick = self.now + TICK;
            self.tick();
        }
    }

    /// The next thing to do; poll until `Wait`.
    pub fn poll_output(&mut self) -> Output {
        loop {
            if let Some(transmit) = self.transmits.pop_front() {
                return Output::Transmit(transmit);
            }
            if let Some(event) = self.events.pop_front() {
                return Output::Event(event);
            }
            let dirty: Vec<PeerId> = self
                .peers
                .iter()
                .filter(|(_, p)| p.is_dirty)
                .map(|(id, _)| *id)
                .collect();
            if dirty.is_empty() {
                return Output::Wait(self.deadline());
            }
            for id in dirty {
                self.flush(id);
            }
        }
    }

    /// The ICE user name a peer's client uses for this side; changes with an ICE restart.
    pub fn local_ufrag(&mut self, id: PeerId) -> Option<String> {
        self.peers.get_mut(&id)?.transport.local_ufrag()
    }

    /// What went wrong so far.
    pub fn counters(&self) -> Counters {
        let mut counters = self.counters;
        counters.panics += self.peers.values().map(|p| p.transport.panics).sum::<u64>();
        counters
    }

    fn ids(&self) -> Vec<PeerId> {
        self.peers.keys().copied().collect()
    }

    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn deadline(&self) -> Instant {
        let peers = self
            .peers
            .values()
            .filter(|p| !p.transport.is_dead())
            .map(|p| p.transport.deadline)
            .min();
        let tick = (!self.peers.is_empty()).then_some(self.next_tick);
        // A call without peers has nothing to do; an hour is as good as never.
        peers
            .into_iter()
            .chain(tick)
            .min()
            .unwrap_or(self.now + Duration::from_secs(3_600))
    }

    fn say_goodbye(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.transport.with(|rtc| rtc.close().is_ok());
        while let Some(output) = peer.transport.poll(self.now) {
            if let RtcOutput::Transmit(transmit) = output {
                self.transmits.extend(outgoing(id, transmit));
            }
        }
        self.counters.panics += peer.transport.panics;
        peer.transport.panics = 0;
    }

    /// Lets a transport send what was queued, and do what is due.
    fn flush(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.is_dirty = false;
        peer.transport.tick(self.now);
        self.drain(id);
    }

    fn drain(&mut self, id: PeerId) {
        while let Some(peer) = self.peers.get_mut(&id) {
            match peer.transport.poll(self.now) {
                Some(RtcOutput::Transmit(transmit)) => {
                    self.transmits.extend(outgoing(id, transmit))
                }
                Some(RtcOutput::Event(event)) => self.handle_event(id, event),
                Some(RtcOutput::Timeout(_)) => {}
                None => break,
            }
        }
        self.bury(id);
    }

    /// Tells of a transport that died; the peer keeps its place until it offers again or is removed.
    fn bury(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id).filter(|p| p.transport.is_dead()) else {
            return;
        };
        if peer.transport.panics > 0 {
            tracing::error!("a peer's transport panicked and was dropped");
            self.counters.panics += std::mem::take(&mut peer.transport.panics);
        }
        if std::mem::take(&mut peer.is_secured) | std::mem::take(&mut peer.is_connected) {
            self.events.push_back(Event::Disconnected(id));
        }
    }

    fn handle_event(&mut self, id: PeerId, event: RtcEvent) {
        match event {
            RtcEvent::RtpPacket(packet) => self.forward(id, &packet),
            RtcEvent::KeyframeRequest(request) => self.handle_keyframe_request(id, request.mid),
            RtcEvent::Connected => self.set_connected(id, true),
            RtcEvent::IceConnectionStateChange(state) => self.handle_ice(id, state),
            _ => {}
        }
    }

    fn handle_ice(&mut self, id: PeerId, state: IceConnectionState) {
        let is_secured = self.peers.get(&id).is_some_and(|p| p.is_secured);
        match state {
            IceConnectionState::Connected | IceConnectionState::Completed if is_secured => {
                self.set_connected(id, true)
            }
            IceConnectionState::Disconnected => self.set_connected(id, false),
            _ => {}
        }
    }

    fn set_connected(&mut self, id: PeerId, is_connected: bool) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if peer.is_connected == is_connected {
            return;
        }
        peer.is_connected = is_connected;
        peer.is_secured |= is_connected;
        peer.restart_video();
        self.events.push_back(if is_connected {
            Event::Connected(id)
        } else {
            Event::Disconnected(id)
        });
        self.settle(id);
    }

    fn forward(&mut self, from: PeerId, packet: &RtpPacket) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&from) else {
            return;
        };
        let known = peer
            .upstream(packet.header.ssrc)
            .zip(peer.codec(packet.header.payload_type));
        let media =
            known.and_then(|(upstream, codec)| Some((upstream, Media::read(packet, codec, now)?)));
        match media {
            Some((Upstream::Microphone, media)) if peer.gate.audio => {
                self.forward_audio(from, &media)
            }
            Some((Upstream::Microphone, _)) => {}
            Some((Upstream::Video(kind, layer), media)) => {
                self.forward_video((from, kind), layer, &media)
            }
            None => self.counters.dropped_packets += 1,
        }
    }

    fn forward_audio(&mut self, from: PeerId, media: &Media<'_>) {
        self.voices
            .observe(from, media.packet.header.ext_vals.audio_level, self.now);
        for (to, slot) in self.audio_routes.get(&from).into_iter().flatten() {
            if let Some(peer) = self.peers.get_mut(to).filter(|p| p.is_connected) {
                peer.send_audio(*slot, from, media);
            }
        }
    }

    fn forward_video(&mut self, source: Source, layer: usize, media: &Media<'_>) {
        let (from, kind) = source;
        let Some(peer) = self.peers.get_mut(&from) else {
            return;
        };
        peer.track(kind)
            .observe(layer, self.now, media.keyframe_height());
        for (to, slot) in self.video_routes.get(&source).into_iter().flatten() {
            if let Some(peer) = self.peers.get_mut(to).filter(|p| p.is_connected) {
                peer.send_video(*slot, from, layer, media);
            }
        }
    }

    fn handle_keyframe_request(&mut self, id: PeerId, mid: str0m::media::Mid) {
        let slot = self
            .peers
            .get(&id)
            .and_then(|p| p.video.iter().find(|s| s.outlet.mid == mid));
        if let Some((source, layer)) = slot.and_then(|s| s.source.zip(s.current)) {
            self.want_keyframe(source, layer);
        }
    }

    fn want_keyframe(&mut self, (from, kind): Source, layer: usize) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&from) else {
            return;
        };
        let Some(layer) = peer.track(kind).layers.get_mut(layer) else {
            return;
        };
        if layer.want_keyframe(now) {
            let ssrc = layer.ssrc;
            ask(peer, ssrc);
        }
    }

    /// Places streams into slots after any change of peers, gates or wants.
    fn remap(&mut self) {
        let gates: HashMap<PeerId, Gate> = self
            .peers
            .iter()
            .filter(|(_, p)| !p.transport.is_dead())
            .map(|(id, p)| (*id, p.gate))
            .collect();
        for (id, peer) in &mut self.peers {
            let receives = peer.gate.receive;
            let mut places: Vec<VideoPlace> = peer
                .video
                .iter()
                .map(|s| VideoPlace {
                    is_share: s.is_share,
                    source: s.source,
                })
                .collect();
            assign_video(&mut places, &peer.wants, |(from, kind): Source| {
                receives && from != *id && gates.get(&from).is_some_and(|gate| gate.sends(kind))
            });
            for (slot, place) in peer.video.iter_mut().zip(places) {
                slot.point_to(place.source);
                let want = peer
                    .wants
                    .iter()
                    .find(|w| Some((w.peer, w.stream)) == slot.source);
                slot.tile_height = want.map_or(0, |w| w.height);
            }
        }
        self.remap_audio();
        for id in self.ids() {
            self.settle(id);
        }
        self.route();
    }

    fn remap_audio(&mut self) {
        let voices: Vec<Voice> = self
            .voices
            .loudness(self.now)
            .map(|(peer, loudness)| Voice { peer, loudness })
            .collect();
        let mut heard = Vec::with_capacity(voices.len());
        for (id, peer) in &mut self.peers {
            heard.clear();
            if peer.gate.receive {
                heard.extend(voices.iter().copied().filter(|v| v.peer != *id));
            }
            let mut places: Vec<Option<PeerId>> = peer.audio.iter().map(|s| s.source).collect();
            assign_audio(&mut places, &heard);
            for (slot, source) in peer.audio.iter_mut().zip(places) {
                if slot.source != source {
                    slot.source = source;
                    slot.outlet.rewriter.restart();
                }
            }
        }
    }

    /// Tells changed slot maps and rebuilds the routes from publishers to slots.
    fn route(&mut self) {
        let mut is_changed = false;
        for (id, peer) in &mut self.peers {
            if let Some(map) = peer.changed_slots() {
                self.events.push_back(Event::Slots(*id, map));
                is_changed = true;
            }
        }
        // A peer that left had routes of its own even when nobody's map changed.
        is_changed |= self
            .video_routes
            .values()
            .flatten()
            .any(|(to, _)| !self.peers.contains_key(to));
        is_changed |= self
            .audio_routes
            .values()
            .flatten()
            .any(|(to, _)| !self.peers.contains_key(to));
        if !is_changed {
            return;
        }
        self.video_routes.clear();
        self.audio_routes.clear();
        for (id, peer) in &self.peers {
            for (index, source) in peer
                .video
                .iter()
                .enumerate()
                .filter_map(|(i, s)| Some((i, s.source?)))
            {
                self.video_routes
                    .entry(source)
                    .or_default()
                    .push((*id, index));
            }
            for (index, source) in peer
                .audio
                .iter()
                .enumerate()
                .filter_map(|(i, s)| Some((i, s.source?)))
            {
                self.audio_routes
                    .entry(source)
                    .or_default()
                    .push((*id, index));
            }
        }
    }

    /// Chooses the layer of each slot of a subscriber and asks for the key frames that takes.
    fn settle(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get(&id).filter(|p| p.is_connected) else {
            return;
        };
        let slots: Vec<(usize, Source, u32, Option<usize>)> = peer
            .video
            .iter()
            .enumerate()
            .filter_map(|(index, s)| Some((index, s.source?, s.tile_height, s.current)))
            .collect();
        for (index, source, tile_height, current) in slots {
            let track = self.peers.get(&source.0).map(|p| p.track_ref(source.1));
            let target = track.and_then(|t| t.choose(tile_height, self.now));
            if let Some(slot) = self.peers.get_mut(&id).and_then(|p| p.video.get_mut(index)) {
                slot.target = target;
            }
            if let Some(target) = target.filter(|t| Some(*t) != current) {
                self.want_keyframe(source, target);
            }
        }
    }

    /// The publisher's streams start over: its subscribers wait for a key frame.
    fn restart_subscribers(&mut self, from: PeerId) {
        for peer in self.peers.values_mut() {
            for slot in peer
                .video
                .iter_mut()
                .filter(|s| s.source.is_some_and(|(p, _)| p == from))
            {
                slot.current = None;
                slot.target = None;
            }
            for slot in peer.audio.iter_mut().filter(|s| s.source == Some(from)) {
                slot.outlet.rewriter.restart();
            }
        }
    }

    fn tick(&mut self) {
        self.ticks += 1;
        self.remap_audio();
        self.route();
        for id in self.ids() {
            self.settle(id);
            self.ask_again(id);
        }
        if self.ticks.is_multiple_of(TICKS_PER_DECISION)
            && let Some(speakers) = self.voices.decide(self.now)
        {
            self.events.push_back(Event::Speakers(speakers));
        }
    }

    /// Repeats key-frame requests that nothing has answered.
    fn ask_again(&mut self, id: PeerId) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        for kind in [StreamKind::Camera, StreamKind::Share] {
            let due: Vec<_> = peer
                .track(kind)
                .layers
                .iter_mut()
                .filter_map(|l| l.is_request_due(now).then_some(l.ssrc))
                .collect();
            for ssrc in due {
                ask(peer, ssrc);
            }
        }
    }
}

fn ask(peer: &mut Peer, ssrc: str0m::rtp::Ssrc) {
    let asked = peer.transport.with(|rtc| {
        rtc.direct_api()
            .stream_rx(&ssrc)
            .map(|rx| rx.request_keyframe(KeyframeRequestKind::Pli))
    });
    peer.is_dirty |= asked.flatten().is_some();
}

fn outgoing(peer: PeerId, transmit: str0m::net::Transmit) -> Option<Transmit> {
    let proto = match transmit.proto {
        Protocol::Udp => Proto::Udp,
        Protocol::Tcp => Proto::Tcp,
        _ => return None,
    };
    Some(Transmit {
        peer,
        proto,
        src: transmit.source,
        dst: transmit.destination,
        bytes: transmit.contents.into(),
    })
}
