//! A call on the test bench: one router, WebRTC clients, a lossy link each way, and time that is moved by hand.
#![allow(dead_code, reason = "each test file uses a part of it")]
mod client;

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use client::drain;
pub(crate) use client::{Client, Got, Sends};
use parvis_media::{
    Certificate, Event, Gate, Local, Output, Proto, Router, RouterConfig, SlotMap, Speakers,
    StreamKind, Want,
};
use parvis_sim::Clock;
use str0m::Input;
use str0m::net::{Protocol, Receive};

/// Granularity of the bench.
pub(crate) const STEP: Duration = Duration::from_millis(5);
pub(crate) const OPEN: Gate = Gate {
    receive: true,
    audio: true,
    camera: true,
    share: true,
};

pub(crate) fn server() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 3478))
}

fn certificate() -> Certificate {
    static MADE: OnceLock<Certificate> = OnceLock::new();
    MADE.get_or_init(|| Certificate::generate().expect("a certificate"))
        .clone()
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
        let (id, slots, simulcast) = (old.id.0 as u8, old.video_slots, old.is_simulcast());
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
