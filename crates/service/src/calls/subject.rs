//! What a call is the session of, and what follows from it: rules, admission, shown names, chat windows.
use crate::{meetings::MeetingRecord, rooms::RoomRecord};
use parvis_domain::{
    admission::{
        Decision, JoinRequest, Joiner, Refusal, RosterFacts, Standing, WaitingFor, decide,
        entry_role, recheck_waiting,
        room::{RoomRequest, decide_room},
    },
    call::{Call, EndCode, Entry, Leg, Person, Rules},
    capability::{CallForm, CapabilityRules, Role},
    ids::{RawId, ThreadId},
    label::{Origin, Shown, ShownName, Viewer, shown_name},
    policy::OrganisationPolicy,
    time::Timestamp,
};
use std::time::Duration;

/// People in a group call or in a room's.
const GROUP_PARTICIPANTS_MAX: usize = 350;

/// The subject of a live call.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// A meeting as it was last loaded.
    Meeting(Box<MeetingRecord>),
    /// A group of one resource's users.
    Group,
    /// People who ring one another.
    Direct {
        /// What stands behind the names of outsiders when a member looks.
        external_label: String,
    },
    /// A room as it was last loaded; `None` when it is gone.
    Room(Option<Box<RoomRecord>>),
}

impl Subject {
    /// A call that rings.
    pub(super) fn direct() -> Self {
        Self::Direct {
            external_label: OrganisationPolicy::default().external_label,
        }
    }

    /// A member of another house than the call's sees outsiders by that house's label.
    pub(super) fn see_outsiders_as(&mut self, label: &str) {
        if let Self::Direct { external_label } = self {
            label.clone_into(external_label);
        }
    }

    pub(super) fn rules(&self) -> Rules {
        match self {
            Self::Meeting(record) => {
                let (options, policy) = (&record.meeting.options, &record.policy);
                Rules {
                    capabilities: CapabilityRules {
                        form: CallForm::Meeting,
                        attendee_mic: options.attendee_microphone,
                        attendee_camera: options.attendee_camera,
                        presenters_admit: options.manages_lobby(Role::Presenter),
                        outsiders_conduct: policy.outsiders_manage_lobby,
                        reactions: options.reactions,
                        outsiders_raise_hand: policy.external_raise_hand,
                        outsiders_react: policy.external_reactions,
                    },
                    lobby_time_out: policy.lobby_time_out(),
                    participants_max: policy.meeting_participants_max as usize,
                    lobby_max: policy.lobby_participants_max as usize,
                    ends_on: None,
                }
            }
            Self::Group | Self::Direct { .. } => without_lobby(CallForm::Group, None),
            Self::Room(record) => {
                let closing = |record: &RoomRecord| record.room.validity.until;
                let closed = Timestamp::default();
                let ends_on = record.as_deref().map_or(closed, closing);
                without_lobby(CallForm::Room, Some(ends_on))
            }
        }
    }

    /// Admission of somebody who joins, and their role.
    pub(super) fn admit(
        &self,
        call: &Call,
        person: &Person,
        now: Timestamp,
    ) -> Result<(Entry, Role), EndCode> {
        let record = match self {
            Self::Meeting(record) => record,
            Self::Group | Self::Direct { .. } => return Ok((Entry::Admit, Role::Presenter)),
            Self::Room(_) => {
                let role = self.invitation(&person.raw_id, now)?;
                return Ok((Entry::Admit, role));
            }
        };
        let joiner = joiner(person);
        let request = JoinRequest {
            meeting: &record.meeting,
            policy: &record.policy,
            joiner: &joiner,
            roster: facts(call, &person.raw_id),
            now,
        };
        let role = entry_role(&record.meeting, &record.policy, &joiner);
        entry(decide(&request)).map(|entry| (entry, role))
    }

    /// The role that the room gives somebody now, or why they may not come.
    pub(super) fn invitation(&self, raw_id: &RawId, now: Timestamp) -> Result<Role, EndCode> {
        let record = match self {
            Self::Room(record) => record.as_deref(),
            Self::Meeting(_) | Self::Group | Self::Direct { .. } => None,
        };
        let request = RoomRequest {
            room: record.map(|record| &record.room),
            invitation: record.and_then(|record| record.roles.get(raw_id).copied()),
            joiner: raw_id,
            now,
        };
        match decide_room(&request) {
            Decision::Admit { role } => Ok(role),
            Decision::Refuse(refusal) => Err(refusal.into()),
            Decision::Lobby { .. } => Err(EndCode::NO_LOBBY),
        }
    }

