//! Who signed, in every way that the official SDKs sign, and every flaw.
use crate::{door::*, *};
use axum::{body::Body, http::Request};

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
