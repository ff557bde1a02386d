//! A node with two organisations and four members, and requests to its whole router.
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use parvis_domain::{
    directory::{Licence, Member, Organisation, Upn},
    ids::{MemberId, OrganisationId},
    time::Timestamp,
};
use parvis_edge::{App, rest};
use parvis_service::{
    Services,
    context::Context,
    media::NoMedia,
    sign_in::{AuthorizeRequest, Granted, NewClient, Tenant, TokenRequest},
};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::watch;
use tower::ServiceExt;
use uuid::Uuid;

/// Licensed, of the clinic.
pub(crate) const ADA: &str = "00000000-0000-4000-8000-00000000000a";
/// Licensed, of the clinic.
pub(crate) const BO: &str = "00000000-0000-4000-8000-00000000000b";
/// Of the clinic, without a licence.
pub(crate) const UNLICENSED: &str = "00000000-0000-4000-8000-00000000000c";
/// Licensed, of the bank.
pub(crate) const FOREIGN: &str = "00000000-0000-4000-8000-00000000000d";

const CLINIC: OrganisationId = OrganisationId(Uuid::from_u128(1));
const BANK: OrganisationId = OrganisationId(Uuid::from_u128(2));
const ALL_SCOPES: &str =
    "User.Read User.ReadBasic.All OnlineMeetings.Read OnlineMeetings.ReadWrite";
const CLIENT: &str = "tests";
const REDIRECT: &str = "http://localhost/";
/// The pair of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The node.
pub(crate) struct Stage {
    _folder: tempfile::TempDir,
    services: Arc<Services>,
    router: Router,
    _shutdown: watch::Sender<bool>,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// `null` when the text is no JSON.
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The dialect's envelope, with the request ids of the headers in it.
    pub(crate) fn is_error(&self, status: StatusCode, code: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        let error = &self.body["error"];
        assert_eq!(error["code"], code, "{}", self.text);
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty())
        );
        assert!(!self.header("request-id").is_empty());
        assert_eq!(error["innerError"]["request-id"], self.header("request-id"));
        assert!(error["innerError"]["date"].is_string());
        assert!(self.header("content-type").starts_with("application/json"));
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let origin = "https://meet.example.org/".parse().expect("origin");
        let file = folder.path().join("p.db");
        let context = Context::open(&file, origin).await.expect("context");
        fill(&context).await;
        let services = Services::new(context, Arc::new(NoMedia))
            .await
            .expect("services");
        let client = NewClient {
            client_id: CLIENT.to_owned(),
            name: "Tests".to_owned(),
            organisation: None,
            redirect_uris: vec![REDIRECT.to_owned()],
            permissions: ALL_SCOPES.split(' ').map(str::to_owned).collect(),
            pre_consented: false,
            secret: None,
        };
        services
            .sign_in
            .register_client(client)
            .await
            .expect("client");
        let services = Arc::new(services);
        let (stop, shutdown) = watch::channel(false);
        let router = rest::router(App::new(services.clone(), shutdown));
        Self {
            _folder: folder,
            services,
            router,
            _shutdown: stop,
        }
    }

    /// An `Authorization` of a member who signed in to a client that asked for these permissions.
    pub(crate) async fn bearer(&self, member: &str, scopes: &str) -> String {
        let member = member.parse().expect("oid");
        let member = self
            .services
            .members
            .load(member)
            .await
            .expect("load")
            .expect("member");
        let sign_in = &self.services.sign_in;
        let question = AuthorizeRequest {
            client_id: Some(CLIENT.to_owned()),
            redirect_uri: Some(REDIRECT.to_owned()),
            response_type: Some("code".to_owned()),
            scope: Some(scopes.to_owned()),
            code_challenge: Some(CHALLENGE.to_owned()),
            code_challenge_method: Some("S256".to_owned()),
            ..AuthorizeRequest::default()
        };
        let asked = sign_in.ask(Tenant::Any, question).await.expect("asked");
        let granted = sign_in.grant(&asked, &member, true).await.expect("granted");
        let Granted::Code(code) = granted else {
            panic!("consent was given")
        };
        let request = TokenRequest {
            grant_type: Some("authorization_code".to_owned()),
            client_id: Some(CLIENT.to_owned()),
            code: Some(code),
            redirect_uri: Some(REDIRECT.to_owned()),
            code_verifier: Some(VERIFIER.to_owned()),
            ..TokenRequest::default()
        };
        let Ok(answer) = sign_in.redeem(Tenant::Any, request).await else {
            panic!("the code is good")
        };
        let answer = serde_json::to_value(answer).expect("json");
        format!("Bearer {}", answer["access_token"].as_str().expect("token"))
    }

    pub(crate) async fn send(
        &self,
        member: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let bearer = self.bearer(member, ALL_SCOPES).await;
        self.send_as(Some(&bearer), method, path, body).await
    }

    pub(crate) async fn send_with(
        &self,
        member: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let bearer = self.bearer(member, ALL_SCOPES).await;
        let mut request = Request::get(path)
            .header(header::HOST, "meet.example.org")
            .header(header::AUTHORIZATION, bearer);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request.body(Body::empty()).expect("request"))
            .await
    }

    pub(crate) async fn send_as(
        &self,
        authorization: Option<&str>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "meet.example.org");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.answer(request.body(body).expect("request")).await
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.expect("body");
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }
}

async fn fill(context: &Context) {
    let now = Timestamp(1_790_000_000_000);
    for (id, name) in [(CLINIC, "Clinic"), (BANK, "Bank")] {
        let name = name.to_owned();
        let organisation = Organisation { id, name };
        context
            .store
            .insert_organisation(&organisation, now)
            .await
            .expect("organisation");
    }
    for (oid, organisation, upn, name, plan) in [
        (ADA, CLINIC, "ada@clinic.example", "Ada Adams", "TEAMS1"),
        (BO, CLINIC, "bo@clinic.example", "Bo Berg", "TEAMS1"),
        (
            UNLICENSED,
            CLINIC,
            "cy@clinic.example",
            "Cy Cole",
            "EXCHANGE",
        ),
        (FOREIGN, BANK, "di@bank.example", "Di Dorn", "TEAMS1"),
    ] {
        let member = Member {
            oid: oid.parse::<MemberId>().expect("oid"),
            organisation,
            upn: Upn::parse(upn).expect("upn"),
            display_name: name.to_owned(),
            enabled: true,
            licences: vec![Licence::parse(plan).expect("plan")],
        };
        context
            .store
            .insert_member(&member, "hash", now)
            .await
            .expect("member");
    }
}
