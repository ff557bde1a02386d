//! Where a datagram belongs: by local ufrag for STUN, by source address for the rest. An address is learned only from
//! what a router sends there, and a router sends only where ICE has proved the password.
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use parvis_media::{PeerId, Proto};
use parvis_service::media::MediaCallId;

/// A peer of a call.
pub(super) type Place = (MediaCallId, PeerId);
/// A remote address.
pub(super) type Remote = (Proto, SocketAddr);

/// A client checks a handful of candidates; the oldest address goes first.
const REMOTES_MAX: usize = 16;

#[derive(Default)]
struct Known {
    ufrag: Option<String>,
    remotes: VecDeque<Remote>,
}

#[derive(Default)]
pub(super) struct Places {
    by_ufrag: HashMap<String, Place>,
    by_remote: HashMap<Remote, Place>,
    known: HashMap<Place, Known>,
}

impl Places {
    pub(super) fn by_ufrag(&self, ufrag: &str) -> Option<Place> {
        self.by_ufrag.get(ufrag).copied()
    }

    pub(super) fn by_remote(&self, remote: Remote) -> Option<Place> {
        self.by_remote.get(&remote).copied()
    }

    /// A peer's ufrag after an offer was answered; an ICE restart changes it.
    pub(super) fn set_ufrag(&mut self, place: Place, ufrag: String) {
        let known = self.known.entry(place).or_default();
        if known.ufrag.as_ref() == Some(&ufrag) {
            return;
        }
        if let Some(old) = known.ufrag.replace(ufrag.clone()) {
            self.by_ufrag.remove(&old);
        }
        self.by_ufrag.insert(ufrag, place);
    }

    /// A router sends to this address for this peer.
    pub(super) fn learn(&mut self, place: Place, remote: Remote) {
        let Some(known) = self.known.get_mut(&place) else {
            return;
        };
        if known.remotes.back() == Some(&remote) && self.by_remote.get(&remote) == Some(&place) {
            return;
        }
        known.remotes.retain(|r| *r != remote);
        known.remotes.push_back(remote);
        let oldest = if known.remotes.len() > REMOTES_MAX {
            known.remotes.pop_front()
        } else {
            None
        };
        if let Some(oldest) = oldest {
            self.forget_remote(oldest, place);
        }
        // A port used again by another client: the one that proved its password last has it.
        if let Some(before) = self
            .by_remote
            .insert(remote, place)
            .filter(|before| *before != place)
            && let Some(known) = self.known.get_mut(&before)
        {
            known.remotes.retain(|r| *r != remote);
        }
    }

    pub(super) fn remove(&mut self, place: Place) {
        let Some(known) = self.known.remove(&place) else {
            return;
        };
        if let Some(ufrag) = known.ufrag {
            self.by_ufrag.remove(&ufrag);
        }
        for remote in known.remotes {
            self.forget_remote(remote, place);
        }
    }

    pub(super) fn remove_call(&mut self, call: MediaCallId) {
        let gone: Vec<Place> = self
            .known
            .keys()
            .copied()
            .filter(|(c, _)| *c == call)
            .collect();
        for place in gone {
            self.remove(place);
        }
    }

    fn forget_remote(&mut self, remote: Remote, place: Place) {
        if self.by_remote.get(&remote) == Some(&place) {
            self.by_remote.remove(&remote);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: Place = (MediaCallId(1), PeerId(1));
    const BEN: Place = (MediaCallId(1), PeerId(2));

    fn remote(port: u16) -> Remote {
        (Proto::Udp, SocketAddr::from(([192, 0, 2, 1], port)))
    }

    #[test]
    fn a_restart_replaces_the_ufrag() {
        let mut places = Places::default();
        places.set_ufrag(ANA, "one".to_owned());
        places.set_ufrag(ANA, "two".to_owned());
        assert_eq!(
            (places.by_ufrag("one"), places.by_ufrag("two")),
            (None, Some(ANA))
        );
    }

    #[test]
    fn a_port_used_again_belongs_to_the_newcomer() {
        let mut places = Places::default();
        places.set_ufrag(ANA, "ana".to_owned());
        places.set_ufrag(BEN, "ben".to_owned());
        places.learn(ANA, remote(1));
        places.learn(BEN, remote(1));
        assert_eq!(places.by_remote(remote(1)), Some(BEN));
        places.remove(ANA);
        assert_eq!(
            places.by_remote(remote(1)),
            Some(BEN),
            "the newcomer keeps it"
        );
    }

    #[test]
    fn nothing_is_learned_for_the_unknown_and_nothing_stays_of_the_gone() {
        let mut places = Places::default();
        places.learn(ANA, remote(1));
        assert_eq!(places.by_remote(remote(1)), None);
        places.set_ufrag(ANA, "ana".to_owned());
        for port in 0..40 {
            places.learn(ANA, remote(port));
        }
        assert_eq!(places.by_remote.len(), REMOTES_MAX);
        places.remove_call(ANA.0);
        assert!(
            places.by_remote.is_empty() && places.by_ufrag.is_empty() && places.known.is_empty()
        );
    }
}
