//! The named policies of an organisation. Every point on which hosts may differ is one field here, with its default;
//! there is no other switch. Absent names have their default, unknown names are refused.
use crate::ids::{OrganisationId, ResourceId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// Who passes the lobby by themselves, from the widest to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LobbyScope {
    /// Everyone, once somebody verified is there.
    Everyone,
    /// The organisation, its guests and trusted organisations.
    OrganisationAndFederated,
    /// The organisation and its guests.
    Organisation,
    /// The organisation without its guests.
    OrganisationExcludingGuests,
    /// People named in the invitation.
    Invited,
    /// Organisers and co-organisers.
    Organiser,
}

impl LobbyScope {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Everyone,
        Self::OrganisationAndFederated,
        Self::Organisation,
        Self::OrganisationExcludingGuests,
        Self::Invited,
        Self::Organiser,
    ];
}

/// Who may enter as a presenter. People who are not signed in never do, where `anonymous_presenters` is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presenters {
    /// Everyone.
    Everyone,
    /// The organisation and its guests.
    Organisation,
    /// Those whose invitation says so.
    RoleIsPresenter,
    /// Organisers and co-organisers only.
    Organiser,
}

/// A client that people without an account join with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnonymousClient {
    /// A builder's app, on the SDK.
    Acs,
    /// Our own join page.
    JoinPage,
}

/// Whether meetings have chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeetingChat {
    /// For everybody in the meeting.
    Enabled,
    /// For people who are signed in.
    EnabledExceptAnonymous,
    /// For nobody.
    Disabled,
}

/// Which of a meeting's two links is its `joinWebUrl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkForm {
    /// The long one, out of which apps cut the thread id.
    Long,
    /// The short one, with meeting id and passcode.
    Short,
}

/// In which cloud an organisation lives. Only `Public` is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// Everybody else.
    Public,
    /// A government cloud: refused.
    Government,
}

/// Which other organisations are trusted. Trust counts only when it is mutual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustedOrganisations {
    /// Every one.
    All,
    /// Only these.
    Only(BTreeSet<OrganisationId>),
    /// All but these.
    AllExcept(BTreeSet<OrganisationId>),
}

impl TrustedOrganisations {
    /// Whether `other` is trusted by the owner of this list.
    pub fn trusts(&self, other: OrganisationId) -> bool {
        match self {
            Self::All => true,
            Self::Only(listed) => listed.contains(&other),
            Self::AllExcept(listed) => !listed.contains(&other),
        }
    }
}

/// The policies of one organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrganisationPolicy {
    /// People without an account may join meetings. Default on.
    pub anonymous_join: bool,
    /// They may be the first in a meeting; effective only with lobby scope `Everyone`. Default off.
    pub anonymous_start: bool,
    /// They enter as presenters, so that they can share, where everyone may present; else somebody promotes them. Default on.
    pub anonymous_presenters: bool,
    /// Presenters from outside let people in from the lobby, remove and mute others. Default off.
    pub outsiders_manage_lobby: bool,
    /// They may add phone numbers to a call. Default off.
    pub anonymous_dial_out: bool,
    /// Clients that people without an account may not use. Default none.
    pub blocked_anonymous_clients: BTreeSet<AnonymousClient>,
    /// External users may meet and reach members at all. Default on.
    pub external_access: bool,
    /// External users join only when their resource is in `allowed_resources`. Default off.
    pub require_allowed_resource: bool,
    /// Resources this organisation has allowed. Default none.
    pub allowed_resources: BTreeSet<ResourceId>,
    /// External users of `allowed_resources` may call members and queues. Default off.
    pub external_calls: bool,
    /// The lobby scope of new meetings. Default the organisation and its guests.
    pub lobby_scope: LobbyScope,
    /// Callers by phone pass the lobby. Default off.
    pub dial_in_bypasses_lobby: bool,
    /// How long somebody may wait, in minutes, 1 to 1,440. More keeps forgotten tabs waiting. Default 30.
    pub lobby_time_out_minutes: u32,
    /// People in one lobby, 1 to 1,000. Default 350.
    pub lobby_participants_max: u32,
    /// People in one meeting, 2 to 1,000. Default 350.
    pub meeting_participants_max: u32,
    /// What stands in brackets behind an outsider's name when a member looks; at most 40 characters. Default `External`.
    pub external_label: String,
    /// Other organisations whose members are trusted. Default all.
    pub trusted_organisations: TrustedOrganisations,
    /// Who may enter new meetings as presenter. Default everyone.
    pub presenters: Presenters,
    /// Chat in meetings. Default enabled.
    pub meeting_chat: MeetingChat,
    /// Read receipts in meeting chats. Default off.
    pub read_receipts_in_meetings: bool,
    /// External users may join webinars. Default on.
    pub external_webinars: bool,
    /// The server holds webinar attendees to their role. Default on.
    pub enforce_webinar_roles: bool,
    /// External users may raise a hand. Default on.
    pub external_raise_hand: bool,
    /// External users may react. Default on.
    pub external_reactions: bool,
    /// External users may use the together view. Default on.
    pub external_together_mode: bool,
    /// External users may go to breakout rooms. Default on.
    pub external_breakout_rooms: bool,
    /// Which link is `joinWebUrl`. Default long.
    pub join_link_form: LinkForm,
    /// The cloud. Default public.
    pub cloud: Cloud,
}

