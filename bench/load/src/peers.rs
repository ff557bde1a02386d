//! The same work by other servers on the same machine, with the same client, over TLS as well: Matrix Synapse for chat, an
//! OpenID provider for tokens. Both are installed by `make bench` and have their limits off.
use crate::{
    figures::{Figures, repeat, round},
    http::{Connection, Failure},
    parvis::{folder, processor_s},
    workloads::levels,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// How long each level is measured.
const LEVEL: Duration = Duration::from_secs(5);
/// How long a peer may take until it answers.
const START_MAX: Duration = Duration::from_secs(60);
/// Listeners of the room, as many as the largest thread of Parvis has people.
const LISTENERS: usize = 250;

/// A peer's process. Killed when dropped.
struct Peer {
    child: Child,
    port: u16,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A certificate that the peers show; the client does not look at it.
fn certificate(folder: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let (certificate, key) = (folder.join("peer.pem"), folder.join("peer.key"));
    let done = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status()?;
    if !done.success() {
        return Err("openssl made no certificate".into());
    }
    Ok((certificate, key))
}

impl Peer {
    /// Waits until the process answers.
    async fn start(command: &mut Command, port: u16, log: &Path) -> Result<Self, Failure> {
        let log = std::fs::File::create(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut peer = Self {
            child: child.spawn()?,
            port,
        };
        let began = Instant::now();
        while Connection::open(port).await.is_err() {
            if peer.child.try_wait()?.is_some() || began.elapsed() > START_MAX {
                return Err("the peer did not start".into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(peer)
    }

    async fn connections(&self, count: usize) -> Result<Vec<Connection>, Failure> {
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(Connection::open(self.port).await?);
        }
        Ok(all)
    }

    fn processor_s(&self) -> Result<f64, Failure> {
        processor_s(self.child.id())
    }
}

/// A signed access token in one request by client credentials. It makes no identity and saves nothing on a disk.
pub(crate) async fn oidc_provider(installed: &Path) -> Result<Value, Failure> {
    let (_kept, folder) = folder()?;
    let (certificate, key) = certificate(&folder)?;
    let port = free_port()?;
    let script = installed.join("tokens.mjs");
    let mut command = Command::new("node");
    command
        .env("NODE_ENV", "production")
        .arg(script)
        .arg(installed)
        .arg(port.to_string())
        .args([certificate, key]);
    let peer = Peer::start(&mut command, port, &folder.join("log")).await?;
    let secret = BASE64_STANDARD.encode("load:load-load-load");
    let headers = format!(
        "authorization: Basic {secret}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
    );
    let figures = levels(
        || peer.processor_s(),
        |clients| {
            let (peer, headers) = (&peer, headers.clone());
            async move {
                let workers = peer.connections(clients).await?;
                repeat(workers, LEVEL, move |mut connection| {
                    let headers = headers.clone();
                    async move {
                        let body = "grant_type=client_credentials&scope=chat";
                        let answer = connection.send("POST", "/token", &headers, body).await?;
                        Ok((connection, answer.expect(200)?.status))
                    }
                })
                .await
            }
        },
    )
    .await?;
    Ok(json!({ "token": figures }))
}

/// A user of the peer for chat.
#[derive(Clone)]
struct User {
    headers: String,
}

/// Registration, sending into one room, and what its listeners hear by long polling.
pub(crate) async fn synapse(python: &Path) -> Result<Value, Failure> {
    let (_kept, folder) = folder()?;
    let port = free_port()?;
    let config = synapse_config(&folder, port)?;
    let homeserver = || {
        let mut command = Command::new(python);
        command
            .args(["-m", "synapse.app.homeserver", "--config-path"])
            .arg(&config)
            .current_dir(&folder);
        command
    };
    let made = homeserver().arg("--generate-keys").status()?;
    if !made.success() {
        return Err("the peer for chat made no keys".into());
    }
    let peer = Peer::start(&mut homeserver(), port, &folder.join("log")).await?;
    let mut connection = Connection::open(port).await?;
    let (mut users, mut times, began) = (Vec::new(), Vec::new(), Instant::now());
    for number in 0..LISTENERS {
        let start = Instant::now();
        users.push(register(&mut connection, number).await?);
        times.push(start.elapsed());
    }
    let registered = Figures::new(times, began.elapsed());
    let room = json!({ "preset": "public_chat", "name": "Load" }).to_string();
    let made = connection
        .send(
            "POST",
            "/_matrix/client/v3/createRoom",
            &users[0].headers,
            &room,
        )
        .await?;
    let made = made.expect(200)?.json()?;
    let room = made["room_id"].as_str().ok_or("no room")?.to_owned();
    let sent = send_levels(&peer, &room, &users[0]).await?;
    for user in &users[1..] {
        let target = format!("/_matrix/client/v3/join/{room}");
        let joined = connection.send("POST", &target, &user.headers, "{}").await;
        joined?.expect(200)?;
    }
    let heard = fan_out(&peer, &room, &users).await?;
    Ok(json!({ "register": registered.json(), "chat_send": sent, "fan_out_250": heard }))
}

fn synapse_config(folder: &Path, port: u16) -> Result<PathBuf, Failure> {
    let (certificate, key) = certificate(folder)?;
    let free = json!({ "per_second": 1_000_000, "burst_count": 1_000_000 });
    let logging = json!({ "version": 1, "root": { "level": "ERROR" } });
    let log = folder.join("log.yaml");
    std::fs::write(&log, logging.to_string())?;
    // JSON is YAML.
    let config = json!({
        "server_name": "localhost", "report_stats": false, "pid_file": folder.join("pid"),
        "listeners": [{ "port": port, "tls": true, "type": "http", "bind_addresses": ["127.0.0.1"],
                        "resources": [{ "names": ["client"] }] }],
        "tls_certificate_path": certificate, "tls_private_key_path": key,
        "database": { "name": "sqlite3", "args": { "database": folder.join("homeserver.db") } },
        "log_config": log, "media_store_path": folder.join("media"),
        "signing_key_path": folder.join("signing.key"), "trusted_key_servers": [],
        "macaroon_secret_key": "load", "form_secret": "load",
        "enable_registration": true, "enable_registration_without_verification": true,
        // The cheapest password hash that it allows: hashing is not what is measured.
        "bcrypt_rounds": 4,
        "rc_message": free, "rc_registration": free, "rc_joins": { "local": free, "remote": free },
        "rc_joins_per_room": free, "rc_room_creation": free,
        "rc_login": { "address": free, "account": free, "failed_attempts": free },
        "presence": { "enabled": false },
    });
    let file = folder.join("homeserver.yaml");
    std::fs::write(&file, config.to_string())?;
    Ok(file)
}

async fn register(connection: &mut Connection, number: usize) -> Result<User, Failure> {
    let body = json!({
        "auth": { "type": "m.login.dummy" }, "username": format!("user{number}"), "password": "load-load",
    });
    let target = "/_matrix/client/v3/register";
    let headers = "content-type: application/json\r\n";
    let made = connection
        .send("POST", target, headers, &body.to_string())
        .await?;
    let made = made.expect(200)?.json()?;
    let token = made["access_token"].as_str().ok_or("no token")?;
    Ok(User {
        headers: format!("{headers}authorization: Bearer {token}\r\n"),
    })
}

async fn send_levels(peer: &Peer, room: &str, user: &User) -> Result<Value, Failure> {
    levels(
        || peer.processor_s(),
        |clients| async move {
            let workers = peer.connections(clients).await?;
            let workers: Vec<_> = workers.into_iter().zip(0..).collect();
            let (room, user) = (room.to_owned(), user.clone());
            repeat(workers, LEVEL, move |(mut connection, number)| {
                let (room, user) = (room.clone(), user.clone());
                async move {
                    let name = format!("{clients}-{number}");
                    send(&mut connection, &room, &user, &name).await?;
                    Ok(((connection, number + 1_000), ()))
                }
            })
            .await
        },
    )
    .await
}

async fn send(
    connection: &mut Connection,
    room: &str,
    user: &User,
    name: &str,
) -> Result<(), Failure> {
    let target = format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/{name}");
    let body = r#"{"msgtype":"m.text","body":"Good morning"}"#;
    let sent = connection.send("PUT", &target, &user.headers, body).await?;
    sent.expect(200).map(|_| ())
}

async fn fan_out(peer: &Peer, room: &str, users: &[User]) -> Result<Value, Failure> {
    const ROUNDS: usize = 10;
    let (heard, mut news) = mpsc::unbounded_channel();
    let mut listeners = Vec::new();
    for user in users {
        let mut connection = Connection::open(peer.port).await?;
        let since = sync(&mut connection, user, None).await?.0;
        let (user, heard) = (user.clone(), heard.clone());
        listeners.push(tokio::spawn(async move {
            let mut since = since;
            while let Ok((next, told)) = sync(&mut connection, &user, Some(&since)).await {
                since = next;
                for _ in 0..told {
                    let _ = heard.send(Instant::now());
                }
            }
        }));
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let mut connection = Connection::open(peer.port).await?;
    let (mut times, mut spent) = (Vec::new(), Duration::ZERO);
    for round in 0..ROUNDS {
        let sent = Instant::now();
        send(&mut connection, room, &users[0], &format!("fan{round}")).await?;
        for _ in 0..users.len() {
            let next = tokio::time::timeout(Duration::from_secs(60), news.recv());
            let heard: Instant = next.await?.ok_or("nobody listens")?;
            times.push(heard.saturating_duration_since(sent));
        }
        spent += sent.elapsed();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    for listener in listeners {
        listener.abort();
    }
    let mut json = Figures::new(times, spent).json();
    json["listeners"] = users.len().into();
    json["messages_per_second"] = round(ROUNDS as f64 / spent.as_secs_f64()).into();
    Ok(json)
}

/// The next batch of news: where to go on, and how many messages were in it.
async fn sync(
    connection: &mut Connection,
    user: &User,
    since: Option<&str>,
) -> Result<(String, usize), Failure> {
    let filter = "%7B%22room%22%3A%7B%22timeline%22%3A%7B%22limit%22%3A10%7D%7D%7D";
    let place = since.map_or_else(String::new, |since| format!("&since={since}&timeout=30000"));
    let target = format!("/_matrix/client/v3/sync?filter={filter}{place}");
    let news = connection.send("GET", &target, &user.headers, "").await?;
    let news = news.expect(200)?.json()?;
    let next = news["next_batch"].as_str().ok_or("no place")?.to_owned();
    let rooms = news.pointer("/rooms/join").and_then(Value::as_object);
    let told = rooms.into_iter().flatten().filter_map(|(_, room)| {
        let events = room.pointer("/timeline/events")?.as_array()?;
        let messages = events.iter();
        Some(
            messages
                .filter(|event| event["type"] == "m.room.message")
                .count(),
        )
    });
    Ok((next, told.sum()))
}
