//! Order, pauses, restarts and bounds, over a real store and a courier that the test holds.
use super::*;
use crate::webhooks::{Courier, IncomingCall, Retry, Undelivered};
use async_trait::async_trait;
use parvis_domain::{ids::CallId, time::Timestamp};
use parvis_store::{Store, outbox::NewOutboxEvent};
use std::{collections::HashSet, path::Path};
use tokio::sync::mpsc;

/// Tells the test what it was given; hosts in `down` never take anything, those in `silent` never answer.
struct Post {
    given: mpsc::UnboundedSender<(String, Uuid, u32)>,
    down: Arc<Mutex<HashSet<String>>>,
    silent: HashSet<String>,
}

#[async_trait]
impl Courier for Post {
    fn check(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
    fn write(&self, _: &Parcel) -> Vec<u8> {
        b"[]".to_vec()
    }
    async fn send(&self, parcel: &Parcel, _: Vec<u8>, bearer: &str) -> Result<(), Undelivered> {
        assert_eq!(bearer.split('.').count(), 3);
        if self.silent.contains(&parcel.url) {
            std::future::pending::<()>().await;
        }
        let _ = self
            .given
            .send((parcel.url.clone(), parcel.id, parcel.attempts));
        if self.down.lock().contains(&parcel.url) {
            return Err(Undelivered("down".to_owned()));
        }
        Ok(())
    }
}

struct Stage {
    context: Context,
    outbox: Outbox,
    given: mpsc::UnboundedReceiver<(String, Uuid, u32)>,
    down: Arc<Mutex<HashSet<String>>>,
}

async fn stage(file: &Path, silent: &[&str]) -> Stage {
    let store = Store::open(file).await.expect("store");
    let mut context = Context::new(store, "https://localhost:8443/".parse().expect("url"));
    let (given, receiver) = mpsc::unbounded_channel();
    let down = Arc::<Mutex<HashSet<String>>>::default();
    context.webhooks.courier = Arc::new(Post {
        given,
        down: down.clone(),
        silent: silent.iter().map(|url| (*url).to_owned()).collect(),
    });
    context.webhooks.retry = Retry {
        first: Duration::from_millis(10),
        most: Duration::from_millis(20),
        give_up: Duration::from_hours(1),
    };
    let signing = Signing::new(context.clone());
    Stage {
        outbox: Outbox::new(context.clone(), signing),
        context,
        given: receiver,
        down,
    }
}

const RESOURCE: ResourceId = ResourceId(Uuid::from_u128(9));

impl Stage {
    async fn put(&self, lane: u128, id: u128, url: &str, on: Timestamp) {
        let letter = Letter::IncomingCall(Box::new(IncomingCall {
            to: String::new(),
            from: String::new(),
            caller_name: String::new(),
            call: CallId(Uuid::from_u128(1)),
            correlation: Uuid::from_u128(1),
            context: String::new(),
        }));
        let event = NewOutboxEvent {
            lane: Uuid::from_u128(lane),
            resource: RESOURCE,
            id: Uuid::from_u128(id),
            url: url.to_owned(),
            letter: serde_json::to_string(&letter).expect("letter"),
            created_on: on,
        };
        let store = &self.context.store;
        store.insert_outbox_event(&event).await.expect("kept");
    }

    async fn wake(&self, lane: u128) {
        self.outbox.wake(Uuid::from_u128(lane), RESOURCE);
    }

    async fn next(&mut self) -> (String, u128, u32) {
        let next = tokio::time::timeout(Duration::from_secs(10), self.given.recv());
        let (url, id, attempts) = next.await.expect("in time").expect("open");
        (url, id.as_u128(), attempts)
    }

    /// Until nothing waits.
    async fn emptied(&self) {
        while !self
            .context
            .store
            .list_outbox_lanes()
            .await
            .expect("lanes")
            .is_empty()
        {
            tokio::task::yield_now().await;
        }
    }
}

const UP: &str = "https://up.example/";
const GONE: &str = "https://gone.example/";

#[tokio::test]
async fn what_fails_is_sent_again_before_what_comes_after_it() {
    let folder = tempfile::tempdir().expect("folder");
    let mut stage = stage(&folder.path().join("p.db"), &[]).await;
    let now = stage.context.now();
    stage.down.lock().insert(UP.to_owned());
    stage.put(1, 1, UP, now).await;
    stage.put(1, 2, UP, now).await;
    stage.wake(1).await;
    for attempts in 0..3 {
        assert_eq!(stage.next().await, (UP.to_owned(), 1, attempts));
    }
    stage.down.lock().clear();
    let last = loop {
        let (_, id, attempts) = stage.next().await;
        if id == 2 {
            break attempts;
        }
    };
    assert_eq!(last, 0);
    stage.emptied().await;
}

#[tokio::test]
async fn a_receiver_that_is_down_or_silent_holds_nobody_else_up() {
    let folder = tempfile::tempdir().expect("folder");
    let silent = "https://silent.example/";
    let mut stage = stage(&folder.path().join("p.db"), &[silent]).await;
    let now = stage.context.now();
    for lane in 0..100 {
        stage.put(lane, lane, silent, now).await;
        stage.wake(lane).await;
    }
    stage.down.lock().insert(GONE.to_owned());
    stage.put(200, 200, GONE, now).await;
    stage.wake(200).await;
    stage.put(201, 201, UP, now).await;
    stage.wake(201).await;
    while stage.next().await.1 != 201 {}
}

#[tokio::test]
async fn a_restart_goes_on_where_the_crash_was() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("p.db");
    let first = stage(&file, &[]).await;
    first.down.lock().insert(UP.to_owned());
    first.put(1, 1, UP, first.context.now()).await;
    first.wake(1).await;
    // Nothing is said at a crash.
    drop(first);
    let mut second = stage(&file, &[]).await;
    second.outbox.start().await.expect("started");
    assert_eq!(second.next().await.1, 1);
    second.emptied().await;
}

#[tokio::test]
async fn what_is_too_old_is_given_up_and_the_next_goes_on() {
    let folder = tempfile::tempdir().expect("folder");
    let mut stage = stage(&folder.path().join("p.db"), &[]).await;
    let now = stage.context.now();
    stage
        .put(1, 1, UP, now.minus(Duration::from_hours(2)))
        .await;
    stage.put(1, 2, UP, now).await;
    stage.wake(1).await;
    assert_eq!(stage.next().await, (UP.to_owned(), 2, 0));
    stage.emptied().await;
}

#[tokio::test]
async fn a_full_lane_has_no_room() {
    let folder = tempfile::tempdir().expect("folder");
    let stage = stage(&folder.path().join("p.db"), &[]).await;
    let lane = Uuid::from_u128(1);
    assert!(stage.outbox.has_room(lane, RESOURCE).await.expect("count"));
    for id in 0..u128::from(LANE_MAX) {
        stage.put(1, id, UP, stage.context.now()).await;
    }
    assert!(!stage.outbox.has_room(lane, RESOURCE).await.expect("count"));
    let other = Uuid::from_u128(2);
    assert!(stage.outbox.has_room(other, RESOURCE).await.expect("count"));
}
