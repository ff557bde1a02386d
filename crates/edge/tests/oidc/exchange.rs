//! A member's token against a user token: every flaw has one answer, and the end of a member ends everything.
use crate::{door::claims, scene::*};
use axum::http::{Method, StatusCode};
use base64::{Engine, prelude::*};
use parvis_service::{context::TokensEnded, members::MemberChange, sign_in::scopes::Audience};

// [C2]
#[tokio::test]
async fn a_members_token_is_exchanged_for_a_user_token_of_the_same_life() {
    let scene = scene().await;
    let oid = scene.member.oid.to_string();
    let tokens = scene.tokens(BOTH).await;
    let access = text(&tokens, "access_token");
    let answer = scene.exchange(access, "app", &oid).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let token = text(&answer.json(), "token").to_owned();
    let principal = scene
        .stage
        .services
        .tokens
        .verify(&token)
        .await
        .expect("accepted");
    assert_eq!(principal.raw_id.to_string(), format!("8:orgid:{oid}"));
    assert_eq!(principal.organisation, Some(scene.member.organisation));
    assert_eq!(principal.resource, Some(scene.stage.resource.id));
    assert!(principal.may_call() && !principal.may_chat());
    assert_eq!(claims(&token)["exp"], claims(access)["exp"]);
    assert_eq!(text(&answer.json(), "expiresOn"), "2026-09-21T15:28:20Z");
}

