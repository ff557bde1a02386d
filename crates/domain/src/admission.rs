//! Admission: the one decision on who enters a meeting, who waits in its lobby, and who is refused. SDK legs, legs of our
//! own pages, phone legs and bots all go through `decide`, legs of a room's call through `room::decide_room`. The tables it
//! follows stand, row by row, in its tests.
pub mod room;

use crate::{
    capability::Role,
    ids::{MemberId, OrganisationId, RawId, ResourceId},
    meeting::{InviteeRole, Meeting, MeetingKind},
    policy::{AnonymousClient, Cloud, LobbyScope, OrganisationPolicy, Presenters},
    time::Timestamp,
};

/// Where a member stands towards the meeting's organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// A member of it.
    Own,
    /// A guest in its directory.
    Guest,
    /// A member of another organisation; trust is mutual.
    Trusted,
    /// A member of another organisation without mutual trust: of the anonymous class.
    Untrusted,
}

impl Standing {
    /// The standing of a member. `is_guest` speaks of their entry in their own directory, `mutual_trust` of both organisations.
    pub fn of(
        meeting: OrganisationId,
        member: OrganisationId,
        is_guest: bool,
        mutual_trust: bool,
    ) -> Self {
        match (meeting == member, is_guest, mutual_trust) {
            (true, false, _) => Self::Own,
            (true, true, _) => Self::Guest,
            (false, _, true) => Self::Trusted,
            (false, _, false) => Self::Untrusted,
        }
    }
}

/// Who asks to join. It makes no difference whether a member uses our host page or an app on the SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joiner {
    /// E: an external user of a resource.
    External {
        /// The resource.
        resource: ResourceId,
    },
    /// Somebody not signed in, on our own join page.
    Visitor,
    /// T or H: somebody signed in at an organisation.
    Member {
        /// Who.
        member: MemberId,
        /// Where they stand.
        standing: Standing,
    },
    /// A caller by phone.
    Phone,
}

impl Joiner {
    /// From the identity of a checked token; `standing` counts for members only.
    pub fn new(raw_id: &RawId, standing: Standing) -> Self {
        match raw_id {
            RawId::External { resource, .. } | RawId::Extension { resource, .. } => {
                Self::External {
                    resource: *resource,
                }
            }
            RawId::Visitor(_) => Self::Visitor,
            RawId::Member(member) => Self::Member {
                member: *member,
                standing,
            },
            RawId::Phone(_) => Self::Phone,
        }
    }

    /// Signed in at an organisation that the meeting's own one knows: such a person's presence starts a meeting.
    pub fn is_verified(&self) -> bool {
        matches!(
            self,
            Self::Member {
                standing: Standing::Own | Standing::Guest | Standing::Trusted,
                ..
            }
        )
    }
}

/// What the decision needs to know of the running call. The default is an empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each with its own rule"
)]
pub struct RosterFacts {
    /// Somebody verified (`Joiner::is_verified`) is in the call, or was since it began: later guests need not wait again
    /// when the organiser leaves.
    pub verified_seen: bool,
    /// Legs in the call, without those in the lobby.
    pub connected: u32,
    /// Legs in the lobby, without this one.
    pub waiting: u32,
    /// An organiser has locked the meeting.
    pub locked: bool,
    /// This identity was admitted before and its seat is still kept.
    pub holds_seat: bool,
    /// This identity was removed from this call.
    pub was_removed: bool,
}

/// A wish to join, with everything the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct JoinRequest<'a> {
    /// The meeting.
    pub meeting: &'a Meeting,
    /// The policy of the meeting's organisation.
    pub policy: &'a OrganisationPolicy,
    /// Who asks.
    pub joiner: &'a Joiner,
    /// The running call.
    pub roster: RosterFacts,
    /// Now.
    pub now: Timestamp,
}

/// The calling end code and sub code of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The code, HTTP-like.
    pub code: u16,
    /// The sub code.
    pub sub_code: u32,
}

