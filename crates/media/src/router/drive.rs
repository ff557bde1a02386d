//! What goes through a router: a transport's packets and events, and the media they carry from one peer to others.
use str0m::media::Mid;
use str0m::net::Protocol;
use str0m::rtp::RtpPacket;
use str0m::{Event as RtcEvent, IceConnectionState, Output as RtcOutput};

use super::{Event, Proto, Router, Transmit};
use crate::assign::Source;
use crate::peer::{Media, Upstream};
use crate::plane::PeerId;

impl Router {
    pub(super) fn say_goodbye(&mut self, id: PeerId) {
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
    pub(super) fn flush(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        peer.is_dirty = false;
        peer.transport.tick(self.now);
        self.drain(id);
    }

    pub(super) fn drain(&mut self, id: PeerId) {
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
    pub(super) fn bury(&mut self, id: PeerId) {
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

    pub(super) fn handle_event(&mut self, id: PeerId, event: RtcEvent) {
        match event {
            RtcEvent::RtpPacket(packet) => self.forward(id, &packet),
            RtcEvent::KeyframeRequest(request) => self.handle_keyframe_request(id, request.mid),
            RtcEvent::Connected => self.set_connected(id, true),
            RtcEvent::IceConnectionStateChange(state) => self.handle_ice(id, state),
            _ => {}
        }
    }

    pub(super) fn handle_ice(&mut self, id: PeerId, state: IceConnectionState) {
        let is_secured = self.peers.get(&id).is_some_and(|p| p.is_secured);
        match state {
            IceConnectionState::Connected | IceConnectionState::Completed if is_secured => {
                self.set_connected(id, true)
            }
            IceConnectionState::Disconnected => self.set_connected(id, false),
            _ => {}
        }
    }

    pub(super) fn set_connected(&mut self, id: PeerId, is_connected: bool) {
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

    pub(super) fn forward(&mut self, from: PeerId, packet: &RtpPacket) {
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

    pub(super) fn forward_audio(&mut self, from: PeerId, media: &Media<'_>) {
        self.voices
            .observe(from, media.packet.header.ext_vals.audio_level, self.now);
        for (to, slot) in self.audio_routes.get(&from).into_iter().flatten() {
            if let Some(peer) = self.peers.get_mut(to).filter(|p| p.is_connected) {
                peer.send_audio(*slot, from, media);
            }
        }
    }

    pub(super) fn forward_video(&mut self, source: Source, layer: usize, media: &Media<'_>) {
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

    pub(super) fn handle_keyframe_request(&mut self, id: PeerId, mid: Mid) {
        let slot = self
            .peers
            .get(&id)
            .and_then(|p| p.video.iter().find(|s| s.outlet.mid == mid));
        if let Some((source, layer)) = slot.and_then(|s| s.source.zip(s.current)) {
            self.want_keyframe(source, layer);
        }
    }
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