// [C2]
#[tokio::test]
async fn every_flaw_of_a_members_token_has_one_answer() {
    let scene = scene().await;
    let oid = scene.member.oid.to_string();
    let services = &scene.stage.services;
    let bob = services
        .members
        .create(
            scene.member.organisation,
            new_member("bob@clinic.example", "Bob"),
        )
        .await
        .expect("member");
    let tokens = scene.tokens(BOTH).await;
    let access = text(&tokens, "access_token");
    let graph = scene.tokens("User.Read").await;
    let one_scope = scene.tokens(&format!("{CALLING}/Teams.ManageCalls")).await;
    let user_token = services.visitors.token().await.expect("token").token;
    let mut tampered = access.to_owned();
    tampered.replace_range(
        access.len() - 20..access.len() - 19,
        if access.ends_with('A') { "B" } else { "A" },
    );
    let [head, body, _] = access.split('.').collect::<Vec<_>>()[..] else {
        panic!("three parts")
    };
    let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let long = format!("{access}{}", "x".repeat(16 * 1024));
    let unsigned = [format!("{none}.{body}."), format!("{head}.{body}.")];
    let bob_oid = bob.oid.to_string();
    for (flaw, token, app_id, user_id) in [
        ("another member", access, "app", bob_oid.as_str()),
        ("another client", access, "asking", &oid),
        ("no client", access, "nobody", &oid),
        ("no member", access, "app", "x"),
        (
            "another audience",
            text(&graph, "access_token"),
            "app",
            &oid,
        ),
        ("one scope", text(&one_scope, "access_token"), "app", &oid),
        ("an id token", text(&tokens, "id_token"), "app", &oid),
        ("a user token", &user_token, "app", &oid),
        ("tampered", &tampered, "app", &oid),
        ("alg none", &unsigned[0], "app", &oid),
        ("no signature", &unsigned[1], "app", &oid),
        ("too long", &long, "app", &oid),
        ("no token", "x", "app", &oid),
    ] {
        let answer = scene.exchange(token, app_id, user_id).await;
        assert_eq!(
            answer.refusal(),
            (401, "InvalidAccessToken".to_owned()),
            "{flaw}"
        );
        assert_eq!(
            answer.json()["error"]["message"],
            "Provided access token is not valid.",
            "{flaw}"
        );
    }
    assert_eq!(
        scene.exchange(access, "app", &oid).await.status,
        StatusCode::OK,
        "the flaws were the reason"
    );
    scene.stage.clock.forward_s(4_500);
    let answer = scene.exchange(access, "app", &oid).await;
    assert_eq!(
        answer.refusal(),
        (401, "InvalidAccessToken".to_owned()),
        "expired"
    );
    for (body, named) in [
        ("{}", "Token"),
        (r#"{"token":"x"}"#, "AppId"),
        (r#"{"token":"x","appId":"y","userId":1}"#, "UserId"),
    ] {
        let answer = scene
            .stage
            .call(Method::POST, "/teamsUser/:exchangeAccessToken", body)
            .await;
        assert_eq!(answer.refusal(), (400, "ValidationError".to_owned()));
        assert_eq!(answer.json()["error"]["target"], named);
    }
}

// [C4]
#[tokio::test]
async fn the_missing_precondition_is_named() {
    let scene = scene().await;
    let tokens = scene.tokens(BOTH).await;
    let oid = scene.member.oid.to_string();
    let services = &scene.stage.services;
    let access = text(&tokens, "access_token");
    let refused = async |what: &str, status: u16, code: &str| {
        let answer = scene.exchange(access, "app", &oid).await;
        assert_eq!(answer.refusal(), (status, code.to_owned()), "{what}");
        let said = answer.json()["error"]["message"].to_string();
        assert!(said.contains(what), "{said}");
    };
    // Consent: neither the administrator's nor the member's any more.
    let register = async |client| {
        let registered = services.sign_in.register_client(client).await;
        registered.expect("client");
    };
    register(new_client("app", false)).await;
    refused("consent", 403, "Forbidden").await;
    // Registration: only another organisation's members may use the application.
    let other = services.organisations.create("Other").await.expect("made");
    let mut elsewhere = new_client("app", true);
    elsewhere.organisation = Some(other.id);
    register(elsewhere).await;
    refused("registered", 403, "Forbidden").await;
    register(new_client("app", true)).await;
    // Licence.
    let licences = async |licences: &[&str]| {
        let change = MemberChange {
            licences: Some(licences.iter().map(|plan| (*plan).to_owned()).collect()),
            ..MemberChange::default()
        };
        let changed = services.members.change(scene.member.oid, change).await;
        changed.expect("change");
    };
    licences(&[]).await;
    refused("licence", 403, "Forbidden").await;
    licences(&["TEAMS1"]).await;
    assert_eq!(
        scene.exchange(access, "app", &oid).await.status,
        StatusCode::OK
    );
    // Sign-in: over.
    services
        .members
        .revoke(scene.member.oid)
        .await
        .expect("revoke");
    refused("access token is not valid", 401, "InvalidAccessToken").await;
    // Resource: the key is another one's.
    let body = serde_json::json!({ "token": access, "appId": "app", "userId": oid }).to_string();
    let target = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
    let mut request = scene.stage.signed(Method::POST, target, &body);
    request.key[0] ^= 1;
    let answer = scene.stage.send(request.build()).await;
    assert_eq!(answer.refusal(), (401, "Denied".to_owned()));
    let said = answer.json()["error"]["message"].to_string();
    assert!(said.contains("resource"), "{said}");
}

// [C5]
#[tokio::test]
async fn the_exchange_and_the_host_page_need_a_licence() {
    let scene = scene().await;
    let services = &scene.stage.services;
    let oid = scene.member.oid.to_string();
    let tokens = scene.tokens(BOTH).await;
    let access = text(&tokens, "access_token");
    for (licences, status) in [
        (vec!["EXCHANGE"], 403),
        (vec![], 403),
        (vec!["TEAMS1"], 200),
    ] {
        let licences = licences.into_iter().map(str::to_owned).collect();
        let change = MemberChange {
            licences: Some(licences),
            ..MemberChange::default()
        };
        services
            .members
            .change(scene.member.oid, change)
            .await
            .expect("change");
        assert_eq!(
            scene.exchange(access, "app", &oid).await.status.as_u16(),
            status
        );
        let host = services.members.host_token(scene.member.oid).await;
        assert_eq!(host.is_ok(), status == 200);
    }
}

#[tokio::test]
async fn disabling_a_member_ends_every_kind_of_token_at_once() {
    let scene = scene().await;
    let services = &scene.stage.services;
    let oid = scene.member.oid.to_string();
    let tokens = scene.tokens(&format!("{BOTH} openid")).await;
    let graph = scene.tokens("User.Read").await;
    let exchanged = scene
        .exchange(text(&tokens, "access_token"), "app", &oid)
        .await
        .json();
    let host = services
        .members
        .host_token(scene.member.oid)
        .await
        .expect("host token");
    assert!(services.tokens.verify(&host.token).await.is_ok());
    let mut ended = services.context.tokens_ended.subscribe();
    let disabled = MemberChange {
        enabled: Some(false),
        ..MemberChange::default()
    };
    services
        .members
        .change(scene.member.oid, disabled)
        .await
        .expect("change");
    let news = ended.try_recv().expect("news");
    assert!(
        matches!(news, TokensEnded::Of(raw_id) if raw_id.to_string() == format!("8:orgid:{oid}"))
    );
    assert!(services.tokens.verify(&host.token).await.is_err());
    assert!(
        services
            .tokens
            .verify(text(&exchanged, "token"))
            .await
            .is_err()
    );
    let access = text(&graph, "access_token");
    assert!(
        services
            .sign_in
            .verify_access_token(access, Audience::Graph)
            .await
            .is_err()
    );
    let answer = scene
        .exchange(text(&tokens, "access_token"), "app", &oid)
        .await;
    assert_eq!(answer.refusal(), (401, "InvalidAccessToken".to_owned()));
    let refreshed = scene.refresh(text(&tokens, "refresh_token")).await;
    assert_eq!(oauth_refusal(&refreshed).0, "invalid_grant");
    let enabled = MemberChange {
        enabled: Some(true),
        ..MemberChange::default()
    };
    services
        .members
        .change(scene.member.oid, enabled)
        .await
        .expect("change");
    assert!(
        services.tokens.verify(&host.token).await.is_err(),
        "enabling brings no token back"
    );
    assert!(services.members.host_token(scene.member.oid).await.is_ok());
}