impl Default for OrganisationPolicy {
    fn default() -> Self {
        Self {
            anonymous_join: true,
            anonymous_start: false,
            anonymous_presenters: true,
            outsiders_manage_lobby: false,
            anonymous_dial_out: false,
            blocked_anonymous_clients: BTreeSet::new(),
            external_access: true,
            require_allowed_resource: false,
            allowed_resources: BTreeSet::new(),
            external_calls: false,
            lobby_scope: LobbyScope::Organisation,
            dial_in_bypasses_lobby: false,
            lobby_time_out_minutes: 30,
            lobby_participants_max: 350,
            meeting_participants_max: 350,
            external_label: "External".to_owned(),
            trusted_organisations: TrustedOrganisations::All,
            presenters: Presenters::Everyone,
            meeting_chat: MeetingChat::Enabled,
            read_receipts_in_meetings: false,
            external_webinars: true,
            enforce_webinar_roles: true,
            external_raise_hand: true,
            external_reactions: true,
            external_together_mode: true,
            external_breakout_rooms: true,
            join_link_form: LinkForm::Long,
            cloud: Cloud::Public,
        }
    }
}

/// Longest label, in characters.
const LABEL_CHARS_MAX: usize = 40;
/// Entries in one list.
const LIST_MAX: usize = 1_000;

/// A policy that cannot be: which name, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text is no policy; the message names the unknown or wrongly typed name.
    #[error("not a policy: {0}")]
    Malformed(String),
    /// A value is out of its range.
    #[error("{0} is out of range")]
    OutOfRange(&'static str),
}

