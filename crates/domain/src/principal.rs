//! Who acts: what a checked user token says. Made by `service::tokens` only, from a verified signature.
use crate::{
    ids::{OrganisationId, RawId, ResourceId},
    time::Timestamp,
};

/// A right that a token carries (rest-wire section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All of chat.
    Chat,
    /// Chat without creating, updating or deleting threads.
    ChatJoin,
    /// As `ChatJoin`, and without adding or removing participants.
    ChatJoinLimited,
    /// All of calling.
    Voip,
    /// May join running calls, not start them.
    VoipJoin,
}

impl Scope {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::ChatJoin => "chat.join",
            Self::ChatJoinLimited => "chat.join.limited",
            Self::Voip => "voip",
            Self::VoipJoin => "voip.join",
        }
    }

    /// Reads a wire name (case-insensitive).
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Chat,
            Self::ChatJoin,
            Self::ChatJoinLimited,
            Self::Voip,
            Self::VoipJoin,
        ]
        .into_iter()
        .find(|scope| scope.name().eq_ignore_ascii_case(name))
    }
}

/// Through which client a person acts: it decides admission class, name rules and who pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// E: an external user on an SDK, with a token of a resource.
    External,
    /// T: a member on an SDK, with an exchanged token; the exchanging resource pays.
    MemberOnSdk,
    /// H: a member on our host page; covered by the member's licence.
    Host,
    /// A person not signed in on our own join page; costs nobody anything.
    Visitor,
    /// A builder's server that steers a call in an identity's name. It holds no token and sends no media.
    Application,
}

impl ClientKind {
    /// The value of the token's `client` claim, and the stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::External => "external",
            Self::MemberOnSdk => "sdk",
            Self::Host => "host",
            Self::Visitor => "visitor",
            Self::Application => "application",
        }
    }

    /// Reads the `client` claim.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::External,
            Self::MemberOnSdk,
            Self::Host,
            Self::Visitor,
            Self::Application,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// A person whose token was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub raw_id: RawId,
    /// Through which client.
    pub client: ClientKind,
    /// The resource whose key made the token (E), or whose credential exchanged it (T).
    pub resource: Option<ResourceId>,
    /// The member's organisation (T and H).
    pub organisation: Option<OrganisationId>,
    /// What the token allows.
    pub scopes: Vec<Scope>,
    /// When the token was made.
    pub issued_on: Timestamp,
    /// When the token ends.
    pub expires_on: Timestamp,
}

impl Principal {
    /// May join calls at all.
    pub fn may_call(&self) -> bool {
        self.scopes
            .iter()
            .any(|scope| matches!(scope, Scope::Voip | Scope::VoipJoin))
    }

    /// May use chat at all.
    pub fn may_chat(&self) -> bool {
        self.scopes.iter().any(|scope| {
            matches!(
                scope,
                Scope::Chat | Scope::ChatJoin | Scope::ChatJoinLimited
            )
        })
    }
}
