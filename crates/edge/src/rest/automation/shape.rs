//! Answers as the SDKs read them.
use super::identifier::identifier;
use parvis_domain::automation::{Connection, Participant};
use serde_json::{Value, json};

/// A call connection's properties.
pub(super) fn connection(connection: &Connection) -> Value {
    let targets: Vec<_> = connection.targets.iter().map(identifier).collect();
    let mut shape = json!({
        "callConnectionId": connection.id,
        "serverCallId": connection.call,
        "targets": targets,
        "callConnectionState": connection.state().name(),
        "callbackUri": connection.callback,
        "correlationId": connection.correlation,
    });
    if let Some(source) = &connection.source {
        shape["source"] = identifier(source);
    }
    if let Some(name) = &connection.source_name {
        shape["sourceDisplayName"] = name.as_str().into();
    }
    if let Some(answered_by) = &connection.answered_by {
        shape["answeredBy"] = json!({ "id": answered_by.to_string() });
    }
    shape
}

/// Somebody in the call.
pub(super) fn participant(participant: &Participant) -> Value {
    json!({
        "identifier": identifier(&participant.raw_id),
        "isMuted": participant.muted,
        "isOnHold": participant.held,
    })
}

/// `operationContext`, unless nobody set one.
pub(super) fn with_context(mut shape: Value, context: Option<&str>) -> Value {
    if let Some(context) = context {
        shape["operationContext"] = context.into();
    }
    shape
}
