//! A server without sockets for the dialects' tests: the real router over a real store in a temporary folder.
#![allow(dead_code, reason = "each test binary uses its part")]
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use base64::{Engine, prelude::*};
use parvis_domain::time::Timestamp;
use parvis_edge::App;
use parvis_service::{
    Services,
    context::{Clock, Context},
    limits::ServiceLimits,
    media::{MediaCallId, MediaCommand, MediaError, MediaEvent, MediaPlane, PeerId},
    resources::Resource,
};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tokio::sync::{mpsc, watch};
use tower::ServiceExt;

pub(crate) const ORIGIN: &str = "https://localhost:8443";
pub(crate) const HOST: &str = "localhost:8443";

/// A media plane for tests in which nobody calls.
struct NoMedia;

#[async_trait]
impl MediaPlane for NoMedia {
    fn open_call(&self, _: MediaCallId, _: mpsc::Sender<MediaEvent>) -> Result<(), MediaError> {
        Err(MediaError::Overloaded)
    }
    async fn offer(&self, _: MediaCallId, _: PeerId, _: String) -> Result<String, MediaError> {
        Err(MediaError::Overloaded)
    }
    fn command(&self, _: MediaCallId, _: MediaCommand) -> Result<(), MediaError> {
        Err(MediaError::Overloaded)
    }
}

/// A clock that tests move by hand.
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn forward_s(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) struct Stage {
    _folder: tempfile::TempDir,
    pub(crate) clock: Arc<Hand>,
    pub(crate) services: Arc<Services>,
    pub(crate) resource: Resource,
    router: Router,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }
    /// Status and error code of a refusal in the shape of the ACS dialects.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let code = self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (self.status.as_u16(), code)
    }
}

pub(crate) async fn stage() -> Stage {
    stage_with(ServiceLimits::default()).await
}

pub(crate) async fn stage_with(limits: ServiceLimits) -> Stage {
    let folder = tempfile::tempdir().expect("folder");
    let clock = Arc::new(Hand(AtomicI64::new(1_790_000_000_000)));
    let origin = format!("{ORIGIN}/").parse().expect("url");
    let mut context = Context::open(&folder.path().join("p.db"), origin)
        .await
        .expect("store");
    context.clock = clock.clone();
    context.limits = limits;
    let services = Services::new(context, Arc::new(NoMedia))
        .await
        .expect("services");
    let services = Arc::new(services);
    let resource = services.resources.create("demo").await.expect("resource");
    let app = App::new(services.clone(), watch::channel(false).1);
    Stage {
        _folder: folder,
        clock,
        services,
        resource,
        router: parvis_edge::rest::router(app),
    }
}

impl Stage {
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible");
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, 4 << 20).await.expect("body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_vec(),
        }
    }

    /// A request signed as the official SDKs do it, to be changed by a test before it is built.
    pub(crate) fn signed(&self, method: Method, target: &str, body: &str) -> SignedRequest {
        SignedRequest {
            method,
            target: target.to_owned(),
            signed_target: target.to_owned(),
            host: HOST.to_owned(),
            signed_host: HOST.to_owned(),
            date: imf_fixdate(self.clock.now()),
            body: body.to_owned(),
            hashed_body: body.to_owned(),
            key: self.resource.primary_key.bytes().to_vec(),
        }
    }

    /// Signs and sends.
    pub(crate) async fn call(&self, method: Method, target: &str, body: &str) -> Answer {
        self.send(self.signed(method, target, body).build()).await
    }
}

pub(crate) struct SignedRequest {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) signed_target: String,
    pub(crate) host: String,
    pub(crate) signed_host: String,
    pub(crate) date: String,
    pub(crate) body: String,
    pub(crate) hashed_body: String,
    pub(crate) key: Vec<u8>,
}

impl SignedRequest {
    pub(crate) fn build(self) -> Request<Body> {
        use aws_lc_rs::{digest, hmac};
        let hash =
            BASE64_STANDARD.encode(digest::digest(&digest::SHA256, self.hashed_body.as_bytes()));
        let text = format!(
            "{}\n{}\n{};{};{hash}",
            self.method, self.signed_target, self.date, self.signed_host
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key);
        let signature = BASE64_STANDARD.encode(hmac::sign(&key, text.as_bytes()));
        let authorization = format!(
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
        );
        Request::builder()
            .method(self.method)
            .uri(self.target)
            .header(header::HOST, self.host)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-ms-date", self.date)
            .header("x-ms-content-sha256", hash)
            .header(
                "x-ms-client-request-id",
                "11111111-2222-3333-4444-555555555555",
            )
            .header(header::AUTHORIZATION, authorization)
            .body(Body::from(self.body))
            .expect("request")
    }
}

pub(crate) fn imf_fixdate(now: Timestamp) -> String {
    let moment = time::OffsetDateTime::from_unix_timestamp(now.seconds()).expect("in range");
    let form = time::macros::format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    moment.format(&form).expect("formats")
}

/// The claims of a token, unchecked.
pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("payload");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("json")
}