impl Refusal {
    const fn new(code: u16, sub_code: u32) -> Self {
        Self { code, sub_code }
    }
    /// No such meeting, or a wrong passcode: one answer for both.
    pub const UNKNOWN_MEETING: Self = Self::new(400, 5_751);
    /// No such call, or one that has lapsed.
    pub const UNKNOWN_CALL: Self = Self::new(404, 4_500);
    /// The organisation lets no anonymous people in, or not this client or resource.
    pub const ANONYMOUS_JOIN_OFF: Self = Self::new(403, 5_723);
    /// The other organisation is not trusted.
    pub const NOT_TRUSTED: Self = Self::new(403, 5_724);
    /// A broadcast cannot be joined.
    pub const BROADCAST: Self = Self::new(403, 5_354);
    /// Refused by policy: a kind that is not supported, another cloud, end-to-end encryption, or a locked meeting.
    pub const POLICY: Self = Self::new(403, 5_448);
    /// The lobby is full.
    pub const LOBBY_FULL: Self = Self::new(413, 5_807);
    /// The meeting is full.
    pub const MEETING_FULL: Self = Self::new(413, 5_808);
}

/// What somebody in the lobby waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WaitingFor {
    /// A person who lets them in.
    Admitter,
    /// The first verified person; then they go in by themselves.
    VerifiedPerson,
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// No.
    Refuse(Refusal),
    /// Not yet.
    Lobby {
        /// What for.
        waiting_for: WaitingFor,
    },
    /// Yes. Somebody who had been given another role in this call and whose seat is kept goes on with that one.
    Admit {
        /// As what.
        role: Role,
    },
}

/// Decides a join (behaviour 3.4: the first test that matches wins).
pub fn decide(request: &JoinRequest<'_>) -> Decision {
    let roster = request.roster;
    if let Some(refusal) = refused_by_rule(request) {
        return Decision::Refuse(refusal);
    }
    if roster.locked && !roster.holds_seat && !organises(request) {
        return Decision::Refuse(Refusal::POLICY);
    }
    if roster.connected >= request.policy.meeting_participants_max {
        return Decision::Refuse(Refusal::MEETING_FULL);
    }
    match way_in(request) {
        Decision::Lobby { .. } if roster.waiting >= request.policy.lobby_participants_max => {
            Decision::Refuse(Refusal::LOBBY_FULL)
        }
        decision => decision,
    }
}

/// Decides again for somebody who is in the lobby, after the roster, the options or the policy changed. They keep their
/// place while the meeting is locked or full.
pub fn recheck_waiting(request: &JoinRequest<'_>) -> Decision {
    let roster = request.roster;
    if let Some(refusal) = refused_by_rule(request) {
        return Decision::Refuse(refusal);
    }
    let shut = roster.connected >= request.policy.meeting_participants_max
        || (roster.locked && !organises(request));
    match way_in(request) {
        Decision::Admit { .. } if shut => Decision::Lobby {
            waiting_for: WaitingFor::Admitter,
        },
        decision => decision,
    }
}

/// The role of somebody whom an admitter lets in from the lobby.
pub fn entry_role(meeting: &Meeting, policy: &OrganisationPolicy, joiner: &Joiner) -> Role {
    let Joiner::Member { member, standing } = joiner else {
        let presents = policy.anonymous_presenters
            && *joiner != Joiner::Phone
            && meeting.options.presenters == Presenters::Everyone;
        return if presents {
            Role::Presenter
        } else {
            Role::Attendee
        };
    };
    if *standing == Standing::Own && *member == meeting.organiser {
        return Role::Organizer;
    }
    if *standing == Standing::Own && meeting.organised_by(*member) {
        return Role::CoOrganizer;
    }
    let named = meeting
        .invitation(*member)
        .is_some_and(|invitee| invitee.role != InviteeRole::Attendee);
    let presents = match (meeting.options.presenters, standing) {
        (_, Standing::Untrusted) => {
            policy.anonymous_presenters && meeting.options.presenters == Presenters::Everyone
        }
        (Presenters::Everyone, _) | (Presenters::Organisation, Standing::Own | Standing::Guest) => {
            true
        }
        (Presenters::RoleIsPresenter, _) => named,
        (Presenters::Organisation, Standing::Trusted) | (Presenters::Organiser, _) => false,
    };
    if presents {
        Role::Presenter
    } else {
        Role::Attendee
    }
}