impl OrganisationPolicy {
    /// Reads a policy; names that are absent have their default.
    pub fn from_json(text: &str) -> Result<Self, PolicyError> {
        let malformed = |error: serde_json::Error| PolicyError::Malformed(error.to_string());
        // An object, not a list of values by position.
        let names: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).map_err(malformed)?;
        let policy: Self = serde_json::from_value(names.into()).map_err(malformed)?;
        policy.check()?;
        Ok(policy)
    }

    /// The whole policy, every name spelt out.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a policy holds only text, numbers and lists")
    }

    /// Whether every value is in its range.
    pub fn check(&self) -> Result<(), PolicyError> {
        let label_chars = self.external_label.chars().count();
        let label_fits = (1..=LABEL_CHARS_MAX).contains(&label_chars)
            && self.external_label.trim() == self.external_label
            && !self.external_label.chars().any(char::is_control);
        let listed = match &self.trusted_organisations {
            TrustedOrganisations::All => 0,
            TrustedOrganisations::Only(list) | TrustedOrganisations::AllExcept(list) => list.len(),
        };
        [
            (label_fits, "external_label"),
            (listed <= LIST_MAX, "trusted_organisations"),
            (
                self.allowed_resources.len() <= LIST_MAX,
                "allowed_resources",
            ),
            (
                (1..=1_440).contains(&self.lobby_time_out_minutes),
                "lobby_time_out_minutes",
            ),
            (
                (1..=1_000).contains(&self.lobby_participants_max),
                "lobby_participants_max",
            ),
            (
                (2..=1_000).contains(&self.meeting_participants_max),
                "meeting_participants_max",
            ),
        ]
        .into_iter()
        .find(|(fits, _)| !fits)
        .map_or(Ok(()), |(_, name)| Err(PolicyError::OutOfRange(name)))
    }

    /// How long somebody may wait in a lobby.
    pub fn lobby_time_out(&self) -> Duration {
        Duration::from_secs(u64::from(self.lobby_time_out_minutes) * 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // [L2] What nobody changed is safe.
    #[test]
    fn the_defaults_are_those_of_the_design() {
        let policy = OrganisationPolicy::from_json("{}").expect("empty is the default");
        assert_eq!(policy, OrganisationPolicy::default());
        assert!(policy.anonymous_join && !policy.anonymous_start && !policy.anonymous_dial_out);
        assert_eq!(policy.lobby_scope, LobbyScope::Organisation);
        assert_eq!(policy.external_label, "External");
        assert_eq!(policy.lobby_time_out(), Duration::from_secs(1_800));
        assert_eq!(policy.meeting_participants_max, 350);
        assert!(!policy.external_calls && !policy.read_receipts_in_meetings);
        assert!(policy.external_webinars && policy.enforce_webinar_roles);
    }

    #[test]
    fn a_policy_prints_as_it_was_read() {
        let mut policy = OrganisationPolicy {
            anonymous_join: false,
            lobby_scope: LobbyScope::Everyone,
            ..OrganisationPolicy::default()
        };
        policy
            .blocked_anonymous_clients
            .insert(AnonymousClient::Acs);
        let organisation = OrganisationId(uuid::Uuid::from_u128(7));
        policy.trusted_organisations = TrustedOrganisations::Only([organisation].into());
        assert_eq!(OrganisationPolicy::from_json(&policy.to_json()), Ok(policy));
    }

    #[test]
    fn nonsense_is_refused() {
        for (text, named) in [
            (r#"{"anonymous_joining":true}"#, "anonymous_joining"),
            (r#"{"anonymous_join":"yes"}"#, "anonymous_join"),
            (r#"{"lobby_scope":"anybody"}"#, "anybody"),
            ("[]", ""),
            ("", ""),
        ] {
            match OrganisationPolicy::from_json(text) {
                Err(PolicyError::Malformed(message)) => {
                    assert!(message.contains(named) || text.contains("yes"), "{message}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        for (text, name) in [
            (r#"{"lobby_time_out_minutes":0}"#, "lobby_time_out_minutes"),
            (
                r#"{"meeting_participants_max":1}"#,
                "meeting_participants_max",
            ),
            (
                r#"{"lobby_participants_max":5000}"#,
                "lobby_participants_max",
            ),
            (r#"{"external_label":" "}"#, "external_label"),
            (r#"{"external_label":"a\nb"}"#, "external_label"),
        ] {
            assert_eq!(
                OrganisationPolicy::from_json(text),
                Err(PolicyError::OutOfRange(name))
            );
        }
    }

    #[test]
    fn trust_follows_the_list() {
        let (one, two) = (
            OrganisationId(uuid::Uuid::from_u128(1)),
            OrganisationId(uuid::Uuid::from_u128(2)),
        );
        assert!(TrustedOrganisations::All.trusts(one));
        assert!(TrustedOrganisations::Only([one].into()).trusts(one));
        assert!(!TrustedOrganisations::Only([one].into()).trusts(two));
        assert!(!TrustedOrganisations::AllExcept([one].into()).trusts(one));
        assert!(TrustedOrganisations::AllExcept([one].into()).trusts(two));
    }
}
