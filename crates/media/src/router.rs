//! The router of one call: takes packets, offers and decisions, gives packets, events and the next deadline.
//!
//! Use: call any `handle_*`, `set_*` or `accept_offer`, then `poll_output` until it says `Wait`. Several datagrams may go
//! in before the poll: what they cause for one subscriber leaves together.
mod drive;
mod mapping;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::assign::Source;
use crate::datagram::DATAGRAM_BYTES_MAX;
use crate::offer::{Layout, OfferError};
use crate::peer::Peer;
use crate::plane::{Gate, PeerId, SlotMap, Speakers, Want};
use crate::speakers::Voices;
use crate::transport::{Certificate, Transport};

/// Slots, layers and pending key-frame requests are looked at this often.
const TICK: Duration = Duration::from_millis(100);
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
            .filter(|(_, p)| p.transport.is_dead() || p.transport.deadline <= self.now)
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
}

#[cfg(test)]
mod tests;
