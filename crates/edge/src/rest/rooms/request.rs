//! Bodies of this dialect. Unknown fields are ignored; `null` is as good as absent, but for a participant, whom it removes.
use super::error::RoomsError;
use axum::http::{HeaderMap, HeaderName};
use parvis_domain::{
    capability::Role,
    ids::RawId,
    room::{InvitationChange, parse_role},
    time::Timestamp,
};
use parvis_service::rooms::{NewRoom, RoomChange};
use serde_json::{Map, Value};

/// Says that a request may be repeated.
pub(super) const REPEATABILITY_RESULT: HeaderName = HeaderName::from_static("repeatability-result");
const REPEATABILITY_REQUEST_ID: &str = "repeatability-request-id";
/// Participants named in one request; a room holds fewer, and what is removed counts too.
const CHANGES_MAX: usize = 1_000;

type Fields = Map<String, Value>;

pub(super) fn create(body: &[u8], headers: &HeaderMap) -> Result<NewRoom, RoomsError> {
    let fields = object(body)?;
    // There is nobody to remove yet.
    let mut participants = people(&fields)?;
    participants.retain(|change| change.role.is_some());
    Ok(NewRoom {
        valid_from: time(&fields, "validFrom")?,
        valid_until: time(&fields, "validUntil")?,
        pstn_dial_out: flag(&fields, "pstnDialOutEnabled")?.unwrap_or(false),
        participants,
        request: request_id(headers)?,
    })
}

pub(super) fn change(body: &[u8]) -> Result<RoomChange, RoomsError> {
    let fields = object(body)?;
    Ok(RoomChange {
        valid_from: time(&fields, "validFrom")?,
        valid_until: time(&fields, "validUntil")?,
        pstn_dial_out: flag(&fields, "pstnDialOutEnabled")?,
    })
}

pub(super) fn participants(body: &[u8]) -> Result<Vec<InvitationChange>, RoomsError> {
    people(&object(body)?)
}

fn request_id(headers: &HeaderMap) -> Result<Option<String>, RoomsError> {
    let Some(value) = headers.get(REPEATABILITY_REQUEST_ID) else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|text| !text.is_empty());
    let text =
        text.ok_or_else(|| RoomsError::bad_argument(REPEATABILITY_REQUEST_ID, "Not text."))?;
    Ok(Some(text.to_owned()))
}

fn object(body: &[u8]) -> Result<Fields, RoomsError> {
    if body.is_empty() {
        return Ok(Fields::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(RoomsError::bad_request("The body must be a JSON object.")),
    }
}

fn time(fields: &Fields, name: &str) -> Result<Option<Timestamp>, RoomsError> {
    let text = match fields.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value.as_str(),
    };
    let time = text.and_then(Timestamp::parse_rfc3339);
    let wrong = || RoomsError::bad_argument(format!("$.{name}"), "Not a time in RFC 3339 form.");
    time.map(Some).ok_or_else(wrong)
}

fn flag(fields: &Fields, name: &str) -> Result<Option<bool>, RoomsError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(RoomsError::bad_argument(
            format!("$.{name}"),
            "Neither true nor false.",
        )),
    }
}

fn people(fields: &Fields) -> Result<Vec<InvitationChange>, RoomsError> {
    let people = match fields.get("participants") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(people)) => people,
        Some(_) => {
            return Err(RoomsError::bad_argument("$.participants", "Not an object."));
        }
    };
    if people.len() > CHANGES_MAX {
        return Err(RoomsError::bad_argument(
            "Participants",
            "Too many participants in one request.",
        ));
    }
    people
        .iter()
        .map(|(id, properties)| {
            Ok(InvitationChange {
                raw_id: user(id)?,
                role: role(id, properties)?,
            })
        })
        .collect()
}

/// Only users of resources can be invited; other identifiers, of however good a form, are refused alike.
fn user(id: &str) -> Result<RawId, RoomsError> {
    match id.parse() {
        Ok(raw_id @ RawId::External { .. }) => Ok(raw_id),
        _ => Err(RoomsError::bad_request(
            "Invalid format for communication identifier.",
        )),
    }
}

