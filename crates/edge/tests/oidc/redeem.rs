//! The token endpoint: codes and refresh tokens count once and for their client, one token serves one audience.
use crate::{
    door::{ORIGIN, claims},
    scene::*,
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use base64::{Engine, prelude::*};
use parvis_service::{members::MemberChange, sign_in::scopes::Audience};
use serde_json::{Value, json};

// [C1]
#[tokio::test]
async fn a_member_signs_in_and_the_client_gets_its_tokens() {
    let scene = scene().await;
    let tokens = scene.tokens(BOTH).await;
    assert_eq!(text(&tokens, "token_type"), "Bearer");
    assert_eq!(tokens["expires_in"], 4_500);
    for scope in BOTH.split_ascii_whitespace() {
        assert!(
            text(&tokens, "scope")
                .split(' ')
                .any(|given| given == scope),
            "{scope}"
        );
    }
    let access = claims(text(&tokens, "access_token"));
    let issuer = format!("{ORIGIN}/{}/v2.0", scene.tenant);
    let oid = scene.member.oid.to_string();
    for (name, value) in [
        ("ver", "2.0"),
        ("iss", &issuer),
        ("aud", CALLING),
        ("azp", "app"),
        ("scp", "Teams.ManageCalls Teams.ManageChats"),
        ("oid", &oid),
        ("tid", &scene.tenant),
    ] {
        assert_eq!(text(&access, name), value, "{name}");
    }
    let id = claims(text(&tokens, "id_token"));
    for (name, value) in [
        ("iss", issuer.as_str()),
        ("aud", "app"),
        ("nonce", "n-1"),
        ("oid", &oid),
        ("preferred_username", "ada@clinic.example"),
        ("name", "Ada Lovelace"),
    ] {
        assert_eq!(text(&id, name), value, "{name}");
    }
    let info = BASE64_URL_SAFE_NO_PAD
        .decode(text(&tokens, "client_info"))
        .expect("base64");
    let info: Value = serde_json::from_slice(&info).expect("json");
    assert_eq!(info, json!({ "uid": oid, "utid": scene.tenant }));
}

#[tokio::test]
async fn a_code_is_bound_and_counts_once() {
    let scene = scene().await;
    for (field, value, number) in [
        (1, ("client_id", "asking"), 70_008),
        (3, ("redirect_uri", "http://localhost"), 50_011),
        (
            4,
            (
                "code_verifier",
                "another-verifier-of-the-right-length-000000000",
            ),
            501_481,
        ),
        (4, ("code_verifier", ""), 900_144),
        (2, ("code", "unknown"), 70_008),
        (2, ("code", ""), 900_144),
        (0, ("grant_type", "password"), 70_003),
        (0, ("grant_type", ""), 900_144),
        (1, ("client_id", "other"), 700_016),
    ] {
        let code = scene.code(&question("User.Read")).await;
        let mut fields = redemption(&code);
        fields[field] = value;
        assert_eq!(
            oauth_refusal(&scene.token(&fields).await).1,
            number,
            "{value:?}"
        );
    }
    let code = scene.code(&question("User.Read")).await;
    scene.stage.clock.forward_s(61);
    assert_eq!(
        oauth_refusal(&scene.redeem(&code).await),
        ("invalid_grant".to_owned(), 70_008)
    );
}

#[tokio::test]
async fn replaying_a_code_ends_everything_made_from_it() {
    let scene = scene().await;
    let code = scene
        .code(&question("openid offline_access User.Read"))
        .await;
    let tokens = scene.redeem(&code).await.json();
    let access = text(&tokens, "access_token");
    let sign_in = &scene.stage.services.sign_in;
    assert!(
        sign_in
            .verify_access_token(access, Audience::Graph)
            .await
            .is_ok()
    );
    assert_eq!(
        oauth_refusal(&scene.redeem(&code).await),
        ("invalid_grant".to_owned(), 54_005)
    );
    assert!(
        sign_in
            .verify_access_token(access, Audience::Graph)
            .await
            .is_err()
    );
    let refused = scene.refresh(text(&tokens, "refresh_token")).await;
    assert_eq!(oauth_refusal(&refused).0, "invalid_grant");
}

#[tokio::test]
async fn refresh_tokens_rotate_and_reuse_ends_the_family() {
    let scene = scene().await;
    let first = scene.tokens("openid offline_access User.Read").await;
    let second = scene.refresh(text(&first, "refresh_token")).await.json();
    assert_ne!(
        text(&first, "refresh_token"),
        text(&second, "refresh_token")
    );
    assert_eq!(claims(text(&second, "access_token"))["scp"], "User.Read");
    let third = scene.refresh(text(&second, "refresh_token")).await.json();
    let reuse = scene.refresh(text(&first, "refresh_token")).await;
    assert_eq!(oauth_refusal(&reuse), ("invalid_grant".to_owned(), 54_005));
    let newest = scene.refresh(text(&third, "refresh_token")).await;
    assert_eq!(oauth_refusal(&newest), ("invalid_grant".to_owned(), 70_008));
    let access = text(&third, "access_token");
    let sign_in = &scene.stage.services.sign_in;
    assert!(
        sign_in
            .verify_access_token(access, Audience::Graph)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn another_client_cannot_use_or_end_a_refresh_token() {
    let scene = scene().await;
    let tokens = scene.tokens("offline_access User.Read").await;
    let token = text(&tokens, "refresh_token");
    let theft = [
        ("grant_type", "refresh_token"),
        ("client_id", "asking"),
        ("refresh_token", token),
    ];
    assert_eq!(oauth_refusal(&scene.token(&theft).await).0, "invalid_grant");
    assert_eq!(scene.refresh(token).await.status, StatusCode::OK);
}

// [C1]
#[tokio::test]
async fn one_token_carries_one_resources_scopes() {
    let scene = scene().await;
    let mixed = format!("offline_access User.Read {CALLING}/Teams.ManageCalls");
    let code = scene.code(&question(&mixed)).await;
    let mut fields = redemption(&code).to_vec();
    fields.push(("scope", &mixed));
    assert_eq!(
        oauth_refusal(&scene.token(&fields).await),
        ("invalid_scope".to_owned(), 28_000)
    );

    let tokens = scene.redeem(&code).await.json();
    assert_eq!(claims(text(&tokens, "access_token"))["scp"], "User.Read");
    let mut refresh = vec![
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", text(&tokens, "refresh_token")),
    ];
    let scope = format!("{CALLING}/.default");
    refresh.push(("scope", &scope));
    let other = scene.token(&refresh).await.json();
    let access = claims(text(&other, "access_token"));
    assert_eq!(
        text(&access, "scp"),
        "Teams.ManageCalls Teams.ManageChats TeamsExtension.ManageCalls"
    );
    assert_eq!(text(&access, "aud"), CALLING);
    for scope in [
        "https://localhost:8443/.default",
        "https://localhost/.default",
    ] {
        let tokens = scene.tokens(scope).await;
        let access = claims(text(&tokens, "access_token"));
        assert_eq!(text(&access, "aud"), ORIGIN);
        assert!(text(&access, "scp").contains("OnlineMeetings.ReadWrite"));
        assert!(!text(&access, "scp").contains("Teams."));
        assert!(
            tokens["refresh_token"].is_null() && tokens["id_token"].is_null(),
            "not asked for"
        );
    }
}

// [C6]
#[tokio::test]
async fn the_name_is_the_directorys() {
    let scene = scene().await;
    scene.tokens("openid").await;
    let renamed = MemberChange {
        display_name: Some("Ada King".to_owned()),
        ..MemberChange::default()
    };
    scene
        .stage
        .services
        .members
        .change(scene.member.oid, renamed)
        .await
        .expect("change");
    let tokens = scene.tokens("openid").await;
    assert_eq!(claims(text(&tokens, "id_token"))["name"], "Ada King");
}

#[tokio::test]
async fn a_confidential_client_shows_its_secret() {
    let scene = scene().await;
    let mut client = new_client("app", true);
    client.secret = Some("s3cret+1".to_owned());
    scene
        .stage
        .services
        .sign_in
        .register_client(client)
        .await
        .expect("client");
    let code = scene.code(&question("User.Read")).await;
    let mut fields = redemption(&code).to_vec();
    let refused = scene.token(&fields).await;
    assert_eq!(
        (refused.status.as_u16(), oauth_refusal(&refused).1),
        (401, 7_000_215)
    );
    fields.push(("client_secret", "s3cret+1"));
    assert_eq!(
        scene.token(&fields).await.status,
        StatusCode::OK,
        "a refused client uses no code up"
    );
}

#[tokio::test]
async fn apps_in_browsers_may_read_the_token_endpoint_but_not_the_pages() {
    let scene = scene().await;
    let answer = scene.refresh("x").await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let page = Browser::default()
        .get(&scene, &scene.authorize(&question("User.Read")))
        .await;
    assert_eq!(page.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn bodies_and_queries_are_bounded_and_typed() {
    let scene = scene().await;
    let token = format!("/{}/oauth2/v2.0/token", scene.tenant);
    for (kind, body) in [
        ("application/json", "{}".to_owned()),
        (
            "application/x-www-form-urlencoded",
            "a".repeat(64 * 1024 + 1),
        ),
        (
            "application/x-www-form-urlencoded",
            "client_id=a&client_id=b".to_owned(),
        ),
    ] {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&token)
            .header(header::CONTENT_TYPE, kind);
        let answer = scene
            .stage
            .send(request.body(Body::from(body)).expect("request"))
            .await;
        assert_eq!(
            (answer.status.as_u16(), text(&answer.json(), "error")),
            (400, "invalid_request")
        );
    }
    let mut asked = question("User.Read");
    let long = "x".repeat(16 * 1024);
    asked.insert("state", &long);
    let answer = Browser::default()
        .get(&scene, &scene.authorize(&asked))
        .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::BAD_REQUEST, "")
    );
}
