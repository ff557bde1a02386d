//! Sign-in of members and the exchange, from outside: a browser without script and a client with a proof key.
mod door;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use base64::{Engine, prelude::*};
use door::{Answer, ORIGIN, Stage, claims, stage};
use parvis_domain::directory::Member;
use parvis_service::{
    members::{MemberChange, NewMember},
    sign_in::{
        NewClient,
        scopes::{Audience, CALLING_SCOPES, GRAPH_SCOPES},
    },
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::{Url, form_urlencoded};

const PASSWORD: &str = "correct horse battery";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "https://app.example/cb";
const CALLING: &str = "https://auth.msft.communication.azure.com";
const BOTH: &str = "openid profile offline_access \
    https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats";

/// A server with one organisation, a licensed member and two clients.
struct Scene {
    stage: Stage,
    member: Member,
    tenant: String,
}

async fn scene() -> Scene {
    let stage = stage().await;
    let organisation = stage
        .services
        .organisations
        .create("Clinic")
        .await
        .expect("organisation");
    let member = stage
        .services
        .members
        .create(
            organisation.id,
            new_member("ada@clinic.example", "Ada Lovelace"),
        )
        .await
        .expect("member");
    for (client_id, pre_consented) in [("app", true), ("asking", false)] {
        let client = new_client(client_id, pre_consented);
        stage
            .services
            .sign_in
            .register_client(client)
            .await
            .expect("client");
    }
    Scene {
        stage,
        member,
        tenant: organisation.id.to_string(),
    }
}

fn new_member(upn: &str, display_name: &str) -> NewMember {
    NewMember {
        upn: upn.to_owned(),
        display_name: display_name.to_owned(),
        password: PASSWORD.to_owned(),
        licences: vec!["TEAMS1".to_owned()],
    }
}

fn new_client(client_id: &str, pre_consented: bool) -> NewClient {
    let permissions = GRAPH_SCOPES.iter().chain(&CALLING_SCOPES);
    NewClient {
        client_id: client_id.to_owned(),
        name: "A <b>builder's</b> app".to_owned(),
        organisation: None,
        redirect_uris: vec![REDIRECT.to_owned(), "http://localhost".to_owned()],
        permissions: permissions.map(|scope| (*scope).to_owned()).collect(),
        pre_consented,
        secret: None,
    }
}

fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// What a client asks at the authorization endpoint; tests change single parameters.
fn question(scope: &str) -> BTreeMap<&str, &str> {
    BTreeMap::from([
        ("client_id", "app"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", scope),
        ("state", "s&t"),
        ("nonce", "n-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("client_info", "1"),
        ("x-client-SKU", "msal.js.node"),
    ])
}

/// A browser: keeps cookies, runs no script.
#[derive(Default, Clone)]
struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn get(&mut self, scene: &Scene, target: &str) -> Answer {
        self.send(scene, Method::GET, target, "").await
    }

    async fn send(&mut self, scene: &Scene, method: Method, target: &str, form: &str) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, door::HOST)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::from(form.to_owned()));
        let answer = scene.stage.send(request.expect("request")).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().expect("text");
            for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                assert!(text.contains(part), "{text}");
            }
            let (name, rest) = text.split_once('=').expect("cookie");
            assert!(name.starts_with("__Host-"));
            let value = rest.split(';').next().expect("value");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Fills in and sends the form of a page.
    async fn submit(&mut self, scene: &Scene, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let html = page.text();
        let action = attribute(&html, "<form method=\"post\" action=\"");
        let csrf = attribute(&html, "name=\"csrf\" value=\"");
        let form = encode(fields.iter().copied().chain([("csrf", csrf.as_str())]));
        self.send(scene, Method::POST, &action, &form).await
    }

    async fn sign_in(&mut self, scene: &Scene, question: &BTreeMap<&str, &str>) -> Answer {
        let page = self.get(scene, &scene.authorize(question)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let fields = [("username", "Ada@Clinic.example"), ("password", PASSWORD)];
        self.submit(scene, &page, &fields).await
    }
}

