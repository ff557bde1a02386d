//! The authorization endpoint and its pages: who is let through, where answers go, what a browser sees.
use crate::{door::ORIGIN, scene::*};
use axum::http::{Method, StatusCode};
use parvis_service::members::MemberChange;
use serde_json::json;

// [C1]
#[tokio::test]
async fn metadata_and_keys_are_served_for_an_organisation_and_for_all() {
    let scene = scene().await;
    for (tenant, issuer) in [
        (
            scene.tenant.as_str(),
            format!("{ORIGIN}/{}/v2.0", scene.tenant),
        ),
        ("organizations", format!("{ORIGIN}/{{tenantid}}/v2.0")),
        ("common", format!("{ORIGIN}/{{tenantid}}/v2.0")),
    ] {
        let mut browser = Browser::default();
        let target = format!("/{tenant}/v2.0/.well-known/openid-configuration");
        let metadata = browser.get(&scene, &target).await.json();
        assert_eq!(text(&metadata, "issuer"), issuer);
        assert_eq!(
            metadata["code_challenge_methods_supported"],
            json!(["S256"])
        );
        let keys = text(&metadata, "jwks_uri")
            .strip_prefix(ORIGIN)
            .expect("ours")
            .to_owned();
        let keys = browser.get(&scene, &keys).await;
        assert_eq!(keys.json()["keys"][0]["alg"], "RS256");
    }
    for tenant in ["00000000-0000-0000-0000-000000000000", "consumers", "x"] {
        let target = format!("/{tenant}/v2.0/.well-known/openid-configuration");
        let answer = Browser::default().get(&scene, &target).await;
        assert_eq!(
            (
                answer.status.as_u16(),
                answer.json()["error_codes"][0].as_u64()
            ),
            (400, Some(90_002))
        );
    }
}

#[tokio::test]
async fn the_pages_are_safe_to_show() {
    let scene = scene().await;
    let mut asked = question("User.Read");
    asked.insert("login_hint", "\"><script>x</script>");
    let page = Browser::default()
        .get(&scene, &scene.authorize(&asked))
        .await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("x-frame-options"), "DENY");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(
        policy.contains("form-action 'self' https://app.example;"),
        "{policy}"
    );
    let html = page.text();
    assert!(
        !html.contains("<script") && !html.contains("<b>builder"),
        "escaped"
    );
    assert_eq!(html.matches("<label for=").count(), 2);
    assert!(
        html.contains("type=\"password\"") && html.contains("autocomplete=\"current-password\"")
    );
}

#[tokio::test]
async fn unknown_names_and_wrong_passwords_look_alike() {
    let scene = scene().await;
    scene
        .stage
        .services
        .members
        .create(
            scene.member.organisation,
            new_member("off@clinic.example", "Off"),
        )
        .await
        .map(|member| member.oid)
        .map(async |oid| {
            let change = MemberChange {
                enabled: Some(false),
                ..MemberChange::default()
            };
            scene
                .stage
                .services
                .members
                .change(oid, change)
                .await
                .expect("disabled");
        })
        .expect("member")
        .await;
    let mut pages = Vec::new();
    for (name, password) in [
        ("ada@clinic.example", "wrong"),
        ("bob@clinic.example", PASSWORD),
        ("off@clinic.example", PASSWORD),
        ("not a name", PASSWORD),
    ] {
        let mut browser = Browser::default();
        let page = browser
            .get(&scene, &scene.authorize(&question("User.Read")))
            .await;
        let answer = browser
            .submit(&scene, &page, &[("username", name), ("password", password)])
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        assert!(!browser.cookies.contains_key("__Host-parvis-session"));
        let csrf = attribute(&answer.text(), "name=\"csrf\" value=\"");
        pages.push(answer.text().replace(name, "NAME").replace(&csrf, "CSRF"));
    }
    assert!(
        pages.iter().all(|page| *page == pages[0]),
        "one answer for all"
    );
}

