//! Letters as their receivers read them: CloudEvents of a connection, and the event of an incoming call.
use super::{identifier::identifier, shape};
use parvis_domain::{
    automation::{News, Outcome},
    ids::{ConnectionId, RawId, ResourceId},
};
use parvis_service::webhooks::{IncomingCall, Letter, Parcel};
use serde_json::{Value, json};

const PREFIX: &str = "Microsoft.Communication.";

/// The body of a parcel: a list of one event.
pub(super) fn body(parcel: &Parcel) -> Vec<u8> {
    let event = match &parcel.letter {
        Letter::Connection {
            connection,
            call,
            correlation,
            context,
            news,
        } => {
            let mut data = data(news);
            data["callConnectionId"] = json!(connection);
            data["serverCallId"] = json!(call);
            data["correlationId"] = json!(correlation);
            let data = shape::with_context(data, context.as_deref());
            cloud_event(parcel, *connection, news, data)
        }
        Letter::IncomingCall(incoming) => grid_event(
            parcel,
            "IncomingCall",
            &format!("/caller/{}/recipient/{}", incoming.from, incoming.to),
            incoming_call(incoming),
        ),
    };
    json!([event]).to_string().into_bytes()
}

/// The question whether a receiver wants a resource's events at all.
pub(super) fn validation(parcel: &Parcel, code: &str) -> Vec<u8> {
    let mut event = grid_event(parcel, "", "", json!({ "validationCode": code }));
    event["eventType"] = "Microsoft.EventGrid.SubscriptionValidationEvent".into();
    event["id"] = code.into();
    json!([event]).to_string().into_bytes()
}

fn cloud_event(parcel: &Parcel, connection: ConnectionId, news: &News, mut data: Value) -> Value {
    let place = format!("calling/callConnections/{connection}");
    let kind = format!("{PREFIX}{}", name(news));
    data["eventSource"] = json!(place);
    data["publicEventType"] = json!(kind);
    json!({
        "id": parcel.id,
        "source": place,
        "type": kind,
        "data": data,
        "time": parcel.on.rfc3339(),
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "subject": place,
    })
}

fn grid_event(parcel: &Parcel, name: &str, subject: &str, data: Value) -> Value {
    json!({
        "id": parcel.id,
        "topic": topic(parcel.resource),
        "subject": subject,
        "data": data,
        "eventType": format!("{PREFIX}{name}"),
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": parcel.on.rfc3339(),
    })
}

fn topic(resource: ResourceId) -> String {
    format!("/providers/Microsoft.Communication/CommunicationServices/{resource}")
}

fn incoming_call(incoming: &IncomingCall) -> Value {
    let person = |text: &str| match text.parse::<RawId>() {
        Ok(raw_id) => identifier(&raw_id),
        Err(_) => json!({ "kind": "unknown", "rawId": text }),
    };
    json!({
        "to": person(&incoming.to),
        "from": person(&incoming.from),
        "serverCallId": incoming.call,
        "callerDisplayName": incoming.caller_name,
        "customContext": { "sipHeaders": {}, "voipHeaders": {} },
        "incomingCallContext": incoming.context,
        "correlationId": incoming.correlation,
    })
}

fn name(news: &News) -> &'static str {
    match news {
        News::CallConnected => "CallConnected",
        News::CallDisconnected { .. } => "CallDisconnected",
        News::CreateCallFailed { .. } => "CreateCallFailed",
        News::AnswerFailed { .. } => "AnswerFailed",
        News::ConnectFailed { .. } => "ConnectFailed",
        News::ParticipantsUpdated { .. } => "ParticipantsUpdated",
        News::AddParticipantSucceeded { .. } => "AddParticipantSucceeded",
        News::AddParticipantFailed { .. } => "AddParticipantFailed",
        News::RemoveParticipantSucceeded { .. } => "RemoveParticipantSucceeded",
        News::RemoveParticipantFailed { .. } => "RemoveParticipantFailed",
        News::CancelAddParticipantSucceeded { .. } => "CancelAddParticipantSucceeded",
        News::CancelAddParticipantFailed { .. } => "CancelAddParticipantFailed",
    }
}

fn data(news: &News) -> Value {
    match news {
        News::CallConnected => json!({ "resultInformation": result(Outcome::DONE) }),
        News::CallDisconnected { outcome }
        | News::CreateCallFailed { outcome }
        | News::AnswerFailed { outcome }
        | News::ConnectFailed { outcome } => json!({ "resultInformation": result(*outcome) }),
        News::ParticipantsUpdated {
            sequence,
            participants,
        } => {
            let people: Vec<_> = participants.iter().map(shape::participant).collect();
            json!({
                "sequenceNumber": sequence,
                "participants": people,
                "resultInformation": result(Outcome::DONE),
            })
        }
        News::AddParticipantSucceeded { participant }
        | News::RemoveParticipantSucceeded { participant } => json!({
            "participant": identifier(participant),
            "resultInformation": result(Outcome::DONE),
        }),
        News::AddParticipantFailed {
            participant,
            outcome,
        }
        | News::RemoveParticipantFailed {
            participant,
            outcome,
        } => json!({
            "participant": identifier(participant),
            "resultInformation": result(*outcome),
        }),
        News::CancelAddParticipantSucceeded { invitation } => json!({
            "invitationId": invitation,
            "resultInformation": result(Outcome::DONE),
        }),
        News::CancelAddParticipantFailed {
            invitation,
            outcome,
        } => json!({
            "invitationId": invitation,
            "resultInformation": result(*outcome),
        }),
    }
}

fn result(outcome: Outcome) -> Value {
    json!({
        "code": outcome.code,
        "subCode": outcome.sub_code,
        "message": outcome.message(),
    })
}
