//! Identities and their tokens from creation to deletion.
use crate::{door::*, *};
use axum::{body::Body, http::Request};
use serde_json::Value;

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
    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
    let stage = stage().await;
    let id = new_identity(&stage).await;
    let token = new_token(&stage, &id).await;
    let request = Request::builder()
        .uri("/.well-known/jwks.json")
        .body(Body::empty());
    let answer = stage.send(request.expect("request")).await;
    let keys: JwkSet = serde_json::from_slice(&answer.body).expect("keys");
    let header = decode_header(&token).expect("header");
    let named = keys.find(&header.kid.expect("kid")).expect("listed");
    let key = DecodingKey::from_jwk(named).expect("key");
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[door::ORIGIN]);
    validation.validate_exp = false;
    assert!(decode::<Value>(&token, &key, &validation).is_ok());
}

const PREVIEW: &str = "api-version=2025-03-02-preview";

// [B2] [N3]
#[tokio::test]
async fn a_custom_id_names_one_identity_of_a_resource() {
    let stage = stage().await;
    let target = format!("/identities?{PREVIEW}");
    let body = r#"{"customId":"patient 7","createTokenWithScopes":["chat"]}"#;
    let first = stage.call(Method::POST, &target, body).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    let first = first.json();
    assert_eq!(first["identity"]["customId"], "patient 7");
    assert_eq!(
        first["identity"]["lastTokenIssuedAt"],
        "2026-09-21T14:13:20Z"
    );
    let id = first["identity"]["id"].as_str().expect("id");
    stage.clock.forward_s(60);
    let again = stage
        .call(Method::POST, &target, r#"{"customId":"patient 7"}"#)
        .await
        .json();
    assert_eq!(again["identity"], first["identity"], "the same one");
    let other = stage
        .call(Method::POST, &target, r#"{"customId":"patient 8"}"#)
        .await
        .json();
    assert_ne!(other["identity"]["id"], id);
    assert_eq!(other["identity"]["lastTokenIssuedAt"], Value::Null);

    let path = format!("/identities/{}?{PREVIEW}", id.replace(':', "%3A"));
    let seen = stage.call(Method::GET, &path, "").await;
    assert_eq!(
        (seen.status, seen.json()),
        (StatusCode::OK, first["identity"].clone())
    );
    new_token(&stage, id).await;
    let seen = stage.call(Method::GET, &path, "").await.json();
    assert_eq!(seen["lastTokenIssuedAt"], "2026-09-21T14:14:20Z");

    let stranger = stage
        .services
        .resources
        .create("other")
        .await
        .expect("resource");
    let mut request = stage.signed(Method::GET, &path, "");
    request.key = stranger.primary_key.bytes().to_vec();
    let answer = stage.send(request.build()).await;
    assert_eq!(answer.refusal(), (404, "NotFound".to_owned()));
    let mut request = stage.signed(Method::POST, &target, r#"{"customId":"patient 7"}"#);
    request.key = stranger.primary_key.bytes().to_vec();
    let theirs = stage.send(request.build()).await.json();
    assert_ne!(theirs["identity"]["id"], id, "names are a resource's own");

    stage.call(Method::DELETE, &of(id, ""), "").await;
    let answer = stage.call(Method::GET, &path, "").await;
    assert_eq!(answer.refusal(), (404, "NotFound".to_owned()));
    let fresh = stage
        .call(Method::POST, &target, r#"{"customId":"patient 7"}"#)
        .await
        .json();
    assert_ne!(
        fresh["identity"]["id"], id,
        "the deleted one does not come back"
    );
    for bad in [r#"{"customId":""}"#, r#"{"customId":7}"#] {
        let answer = stage.call(Method::POST, &target, bad).await;
        assert_eq!(answer.refusal(), (400, "ValidationError".to_owned()));
        assert_eq!(answer.json()["error"]["target"], "CustomId");
    }
}

#[tokio::test]
async fn versions_without_custom_ids_answer_as_they_are_specified() {
    let stage = stage().await;
    for version in ["2023-10-01", "2026-09-23"] {
        let target = format!("/identities?api-version={version}");
        let answer = stage.call(Method::POST, &target, "{}").await;
        let shown = answer.json();
        let identity = shown["identity"].as_object().expect("object");
        assert_eq!(identity.len(), 1, "{}", answer.text());
        assert!(answer.header("api-supported-versions").contains(version));
    }
}

#[tokio::test]
async fn a_repeated_creation_is_done_once() {
    let stage = stage().await;
    let send = async |id: &str, first_sent: &str| {
        let mut request = stage.signed(Method::POST, &create(), "{}").build();
        let headers = request.headers_mut();
        headers.insert("repeatability-request-id", id.parse().expect("header"));
        headers.insert(
            "repeatability-first-sent",
            first_sent.parse().expect("header"),
        );
        stage.send(request).await
    };
    let sent = "Mon, 21 Sep 2026 14:13:20 GMT";
    let first = send("6a6c8a7e-1", sent).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(first.header("repeatability-result"), "accepted");
    assert_eq!(send("6a6c8a7e-1", sent).await.json(), first.json());
    assert_ne!(send("6a6c8a7e-2", sent).await.json(), first.json());
    let answer = send("6a6c8a7e-3", "yesterday").await;
    assert_eq!(answer.refusal(), (400, "ValidationError".to_owned()));
}

// [B2]
#[tokio::test]
async fn rotating_a_key_ends_its_tokens_and_leaves_the_others() {
    use parvis_service::resources::KeyName;
    let stage = stage().await;
    let id = new_identity(&stage).await;
    let target = of(&id, "/:issueAccessToken");
    let body = r#"{"scopes":["chat"]}"#;
    let mut tokens = Vec::new();
    for key in stage.resource.keys() {
        let mut request = stage.signed(Method::POST, &target, body);
        request.key = key.bytes().to_vec();
        let answer = stage.send(request.build()).await.json();
        tokens.push(answer["token"].as_str().expect("token").to_owned());
    }
    let resources = &stage.services.resources;
    let rotated = resources.rotate_key(stage.resource.id, KeyName::Primary);
    rotated.await.expect("rotate");
    assert!(stage.services.tokens.verify(&tokens[0]).await.is_err());
    assert!(stage.services.tokens.verify(&tokens[1]).await.is_ok());
    assert_denied(&stage.call(Method::POST, &target, body).await);
}
