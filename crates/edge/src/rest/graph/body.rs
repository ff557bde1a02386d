//! Request bodies: read within their bound, and put into a meeting's draft property by property, so that a wrong type names
//! the property. Annotations and read-only properties are skipped, as clients send back what they read.
use super::{
    error::GraphError,
    names::{self, Named},
};
use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use parvis_domain::{
    meeting::{INVITEES_MAX, Invitee, InviteeRole, MeetingDraft, MeetingOptions},
    time::Timestamp,
};
use parvis_service::ServiceError;
use serde_json::{Map, Value};

/// Largest body that is read.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A JSON object.
pub(super) struct JsonObject(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = GraphError;

    async fn from_request(request: Request, _: &S) -> Result<Self, GraphError> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_none_or(|value| {
                let kind = value.to_str().unwrap_or_default();
                let essence = kind.split(';').next().unwrap_or_default().trim();
                essence.eq_ignore_ascii_case("application/json")
            });
        if !is_json {
            return Err(GraphError::unsupported_media_type());
        }
        let bytes = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX)
            .await
            .map_err(|_| GraphError::too_large())?;
        match serde_json::from_slice(&bytes) {
            Ok(object) => Ok(Self(object)),
            Err(_) => Err(GraphError::bad_request(
                "",
                "The body must be one JSON object.",
            )),
        }
    }
}

/// Whether a draft is for a new meeting: some properties are fixed from then on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    New,
    Existing,
}

/// Puts every property of `body` into `draft`.
pub(super) fn apply(
    body: &Map<String, Value>,
    stage: Stage,
    draft: &mut MeetingDraft,
) -> Result<(), ServiceError> {
    for (name, value) in body {
        set(draft, stage, name, value)?;
    }
    Ok(())
}

type Switch = fn(&mut MeetingOptions) -> &mut bool;

/// The options that are simply on or off.
pub(super) const SWITCHES: [(&str, Switch); 15] = [
    ("allowAttendeeToEnableMic", |o| &mut o.attendee_microphone),
    ("allowAttendeeToEnableCamera", |o| &mut o.attendee_camera),
    ("allowTeamworkReactions", |o| &mut o.reactions),
    ("allowBreakoutRooms", |o| &mut o.breakout_rooms),
    ("allowRecording", |o| &mut o.recording),
    ("allowTranscription", |o| &mut o.transcription),
    ("allowWhiteboard", |o| &mut o.whiteboard),
    ("allowPowerPointSharing", |o| &mut o.slide_sharing),
    ("allowParticipantsToChangeName", |o| &mut o.renaming),
    ("allowCopyingAndSharingMeetingContent", |o| &mut o.copying),
    ("recordAutomatically", |o| &mut o.record_automatically),
    ("isEntryExitAnnounced", |o| &mut o.entry_exit_announced),
    ("isEndToEndEncryptionEnabled", |o| {
        &mut o.end_to_end_encrypted
    }),
    ("isEnabledForContentSharing", |o| &mut o.watermark_content),
    ("isEnabledForVideo", |o| &mut o.watermark_video),
];

/// Properties that clients read and may send back; the server alone sets them.
const READ_ONLY: [&str; 14] = [
    "id",
    "creationDateTime",
    "expiryDateTime",
    "externalId",
    "joinWebUrl",
    "joinInformation",
    "meetingOptionsWebUrl",
    "meetingType",
    "chatInfo",
    "audioConferencing",
    "videoTeleconferenceId",
    "anonymizeIdentityForRoles",
    "broadcastSettings",
    "sensitivityLabelAssignment",
];

