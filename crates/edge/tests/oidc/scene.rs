//! One organisation with a licensed member, two clients, and a browser without script.
use crate::door::{self, Answer, Stage, stage};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use parvis_domain::directory::Member;
use parvis_service::{
    members::NewMember,
    sign_in::{
        NewClient,
        scopes::{BACK_END_SCOPES, CALLING_SCOPES, CLIENT_SCOPES, EXTENSION_SCOPE, GRAPH_SCOPES},
    },
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::{Url, form_urlencoded};

pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(super) const REDIRECT: &str = "https://app.example/cb";
pub(super) const CALLING: &str = "https://auth.msft.communication.azure.com";
pub(super) const BOTH: &str = "openid profile offline_access \
    https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats";

/// A server with one organisation, a licensed member and two clients.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) member: Member,
    pub(super) tenant: String,
}

pub(super) async fn scene() -> Scene {
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

pub(super) fn new_member(upn: &str, display_name: &str) -> NewMember {
    NewMember {
        upn: upn.to_owned(),
        display_name: display_name.to_owned(),
        password: PASSWORD.to_owned(),
        licences: vec!["TEAMS1".to_owned()],
    }
}

pub(super) fn new_client(client_id: &str, pre_consented: bool) -> NewClient {
    let permissions = GRAPH_SCOPES
        .iter()
        .chain(&CALLING_SCOPES)
        .chain(&CLIENT_SCOPES)
        .chain(&BACK_END_SCOPES)
        .chain([&EXTENSION_SCOPE]);
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

pub(super) fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// What a client asks at the authorization endpoint; tests change single parameters.
pub(super) fn question(scope: &str) -> BTreeMap<&str, &str> {
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
pub(super) struct Browser {
    pub(super) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(super) async fn get(&mut self, scene: &Scene, target: &str) -> Answer {
        self.send(scene, Method::GET, target, "").await
    }

    pub(super) async fn send(
        &mut self,
        scene: &Scene,
        method: Method,
        target: &str,
        form: &str,
    ) -> Answer {
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
    pub(super) async fn submit(
        &mut self,
        scene: &Scene,
        page: &Answer,
        fields: &[(&str, &str)],
    ) -> Answer {
        let html = page.text();
        let action = attribute(&html, "<form method=\"post\" action=\"");
        let csrf = attribute(&html, "name=\"csrf\" value=\"");
        let form = encode(fields.iter().copied().chain([("csrf", csrf.as_str())]));
        self.send(scene, Method::POST, &action, &form).await
    }

    pub(super) async fn sign_in(
        &mut self,
        scene: &Scene,
        question: &BTreeMap<&str, &str>,
    ) -> Answer {
        let page = self.get(scene, &scene.authorize(question)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let fields = [("username", "Ada@Clinic.example"), ("password", PASSWORD)];
        self.submit(scene, &page, &fields).await
    }
}

/// The value that follows `start` in HTML, unescaped.
pub(super) fn attribute(html: &str, start: &str) -> String {
    let (_, rest) = html
        .split_once(start)
        .unwrap_or_else(|| panic!("{start} in {html}"));
    let value = rest.split('"').next().expect("end");
    value.replace("&amp;", "&").replace("&#39;", "'")
}

/// A parameter of the address that an answer sends the browser to.
pub(super) fn sent(answer: &Answer, name: &str) -> Option<String> {
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text());
    let address = Url::parse(answer.header("location")).expect("address");
    address
        .query_pairs()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

impl Scene {
    pub(super) fn authorize(&self, question: &BTreeMap<&str, &str>) -> String {
        let query = encode(question.iter().map(|(name, value)| (*name, *value)));
        format!("/{}/oauth2/v2.0/authorize?{query}", self.tenant)
    }

    /// A code of a fresh browser.
    pub(super) async fn code(&self, question: &BTreeMap<&str, &str>) -> String {
        let answer = Browser::default().sign_in(self, question).await;
        assert_eq!(sent(&answer, "state").as_deref(), Some("s&t"));
        sent(&answer, "code").expect("code")
    }

    pub(super) async fn token(&self, fields: &[(&str, &str)]) -> Answer {
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

    pub(super) async fn redeem(&self, code: &str) -> Answer {
        self.token(&redemption(code)).await
    }

    pub(super) async fn refresh(&self, token: &str) -> Answer {
        let grant = [
            ("grant_type", "refresh_token"),
            ("client_id", "app"),
            ("refresh_token", token),
        ];
        self.token(&grant).await
    }

    /// The tokens of a sign-in.
    pub(super) async fn tokens(&self, scope: &str) -> Value {
        let answer = self.redeem(&self.code(&question(scope)).await).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    pub(super) async fn exchange(&self, token: &str, app_id: &str, user_id: &str) -> Answer {
        let body = json!({ "token": token, "appId": app_id, "userId": user_id });
        let target = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
        self.stage
            .call(Method::POST, target, &body.to_string())
            .await
    }
}

pub(super) fn redemption(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} in {value}"))
}

/// Name and number of a token endpoint's refusal, whose whole form is checked.
pub(super) fn oauth_refusal(answer: &Answer) -> (String, u64) {
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
