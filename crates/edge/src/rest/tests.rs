//! What holds for all dialects together.
use super::*;
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use parvis_service::{Services, context::Context, media::NoMedia};
use std::sync::Arc;
use tokio::sync::watch;
use tower::ServiceExt;

async fn app() -> (tempfile::TempDir, App) {
    let folder = tempfile::tempdir().expect("folder");
    let origin = "https://meet.example.org/".parse().expect("origin");
    let context = Context::open(&folder.path().join("p.db"), origin).await;
    let services = Services::new(context.expect("context"), Arc::new(NoMedia)).await;
    let app = App::new(
        Arc::new(services.expect("services")),
        watch::channel(false).1,
    );
    (folder, app)
}

async fn ask(router: &Router, method: Method, path: &str) -> Response {
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::empty()).expect("request");
    router.clone().oneshot(request).await.expect("infallible")
}

#[tokio::test]
async fn the_http_listener_serves_nothing_that_takes_credentials() {
    let (_folder, app) = app().await;
    let (all, pages) = (router(app.clone()), pages_router(app));
    for (path, refusal) in [
        ("/host/token", StatusCode::UNAUTHORIZED),
        ("/identities", StatusCode::UNAUTHORIZED),
        ("/chat/threads", StatusCode::UNAUTHORIZED),
        ("/v4/a", StatusCode::UNAUTHORIZED),
        ("/v1.0/me/onlineMeetings", StatusCode::UNAUTHORIZED),
        ("/common/oauth2/v2.0/token", StatusCode::BAD_REQUEST),
    ] {
        let answer = ask(&all, Method::POST, path).await;
        assert_eq!(answer.status(), refusal, "{path}");
        let answer = ask(&pages, Method::POST, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn answers_are_kept_nowhere_unless_they_say_so() {
    let (_folder, app) = app().await;
    let all = router(app);
    for (method, path, kept) in [
        (Method::POST, "/identities", "no-store"),
        (Method::GET, "/chat/threads", "no-store"),
        (Method::GET, "/v1.0/me", "no-store"),
        (
            Method::GET,
            "/.well-known/jwks.json",
            "public, max-age=3600",
        ),
    ] {
        let answer = ask(&all, method, path).await;
        let found = answer.headers().get(header::CACHE_CONTROL);
        assert_eq!(
            found.map(HeaderValue::as_bytes),
            Some(kept.as_bytes()),
            "{path}"
        );
    }
}