fn set(
    draft: &mut MeetingDraft,
    stage: Stage,
    name: &str,
    value: &Value,
) -> Result<(), ServiceError> {
    let options = &mut draft.options;
    match name {
        _ if name.contains('@') || READ_ONLY.contains(&name) => Ok(()),
        "subject" => {
            draft.subject = optional_text("subject", value)?.map(str::to_owned);
            Ok(())
        }
        "startDateTime" => time("startDateTime", value, &mut draft.starts_on),
        "endDateTime" => time("endDateTime", value, &mut draft.ends_on),
        "participants" => participants(value, &mut draft.invitees),
        "lobbyBypassSettings" => lobby(value, options),
        "joinMeetingIdSettings" => join_by_id(value, stage, &mut draft.passcode_required),
        "watermarkProtection" => nested("watermarkProtection", value, options),
        "chatRestrictions" => chat_restrictions(value, options),
        "allowedPresenters" => choice(
            "allowedPresenters",
            value,
            &names::PRESENTERS,
            &mut options.presenters,
        ),
        "allowedLobbyAdmitters" => choice(
            "allowedLobbyAdmitters",
            value,
            &names::LOBBY_ADMITTERS,
            &mut options.lobby_admitters,
        ),
        "allowMeetingChat" => choice("allowMeetingChat", value, &names::CHAT, &mut options.chat),
        "allowLiveShare" => choice(
            "allowLiveShare",
            value,
            &names::SWITCHED,
            &mut options.live_share,
        ),
        "shareMeetingChatHistoryDefault" => choice(
            "shareMeetingChatHistoryDefault",
            value,
            &names::HISTORY,
            &mut options.chat_history_shared,
        ),
        "meetingSpokenLanguageTag" => {
            options.spoken_language =
                optional_text("meetingSpokenLanguageTag", value)?.map(str::to_owned);
            Ok(())
        }
        "isBroadcast" | "meetingTemplateId" => unsupported(value),
        _ => switch(name, value, options),
    }
}

fn wrong(target: &'static str, expected: &str) -> ServiceError {
    ServiceError::invalid(target, format!("{target} must be {expected}."))
}

/// Text, or nothing for `null`.
fn optional_text<'a>(
    target: &'static str,
    value: &'a Value,
) -> Result<Option<&'a str>, ServiceError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(wrong(target, "a text")),
    }
}

/// An object, or nothing for `null`.
fn optional_object<'a>(
    target: &'static str,
    value: &'a Value,
) -> Result<Option<&'a Map<String, Value>>, ServiceError> {
    match value {
        Value::Null => Ok(None),
        Value::Object(object) => Ok(Some(object)),
        _ => Err(wrong(target, "an object")),
    }
}

/// A member of an object; `null` counts as absent.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

fn time(
    target: &'static str,
    value: &Value,
    at: &mut Option<Timestamp>,
) -> Result<(), ServiceError> {
    let Some(text) = optional_text(target, value)? else {
        return Ok(());
    };
    // Graph takes a time without a zone as UTC.
    let parsed =
        Timestamp::parse_rfc3339(text).or_else(|| Timestamp::parse_rfc3339(&format!("{text}Z")));
    *at = Some(parsed.ok_or_else(|| wrong(target, "a time in ISO 8601"))?);
    Ok(())
}

/// One of a table's names. What a client cannot know stays as it is.
fn choice<T: Copy>(
    target: &'static str,
    value: &Value,
    table: &[Named<T>],
    into: &mut T,
) -> Result<(), ServiceError> {
    match optional_text(target, value)? {
        None | Some(names::UNKNOWN) => Ok(()),
        Some(name) => {
            *into = names::value_of(table, name)
                .ok_or_else(|| wrong(target, "one of the known values"))?;
            Ok(())
        }
    }
}

fn switch(name: &str, value: &Value, options: &mut MeetingOptions) -> Result<(), ServiceError> {
    let known = SWITCHES.iter().find(|(known, _)| *known == name);
    let Some((target, switch)) = known else {
        let message = "The body holds a property that an online meeting does not have.";
        return Err(ServiceError::invalid("", message));
    };
    match value {
        Value::Null => Ok(()),
        Value::Bool(on) => {
            *switch(options) = *on;
            Ok(())
        }
        _ => Err(wrong(target, "true or false")),
    }
}

/// What this server does not have may only be off.
fn unsupported(value: &Value) -> Result<(), ServiceError> {
    match value {
        Value::Null | Value::Bool(false) => Ok(()),
        _ => Err(ServiceError::invalid(
            "",
            "Broadcasts and meeting templates are not supported.",
        )),
    }
}

