//! Who may not: bad tokens, strangers, small scopes.
use super::*;

#[tokio::test]
async fn every_operation_refuses_those_who_may_not() {
    let server = Server::start().await;
    let (ana, eve) = (server.user(CHAT).await, server.user(CHAT).await);
    let thread = server.thread(&ana, &[]).await;
    let message = server.send(&ana, &thread, "1").await;
    let revoked = server.user(CHAT).await;
    let ended = server
        .services
        .identities
        .revoke(&server.resource.into(), &revoked.raw_id)
        .await;
    ended.expect("revoked");
    let with = |token: &str| User {
        raw_id: ana.raw_id.clone(),
        token: token.to_owned(),
    };
    let tampered = with(&format!("{}x", ana.token));
    let voip = with(
        &server
            .token(&ana.raw_id, ClientKind::External, &[Scope::Voip])
            .await,
    );
    let member = RawId::Member(ADA);
    let exchanged = with(&server.token(&member, ClientKind::MemberOnSdk, CHAT).await);
    for (caller, status, code) in [
        (with(""), 401, "Unauthorized"),
        (with("no.such.token"), 401, "Unauthorized"),
        (tampered, 401, "Unauthorized"),
        (revoked, 401, "Unauthorized"),
        (voip, 403, "Forbidden"),
        (exchanged, 403, "Forbidden"),
        (eve.clone(), 403, "Forbidden"),
    ] {
        let all = operations(&message, &eve).into_iter();
        let all = all.map(|(method, path, body)| (method, format!("{thread}{path}"), body));
        for (method, path, body) in all {
            let answer = server.chat(&caller, method, &path, body).await;
            let found = (answer.status, answer.code());
            assert_eq!(found, (status, code.to_owned()), "{method} {path}");
            assert!(answer.header("www-authenticate").is_none());
        }
    }
    let unknown = path_of("19:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@thread.v2");
    for thread in [unknown.as_str(), "/nonsense"] {
        for (method, path, body) in operations(&message, &eve) {
            let answer = server
                .chat(&ana, method, format!("{thread}{path}"), body)
                .await;
            assert_eq!(answer.status, 403, "{method} {thread}{path}");
        }
    }
}

#[tokio::test]
async fn smaller_scopes_may_less() {
    let server = Server::start().await;
    let (ana, ben) = (
        server.user(CHAT).await,
        server.user(&[Scope::ChatJoinLimited]).await,
    );
    let thread = server.thread(&ana, &[&ben]).await;
    let refused = async |user: &User| {
        let message = server.send(user, &thread, "mine").await;
        let mut refused = Vec::new();
        for (method, path, body) in operations(&message, &ana) {
            if path.ends_with(":remove") || method == "DELETE" && path.is_empty() {
                continue;
            }
            let answer = server
                .chat(user, method, format!("{thread}{path}"), body)
                .await;
            if answer.status == 403 {
                refused.push(format!("{method} {path}"));
            }
        }
        let made = server.chat(user, "POST", "", json!({ "topic": "t" })).await;
        if made.status == 403 {
            refused.push("POST".to_owned());
        }
        refused
    };
    assert_eq!(
        refused(&ben).await,
        ["PATCH ", "POST /participants/:add", "POST"]
    );
    let join = User {
        token: server
            .token(&ben.raw_id, ClientKind::External, &[Scope::ChatJoin])
            .await,
        raw_id: ben.raw_id.clone(),
    };
    assert_eq!(refused(&join).await, ["PATCH ", "POST"]);
}
