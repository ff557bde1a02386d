//! What is measured of Parvis. Each workload starts from a fresh folder or says on what it builds.
use crate::{
    figures::{Figures, repeat, round},
    http::{Connection, Failure},
    parvis::{Server, Socket, User, bearer, listen, new_thread, open_socket, send_message},
};
use futures_util::{SinkExt, StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

/// How long each level of concurrency is measured.
const LEVEL: Duration = Duration::from_secs(5);
/// How many clients ask at once, level by level.
pub(crate) const LEVELS: [usize; 5] = [1, 2, 4, 8, 16];
/// Sockets that are opened side by side.
const OPENING: usize = 32;

async fn connections(port: u16, count: usize) -> Result<Vec<Connection>, Failure> {
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(Connection::open(port).await?);
    }
    Ok(all)
}

/// Figures of each level, with the processor time that the server took for one request.
pub(crate) async fn levels<F>(
    processor_s: impl Fn() -> Result<f64, Failure>,
    run: impl Fn(usize) -> F,
) -> Result<Value, Failure>
where
    F: Future<Output = Result<Figures, Failure>>,
{
    let mut all = Vec::new();
    for clients in LEVELS {
        let (before, began) = (processor_s()?, Instant::now());
        let figures = run(clients).await?;
        let share = (processor_s()? - before) / began.elapsed().as_secs_f64();
        let mut json = figures.json();
        json["clients"] = clients.into();
        json["server_processor_us"] = round(share / figures.per_second() * 1e6).into();
        all.push(json);
    }
    Ok(all.into())
}

/// Identity with token, in one signed request each.
pub(crate) async fn token(server: Arc<Server>) -> Result<Value, Failure> {
    levels(
        || server.processor_s(),
        |clients| {
            let server = server.clone();
            async move {
                let workers = connections(server.port, clients).await?;
                repeat(workers, LEVEL, move |mut connection| {
                    let server = server.clone();
                    async move {
                        let user = server.new_user(&mut connection).await?;
                        Ok((connection, user))
                    }
                })
                .await
            }
        },
    )
    .await
}

/// Messages into one thread of two people.
pub(crate) async fn chat_send(server: Arc<Server>) -> Result<Value, Failure> {
    let users = server.new_users(2).await?;
    let mut connection = Connection::open(server.port).await?;
    let thread = new_thread(&mut connection, &users).await?;
    let (thread, user) = (thread.as_str(), &users[0]);
    levels(
        || server.processor_s(),
        |clients| send_into(server.port, thread, user, clients, LEVEL),
    )
    .await
}

async fn send_into(
    port: u16,
    thread: &str,
    user: &User,
    clients: usize,
    time: Duration,
) -> Result<Figures, Failure> {
    let workers = connections(port, clients).await?;
    let (thread, headers) = (thread.to_owned(), bearer(user));
    repeat(workers, time, move |mut connection| {
        let (thread, headers) = (thread.clone(), headers.clone());
        async move {
            let id = send_message(&mut connection, &thread, &headers, "Good morning").await?;
            Ok((connection, id))
        }
    })
    .await
}

/// A message that every listener hears: `people` in one thread with `tabs` sockets each.
pub(crate) async fn fan_out(
    server: Arc<Server>,
    people: usize,
    tabs: usize,
    rounds: usize,
    pause: Duration,
) -> Result<Value, Failure> {
    let users = server.new_users(people).await?;
    let mut connection = Connection::open(server.port).await?;
    let thread = new_thread(&mut connection, &users).await?;
    let wanted = users
        .iter()
        .flat_map(|user| (0..tabs).map(move |tab| (user.clone(), format!("tab{tab}"))));
    let sockets = open_all(server.port, wanted.collect()).await?;
    let listeners = sockets.len();
    let (heard, mut news) = mpsc::unbounded_channel();
    let readers: Vec<_> = sockets
        .into_iter()
        .map(|socket| tokio::spawn(read_news(socket, heard.clone())))
        .collect();
    // What is said when sockets open is over by then.
    tokio::time::sleep(Duration::from_secs(1)).await;
    while news.try_recv().is_ok() {}
    let headers = bearer(&users[0]);
    let (mut times, mut last, mut spent) = (Vec::new(), Vec::new(), Duration::ZERO);
    for _ in 0..rounds {
        let sent = Instant::now();
        send_message(&mut connection, &thread, &headers, "Good morning").await?;
        let mut latest = Duration::ZERO;
        for _ in 0..listeners {
            let next = tokio::time::timeout(Duration::from_secs(30), news.recv());
            let heard: Instant = next.await?.ok_or("nobody listens")?;
            let after = heard.saturating_duration_since(sent);
            times.push(after);
            latest = latest.max(after);
        }
        last.push(latest);
        spent += latest;
        tokio::time::sleep(pause).await;
    }
    for reader in readers {
        reader.abort();
    }
    let last = Figures::new(last, spent);
    let mut json = Figures::new(times, spent).json();
    json["listeners"] = listeners.into();
    json["people"] = people.into();
    json["messages"] = rounds.into();
    json["last_listener_p50_ms"] = round(last.within_ms(0.5)).into();
    Ok(json)
}

