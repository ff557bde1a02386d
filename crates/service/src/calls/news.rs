//! What a call tells a leg's session, and the bounded way there.
use parvis_domain::{
    call::{EndCode, MediaAccess, Reaction},
    capability::{Capabilities, ChangeReason, Role},
    ids::{LegId, RawId, ThreadId},
    time::Timestamp,
};
use parvis_media::StreamKind;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

/// Somebody of the roster as one viewer is to see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantView {
    /// The leg.
    pub id: LegId,
    /// The identity.
    pub raw_id: RawId,
    /// The name, label included.
    pub display_name: String,
    /// The bare label.
    pub label: Option<String>,
    /// The role.
    pub role: Role,
    /// Is rung and has not answered.
    pub ringing: bool,
    /// On hold.
    pub on_hold: bool,
    /// Microphone muted.
    pub muted: bool,
    /// Camera published.
    pub camera: bool,
    /// Share published.
    pub share: bool,
    /// Since when they take part, or ring.
    pub joined_on: Timestamp,
    /// The viewer itself.
    pub is_self: bool,
}

/// Somebody of the lobby as members see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LobbyView {
    /// The leg.
    pub id: LegId,
    /// The identity.
    pub raw_id: RawId,
    /// The name, label included.
    pub display_name: String,
    /// The bare label.
    pub label: Option<String>,
    /// Since when they wait.
    pub since: Timestamp,
}

/// What people show each other besides media (CP-60): always the whole of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageView {
    /// Raised hands, first raised first.
    pub hands: Vec<LegId>,
    /// Who is in the spotlight.
    pub spotlight: Vec<LegId>,
    /// What attendees may send who come now.
    pub attendees: MediaAccess,
    /// Who of the others differs from "everything".
    pub restricted: Vec<(LegId, MediaAccess)>,
}

/// What somebody passes on to the others (CP-64 to CP-66).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the protocol")]
pub enum Said {
    Reaction(Reaction),
    Text {
        sequence: u64,
        text: String,
        is_final: bool,
    },
    Data {
        channel: u32,
        payload: String,
    },
}

/// One piece of news for one leg; the fields are those of the calling protocol's frames.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the protocol")]
pub enum LegNews {
    /// CP-25.
    Admitted {
        role: Role,
        capabilities: Capabilities,
        thread: Option<ThreadId>,
        subject: Option<String>,
    },
    /// CP-30.
    Roster {
        version: u64,
        full: bool,
        participants: Vec<ParticipantView>,
        removed: Vec<(LegId, EndCode)>,
    },
    /// CP-32.
    Lobby {
        version: u64,
        full: bool,
        waiting: Vec<LobbyView>,
        removed: Vec<LegId>,
    },
    /// CP-35.
    Capabilities {
        role: Role,
        capabilities: Capabilities,
        reason: ChangeReason,
    },
    /// CP-44.
    Slots {
        version: u64,
        video: Vec<(String, LegId, StreamKind)>,
        audio: Vec<(String, LegId)>,
    },
    /// CP-45.
    Speakers {
        dominant: Vec<LegId>,
        speaking: Vec<LegId>,
    },
    /// CP-46.
    MutedByOther { by: LegId },
    /// CP-60.
    Stage(StageView),
    /// CP-64, CP-65, CP-66.
    Said { by: LegId, said: Said },
    /// CP-53: the first answer to what this leg rang.
    Answered,
    /// CP-26: the last news of a leg.
    Ended { end: EndCode },
}

/// News with the session's own name of the leg.
#[derive(Clone, Debug)]
pub struct LegNote {
    /// As given in [`NewsSink::new`].
    pub tag: u64,
    /// The news.
    pub news: LegNews,
}

/// The way to a leg's session. Full means that the session is beyond help: it is told so and the leg counts as lost.
#[derive(Clone, Debug)]
pub struct NewsSink {
    tag: u64,
    notes: mpsc::Sender<LegNote>,
    overflow: Arc<Notify>,
}

impl NewsSink {
    /// A way for the leg that the session calls `tag`; `overflow` is notified when `notes` is full.
    pub fn new(tag: u64, notes: mpsc::Sender<LegNote>, overflow: Arc<Notify>) -> Self {
        Self {
            tag,
            notes,
            overflow,
        }
    }

    /// The session is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.notes.is_closed()
    }

    /// Whether it arrived.
    pub(super) fn tell(&self, news: LegNews) -> bool {
        let sent = self.notes.try_send(LegNote {
            tag: self.tag,
            news,
        });
        if matches!(sent, Err(mpsc::error::TrySendError::Full(_))) {
            self.overflow.notify_one();
        }
        sent.is_ok()
    }
}
