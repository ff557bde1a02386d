//! The port to the media plane: what a call asks of the worker that forwards its packets, and what it hears back.
//! `edge/udp` implements it; tests of calls may use a recording double of this port.
use async_trait::async_trait;
pub use parvis_media::{PeerId, SlotMap, Speakers, StreamKind, Want};
use tokio::sync::mpsc;

/// Names a call towards the media plane; the same number as the call's id, opaque there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaCallId(pub u128);

/// What a peer may do now. The default is nothing: a leg in the lobby has a transport and no media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// Others' media is forwarded to this peer.
    pub receive: bool,
    /// This peer's microphone is forwarded to others (admitted, published, not muted by anybody).
    pub audio: bool,
    /// This peer's camera is forwarded.
    pub camera: bool,
    /// This peer's screen share is forwarded.
    pub share: bool,
}

/// A command to a call's worker. Never waits; refused with `Overloaded` when the worker's bounded queue is full.
#[derive(Clone, Debug)]
pub enum MediaCommand {
    /// Replaces what the peer may do.
    SetGate(PeerId, Gate),
    /// Replaces what the peer wants to see, most important first (CP-43).
    SetWants(PeerId, Vec<Want>),
    /// Ends the peer's transport.
    RemovePeer(PeerId),
    /// Ends all transports of the call.
    CloseCall,
}

/// What a worker tells the call.
#[derive(Clone, Debug)]
pub enum MediaEvent {
    /// ICE and DTLS are up.
    Connected(PeerId),
    /// The transport was lost (no consent, DTLS closed); it may come back by an ICE restart.
    Disconnected(PeerId),
    /// The peer's slot map changed (CP-44).
    Slots(PeerId, SlotMap),
    /// Who speaks (CP-45); at most once in 300 ms.
    Speakers(Speakers),
}

/// Why the media plane refused.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum MediaError {
    /// The offer is not one this server can answer; the text is for the client.
    #[error("bad offer: {0}")]
    BadOffer(String),
    /// The worker's queue is full or all workers are at their limit.
    #[error("the media plane is overloaded")]
    Overloaded,
    /// No such call or peer.
    #[error("unknown call or peer")]
    Unknown,
}

/// The media plane. One call lives on one worker.
#[async_trait]
pub trait MediaPlane: Send + Sync + 'static {
    /// Places the call on a worker. `events` is bounded by the caller; the worker drops `Speakers` first when it is full, and
    /// never waits on it. Opening an open call replaces its event channel.
    fn open_call(
        &self,
        call: MediaCallId,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<(), MediaError>;
    /// First offer of a peer (creates it with a closed gate), or a later one (more slots, ICE restart).
    async fn offer(
        &self,
        call: MediaCallId,
        peer: PeerId,
        sdp: String,
    ) -> Result<String, MediaError>;
    /// See [`MediaCommand`].
    fn command(&self, call: MediaCallId, command: MediaCommand) -> Result<(), MediaError>;
    /// Whether every worker runs, for the readiness answer.
    fn is_healthy(&self) -> bool {
        true
    }
}

/// The media plane of a process that forwards nothing, such as a command line tool: it refuses everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMedia;

#[async_trait]
impl MediaPlane for NoMedia {
    fn open_call(&self, _: MediaCallId, _: mpsc::Sender<MediaEvent>) -> Result<(), MediaError> {
        Err(MediaError::Overloaded)
    }

    async fn offer(&self, _: MediaCallId, _: PeerId, _: String) -> Result<String, MediaError> {
        Err(MediaError::Unknown)
    }

    fn command(&self, _: MediaCallId, _: MediaCommand) -> Result<(), MediaError> {
        Err(MediaError::Unknown)
    }
}
