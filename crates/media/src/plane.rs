//! The words this crate shares with the call above it: peers, wants, slots, gates, speakers.

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

/// What a peer may do now. The default is nothing: a leg in the lobby has a transport and no media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// Others' media is forwarded to this peer.
    pub receive: bool,
    /// This peer's microphone is forwarded to others.
    pub audio: bool,
    /// This peer's camera is forwarded.
    pub camera: bool,
    /// This peer's screen share is forwarded.
    pub share: bool,
}

impl Gate {
    /// Whether this peer's video of that kind may be forwarded.
    pub(crate) fn sends(self, kind: StreamKind) -> bool {
        match kind {
            StreamKind::Camera => self.camera,
            StreamKind::Share => self.share,
        }
    }
}
