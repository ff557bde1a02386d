//! The Identity dialect from outside: signed requests over the real router.
mod door;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use door::{Answer, HOST, SignedRequest, Stage, claims, stage};
use serde_json::Value;

const VERSION: &str = "api-version=2023-10-01";

fn create() -> String {
    format!("/identities?{VERSION}")
}

/// The path of an operation on an identity, percent-encoded as the SDKs do.
fn of(id: &str, operation: &str) -> String {
    format!(
        "/identities/{}{operation}?{VERSION}",
        id.replace(':', "%3A")
    )
}

async fn new_identity(stage: &Stage) -> String {
    let answer = stage.call(Method::POST, &create(), "").await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["identity"]["id"]
        .as_str()
        .expect("id")
        .to_owned()
}

async fn new_token(stage: &Stage, id: &str) -> String {
    let answer = stage
        .call(
            Method::POST,
            &of(id, "/:issueAccessToken"),
            r#"{"scopes":["chat","voip"]}"#,
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["token"].as_str().expect("token").to_owned()
}

// [B2]
#[tokio::test]
async fn identities_are_made_with_and_without_a_token() {
    let stage = stage().await;
    for body in [
        "",
        "{}",
        r#"{"createTokenWithScopes":null,"expiresInMinutes":null}"#,
    ] {
        let answer = stage.call(Method::POST, &create(), body).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(
            answer.json().as_object().expect("object").len(),
            1,
            "no token: {}",
            answer.text()
        );
        assert_eq!(
            answer.header("x-ms-client-request-id"),
            "11111111-2222-3333-4444-555555555555"
        );
        let id = answer.json()["identity"]["id"]
            .as_str()
            .expect("id")
            .to_owned();
        assert!(id.starts_with(&format!("8:acs:{}_", stage.resource.id)));
        assert_eq!(id.matches('_').count(), 1);
    }
    let body = r#"{"createTokenWithScopes":["chat","voip"],"expiresInMinutes":60}"#;
    let answer = stage.call(Method::POST, &create(), body).await.json();
    assert_eq!(answer["accessToken"]["expiresOn"], "2026-09-21T15:13:20Z");
    let said = claims(answer["accessToken"]["token"].as_str().expect("token"));
    assert_eq!(
        format!("8:{}", said["skypeid"].as_str().expect("id")),
        answer["identity"]["id"]
    );
    assert_eq!(said["acsScope"], "chat,voip");
}

// [B2]
#[tokio::test]
async fn an_issued_token_is_accepted_until_revoked_and_a_later_one_after() {
    let stage = stage().await;
    let id = new_identity(&stage).await;
    let token = new_token(&stage, &id).await;
    let principal = stage
        .services
        .tokens
        .verify(&token)
        .await
        .expect("accepted");
    assert_eq!(principal.raw_id.to_string(), id);
    assert_eq!(
        principal.expires_on.since(principal.issued_on).as_secs(),
        86_400
    );

    let answer = stage
        .call(Method::POST, &of(&id, "/:revokeAccessTokens"), "")
        .await;
    assert_eq!(
        (answer.status, answer.body.len()),
        (StatusCode::NO_CONTENT, 0)
    );
    assert!(stage.services.tokens.verify(&token).await.is_err());
    let token = new_token(&stage, &id).await;
    assert!(stage.services.tokens.verify(&token).await.is_ok());

    let answer = stage.call(Method::DELETE, &of(&id, ""), "").await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(stage.services.tokens.verify(&token).await.is_err());
    let answer = stage
        .call(
            Method::POST,
            &of(&id, "/:issueAccessToken"),
            r#"{"scopes":["chat"]}"#,
        )
        .await;
    assert_eq!(answer.refusal(), (404, "NotFound".to_owned()));
}

// [B1]
#[tokio::test]
async fn a_caller_without_the_key_leaves_nothing_behind() {
    let stage = stage().await;
    let before = new_identity(&stage).await;
    let mut foreign = stage.signed(Method::POST, &create(), "");
    foreign.key = vec![0; 64];
    assert_denied(&stage.send(foreign.build()).await);
    let after = new_identity(&stage).await;
    assert_ne!(before, after);
    assert_eq!(
        stage.services.resources.list().await.expect("list").len(),
        1
    );
}

type Flaw = fn(&mut SignedRequest);

fn assert_denied(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text());
    let error = &answer.json()["error"];
    assert_eq!(error["code"], "Denied");
    assert_eq!(error["message"], "Denied by the resource provider.");
    assert_eq!(answer.header("www-authenticate"), "", "no challenge");
}

