//! Too many requests, and a store that does not answer: both say when to come back.
use super::*;

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let server = Server::start().await;
    let (ana, ben) = (server.user(CHAT).await, server.user(CHAT).await);
    let thread = server.thread(&ana, &[&ben]).await;
    let typing = format!("{thread}/typing");
    let mut refused = None;
    for _ in 0..=parvis_service::threads::ChatLimits::default().signals_per_10s {
        let answer = server.chat(&ana, "POST", &typing, json!({})).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "TooManyRequests")
    );
    let wait: u32 = refused
        .header("retry-after")
        .expect("header")
        .parse()
        .expect("seconds");
    assert!((1..=10).contains(&wait));
    let others = server.chat(&ben, "POST", &typing, json!({})).await;
    assert_eq!(others.status, 200, "others have their own count");
}

#[tokio::test]
async fn without_its_store_the_dialect_says_come_back_later() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    server.services.context.store.close().await;
    for (method, path, body) in operations("1", &ana) {
        let answer = server
            .chat(&ana, method, format!("{thread}{path}"), body)
            .await;
        let found = (answer.status, answer.code());
        assert_eq!(
            found,
            (503, "ServiceUnavailable".to_owned()),
            "{method} {path}"
        );
    }
}
