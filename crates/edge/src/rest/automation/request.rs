//! Bodies of this dialect. Unknown fields are ignored and `null` is as good as absent; what is asked for and not offered is
//! refused by name, never left out in silence.
use super::{
    error::AutomationError,
    identifier::{IdentifierModel, UserModel},
};
use parvis_domain::{
    automation::{CONTEXT_CHARS_MAX, Note},
    call::{CallKey, EndCode},
    ids::{RawId, ResourceId},
};
use parvis_service::automation::{Addition, CallLocator, NewCall, Opening};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// What create, answer and connect have in common.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OpeningModel {
    callback_uri: Option<String>,
    operation_context: Option<String>,
    media_streaming_options: Option<Value>,
    transcription_options: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateModel {
    targets: Option<Vec<IdentifierModel>>,
    source: Option<UserModel>,
    source_display_name: Option<String>,
    source_caller_id_number: Option<Value>,
    teams_app_source: Option<Value>,
    #[serde(flatten)]
    opening: OpeningModel,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerModel {
    incoming_call_context: Option<String>,
    #[serde(flatten)]
    opening: OpeningModel,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RejectModel {
    incoming_call_context: Option<String>,
    call_reject_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedirectModel {
    incoming_call_context: Option<String>,
    target: Option<IdentifierModel>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectModel {
    call_locator: Option<LocatorModel>,
    #[serde(flatten)]
    opening: OpeningModel,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LocatorModel {
    kind: Option<String>,
    group_call_id: Option<String>,
    server_call_id: Option<String>,
    room_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddModel {
    participant_to_add: Option<IdentifierModel>,
    source_display_name: Option<String>,
    source_caller_id_number: Option<Value>,
    invitation_timeout_in_seconds: Option<f64>,
    custom_calling_context: Option<CustomModel>,
    #[serde(flatten)]
    note: NoteModel,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomModel {
    voip_headers: Option<serde_json::Map<String, Value>>,
    sip_headers: Option<serde_json::Map<String, Value>>,
    teams_phone_call_details: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NoteModel {
    operation_context: Option<String>,
    operation_callback_uri: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemoveModel {
    participant_to_remove: Option<IdentifierModel>,
    #[serde(flatten)]
    note: NoteModel,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CancelModel {
    invitation_id: Option<String>,
    #[serde(flatten)]
    note: NoteModel,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MuteModel {
    target_participants: Option<Vec<IdentifierModel>>,
    operation_context: Option<String>,
}

type Parsed<T> = Result<T, AutomationError>;

fn body<T: DeserializeOwned>(bytes: &[u8]) -> Parsed<T> {
    serde_json::from_slice(bytes).map_err(|_| {
        AutomationError::invalid("", "The body is not the JSON object that is expected here.")
    })
}

impl OpeningModel {
    fn read(self, request: Option<Uuid>) -> Parsed<Opening> {
        if self.media_streaming_options.is_some() {
            return Err(AutomationError::not_offered("media streaming"));
        }
        if self.transcription_options.is_some() {
            return Err(AutomationError::not_offered("transcription"));
        }
        let callback = self.callback_uri.filter(|uri| !uri.is_empty());
        Ok(Opening {
            callback: callback.ok_or_else(|| {
                AutomationError::invalid("callbackUri", "A callback address is required.")
            })?,
            context: context(self.operation_context)?,
            request,
        })
    }
}

impl NoteModel {
    fn read(self) -> Parsed<Note> {
        Ok(Note {
            context: context(self.operation_context)?,
            callback: self.operation_callback_uri.filter(|uri| !uri.is_empty()),
        })
    }
}

fn context(text: Option<String>) -> Parsed<Option<String>> {
    match text {
        Some(text) if text.chars().count() > CONTEXT_CHARS_MAX => Err(AutomationError::invalid(
            "operationContext",
            "The operation context is longer than 5000 characters.",
        )),
        text => Ok(text),
    }
}

fn incoming(context: Option<String>) -> Parsed<String> {
    context.ok_or_else(|| {
        AutomationError::invalid(
            "incomingCallContext",
            "The context of the call is required.",
        )
    })
}

fn no_number(number: Option<&Value>) -> Parsed<()> {
    match number {
        Some(_) => Err(AutomationError::telephony("sourceCallerIdNumber")),
        None => Ok(()),
    }
}

/// POST /calling/callConnections.
pub(super) fn create(bytes: &[u8], request: Option<Uuid>) -> Parsed<NewCall> {
    let model: CreateModel = body(bytes)?;
    no_number(model.source_caller_id_number.as_ref())?;
    if model.teams_app_source.is_some() {
        return Err(AutomationError::not_offered(
            "calls in the name of an application",
        ));
    }
    let targets = model.targets.unwrap_or_default();
    let targets = targets.iter().map(|target| target.read("targets"));
    Ok(NewCall {
        targets: targets.collect::<Result<_, _>>()?,
        source: model.source.map(|user| user.read("source")).transpose()?,
        source_name: model.source_display_name,
        opening: model.opening.read(request)?,
    })
}

/// POST /calling/callConnections:answer.
pub(super) fn answer(bytes: &[u8], request: Option<Uuid>) -> Parsed<(String, Opening)> {
    let model: AnswerModel = body(bytes)?;
    let context = incoming(model.incoming_call_context)?;
    Ok((context, model.opening.read(request)?))
}

/// POST /calling/callConnections:reject.
pub(super) fn reject(bytes: &[u8]) -> Parsed<(String, EndCode)> {
    let model: RejectModel = body(bytes)?;
    let code = |code| EndCode { code, sub_code: 0 };
    let end = match model.call_reject_reason.as_deref() {
        None | Some("none") => EndCode::DECLINED,
        Some("busy") => code(486),
        Some("forbidden") => code(403),
        Some(_) => {
            let text = "The reason must be none, busy or forbidden.";
            return Err(AutomationError::invalid("callRejectReason", text));
        }
    };
    Ok((incoming(model.incoming_call_context)?, end))
}

/// POST /calling/callConnections:redirect.
pub(super) fn redirect(bytes: &[u8]) -> Parsed<(String, RawId)> {
    let model: RedirectModel = body(bytes)?;
    let target = model.target.unwrap_or_default().read("target")?;
    Ok((incoming(model.incoming_call_context)?, target))
}

/// POST /calling/callConnections:connect.
pub(super) fn connect(
    bytes: &[u8],
    resource: ResourceId,
    request: Option<Uuid>,
) -> Parsed<(CallLocator, Opening)> {
    let model: ConnectModel = body(bytes)?;
    let refused = || AutomationError::invalid("callLocator", "The call locator names no call.");
    let locator = model.call_locator.ok_or_else(refused)?;
    let wanted = match (
        locator.kind.as_deref(),
        &locator.group_call_id,
        &locator.server_call_id,
        &locator.room_id,
    ) {
        (None | Some("groupCallLocator"), Some(group), None, None) => {
            let group_id = group.parse().map_err(|_| refused())?;
            CallLocator::Key(CallKey::Group { resource, group_id })
        }
        (None | Some("serverCallLocator"), None, Some(call), None) => {
            // What was no call's id is a call that nobody knows.
            let call = call.parse();
            CallLocator::Server(call.map_err(|_| AutomationError::call_not_found())?)
        }
        (None | Some("roomCallLocator"), None, None, Some(room)) => {
            let room = room.parse();
            CallLocator::Key(CallKey::Room(room.map_err(|_| refused())?))
        }
        _ => return Err(refused()),
    };
    Ok((wanted, model.opening.read(request)?))
}

/// POST .../participants:add.
pub(super) fn add(bytes: &[u8]) -> Parsed<Addition> {
    let model: AddModel = body(bytes)?;
    no_number(model.source_caller_id_number.as_ref())?;
    if let Some(custom) = &model.custom_calling_context {
        let headers = [&custom.voip_headers, &custom.sip_headers];
        let any = headers.into_iter().flatten().any(|map| !map.is_empty());
        if any || custom.teams_phone_call_details.is_some() {
            return Err(AutomationError::not_offered("custom calling context"));
        }
    }
    let target = model.participant_to_add.unwrap_or_default();
    Ok(Addition {
        target: target.read("participantToAdd")?,
        ring_for: model.invitation_timeout_in_seconds.map(ring_for),
        source_name: model.source_display_name,
        note: model.note.read()?,
    })
}

/// Whether the span is allowed is the use case's to say.
fn ring_for(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// POST .../participants:remove.
pub(super) fn remove(bytes: &[u8]) -> Parsed<(RawId, Note)> {
    let model: RemoveModel = body(bytes)?;
    let participant = model.participant_to_remove.unwrap_or_default();
    Ok((participant.read("participantToRemove")?, model.note.read()?))
}

/// POST .../participants:cancelAddParticipant.
pub(super) fn cancel(bytes: &[u8]) -> Parsed<(Uuid, Note)> {
    let model: CancelModel = body(bytes)?;
    let invitation = model.invitation_id.and_then(|id| id.parse().ok());
    let invitation = invitation.ok_or_else(|| {
        AutomationError::invalid("invitationId", "The id of an invitation is required.")
    })?;
    Ok((invitation, model.note.read()?))
}

/// POST .../participants:mute.
pub(super) fn mute(bytes: &[u8]) -> Parsed<(RawId, Option<String>)> {
    let model: MuteModel = body(bytes)?;
    let targets = model.target_participants.unwrap_or_default();
    let [target] = targets.as_slice() else {
        let text = "Exactly one participant can be muted at a time.";
        return Err(AutomationError::invalid("targetParticipants", text));
    };
    let context = context(model.operation_context)?;
    Ok((target.read("targetParticipants")?, context))
}

#[cfg(test)]
mod tests;