/// `None` removes. Somebody without a role is an attendee.
fn role(id: &str, properties: &Value) -> Result<Option<Role>, RoomsError> {
    let wrong = |field: &str, message: &str| {
        Err(RoomsError::bad_argument(
            format!("$.participants.{id}{field}"),
            message,
        ))
    };
    let properties = match properties {
        Value::Null => return Ok(None),
        Value::Object(properties) => properties,
        _ => return wrong("", "Not an object."),
    };
    match properties.get("role") {
        None | Some(Value::Null) => Ok(Some(Role::Attendee)),
        Some(name) => match name.as_str().and_then(parse_role) {
            Some(role) => Ok(Some(role)),
            None => wrong(".role", "Not a role of a room."),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    const ANA: &str =
        "8:acs:1b5cc06b-f352-4571-b1e6-d9b259b7c776_0000000a-b1cc-8a94-e3c7-593a0d003a89";

    // [B2]
    #[test]
    fn bodies_of_both_sdks_are_read() {
        let nothing = NewRoom::default();
        for body in [
            "",
            "{}",
            r#"{"participants":{}}"#,
            r#"{"validFrom":null,"validUntil":null,"pstnDialOutEnabled":null,"participants":null}"#,
        ] {
            let read = create(body.as_bytes(), &HeaderMap::new());
            assert_eq!(read.expect(body), nothing);
            assert_eq!(change(body.as_bytes()).expect(body), RoomChange::default());
            assert_eq!(participants(body.as_bytes()).expect(body), []);
        }
        let body = format!(
            r#"{{"validFrom":"2026-11-20T10:00:00.25+01:00","pstnDialOutEnabled":true,"x":1,
                 "participants":{{"{ANA}":{{"role":"Collaborator","y":2}}}}}}"#
        );
        let mut headers = HeaderMap::new();
        headers.insert(REPEATABILITY_REQUEST_ID, HeaderValue::from_static("r"));
        let new = create(body.as_bytes(), &headers).expect("valid");
        assert_eq!(
            new.valid_from,
            Timestamp::parse_rfc3339("2026-11-20T09:00:00.250Z")
        );
        assert!(new.pstn_dial_out && new.request.as_deref() == Some("r"));
        assert_eq!(new.participants[0].role, Some(Role::Collaborator));
        for (properties, role) in [
            ("{}", Some(Role::Attendee)),
            (r#"{"role":null}"#, Some(Role::Attendee)),
            ("null", None),
        ] {
            let body = format!(r#"{{"participants":{{"{ANA}":{properties}}}}}"#);
            let read = participants(body.as_bytes()).expect("valid");
            assert_eq!((read.len(), read[0].role), (1, role));
            let new = create(body.as_bytes(), &headers).expect("valid");
            assert_eq!(new.participants.len(), usize::from(role.is_some()));
        }
    }

    #[test]
    fn wrong_fields_are_named() {
        let of = |properties: &str| format!(r#"{{"participants":{{"{ANA}":{properties}}}}}"#);
        let role = format!("$.participants.{ANA}.role");
        let whole = format!("$.participants.{ANA}");
        for (body, named) in [
            (r#"{"validFrom":"tomorrow"}"#.to_owned(), "$.validFrom"),
            (r#"{"validUntil":1790000000000}"#.to_owned(), "$.validUntil"),
            (
                r#"{"pstnDialOutEnabled":"true"}"#.to_owned(),
                "$.pstnDialOutEnabled",
            ),
            (r#"{"participants":[]}"#.to_owned(), "$.participants"),
            (of(r#"{"role":"Kafka"}"#), role.as_str()),
            (of(r#"{"role":"Organizer"}"#), role.as_str()),
            (of(r#"{"role":7}"#), role.as_str()),
            (of(r#""Presenter""#), whole.as_str()),
        ] {
            match create(body.as_bytes(), &HeaderMap::new()) {
                Err(RoomsError::BadArgument { target, .. }) => assert_eq!(target, named, "{body}"),
                other => panic!("{body}: {other:?}"),
            }
        }
        for body in [
            "[]",
            "{",
            "7",
            "null",
            r#"{"participants":{"wrong_mri":null}}"#,
        ] {
            let read = participants(body.as_bytes());
            assert!(matches!(read, Err(RoomsError::BadRequest(_))), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,40}") {
            let _ = create(&body, &HeaderMap::new()).is_ok();
            let _ = change(&body).is_ok();
            let people = serde_json::json!({ "participants": { &text: { "role": &text } } });
            let _ = participants(people.to_string().as_bytes()).is_ok();
        }
    }
}
