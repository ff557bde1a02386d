//! Who may do what in a thread: scopes of the token, windows, the meeting's chat options. Deny unless a rule allows.
use super::{
    Circle, Message, ThreadKind,
    window::{Sight, Window},
};
use crate::{
    ids::{MemberId, OrganisationId, RawId},
    meeting::ChatOption,
    policy::MeetingChat,
    principal::{ClientKind, Principal, Scope},
};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Make a thread.
    CreateThread,
    /// Rename a thread, change what is attached to it or how long it is kept.
    ChangeThread,
    /// Delete a thread.
    DeleteThread,
    /// Bring people in.
    AddParticipants,
    /// Put people out.
    RemoveParticipants,
    /// Look at a thread: its properties, people, messages and receipts.
    Read,
    /// Send or edit a message, or show that one is being typed.
    Write,
    /// Withdraw an own message, or tell how far one has read.
    Withdraw,
}

impl Act {
    /// Every act, for tables.
    pub const ALL: [Self; 8] = [
        Self::CreateThread,
        Self::ChangeThread,
        Self::DeleteThread,
        Self::AddParticipants,
        Self::RemoveParticipants,
        Self::Read,
        Self::Write,
        Self::Withdraw,
    ];

    /// The scopes of which one is enough.
    fn scopes(self) -> &'static [Scope] {
        match self {
            Self::CreateThread | Self::ChangeThread | Self::DeleteThread => &[Scope::Chat],
            Self::AddParticipants | Self::RemoveParticipants => &[Scope::Chat, Scope::ChatJoin],
            Self::Read | Self::Write | Self::Withdraw => {
                &[Scope::Chat, Scope::ChatJoin, Scope::ChatJoinLimited]
            }
        }
    }

    /// Changes a thread or who is in it.
    fn manages(self) -> bool {
        match self {
            Self::CreateThread
            | Self::ChangeThread
            | Self::DeleteThread
            | Self::AddParticipants
            | Self::RemoveParticipants => true,
            Self::Read | Self::Write | Self::Withdraw => false,
        }
    }
}

/// Why not. For the log and for tests; callers all get the same 403.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A member's exchanged token gives no chat.
    #[error("exchanged tokens give no chat")]
    ExchangedToken,
    /// The token's scopes do not reach so far.
    #[error("the token's scopes are too small")]
    ScopeTooSmall,
    /// Nobody but an external user makes chat threads.
    #[error("only an identity of a resource makes threads")]
    NoResource,
    /// Not in the thread (any more).
    #[error("not in the thread")]
    NotInside,
    /// Meetings manage their threads themselves.
    #[error("the meeting manages its thread")]
    MeetingManages,
    /// A chat of members, and the caller is none on the members' own page.
    #[error("a chat of members only")]
    MembersOnly,
    /// A chat of two stays as it is, and no chat of members is deleted.
    #[error("this chat cannot be changed so")]
    Fixed,
    /// The meeting's options or the organisation's policy forbid writing now.
    #[error("the meeting's chat is read-only")]
    ReadOnly,
    /// Somebody else's message.
    #[error("not the sender")]
    NotSender,
}

/// What a meeting says about its chat. Of no effect in chat threads. The default, for a thread whose meeting is gone, lets
/// nobody write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatRules {
    /// The meeting's option.
    pub option: ChatOption,
    /// The organisation's policy.
    pub policy: MeetingChat,
    /// Whoever is in reads the whole history.
    pub share_all: bool,
}

impl Default for ChatRules {
    fn default() -> Self {
        Self {
            option: ChatOption::Disabled,
            policy: MeetingChat::Disabled,
            share_all: false,
        }
    }
}

/// The thread as far as rights depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Whose thread.
    pub kind: ThreadKind,
    /// The meeting's rules.
    pub rules: ChatRules,
    /// Somebody is in the meeting's call now.
    pub call_is_on: bool,
    /// All windows that the caller ever had here.
    pub windows: &'a [Window],
}

