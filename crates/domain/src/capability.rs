//! What a person may do in a call: roles, the 25 capabilities of the Calling SDK and the reason of each (behaviour 5.1).
//! One table; the call enforces it and clients show it.
use std::fmt;

/// A person's role in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Sees and hears, sends nothing. In rooms only.
    Consumer,
    /// Talks, shows video, chats.
    Attendee,
    /// An attendee who shares. In rooms only.
    Collaborator,
    /// Also shares and conducts.
    Presenter,
    /// A member whom the organiser named; may do all the organiser may.
    CoOrganizer,
    /// The member whose meeting it is.
    Organizer,
}

impl Role {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consumer => "Consumer",
            Self::Attendee => "Attendee",
            Self::Collaborator => "Collaborator",
            Self::Presenter => "Presenter",
            Self::CoOrganizer => "Co-organizer",
            Self::Organizer => "Organizer",
        }
    }

    /// Reads a wire name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Consumer,
            Self::Attendee,
            Self::Collaborator,
            Self::Presenter,
            Self::CoOrganizer,
            Self::Organizer,
        ]
        .into_iter()
        .find(|role| role.name() == name)
    }

    /// Organiser or co-organiser.
    pub fn organises(self) -> bool {
        matches!(self, Self::Organizer | Self::CoOrganizer)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a capability is present or absent, in the SDK's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Present.
    Capable,
    /// This kind of call has no such thing.
    CapabilityNotApplicableForTheCallType,
    /// A policy of the organisation forbids it to this person.
    UserPolicyRestricted,
    /// The role lacks it.
    RoleRestricted,
    /// An option of the meeting forbids it.
    MeetingRestricted,
    /// This server does not offer it.
    FeatureNotSupported,
}

impl Reason {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Capable => "Capable",
            Self::CapabilityNotApplicableForTheCallType => "CapabilityNotApplicableForTheCallType",
            Self::UserPolicyRestricted => "UserPolicyRestricted",
            Self::RoleRestricted => "RoleRestricted",
            Self::MeetingRestricted => "MeetingRestricted",
            Self::FeatureNotSupported => "FeatureNotSupported",
        }
    }
}

/// Why a person's capabilities changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeReason {
    /// Somebody set the role.
    RoleChanged,
    /// The organisation's policy changed.
    UserPolicyChanged,
    /// The meeting's options changed.
    MeetingOptionOrOrganizerPolicyChanged,
}

impl ChangeReason {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RoleChanged => "RoleChanged",
            Self::UserPolicyChanged => "UserPolicyChanged",
            Self::MeetingOptionOrOrganizerPolicyChanged => "MeetingOptionOrOrganizerPolicyChanged",
        }
    }
}

