//! The Call Automation dialect from outside: signed requests over the real router. Calls themselves are shown by the
//! official SDKs in `conformance/`; here is what is refused, and where the keys of callbacks are.
mod door;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use door::{ORIGIN, Stage, stage};
use parvis_service::context::random_uuid;
use serde_json::json;

const VERSION: &str = "api-version=2026-03-12";

fn at(path: &str) -> String {
    format!("/calling/{path}?{VERSION}")
}

async fn refusal(stage: &Stage, method: Method, path: &str, body: &str) -> (u16, String) {
    stage.call(method, &at(path), body).await.refusal()
}

/// Every operation that is there, with a connection that is not.
fn operations() -> Vec<(Method, String)> {
    let id = random_uuid();
    let user =
        "8%3Aacs%3A1b5cc06b-f352-4571-b1e6-d9b259b7c776_0000000a-b1cc-8a94-e3c7-593a0d003a89";
    let one = format!("callConnections/{id}");
    let mut all = vec![
        (Method::GET, one.clone()),
        (Method::DELETE, one.clone()),
        (Method::GET, format!("{one}/participants")),
        (Method::GET, format!("{one}/participants/{user}")),
    ];
    for operation in [
        "terminate",
        "transferToParticipant",
        "play",
        "hold",
        "startTranscription",
    ] {
        all.push((Method::POST, format!("{one}:{operation}")));
    }
    all.push((Method::POST, format!("{one}/participants:moveHere")));
    all
}

#[tokio::test]
async fn a_connection_that_is_not_there_has_one_answer() {
    let stage = stage().await;
    for (method, path) in operations() {
        let refused = refusal(&stage, method.clone(), &path, "").await;
        assert_eq!(refused, (404, "8522".to_owned()), "{method} {path}");
    }
    for id in ["nonsense", "%00", "..%2Fidentities"] {
        let path = format!("callConnections/{id}");
        let refused = refusal(&stage, Method::GET, &path, "").await;
        assert_eq!(refused, (404, "8522".to_owned()), "{id}");
    }
}

#[tokio::test]
async fn nothing_is_done_for_who_has_not_the_key() {
    let stage = stage().await;
    let mut all = operations();
    for path in ["callConnections", "recordings"] {
        all.push((Method::POST, path.to_owned()));
    }
    for operation in ["answer", "reject", "redirect", "connect"] {
        all.push((Method::POST, format!("callConnections:{operation}")));
    }
    for (method, path) in all {
        let mut foreign = stage.signed(method.clone(), &at(&path), "");
        foreign.key = vec![0; 64];
        let answer = stage.send(foreign.build()).await;
        assert_eq!(
            answer.refusal(),
            (401, "Denied".to_owned()),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn what_is_not_offered_is_said_in_words() {
    let stage = stage().await;
    for (method, path) in [
        (Method::POST, "recordings"),
        (Method::GET, "recordings/x"),
        (Method::DELETE, "recordings/x"),
        (Method::POST, "recordings/x:pause"),
        (Method::POST, "recordings/x:resume"),
    ] {
        let answer = stage.call(method, &at(path), "{}").await;
        assert_eq!(
            answer.refusal(),
            (501, "NotImplemented".to_owned()),
            "{path}"
        );
        assert!(
            answer.text().contains("does not offer"),
            "{}",
            answer.text()
        );
    }
    let user = stage.services.identities.create(stage.resource.id).await;
    let user = user.expect("identity").to_string();
    let call = |target: &str| {
        json!({ "targets": [{ "rawId": target }], "callbackUri": "https://a.example/" }).to_string()
    };
    let phone = refusal(
        &stage,
        Method::POST,
        "callConnections",
        &call("4:+14255550123"),
    )
    .await;
    assert_eq!(phone, (400, "TelephonyNotConfigured".to_owned()));
    // This node sends nothing out: an app that could not be told must not begin.
    let answer = stage
        .call(Method::POST, &at("callConnections"), &call(&user))
        .await;
    assert_eq!(answer.refusal(), (400, "BadRequest".to_owned()));
    assert_eq!(answer.json()["error"]["target"], "callbackUri");
}

#[tokio::test]
async fn a_request_id_is_a_uuid() {
    let stage = stage().await;
    let signed = stage.signed(Method::POST, &at("callConnections:reject"), "{}");
    let mut request = signed.build();
    let name = "repeatability-request-id";
    request
        .headers_mut()
        .insert(name, "seven".parse().expect("header"));
    assert_eq!(
        stage.send(request).await.refusal(),
        (400, "BadRequest".to_owned())
    );
}

#[tokio::test]
async fn the_keys_of_callbacks_are_found_without_a_key() {
    let stage = stage().await;
    let get = |path: &str| {
        let request = Request::builder().uri(path).body(Body::empty());
        request.expect("request")
    };
    let answer = stage
        .send(get("/calling/.well-known/acsopenidconfiguration"))
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["issuer"], ORIGIN);
    assert_eq!(answer.json()["jwks_uri"], format!("{ORIGIN}/calling/keys"));
    let keys = stage.send(get("/calling/keys")).await.json();
    assert_eq!(keys["keys"][0]["kty"], "RSA");
    assert!(keys["keys"][0].get("d").is_none(), "only the public half");
}
