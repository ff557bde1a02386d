//! The server measured: started, asked with its own dialects, killed.
use crate::http::{Connection, Failure, connect_tls};
use aws_lc_rs::{digest, hmac};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use time::{OffsetDateTime, macros::format_description};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config, tungstenite::protocol::WebSocketConfig,
};

pub(crate) type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// How long the server may take until it answers.
const START_MAX: Duration = Duration::from_secs(30);

/// A running server on a folder. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    key: hmac::Key,
}

/// An identity with a token.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Server {
    /// Starts the binary on `folder`; `port` 0 takes a free one.
    pub(crate) async fn start(binary: &Path, folder: &Path, port: u16) -> Result<Self, Failure> {
        let json = folder.join("demo.json");
        let _ = std::fs::remove_file(&json);
        let log = std::fs::File::create(folder.join("server.log"))?;
        let mut child = Command::new(binary)
            .arg("demo")
            .arg("--dir")
            .arg(folder.join("data"))
            .arg("--https")
            .arg(format!("127.0.0.1:{port}"))
            .args(["--http", "127.0.0.1:0", "--json"])
            .arg(&json)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let began = Instant::now();
        loop {
            if let Ok(text) = std::fs::read_to_string(&json) {
                return Self::read(child, &serde_json::from_str(&text)?);
            }
            if child.try_wait()?.is_some() || began.elapsed() > START_MAX {
                let _ = child.kill();
                return Err(format!("the server did not start: see {}", folder.display()).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn read(child: Child, demo: &Value) -> Result<Self, Failure> {
        let connection = demo["connection_string"]
            .as_str()
            .ok_or("no connection string")?;
        let (endpoint, key) = connection.split_once(";accesskey=").ok_or("no key")?;
        let port = endpoint.trim_end_matches('/').rsplit_once(':');
        Ok(Self {
            child,
            port: port.ok_or("no port")?.1.parse()?,
            key: hmac::Key::new(hmac::HMAC_SHA256, &BASE64_STANDARD.decode(key)?),
        })
    }

    /// Ends the process at once and waits until it has gone.
    pub(crate) fn kill(mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Resident memory in KiB.
    pub(crate) fn memory_kib(&self) -> Result<u64, Failure> {
        memory_kib(self.child.id())
    }

    /// Time on a processor so far, all threads, in seconds.
    pub(crate) fn processor_s(&self) -> Result<f64, Failure> {
        processor_s(self.child.id())
    }

    /// An identity with a token, in one signed request.
    pub(crate) async fn new_user(&self, connection: &mut Connection) -> Result<User, Failure> {
        let body = r#"{"createTokenWithScopes":["chat","voip"]}"#;
        let target = "/identities?api-version=2023-10-01";
        let headers = self.sign(connection.host(), "POST", target, body)?;
        let answer = connection.send("POST", target, &headers, body).await?;
        let made = answer.expect(201)?.json()?;
        let text = |pointer| made.pointer(pointer).and_then(Value::as_str);
        Ok(User {
            id: text("/identity/id").ok_or("no id")?.to_owned(),
            token: text("/accessToken/token").ok_or("no token")?.to_owned(),
        })
    }

    pub(crate) async fn new_users(&self, count: usize) -> Result<Vec<User>, Failure> {
        let mut connection = Connection::open(self.port).await?;
        let mut users = Vec::with_capacity(count);
        for _ in 0..count {
            users.push(self.new_user(&mut connection).await?);
        }
        Ok(users)
    }

    fn sign(&self, host: &str, method: &str, target: &str, body: &str) -> Result<String, Failure> {
        let form = format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let date = OffsetDateTime::now_utc().format(&form)?;
        let hash = BASE64_STANDARD.encode(digest::digest(&digest::SHA256, body.as_bytes()));
        let text = format!("{method}\n{target}\n{date};{host};{hash}");
        let signature = BASE64_STANDARD.encode(hmac::sign(&self.key, text.as_bytes()));
        Ok(format!(
            "content-type: application/json\r\nx-ms-date: {date}\r\nx-ms-content-sha256: {hash}\r\n\
             authorization: HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}\r\n"
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory of a process, in KiB.
pub(crate) fn memory_kib(process: u32) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("no VmRSS")?.parse()?)
}

/// Time that a process spent on a processor, in seconds.
pub(crate) fn processor_s(process: u32) -> Result<f64, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after_name = stat.rsplit_once(')').ok_or("no name")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    // The kernel tells hundredths of a second.
    Ok(ticks / 100.0)
}

/// The headers of a request of the Chat dialect.
pub(crate) fn bearer(user: &User) -> String {
    format!(
        "content-type: application/json\r\nauthorization: Bearer {}\r\n",
        user.token
    )
}

/// A chat thread of `people`, the first of whom makes it. Answers the path of its messages and so on.
pub(crate) async fn new_thread(
    connection: &mut Connection,
    people: &[User],
) -> Result<String, Failure> {
    // As many as a request may name.
    const NAMED_MAX: usize = 200;
    let named = |people: &[User]| -> Value {
        let all = people.iter().map(
            |user| json!({ "communicationIdentifier": { "communicationUser": { "id": user.id } } }),
        );
        all.collect()
    };
    let (first, rest) = people.split_at(people.len().min(NAMED_MAX));
    let body = json!({ "topic": "Load", "participants": named(first) }).to_string();
    let target = "/chat/threads?api-version=2024-03-07";
    let headers = bearer(&people[0]);
    let made = connection.send("POST", target, &headers, &body).await?;
    let made = made.expect(201)?.json()?;
    let id = made
        .pointer("/chatThread/id")
        .and_then(Value::as_str)
        .ok_or("no thread id")?;
    let path = format!("/chat/threads/{}", id.replace(':', "%3A"));
    for more in rest.chunks(NAMED_MAX) {
        let body = json!({ "participants": named(more) }).to_string();
        let target = format!("{path}/participants/:add?api-version=2024-03-07");
        let added = connection.send("POST", &target, &headers, &body).await?;
        added.expect(201)?;
    }
    Ok(path)
}

/// Sends a message; answers its id.
pub(crate) async fn send_message(
    connection: &mut Connection,
    thread: &str,
    headers: &str,
    content: &str,
) -> Result<String, Failure> {
    let target = format!("{thread}/messages?api-version=2024-03-07");
    let body = json!({ "content": content, "type": "text" }).to_string();
    let answer = connection.send("POST", &target, headers, &body).await?;
    let answer = answer.expect(201)?.json()?;
    Ok(answer["id"].as_str().ok_or("no message id")?.to_owned())
}

/// A socket that hears a user's news, connected as the browser package does it.
pub(crate) async fn listen(port: u16, user: &User, endpoint: &str) -> Result<Socket, Failure> {
    let mut connection = Connection::open(port).await?;
    let headers = format!("x-skypetoken: {}\r\n", user.token);
    let target = format!("/socket.io/1/?epid={endpoint}&ccid=load");
    let answer = connection.send("GET", &target, &headers, "").await?;
    let answer = String::from_utf8(answer.expect(200)?.body)?;
    let (ticket, _) = answer.split_once(':').ok_or("no ticket")?;
    drop(connection);
    open_socket(port, &format!("/socket.io/1/websocket/{ticket}")).await
}

/// A WebSocket with small buffers: many are held at once.
pub(crate) async fn open_socket(port: u16, path: &str) -> Result<Socket, Failure> {
    let stream = connect_tls(port).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(2_048)
        .write_buffer_size(0);
    let address = format!("wss://localhost:{port}{path}");
    let (socket, _) = client_async_with_config(address, stream, Some(config)).await?;
    Ok(socket)
}

/// The folder of one run.
pub(crate) fn folder() -> Result<(tempfile::TempDir, PathBuf), Failure> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().to_owned();
    Ok((folder, path))
}
