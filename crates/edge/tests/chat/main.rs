//! The chat dialect over real HTTP, as the SDKs speak it: answers, errors, pages, bounds, windows of meetings.
mod fuzz;
mod limits;
mod malformed;
mod meetings;
mod members;
mod messages;
mod participants;
mod refusals;
#[path = "../server/mod.rs"]
mod server;
mod signals;
mod threads;

use parvis_domain::{
    ids::RawId,
    principal::{ClientKind, Scope},
};
use serde_json::{Value, json};
use server::{ADA, Server, User, participant, path_of};

const CHAT: &[Scope] = &[Scope::Chat, Scope::Voip];

/// Every operation of the dialect on a thread: method, path below the thread, body.
fn operations(message: &str, person: &User) -> Vec<(&'static str, String, Value)> {
    let message = format!("/messages/{message}");
    vec![
        ("GET", String::new(), Value::Null),
        ("PATCH", String::new(), json!({ "topic": "x" })),
        ("GET", "/messages".into(), Value::Null),
        ("POST", "/messages".into(), json!({ "content": "x" })),
        ("GET", message.clone(), Value::Null),
        ("PATCH", message.clone(), json!({ "content": "x" })),
        ("DELETE", message, Value::Null),
        ("GET", "/participants".into(), Value::Null),
        (
            "POST",
            "/participants/:add".into(),
            json!({ "participants": [participant(person)] }),
        ),
        (
            "POST",
            "/participants/:remove".into(),
            json!({ "rawId": person.id() }),
        ),
        ("GET", "/readReceipts".into(), Value::Null),
        (
            "POST",
            "/readReceipts".into(),
            json!({ "chatMessageId": "1" }),
        ),
        ("POST", "/typing".into(), json!({})),
        ("DELETE", String::new(), Value::Null),
    ]
}

#[tokio::test]
async fn browsers_of_any_origin_may_call_and_request_ids_come_back() {
    let server = Server::start().await;
    let preflight = server
        .request(
            "OPTIONS",
            "/chat/threads",
            &[
                ("origin", "https://app.example"),
                ("access-control-request-method", "PATCH"),
                (
                    "access-control-request-headers",
                    "authorization,x-skypetoken,x-ms-useragent",
                ),
            ],
            "",
        )
        .await;
    assert_eq!(preflight.status, 200);
    let allowed = preflight
        .header("access-control-allow-headers")
        .expect("headers");
    assert!(allowed.contains("x-skypetoken"), "{allowed}");
    let methods = preflight
        .header("access-control-allow-methods")
        .expect("methods");
    assert!(methods.contains("PATCH"), "{methods}");
    let headers = [
        ("origin", "https://app.example"),
        ("x-ms-client-request-id", "c-1"),
    ];
    let answer = server.request("GET", "/chat/threads", &headers, "").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("x-ms-client-request-id"), Some("c-1"));
}
