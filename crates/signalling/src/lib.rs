//! The calling protocol of `docs/spec/calling-protocol.md`, pure: its messages and the session machine behind a socket.
//! Frames, closings and `now` go in; requests, frames, closings and the next deadline come out.
mod frame;
mod message;
mod session;

pub use frame::{
    Access, AudioSlot, CapabilityMap, CapabilityState, Frame, IceServer, Identity, Joined,
    LobbyEntry, Opened, Participant, Removed, Restricted, RingCaller, Tally, VideoSlot, Welcome,
    refused,
};
pub use message::{
    Accept, AccessMedia, AllWord, ClientLeg, Hello, Join, Locator, Opening, OpeningError, Request,
    RequestError, Resume, Start, Targets, ViewStream, ViewWant, WANTS_MAX, parse_opening,
};
pub use session::{CloseCode, EndedBy, Limits, Output, Session};

/// The only version of the protocol.
pub const VERSION: u64 = 1;
/// CP-2: the longest text frame.
pub const FRAME_BYTES_MAX: usize = 256 * 1024;