/// Rules that no state of the call can lift.
fn refused_by_rule(request: &JoinRequest<'_>) -> Option<Refusal> {
    let (meeting, policy) = (request.meeting, request.policy);
    if meeting.has_expired(request.now) {
        return Some(Refusal::UNKNOWN_CALL);
    }
    match meeting.kind {
        MeetingKind::Scheduled | MeetingKind::MeetNow => {}
        MeetingKind::LiveEvent | MeetingKind::TownHall => return Some(Refusal::BROADCAST),
        MeetingKind::Channel | MeetingKind::Webinar | MeetingKind::Personal => {
            return Some(Refusal::POLICY);
        }
    }
    if meeting.options.end_to_end_encrypted || policy.cloud != Cloud::Public {
        return Some(Refusal::POLICY);
    }
    match request.joiner {
        Joiner::External { resource } => {
            let blocked = !policy.anonymous_join
                || policy
                    .blocked_anonymous_clients
                    .contains(&AnonymousClient::Acs)
                || !policy.external_access
                || (policy.require_allowed_resource
                    && !policy.allowed_resources.contains(resource));
            blocked.then_some(Refusal::ANONYMOUS_JOIN_OFF)
        }
        Joiner::Visitor => {
            let blocked = !policy.anonymous_join
                || policy
                    .blocked_anonymous_clients
                    .contains(&AnonymousClient::JoinPage);
            blocked.then_some(Refusal::ANONYMOUS_JOIN_OFF)
        }
        Joiner::Member {
            standing: Standing::Untrusted,
            ..
        } => (!policy.anonymous_join).then_some(Refusal::NOT_TRUSTED),
        Joiner::Member { .. } | Joiner::Phone => None,
    }
}

/// Lobby or admit (behaviour 3.5).
fn way_in(request: &JoinRequest<'_>) -> Decision {
    let (meeting, policy, joiner) = (request.meeting, request.policy, request.joiner);
    let admit = Decision::Admit {
        role: entry_role(meeting, policy, joiner),
    };
    let wait = Decision::Lobby {
        waiting_for: WaitingFor::Admitter,
    };
    if organises(request) {
        return admit;
    }
    if request.roster.was_removed && !is_own(joiner) {
        return wait;
    }
    if request.roster.holds_seat {
        return admit;
    }
    if !bypasses(meeting, joiner) {
        return wait;
    }
    let anonymous_start = policy.anonymous_start
        && policy.anonymous_join
        && meeting.options.lobby_scope == LobbyScope::Everyone;
    if joiner.is_verified() || request.roster.verified_seen || anonymous_start {
        admit
    } else {
        Decision::Lobby {
            waiting_for: WaitingFor::VerifiedPerson,
        }
    }
}

/// Whether the meeting's lobby lets this person pass, somebody verified being there.
fn bypasses(meeting: &Meeting, joiner: &Joiner) -> bool {
    use LobbyScope as S;
    let scope = meeting.options.lobby_scope;
    match joiner {
        Joiner::Phone => meeting.options.dial_in_bypasses_lobby,
        Joiner::External { .. } | Joiner::Visitor => scope == S::Everyone,
        Joiner::Member { member, standing } => match scope {
            S::Everyone => true,
            S::OrganisationAndFederated => *standing != Standing::Untrusted,
            S::Organisation => matches!(standing, Standing::Own | Standing::Guest),
            S::OrganisationExcludingGuests => *standing == Standing::Own,
            S::Invited => meeting.invitation(*member).is_some(),
            S::Organiser => false,
        },
    }
}

/// Organiser and co-organisers come from the meeting's own organisation; an equal id elsewhere is somebody else.
fn organises(request: &JoinRequest<'_>) -> bool {
    matches!(request.joiner, Joiner::Member { member, standing: Standing::Own }
        if request.meeting.organised_by(*member))
}

fn is_own(joiner: &Joiner) -> bool {
    matches!(
        joiner,
        Joiner::Member {
            standing: Standing::Own,
            ..
        }
    )
}

#[cfg(test)]
mod tests;
