//! Bodies as both SDKs send them, and bodies that nobody should.
use super::*;
use proptest::prelude::*;
use serde_json::json;

const USER: &str =
    "8:acs:1b5cc06b-f352-4571-b1e6-d9b259b7c776_0000000a-b1cc-8a94-e3c7-593a0d003a89";

fn resource() -> ResourceId {
    "1b5cc06b-f352-4571-b1e6-d9b259b7c776".parse().expect("id")
}

fn bytes(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

fn refused<T: std::fmt::Debug>(outcome: Parsed<T>) -> String {
    format!("{:?}", outcome.expect_err("refused"))
}

#[test]
fn a_call_is_read_with_and_without_what_may_be_left_out() {
    let least = json!({
        "targets": [{ "rawId": USER }],
        "callbackUri": "https://a.example/",
    });
    let new = create(&bytes(&least), None).expect("read");
    assert_eq!(new.targets[0].to_string(), USER);
    assert_eq!((new.source, new.opening.context), (None, None));
    // Python names every field.
    let most = json!({
        "targets": [{ "rawId": USER, "kind": "communicationUser", "communicationUser": { "id": USER } }],
        "callbackUri": "https://a.example/",
        "source": { "id": USER },
        "sourceDisplayName": "Desk",
        "sourceCallerIdNumber": null,
        "operationContext": "first",
        "callIntelligenceOptions": null,
        "mediaStreamingOptions": null,
        "transcriptionOptions": null,
        "teamsAppSource": null,
        "what else": 7,
    });
    let new = create(&bytes(&most), None).expect("read");
    assert_eq!(new.source_name.as_deref(), Some("Desk"));
    assert_eq!(new.opening.context.as_deref(), Some("first"));
}

#[test]
fn what_is_not_offered_is_refused_by_name() {
    for (field, value, wanted) in [
        (
            "mediaStreamingOptions",
            json!({ "transportType": "websocket" }),
            "media streaming",
        ),
        (
            "transcriptionOptions",
            json!({ "locale": "en-US" }),
            "transcription",
        ),
        ("teamsAppSource", json!({ "appId": "x" }), "application"),
        (
            "sourceCallerIdNumber",
            json!({ "value": "+1" }),
            "TelephonyNotConfigured",
        ),
    ] {
        let mut body = json!({
            "targets": [{ "rawId": USER }],
            "callbackUri": "https://a.example/",
        });
        body[field] = value;
        let text = refused(create(&bytes(&body), None));
        assert!(text.contains(wanted), "{field}: {text}");
    }
    let custom = json!({
        "participantToAdd": { "rawId": USER },
        "customCallingContext": { "voipHeaders": { "a": "b" } },
    });
    assert!(refused(add(&bytes(&custom))).contains("custom calling context"));
    let none = json!({
        "participantToAdd": { "rawId": USER },
        "customCallingContext": { "voipHeaders": {}, "sipHeaders": {} },
    });
    assert!(add(&bytes(&none)).is_ok(), "empty ones are always sent");
}

#[test]
fn locators_name_one_call() {
    let body = |locator: Value| {
        bytes(&json!({ "callLocator": locator, "callbackUri": "https://a.example/" }))
    };
    let id = "1b5cc06b-f352-4571-b1e6-d9b259b7c776";
    let group = json!({ "kind": "groupCallLocator", "groupCallId": id });
    let (locator, _) = connect(&body(group), resource(), None).expect("read");
    assert!(matches!(locator, CallLocator::Key(CallKey::Group { .. })));
    // The JavaScript SDK leaves its own `id` in.
    let server = json!({ "kind": "serverCallLocator", "id": id, "serverCallId": id });
    let (locator, _) = connect(&body(server), resource(), None).expect("read");
    assert!(matches!(locator, CallLocator::Server(_)));
    for odd in [
        json!({}),
        json!(null),
        json!({ "kind": "groupCallLocator" }),
        json!({ "kind": "groupCallLocator", "groupCallId": "x" }),
        json!({ "kind": "serverCallLocator", "groupCallId": id }),
        json!({ "groupCallId": id, "serverCallId": id }),
        json!({ "kind": "other", "groupCallId": id }),
    ] {
        let text = refused(connect(&body(odd.clone()), resource(), None));
        assert!(text.contains("callLocator"), "{odd}: {text}");
    }
}

#[test]
fn wrong_fields_are_named() {
    let long = "a".repeat(CONTEXT_CHARS_MAX + 1);
    let target = json!([{ "rawId": USER }]);
    for (body, wanted) in [
        (json!({ "targets": target }), "callbackUri"),
        (
            json!({ "targets": target, "callbackUri": "" }),
            "callbackUri",
        ),
        (
            json!({ "targets": [{}], "callbackUri": "https://a/" }),
            "targets",
        ),
        (
            json!({ "targets": target, "callbackUri": "https://a/", "operationContext": long }),
            "operationContext",
        ),
        (json!([]), "body"),
        (
            json!({ "targets": USER, "callbackUri": "https://a/" }),
            "body",
        ),
    ] {
        let text = refused(create(&bytes(&body), None));
        assert!(text.contains(wanted), "{body}: {text}");
    }
    assert!(refused(reject(b"{}")).contains("incomingCallContext"));
    let reason = br#"{"incomingCallContext":"x","callRejectReason":"bored"}"#;
    assert!(refused(reject(reason)).contains("callRejectReason"));
    assert!(refused(remove(b"{}")).contains("participantToRemove"));
    assert!(refused(cancel(b"{}")).contains("invitationId"));
    assert!(refused(mute(b"{}")).contains("targetParticipants"));
    let two = json!({ "targetParticipants": [{ "rawId": USER }, { "rawId": USER }] });
    assert!(refused(mute(&bytes(&two))).contains("targetParticipants"));
    let odd = json!({ "participantToAdd": { "rawId": USER }, "invitationTimeoutInSeconds": -1 });
    let addition = add(&bytes(&odd)).expect("its bounds are checked by the use case");
    assert_eq!(addition.ring_for, Some(Duration::ZERO));
}

proptest! {
    #[test]
    fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = create(&body, None);
        let _ = answer(&body, None);
        let _ = reject(&body);
        let _ = redirect(&body);
        let _ = connect(&body, resource(), None);
        let _ = add(&body);
        let _ = remove(&body);
        let _ = cancel(&body);
        let _ = mute(&body);
    }
}
