//! A server on a temporary store and a free port of loopback, with a resource, its identities, and a meeting; and a plain
//! HTTP client that speaks to it over TCP.
#![allow(dead_code, reason = "each test binary uses a part of it")]
use async_trait::async_trait;
use parvis_domain::{
    directory::{Licence, Member, Organisation, Upn},
    ids::{MemberId, OrganisationId, RawId, ResourceId, ThreadId, VisitorId},
    principal::{ClientKind, Scope},
    time::Timestamp,
};
use parvis_edge::{App, listen, rest};
use parvis_service::{
    Services,
    context::Context,
    media::{MediaCallId, MediaCommand, MediaError, MediaEvent, MediaPlane, PeerId},
    threads::WindowPerson,
    tokens::NewToken,
};
use serde_json::Value;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
};
use uuid::Uuid;

pub(crate) const ORGANISATION: OrganisationId = OrganisationId(Uuid::from_u128(0xabc));
pub(crate) const ADA: MemberId = MemberId(Uuid::from_u128(0xada));
pub(crate) const BO: MemberId = MemberId(Uuid::from_u128(0xb0));

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

/// The server; ends with the value.
pub(crate) struct Server {
    _folder: tempfile::TempDir,
    stop: watch::Sender<bool>,
    pub(crate) services: Arc<Services>,
    pub(crate) resource: ResourceId,
    pub(crate) address: SocketAddr,
}

/// An identity and its token.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) raw_id: RawId,
    pub(crate) token: String,
}

impl User {
    pub(crate) fn id(&self) -> String {
        self.raw_id.to_string()
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn code(&self) -> String {
        let code = &self.json()["error"]["code"];
        code.as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let address = listener.local_addr().expect("address");
        let origin = format!("http://{address}/").parse().expect("origin");
        let file = folder.path().join("p.db");
        let context = Context::open(&file, origin).await.expect("context");
        seed(&context).await;
        let services = Services::new(context, Arc::new(NoMedia)).await;
        let services = Arc::new(services.expect("services"));
        let resource = services.resources.create("app").await.expect("resource").id;
        let (stop, stopped) = watch::channel(false);
        let app = App::new(services.clone(), stopped.clone());
        let limits = listen::Limits {
            connections_max: 100,
            connections_per_address_max: 100,
            grace: Duration::from_secs(1),
        };
        tokio::spawn(listen::serve(
            listener,
            rest::router(app),
            None,
            limits,
            stopped,
        ));
        Self {
            _folder: folder,
            stop,
            services,
            resource,
            address,
        }
    }

    /// Asks the server to stop.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// A new identity with a token of these scopes.
    pub(crate) async fn user(&self, scopes: &[Scope]) -> User {
        let made = self.services.identities.create(self.resource).await;
        let raw_id = made.expect("identity");
        let token = self.token(&raw_id, ClientKind::External, scopes).await;
        User { raw_id, token }
    }

    pub(crate) async fn token(
        &self,
        raw_id: &RawId,
        client: ClientKind,
        scopes: &[Scope],
    ) -> String {
        let resource = (client != ClientKind::Host).then_some(self.resource);
        let new = NewToken {
            raw_id: raw_id.clone(),
            client,
            resource,
            organisation: matches!(raw_id, RawId::Member(_)).then_some(ORGANISATION),
            scopes: scopes.to_vec(),
            life: Duration::from_secs(3_600),
        };
        self.services.tokens.issue(new).await.expect("token").token
    }

    /// A token of an external user that ends soon.
    pub(crate) async fn short_token(
        &self,
        raw_id: &RawId,
        scopes: &[Scope],
        life: Duration,
    ) -> String {
        let new = NewToken {
            raw_id: raw_id.clone(),
            client: ClientKind::External,
            resource: Some(self.resource),
            organisation: None,
            scopes: scopes.to_vec(),
            life,
        };
        self.services.tokens.issue(new).await.expect("token").token
    }

    /// Ada on her host page.
    pub(crate) async fn host(&self) -> User {
        let raw_id = RawId::Member(ADA);
        let token = self.token(&raw_id, ClientKind::Host, &[Scope::Chat, Scope::Voip]);
        User {
            token: token.await,
            raw_id,
        }
    }

    /// Bo on his host page.
    pub(crate) async fn bo(&self) -> User {
        let raw_id = RawId::Member(BO);
        let token = self.token(&raw_id, ClientKind::Host, &[Scope::Chat, Scope::Voip]);
        User {
            token: token.await,
            raw_id,
        }
    }

    /// Somebody on the join page, not signed in.
    pub(crate) async fn visitor(&self) -> User {
        let raw_id = RawId::Visitor(VisitorId(Uuid::from_u128(0xcafe)));
        let new = NewToken {
            raw_id: raw_id.clone(),
            client: ClientKind::Visitor,
            resource: None,
            organisation: None,
            scopes: vec![Scope::Chat, Scope::Voip],
            life: Duration::from_secs(3_600),
        };
        let token = self.services.tokens.issue(new).await.expect("token").token;
        User { raw_id, token }
    }

    /// New identities that hold no token.
    pub(crate) async fn identities(&self, count: usize) -> Vec<RawId> {
        let mut made = Vec::with_capacity(count);
        for _ in 0..count {
            let identity = self.services.identities.create(self.resource).await;
            made.push(identity.expect("identity"));
        }
        made
    }

    /// A meeting of Ada's; its thread.
    pub(crate) async fn meeting(&self) -> ThreadId {
        let made = self.services.meetings.create(ADA, |draft| {
            draft.subject = Some("Visit".to_owned());
            Ok(())
        });
        made.await.expect("meeting").meeting.thread
    }

    pub(crate) async fn admit(&self, thread: &ThreadId, user: &User, name: &str) {
        let person = WindowPerson {
            raw_id: user.raw_id.clone(),
            display_name: name.to_owned(),
        };
        let now = self.services.context.now();
        let opened = self.services.threads.open_window(thread, person, now).await;
        opened.expect("window");
    }

    pub(crate) async fn dismiss(&self, thread: &ThreadId, user: &User) {
        let now = self.services.context.now();
        let threads = &self.services.threads;
        let closed = threads.close_window(thread, &user.raw_id, now).await;
        closed.expect("window");
    }

    /// One request on a connection of its own.
    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.expect("connect");
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let length = body.len();
        head.push_str(&format!(
            "content-length: {length}\r\nconnection: close\r\n\r\n"
        ));
        stream.write_all(head.as_bytes()).await.expect("head");
        // A server that refuses a body may close before reading all of it.
        let _ = stream.write_all(body.as_bytes()).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8(bytes).expect("text");
        let (head, text) = text.split_once("\r\n\r\n").expect("an HTTP answer");
        Answer {
            status: head
                .split(' ')
                .nth(1)
                .expect("status")
                .parse()
                .expect("number"),
            head: head.to_owned(),
            text: text.to_owned(),
        }
    }

