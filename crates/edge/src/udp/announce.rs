//! Tells a call what happened without ever waiting for it: what a full channel cannot take is kept, newest only.
use std::collections::BTreeMap;

use parvis_media::{Event, PeerId, SlotMap};
use parvis_service::media::MediaEvent;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// The way to a call's owner. `Speakers` are dropped when it is full; of the rest the newest per peer is kept.
pub(super) struct Announcer {
    events: mpsc::Sender<MediaEvent>,
    connected: BTreeMap<PeerId, bool>,
    slots: BTreeMap<PeerId, SlotMap>,
}

impl Announcer {
    pub(super) fn new(events: mpsc::Sender<MediaEvent>) -> Announcer {
        Announcer {
            events,
            connected: BTreeMap::new(),
            slots: BTreeMap::new(),
        }
    }

    /// Changes the receiver; what is kept goes to the new one.
    pub(super) fn redirect(&mut self, events: mpsc::Sender<MediaEvent>) {
        self.events = events;
    }

    /// Nobody listens any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.events.is_closed()
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.connected.is_empty() || !self.slots.is_empty()
    }

    pub(super) fn tell(&mut self, event: Event) {
        match event {
            Event::Connected(peer) => {
                self.connected.insert(peer, true);
            }
            Event::Disconnected(peer) => {
                self.connected.insert(peer, false);
            }
            Event::Slots(peer, map) => {
                self.slots.insert(peer, map);
            }
            Event::Speakers(speakers) => {
                if self.flush() {
                    let _ = self.events.try_send(MediaEvent::Speakers(speakers));
                }
                return;
            }
        }
        self.flush();
    }

    /// What a removed peer left behind is of no interest.
    pub(super) fn forget(&mut self, peer: PeerId) {
        self.connected.remove(&peer);
        self.slots.remove(&peer);
    }

    /// Sends what waits; false when something still does.
    pub(super) fn flush(&mut self) -> bool {
        while let Some((peer, is_connected)) = self.connected.pop_first() {
            let event = if is_connected {
                MediaEvent::Connected(peer)
            } else {
                MediaEvent::Disconnected(peer)
            };
            if !self.send(event) {
                self.connected.insert(peer, is_connected);
                return false;
            }
        }
        while let Some((peer, map)) = self.slots.pop_first() {
            if !self.send(MediaEvent::Slots(peer, map.clone())) {
                self.slots.insert(peer, map);
                return false;
            }
        }
        true
    }

    /// False when the channel is full. A closed one takes everything.
    fn send(&self, event: MediaEvent) -> bool {
        !matches!(self.events.try_send(event), Err(TrySendError::Full(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parvis_media::Speakers;

    const ANA: PeerId = PeerId(1);

    fn slots(version: u64) -> Event {
        Event::Slots(
            ANA,
            SlotMap {
                version,
                ..SlotMap::default()
            },
        )
    }

    #[test]
    fn a_full_channel_keeps_the_newest_slots_and_drops_speakers() {
        let (events, mut inbox) = mpsc::channel(1);
        let mut announcer = Announcer::new(events);
        announcer.tell(Event::Connected(ANA));
        for version in 1..=3 {
            announcer.tell(slots(version));
        }
        announcer.tell(Event::Speakers(Speakers::default()));
        assert!(announcer.has_waiting());
        assert!(matches!(inbox.try_recv(), Ok(MediaEvent::Connected(ANA))));
        assert!(announcer.flush());
        assert!(matches!(inbox.try_recv(), Ok(MediaEvent::Slots(ANA, map)) if map.version == 3));
        assert!(inbox.try_recv().is_err());
    }

    #[test]
    fn a_closed_channel_keeps_nothing() {
        let (events, inbox) = mpsc::channel(1);
        let mut announcer = Announcer::new(events);
        drop(inbox);
        announcer.tell(slots(1));
        assert!(announcer.is_abandoned() && !announcer.has_waiting());
    }
}
