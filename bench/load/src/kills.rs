//! Kills the server at random moments of chat load. Afterwards every acknowledged message is in its thread, once, and in an
//! order that agrees with what the senders saw; an unacknowledged one may be there once. A creation of a thread that is
//! repeated after a kill under its own name has made one thread.
use crate::{
    http::{Connection, Failure},
    parvis::{Server, User, bearer, folder, new_thread, send_message},
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Clients that send at once.
const SENDERS: usize = 6;
/// The latest moment of a kill after the senders began.
const LIFE_MAX_MS: u64 = 150;

/// A message as its sender saw it.
struct Sent {
    began: Instant,
    /// Its id and when that came; `None` when the server went away before.
    acknowledged: Option<(String, Instant)>,
}

/// By content, which no two messages share.
type Log = Arc<Mutex<HashMap<String, Sent>>>;

/// xorshift64*: good enough to draw moments, and the same everywhere.
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 16) % end
    }
}

/// What all rounds share.
struct Run {
    users: Vec<User>,
    thread: String,
    log: Log,
    /// Requests that made a thread, and the thread each was told, if it was.
    creations: HashMap<String, Option<String>>,
}

/// Kills the server `count` times; fails when anything acknowledged is missing, twice there or out of order.
pub(crate) async fn run(binary: &Path, count: u32, seed: u64) -> Result<(), Failure> {
    let (_kept, folder) = folder()?;
    let mut moments = Moments(seed.max(1));
    let mut server = Server::start(binary, &folder, 0).await?;
    let port = server.port;
    let users = server.new_users(SENDERS).await?;
    let mut connection = Connection::open(port).await?;
    let thread = new_thread(&mut connection, &users).await?;
    let mut run = Run {
        users,
        thread,
        log: Log::default(),
        creations: HashMap::new(),
    };
    let began = Instant::now();
    for round in 0..count {
        run.round(server, round, &mut moments).await?;
        server = Server::start(binary, &folder, port).await?;
        run.repeat_creation(port, round).await?;
        if (round + 1) % 100 == 0 {
            let sent = run.log.lock().map_err(|_| "a sender panicked")?.len();
            eprintln!("{} kills, {sent} messages", round + 1);
        }
    }
    let found = run.stored(port).await?;
    let told = run.check(&found)?;
    run.check_creations(port).await?;
    server.kill()?;
    writeln!(
        std::io::stdout(),
        "{count} kills (seed {seed}) in {:.0} s: {told}; {} repeated creations made one thread each",
        began.elapsed().as_secs_f64(),
        run.creations.len()
    )?;
    Ok(())
}

impl Run {
    /// Senders send until the server is gone.
    async fn round(
        &mut self,
        server: Server,
        round: u32,
        moments: &mut Moments,
    ) -> Result<(), Failure> {
        let senders: Vec<_> = self
            .users
            .iter()
            .enumerate()
            .map(|(sender, user)| {
                let (user, thread) = (user.clone(), self.thread.clone());
                let (log, port) = (self.log.clone(), server.port);
                tokio::spawn(async move {
                    // Ends with the server.
                    let _ = send_on(port, &thread, &user, &format!("{round}.{sender}"), &log).await;
                })
            })
            .collect();
        let creating = tokio::spawn(create(
            server.port,
            self.users[0].clone(),
            format!("creation-{round}"),
        ));
        tokio::time::sleep(Duration::from_micros(moments.below(LIFE_MAX_MS * 1_000))).await;
        server.kill()?;
        for sender in senders {
            sender.await?;
        }
        let created = creating.await?.ok();
        self.creations.insert(format!("creation-{round}"), created);
        Ok(())
    }

    /// What was not answered is asked again under the same name; what was, is answered with the same thread.
    async fn repeat_creation(&mut self, port: u16, round: u32) -> Result<(), Failure> {
        let request = format!("creation-{round}");
        let again = create(port, self.users[0].clone(), request.clone()).await?;
        let before = self.creations.insert(request, Some(again.clone()));
        match before.flatten() {
            Some(before) if before != again => {
                Err(format!("an acknowledged thread was made again: {before}").into())
            }
            _ => Ok(()),
        }
    }