    /// One request of the chat dialect; `path` is below `/chat/threads`.
    pub(crate) async fn chat(
        &self,
        user: &User,
        method: &str,
        path: impl AsRef<str>,
        body: Value,
    ) -> Answer {
        let bearer = format!("Bearer {}", user.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let path = format!("/chat/threads{}", path.as_ref());
        self.request(method, &path, &headers, &body).await
    }

    /// A thread of `user` with these others; its path below `/chat/threads`.
    pub(crate) async fn thread(&self, user: &User, others: &[&User]) -> String {
        let people = others.iter().map(|other| participant(other));
        let people: Value = people.collect();
        let body = serde_json::json!({ "topic": "t", "participants": people });
        let made = self.chat(user, "POST", "", body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        path_of(made.json()["chatThread"]["id"].as_str().expect("id"))
    }

    /// Sends a text; its id.
    pub(crate) async fn send(&self, user: &User, thread: &str, content: &str) -> String {
        let body = serde_json::json!({ "content": content });
        let sent = self
            .chat(user, "POST", &format!("{thread}/messages"), body)
            .await;
        assert_eq!(sent.status, 201, "{}", sent.text);
        sent.json()["id"].as_str().expect("id").to_owned()
    }
}

/// A thread's path as the SDKs write it.
pub(crate) fn path_of(id: &str) -> String {
    format!("/{}", id.replace(':', "%3A").replace('@', "%40"))
}

pub(crate) fn participant(user: &User) -> Value {
    serde_json::json!({
        "communicationIdentifier": {
            "rawId": user.id(), "communicationUser": { "id": user.id() },
        },
        "displayName": "somebody",
    })
}

async fn seed(context: &Context) {
    let store = &context.store;
    let organisation = Organisation {
        id: ORGANISATION,
        name: "Clinic".into(),
    };
    let saved = store.insert_organisation(&organisation, Timestamp(0)).await;
    saved.expect("organisation");
    for (oid, upn, name) in [
        (ADA, "ada@clinic.example", "Ada"),
        (BO, "bo@clinic.example", "Bo"),
    ] {
        let member = Member {
            oid,
            organisation: ORGANISATION,
            upn: Upn::parse(upn).expect("upn"),
            display_name: name.into(),
            enabled: true,
            licences: vec![Licence::parse("TEAMS1").expect("plan")],
        };
        let saved = store.insert_member(&member, "hash", Timestamp(0)).await;
        saved.expect("member");
    }
}
