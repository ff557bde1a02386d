//! The Identity dialect from outside: signed requests over the real router.
#[path = "../door/mod.rs"]
mod door;
mod lifecycle;
mod refusals;
mod signatures;

use axum::http::{Method, StatusCode};
use door::{Answer, Stage};

const VERSION: &str = "api-version=2023-10-01";

fn create() -> String {
    format!("/identities?{VERSION}")
}

/// The path of an operation on an identity, percent-encoded as the SDKs do.
fn of(id: &str, operation: &str) -> String {
    format!(
        "/identities/{}{operation}?{VERSION}",
        id.replace(':', "%3A")
    )
}

async fn new_identity(stage: &Stage) -> String {
    let answer = stage.call(Method::POST, &create(), "").await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["identity"]["id"]
        .as_str()
        .expect("id")
        .to_owned()
}

async fn new_token(stage: &Stage, id: &str) -> String {
    let answer = stage
        .call(
            Method::POST,
            &of(id, "/:issueAccessToken"),
            r#"{"scopes":["chat","voip"]}"#,
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["token"].as_str().expect("token").to_owned()
}

fn assert_denied(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text());
    let error = &answer.json()["error"];
    assert_eq!(error["code"], "Denied");
    assert_eq!(error["message"], "Denied by the resource provider.");
    assert_eq!(answer.header("www-authenticate"), "", "no challenge");
}
