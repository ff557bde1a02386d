//! What a client says: the opening (`hello`, `resume`), `ping`, and the requests. Unknown fields are ignored (CP-2).
use parvis_domain::ids::LegId;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// CP-43: how many videos a page may ask for.
pub const WANTS_MAX: usize = 64;

/// The client's own name of a leg (CP-20).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, serde::Serialize,
)]
#[serde(transparent)]
pub struct ClientLeg(pub Uuid);

/// CP-10.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Hello {
    /// The protocol's version.
    pub version: u64,
    /// The user token. Never logged.
    pub token: String,
}

/// CP-12.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resume {
    /// The protocol's version.
    pub version: u64,
    /// Which session.
    pub session: String,
    /// Its secret. Never logged.
    pub resume_key: String,
    /// The highest `seq` the client has.
    pub after: u64,
    /// The user token. Never logged.
    pub token: String,
}

/// The first frame of a socket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Opening {
    /// A new session.
    Hello(Hello),
    /// A lost session goes on.
    Resume(Resume),
}

/// The first frame is neither a `hello` nor a `resume`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    /// Not JSON, wrongly typed, too long: 4400.
    #[error("the first frame is malformed")]
    Malformed,
    /// A frame of another type: 4408.
    #[error("the first frame is neither hello nor resume")]
    NotAnOpening,
}

/// Reads the first frame of a socket (CP-3).
pub fn parse_opening(text: &str) -> Result<Opening, OpeningError> {
    if text.len() > crate::FRAME_BYTES_MAX {
        return Err(OpeningError::Malformed);
    }
    let value: Value = serde_json::from_str(text).map_err(|_| OpeningError::Malformed)?;
    match value.get("type").and_then(Value::as_str) {
        Some("hello" | "resume") => {
            Opening::deserialize(value).map_err(|_| OpeningError::Malformed)
        }
        Some(_) => Err(OpeningError::NotAnOpening),
        None => Err(OpeningError::Malformed),
    }
}

/// What a join names (CP-20). Any other shape is `Unknown`, refused with 400/40209.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Locator {
    /// A meeting link, long or short.
    #[serde(rename_all = "camelCase")]
    Link {
        /// The link as the person pasted it.
        meeting_link: String,
    },
    /// A meeting id.
    #[serde(rename_all = "camelCase")]
    Id {
        /// Digits, maybe with spaces.
        meeting_id: String,
        /// When the meeting has one.
        passcode: Option<String>,
    },
    /// Coordinates.
    #[serde(rename_all = "camelCase")]
    Coordinates {
        /// The meeting's thread.
        thread_id: String,
        /// The organiser's oid.
        organizer_id: String,
        /// The organisation.
        tenant_id: String,
        /// `0` for a private meeting.
        message_id: String,
    },
    /// A call that rang, for those who were in it (CP-56).
    #[serde(rename_all = "camelCase")]
    Call {
        /// As the first reply named it.
        call_id: Uuid,
    },
    /// A group call.
    #[serde(rename_all = "camelCase")]
    Group {
        /// Chosen by the app.
        group_id: Uuid,
    },
    /// A room (CP-28).
    #[serde(rename_all = "camelCase")]
    Room {
        /// Its digits.
        room_id: String,
    },
    /// Neither form.
    Unknown(serde::de::IgnoredAny),
}

impl Locator {
    /// Names nothing.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

/// CP-20.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Join {
    /// The client's name of the leg.
    pub leg: ClientLeg,
    /// What to join.
    pub locator: Locator,
    /// The person's name; ignored for members.
    pub display_name: Option<String>,
    /// Whether the microphone starts muted.
    #[serde(default)]
    pub muted: bool,
    /// The secret of a leg that goes on (CP-24). Never logged.
    pub rejoin_key: Option<String>,
}

/// CP-51.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// The client's name of the leg.
    pub leg: ClientLeg,
    /// Raw ids.
    pub callees: Vec<String>,
    /// The caller's name; ignored for members.
    pub display_name: Option<String>,
    /// Whether the microphone starts muted.
    #[serde(default)]
    pub muted: bool,
    /// How long to ring, in milliseconds.
    pub ring_for_ms: Option<u64>,
}

/// CP-53.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accept {
    /// The client's name of the leg.
    pub leg: ClientLeg,
    /// Which ring.
    pub ring: LegId,
    /// The person's name; ignored for members.
    pub display_name: Option<String>,
    /// Whether the microphone starts muted.
    #[serde(default)]
    pub muted: bool,
}

/// One video of CP-43.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ViewWant {
    /// Whose.
    pub participant: LegId,
    /// `camera` or `share`.
    pub stream: ViewStream,
    /// Tile width in pixels.
    #[serde(default)]
    pub width: u32,
    /// Tile height in pixels.
    #[serde(default)]
    pub height: u32,
}

/// Which video of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ViewStream {
    /// The camera.
    Camera,
    /// The screen share.
    Share,
}

/// CP-63.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AccessMedia {
    /// The microphone.
    Audio,
    /// The camera.
    Camera,
}

/// Whom a conductor's request is about (CP-46, CP-61 to CP-63): a list, or `"all"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Targets {
    /// These.
    Some(Vec<LegId>),
    /// Everybody else.
    All(AllWord),
}

/// The word `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AllWord {
    /// `"all"`.
    All,
}

