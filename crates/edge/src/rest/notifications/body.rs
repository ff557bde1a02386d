//! News as the chat package reads it (rest-wire section 9): one JSON object a piece, with parts as JSON text inside.
use parvis_domain::{
    ids::RawId,
    label::Viewer,
    thread::{Body, Message, MessageKind, Metadata, Retention},
    time::Timestamp,
};
use parvis_service::notifications::{Event, Name, Notice, Person, Properties};
use serde_json::{Value, json};

/// A piece of news for one recipient.
pub(super) fn body(notice: &Notice, viewer: Viewer, recipient: &RawId) -> Value {
    let thread = notice.thread.as_str();
    let at = notice.at.rfc3339();
    let version = notice.at.0.to_string();
    let person = |person: &Person| escaped(&person_json(person, viewer));
    let people = |people: &[Person]| {
        let all: Value = people
            .iter()
            .map(|person| person_json(person, viewer))
            .collect();
        escaped(&all)
    };
    let of_message = |id, message: &Message, name: &Name| {
        message_json(id, thread, message, name.shown_to(viewer), recipient)
    };
    match &notice.event {
        Event::MessageReceived(message, name) => of_message(200, message, name),
        Event::MessageEdited(message, name) => of_message(247, message, name),
        Event::MessageDeleted(message, name) => of_message(248, message, name),
        Event::Typing(who) => json!({
            "eventId": 245, "groupId": thread, "senderId": who.raw_id.to_string(),
            "recipientMri": recipient.to_string(), "senderDisplayName": who.name.shown_to(viewer),
            "version": version, "originalArrivalTime": at,
        }),
        Event::ReadReceipt { reader, message } => json!({
            "eventId": 246, "groupId": thread, "senderId": reader.to_string(),
            "recipientMri": recipient.to_string(), "messageId": message.0.to_string(),
            "clientMessageId": message.0.to_string(),
            "messageBody": horizon(reader, *message, notice.at),
        }),
        Event::ThreadCreated {
            by,
            people: all,
            properties,
        } => json!({
            "eventId": 257, "threadId": thread, "version": version, "createTime": at,
            "createdBy": person(by), "members": people(all), "properties": properties_json(properties),
        }),
        Event::ThreadUpdated { by, properties } => json!({
            "eventId": 258, "threadId": thread, "version": version, "editTime": at,
            "editedBy": person(by), "properties": properties_json(properties),
        }),
        Event::ThreadDeleted { by: Some(by) } => json!({
            "eventId": 259, "threadId": thread, "version": version, "deleteTime": at,
            "deletedBy": person(by), "reason": "deletedByUser",
        }),
        Event::ThreadDeleted { by: None } => json!({
            "eventId": 259, "threadId": thread, "version": version, "deleteTime": at,
            "reason": "deletedByPolicy",
        }),
        Event::ParticipantsAdded { by, people: all } => json!({
            "eventId": 260, "threadId": thread, "version": version, "time": at,
            "addedBy": person(by), "participantsAdded": people(all),
        }),
        Event::ParticipantsRemoved { by, people: all } => json!({
            "eventId": 261, "threadId": thread, "version": version, "time": at,
            "removedBy": person(by), "participantsRemoved": people(all),
        }),
    }
}

/// JSON as text that survives the client's `unescape`.
fn escaped(value: &Value) -> String {
    value.to_string().replace('%', "%25")
}

fn metadata_text(metadata: &Metadata) -> String {
    json!(metadata).to_string()
}

fn person_json(person: &Person, viewer: Viewer) -> Value {
    let mut shown = json!({
        "participantId": person.raw_id.to_string(),
        "shareHistoryTime": person.history_from.rfc3339(),
    });
    let name = person.name.shown_to(viewer);
    if !name.is_empty() {
        shown["displayName"] = name.into();
    }
    if !person.metadata.is_empty() {
        shown["memberMetaData"] = metadata_text(&person.metadata).into();
    }
    shown
}

fn properties_json(properties: &Properties) -> String {
    let mut shown = json!({ "topic": properties.topic });
    if !properties.metadata.is_empty() {
        shown["acsChatThreadMetadata"] = metadata_text(&properties.metadata).into();
    }
    if let Some(Retention::DeleteAfterDays(days)) = properties.retention {
        let policy = json!({
            "retentionPolicyType": "DeleteAfterCreationTime",
            "executeAfter": format!("{days}.00:00:00"),
        });
        shown["retentionPolicy"] = policy.to_string().into();
    }
    escaped(&shown)
}