#[tokio::test]
async fn failed_sign_ins_are_slowed_down_and_others_are_not() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let page = browser
        .get(&scene, &scene.authorize(&question("User.Read")))
        .await;
    let wrong = [("username", "bob@clinic.example"), ("password", "wrong")];
    for _ in 0..10 {
        assert_eq!(
            browser.submit(&scene, &page, &wrong).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let answer = browser.submit(&scene, &page, &wrong).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        answer
            .header("retry-after")
            .parse::<u32>()
            .expect("seconds")
            <= 601
    );
    scene.code(&question("User.Read")).await;
    scene.stage.clock.forward_s(601);
    assert_eq!(
        browser.submit(&scene, &page, &wrong).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in() {
    let scene = scene().await;
    let action = scene
        .authorize(&question("User.Read"))
        .replace("/authorize?", "/sign-in?");
    let fields = [
        ("username", "ada@clinic.example"),
        ("password", PASSWORD),
        ("csrf", "guessed-secret-of-mine"),
    ];
    let mut browser = Browser::default();
    let answer = browser
        .send(&scene, Method::POST, &action, &encode(fields))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!browser.cookies.contains_key("__Host-parvis-session"));
}

#[tokio::test]
async fn clients_and_addresses_that_are_not_known_are_never_redirected_to() {
    let scene = scene().await;
    for (name, value, number) in [
        ("client_id", "other", 700_016),
        ("client_id", "", 900_144),
        ("redirect_uri", "https://evil.example/cb", 50_011),
        ("redirect_uri", "https://app.example/cb/../evil", 50_011),
        ("redirect_uri", "https://localhost:5000", 50_011),
        ("redirect_uri", "", 900_144),
    ] {
        let mut asked = question("User.Read");
        asked.insert(name, value);
        let answer = Browser::default()
            .get(&scene, &scene.authorize(&asked))
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}={value}");
        assert_eq!(answer.header("location"), "");
        assert!(
            answer.text().contains(&number.to_string()),
            "{name}={value}"
        );
    }
}

#[tokio::test]
async fn other_wrong_questions_are_answered_at_the_client() {
    let scene = scene().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "id_token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("response_mode", "web_message", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("scope", "", "invalid_request"),
        ("scope", "All.Rights", "invalid_scope"),
        (
            "scope",
            "https://other.example/.default",
            "invalid_resource",
        ),
        ("prompt", "none", "login_required"),
    ] {
        let mut asked = question("User.Read");
        asked.insert(name, value);
        let answer = Browser::default()
            .get(&scene, &scene.authorize(&asked))
            .await;
        assert_eq!(
            sent(&answer, "error").as_deref(),
            Some(error),
            "{name}={value}"
        );
        assert_eq!(sent(&answer, "state").as_deref(), Some("s&t"));
        assert!(
            answer
                .header("location")
                .starts_with("https://app.example/cb?")
        );
    }
}

// RFC 8252 7.3
#[tokio::test]
async fn native_clients_listen_on_any_loopback_port() {
    let scene = scene().await;
    let mut asked = question("User.Read");
    asked.insert("redirect_uri", "http://localhost:51234/");
    let answer = Browser::default().sign_in(&scene, &asked).await;
    assert!(
        answer
            .header("location")
            .starts_with("http://localhost:51234/?code=")
    );
}

