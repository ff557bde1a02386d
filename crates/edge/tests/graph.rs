//! The Graph dialect from outside: requests to the whole router on a store of its own.
mod stage;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use stage::{ADA, BO, FOREIGN, Stage, UNLICENSED};

const MEETINGS: &str = "/v1.0/me/onlineMeetings";

async fn made(stage: &Stage) -> Value {
    let body = json!({"subject": "Visit", "startDateTime": "2026-11-21T10:00:00Z", "endDateTime": "2026-11-21T10:30:00Z"});
    let answer = stage.send(ADA, Method::POST, MEETINGS, Some(body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.body
}

fn path_of(meeting: &Value) -> String {
    format!("{MEETINGS}/{}", meeting["id"].as_str().expect("id"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

// [D1] [D2] A licensed member makes a meeting and gets id, link, thread and default options back.
#[tokio::test]
async fn a_meeting_is_made_and_read() {
    let stage = Stage::new().await;
    let meeting = made(&stage).await;
    assert!(text(&meeting, "/@odata.context").contains("onlineMeetings/$entity"));
    assert!(
        text(&meeting, "/joinWebUrl")
            .starts_with("https://meet.example.org/l/meetup-join/19%3ameeting_")
    );
    let thread = text(&meeting, "/chatInfo/threadId").to_owned();
    assert!(thread.starts_with("19:meeting_") && thread.ends_with("@thread.v2"));
    assert_eq!(text(&meeting, "/chatInfo/messageId"), "0");
    assert_eq!(text(&meeting, "/lobbyBypassSettings/scope"), "organization");
    assert_eq!(text(&meeting, "/allowedPresenters"), "everyone");
    assert_eq!(text(&meeting, "/subject"), "Visit");
    assert_eq!(text(&meeting, "/startDateTime"), "2026-11-21T10:00:00Z");
    assert_eq!(
        text(&meeting, "/joinMeetingIdSettings/joinMeetingId").len(),
        12
    );
    assert_eq!(text(&meeting, "/joinMeetingIdSettings/passcode").len(), 16);
    assert_eq!(
        text(&meeting, "/participants/organizer/identity/user/id"),
        ADA
    );
    assert!(text(&meeting, "/joinInformation/content").starts_with("data:text/html,"));
    let read = stage.send(ADA, Method::GET, &path_of(&meeting), None).await;
    assert_eq!((read.status, &read.body), (StatusCode::OK, &meeting));
    let whole_id = format!("/beta/users/{ADA}/onlineMeetings/{}", text(&meeting, "/id"));
    let alias = format!(
        "/v1.0/users/me-token-to-replace/onlineMeetings/{}",
        text(&meeting, "/id")
    );
    for path in [whole_id, alias] {
        assert_eq!(
            stage.send(ADA, Method::GET, &path, None).await.body["id"],
            meeting["id"]
        );
    }
}

// [D1] An unlicensed member is refused.
#[tokio::test]
async fn an_unlicensed_member_makes_no_meeting() {
    let stage = Stage::new().await;
    let refused = stage
        .send(UNLICENSED, Method::POST, MEETINGS, Some(json!({})))
        .await;
    refused.is_error(StatusCode::FORBIDDEN, "Forbidden");
    let list = stage.send(UNLICENSED, Method::GET, MEETINGS, None).await;
    assert_eq!(list.body["value"], json!([]));
}

// [D2] Options are changed and read back; what is fixed stays.
#[tokio::test]
async fn a_meeting_is_changed_and_deleted() {
    let stage = Stage::new().await;
    let meeting = made(&stage).await;
    let path = path_of(&meeting);
    let body = json!({
        "subject": "Later", "lobbyBypassSettings": {"scope": "everyone"}, "allowMeetingChat": "limited",
        "endDateTime": "2026-11-21T12:00:00Z",
        "participants": {"attendees": [{"upn": "bo@clinic.example", "role": "presenter"}]},
    });
    let changed = stage.send(ADA, Method::PATCH, &path, Some(body)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(text(&changed.body, "/subject"), "Later");
    assert_eq!(
        text(&changed.body, "/lobbyBypassSettings/scope"),
        "everyone"
    );
    assert_eq!(text(&changed.body, "/endDateTime"), "2026-11-21T12:00:00Z");
    assert_eq!(
        text(&changed.body, "/participants/attendees/0/identity/user/id"),
        BO
    );
    for fixed in [
        "id",
        "joinWebUrl",
        "chatInfo",
        "joinMeetingIdSettings",
        "startDateTime",
    ] {
        assert_eq!(changed.body[fixed], meeting[fixed], "{fixed}");
    }
    let echoed = stage
        .send(ADA, Method::PATCH, &path, Some(changed.body.clone()))
        .await;
    assert_eq!(
        echoed.status,
        StatusCode::OK,
        "what was read can be sent back: {}",
        echoed.body
    );
    let by_bo = stage
        .send(BO, Method::PATCH, &path, Some(json!({"subject": "Mine"})))
        .await;
    by_bo.is_error(StatusCode::FORBIDDEN, "Forbidden");
    assert_eq!(
        stage.send(BO, Method::GET, &path, None).await.status,
        StatusCode::OK,
        "invited"
    );
    stage
        .send(BO, Method::DELETE, &path, None)
        .await
        .is_error(StatusCode::FORBIDDEN, "Forbidden");
    let deleted = stage.send(ADA, Method::DELETE, &path, None).await;
    assert_eq!(
        (deleted.status, deleted.text.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    for method in [Method::GET, Method::DELETE] {
        stage
            .send(ADA, method, &path, None)
            .await
            .is_error(StatusCode::NOT_FOUND, "NotFound");
    }
}

// [D2] Nobody else's meeting is shown, changed or told apart from one that is not there.
#[tokio::test]
async fn a_foreign_member_finds_nothing() {
    let stage = Stage::new().await;
    let meeting = made(&stage).await;
    let path = path_of(&meeting);
    for by in [BO, FOREIGN] {
        for (method, body) in [
            (Method::GET, None),
            (Method::PATCH, Some(json!({"subject": "x"}))),
            (Method::DELETE, None),
        ] {
            stage
                .send(by, method, &path, body)
                .await
                .is_error(StatusCode::NOT_FOUND, "NotFound");
        }
        let filter = format!(
            "{MEETINGS}?$filter=JoinWebUrl%20eq%20'{}'",
            text(&meeting, "/joinWebUrl")
        );
        assert_eq!(
            stage.send(by, Method::GET, &filter, None).await.body["value"],
            json!([])
        );
        let of_ada = format!("/v1.0/users/{ADA}/onlineMeetings");
        stage
            .send(by, Method::GET, &of_ada, None)
            .await
            .is_error(StatusCode::FORBIDDEN, "Forbidden");
    }
}

// [D2] [D3] A link, copied or encoded, and a meeting id find the one meeting.
#[tokio::test]
async fn a_filter_finds_the_meeting_in_every_encoding() {
    let stage = Stage::new().await;
    let meeting = made(&stage).await;
    made(&stage).await;
    let link = text(&meeting, "/joinWebUrl");
    let decoded = percent_encoding::percent_decode_str(link)
        .decode_utf8()
        .expect("text");
    let number = text(&meeting, "/joinMeetingIdSettings/joinMeetingId");
    let passcode = text(&meeting, "/joinMeetingIdSettings/passcode");
    let short = format!("https://meet.example.org/meet/{number}?p={passcode}");
    for filter in [
        format!("JoinWebUrl eq '{link}'"),
        format!("joinWebUrl eq '{decoded}'"),
        format!("JoinWebUrl eq '{short}'"),
        format!("joinMeetingIdSettings/joinMeetingId eq '{number}'"),
    ] {
        let all =
            percent_encoding::utf8_percent_encode(&filter, percent_encoding::NON_ALPHANUMERIC);
        let encoded = format!("{MEETINGS}?%24filter={all}");
        // As clients send it that encode nothing but what an address cannot hold.
        let bare = filter
            .replace(' ', "%20")
            .replace('"', "%22")
            .replace('{', "%7b")
            .replace('}', "%7d");
        let bare = format!("{MEETINGS}?$filter={bare}");
        for path in [encoded, bare] {
            let found = stage.send(ADA, Method::GET, &path, None).await;
            assert_eq!(found.status, StatusCode::OK, "{path}: {}", found.body);
            let ids: Vec<&Value> = found.body["value"]
                .as_array()
                .expect("list")
                .iter()
                .map(|m| &m["id"])
                .collect();
            assert_eq!(ids, [&meeting["id"]], "{path}");
        }
    }
    for filter in [
        "subject%20eq%20'Visit'",
        "JoinWebUrl%20ne%20'x'",
        "JoinWebUrl%20eq%20'not%20a%20link'",
        "JoinWebUrl%20eq%20'https://elsewhere.example/meet/123456789012'",
        "joinMeetingIdSettings/joinMeetingId%20eq%20'abc'",
        "startDateTime%20gt%202026-01-01",
    ] {
        let path = format!("{MEETINGS}?$filter={filter}");
        stage
            .send(ADA, Method::GET, &path, None)
            .await
            .is_error(StatusCode::BAD_REQUEST, "BadRequest");
    }
}

#[tokio::test]
async fn lists_are_paged_by_links_on_the_called_origin() {
    let stage = Stage::new().await;
    for _ in 0..5 {
        made(&stage).await;
    }
    let mut path = format!("{MEETINGS}?$top=2&$count=true&$select=subject");
    let mut seen = Vec::new();
    for page in 0..3 {
        let answer = stage.send(ADA, Method::GET, &path, None).await;
        assert_eq!(answer.body["@odata.count"], 5);
        for meeting in answer.body["value"].as_array().expect("list") {
            assert_eq!(
                meeting.as_object().expect("object").len(),
                2,
                "id and subject"
            );
            seen.push(meeting["id"].clone());
        }
        match text(&answer.body, "/@odata.nextLink").strip_prefix("https://meet.example.org") {
            Some(next) => path = next.to_owned(),
            None => assert_eq!(page, 2),
        }
    }
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

// [D2]
#[tokio::test]
async fn create_or_get_makes_one_meeting() {
    let stage = Stage::new().await;
    let path = format!("{MEETINGS}/createOrGet");
    let body = json!({"externalId": "visit-7", "subject": "Visit", "chatInfo": {"threadId": "x"}});
    let first = stage
        .send(ADA, Method::POST, &path, Some(body.clone()))
        .await;
    let again = stage.send(ADA, Method::POST, &path, Some(body)).await;
    assert_eq!(
        (first.status, again.status),
        (StatusCode::CREATED, StatusCode::OK)
    );
    assert_eq!(first.body, again.body);
    for bad in [
        json!({}),
        json!({"externalId": 5}),
        json!({"externalId": ""}),
    ] {
        stage
            .send(ADA, Method::POST, &path, Some(bad))
            .await
            .is_error(StatusCode::BAD_REQUEST, "BadRequest");
    }
}

#[tokio::test]
async fn bad_requests_have_the_dialects_error() {
    let stage = Stage::new().await;
    let meeting = made(&stage).await;
    for body in [
        json!({"endDateTime": "2026-11-21T10:00:00Z"}),
        json!({"startDateTime": "2026-11-21T10:00:00Z", "endDateTime": "2026-11-21T09:00:00Z"}),
        json!({"startDateTime": "soon"}),
        json!({"subject": 5}),
        json!({"subject": "x".repeat(300)}),
        json!({"allowedPresenters": "anybody"}),
        json!({"noSuchProperty": true}),
        json!({"isEndToEndEncryptionEnabled": true}),
        json!({"participants": {"attendees": [{"upn": "x@elsewhere.example", "role": "coorganizer"}]}}),
        json!([]),
        json!("text"),
    ] {
        let refused = stage.send(ADA, Method::POST, MEETINGS, Some(body)).await;
        refused.is_error(StatusCode::BAD_REQUEST, "BadRequest");
    }
    let backwards = json!({"endDateTime": "2026-11-21T09:00:00Z"});
    let refused = stage
        .send(ADA, Method::PATCH, &path_of(&meeting), Some(backwards))
        .await;
    refused.is_error(StatusCode::BAD_REQUEST, "BadRequest");
    let large = json!({"subject": "x".repeat(70_000)});
    let refused = stage.send(ADA, Method::POST, MEETINGS, Some(large)).await;
    refused.is_error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge");
    for (path, status, code) in [
        (
            format!("{MEETINGS}/nonsense"),
            StatusCode::NOT_FOUND,
            "NotFound",
        ),
        (
            format!("{MEETINGS}?$orderby=subject"),
            StatusCode::BAD_REQUEST,
            "BadRequest",
        ),
        (
            "/v1.0/me/nothing".to_owned(),
            StatusCode::NOT_FOUND,
            "NotFound",
        ),
        (
            format!("{MEETINGS}/createOrGet"),
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
        ),
    ] {
        stage
            .send(ADA, Method::GET, &path, None)
            .await
            .is_error(status, code);
    }
}

#[tokio::test]
async fn only_members_with_the_permission_are_answered() {
    let stage = Stage::new().await;
    for authorization in [
        None,
        Some("Bearer nonsense"),
        Some("Basic QQ=="),
        Some("Bearer "),
    ] {
        for path in ["/v1.0/me", MEETINGS] {
            let refused = stage.send_as(authorization, Method::GET, path, None).await;
            refused.is_error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken");
        }
    }
    let profile_only = stage.bearer(ADA, "User.Read").await;
    let refused = stage
        .send_as(Some(&profile_only), Method::GET, MEETINGS, None)
        .await;
    refused.is_error(StatusCode::FORBIDDEN, "Authorization_RequestDenied");
    let read_only = stage.bearer(ADA, "OnlineMeetings.Read").await;
    let refused = stage
        .send_as(Some(&read_only), Method::POST, MEETINGS, Some(json!({})))
        .await;
    refused.is_error(StatusCode::FORBIDDEN, "Authorization_RequestDenied");
    let listed = stage
        .send_as(Some(&read_only), Method::GET, MEETINGS, None)
        .await;
    assert_eq!(listed.status, StatusCode::OK);
}

#[tokio::test]
async fn profiles_are_shown_to_colleagues_only() {
    let stage = Stage::new().await;
    let me = stage.send(ADA, Method::GET, "/v1.0/me", None).await;
    assert_eq!(me.status, StatusCode::OK, "{}", me.body);
    assert_eq!(text(&me.body, "/id"), ADA);
    assert_eq!(text(&me.body, "/displayName"), "Ada Adams");
    assert_eq!(text(&me.body, "/userPrincipalName"), "ada@clinic.example");
    for name in ["BO@clinic.example", BO] {
        let colleague = stage
            .send(ADA, Method::GET, &format!("/v1.0/users/{name}"), None)
            .await;
        assert_eq!(text(&colleague.body, "/id"), BO);
    }
    for name in ["di@bank.example", FOREIGN, "nobody"] {
        let foreign = stage
            .send(ADA, Method::GET, &format!("/v1.0/users/{name}"), None)
            .await;
        foreign.is_error(StatusCode::NOT_FOUND, "NotFound");
    }
}

#[tokio::test]
async fn evolved_values_need_the_clients_wish() {
    let stage = Stage::new().await;
    let body = json!({"lobbyBypassSettings": {"scope": "invited"}});
    let meeting = stage.send(ADA, Method::POST, MEETINGS, Some(body)).await;
    assert_eq!(
        text(&meeting.body, "/lobbyBypassSettings/scope"),
        "unknownFutureValue"
    );
    let path = path_of(&meeting.body);
    let wished = stage
        .send_with(ADA, &path, &[("prefer", "include-unknown-enum-members")])
        .await;
    assert_eq!(text(&wished.body, "/lobbyBypassSettings/scope"), "invited");
    let echoed = stage
        .send_with(ADA, &path, &[("client-request-id", "mine-7")])
        .await;
    assert_eq!(echoed.header("client-request-id"), "mine-7");
}