async fn read_news(mut socket: Socket, heard: mpsc::UnboundedSender<Instant>) {
    while let Some(Ok(message)) = socket.next().await {
        // Deliveries begin with this; heartbeats and greetings do not.
        if matches!(&message, Message::Text(text) if text.starts_with("3:::")) {
            let _ = heard.send(Instant::now());
        }
    }
}

/// Sockets that hear the news of these users, under these names of their clients.
pub(crate) async fn open_all(
    port: u16,
    wanted: Vec<(User, String)>,
) -> Result<Vec<Socket>, Failure> {
    let mut opening = FuturesUnordered::new();
    let mut sockets = Vec::with_capacity(wanted.len());
    for (user, endpoint) in wanted {
        if opening.len() >= OPENING {
            sockets.push(opening.next().await.ok_or("no socket")??);
        }
        opening.push(async move { listen(port, &user, &endpoint).await });
    }
    while let Some(socket) = opening.next().await {
        sockets.push(socket?);
    }
    Ok(sockets)
}

/// Memory that a socket costs while nothing happens on it.
pub(crate) async fn idle(
    server: Arc<Server>,
    sockets: usize,
    calling: bool,
) -> Result<Value, Failure> {
    // One each, as people are; a person's tabs would share something.
    let users = server.new_users(sockets).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = server.memory_kib()?;
    let began = Instant::now();
    let open = if calling {
        open_calling(server.port, users).await?
    } else {
        let wanted = users.into_iter().map(|user| (user, "tab".to_owned()));
        open_all(server.port, wanted.collect()).await?
    };
    let opened_s = began.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let after = server.memory_kib()?;
    let json = json!({
        "sockets": open.len(),
        "opened_in_s": round(opened_s),
        "before_kib": before,
        "after_kib": after,
        "kib_per_socket": round(after.saturating_sub(before) as f64 / open.len() as f64),
    });
    drop(open);
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(json)
}

async fn open_calling(port: u16, users: Vec<User>) -> Result<Vec<Socket>, Failure> {
    let mut opening = FuturesUnordered::new();
    let mut sockets = Vec::with_capacity(users.len());
    for user in users {
        if opening.len() >= OPENING {
            sockets.push(opening.next().await.ok_or("no socket")??);
        }
        opening.push(async move {
            let mut socket = open_socket(port, "/calling/v1/socket").await?;
            let client =
                json!({ "name": "load", "version": "1", "platform": "none", "browser": "none" });
            let hello =
                json!({ "type": "hello", "version": 1, "token": user.token, "client": client });
            socket.send(Message::Text(hello.to_string().into())).await?;
            match socket.next().await {
                Some(Ok(Message::Text(text))) if text.contains("\"welcome\"") => Ok(socket),
                other => Err(Failure::from(format!("no welcome: {other:?}"))),
            }
        });
    }
    while let Some(socket) = opening.next().await {
        sockets.push(socket?);
    }
    Ok(sockets)
}

/// What a send and a page of a list cost in an empty thread and in one with many messages.
pub(crate) async fn list(server: Arc<Server>, messages: usize) -> Result<Value, Failure> {
    let users = server.new_users(2).await?;
    let mut connection = Connection::open(server.port).await?;
    let mut measured = Vec::new();
    let thread = new_thread(&mut connection, &users).await?;
    for stored in [0, messages] {
        if stored > 0 {
            fill(server.port, &thread, &users[0], stored).await?;
        }
        let sent = send_into(server.port, &thread, &users[0], 4, LEVEL).await?;
        let workers = connections(server.port, 4).await?;
        let (target, headers) = (
            format!("{thread}/messages?maxPageSize=50&api-version=2024-03-07"),
            bearer(&users[1]),
        );
        let listed = repeat(workers, LEVEL, move |mut connection| {
            let (target, headers) = (target.clone(), headers.clone());
            async move {
                let page = connection.send("GET", &target, &headers, "").await?;
                Ok((connection, page.expect(200)?.status))
            }
        })
        .await?;
        measured.push(json!({ "stored": stored, "send": sent.json(), "list": listed.json() }));
    }
    Ok(measured.into())
}

async fn fill(port: u16, thread: &str, user: &User, messages: usize) -> Result<(), Failure> {
    const CLIENTS: usize = 16;
    let headers = bearer(user);
    let mut filling = FuturesUnordered::new();
    for mut connection in connections(port, CLIENTS).await? {
        let headers = &headers;
        filling.push(async move {
            for _ in 0..messages / CLIENTS {
                send_message(&mut connection, thread, headers, "Good morning").await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(done) = filling.next().await {
        done?;
    }
    Ok(())
}
