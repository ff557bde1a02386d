//! Frames of clients: what is read, and what is refused how.
use super::*;
use proptest::prelude::*;

const LEG: &str = "6f1c8f0e-5f0e-4a53-9c0a-0d6f1c8f0e5f";

fn request(body: &str) -> Result<Request, RequestError> {
    match parse_frame(body) {
        Some(ClientFrame::Request { request, .. }) => request,
        other => panic!("no request: {other:?}"),
    }
}

// [CP-20] [E14]
#[test]
fn locators_of_every_form() {
    let cases = [
        (r#"{"meetingLink":"https://h/meet/1?p=x"}"#, "Link"),
        (r#"{"meetingId":"123 456","passcode":"x"}"#, "Id"),
        (r#"{"meetingId":"123"}"#, "Id"),
        (
            r#"{"threadId":"19:a","organizerId":"o","tenantId":"t","messageId":"0"}"#,
            "Coordinates",
        ),
        (
            r#"{"groupId":"6f1c8f0e-5f0e-4a53-9c0a-0d6f1c8f0e5f"}"#,
            "Group",
        ),
        (r#"{"roomId":"99199690362660524"}"#, "Room"),
        (r#"{"groupId":"nonsense"}"#, "Unknown"),
        (r#"{"roomId":99199690362660524}"#, "Unknown"),
        (r#"{"threadId":"19:a"}"#, "Unknown"),
        ("7", "Unknown"),
    ];
    for (locator, expected) in cases {
        let body =
            format!(r#"{{"id":1,"type":"join","leg":"{LEG}","locator":{locator},"extra":[1]}}"#);
        let Ok(Request::Join(join)) = request(&body) else {
            panic!("no join: {body}")
        };
        assert!(
            format!("{:?}", join.locator).starts_with(expected),
            "{body}"
        );
        assert_eq!(join.locator.is_unknown(), expected == "Unknown");
    }
}

// [CP-2]
#[test]
fn malformed_frames_have_typed_results() {
    for text in [
        "",
        "{",
        "[]",
        "7",
        "null",
        r#"{"type":"join"}"#,
        r#"{"type":"ping"}"#,
        r#"{"type":"ping","ack":"1"}"#,
        r#"{"type":"leave","id":0}"#,
        r#"{"type":"leave","id":-1}"#,
        r#"{"type":"leave","id":1.5}"#,
        r#"{"type":"hello","version":1,"token":"x"}"#,
    ] {
        assert_eq!(parse_frame(text), None, "{text}");
    }
    let long = format!(
        r#"{{"type":"ping","ack":1,"x":"{}"}}"#,
        "y".repeat(crate::FRAME_BYTES_MAX)
    );
    assert_eq!(parse_frame(&long), None);
    assert_eq!(
        parse_frame(&format!("{}{}", "[".repeat(5_000), "]".repeat(5_000))),
        None
    );
    for (body, expected) in [
        (r#"{"id":1,"type":"fly"}"#, RequestError::UnknownType),
        (r#"{"id":1,"type":7}"#, RequestError::UnknownType),
        (r#"{"id":1}"#, RequestError::UnknownType),
        (r#"{"id":1,"type":"leave"}"#, RequestError::WrongField),
        (
            r#"{"id":1,"type":"leave","leg":7}"#,
            RequestError::WrongField,
        ),
        (
            r#"{"id":1,"type":"join","leg":"x","locator":{}}"#,
            RequestError::WrongField,
        ),
    ] {
        assert_eq!(request(body), Err(expected), "{body}");
    }
}

// [CP-43]
#[test]
fn a_page_asks_for_at_most_64_videos() {
    let want = format!(r#"{{"participant":"{LEG}","stream":"camera","width":9,"height":9}}"#);
    for (count, accepted) in [(64, true), (65, false)] {
        let wants = vec![want.as_str(); count].join(",");
        let body = format!(r#"{{"id":1,"type":"view","leg":"{LEG}","wants":[{wants}]}}"#);
        assert_eq!(request(&body).is_ok(), accepted, "{count}");
    }
}

// [CP-46]
#[test]
fn mute_targets_are_a_list_or_all() {
    let body = |targets: &str| {
        format!(r#"{{"id":1,"type":"muteOthers","leg":"{LEG}","participants":{targets}}}"#)
    };
    assert!(matches!(
        request(&body("\"all\"")),
        Ok(Request::MuteOthers {
            participants: Targets::All(AllWord::All),
            ..
        })
    ));
    assert!(matches!(
        request(&body(&format!("[\"{LEG}\"]"))),
        Ok(Request::MuteOthers { participants: Targets::Some(list), .. }) if list.len() == 1
    ));
    assert_eq!(request(&body("\"most\"")), Err(RequestError::WrongField));
}

// [CP-3] [CP-10] [CP-12]
#[test]
fn openings() {
    let hello = r#"{"type":"hello","version":1,"token":"t","client":{"name":"x"}}"#;
    assert!(matches!(parse_opening(hello), Ok(Opening::Hello(h)) if h.token == "t"));
    let resume =
        r#"{"type":"resume","version":1,"session":"s","resumeKey":"k","after":3,"token":"t"}"#;
    assert!(matches!(parse_opening(resume), Ok(Opening::Resume(r)) if r.after == 3));
    for (text, expected) in [
        ("{}", OpeningError::Malformed),
        (r#"{"type":"hello","version":"1"}"#, OpeningError::Malformed),
        (r#"{"type":"ping","ack":1}"#, OpeningError::NotAnOpening),
    ] {
        assert_eq!(parse_opening(text), Err(expected), "{text}");
    }
}

proptest! {
    #[test]
    fn no_input_panics(text in ".{0,300}") {
        let _ = parse_frame(&text);
        let _ = parse_opening(&text);
    }

    #[test]
    fn every_known_type_survives_odd_fields(kind in prop::sample::select(REQUEST_TYPES.to_vec()), field in "[a-zA-Z]{1,12}", value in "[0-9a-z]{0,9}") {
        let body = format!(r#"{{"id":4,"type":"{kind}","leg":"{LEG}","{field}":"{value}"}}"#);
        if let Some(ClientFrame::Request { id, request: Ok(request) }) = parse_frame(&body) {
            prop_assert_eq!(id, 4);
            prop_assert_eq!(request.name(), kind);
        }
    }
}
