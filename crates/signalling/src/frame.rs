//! What the server says. Names are the wire names; `seq` is added by the session.
use crate::message::{ClientLeg, ViewStream};
use parvis_domain::{capability::Capabilities, ids::LegId, time::Timestamp};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A capability on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapabilityState {
    /// Whether the person has it.
    pub is_present: bool,
    /// Why, in the SDK's words.
    pub reason: &'static str,
}

/// The full map of 25 names (CP-35).
pub type CapabilityMap = BTreeMap<&'static str, CapabilityState>;

impl CapabilityState {
    /// The wire form of a person's map.
    pub fn map(capabilities: &Capabilities) -> CapabilityMap {
        capabilities
            .iter()
            .map(|(capability, reason)| {
                let state = Self {
                    is_present: capabilities.has(capability),
                    reason: reason.name(),
                };
                (capability.name(), state)
            })
            .collect()
    }
}

/// Who the token is (CP-10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The raw id.
    pub raw_id: String,
    /// `external`, `member` or `visitor`.
    pub kind: &'static str,
}

/// CP-10.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// The session's id.
    pub session: String,
    /// Its secret. Never logged.
    pub resume_key: String,
    /// How long a lost session waits.
    pub resume_window_ms: u64,
    /// How often the client pings.
    pub heartbeat_ms: u64,
    /// Now.
    pub server_time: Timestamp,
    /// Who the token is.
    pub identity: Identity,
    /// The directory's name, for members only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// When the token ends.
    pub token_expires_on: Timestamp,
}

/// The answers to an opening; they have no `seq`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Opened {
    /// CP-10.
    Welcome(Welcome),
    /// CP-12.
    Resumed {
        /// The highest request id handled.
        handled: u64,
    },
    /// CP-11, CP-13.
    #[serde(rename_all = "camelCase")]
    Refused {
        /// The code.
        code: u16,
        /// The subcode.
        sub_code: u32,
        /// For people.
        message: &'static str,
    },
}

impl Opened {
    /// The frame's text.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The text of a `refused` frame.
pub fn refused(code: u16, sub_code: u32, message: &'static str) -> String {
    Opened::Refused {
        code,
        sub_code,
        message,
    }
    .text()
}

/// CP-21's `iceServers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IceServer {
    /// Addresses.
    pub urls: Vec<String>,
    /// Short-lived user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Its password. Never logged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// CP-21.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of CP-21")]
pub struct Joined {
    pub leg: ClientLeg,
    pub call_id: String,
    pub kind: &'static str,
    pub state: &'static str,
    pub participant_id: LegId,
    pub rejoin_key: String,
    pub role: &'static str,
    pub capabilities: CapabilityMap,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Of a room's call (CP-28).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_subject: Option<String>,
    pub ice_servers: Vec<IceServer>,
    pub video_slots: u32,
}

/// CP-33's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// How many were done.
    pub success_count: usize,
    /// How many were not.
    pub failure_count: usize,
}

/// CP-31.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of CP-31")]
pub struct Participant {
    pub id: LegId,
    pub raw_id: String,
    pub kind: &'static str,
    pub display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub role: &'static str,
    pub state: &'static str,
    pub muted: bool,
    pub camera: bool,
    pub share: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub on_hold: bool,
    pub joined_on: Timestamp,
    #[serde(rename = "self")]
    pub is_self: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// One who left the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// Who.
    pub id: LegId,
    /// Why.
    pub code: u16,
    /// Why, finer.
    pub sub_code: u32,
}

/// CP-32's entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of CP-32")]
pub struct LobbyEntry {
    pub id: LegId,
    pub raw_id: String,
    pub kind: &'static str,
    pub display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub since: Timestamp,
}

/// CP-44's video entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VideoSlot {
    /// The m-line of the receiver's own session.
    pub mid: String,
    /// Whose video.
    pub participant: LegId,
    /// `camera` or `share`.
    pub stream: ViewStream,
}

/// CP-44's audio entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AudioSlot {
    /// The m-line of the receiver's own session.
    pub mid: String,
    /// Whose voice.
    pub participant: LegId,
}

/// CP-63: what may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Access {
    /// The microphone.
    pub audio: bool,
    /// The camera.
    pub camera: bool,
}

/// CP-60: somebody who may not send everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Restricted {
    /// Who.
    pub id: LegId,
    /// What may be sent.
    #[serde(flatten)]
    pub access: Access,
}

/// CP-52: who rings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RingCaller {
    /// The raw id.
    pub raw_id: String,
    /// `external` or `member`.
    pub kind: &'static str,
    /// The name to show, label included.
    pub display_name: String,
}

/// A frame that carries `seq`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[expect(missing_docs, reason = "the fields are those of the rules named")]
pub enum Frame {
    /// CP-8.
    Reply { id: u64, result: Value },
    /// CP-8.
    Error {
        id: u64,
        code: u16,
        sub_code: u32,
        message: String,
    },
    /// CP-25.
    Admitted {
        leg: ClientLeg,
        role: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        thread_id: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        meeting_subject: Option<String>,
        capabilities: CapabilityMap,
    },
    /// CP-30.
    Roster {
        leg: ClientLeg,
        version: u64,
        full: bool,
        participants: Vec<Participant>,
        removed: Vec<Removed>,
    },
    /// CP-32.
    Lobby {
        leg: ClientLeg,
        version: u64,
        full: bool,
        participants: Vec<LobbyEntry>,
        removed: Vec<LegId>,
    },
    /// CP-35.
    Capabilities {
        leg: ClientLeg,
        role: &'static str,
        capabilities: CapabilityMap,
        reason: &'static str,
    },
    /// CP-44.
    Slots {
        leg: ClientLeg,
        version: u64,
        video: Vec<VideoSlot>,
        audio: Vec<AudioSlot>,
    },
    /// CP-45.
    Speakers {
        leg: ClientLeg,
        dominant: Vec<LegId>,
        speaking: Vec<LegId>,
    },
    /// CP-46.
    MutedByOther { leg: ClientLeg, by: LegId },
    /// CP-60.
    Stage {
        leg: ClientLeg,
        hands: Vec<LegId>,
        spotlight: Vec<LegId>,
        attendees: Access,
        restricted: Vec<Restricted>,
    },
    /// CP-64.
    Reaction {
        leg: ClientLeg,
        participant: LegId,
        reaction: &'static str,
    },
    /// CP-65.
    Text {
        leg: ClientLeg,
        participant: LegId,
        sequence: u64,
        text: String,
        is_final: bool,
    },
    /// CP-66.
    Data {
        leg: ClientLeg,
        participant: LegId,
        channel: u32,
        payload: String,
    },
    /// CP-52.
    Incoming {
        ring: LegId,
        call_id: String,
        caller: RingCaller,
        group: bool,
        until: Timestamp,
    },
    /// CP-55.
    IncomingEnded {
        ring: LegId,
        code: u16,
        sub_code: u32,
        message: String,
    },
    /// CP-53.
    Answered { leg: ClientLeg },
    /// CP-26.
    Ended {
        leg: ClientLeg,
        code: u16,
        sub_code: u32,
        message: String,
    },
    /// CP-15, CP-17.
    Bye {
        code: u16,
        sub_code: u32,
        reason: &'static str,
    },
}

/// A frame with its number.
#[derive(Serialize)]
struct Numbered<'a> {
    seq: u64,
    #[serde(flatten)]
    frame: &'a Frame,
}

impl Frame {
    /// The frame's text under this number.
    pub(crate) fn text(&self, seq: u64) -> String {
        serde_json::to_string(&Numbered { seq, frame: self }).unwrap_or_default()
    }
}
