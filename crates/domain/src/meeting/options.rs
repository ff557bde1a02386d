//! The options of a meeting. Each has a name of its own; `edge` maps them to what clients call them.
use crate::{
    capability::Role,
    policy::{LobbyScope, OrganisationPolicy, Presenters},
};
use serde::{Deserialize, Serialize};

/// Who may let people in from the lobby.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LobbyAdmitters {
    /// Organisers, co-organisers and presenters.
    OrganisersAndPresenters,
    /// Organisers and co-organisers.
    Organisers,
}

/// Whether and when a meeting's chat can be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatOption {
    /// Before, during and after.
    Enabled,
    /// Never.
    Disabled,
    /// Only during the call.
    Limited,
}

/// The options of one meeting. A change reaches a running call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that people see"
)]
pub struct MeetingOptions {
    /// Who passes the lobby.
    pub lobby_scope: LobbyScope,
    /// Callers by phone pass the lobby.
    pub dial_in_bypasses_lobby: bool,
    /// Who lets people in from the lobby.
    pub lobby_admitters: LobbyAdmitters,
    /// Who enters as presenter.
    pub presenters: Presenters,
    /// Chat.
    pub chat: ChatOption,
    /// People who come later see the chat from the beginning.
    pub chat_history_shared: bool,
    /// Chat holds text only.
    pub chat_text_only: bool,
    /// Attendees may unmute.
    pub attendee_microphone: bool,
    /// Attendees may show video.
    pub attendee_camera: bool,
    /// Reactions.
    pub reactions: bool,
    /// Breakout rooms.
    pub breakout_rooms: bool,
    /// Recording.
    pub recording: bool,
    /// Transcription.
    pub transcription: bool,
    /// Whiteboard.
    pub whiteboard: bool,
    /// Sharing slides.
    pub slide_sharing: bool,
    /// Live share.
    pub live_share: bool,
    /// People may change their shown name.
    pub renaming: bool,
    /// Content may be copied and passed on.
    pub copying: bool,
    /// Recording starts with the meeting.
    pub record_automatically: bool,
    /// Coming and going is announced.
    pub entry_exit_announced: bool,
    /// End-to-end encryption: cannot be turned on, and a meeting that has it cannot be joined.
    pub end_to_end_encrypted: bool,
    /// Shared content carries a watermark.
    pub watermark_content: bool,
    /// Video carries a watermark.
    pub watermark_video: bool,
    /// Language tag for transcription.
    pub spoken_language: Option<String>,
}

impl Default for MeetingOptions {
    /// What stored options lack has the value that it has in a new meeting of an organisation without policies of its own.
    fn default() -> Self {
        Self::new(&OrganisationPolicy::default())
    }
}

impl MeetingOptions {
    /// The options of a new meeting of an organisation.
    pub fn new(policy: &OrganisationPolicy) -> Self {
        Self {
            lobby_scope: policy.lobby_scope,
            dial_in_bypasses_lobby: policy.dial_in_bypasses_lobby,
            lobby_admitters: LobbyAdmitters::OrganisersAndPresenters,
            presenters: policy.presenters,
            chat: ChatOption::Enabled,
            chat_history_shared: false,
            chat_text_only: false,
            attendee_microphone: true,
            attendee_camera: true,
            reactions: true,
            breakout_rooms: true,
            recording: true,
            transcription: true,
            whiteboard: true,
            slide_sharing: true,
            live_share: true,
            renaming: false,
            copying: true,
            record_automatically: false,
            entry_exit_announced: false,
            end_to_end_encrypted: false,
            watermark_content: false,
            watermark_video: false,
            spoken_language: None,
        }
    }

    /// Whether somebody of `role` may let people in from the lobby or turn them away.
    pub fn manages_lobby(&self, role: Role) -> bool {
        match self.lobby_admitters {
            LobbyAdmitters::OrganisersAndPresenters => role >= Role::Presenter,
            LobbyAdmitters::Organisers => role.organises(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lobby_is_managed_by_those_the_option_names() {
        let mut options = MeetingOptions::new(&OrganisationPolicy::default());
        let roles = [
            Role::Attendee,
            Role::Presenter,
            Role::CoOrganizer,
            Role::Organizer,
        ];
        let managers = |options: &MeetingOptions| roles.map(|role| options.manages_lobby(role));
        assert_eq!(managers(&options), [false, true, true, true]);
        options.lobby_admitters = LobbyAdmitters::Organisers;
        assert_eq!(managers(&options), [false, false, true, true]);
    }

    #[test]
    fn stored_options_of_an_older_server_are_read_with_defaults() {
        let options: MeetingOptions =
            serde_json::from_str(r#"{"lobby_scope":"everyone"}"#).expect("options");
        let expected = MeetingOptions {
            lobby_scope: LobbyScope::Everyone,
            ..MeetingOptions::default()
        };
        assert_eq!(options, expected);
    }
}
