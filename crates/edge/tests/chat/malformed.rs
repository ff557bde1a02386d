//! Requests that cannot be read or break a bound.
use super::*;

/// Requests that cannot be read or break a bound, and their status.
fn malformed(thread: &str) -> Vec<(&'static str, String, Value, u16)> {
    let messages = format!("{thread}/messages");
    let large = "a".repeat(28 * 1_024 + 1);
    let huge = "a".repeat(193 * 1_024);
    vec![
        ("GET", "/%FF".to_owned(), Value::Null, 400),
        ("POST", String::new(), json!({}), 400),
        (
            "POST",
            String::new(),
            json!({ "topic": "a".repeat(251) }),
            400,
        ),
        ("POST", String::new(), json!({ "topic": 7 }), 400),
        (
            "POST",
            String::new(),
            json!({ "topic": "t", "participants": [{}] }),
            400,
        ),
        (
            "POST",
            String::new(),
            json!({ "topic": "t", "metadata": { "a": "b".repeat(1_024) } }),
            400,
        ),
        (
            "POST",
            String::new(),
            json!({ "topic": "t", "retentionPolicy": { "kind": "never" } }),
            400,
        ),
        (
            "POST",
            String::new(),
            json!({ "topic": "t", "retentionPolicy":
            { "kind": "threadCreationDate", "deleteThreadAfterDays": 29 } }),
            400,
        ),
        ("POST", messages.clone(), json!({}), 400),
        ("POST", messages.clone(), json!({ "content": "" }), 400),
        (
            "POST",
            messages.clone(),
            json!({ "content": "x", "type": "topicUpdated" }),
            400,
        ),
        (
            "POST",
            messages.clone(),
            json!({ "content": "x", "type": "video" }),
            400,
        ),
        (
            "POST",
            messages.clone(),
            json!({ "content": "x", "senderDisplayName": "a".repeat(257) }),
            400,
        ),
        ("POST", messages.clone(), json!({ "content": large }), 400),
        ("POST", messages.clone(), json!({ "content": huge }), 413),
        ("POST", messages.clone(), json!(["content"]), 400),
        ("GET", format!("{messages}?maxPageSize=0"), Value::Null, 400),
        ("GET", format!("{messages}?maxPageSize=x"), Value::Null, 400),
        (
            "GET",
            format!("{messages}?startTime=yesterday"),
            Value::Null,
            400,
        ),
        ("GET", format!("{messages}?ct=1.2"), Value::Null, 400),
        (
            "GET",
            format!("{thread}/participants?skip=-1"),
            Value::Null,
            400,
        ),
        ("GET", format!("{messages}/abc"), Value::Null, 404),
        (
            "GET",
            format!("{messages}/99999999999999999999"),
            Value::Null,
            404,
        ),
        ("POST", format!("{thread}/readReceipts"), json!({}), 400),
        ("PUT", messages.clone(), json!({}), 405),
    ]
}

#[tokio::test]
async fn malformed_requests_get_a_typed_error() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    for (method, path, body, status) in malformed(&thread) {
        let shown: String = body.to_string().chars().take(80).collect();
        let answer = server.chat(&ana, method, &path, body).await;
        assert_eq!(
            answer.status, status,
            "{method} {path} {shown}: {}",
            answer.text
        );
        assert!(
            !answer.code().is_empty(),
            "{method} {path}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_body_has_to_be_json() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    let messages = format!("{thread}/messages");
    let bearer = format!("Bearer {}", ana.token);
    let path = format!("/chat/threads{messages}");
    for (kind, body, status) in [
        ("application/json", "{\"content\":", 400),
        ("text/plain", "{\"content\":\"x\"}", 415),
    ] {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        let answer = server.request("POST", &path, &headers, body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}
