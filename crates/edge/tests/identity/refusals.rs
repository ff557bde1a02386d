//! Malformed, oversized and too many requests.
use crate::{door::*, *};
use parvis_service::limits::ServiceLimits;
use serde_json::Value;

#[tokio::test]
async fn malformed_requests_get_typed_errors() {
    let stage = stage().await;
    let id = new_identity(&stage).await;
    let issue = of(&id, "/:issueAccessToken");
    let cases: [(&str, &str, u16, &str, &str); 12] = [
        (&issue, "{}", 400, "ValidationError", "Scopes"),
        (&issue, "", 400, "ValidationError", "Scopes"),
        (
            &issue,
            r#"{"scopes":["all"]}"#,
            400,
            "ValidationError",
            "Scopes",
        ),
        (
            &issue,
            r#"{"scopes":["chat"],"expiresInMinutes":59}"#,
            400,
            "ValidationError",
            "ExpiresInMinutes",
        ),
        (
            &issue,
            r#"{"scopes":["chat"],"expiresInMinutes":1441}"#,
            400,
            "ValidationError",
            "ExpiresInMinutes",
        ),
        (
            &issue,
            r#"{"scopes":["chat"],"expiresInMinutes":"60"}"#,
            400,
            "ValidationError",
            "ExpiresInMinutes",
        ),
        (&issue, "[]", 400, "ValidationError", ""),
        (&issue, "{", 400, "ValidationError", ""),
        (
            "/identities",
            r#"{"expiresInMinutes":59}"#,
            400,
            "ValidationError",
            "ExpiresInMinutes",
        ),
        (
            "/identities/8%3Aorgid%3A1/:issueAccessToken",
            r#"{"scopes":["chat"]}"#,
            404,
            "NotFound",
            "",
        ),
        (
            "/identities/%FF/:issueAccessToken",
            r#"{"scopes":["chat"]}"#,
            404,
            "NotFound",
            "",
        ),
        ("/identities/x/:revokeAccessTokens", "", 404, "NotFound", ""),
    ];
    for (target, body, status, code, named) in cases {
        let answer = stage.call(Method::POST, target, body).await;
        assert_eq!(
            answer.refusal(),
            (status, code.to_owned()),
            "{target} {body}"
        );
        let target = answer.json()["error"]["target"].clone();
        let expected = if named.is_empty() {
            Value::Null
        } else {
            named.into()
        };
        assert_eq!(target, expected, "{body}");
        assert_eq!(answer.header("x-ms-error-code"), code);
    }
    let answer = stage.call(Method::PUT, &create(), "").await;
    assert_eq!(answer.refusal(), (405, "MethodNotAllowed".to_owned()));
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let stage = stage().await;
    let large = format!(r#"{{"x":"{}"}}"#, "y".repeat(64 * 1024));
    let answer = stage.call(Method::POST, &create(), &large).await;
    assert_eq!(answer.refusal(), (413, "RequestTooLarge".to_owned()));
}

#[tokio::test]
async fn a_resource_that_asks_too_often_is_told_when_to_come_back() {
    let mut limits = ServiceLimits::default();
    limits.identity.revoke = 3;
    let stage = stage_with(limits).await;
    let id = new_identity(&stage).await;
    let revoke = of(&id, "/:revokeAccessTokens");
    for _ in 0..3 {
        let answer = stage.call(Method::POST, &revoke, "").await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
    let answer = stage.call(Method::POST, &revoke, "").await;
    assert_eq!(answer.refusal(), (429, "TooManyRequests".to_owned()));
    assert_eq!(answer.header("retry-after"), "31");
    stage.clock.forward_s(31);
    let answer = stage.call(Method::POST, &revoke, "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}