    /// The thread's messages in the order of their sequence numbers: number, id, content.
    async fn stored(&self, port: u16) -> Result<Vec<(u64, String, String)>, Failure> {
        let mut connection = Connection::open(port).await?;
        let headers = bearer(&self.users[0]);
        let mut target = format!(
            "{}/messages?maxPageSize=200&api-version=2024-03-07",
            self.thread
        );
        let mut found = Vec::new();
        loop {
            let page = connection.send("GET", &target, &headers, "").await?;
            let page = page.expect(200)?.json()?;
            for message in page["value"].as_array().ok_or("no page")? {
                if message["type"] != "text" {
                    continue;
                }
                let text = |pointer| message.pointer(pointer).and_then(Value::as_str);
                let number = text("/sequenceId").ok_or("no sequence")?.parse()?;
                let id = text("/id").ok_or("no id")?.to_owned();
                let content = text("/content/message").ok_or("no content")?.to_owned();
                found.push((number, id, content));
            }
            match page["nextLink"].as_str() {
                Some(next) => {
                    let path = next.splitn(4, '/').nth(3).ok_or("no path")?;
                    target = format!("/{path}");
                }
                None => break,
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn check(&self, found: &[(u64, String, String)]) -> Result<String, Failure> {
        let log = self.log.lock().map_err(|_| "a sender panicked")?;
        let mut seen = HashSet::new();
        let (mut latest_begin, mut unacknowledged) = (None::<Instant>, 0_usize);
        let mut before = 0;
        for (number, id, content) in found {
            if *number <= before {
                return Err(format!("sequence number {number} is there twice").into());
            }
            before = *number;
            if !seen.insert(content) {
                return Err(format!("{content} is there twice").into());
            }
            let sent = log
                .get(content)
                .ok_or_else(|| format!("{content} was never sent"))?;
            match &sent.acknowledged {
                None => unacknowledged += 1,
                Some((told, _)) if told != id => {
                    return Err(format!("{content} was acknowledged as {told} and is {id}").into());
                }
                // Whoever began after this one was acknowledged comes after it.
                Some((_, on)) if latest_begin.is_some_and(|begin| *on < begin) => {
                    return Err(format!("{content} comes after one that began later").into());
                }
                Some(_) => {}
            }
            latest_begin = latest_begin.max(Some(sent.began));
        }
        let acknowledged = log.iter().filter(|(_, sent)| sent.acknowledged.is_some());
        let mut count = 0_usize;
        for (content, _) in acknowledged {
            count += 1;
            if !seen.contains(content) {
                return Err(format!("{content} was acknowledged and is lost").into());
            }
        }
        Ok(format!(
            "{count} acknowledged messages, none lost, doubled or out of order; of {} unacknowledged ones {unacknowledged} \
             were saved, once each",
            log.len() - count
        ))
    }

    /// Every request made one thread.
    async fn check_creations(&self, port: u16) -> Result<(), Failure> {
        let mut connection = Connection::open(port).await?;
        let headers = bearer(&self.users[0]);
        let mut target = "/chat/threads?maxPageSize=200&api-version=2024-03-07".to_owned();
        let mut topics: HashMap<String, Vec<String>> = HashMap::new();
        loop {
            let page = connection.send("GET", &target, &headers, "").await?;
            let page = page.expect(200)?.json()?;
            for thread in page["value"].as_array().ok_or("no page")? {
                let text = |name: &str| thread[name].as_str().unwrap_or_default().to_owned();
                topics.entry(text("topic")).or_default().push(text("id"));
            }
            match page["nextLink"].as_str() {
                Some(next) => {
                    let path = next.splitn(4, '/').nth(3).ok_or("no path")?;
                    target = format!("/{path}");
                }
                None => break,
            }
        }
        for (request, told) in &self.creations {
            let made = topics.get(request).map(Vec::as_slice).unwrap_or_default();
            if made.len() != 1 || told.as_deref() != Some(made[0].as_str()) {
                return Err(format!("{request} made {} threads", made.len()).into());
            }
        }
        Ok(())
    }
}

async fn send_on(
    port: u16,
    thread: &str,
    user: &User,
    prefix: &str,
    log: &Log,
) -> Result<(), Failure> {
    let mut connection = Connection::open(port).await?;
    let headers = bearer(user);
    for number in 0..u32::MAX {
        let content = format!("{prefix}.{number}");
        let sent = Sent {
            began: Instant::now(),
            acknowledged: None,
        };
        let lock = || log.lock().map_err(|_| "a sender panicked");
        lock()?.insert(content.clone(), sent);
        let id = send_message(&mut connection, thread, &headers, &content).await?;
        let on = Instant::now();
        if let Some(sent) = lock()?.get_mut(&content) {
            sent.acknowledged = Some((id, on));
        }
    }
    Ok(())
}

/// Makes a thread under a name of the request, which is its subject too; answers the thread's id.
async fn create(port: u16, user: User, request: String) -> Result<String, Failure> {
    let mut connection = Connection::open(port).await?;
    let headers = format!("{}repeatability-request-id: {request}\r\n", bearer(&user));
    let body = json!({ "topic": request, "participants": [] }).to_string();
    let target = "/chat/threads?api-version=2024-03-07";
    let made = connection.send("POST", target, &headers, &body).await?;
    let made = made.expect(201)?.json()?;
    let id = made.pointer("/chatThread/id").and_then(Value::as_str);
    Ok(id.ok_or("no thread id")?.to_owned())
}