// [B1] [C3]
#[tokio::test]
async fn every_flaw_of_a_signature_is_denied_alike() {
    let stage = stage().await;
    let id = new_identity(&stage).await;
    let issue = of(&id, "/:issueAccessToken");
    let exchange = format!("/teamsUser/:exchangeAccessToken?{VERSION}");
    let targets = [
        (Method::POST, create()),
        (Method::POST, issue),
        (Method::POST, of(&id, "/:revokeAccessTokens")),
        (Method::DELETE, of(&id, "")),
        (Method::POST, exchange),
    ];
    let flaws: [(&str, Flaw); 9] = [
        ("another key", |r| r.key[0] ^= 1),
        ("another method", |r| {
            r.signed_target = format!("x{}", r.signed_target)
        }),
        ("another path", |r| {
            r.signed_target = r.signed_target.replace("api-version", "api-versioN")
        }),
        ("another host", |r| r.signed_host = "other:8443".to_owned()),
        ("another port", |r| r.signed_host = "localhost".to_owned()),
        ("another body", |r| {
            r.body = r#"{"scopes":["voip"]}"#.to_owned()
        }),
        ("an old date", |r| {
            r.date = "Mon, 21 Sep 2026 13:58:19 GMT".to_owned()
        }),
        ("a future date", |r| {
            r.date = "Mon, 21 Sep 2026 14:28:21 GMT".to_owned()
        }),
        ("no date", |r| r.date = "soon".to_owned()),
    ];
    for (method, target) in targets {
        for (flaw, change) in &flaws {
            let mut request = stage.signed(method.clone(), &target, "{}");
            change(&mut request);
            let answer = stage.send(request.build()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{target}: {flaw}");
            assert_denied(&answer);
        }
        let bare = Request::builder()
            .method(method)
            .uri(&target)
            .header("host", HOST);
        assert_denied(&stage.send(bare.body(Body::empty()).expect("request")).await);
    }
    assert!(
        new_token(&stage, &id).await.len() > 100,
        "nothing was revoked or deleted"
    );
}

#[tokio::test]
async fn dates_within_a_quarter_of_an_hour_are_accepted() {
    let stage = stage().await;
    for date in [
        "Mon, 21 Sep 2026 13:58:20 GMT",
        "Mon, 21 Sep 2026 14:28:20 GMT",
    ] {
        let mut request = stage.signed(Method::POST, &create(), "");
        request.date = date.to_owned();
        assert_eq!(
            stage.send(request.build()).await.status,
            StatusCode::CREATED,
            "{date}"
        );
    }
}

// [B2]
#[tokio::test]
async fn every_sdks_way_to_sign_is_accepted() {
    let stage = stage().await;
    let id = new_identity(&stage).await;
    let encoded = of(&id, "/:issueAccessToken");
    let decoded = encoded.replace("%3A", ":");
    let body = r#"{"scopes":["chat"],"expiresInMinutes":null}"#;
    let ways: [(&str, &str, &str); 5] = [
        (&encoded, &encoded, HOST),
        (&encoded, &decoded, HOST),
        (&decoded, &decoded, HOST),
        (&encoded, &encoded, "localhost:8443/"),
        (&encoded, &decoded, "localhost:8443/"),
    ];
    for (target, signed_target, signed_host) in ways {
        let mut request = stage.signed(Method::POST, target, body);
        request.signed_target = signed_target.to_owned();
        request.signed_host = signed_host.to_owned();
        let answer = stage.send(request.build()).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{target} {signed_target} {signed_host}"
        );
    }
    for (host, signed_host) in [
        ("meet.example", "meet.example:443"),
        ("meet.example:443", "meet.example"),
    ] {
        let mut request = stage.signed(Method::POST, &encoded, body);
        (request.host, request.signed_host) = (host.to_owned(), signed_host.to_owned());
        assert_eq!(
            stage.send(request.build()).await.status,
            StatusCode::OK,
            "{host}"
        );
    }
}

// [B2]
#[tokio::test]
async fn both_keys_count_until_rotated() {
    let stage = stage().await;
    let second = stage.resource.secondary_key.bytes().to_vec();
    let mut request = stage.signed(Method::POST, &create(), "");
    request.key = second.clone();
    assert_eq!(
        stage.send(request.build()).await.status,
        StatusCode::CREATED
    );
    let rotated = parvis_service::resources::KeyName::Secondary;
    stage
        .services
        .resources
        .rotate_key(stage.resource.id, rotated)
        .await
        .expect("rotate");
    let mut request = stage.signed(Method::POST, &create(), "");
    request.key = second;
    assert_denied(&stage.send(request.build()).await);
    assert_eq!(
        stage.call(Method::POST, &create(), "").await.status,
        StatusCode::CREATED
    );
}

// [B2]
#[tokio::test]
async fn another_resource_sees_nothing() {
    let stage = stage().await;
    let id = new_identity(&stage).await;
    let token = new_token(&stage, &id).await;
    let other = stage
        .services
        .resources
        .create("other")
        .await
        .expect("resource");
    for (method, target) in [
        (Method::POST, of(&id, "/:issueAccessToken")),
        (Method::POST, of(&id, "/:revokeAccessTokens")),
        (Method::DELETE, of(&id, "")),
    ] {
        let mut request = stage.signed(method, &target, r#"{"scopes":["chat"]}"#);
        request.key = other.primary_key.bytes().to_vec();
        let answer = stage.send(request.build()).await;
        assert_eq!(answer.refusal(), (404, "NotFound".to_owned()), "{target}");
    }
    assert!(stage.services.tokens.verify(&token).await.is_ok());
}

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
async fn any_api_version_is_served() {
    let stage = stage().await;
    for target in [
        "/identities",
        "/identities?api-version=ApiVersion.V1",
        "/identities?api-version=2099-01-01",
    ] {
        assert_eq!(
            stage.call(Method::POST, target, "").await.status,
            StatusCode::CREATED
        );
    }
}

#[tokio::test]
async fn the_public_keys_check_the_tokens() {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, jwk::JwkSet};
    let stage = stage().await;
    let id = new_identity(&stage).await;
    let token = new_token(&stage, &id).await;
    let request = Request::builder()
        .uri("/.well-known/jwks.json")
        .body(Body::empty());
    let answer = stage.send(request.expect("request")).await;
    let keys: JwkSet = serde_json::from_slice(&answer.body).expect("keys");
    let key = DecodingKey::from_jwk(&keys.keys[0]).expect("key");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[door::ORIGIN]);
    validation.validate_exp = false;
    assert!(decode::<Value>(&token, &key, &validation).is_ok());
}

#[tokio::test]
async fn a_resource_that_asks_too_often_is_told_when_to_come_back() {
    let stage = stage().await;
    let id = new_identity(&stage).await;
    let revoke = of(&id, "/:revokeAccessTokens");
    for _ in 0..500 {
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