/// What the token alone allows, before any thread is looked at.
pub fn may_ever(caller: &Principal, act: Act) -> Result<(), Refusal> {
    if caller.client == ClientKind::MemberOnSdk {
        return Err(Refusal::ExchangedToken);
    }
    if !caller
        .scopes
        .iter()
        .any(|scope| act.scopes().contains(scope))
    {
        return Err(Refusal::ScopeTooSmall);
    }
    if act == Act::CreateThread && !matches!(caller.raw_id, RawId::External { .. }) {
        return Err(Refusal::NoResource);
    }
    Ok(())
}

/// Whether the caller may make a chat of members; answers as whom, and in which organisation.
pub fn may_make_members_chat(caller: &Principal) -> Result<(MemberId, OrganisationId), Refusal> {
    if !caller.scopes.contains(&Scope::Chat) {
        return Err(Refusal::ScopeTooSmall);
    }
    match (&caller.raw_id, caller.client, caller.organisation) {
        (RawId::Member(member), ClientKind::Host, Some(organisation)) => {
            Ok((*member, organisation))
        }
        _ => Err(Refusal::MembersOnly),
    }
}

/// Whether `caller` may do `act` in this thread, and what of it the caller sees.
pub fn decide(caller: &Principal, act: Act, place: &Place<'_>) -> Result<Sight, Refusal> {
    may_ever(caller, act)?;
    let sight = Sight::of(place.kind, place.windows, place.rules.share_all);
    let inside = place.windows.iter().any(Window::is_open);
    if sight.is_blind() || !(inside || act == Act::Read) {
        return Err(Refusal::NotInside);
    }
    match place.kind {
        ThreadKind::Chat(_) => {}
        ThreadKind::Meeting(_) => decide_in_meeting(caller, act, place)?,
        ThreadKind::Members(organisation, circle) => {
            decide_among_members(caller, act, organisation, circle)?;
        }
    }
    Ok(sight)
}

/// An open window alone is not enough here: whoever is no member of this organisation stays out whatever the store says.
fn decide_among_members(
    caller: &Principal,
    act: Act,
    organisation: OrganisationId,
    circle: Circle,
) -> Result<(), Refusal> {
    let is_member = matches!(caller.raw_id, RawId::Member(_))
        && caller.client == ClientKind::Host
        && caller.organisation == Some(organisation);
    if !is_member {
        return Err(Refusal::MembersOnly);
    }
    let is_fixed = act == Act::DeleteThread || (circle == Circle::Pair && act.manages());
    if is_fixed {
        return Err(Refusal::Fixed);
    }
    Ok(())
}

fn decide_in_meeting(caller: &Principal, act: Act, place: &Place<'_>) -> Result<(), Refusal> {
    if act.manages() {
        return Err(Refusal::MeetingManages);
    }
    if act == Act::Write && !is_writable(caller.client, place) {
        return Err(Refusal::ReadOnly);
    }
    Ok(())
}

/// behaviour 7.1: option and policy; "off" in either cannot be turned on by the other.
fn is_writable(client: ClientKind, place: &Place<'_>) -> bool {
    let outsider = match client {
        ClientKind::External | ClientKind::Visitor | ClientKind::Application => true,
        ClientKind::Host | ClientKind::MemberOnSdk => false,
    };
    let by_option = match place.rules.option {
        ChatOption::Enabled => true,
        ChatOption::Limited => place.call_is_on,
        ChatOption::Disabled => false,
    };
    let by_policy = match place.rules.policy {
        MeetingChat::Enabled => true,
        MeetingChat::EnabledExceptAnonymous => !outsider,
        MeetingChat::Disabled => false,
    };
    by_option && by_policy
}

/// Whether `caller` may edit or delete this message: only its own author, and never a system message.
pub fn may_change(caller: &Principal, message: &Message) -> Result<(), Refusal> {
    if message.kind.is_written() && message.author == caller.raw_id {
        Ok(())
    } else {
        Err(Refusal::NotSender)
    }
}
