//! People on the wire (rest-wire section 6): the identifier model and the participant model.
use super::error::ChatError;
use parvis_domain::{
    ids::RawId,
    thread::{Metadata, Participant},
    time::Timestamp,
};
use parvis_service::threads::{RefusedParticipant, Unfit};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An identifier in a request: the raw id, one nested model, or both.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IdentifierModel {
    raw_id: Option<String>,
    communication_user: Option<UserModel>,
    phone_number: Option<PhoneModel>,
    microsoft_teams_user: Option<TeamsUserModel>,
    microsoft_teams_app: Option<Value>,
    teams_extension_user: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct UserModel {
    id: String,
}

#[derive(Debug, Deserialize)]
struct PhoneModel {
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TeamsUserModel {
    user_id: String,
    #[serde(default)]
    is_anonymous: bool,
}

impl IdentifierModel {
    /// The raw id as text; of what kind it is, is not asked yet.
    fn text(&self) -> Result<String, ChatError> {
        let nested = [
            self.communication_user.is_some(),
            self.phone_number.is_some(),
            self.microsoft_teams_user.is_some(),
            self.microsoft_teams_app.is_some(),
            self.teams_extension_user.is_some(),
        ];
        if nested.iter().filter(|given| **given).count() > 1 {
            return Err(ChatError::malformed(
                "communicationIdentifier",
                "Only one of the properties of an identifier may be set.",
            ));
        }
        let nested = self.nested_text();
        match (&self.raw_id, nested) {
            (Some(raw), Some(nested)) if *raw != nested => Err(ChatError::malformed(
                "communicationIdentifier",
                "The raw id does not agree with the identifier.",
            )),
            (Some(text), _) if !text.is_empty() => Ok(text.clone()),
            (_, Some(text)) if !text.is_empty() => Ok(text),
            _ => Err(ChatError::malformed(
                "communicationIdentifier",
                "The identifier is missing.",
            )),
        }
    }

    fn nested_text(&self) -> Option<String> {
        let user = self.communication_user.as_ref().map(|user| user.id.clone());
        let phone = || {
            let phone = self.phone_number.as_ref()?;
            Some(format!("4:{}", phone.value))
        };
        let teams = || {
            let user = self.microsoft_teams_user.as_ref()?;
            let kind = if user.is_anonymous {
                "teamsvisitor"
            } else {
                "orgid"
            };
            Some(format!("8:{kind}:{}", user.user_id))
        };
        user.or_else(phone).or_else(teams)
    }

    /// Somebody of a kind known here; `Err` in the inner result is the text of somebody unknown.
    pub(super) fn person(&self) -> Result<Result<RawId, String>, ChatError> {
        let text = self.text()?;
        Ok(text.parse().map_err(|_| text))
    }
}

/// A participant in a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ParticipantModel {
    communication_identifier: IdentifierModel,
    display_name: Option<String>,
    share_history_time: Option<String>,
    metadata: Option<Metadata>,
}

/// Participants of a request: those of known kinds, and the others with the reason why they cannot come in.
pub(super) fn participants(
    models: Vec<ParticipantModel>,
) -> Result<(Vec<Participant>, Vec<RefusedParticipant>), ChatError> {
    let (mut people, mut refused) = (Vec::new(), Vec::new());
    for model in models {
        let history_from = match &model.share_history_time {
            None => Timestamp::default(),
            Some(text) => Timestamp::parse_rfc3339(text).ok_or_else(|| {
                ChatError::malformed("shareHistoryTime", "The time is not in RFC 3339 form.")
            })?,
        };
        match model.communication_identifier.person()? {
            Ok(raw_id) => people.push(Participant {
                raw_id,
                display_name: model.display_name.unwrap_or_default(),
                history_from,
                metadata: model.metadata.unwrap_or_default(),
            }),
            Err(raw_id) => refused.push(RefusedParticipant {
                raw_id,
                reason: Unfit::OtherKind,
            }),
        }
    }
    Ok((people, refused))
}

/// An identifier in an answer.
pub(super) fn identifier(raw_id: &RawId) -> Value {
    let text = raw_id.to_string();
    match raw_id {
        RawId::External { .. } => json!({
            "kind": "communicationUser", "rawId": text, "communicationUser": { "id": text },
        }),
        RawId::Extension {
            resource,
            organisation,
            member,
        } => json!({
            "kind": "teamsExtensionUser", "rawId": text,
            "teamsExtensionUser": {
                "userId": member, "tenantId": organisation, "resourceId": resource, "cloud": "public",
            },
        }),
        RawId::Member(oid) => json!({
            "kind": "microsoftTeamsUser", "rawId": text,
            "microsoftTeamsUser": { "userId": oid, "isAnonymous": false, "cloud": "public" },
        }),
        RawId::Visitor(id) => json!({
            "kind": "microsoftTeamsUser", "rawId": text,
            "microsoftTeamsUser": { "userId": id, "isAnonymous": true, "cloud": "public" },
        }),
        RawId::Phone(digits) => json!({
            "kind": "phoneNumber", "rawId": text, "phoneNumber": { "value": format!("+{digits}") },
        }),
    }
}

/// A participant in an answer.
pub(super) fn participant(person: &Participant) -> Value {
    let mut shown = json!({
        "communicationIdentifier": identifier(&person.raw_id),
        "shareHistoryTime": person.history_from.rfc3339_seconds(),
    });
    if !person.display_name.is_empty() {
        shown["displayName"] = person.display_name.as_str().into();
    }
    attach(&mut shown, &person.metadata);
    shown
}

/// Adds metadata to an answer, if there is any.
pub(super) fn attach(shown: &mut Value, metadata: &BTreeMap<String, String>) {
    if !metadata.is_empty() {
        shown["metadata"] = json!(metadata);
    }
}

/// Those who could not come in, for an answer.
pub(super) fn invalid_participants(refused: &[RefusedParticipant]) -> Value {
    let errors = refused.iter().map(|refusal| {
        let (code, message) = unfit(refusal.reason);
        json!({ "code": code, "message": message, "target": refusal.raw_id })
    });
    errors.collect()
}

fn unfit(reason: Unfit) -> (&'static str, &'static str) {
    match reason {
        Unfit::OtherKind => ("BadRequest", "Identifiers of this kind cannot take part."),
        Unfit::Foreign => (
            "Forbidden",
            "The participant is not an identity of the resource.",
        ),
        Unfit::Unknown => ("NotFound", "There is no such identity."),
        Unfit::Full => (
            "ParticipantLimitExceeded",
            "The thread has its largest number of participants.",
        ),
    }
}
