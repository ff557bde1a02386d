//! Which stream goes to which slot, in which layer: looked at after every change and at every tick.
use std::collections::HashMap;

use str0m::media::KeyframeRequestKind;
use str0m::rtp::Ssrc;

use super::{Event, Router};
use crate::assign::{Source, VideoPlace, Voice, assign_audio, assign_video};
use crate::peer::Peer;
use crate::plane::{Gate, PeerId, StreamKind};

/// Every third tick tells who speaks (CP-45: at most once in 300 ms).
const TICKS_PER_DECISION: u64 = 3;

impl Router {
    pub(super) fn want_keyframe(&mut self, (from, kind): Source, layer: usize) {
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
    pub(super) fn remap(&mut self) {
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

    pub(super) fn remap_audio(&mut self) {
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
    pub(super) fn route(&mut self) {
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
    pub(super) fn settle(&mut self, id: PeerId) {
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
    pub(super) fn restart_subscribers(&mut self, from: PeerId) {
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

    pub(super) fn tick(&mut self) {
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
    pub(super) fn ask_again(&mut self, id: PeerId) {
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

fn ask(peer: &mut Peer, ssrc: Ssrc) {
    let asked = peer.transport.with(|rtc| {
        rtc.direct_api()
            .stream_rx(&ssrc)
            .map(|rx| rx.request_keyframe(KeyframeRequestKind::Pli))
    });
    peer.is_dirty |= asked.flatten().is_some();
}
