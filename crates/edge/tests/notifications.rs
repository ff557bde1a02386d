//! The notification protocol over real HTTP and sockets, step by step as the chat package's browser build takes them.
mod server;

use futures_util::{SinkExt, StreamExt};
use parvis_domain::{
    ids::{ExternalUserId, RawId},
    principal::{ClientKind, Scope},
};
use parvis_service::{
    assignments::{Assignment, PrincipalKind, Role},
    identities::IdentityNames,
};
use serde_json::{Value, json};
use server::{ADA, ORGANISATION, Server, User, path_of};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

const CHAT: &[Scope] = &[Scope::Chat];
/// Longer than any of these steps takes.
const PATIENCE: Duration = Duration::from_secs(5);

struct Live {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// The name of a ticket for `user`, from the first two steps.
async fn ticket(server: &Server, user: &User, endpoint: &str) -> String {
    ticket_after(server, user, endpoint, 0).await
}

/// The same of a client that was given an address so many times before.
async fn ticket_after(server: &Server, user: &User, endpoint: &str, before: u32) -> String {
    let headers = [("x-skypetoken", user.token.as_str())];
    let returned = if before == 0 {
        String::new()
    } else {
        format!("&r={before}")
    };
    let path = format!("/v4/a?cor_id=1&con_num=1{returned}");
    let allocated = server.request("POST", &path, &headers, "").await;
    assert_eq!(allocated.status, 200, "{}", allocated.text);
    let allocated = allocated.json();
    let id = allocated["ccid"].as_str().expect("ccid").to_owned();
    let round = allocated["connectparams"]["r"].as_str().expect("round");
    assert_eq!(round, (before + 1).to_string());
    let path = format!("/socket.io/1/?v=v4&auth=true&r={round}&epid={endpoint}&ccid={id}&t=1");
    let answer = server.request("GET", &path, &headers, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let parts: Vec<_> = answer.text.split(':').collect();
    assert_eq!(parts[1..], ["180", "180", "websocket"]);
    parts[0].to_owned()
}

async fn open(server: &Server, ticket: &str) -> Result<Live, u16> {
    let address = format!(
        "ws://{}/socket.io/1/websocket/{ticket}?v=v4",
        server.address
    );
    match connect_async(address).await {
        Ok((stream, _)) => Ok(Live { stream }),
        Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn listen(server: &Server, user: &User, endpoint: &str) -> Live {
    listen_after(server, user, endpoint, 0).await
}

async fn listen_after(server: &Server, user: &User, endpoint: &str, before: u32) -> Live {
    let ticket = ticket_after(server, user, endpoint, before).await;
    let mut live = open(server, &ticket).await.expect("open");
    assert_eq!(live.frame().await.as_deref(), Some("1::"));
    assert!(
        live.frame()
            .await
            .expect("frame")
            .contains("trouter.connected")
    );
    live
}

impl Live {
    /// The next frame that is no heartbeat; `None` once the server has closed.
    async fn frame(&mut self) -> Option<String> {
        loop {
            match timeout(PATIENCE, self.stream.next())
                .await
                .expect("a frame in time")
            {
                Some(Ok(Message::Text(text))) if text.as_str() == "2::" => {}
                Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn say(&mut self, frame: &str) {
        self.stream
            .send(Message::Text(frame.into()))
            .await
            .expect("send");
    }

    /// The body of the next delivery.
    async fn news(&mut self) -> Value {
        let frame = self.frame().await.expect("open");
        let delivery = frame
            .strip_prefix("3:::")
            .unwrap_or_else(|| panic!("{frame}"));
        let delivery: Value = serde_json::from_str(delivery).expect("JSON");
        let body = delivery["body"].as_str().expect("text");
        serde_json::from_str(body).expect("JSON")
    }

    /// The news of the message that says so; others before are passed over.
    async fn news_until(&mut self, content: &str) -> Value {
        loop {
            let news = self.news().await;
            if news["messageBody"] == content {
                return news;
            }
        }
    }

    /// Nothing is on its way: what the server says next is the answer to this ping.
    async fn is_quiet(&mut self) -> bool {
        self.say("5:99+::{\"name\":\"ping\"}").await;
        self.frame().await.as_deref() == Some("6:::99+[]")
    }
}

// [N2]
#[tokio::test]
async fn the_configuration_leads_to_this_server() {
    let server = Server::start().await;
    let user = server.user(CHAT).await;
    let bearer = format!("Bearer {}", user.token);
    let origin = format!("http://{}", server.address);
    // An endpoint that ends in a slash leads to the second form.
    for slash in ["", "/"] {
        let path = format!("{slash}/chat/config/realTimeNotifications?api-version=2024-09-01");
        let answer = server
            .request("GET", &path, &[("authorization", &bearer)], "")
            .await;
        assert_eq!(
            answer.json(),
            json!({ "trouterServiceUrl": origin, "registrarServiceUrl": origin, "cloudType": "Public" })
        );
    }
    let headers = [("x-skypetoken", user.token.as_str())];
    let allocated = server.request("POST", "/v4/a", &headers, "").await.json();
    assert_eq!(allocated["socketio"], format!("{origin}/"));
    let body = json!({ "registrationId": "r", "transports": { "TROUTER": [] } }).to_string();
    let registered = server
        .request("POST", "/v3/registrations", &headers, &body)
        .await;
    assert_eq!(registered.status, 202);
    let gone = server
        .request("DELETE", "/v3/registrations/r", &headers, "")
        .await;
    assert_eq!(gone.status, 200);
}

#[tokio::test]
async fn without_a_good_token_no_step_is_taken() {
    let server = Server::start().await;
    let user = server.user(CHAT).await;
    let voip = server.user(&[Scope::Voip]).await;
    let member = parvis_domain::ids::RawId::Member(server::ADA);
    let exchanged = server.token(&member, ClientKind::MemberOnSdk, CHAT).await;
    let tampered = format!("{}x", user.token);
    let steps = [
        ("POST", "/v4/a"),
        ("GET", "/socket.io/1/"),
        ("POST", "/v3/registrations"),
        ("DELETE", "/v3/registrations/r"),
    ];
    for (method, path) in steps {
        for (token, status) in [
            ("", 401),
            ("no.such.token", 401),
            (tampered.as_str(), 401),
            (voip.token.as_str(), 403),
            (exchanged.as_str(), 403),
        ] {
            let answer = server
                .request(method, path, &[("x-skypetoken", token)], "")
                .await;
            assert_eq!(answer.status, status, "{method} {path}");
        }
        assert_eq!(server.request(method, path, &[], "").await.status, 401);
    }
    assert_eq!(open(&server, "made-up").await.err(), Some(401));
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let server = Server::start().await;
    let user = server.user(CHAT).await;
    let ticket = ticket(&server, &user, "tab").await;
    let _first = open(&server, &ticket).await.expect("open");
    assert_eq!(open(&server, &ticket).await.err(), Some(401));
}

// [N2]
#[tokio::test]
async fn every_event_reaches_every_tab_of_both() {
    let server = Server::start().await;
    let (ana, ben) = (server.user(CHAT).await, server.user(CHAT).await);
    let mut tabs = [
        listen(&server, &ana, "a1").await,
        listen(&server, &ana, "a2").await,
        listen(&server, &ben, "b1").await,
    ];
    let thread = server.thread(&ana, &[&ben]).await;
    let message = server.send(&ana, &thread, "100% text").await;
    let one = format!("{thread}/messages/{message}");
    let person = json!({ "rawId": ben.id() });
    let steps = [
        ("PATCH", one.clone(), json!({ "content": "edited" })),
        (
            "POST",
            format!("{thread}/typing"),
            json!({ "senderDisplayName": "Ana" }),
        ),
        (
            "POST",
            format!("{thread}/readReceipts"),
            json!({ "chatMessageId": message }),
        ),
        ("DELETE", one, Value::Null),
        (
            "PATCH",
            thread.clone(),
            json!({ "topic": "50% off", "metadata": { "a": "b" } }),
        ),
        ("POST", format!("{thread}/participants/:remove"), person),
        (
            "POST",
            format!("{thread}/participants/:add"),
            json!({ "participants": [server::participant(&ben)] }),
        ),
        ("DELETE", thread.clone(), Value::Null),
    ];
    for (method, path, body) in steps {
        let answer = server.chat(&ana, method, &path, body).await;
        assert!(answer.status < 300, "{method} {path}: {}", answer.text);
    }
    let ids = [ana.id(), ana.id(), ben.id()];
    for (tab, id) in tabs.iter_mut().zip(ids) {
        let mut told = Vec::new();
        for _ in 0..10 {
            told.push(tab.news().await);
        }
        let events: Vec<_> = told
            .iter()
            .map(|news| news["eventId"].as_i64().expect("id"))
            .collect();
        assert_eq!(events, [257, 200, 247, 245, 246, 248, 258, 261, 260, 259]);
        assert_eq!(told[1]["messageBody"], "100% text");
        assert_eq!(
            (&told[1]["senderId"], &told[1]["recipientMri"]),
            (&json!(ana.id()), &json!(id))
        );
        assert_eq!(told[2]["messageBody"], "edited");
        assert_eq!(told[3]["senderDisplayName"], "Ana");
        assert_eq!(told[5].get("messageBody"), None);
        let properties = told[6]["properties"]
            .as_str()
            .expect("text")
            .replace("%25", "%");
        let properties: Value = serde_json::from_str(&properties).expect("JSON");
        assert_eq!(properties["topic"], "50% off");
        assert!(tab.is_quiet().await);
    }
}

// [G1] [G2] [G3]
#[tokio::test]
async fn a_guest_hears_a_meeting_only_through_the_window() {
    let server = Server::start().await;
    let (host, guest) = (server.host().await, server.user(CHAT).await);
    let id = server.meeting().await;
    let thread = path_of(id.as_str());
    let mut news = listen(&server, &guest, "g").await;
    let mut hosts = listen(&server, &host, "h").await;
    server.send(&host, &thread, "before").await;
    assert!(news.is_quiet().await);
    server.admit(&id, &guest, "Ana").await;
    server.send(&host, &thread, "hello").await;
    server.send(&guest, &thread, "hi").await;
    assert_eq!(news.news().await["eventId"], 260);
    assert_eq!(news.news().await["messageBody"], "hello");
    assert_eq!(news.news().await["messageBody"], "hi");
    server.dismiss(&id, &guest).await;
    server.send(&host, &thread, "after").await;
    assert!(news.is_quiet().await);
    assert_eq!(hosts.news().await["messageBody"], "before");
    hosts.news().await;
    hosts.news().await;
    // [H2]
    assert_eq!(hosts.news().await["senderDisplayName"], "Ana (External)");
}

#[tokio::test]
async fn frames_are_answered_and_nonsense_ends_the_socket() {
    let server = Server::start().await;
    let user = server.user(CHAT).await;
    let mut live = listen(&server, &user, "a").await;
    live.say("5:1+::{\"name\":\"ping\"}").await;
    assert_eq!(live.frame().await.as_deref(), Some("6:::1+[]"));
    live.say("5:2+::{\"name\":\"user.activity\",\"args\":[{\"state\":\"active\"}]}")
        .await;
    assert_eq!(live.frame().await.as_deref(), Some("6:::2+[]"));
    live.say("2::").await;
    live.say("3:::{\"id\":1,\"status\":200}").await;
    assert!(live.is_quiet().await);
    live.say("0::").await;
    assert_eq!(live.frame().await, None);
    let large = "a".repeat(65 * 1_024);
    for (n, nonsense) in ["", "hello", "5:x+::{}", &large].into_iter().enumerate() {
        let mut live = listen(&server, &user, &format!("b{n}")).await;
        live.say(nonsense).await;
        assert_eq!(live.frame().await, None, "{:.20}", nonsense);
    }
}

// [N2]
#[tokio::test]
async fn a_client_that_comes_back_hears_what_it_missed_and_nothing_twice() {
    let server = Server::start().await;
    let (user, other) = (server.user(CHAT).await, server.user(CHAT).await);
    let mut first = listen(&server, &user, "tab").await;
    let thread = server.thread(&other, &[&user]).await;
    assert_eq!(first.news().await["eventId"], 257);
    server.send(&other, &thread, "confirmed").await;
    assert_eq!(first.news().await["messageBody"], "confirmed");
    for number in 1..=2 {
        first
            .say(&format!("3:::{{\"id\":{number},\"status\":200}}"))
            .await;
    }
    assert!(first.is_quiet().await);
    server.send(&other, &thread, "unconfirmed").await;
    assert_eq!(first.news().await["messageBody"], "unconfirmed");
    drop(first);
    server.send(&other, &thread, "in between").await;
    let mut again = listen_after(&server, &user, "tab", 1).await;
    assert_eq!(again.news().await["messageBody"], "unconfirmed");
    assert_eq!(again.news().await["messageBody"], "in between");
    server.send(&other, &thread, "live").await;
    assert_eq!(again.news().await["messageBody"], "live");
    assert!(again.is_quiet().await);
}

// [N2]
#[tokio::test]
async fn a_client_that_is_not_remembered_is_told_that_news_may_be_missing() {
    let server = Server::start().await;
    let user = server.user(CHAT).await;
    // It was connected once, to this server before it was started anew or to one of long ago.
    let mut again = listen_after(&server, &user, "tab", 1).await;
    let frame = again.frame().await.expect("frame");
    assert!(
        frame.starts_with("5:::") && frame.contains("trouter.message_loss"),
        "{frame}"
    );
    let mut other = listen(&server, &user, "other").await;
    assert!(other.is_quiet().await);
    // Whoever said goodbye begins anew.
    other.say("0::").await;
    assert_eq!(other.frame().await, None);
    let mut other = listen(&server, &user, "other").await;
    assert!(other.is_quiet().await);
}

// [N2]
#[tokio::test]
async fn a_slow_reader_is_bounded_told_of_its_loss_and_sent_to_come_back() {
    let server = Server::start().await;
    let (user, other) = (server.user(CHAT).await, server.user(CHAT).await);
    let mut slow = listen(&server, &user, "tab").await;
    let mut quick = listen(&server, &other, "tab").await;
    let thread = server.thread(&other, &[&user]).await;
    // Reads nothing, until the kernel's buffers are full and then the mailbox.
    let content = "x".repeat(27 * 1_024);
    let mut sent = 0;
    for _ in 0..900 {
        server.send(&other, &thread, &content).await;
        sent += 1;
        quick.news().await;
    }
    let mut heard = 0;
    let mut is_told = false;
    while let Some(frame) = slow.frame().await {
        heard += usize::from(frame.starts_with("3:::"));
        is_told |= frame.contains("trouter.message_loss");
    }
    assert!(heard < sent, "{heard} of {sent}");
    // Told before the socket was closed, or, when it was closed for taking nothing, at the next.
    let mut back = listen_after(&server, &user, "tab", 1).await;
    let first = back.frame().await.expect("open");
    is_told |= first.contains("trouter.message_loss");
    assert!(is_told, "{first:.80}");
    server.send(&other, &thread, "live again").await;
    let news = quick.news_until("live again").await;
    assert_eq!(news["messageBody"], "live again");
    back.news_until("live again").await;
}

#[tokio::test]
async fn revoking_closes_the_socket_at_once_and_spoils_the_ticket() {
    let server = Server::start().await;
    let (user, other) = (server.user(CHAT).await, server.user(CHAT).await);
    let mut live = listen(&server, &user, "a").await;
    let mut stays = listen(&server, &other, "a").await;
    let waiting = ticket(&server, &user, "b").await;
    let resource = server.resource.into();
    let identities = &server.services.identities;
    let revoked = identities.revoke(&resource, &user.raw_id);
    revoked.await.expect("revoked");
    assert_eq!(live.frame().await, None);
    assert_eq!(open(&server, &waiting).await.err(), Some(401));
    assert!(stays.is_quiet().await);
}

// [B2] Of those who use a resource without its key, and of nobody else.
#[tokio::test]
async fn an_assignment_taken_back_closes_its_own_sockets_only() {
    let server = Server::start().await;
    let assignment = Assignment {
        role: Role::Clients,
        organisation: ORGANISATION,
        principal: ADA.to_string(),
        kind: PrincipalKind::User,
        resource: server.resource,
        client_ids: Vec::new(),
    };
    let assignments = &server.services.assignments;
    assignments.assign(&assignment).await.expect("assigned");
    let store = &server.services.context.store;
    let fresh = RawId::External {
        resource: server.resource,
        user: ExternalUserId(uuid::Uuid::from_u128(77)),
    };
    let names = IdentityNames {
        member: Some(ADA),
        ..IdentityNames::default()
    };
    let now = server.services.context.now();
    let made = store.find_or_insert_identity(&fresh, server.resource, &names, now);
    let raw_id = made.await.expect("identity");
    let token = server.short_token(&raw_id, CHAT, PATIENCE * 12).await;
    let mut theirs = listen(&server, &User { raw_id, token }, "a").await;
    let other = server.user(CHAT).await;
    let mut stays = listen(&server, &other, "a").await;
    let Assignment {
        role, principal, ..
    } = &assignment;
    let gone = assignments.unassign(server.resource, *role, ORGANISATION, principal);
    assert!(gone.await.expect("unassigned"));
    assert_eq!(theirs.frame().await, None);
    assert!(stays.is_quiet().await);
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    let server = Server::start().await;
    let mut user = server.user(CHAT).await;
    user.token = server
        .short_token(&user.raw_id, CHAT, Duration::from_secs(2))
        .await;
    let mut live = listen(&server, &user, "a").await;
    assert!(live.is_quiet().await);
    assert_eq!(live.frame().await, None);
}

// [N2]
#[tokio::test]
async fn with_its_next_token_a_client_hears_what_passed_after_the_last() {
    let server = Server::start().await;
    let (mut user, other) = (server.user(CHAT).await, server.user(CHAT).await);
    let lasting = user.token.clone();
    let thread = server.thread(&other, &[&user]).await;
    user.token = server
        .short_token(&user.raw_id, CHAT, Duration::from_secs(2))
        .await;
    let mut live = listen(&server, &user, "tab").await;
    assert_eq!(live.frame().await, None, "the token is over");
    server.send(&other, &thread, "in between").await;
    let headers = [("x-skypetoken", user.token.as_str())];
    let refused = server.request("POST", "/v4/a?r=1", &headers, "").await;
    assert_eq!(refused.status, 401);
    user.token = lasting;
    let mut back = listen_after(&server, &user, "tab", 1).await;
    assert_eq!(back.news().await["messageBody"], "in between");
}

// [N2]
#[tokio::test]
async fn a_busy_thread_does_not_cost_a_client_its_socket() {
    let server = Server::start().await;
    let (user, other) = (server.user(CHAT).await, server.user(CHAT).await);
    let mut live = listen(&server, &user, "tab").await;
    let thread = server.thread(&other, &[&user]).await;
    live.news().await;
    // More frames than an idle client may send in a minute; what deliveries cause does not count.
    for number in 0..250 {
        server.send(&other, &thread, "x").await;
        live.news().await;
        live.say(&format!("3:::{{\"id\":{number},\"status\":200}}"))
            .await;
        for _ in 0..8 {
            live.say("2::").await;
        }
    }
    assert!(live.is_quiet().await);
}

// [G3]
#[tokio::test]
async fn a_guest_whose_socket_was_lost_hears_nothing_of_the_meeting_after_leaving_it() {
    let server = Server::start().await;
    let (host, guest) = (server.host().await, server.user(CHAT).await);
    let id = server.meeting().await;
    let thread = path_of(id.as_str());
    let news = listen(&server, &guest, "g").await;
    server.admit(&id, &guest, "Ana").await;
    drop(news);
    server.send(&host, &thread, "on its way").await;
    server.dismiss(&id, &guest).await;
    server.send(&host, &thread, "after").await;
    let mut back = listen_after(&server, &guest, "g", 1).await;
    assert!(back.is_quiet().await);
}

#[tokio::test]
async fn a_stopping_server_closes_its_sockets() {
    let server = Server::start().await;
    let user = server.user(CHAT).await;
    let mut live = listen(&server, &user, "a").await;
    server.stop();
    assert_eq!(live.frame().await, None);
}
