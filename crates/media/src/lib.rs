//! The SFU: one `Router` per call, peers are opaque ids, `str0m` stays inside. Packets, offers and `now` go in;
//! packets, events and the next deadline come out. No socket, no clock, no randomness of its own.
mod assign;
mod datagram;
mod layers;
mod offer;
mod peer;
mod plane;
mod rewrite;
mod router;
mod speakers;
mod transport;

pub use datagram::{DATAGRAM_BYTES_MAX, Datagram, classify};
pub use offer::{OfferError, SDP_BYTES_MAX, SDP_LINES_MAX};
pub use plane::{Gate, PeerId, SlotMap, Speakers, StreamKind, Want};
pub use router::{Counters, Event, Local, Output, Proto, Router, RouterConfig, Transmit};
pub use transport::Certificate;