/// A numbered request of a session.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of the rules named")]
pub enum Request {
    /// CP-15.
    Token { token: String },
    /// CP-20.
    Join(Join),
    /// CP-51.
    Start(Start),
    /// CP-53.
    Accept(Accept),
    /// CP-54.
    Decline { ring: LegId },
    /// CP-57.
    #[serde(rename_all = "camelCase")]
    Invite {
        leg: ClientLeg,
        callee: String,
        ring_for_ms: Option<u64>,
    },
    /// CP-59.
    Hold { leg: ClientLeg, on: bool },
    /// CP-27.
    #[serde(rename_all = "camelCase")]
    Leave {
        leg: ClientLeg,
        #[serde(default)]
        for_everyone: bool,
    },
    /// CP-30.
    RosterSync { leg: ClientLeg },
    /// CP-32.
    LobbyList { leg: ClientLeg },
    /// CP-33.
    Admit {
        leg: ClientLeg,
        participants: Vec<LegId>,
    },
    /// CP-33.
    AdmitAll { leg: ClientLeg },
    /// CP-33.
    Reject {
        leg: ClientLeg,
        participants: Vec<LegId>,
    },
    /// CP-34.
    Remove { leg: ClientLeg, participant: LegId },
    /// CP-36.
    SetRole {
        leg: ClientLeg,
        participant: LegId,
        role: String,
    },
    /// CP-40.
    Offer { leg: ClientLeg, sdp: String },
    /// CP-42.
    Publish {
        leg: ClientLeg,
        muted: Option<bool>,
        camera: Option<bool>,
        share: Option<bool>,
    },
    /// CP-43.
    View {
        leg: ClientLeg,
        wants: Vec<ViewWant>,
    },
    /// CP-46.
    MuteOthers {
        leg: ClientLeg,
        participants: Targets,
    },
    /// CP-61.
    Hand { leg: ClientLeg, raised: bool },
    /// CP-61.
    LowerHands {
        leg: ClientLeg,
        participants: Targets,
    },
    /// CP-62.
    Spotlight {
        leg: ClientLeg,
        participants: Targets,
        on: bool,
    },
    /// CP-63.
    Access {
        leg: ClientLeg,
        media: AccessMedia,
        permit: bool,
        participants: Targets,
    },
    /// CP-64.
    React { leg: ClientLeg, reaction: String },
    /// CP-65.
    #[serde(rename_all = "camelCase")]
    Text {
        leg: ClientLeg,
        sequence: u64,
        text: String,
        is_final: bool,
    },
    /// CP-66; the payload is base64.
    Data {
        leg: ClientLeg,
        channel: u32,
        payload: String,
        #[serde(default)]
        to: Option<Vec<LegId>>,
    },
}

impl Request {
    /// The request's type as a log may show it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Token { .. } => "token",
            Self::Join(_) => "join",
            Self::Start(_) => "start",
            Self::Accept(_) => "accept",
            Self::Decline { .. } => "decline",
            Self::Invite { .. } => "invite",
            Self::Hold { .. } => "hold",
            Self::Leave { .. } => "leave",
            Self::RosterSync { .. } => "rosterSync",
            Self::LobbyList { .. } => "lobbyList",
            Self::Admit { .. } => "admit",
            Self::AdmitAll { .. } => "admitAll",
            Self::Reject { .. } => "reject",
            Self::Remove { .. } => "remove",
            Self::SetRole { .. } => "setRole",
            Self::Offer { .. } => "offer",
            Self::Publish { .. } => "publish",
            Self::View { .. } => "view",
            Self::MuteOthers { .. } => "muteOthers",
            Self::Hand { .. } => "hand",
            Self::LowerHands { .. } => "lowerHands",
            Self::Spotlight { .. } => "spotlight",
            Self::Access { .. } => "access",
            Self::React { .. } => "react",
            Self::Text { .. } => "text",
            Self::Data { .. } => "data",
        }
    }
}

/// A frame after the opening.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ClientFrame {
    /// CP-6.
    Ping { ack: u64 },
    /// A request, or why it is none.
    Request {
        id: u64,
        request: Result<Request, RequestError>,
    },
}

/// A numbered frame is no request; answered by `error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A type this version does not know.
    #[error("unknown type of request")]
    UnknownType,
    /// A field is missing or wrongly typed.
    #[error("a field is missing or wrongly typed")]
    WrongField,
    /// More than 256 requests wait (CP-7).
    #[error("too many requests wait")]
    TooMany,
}

impl RequestError {
    /// The answer's code; the subcode is 0.
    pub fn code(self) -> u16 {
        match self {
            Self::UnknownType | Self::WrongField => 400,
            Self::TooMany => 429,
        }
    }
}

const REQUEST_TYPES: [&str; 26] = [
    "token",
    "join",
    "start",
    "accept",
    "decline",
    "invite",
    "hold",
    "leave",
    "rosterSync",
    "lobbyList",
    "admit",
    "admitAll",
    "reject",
    "remove",
    "setRole",
    "offer",
    "publish",
    "view",
    "muteOthers",
    "hand",
    "lowerHands",
    "spotlight",
    "access",
    "react",
    "text",
    "data",
];

/// Reads a frame after the opening; `None` is CP-2's close with 4400.
pub(crate) fn parse_frame(text: &str) -> Option<ClientFrame> {
    if text.len() > crate::FRAME_BYTES_MAX {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let kind = value.get("type").and_then(Value::as_str);
    if kind == Some("ping") {
        let ack = value.get("ack").and_then(Value::as_u64)?;
        return Some(ClientFrame::Ping { ack });
    }
    let id = value
        .get("id")
        .and_then(Value::as_u64)
        .filter(|id| *id > 0)?;
    let request = match kind {
        Some(kind) if REQUEST_TYPES.contains(&kind) => {
            Request::deserialize(value).map_err(|_| RequestError::WrongField)
        }
        Some(_) | None => Err(RequestError::UnknownType),
    };
    let request = request.and_then(|request| match &request {
        Request::View { wants, .. } if wants.len() > WANTS_MAX => Err(RequestError::WrongField),
        _ => Ok(request),
    });
    Some(ClientFrame::Request { id, request })
}

#[cfg(test)]
mod tests;
