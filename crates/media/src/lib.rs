//! The SFU: one `Router` per call, peers are opaque ids, `str0m` stays inside. Packets, offers and `now` go in;
//! packets, events and the next deadline come out. No socket, no clock, no randomness of its own.

/// A peer of a call, opaque here (the number of the leg's participant id).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub u128);

/// The two kinds of video a peer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamKind {
    /// The camera.
    Camera,
    /// The screen share.
    Share,
}

/// One video a page shows, and how large (CSS pixels).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Whose video.
    pub peer: PeerId,
    /// Which of its videos.
    pub stream: StreamKind,
    /// Width of the tile in pixels; 0 when unknown.
    pub width: u32,
    /// Height of the tile in pixels; 0 when unknown.
    pub height: u32,
}

/// Which participant each receive slot of one peer carries now. Slots that are not listed are idle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotMap {
    /// Grows by one with each change.
    pub version: u64,
    /// Video slots by `mid` of the peer's own session.
    pub video: Vec<(String, PeerId, StreamKind)>,
    /// Audio slots by `mid`.
    pub audio: Vec<(String, PeerId)>,
}

/// Who speaks: `dominant` ordered by importance, `speaking` audible right now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Speakers {
    /// Most dominant first.
    pub dominant: Vec<PeerId>,
    /// Audible now.
    pub speaking: Vec<PeerId>,
}