/// The value that follows `start` in HTML, unescaped.
fn attribute(html: &str, start: &str) -> String {
    let (_, rest) = html
        .split_once(start)
        .unwrap_or_else(|| panic!("{start} in {html}"));
    let value = rest.split('"').next().expect("end");
    value.replace("&amp;", "&").replace("&#39;", "'")
}

/// A parameter of the address that an answer sends the browser to.
fn sent(answer: &Answer, name: &str) -> Option<String> {
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text());
    let address = Url::parse(answer.header("location")).expect("address");
    address
        .query_pairs()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

impl Scene {
    fn authorize(&self, question: &BTreeMap<&str, &str>) -> String {
        let query = encode(question.iter().map(|(name, value)| (*name, *value)));
        format!("/{}/oauth2/v2.0/authorize?{query}", self.tenant)
    }

    /// A code of a fresh browser.
    async fn code(&self, question: &BTreeMap<&str, &str>) -> String {
        let answer = Browser::default().sign_in(self, question).await;
        assert_eq!(sent(&answer, "state").as_deref(), Some("s&t"));
        sent(&answer, "code").expect("code")
    }

    async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!(
                "/{}/oauth2/v2.0/token?client-request-id=11111111-2222-3333-4444-555555555555",
                self.tenant
            ))
            .header(
                header::CONTENT_TYPE,
                "application/x-www-form-urlencoded;charset=utf-8",
            )
            .header(header::ORIGIN, "https://app.example")
            .body(Body::from(encode(fields.iter().copied())));
        self.stage.send(request.expect("request")).await
    }

    async fn redeem(&self, code: &str) -> Answer {
        self.token(&redemption(code)).await
    }

    async fn refresh(&self, token: &str) -> Answer {
        let grant = [
            ("grant_type", "refresh_token"),
            ("client_id", "app"),
            ("refresh_token", token),
        ];
        self.token(&grant).await
    }

    /// The tokens of a sign-in.
    async fn tokens(&self, scope: &str) -> Value {
        let answer = self.redeem(&self.code(&question(scope)).await).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    async fn exchange(&self, token: &str, app_id: &str, user_id: &str) -> Answer {
        let body = json!({ "token": token, "appId": app_id, "userId": user_id });
        let target = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
        self.stage
            .call(Method::POST, target, &body.to_string())
            .await
    }
}

fn redemption(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {value}"))
}

/// Name and number of a token endpoint's refusal, whose whole form is checked.
fn oauth_refusal(answer: &Answer) -> (String, u64) {
    let body = answer.json();
    assert!(answer.status.is_client_error(), "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    let number = body["error_codes"][0].as_u64().expect("number");
    assert!(text(&body, "error_description").starts_with(&number.to_string()));
    assert_eq!(
        text(&body, "correlation_id"),
        "11111111-2222-3333-4444-555555555555"
    );
    assert_eq!(text(&body, "trace_id").len(), 36);
    assert!(text(&body, "timestamp").ends_with('Z'));
    (text(&body, "error").to_owned(), number)
}

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
    assert_eq!(text(&access, "scp"), "Teams.ManageCalls Teams.ManageChats");
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
async fn a_consent_taken_back_ends_the_exchange() {
    let scene = scene().await;
    let tokens = scene.tokens(BOTH).await;
    let oid = scene.member.oid.to_string();
    scene
        .stage
        .services
        .sign_in
        .register_client(new_client("app", false))
        .await
        .expect("client");
    let answer = scene
        .exchange(text(&tokens, "access_token"), "app", &oid)
        .await;
    assert_eq!(answer.refusal(), (401, "InvalidAccessToken".to_owned()));
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
    assert_eq!(
        ended.try_recv().expect("news").0.to_string(),
        format!("8:orgid:{oid}")
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