    /// The same for somebody who is in the call: there it is an end, not a refusal.
    pub(super) fn reinvitation(&self, raw_id: &RawId, now: Timestamp) -> Result<Role, EndCode> {
        let verdict = self.invitation(raw_id, now);
        verdict.map_err(|end| {
            if end == Refusal::NOT_INVITED.into() {
                EndCode::INVITATION_WITHDRAWN
            } else {
                EndCode::CALL_OVER
            }
        })
    }

    /// Admission of somebody who waits, decided again.
    pub(super) fn readmit(&self, call: &Call, leg: &Leg, now: Timestamp) -> Result<Entry, EndCode> {
        let Self::Meeting(record) = self else {
            return Ok(Entry::Admit);
        };
        let joiner = joiner(&leg.person);
        let mut roster = facts(call, &leg.person.raw_id);
        roster.waiting = roster.waiting.saturating_sub(1);
        entry(recheck_waiting(&JoinRequest {
            meeting: &record.meeting,
            policy: &record.policy,
            joiner: &joiner,
            roster,
            now,
        }))
    }

    /// The name of `person` as `viewer` is to see it.
    pub(super) fn shown_name(&self, viewer: Viewer, person: &Person) -> ShownName {
        self.shown(viewer, &person.display_name, person.outsider)
    }

    /// A name as `viewer` is to see it.
    pub(super) fn shown(&self, viewer: Viewer, display_name: &str, outsider: bool) -> ShownName {
        let label = match self {
            Self::Meeting(record) => record.policy.external_label.as_str(),
            Self::Direct { external_label } => external_label,
            Self::Group | Self::Room(_) => "",
        };
        let origin = if outsider {
            Origin::Elsewhere
        } else {
            Origin::Organisation
        };
        shown_name(
            viewer,
            Shown {
                display_name,
                origin,
                external_label: label,
            },
        )
    }

    /// The chat thread.
    pub(super) fn thread(&self) -> Option<&ThreadId> {
        match self {
            Self::Meeting(record) => Some(&record.meeting.thread),
            Self::Group | Self::Direct { .. } | Self::Room(_) => None,
        }
    }

    /// The meeting's subject.
    pub(super) fn title(&self) -> Option<String> {
        match self {
            Self::Meeting(record) => record.meeting.subject.clone(),
            Self::Group | Self::Direct { .. } | Self::Room(_) => None,
        }
    }
}

/// The rules of a call without lobby, options and policies.
fn without_lobby(form: CallForm, ends_on: Option<Timestamp>) -> Rules {
    Rules {
        capabilities: CapabilityRules {
            form,
            attendee_mic: true,
            attendee_camera: true,
            presenters_admit: true,
            outsiders_conduct: true,
            reactions: true,
            outsiders_raise_hand: true,
            outsiders_react: true,
        },
        lobby_time_out: Duration::ZERO,
        participants_max: GROUP_PARTICIPANTS_MAX,
        lobby_max: 0,
        ends_on,
    }
}

/// How a leg looks at others.
pub(super) fn viewer(leg: &Leg) -> Viewer {
    if leg.person.outsider {
        Viewer::Outsider
    } else {
        Viewer::Member
    }
}

/// Whether a person counts as an outsider, for labels and policies: all but members and guests of the organisation.
pub(super) fn is_outsider(joiner: &Joiner) -> bool {
    !matches!(
        joiner,
        Joiner::Member {
            standing: Standing::Own | Standing::Guest,
            ..
        }
    )
}

/// The person of a leg as admission sees them.
fn joiner(person: &Person) -> Joiner {
    let standing = match (person.outsider, person.verified) {
        (false, _) => Standing::Own,
        (true, true) => Standing::Trusted,
        (true, false) => Standing::Untrusted,
    };
    Joiner::new(&person.raw_id, standing)
}

fn facts(call: &Call, raw_id: &RawId) -> RosterFacts {
    let count = |legs: usize| u32::try_from(legs).unwrap_or(u32::MAX);
    RosterFacts {
        verified_seen: call.verified_seen(),
        connected: count(call.connected().count() - usize::from(call.replaces_leg(raw_id))),
        waiting: count(call.waiting().count()),
        locked: false,
        holds_seat: call.holds_seat(raw_id),
        was_removed: call.was_removed(raw_id),
    }
}

fn entry(decision: Decision) -> Result<Entry, EndCode> {
    match decision {
        Decision::Refuse(refusal) => Err(refusal.into()),
        Decision::Admit { .. } => Ok(Entry::Admit),
        Decision::Lobby { waiting_for } => Ok(Entry::Lobby {
            automatic: waiting_for == WaitingFor::VerifiedPerson,
        }),
    }
}
