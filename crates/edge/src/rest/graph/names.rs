//! Names of this dialect: meeting ids, and the values of its enumerations.
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use parvis_domain::{
    ids::{MemberId, ThreadId},
    meeting::{ChatOption, InviteeRole, LobbyAdmitters, Meeting},
    policy::{LobbyScope, Presenters},
};

/// Longest meeting id that is read.
const MEETING_ID_MAX: usize = 512;
/// Standard alphabet, with padding or without.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The id of a meeting: base64 of `1*<organiser>*0**<thread>`. Some apps decode it.
pub fn meeting_id(meeting: &Meeting) -> String {
    STANDARD.encode(format!("1*{}*0**{}", meeting.organiser, meeting.thread))
}

/// Reads a meeting's id.
pub(super) fn parse_meeting_id(id: &str) -> Option<(MemberId, ThreadId)> {
    if id.len() > MEETING_ID_MAX {
        return None;
    }
    let text = String::from_utf8(LENIENT.decode(id).ok()?).ok()?;
    let (organiser, thread) = text.strip_prefix("1*")?.split_once("*0**")?;
    Some((organiser.parse().ok()?, ThreadId::parse(thread)?))
}

/// A value's name; `evolved` ones are shown only to clients that ask for them.
pub(super) struct Named<T> {
    pub(super) name: &'static str,
    pub(super) value: T,
    pub(super) evolved: bool,
}

const fn named<T>(name: &'static str, value: T) -> Named<T> {
    Named {
        name,
        value,
        evolved: false,
    }
}

const fn evolved<T>(name: &'static str, value: T) -> Named<T> {
    Named {
        name,
        value,
        evolved: true,
    }
}

/// What stands for a value that a client did not ask for.
pub(super) const UNKNOWN: &str = "unknownFutureValue";

pub(super) const LOBBY_SCOPES: [Named<LobbyScope>; 6] = [
    named("organizer", LobbyScope::Organiser),
    named("organization", LobbyScope::Organisation),
    named(
        "organizationAndFederated",
        LobbyScope::OrganisationAndFederated,
    ),
    named("everyone", LobbyScope::Everyone),
    evolved("invited", LobbyScope::Invited),
    evolved(
        "organizationExcludingGuests",
        LobbyScope::OrganisationExcludingGuests,
    ),
];

pub(super) const PRESENTERS: [Named<Presenters>; 4] = [
    named("everyone", Presenters::Everyone),
    named("organization", Presenters::Organisation),
    named("roleIsPresenter", Presenters::RoleIsPresenter),
    named("organizer", Presenters::Organiser),
];

pub(super) const LOBBY_ADMITTERS: [Named<LobbyAdmitters>; 2] = [
    named(
        "organizerAndCoOrganizersAndPresenters",
        LobbyAdmitters::OrganisersAndPresenters,
    ),
    named("organizerAndCoOrganizers", LobbyAdmitters::Organisers),
];

pub(super) const CHAT: [Named<ChatOption>; 3] = [
    named("enabled", ChatOption::Enabled),
    named("disabled", ChatOption::Disabled),
    named("limited", ChatOption::Limited),
];

pub(super) const HISTORY: [Named<bool>; 2] = [named("none", false), named("all", true)];

pub(super) const SWITCHED: [Named<bool>; 2] = [named("enabled", true), named("disabled", false)];

pub(super) const ROLES: [Named<InviteeRole>; 3] = [
    named("attendee", InviteeRole::Attendee),
    named("presenter", InviteeRole::Presenter),
    evolved("coorganizer", InviteeRole::CoOrganiser),
];

/// The name of a value, as this client may see it.
pub(super) fn name_of<T: PartialEq>(
    table: &[Named<T>],
    value: &T,
    shows_evolved: bool,
) -> &'static str {
    table
        .iter()
        .find(|entry| entry.value == *value && (shows_evolved || !entry.evolved))
        .map_or(UNKNOWN, |entry| entry.name)
}

/// The value of a name.
pub(super) fn value_of<T: Copy>(table: &[Named<T>], name: &str) -> Option<T> {
    table
        .iter()
        .find(|entry| entry.name == name)
        .map(|entry| entry.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // [D2]
    #[test]
    fn meeting_ids_are_read_with_and_without_padding() {
        let thread = ThreadId::meeting(&"A".repeat(43)).expect("thread");
        let oid: MemberId = "0f2f1c5e-aaaa-4bbb-8ccc-0123456789ab".parse().expect("oid");
        let id = STANDARD.encode(format!("1*{oid}*0**{thread}"));
        assert!(id.starts_with("MSow"));
        assert_eq!(parse_meeting_id(&id), Some((oid, thread.clone())));
        assert_eq!(
            parse_meeting_id(id.trim_end_matches('=')),
            Some((oid, thread))
        );
        for bad in [
            "",
            "x",
            "MSo=",
            "!!",
            &STANDARD.encode("1*x*0**y"),
            &"A".repeat(600),
        ] {
            assert_eq!(parse_meeting_id(bad), None, "{bad}");
        }
    }

    #[test]
    fn evolved_values_are_shown_on_request_only() {
        let shown = |value, all| name_of(&LOBBY_SCOPES, &value, all);
        assert_eq!(shown(LobbyScope::Invited, true), "invited");
        assert_eq!(shown(LobbyScope::Invited, false), UNKNOWN);
        assert_eq!(shown(LobbyScope::Everyone, false), "everyone");
        assert_eq!(
            value_of(&LOBBY_SCOPES, "invited"),
            Some(LobbyScope::Invited)
        );
        assert_eq!(value_of(&LOBBY_SCOPES, UNKNOWN), None);
        for scope in LobbyScope::ALL {
            assert_ne!(shown(scope, true), UNKNOWN);
        }
    }

    proptest! {
        #[test]
        fn no_id_panics(id in ".{0,200}") {
            let _ = parse_meeting_id(&id);
        }
    }
}
