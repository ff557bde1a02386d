//! Answers: the JSON of an online meeting and of a user.
use super::{
    body::SWITCHES,
    names::{self, meeting_id, name_of},
};
use axum::http::HeaderMap;
use parvis_domain::{
    directory::Member,
    link::Passcode,
    meeting::{Invitee, InviteeRole, Meeting, MeetingKind},
    time::Timestamp,
};
use parvis_service::meetings::{MeetingRecord, Meetings};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// How this client wants its answers.
#[derive(Clone, Debug)]
pub(super) struct Wishes {
    /// The origin it called, for absolute links.
    pub(super) origin: String,
    /// It knows how to ask for values that were added later.
    pub(super) shows_evolved: bool,
    /// Only these properties; empty means all.
    pub(super) select: Vec<String>,
}

impl Wishes {
    pub(super) fn new(headers: &HeaderMap, origin: String, select: Vec<String>) -> Self {
        let shows_evolved = headers
            .get_all("prefer")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([',', ';']))
            .any(|wish| {
                wish.trim()
                    .eq_ignore_ascii_case("include-unknown-enum-members")
            });
        Self {
            origin,
            shows_evolved,
            select,
        }
    }

    /// Only what was selected; annotations and the id always stay.
    fn selected(&self, mut object: Map<String, Value>) -> Map<String, Value> {
        if !self.select.is_empty() {
            object.retain(|name, _| {
                name.contains('@') || name == "id" || self.select.iter().any(|wish| wish == name)
            });
        }
        object
    }
}

/// A single object with its context.
pub(super) fn entity(wishes: &Wishes, context: &str, object: Map<String, Value>) -> Value {
    let context = format!("{}/v1.0/$metadata#{context}", wishes.origin);
    let mut entity = Map::new();
    entity.insert("@odata.context".to_owned(), context.into());
    entity.extend(object);
    Value::Object(entity)
}

/// A meeting.
pub(super) fn online_meeting(
    meetings: &Meetings,
    record: &MeetingRecord,
    wishes: &Wishes,
) -> Map<String, Value> {
    let meeting = &record.meeting;
    let link = meetings.join_link(record);
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| _ = object.insert(name.to_owned(), value);
    put("id", meeting_id(meeting).into());
    put("subject", meeting.subject.clone().into());
    put("externalId", meeting.external_id.clone().into());
    put("creationDateTime", time(meeting.created_on));
    put("startDateTime", time(meeting.times.starts_on));
    put("endDateTime", time(meeting.times.ends_on));
    put("expiryDateTime", time(meeting.expires_on));
    put("joinInformation", join_information(meeting, &link));
    put("joinWebUrl", link.into());
    put("meetingType", meeting_type(meeting.kind).into());
    put("isBroadcast", false.into());
    put("videoTeleconferenceId", Value::Null);
    put("audioConferencing", Value::Null);
    put("chatInfo", chat_info(meeting));
    put("joinMeetingIdSettings", join_by_id(meeting));
    put("participants", participants(record, wishes));
    object.extend(options(meeting, wishes));
    wishes.selected(object)
}

fn time(at: Timestamp) -> Value {
    at.rfc3339().into()
}

fn meeting_type(kind: MeetingKind) -> &'static str {
    match kind {
        MeetingKind::MeetNow => "meetnow",
        MeetingKind::LiveEvent | MeetingKind::TownHall => "broadcast",
        MeetingKind::Scheduled
        | MeetingKind::Channel
        | MeetingKind::Webinar
        | MeetingKind::Personal => "scheduled",
    }
}

fn chat_info(meeting: &Meeting) -> Value {
    json!({ "threadId": meeting.thread.as_str(), "messageId": "0", "replyChainMessageId": null })
}

fn join_by_id(meeting: &Meeting) -> Value {
    json!({
        "joinMeetingId": meeting.number.as_str(),
        "isPasscodeRequired": meeting.passcode.is_some(),
        "passcode": meeting.passcode.as_ref().map(Passcode::as_str),
    })
}

/// A few lines to paste into a mail. Holds nothing that people wrote, so there is nothing to escape.
fn join_information(meeting: &Meeting, link: &str) -> Value {
    let passcode = meeting
        .passcode
        .as_ref()
        .map(|passcode| format!("<p>Passcode: {}</p>", passcode.as_str()))
        .unwrap_or_default();
    let html = format!(
        "<div><p><a href=\"{link}\">Join the meeting</a></p><p>Meeting ID: {}</p>{passcode}</div>",
        meeting.number.as_str()
    );
    let encoded = utf8_percent_encode(&html, NON_ALPHANUMERIC);
    json!({ "content": format!("data:text/html,{encoded}"), "contentType": "html" })
}

fn options(meeting: &Meeting, wishes: &Wishes) -> Map<String, Value> {
    let mut options = meeting.options.clone();
    let shows = wishes.shows_evolved;
    let mut object = Map::new();
    for (name, switch) in SWITCHES {
        if !name.starts_with("isEnabledFor") {
            object.insert(name.to_owned(), (*switch(&mut options)).into());
        }
    }
    let rest = json!({
        "allowedPresenters": name_of(&names::PRESENTERS, &options.presenters, shows),
        "allowedLobbyAdmitters": name_of(&names::LOBBY_ADMITTERS, &options.lobby_admitters, shows),
        "lobbyBypassSettings": {
            "scope": name_of(&names::LOBBY_SCOPES, &options.lobby_scope, shows),
            "isDialInBypassEnabled": options.dial_in_bypasses_lobby,
        },
        "allowMeetingChat": name_of(&names::CHAT, &options.chat, shows),
        "shareMeetingChatHistoryDefault": name_of(&names::HISTORY, &options.chat_history_shared, shows),
        "chatRestrictions": { "allowTextOnly": options.chat_text_only },
        "allowLiveShare": name_of(&names::SWITCHED, &options.live_share, shows),
        "meetingSpokenLanguageTag": options.spoken_language,
        "watermarkProtection": {
            "isEnabledForContentSharing": options.watermark_content,
            "isEnabledForVideo": options.watermark_video,
        },
    });
    if let Value::Object(rest) = rest {
        object.extend(rest);
    }
    object
}

fn participants(record: &MeetingRecord, wishes: &Wishes) -> Value {
    let organiser = &record.organiser;
    let attendees: Vec<Value> = record
        .meeting
        .invitees
        .iter()
        .map(|invitee| attendee(invitee, wishes))
        .collect();
    json!({
        "organizer": {
            "upn": organiser.upn.as_str(),
            "role": name_of(&names::ROLES, &InviteeRole::Presenter, wishes.shows_evolved),
            "identity": { "user": {
                "id": organiser.oid,
                "displayName": organiser.display_name,
                "tenantId": organiser.organisation,
            } },
        },
        "attendees": attendees,
    })
}

fn attendee(invitee: &Invitee, wishes: &Wishes) -> Value {
    let identity = invitee
        .member
        .map(|member| json!({ "user": { "id": member, "displayName": null } }));
    json!({
        "upn": invitee.upn,
        "role": name_of(&names::ROLES, &invitee.role, wishes.shows_evolved),
        "identity": identity,
    })
}

/// A member's profile.
pub(super) fn user(member: &Member, wishes: &Wishes) -> Map<String, Value> {
    let fields = json!({
        "id": member.oid,
        "displayName": member.display_name,
        "userPrincipalName": member.upn.as_str(),
        "mail": member.upn.as_str(),
        "givenName": null,
        "surname": null,
        "jobTitle": null,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "businessPhones": [],
    });
    match fields {
        Value::Object(object) => wishes.selected(object),
        _ => Map::new(),
    }
}
