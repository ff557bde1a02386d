//! The Rooms dialect from outside: signed requests over the real router.
mod door;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use door::{Answer, HOST, SignedRequest, Stage, stage, stage_with};
use parvis_service::limits::ServiceLimits;
use serde_json::{Value, json};

const VERSION: &str = "api-version=2025-03-13";
const ROOMS: &str = "/rooms?api-version=2025-03-13";
/// The stage's clock stands at this moment.
const NOW: &str = "2026-09-21T14:13:20Z";

fn of(id: &str) -> String {
    format!("/rooms/{id}?{VERSION}")
}

fn people_of(id: &str) -> String {
    format!("/rooms/{id}/participants?{VERSION}")
}

async fn new_room(stage: &Stage, body: &Value) -> Value {
    let answer = stage.call(Method::POST, ROOMS, &body.to_string()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()
}

async fn new_id(stage: &Stage) -> String {
    let room = new_room(stage, &json!({})).await;
    room["id"].as_str().expect("id").to_owned()
}

/// Raw ids of the stage's resource.
fn user(stage: &Stage, n: u32) -> String {
    format!(
        "8:acs:{}_00000000-0000-4000-8000-{n:012}",
        stage.resource.id
    )
}

async fn people(stage: &Stage, id: &str) -> Vec<(String, String)> {
    let answer = stage.call(Method::GET, &people_of(id), "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let value = answer.json()["value"].clone();
    let entries = value.as_array().expect("list").iter().map(|entry| {
        let text = |name: &str| entry[name].as_str().expect("text").to_owned();
        (text("rawId"), text("role"))
    });
    entries.collect()
}

async fn patch_people(stage: &Stage, id: &str, people: Value) -> Answer {
    let body = json!({ "participants": people }).to_string();
    stage.call(Method::PATCH, &people_of(id), &body).await
}

/// The only detail of a refusal: its code and target.
fn detail(answer: &Answer) -> (String, String) {
    let details = answer.json()["error"]["details"].clone();
    assert_eq!(
        details.as_array().map(Vec::len),
        Some(1),
        "{}",
        answer.text()
    );
    let text = |name: &str| details[0][name].as_str().expect("text").to_owned();
    (text("code"), text("target"))
}

// [B2] Defaults, headers and shape of a new room, and what both SDKs send for an argument left out.
#[tokio::test]
async fn a_room_is_made_read_changed_and_deleted() {
    let stage = stage().await;
    for body in [
        "",
        "{}",
        r#"{"validFrom":null,"validUntil":null,"participants":{}}"#,
    ] {
        let answer = stage.call(Method::POST, ROOMS, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        let room = answer.json();
        let id = room["id"].as_str().expect("id");
        assert!(id.len() == 17 && id.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(answer.header("location"), id);
        assert_eq!(answer.header("repeatability-result"), "accepted");
        let expected = json!({
            "id": id, "createdAt": NOW, "validFrom": NOW,
            "validUntil": "2027-03-20T14:13:20Z", "pstnDialOutEnabled": false,
        });
        assert_eq!(room, expected);
        let read = stage.call(Method::GET, &of(id), "").await;
        assert_eq!((read.status, read.json()), (StatusCode::OK, expected));
    }
    let made = json!({
        "validFrom": "2026-10-01T00:00:00.25+02:00", "validUntil": "2026-10-02T00:00:00Z",
        "pstnDialOutEnabled": true, "participants": { user(&stage, 1): { "role": "Presenter" } },
    });
    let room = new_room(&stage, &made).await;
    assert_eq!(room["validFrom"], "2026-09-30T22:00:00.25Z");
    assert_eq!(room["pstnDialOutEnabled"], true);
    let id = room["id"].as_str().expect("id").to_owned();
    let nulls = r#"{"validFrom":null,"validUntil":null,"pstnDialOutEnabled":null}"#;
    for body in [nulls, "", "{}"] {
        let answer = stage.call(Method::PATCH, &of(&id), body).await;
        assert_eq!(
            (answer.status, answer.json()),
            (StatusCode::OK, room.clone())
        );
    }
    let body = r#"{"validUntil":"2026-10-03T00:00:00Z","pstnDialOutEnabled":false}"#;
    let changed = stage.call(Method::PATCH, &of(&id), body).await.json();
    assert_eq!(changed["validUntil"], "2026-10-03T00:00:00Z");
    assert_eq!(changed["pstnDialOutEnabled"], false);
    assert_eq!(changed["validFrom"], room["validFrom"]);
    let answer = stage.call(Method::DELETE, &of(&id), "").await;
    assert_eq!(
        (answer.status, answer.body.len()),
        (StatusCode::NO_CONTENT, 0)
    );
    for (method, target) in [
        (Method::GET, of(&id)),
        (Method::PATCH, of(&id)),
        (Method::DELETE, of(&id)),
        (Method::GET, people_of(&id)),
        (Method::PATCH, people_of(&id)),
    ] {
        let answer = stage.call(method, &target, "{}").await;
        assert_eq!(answer.refusal(), (404, "NotFound".to_owned()), "{target}");
        assert_eq!(answer.header("x-ms-error-code"), "NotFound");
    }
}

// [B2]
#[tokio::test]
async fn participants_are_merged_by_person() {
    let stage = stage().await;
    let (ana, bo, cy) = (user(&stage, 1), user(&stage, 2), user(&stage, 3));
    let invited = json!({ &bo: { "role": "Presenter" }, &ana: {}, &cy: null });
    let room = new_room(&stage, &json!({ "participants": invited })).await;
    let id = room["id"].as_str().expect("id");
    let found = people(&stage, id).await;
    assert_eq!(found.len(), 2);
    assert!(
        found.contains(&(ana.clone(), "Attendee".to_owned())),
        "the default role"
    );
    let words = json!({ &ana: { "role": "Consumer" }, &cy: { "role": "Collaborator" } });
    let answer = patch_people(&stage, id, words).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({})));
    let found = people(&stage, id).await;
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[2],
        (cy.clone(), "Collaborator".to_owned()),
        "the newest last"
    );
    assert!(found.contains(&(ana.clone(), "Consumer".to_owned())));
    for nothing in [Value::Null, json!({}), json!({ user(&stage, 9): null })] {
        let answer = patch_people(&stage, id, nothing).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(people(&stage, id).await, found);
    let words = json!({ &ana: null, &bo: null, &cy: { "role": "Kafka" } });
    let answer = patch_people(&stage, id, words).await;
    assert_eq!(answer.refusal(), (400, "BadRequest".to_owned()));
    assert_eq!(people(&stage, id).await, found, "all of it or nothing");
    assert_eq!(
        patch_people(&stage, id, json!({ &bo: null })).await.status,
        200
    );
    assert_eq!(people(&stage, id).await.len(), 2);
}

// [B1] [C3]
#[tokio::test]
async fn every_operation_needs_the_resources_signature() {
    let stage = stage().await;
    let id = new_id(&stage).await;
    let targets = [
        (Method::POST, ROOMS.to_owned()),
        (Method::GET, ROOMS.to_owned()),
        (Method::GET, of(&id)),
        (Method::PATCH, of(&id)),
        (Method::DELETE, of(&id)),
        (Method::GET, people_of(&id)),
        (Method::PATCH, people_of(&id)),
        (Method::GET, "/rooms/nonsense?ct=x".to_owned()),
    ];
    type Flaw = fn(&mut SignedRequest);
    let flaws: [(&str, Flaw); 5] = [
        ("another key", |r| r.key[0] ^= 1),
        ("another path", |r| {
            r.signed_target = format!("{}x", r.signed_target)
        }),
        ("another host", |r| r.signed_host = "other:8443".to_owned()),
        ("another body", |r| {
            r.body = r#"{"pstnDialOutEnabled":true}"#.to_owned()
        }),
        ("an old date", |r| {
            r.date = "Mon, 21 Sep 2026 13:58:19 GMT".to_owned()
        }),
    ];
    for (method, target) in targets {
        for (flaw, change) in &flaws {
            let mut request = stage.signed(method.clone(), &target, "{}");
            change(&mut request);
            let answer = stage.send(request.build()).await;
            assert_eq!(
                answer.refusal(),
                (401, "Denied".to_owned()),
                "{target}: {flaw}"
            );
        }
        let bare = Request::builder()
            .method(method)
            .uri(&target)
            .header("host", HOST);
        let answer = stage.send(bare.body(Body::empty()).expect("request")).await;
        assert_eq!(answer.refusal(), (401, "Denied".to_owned()), "{target}");
    }
    let listed = stage.call(Method::GET, ROOMS, "").await.json();
    assert_eq!(
        listed["value"].as_array().map(Vec::len),
        Some(1),
        "nothing was made"
    );
    assert_eq!(listed["value"][0]["pstnDialOutEnabled"], false);
}

// [B1] A signed-in user's token is no signature.
#[tokio::test]
async fn a_user_token_opens_no_rooms() {
    let stage = stage().await;
    let raw_id = stage.services.identities.create(stage.resource.id).await;
    let caller = stage.resource.id.into();
    let scopes = vec![parvis_domain::principal::Scope::Voip];
    let life = std::time::Duration::from_hours(1);
    let identities = &stage.services.identities;
    let issued = identities
        .issue(&caller, &raw_id.expect("identity"), scopes, life)
        .await;
    let bearer = format!("Bearer {}", issued.expect("token").token);
    let request = Request::builder().uri(ROOMS).header("host", HOST);
    let request = request.header("authorization", bearer);
    let answer = stage
        .send(request.body(Body::empty()).expect("request"))
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

// [B2]
#[tokio::test]
async fn another_resource_sees_nothing() {
    let stage = stage().await;
    let id = new_id(&stage).await;
    let other = stage
        .services
        .resources
        .create("other")
        .await
        .expect("resource");
    let call = async |method: Method, target: &str, body: &str| {
        let mut request = stage.signed(method, target, body);
        request.key = other.primary_key.bytes().to_vec();
        stage.send(request.build()).await
    };
    for (method, target) in [
        (Method::GET, of(&id)),
        (Method::PATCH, of(&id)),
        (Method::DELETE, of(&id)),
        (Method::GET, people_of(&id)),
        (Method::PATCH, people_of(&id)),
    ] {
        let answer = call(method, &target, "{}").await;
        assert_eq!(answer.refusal(), (404, "NotFound".to_owned()), "{target}");
    }
    assert_eq!(
        call(Method::GET, ROOMS, "").await.json(),
        json!({ "value": [] })
    );
    assert_eq!(
        stage.call(Method::GET, &of(&id), "").await.status,
        StatusCode::OK
    );
    let foreign = format!("8:acs:{}_00000000-0000-4000-8000-000000000001", other.id);
    let answer = patch_people(&stage, &id, json!({ foreign: {} })).await;
    assert_eq!(answer.refusal(), (400, "BadRequest".to_owned()));
    assert_eq!(detail(&answer).1, "Participants");
}

#[tokio::test]
async fn bad_times_are_named() {
    let stage = stage().await;
    let id = new_id(&stage).await;
    for (body, target) in [
        (
            json!({ "validUntil": "2026-09-21T14:13:20Z" }),
            "ValidUntil",
        ),
        (
            json!({ "validUntil": "2020-01-01T00:00:00Z" }),
            "ValidUntil",
        ),
        (
            json!({ "validFrom": "2026-10-02T00:00:00Z", "validUntil": "2026-10-01T00:00:00Z" }),
            "ValidUntil",
        ),
        (
            json!({ "validUntil": "2027-03-20T14:13:21Z" }),
            "ValidUntil",
        ),
        (json!({ "validFrom": "2027-10-02T00:00:00Z" }), "ValidUntil"),
        (json!({ "validFrom": "soon" }), "$.validFrom"),
        (json!({ "validUntil": 1_800_000_000 }), "$.validUntil"),
        (
            json!({ "pstnDialOutEnabled": "yes" }),
            "$.pstnDialOutEnabled",
        ),
    ] {
        for (method, at) in [(Method::POST, ROOMS.to_owned()), (Method::PATCH, of(&id))] {
            let answer = stage.call(method, &at, &body.to_string()).await;
            assert_eq!(answer.refusal(), (400, "BadRequest".to_owned()), "{body}");
            let expected = ("BadArgument".to_owned(), target.to_owned());
            assert_eq!(detail(&answer), expected, "{body}");
            assert_eq!(answer.header("x-ms-error-code"), "BadRequest");
        }
    }
}

#[tokio::test]
async fn malformed_requests_get_typed_errors() {
    let stage = stage().await;
    let id = new_id(&stage).await;
    let ana = user(&stage, 1);
    let bad = |people: Value| json!({ "participants": people }).to_string();
    let role = format!("$.participants.{ana}.role");
    for (method, target, body, named) in [
        (Method::GET, of("invalid_id"), String::new(), ""),
        (Method::GET, of("99199690362660524x"), String::new(), ""),
        (Method::PATCH, of("9919969036266052x"), String::new(), ""),
        (Method::DELETE, of("%FF"), String::new(), ""),
        (Method::GET, people_of("1"), String::new(), ""),
        (Method::POST, ROOMS.to_owned(), "[]".to_owned(), ""),
        (Method::POST, ROOMS.to_owned(), "{".to_owned(), ""),
        (Method::PATCH, of(&id), "7".to_owned(), ""),
        (
            Method::PATCH,
            people_of(&id),
            bad(json!({ "wrong_mri": null })),
            "",
        ),
        (
            Method::PATCH,
            people_of(&id),
            bad(json!({ "wrong_mri": {} })),
            "",
        ),
        (
            Method::POST,
            ROOMS.to_owned(),
            bad(json!({ "8:orgid:00000000-0000-4000-8000-000000000003": {} })),
            "",
        ),
        (
            Method::POST,
            ROOMS.to_owned(),
            bad(json!({ "4:+14255550123": {} })),
            "",
        ),
        (
            Method::PATCH,
            people_of(&id),
            bad(json!([])),
            "$.participants",
        ),
        (
            Method::PATCH,
            people_of(&id),
            bad(json!({ &ana: { "role": "Kafka" } })),
            role.as_str(),
        ),
        (
            Method::POST,
            ROOMS.to_owned(),
            bad(json!({ &ana: { "role": 1 } })),
            role.as_str(),
        ),
        (Method::GET, format!("{ROOMS}&ct=x"), String::new(), ""),
        (Method::GET, format!("{ROOMS}&ct="), String::new(), ""),
        (
            Method::GET,
            format!("{}&ct=-1", people_of(&id)),
            String::new(),
            "",
        ),
        (
            Method::GET,
            format!("{ROOMS}&ct=99999999999999999999"),
            String::new(),
            "",
        ),
    ] {
        let answer = stage.call(method, &target, &body).await;
        assert_eq!(
            answer.refusal(),
            (400, "BadRequest".to_owned()),
            "{target} {body}"
        );
        assert_eq!(answer.header("x-ms-error-code"), "BadRequest");
        if named.is_empty() {
            assert_eq!(
                answer.json()["error"]["details"],
                Value::Null,
                "{target} {body}"
            );
        } else {
            assert_eq!(detail(&answer).1, named);
        }
    }
    let unknown = stage.call(Method::GET, &of("99199690362660524"), "").await;
    assert_eq!(unknown.refusal(), (404, "NotFound".to_owned()));
    for (method, target) in [(Method::PUT, ROOMS.to_owned()), (Method::POST, of(&id))] {
        let answer = stage.call(method, &target, "").await;
        assert_eq!(answer.refusal(), (405, "MethodNotAllowed".to_owned()));
    }
    let large = format!(r#"{{"x":"{}"}}"#, "y".repeat(64 * 1024));
    let answer = stage.call(Method::POST, ROOMS, &large).await;
    assert_eq!(answer.refusal(), (413, "RequestTooLarge".to_owned()));
}

// [N1] However often a request is repeated, there is one room.
#[tokio::test]
async fn a_repeated_creation_makes_one_room() {
    let stage = stage().await;
    let create = async |request: &str| {
        let mut signed = stage.signed(Method::POST, ROOMS, "{}").build();
        let value = request.parse().expect("header");
        signed
            .headers_mut()
            .insert("repeatability-request-id", value);
        stage.send(signed).await
    };
    let first = create("5f0e4a53-9c0a-4d6f-8c8f-0e5f6f1c8f0e").await;
    stage.clock.forward_s(5);
    let second = create("5f0e4a53-9c0a-4d6f-8c8f-0e5f6f1c8f0e").await;
    assert_eq!(second.status, StatusCode::CREATED);
    assert_eq!(first.json(), second.json());
    assert_eq!(second.header("repeatability-result"), "accepted");
    let other = create("0e5f6f1c-9c0a-4d6f-8c8f-5f0e4a530e5f").await;
    assert_ne!(first.json()["id"], other.json()["id"]);
    let long = create(&"x".repeat(129)).await;
    assert_eq!(long.refusal(), (400, "BadRequest".to_owned()));
}

// [N1] Newest first, each once, by links that every SDK can sign.
#[tokio::test]
async fn rooms_are_listed_in_pages() {
    let stage = stage().await;
    let mut made = Vec::new();
    for _ in 0..205 {
        made.push(new_id(&stage).await);
    }
    made.reverse();
    let mut found: Vec<String> = Vec::new();
    let mut target = ROOMS.to_owned();
    for size in [100, 100, 5] {
        let page = stage.call(Method::GET, &target, "").await.json();
        let rooms = page["value"].as_array().expect("list").clone();
        assert_eq!(rooms.len(), size);
        found.extend(
            rooms
                .iter()
                .map(|room| room["id"].as_str().expect("id").to_owned()),
        );
        let Some(next) = page["nextLink"].as_str() else {
            break;
        };
        let next = next.strip_prefix(door::ORIGIN).expect("absolute");
        let (_, token) = next.split_once("ct=").expect("token");
        assert!(
            token.bytes().all(|byte| byte.is_ascii_digit()),
            "url-safe: {next}"
        );
        next.clone_into(&mut target);
    }
    assert_eq!(found, made);
    assert!(
        target.contains("ct="),
        "the last page was reached by a link"
    );
}

#[tokio::test]
async fn a_room_holds_350_people_listed_in_pages() {
    let stage = stage().await;
    let invited = |range: std::ops::Range<u32>| -> Value {
        let people = range.map(|n| (user(&stage, n), json!({ "role": "Consumer" })));
        Value::Object(people.collect())
    };
    let room = new_room(&stage, &json!({ "participants": invited(0..350) })).await;
    let id = room["id"].as_str().expect("id");
    let one_more = patch_people(&stage, id, invited(350..351)).await;
    assert_eq!(one_more.refusal(), (400, "BadRequest".to_owned()));
    assert_eq!(detail(&one_more).1, "Participants");
    let mut target = people_of(id);
    let mut count = 0;
    for _ in 0..4 {
        let page = stage.call(Method::GET, &target, "").await.json();
        count += page["value"].as_array().expect("list").len();
        let Some(next) = page["nextLink"].as_str() else {
            break;
        };
        target = next
            .strip_prefix(door::ORIGIN)
            .expect("absolute")
            .to_owned();
    }
    assert_eq!(count, 350);
    let mut exchange = invited(350..351);
    exchange[user(&stage, 0)] = Value::Null;
    assert_eq!(
        patch_people(&stage, id, exchange).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_resource_that_asks_too_often_is_told_when_to_come_back() {
    let mut limits = ServiceLimits::default();
    limits.rooms.create = 3;
    let stage = stage_with(limits).await;
    for _ in 0..3 {
        new_id(&stage).await;
    }
    let answer = stage.call(Method::POST, ROOMS, "{}").await;
    assert_eq!(answer.refusal(), (429, "TooManyRequests".to_owned()));
    assert_eq!(answer.header("retry-after"), "31");
    let listed = stage.call(Method::GET, ROOMS, "").await;
    assert_eq!(listed.status, StatusCode::OK);
    stage.clock.forward_s(31);
    new_id(&stage).await;
}