fn nested(
    target: &'static str,
    value: &Value,
    options: &mut MeetingOptions,
) -> Result<(), ServiceError> {
    for (name, value) in optional_object(target, value)?.into_iter().flatten() {
        if !name.contains('@') {
            switch(name, value, options)?;
        }
    }
    Ok(())
}

fn lobby(value: &Value, options: &mut MeetingOptions) -> Result<(), ServiceError> {
    let Some(object) = optional_object("lobbyBypassSettings", value)? else {
        return Ok(());
    };
    let scope = object.get("scope").unwrap_or(&Value::Null);
    choice(
        "lobbyBypassSettings",
        scope,
        &names::LOBBY_SCOPES,
        &mut options.lobby_scope,
    )?;
    match member(object, "isDialInBypassEnabled") {
        None => Ok(()),
        Some(Value::Bool(on)) => {
            options.dial_in_bypasses_lobby = *on;
            Ok(())
        }
        Some(_) => Err(wrong("lobbyBypassSettings", "an object of its own kind")),
    }
}

fn join_by_id(value: &Value, stage: Stage, required: &mut bool) -> Result<(), ServiceError> {
    const TARGET: &str = "joinMeetingIdSettings";
    let Some(object) = optional_object(TARGET, value)? else {
        return Ok(());
    };
    match member(object, "isPasscodeRequired") {
        None => Ok(()),
        Some(Value::Bool(wish)) if stage == Stage::New || wish == required => {
            *required = *wish;
            Ok(())
        }
        Some(Value::Bool(_)) => {
            let message = "Whether a passcode is required is fixed when the meeting is made.";
            Err(ServiceError::invalid(TARGET, message))
        }
        Some(_) => Err(wrong(TARGET, "an object of its own kind")),
    }
}

fn chat_restrictions(value: &Value, options: &mut MeetingOptions) -> Result<(), ServiceError> {
    let object = optional_object("chatRestrictions", value)?;
    match object.and_then(|object| member(object, "allowTextOnly")) {
        None => Ok(()),
        Some(Value::Bool(on)) => {
            options.chat_text_only = *on;
            Ok(())
        }
        Some(_) => Err(wrong("chatRestrictions", "an object of its own kind")),
    }
}

/// Replaces the invitees by `attendees`, when there is such a list; the organiser is fixed.
fn participants(value: &Value, invitees: &mut Vec<Invitee>) -> Result<(), ServiceError> {
    const TARGET: &str = "participants";
    let Some(object) = optional_object(TARGET, value)? else {
        return Ok(());
    };
    let attendees = match object.get("attendees") {
        None => return Ok(()),
        Some(Value::Null) => &Vec::new(),
        Some(Value::Array(attendees)) => attendees,
        Some(_) => return Err(wrong(TARGET, "an object whose attendees are a list")),
    };
    if attendees.len() > INVITEES_MAX {
        let message = format!("A meeting has at most {INVITEES_MAX} attendees.");
        return Err(ServiceError::invalid(TARGET, message));
    }
    *invitees = attendees.iter().map(invitee).collect::<Result<_, _>>()?;
    Ok(())
}

fn invitee(value: &Value) -> Result<Invitee, ServiceError> {
    let bad = || {
        wrong(
            "participants",
            "an object of known shape: upn, role, identity.user.id",
        )
    };
    let object = value.as_object().ok_or_else(bad)?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(bad);
    let user = match member(object, "identity") {
        None => None,
        Some(identity) => member(identity.as_object().ok_or_else(bad)?, "user"),
    };
    let id = match user {
        None => None,
        Some(user) => member(user.as_object().ok_or_else(bad)?, "id"),
    };
    let member_id = id.map(text).transpose()?;
    let role = match member(object, "role").map(text).transpose()?.as_deref() {
        None | Some(names::UNKNOWN) => InviteeRole::Attendee,
        Some(name) => names::value_of(&names::ROLES, name).ok_or_else(bad)?,
    };
    Ok(Invitee {
        member: member_id
            .map(|id| id.parse().map_err(|_| bad()))
            .transpose()?,
        upn: member(object, "upn").map(text).transpose()?,
        role,
    })
}

#[cfg(test)]
mod tests;