fn message_json(
    event_id: u32,
    thread: &str,
    message: &Message,
    sender_name: &str,
    recipient: &RawId,
) -> Value {
    let id = message.id.0.to_string();
    let mut shown = json!({
        "eventId": event_id, "groupId": thread, "senderId": message.author.to_string(),
        "recipientMri": recipient.to_string(), "messageId": id, "clientMessageId": id,
        "senderDisplayName": sender_name, "messageType": message_type(message.kind),
        "version": message.version.0.to_string(), "originalArrivalTime": message.id.rfc3339(),
    });
    if let Some(moment) = message.deleted_on {
        shown["deletetime"] = moment.rfc3339().into();
        return shown;
    }
    if let Some(moment) = message.edited_on {
        shown["edittime"] = moment.rfc3339().into();
    }
    if let Body::Written(text) = &message.body {
        shown["messageBody"] = text.as_str().into();
    }
    shown["acsChatMessageMetadata"] = metadata_text(&message.metadata).into();
    shown
}

fn message_type(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Html => "RichText/Html",
        MessageKind::Text
        | MessageKind::TopicUpdated
        | MessageKind::ParticipantAdded
        | MessageKind::ParticipantRemoved => "Text",
    }
}

fn horizon(reader: &RawId, message: Timestamp, read_on: Timestamp) -> String {
    json!({
        "user": reader.to_string(),
        "consumptionhorizon": format!("{0};{1};{0}", message.0, read_on.0),
        "messageVisibilityTime": message.0,
        "version": read_on.0.to_string(),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parvis_domain::ids::{MemberId, ThreadId};

    fn member() -> RawId {
        RawId::Member(MemberId(uuid::Uuid::from_u128(1)))
    }

    fn person() -> Person {
        Person {
            raw_id: member(),
            name: Name {
                plain: "100% \"Ana\"".into(),
                labelled: "Ana (External)".into(),
            },
            history_from: Timestamp(0),
            metadata: [("a".to_owned(), "50%".to_owned())].into(),
        }
    }

    fn told(event: Event, viewer: Viewer) -> Value {
        let notice = Notice {
            thread: ThreadId::chat("aaaaaaaa").expect("valid"),
            at: Timestamp(1_700_000_000_123),
            event,
        };
        body(&notice, viewer, &member())
    }

    // [N2]: what the client reads after `unescape` is what was meant.
    #[test]
    fn percent_signs_survive_the_client_s_unescape() {
        let event = Event::ParticipantsAdded {
            by: person(),
            people: vec![person()],
        };
        let told = told(event, Viewer::Outsider);
        let text = told["addedBy"].as_str().expect("text");
        assert!(!text.replace("%25", "").contains('%'));
        let read: Value = serde_json::from_str(&text.replace("%25", "%")).expect("JSON");
        assert_eq!(read["displayName"], "100% \"Ana\"");
        assert_eq!(read["memberMetaData"], "{\"a\":\"50%\"}");
    }

    // [N2]
    #[test]
    fn a_thread_that_its_policy_deleted_was_deleted_by_nobody() {
        let told_of = |by| told(Event::ThreadDeleted { by }, Viewer::Outsider);
        let by_policy = told_of(None);
        assert_eq!(by_policy["reason"], "deletedByPolicy");
        assert_eq!(by_policy.get("deletedBy"), None);
        let by_somebody = told_of(Some(person()));
        assert_eq!(by_somebody["reason"], "deletedByUser");
        assert!(by_somebody["deletedBy"].is_string());
    }

    // [H2]
    #[test]
    fn members_see_the_label_and_others_do_not() {
        let name = |viewer| told(Event::Typing(person()), viewer)["senderDisplayName"].clone();
        assert_eq!(name(Viewer::Member), "Ana (External)");
        assert_eq!(name(Viewer::Outsider), "100% \"Ana\"");
    }

    #[test]
    fn a_receipt_names_message_and_moment() {
        let event = Event::ReadReceipt {
            reader: member(),
            message: Timestamp(5),
        };
        let told = told(event, Viewer::Outsider);
        let body: Value =
            serde_json::from_str(told["messageBody"].as_str().expect("text")).expect("JSON");
        assert_eq!(body["consumptionhorizon"], "5;1700000000123;5");
    }
}