#[tokio::test]
async fn answers_come_in_a_fragment_or_a_form_when_asked() {
    let scene = scene().await;
    let mut asked = question("User.Read");
    asked.insert("response_mode", "fragment");
    let answer = Browser::default().sign_in(&scene, &asked).await;
    assert!(
        answer
            .header("location")
            .starts_with("https://app.example/cb#code=")
    );
    asked.insert("response_mode", "form_post");
    let answer = Browser::default().sign_in(&scene, &asked).await;
    assert_eq!(
        attribute(&answer.text(), "<form method=\"post\" action=\""),
        REDIRECT
    );
    assert_eq!(attribute(&answer.text(), "name=\"state\" value=\""), "s&t");
    let code = attribute(&answer.text(), "name=\"code\" value=\"");
    assert_eq!(scene.redeem(&code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_signed_in_browser_is_not_asked_again_until_it_signs_out() {
    let scene = scene().await;
    let mut browser = Browser::default();
    browser.sign_in(&scene, &question("User.Read")).await;
    let mut silent = question("User.Read");
    silent.insert("prompt", "none");
    let answer = browser.get(&scene, &scene.authorize(&silent)).await;
    assert!(sent(&answer, "code").is_some());
    let mut anew = question("User.Read");
    anew.insert("prompt", "login");
    assert_eq!(
        browser.get(&scene, &scene.authorize(&anew)).await.status,
        StatusCode::OK
    );

    let leave = |uri: &str| {
        let query = encode([("client_id", "app"), ("post_logout_redirect_uri", uri)]);
        format!("/{}/oauth2/v2.0/logout?{query}", scene.tenant)
    };
    let stolen = browser.clone();
    let answer = browser.get(&scene, &leave("https://evil.example/")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::OK, "")
    );
    let answer = stolen.clone().get(&scene, &scene.authorize(&silent)).await;
    assert_eq!(
        sent(&answer, "error").as_deref(),
        Some("login_required"),
        "ended on the server too"
    );
    let answer = browser.get(&scene, &leave(REDIRECT)).await;
    assert_eq!(answer.header("location"), REDIRECT);
}

// [C4]
#[tokio::test]
async fn a_member_is_asked_for_consent_once() {
    let scene = scene().await;
    let mut asked = question("User.Read");
    asked.insert("client_id", "asking");
    let mut browser = Browser::default();
    let page = browser.sign_in(&scene, &asked).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text().contains("See your name and account"),
        "{}",
        page.text()
    );

    let mut silent = asked.clone();
    silent.insert("prompt", "none");
    let answer = browser.get(&scene, &scene.authorize(&silent)).await;
    assert_eq!(sent(&answer, "error").as_deref(), Some("consent_required"));
    let answer = browser
        .submit(&scene, &page, &[("decision", "decline")])
        .await;
    assert_eq!(sent(&answer, "error").as_deref(), Some("access_denied"));
    let answer = browser
        .submit(&scene, &page, &[("decision", "accept")])
        .await;
    assert!(sent(&answer, "code").is_some());
    let answer = browser.get(&scene, &scene.authorize(&silent)).await;
    let code = sent(&answer, "code").expect("remembered");

    // What was not agreed to is not in the token, whatever the client asks for later.
    let mut fields = redemption(&code).to_vec();
    fields[1] = ("client_id", "asking");
    fields.push(("scope", "User.Read Chat.ReadWrite"));
    let refusal = oauth_refusal(&scene.token(&fields).await);
    assert_eq!(refusal, ("invalid_grant".to_owned(), 65_001));
}

#[tokio::test]
async fn members_of_other_organisations_cannot_sign_in_under_this_one() {
    let scene = scene().await;
    let services = &scene.stage.services;
    let other = services
        .organisations
        .create("Bank")
        .await
        .expect("organisation");
    services
        .members
        .create(other.id, new_member("eve@bank.example", "Eve"))
        .await
        .expect("member");
    let mut browser = Browser::default();
    let page = browser
        .get(&scene, &scene.authorize(&question("User.Read")))
        .await;
    let eve = [("username", "eve@bank.example"), ("password", PASSWORD)];
    assert_eq!(
        browser.submit(&scene, &page, &eve).await.status,
        StatusCode::UNAUTHORIZED
    );
    let everyone = scene
        .authorize(&question("User.Read"))
        .replace(&scene.tenant, "organizations");
    let page = browser.get(&scene, &everyone).await;
    assert!(sent(&browser.submit(&scene, &page, &eve).await, "code").is_some());
    let answer = browser
        .get(&scene, &scene.authorize(&question("User.Read")))
        .await;
    assert_eq!(
        answer.status,
        StatusCode::OK,
        "her session does not count here"
    );
}
