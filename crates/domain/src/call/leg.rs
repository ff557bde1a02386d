//! A leg: one endpoint's stay in a call, and the seat it leaves behind.
use super::MediaAccess;
use crate::{
    capability::Role,
    ids::{LegId, OrganisationId, RawId, ResourceId},
    principal::ClientKind,
    time::Timestamp,
};

/// Who a leg is. Fixed while the leg lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The identity.
    pub raw_id: RawId,
    /// Through which client.
    pub client: ClientKind,
    /// The resource that pays (E and T).
    pub resource: Option<ResourceId>,
    /// A member's organisation.
    pub organisation: Option<OrganisationId>,
    /// The raw name: the directory's for members, else what the app gave.
    pub display_name: String,
    /// Not of the meeting's organisation.
    pub outsider: bool,
    /// Signed in with an account that the meeting's organisation knows or trusts.
    pub verified: bool,
}

/// What admission said of a person who may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Straight in.
    Admit,
    /// Waits. `automatic`: only for the first verified person, else for somebody who admits.
    Lobby {
        /// See above.
        automatic: bool,
    },
}

/// Where a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegState {
    /// Waits in the lobby.
    Lobby {
        /// Since when.
        since: Timestamp,
        /// See [`Entry::Lobby`].
        automatic: bool,
    },
    /// Takes part.
    Connected {
        /// Since when.
        since: Timestamp,
    },
}

/// The loss of a leg's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// When.
    pub since: Timestamp,
    /// The client closed it: its page was closed or reloaded.
    pub clean: bool,
}

/// The leg's transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaState {
    /// Not yet up; counted from this time once the leg takes part.
    Awaited(Timestamp),
    /// Up.
    Up,
    /// Lost at this time.
    Lost(Timestamp),
}

/// One endpoint's stay in the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The server's name of it.
    pub id: LegId,
    /// Who.
    pub person: Person,
    /// In which role.
    pub role: Role,
    /// When the service accepted it: the meter starts here.
    pub accepted_on: Timestamp,
    /// Lobby or connected.
    pub state: LegState,
    /// Whether its socket is lost.
    pub lost: Option<Loss>,
    /// The microphone is muted, by itself or by another.
    pub muted: bool,
    /// The camera is published.
    pub camera: bool,
    /// The screen share is published.
    pub share: bool,
    /// What conductors let it send while it is an attendee (CP-63).
    pub access: MediaAccess,
    /// Nothing is forwarded from it or to it (CP-59).
    pub on_hold: bool,
    /// The transport.
    pub media: MediaState,
}

impl Leg {
    /// A builder's server takes part: it has neither a session nor media.
    pub fn is_application(&self) -> bool {
        self.person.client == ClientKind::Application
    }

    /// Takes part.
    pub fn is_connected(&self) -> bool {
        matches!(self.state, LegState::Connected { .. })
    }

    /// Since when it takes part, or waits.
    pub fn since(&self) -> Timestamp {
        match self.state {
            LegState::Lobby { since, .. } | LegState::Connected { since } => since,
        }
    }
}

/// The place of a vanished leg that took part: it, or its identity, comes back past the lobby (CP-16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The leg as it was.
    pub leg: Leg,
    /// Until when.
    pub until: Timestamp,
}

/// What a leg's media may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaGate {
    /// Others' media is forwarded to it.
    pub receive: bool,
    /// Its microphone is forwarded.
    pub audio: bool,
    /// Its camera is forwarded.
    pub camera: bool,
    /// Its screen share is forwarded.
    pub share: bool,
}