macro_rules! capabilities {
    ($($variant:ident $name:literal,)*) => {
        /// One capability.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names say it all; they are the SDK's")]
        pub enum Capability { $($variant,)* }

        impl Capability {
            /// All 25, in the SDK's order.
            pub const ALL: [Self; 25] = [$(Self::$variant,)*];

            /// The wire name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

capabilities! {
    TurnVideoOn "turnVideoOn",
    UnmuteMic "unmuteMic",
    ShareScreen "shareScreen",
    RemoveParticipant "removeParticipant",
    HangUpForEveryOne "hangUpForEveryOne",
    AddCommunicationUser "addCommunicationUser",
    AddTeamsUser "addTeamsUser",
    AddPhoneNumber "addPhoneNumber",
    ManageLobby "manageLobby",
    SpotlightParticipant "spotlightParticipant",
    RemoveParticipantsSpotlight "removeParticipantsSpotlight",
    BlurBackground "blurBackground",
    StartLiveMeetingCaptions "startLiveMeetingCaptions",
    StartLiveCallingCaptions "startLiveCallingCaptions",
    SetCaptionLanguage "setCaptionLanguage",
    RaiseHand "raiseHand",
    PstnDialOut "pstnDialOut",
    MuteOthers "muteOthers",
    UseReactions "useReactions",
    ViewAttendeeNames "viewAttendeeNames",
    StartTogetherMode "startTogetherMode",
    JoinBreakoutRooms "joinBreakoutRooms",
    ForbidOthersAudio "forbidOthersAudio",
    ForbidOthersVideo "forbidOthersVideo",
    RealTimeText "realTimeText",
}

/// What kind of call it is, as far as capabilities differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallForm {
    /// Lobby, roles, options and policies.
    Meeting,
    /// Neither lobby nor roles: everybody may do everything.
    Group,
    /// Roles given by the room, no lobby.
    Room,
}

/// What the call's options and the organisation's policies switch for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapabilityRules {
    /// The kind of call.
    pub form: CallForm,
    /// Option: attendees may unmute.
    pub attendee_mic: bool,
    /// Option: attendees may turn their camera on.
    pub attendee_camera: bool,
    /// Option: presenters let people in, not organisers only.
    pub presenters_admit: bool,
    /// Policy: outsiders with the role may conduct (lobby, remove, mute others, end).
    pub outsiders_conduct: bool,
    /// Option: reactions.
    pub reactions: bool,
    /// Policy: outsiders may raise a hand.
    pub outsiders_raise_hand: bool,
    /// Policy: outsiders may react.
    pub outsiders_react: bool,
}

/// Which of the SDK's features this server offers at all; the others are honestly absent for everybody.
fn offered(capability: Capability) -> bool {
    use Capability as C;
    matches!(
        capability,
        C::TurnVideoOn
            | C::UnmuteMic
            | C::ShareScreen
            | C::RemoveParticipant
            | C::HangUpForEveryOne
            | C::AddCommunicationUser
            | C::AddTeamsUser
            | C::ManageLobby
            | C::BlurBackground
            | C::MuteOthers
            | C::ViewAttendeeNames
            | C::RaiseHand
            | C::UseReactions
            | C::SpotlightParticipant
            | C::RemoveParticipantsSpotlight
            | C::ForbidOthersAudio
            | C::ForbidOthersVideo
            | C::RealTimeText
    )
}

/// The lowest role that has a capability (behaviour 5.1, and the role table of rooms).
fn lowest_role(capability: Capability, form: CallForm) -> Role {
    use Capability as C;
    match capability {
        C::HangUpForEveryOne
        | C::AddCommunicationUser
        | C::AddTeamsUser
        | C::AddPhoneNumber
        | C::PstnDialOut
            if form == CallForm::Room =>
        {
            Role::Presenter
        }
        C::HangUpForEveryOne => Role::CoOrganizer,
        C::ShareScreen => Role::Collaborator,
        C::RemoveParticipant
        | C::ManageLobby
        | C::SpotlightParticipant
        | C::RemoveParticipantsSpotlight
        | C::MuteOthers
        | C::StartTogetherMode
        | C::ForbidOthersAudio
        | C::ForbidOthersVideo => Role::Presenter,
        C::TurnVideoOn
        | C::UnmuteMic
        | C::AddCommunicationUser
        | C::AddTeamsUser
        | C::AddPhoneNumber
        | C::BlurBackground
        | C::RaiseHand
        | C::PstnDialOut
        | C::UseReactions
        | C::JoinBreakoutRooms
        | C::RealTimeText => Role::Attendee,
        C::StartLiveMeetingCaptions
        | C::StartLiveCallingCaptions
        | C::SetCaptionLanguage
        | C::ViewAttendeeNames => Role::Consumer,
    }
}

/// Acts on other people; what the policy `outsiders_conduct` is about.
fn conducts(capability: Capability) -> bool {
    use Capability as C;
    matches!(
        capability,
        C::ManageLobby
            | C::RemoveParticipant
            | C::MuteOthers
            | C::HangUpForEveryOne
            | C::ForbidOthersAudio
            | C::ForbidOthersVideo
    )
}

/// The verdict on one capability: `Reason::Capable` means present.
pub fn reason_for(
    capability: Capability,
    role: Role,
    outsider: bool,
    rules: CapabilityRules,
) -> Reason {
    use Capability as C;
    if !offered(capability) {
        return Reason::FeatureNotSupported;
    }
    let meetings_only = matches!(
        capability,
        C::ManageLobby | C::ForbidOthersAudio | C::ForbidOthersVideo
    );
    if meetings_only && rules.form != CallForm::Meeting {
        return Reason::CapabilityNotApplicableForTheCallType;
    }
    let adds = matches!(capability, C::AddCommunicationUser | C::AddTeamsUser);
    match rules.form {
        CallForm::Meeting if adds => return Reason::CapabilityNotApplicableForTheCallType,
        // Who comes into a room's call is invited to the room.
        CallForm::Room if adds => return Reason::FeatureNotSupported,
        // Whom they reach is decided by who may ring whom.
        CallForm::Group if capability == C::AddCommunicationUser && !outsider => {
            return Reason::UserPolicyRestricted;
        }
        CallForm::Group => return Reason::Capable,
        CallForm::Meeting | CallForm::Room => {}
    }
    if role < lowest_role(capability, rules.form) {
        return Reason::RoleRestricted;
    }
    if outsider && conducts(capability) && !rules.outsiders_conduct {
        return Reason::UserPolicyRestricted;
    }
    let policy_off = match capability {
        C::RaiseHand => !rules.outsiders_raise_hand,
        C::UseReactions => !rules.outsiders_react,
        _ => false,
    };
    if outsider && policy_off {
        return Reason::UserPolicyRestricted;
    }
    let option_off = match capability {
        C::UseReactions => !rules.reactions,
        C::UnmuteMic => role == Role::Attendee && !rules.attendee_mic,
        C::TurnVideoOn => role == Role::Attendee && !rules.attendee_camera,
        C::ManageLobby => role == Role::Presenter && !rules.presenters_admit,
        _ => false,
    };
    if option_off {
        Reason::MeetingRestricted
    } else {
        Reason::Capable
    }
}

/// The full map of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities([Reason; 25]);

impl Capabilities {
    /// The map of a person of this role.
    pub fn of(role: Role, outsider: bool, rules: CapabilityRules) -> Self {
        Self(Capability::ALL.map(|capability| reason_for(capability, role, outsider, rules)))
    }

    /// Takes away what somebody in the call forbade; what is absent already keeps its reason.
    pub(crate) fn forbid(&mut self, capability: Capability, reason: Reason) {
        let entry = &mut self.0[capability as usize];
        if *entry == Reason::Capable {
            *entry = reason;
        }
    }

    /// Whether the person has it.
    pub fn has(&self, capability: Capability) -> bool {
        self.0[capability as usize] == Reason::Capable
    }

    /// Every capability with its reason, in the SDK's order.
    pub fn iter(&self) -> impl Iterator<Item = (Capability, Reason)> + '_ {
        Capability::ALL.into_iter().zip(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{CallForm, Capabilities, Capability as C, CapabilityRules, Reason, Role};

    const RULES: CapabilityRules = CapabilityRules {
        form: CallForm::Meeting,
        attendee_mic: true,
        attendee_camera: true,
        presenters_admit: true,
        outsiders_conduct: false,
        reactions: true,
        outsiders_raise_hand: true,
        outsiders_react: true,
    };

    fn check(role: Role, outsider: bool, rules: CapabilityRules, expected: &[(C, Reason)]) {
        let map = Capabilities::of(role, outsider, rules);
        for (capability, reason) in expected {
            let found = map.iter().find(|(name, _)| name == capability);
            assert_eq!(
                found,
                Some((*capability, *reason)),
                "{role} outsider={outsider}"
            );
            assert_eq!(map.has(*capability), *reason == Reason::Capable);
        }
    }

    // [L3] [F3] [CP-35]
    #[test]
    fn the_role_table_of_meetings() {
        use Reason::{Capable, RoleRestricted, UserPolicyRestricted};
        for role in [Role::Organizer, Role::CoOrganizer] {
            let all = [
                C::HangUpForEveryOne,
                C::ManageLobby,
                C::ShareScreen,
                C::MuteOthers,
                C::RemoveParticipant,
            ];
            check(role, false, RULES, &all.map(|c| (c, Capable)));
        }
        let presenter = [
            (C::HangUpForEveryOne, RoleRestricted),
            (C::ManageLobby, Capable),
            (C::ShareScreen, Capable),
        ];
        check(Role::Presenter, false, RULES, &presenter);
        let outsider = [
            (C::ShareScreen, Capable),
            (C::ManageLobby, UserPolicyRestricted),
            (C::RemoveParticipant, UserPolicyRestricted),
            (C::MuteOthers, UserPolicyRestricted),
            (C::HangUpForEveryOne, RoleRestricted),
        ];
        check(Role::Presenter, true, RULES, &outsider);
        let conducting = CapabilityRules {
            outsiders_conduct: true,
            ..RULES
        };
        check(
            Role::Presenter,
            true,
            conducting,
            &[(C::ManageLobby, Capable)],
        );
        let attendee = [
            (C::TurnVideoOn, Capable),
            (C::UnmuteMic, Capable),
            (C::ViewAttendeeNames, Capable),
            (C::ShareScreen, RoleRestricted),
            (C::ManageLobby, RoleRestricted),
            (C::MuteOthers, RoleRestricted),
            (C::RemoveParticipant, RoleRestricted),
        ];
        check(Role::Attendee, false, RULES, &attendee);
    }

    #[test]
    fn options_bind_whom_they_name() {
        let closed = CapabilityRules {
            attendee_mic: false,
            attendee_camera: false,
            ..RULES
        };
        let off = [
            (C::UnmuteMic, Reason::MeetingRestricted),
            (C::TurnVideoOn, Reason::MeetingRestricted),
        ];
        check(Role::Attendee, true, closed, &off);
        let organisers_admit = CapabilityRules {
            presenters_admit: false,
            ..RULES
        };
        let restricted = [(C::ManageLobby, Reason::MeetingRestricted)];
        check(Role::Presenter, false, organisers_admit, &restricted);
        check(
            Role::CoOrganizer,
            false,
            organisers_admit,
            &[(C::ManageLobby, Reason::Capable)],
        );
        check(
            Role::Presenter,
            true,
            closed,
            &[(C::UnmuteMic, Reason::Capable)],
        );
    }

    #[test]
    fn groups_have_no_lobby_and_no_roles() {
        let group = CapabilityRules {
            form: CallForm::Group,
            ..RULES
        };
        let expected = [
            (
                C::ManageLobby,
                Reason::CapabilityNotApplicableForTheCallType,
            ),
            (C::HangUpForEveryOne, Reason::Capable),
            (C::ShareScreen, Reason::Capable),
            (C::RaiseHand, Reason::Capable),
            (C::StartTogetherMode, Reason::FeatureNotSupported),
            (
                C::ForbidOthersAudio,
                Reason::CapabilityNotApplicableForTheCallType,
            ),
        ];
        check(Role::Presenter, true, group, &expected);
    }

    // [L3] The documents' table of the four roles, as far as this server offers the features.
    #[test]
    fn the_role_table_of_rooms() {
        use Reason::{CapabilityNotApplicableForTheCallType, Capable, RoleRestricted};
        let room = CapabilityRules {
            form: CallForm::Room,
            outsiders_conduct: true,
            ..RULES
        };
        let table = [
            (C::TurnVideoOn, [true, true, true, false]),
            (C::UnmuteMic, [true, true, true, false]),
            (C::BlurBackground, [true, true, true, false]),
            (C::RaiseHand, [true, true, true, false]),
            (C::UseReactions, [true, true, true, false]),
            (C::RealTimeText, [true, true, true, false]),
            (C::ShareScreen, [true, true, false, false]),
            (C::SpotlightParticipant, [true, false, false, false]),
            (C::MuteOthers, [true, false, false, false]),
            (C::RemoveParticipant, [true, false, false, false]),
            (C::HangUpForEveryOne, [true, false, false, false]),
            (C::ViewAttendeeNames, [true, true, true, true]),
        ];
        let roles = [
            Role::Presenter,
            Role::Collaborator,
            Role::Attendee,
            Role::Consumer,
        ];
        for (at, role) in roles.into_iter().enumerate() {
            for (capability, present) in table {
                let reason = if present[at] { Capable } else { RoleRestricted };
                check(role, true, room, &[(capability, reason)]);
            }
            let meetings = [C::ManageLobby, C::ForbidOthersAudio, C::ForbidOthersVideo];
            let absent = meetings.map(|c| (c, CapabilityNotApplicableForTheCallType));
            check(role, true, room, &absent);
        }
    }

    #[test]
    fn there_are_25_names_each_once() {
        let names: std::collections::BTreeSet<_> = C::ALL.iter().map(|c| c.name()).collect();
        assert_eq!(names.len(), 25);
        assert!(C::ALL.iter().enumerate().all(|(at, c)| *c as usize == at));
        for role in [
            Role::Consumer,
            Role::Attendee,
            Role::Collaborator,
            Role::Presenter,
            Role::CoOrganizer,
            Role::Organizer,
        ] {
            assert_eq!(Role::parse(role.name()), Some(role));
        }
    }
}
