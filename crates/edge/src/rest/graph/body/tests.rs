//! What a body does to a draft.
use super::*;
use parvis_domain::{
    meeting::{ChatOption, LobbyAdmitters},
    policy::{LobbyScope, OrganisationPolicy, Presenters},
};
use proptest::prelude::*;
use serde_json::json;

fn draft() -> MeetingDraft {
    MeetingDraft::new(&OrganisationPolicy::default())
}

fn applied(body: Value, stage: Stage) -> Result<MeetingDraft, ServiceError> {
    let mut draft = draft();
    let Value::Object(body) = body else {
        panic!("an object")
    };
    apply(&body, stage, &mut draft)?;
    Ok(draft)
}

// [D2]
#[test]
fn every_property_reaches_the_draft() {
    let body = json!({
        "@odata.type": "#microsoft.graph.onlineMeeting",
        "subject": "Visit",
        "startDateTime": "2026-11-21T14:30:34.2444915-07:00",
        "endDateTime": "2026-11-21T23:00:00",
        "allowedPresenters": "roleIsPresenter",
        "allowedLobbyAdmitters": "organizerAndCoOrganizers",
        "lobbyBypassSettings": {"@odata.type": "x", "scope": "everyone", "isDialInBypassEnabled": true},
        "joinMeetingIdSettings": {"isPasscodeRequired": false},
        "allowMeetingChat": "limited",
        "shareMeetingChatHistoryDefault": "all",
        "chatRestrictions": {"allowTextOnly": true},
        "allowAttendeeToEnableMic": false,
        "allowLiveShare": "disabled",
        "meetingSpokenLanguageTag": "de-DE",
        "watermarkProtection": {"isEnabledForVideo": true},
        "participants": {"organizer": {"upn": "ignored"}, "attendees": [
            {"upn": "bo@clinic.example", "role": "coorganizer"},
            {"identity": {"user": {"id": "0f2f1c5e-aaaa-4bbb-8ccc-0123456789ab"}}}
        ]},
        "joinWebUrl": "https://elsewhere.example", "id": 5
    });
    let draft = applied(body, Stage::New).expect("applied");
    assert_eq!(draft.subject.as_deref(), Some("Visit"));
    let minutes = |time: Option<Timestamp>| time.map(|time| time.rfc3339_seconds());
    assert_eq!(
        minutes(draft.starts_on).as_deref(),
        Some("2026-11-21T21:30:34Z")
    );
    assert_eq!(
        minutes(draft.ends_on).as_deref(),
        Some("2026-11-21T23:00:00Z")
    );
    assert!(!draft.passcode_required);
    assert_eq!(draft.invitees.len(), 2);
    assert_eq!(draft.invitees[0].role, InviteeRole::CoOrganiser);
    assert!(draft.invitees[1].member.is_some());
    let expected = MeetingOptions {
        presenters: Presenters::RoleIsPresenter,
        lobby_admitters: LobbyAdmitters::Organisers,
        lobby_scope: LobbyScope::Everyone,
        dial_in_bypasses_lobby: true,
        chat: ChatOption::Limited,
        chat_history_shared: true,
        chat_text_only: true,
        attendee_microphone: false,
        live_share: false,
        spoken_language: Some("de-DE".to_owned()),
        watermark_video: true,
        ..MeetingOptions::default()
    };
    assert_eq!(draft.options, expected);
}

#[test]
fn each_switch_turns_one_option() {
    for (name, _) in SWITCHES {
        let body = |on: bool| match name {
            "isEnabledForContentSharing" | "isEnabledForVideo" => {
                json!({"watermarkProtection": {name: on}})
            }
            _ => json!({name: on}),
        };
        let on = applied(body(true), Stage::New).expect("on");
        let off = applied(body(false), Stage::New).expect("off");
        assert_ne!(on.options, off.options, "{name}");
    }
}

#[test]
fn nulls_and_unknown_future_values_change_nothing() {
    let nothing = json!({
        "subject": null, "startDateTime": null, "participants": null, "lobbyBypassSettings": null,
        "allowedPresenters": "unknownFutureValue", "allowMeetingChat": null, "allowRecording": null,
        "joinMeetingIdSettings": {"isPasscodeRequired": null}, "watermarkProtection": null,
        "chatRestrictions": {}, "isBroadcast": false
    });
    let changed = applied(nothing, Stage::Existing).expect("applied");
    assert!(changed == draft());
}

#[test]
fn wrong_types_name_their_property() {
    for (body, target) in [
        (json!({"subject": 5}), "subject"),
        (json!({"startDateTime": "tomorrow"}), "startDateTime"),
        (json!({"endDateTime": 5}), "endDateTime"),
        (
            json!({"lobbyBypassSettings": "everyone"}),
            "lobbyBypassSettings",
        ),
        (
            json!({"lobbyBypassSettings": {"scope": "anyone"}}),
            "lobbyBypassSettings",
        ),
        (
            json!({"lobbyBypassSettings": {"isDialInBypassEnabled": 1}}),
            "lobbyBypassSettings",
        ),
        (json!({"allowedPresenters": "nobody"}), "allowedPresenters"),
        (json!({"allowRecording": "yes"}), "allowRecording"),
        (json!({"participants": []}), "participants"),
        (json!({"participants": {"attendees": {}}}), "participants"),
        (json!({"participants": {"attendees": [5]}}), "participants"),
        (
            json!({"participants": {"attendees": [{"role": "king"}]}}),
            "participants",
        ),
        (
            json!({"participants": {"attendees": [{"identity": {"user": {"id": "x"}}}]}}),
            "participants",
        ),
        (
            json!({"participants": {"attendees": vec![json!({}); 351]}}),
            "participants",
        ),
        (
            json!({"joinMeetingIdSettings": {"isPasscodeRequired": "no"}}),
            "joinMeetingIdSettings",
        ),
        (json!({"isBroadcast": true}), ""),
        (json!({"meetingTemplateId": "x"}), ""),
        (json!({"noSuchProperty": 1}), ""),
    ] {
        let text = body.to_string();
        match applied(body, Stage::New) {
            Err(ServiceError::Invalid { target: found, .. }) => assert_eq!(found, target, "{text}"),
            Err(other) => panic!("{text}: {other:?}"),
            Ok(_) => panic!("{text} was taken"),
        }
    }
    let fixed = json!({"joinMeetingIdSettings": {"isPasscodeRequired": false}});
    assert!(applied(fixed, Stage::Existing).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(
                ("[a-zA-Z]{1,12}|attendees|identity|user|id|scope", inner),
                0..4
            )
            .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_panics(name in "subject|participants|lobbyBypassSettings|startDateTime|watermarkProtection|[a-z]{1,9}", value in any_json()) {
        let _ = applied(json!({name: value}), Stage::New);
    }
}
