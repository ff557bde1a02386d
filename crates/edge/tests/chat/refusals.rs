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

/// What each scope gives: chat, chat.join, chat.join.limited.
const RIGHTS: [(&str, &str, [bool; 3]); 15] = [
    ("POST", "new thread", [true, false, false]),
    ("GET", "threads", [true, true, true]),
    ("GET", "", [true, true, true]),
    ("PATCH", "", [true, false, false]),
    ("DELETE", "", [true, false, false]),
    ("POST", "/participants/:add", [true, true, false]),
    ("POST", "/participants/:remove", [true, true, false]),
    ("GET", "/participants", [true, true, true]),
    ("POST", "/messages", [true, true, true]),
    ("GET", "/messages", [true, true, true]),
    ("GET", "/messages/1", [true, true, true]),
    ("PATCH", "/messages/1", [true, true, true]),
    ("DELETE", "/messages/1", [true, true, true]),
    ("GET+POST", "/readReceipts", [true, true, true]),
    ("POST", "/typing", [true, true, true]),
];

// [N2]
#[tokio::test]
async fn each_scope_gives_what_its_row_says_and_no_more() {
    let server = Server::start().await;
    let (ana, other) = (server.user(CHAT).await, server.user(CHAT).await);
    for (column, scope) in [Scope::Chat, Scope::ChatJoin, Scope::ChatJoinLimited]
        .into_iter()
        .enumerate()
    {
        let ben = server.user(&[scope]).await;
        for (method, path, gives) in RIGHTS {
            // A thread and a message of Ben's own for each row, since some rows end them.
            let thread = server.thread(&ana, &[&ben]).await;
            let message = server.send(&ben, &thread, "mine").await;
            for method in method.split('+') {
                let target = match path {
                    "new thread" | "threads" => String::new(),
                    path => format!("{thread}{}", path.replace("/1", &format!("/{message}"))),
                };
                let answer = server
                    .chat(
                        &ben,
                        method,
                        target,
                        body_for(method, path, &message, &other),
                    )
                    .await;
                let row = format!("{scope:?} {method} {path}: {}", answer.text);
                if gives[column] {
                    assert!((200..300).contains(&answer.status), "{row}");
                } else {
                    assert_eq!(
                        (answer.status, answer.code().as_str()),
                        (403, "Forbidden"),
                        "{row}"
                    );
                }
            }
        }
    }
}

fn body_for(method: &str, path: &str, message: &str, other: &User) -> Value {
    match (method, path) {
        ("GET" | "DELETE", _) => Value::Null,
        ("POST", "/participants/:add") => json!({ "participants": [participant(other)] }),
        ("POST", "/participants/:remove") => json!({ "rawId": other.id() }),
        ("POST", "/readReceipts") => json!({ "chatMessageId": message }),
        _ => json!({ "topic": "t", "content": "c" }),
    }
}

#[tokio::test]
async fn what_is_no_operation_is_told_in_the_dialect_s_shape() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    for path in ["/images", "/messages/1/2", "/participants/:add/x"] {
        let answer = server
            .chat(&ana, "GET", format!("{thread}{path}"), Value::Null)
            .await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "NotFound"),
            "{path}"
        );
    }
    let answer = server
        .chat(&ana, "DELETE", format!("{thread}/messages"), Value::Null)
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (405, "MethodNotAllowed")
    );
}
