//! What others' servers have yet to be told, sent in order within a lane, at least once, across restarts. Whoever writes
//! stores first and wakes the lane afterwards. A receiver that is slow or gone holds up its own lane only: each host and
//! each resource has a few places of its own in which something may be on its way.
use crate::{
    ServiceError,
    context::Context,
    signing::Signing,
    webhooks::{Letter, Parcel, bearer},
};
use moka::future::Cache;
use parking_lot::Mutex;
use parvis_domain::ids::ResourceId;
use parvis_store::outbox::OutboxEvent;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};
use uuid::Uuid;

/// Letters that wait in one lane; what may be left out is left out past it, and what asks for more is refused.
pub const LANE_MAX: u32 = 1_000;
/// Letters of one resource that wait.
pub const RESOURCE_MAX: u32 = 50_000;
/// Letters on their way at a time, of one resource.
const PLACES_A_RESOURCE: usize = 64;
/// Letters on their way at a time, of one resource to one host.
const PLACES_A_HOST: usize = 8;
/// Hosts whose places are remembered.
const HOSTS_MAX: u64 = 10_000;
/// Until the store is asked again after it failed.
const STORE_RETRY: Duration = Duration::from_secs(1);

/// A lane that a task works at.
#[derive(Default)]
struct Lane {
    /// Something was put in since the task looked.
    fresh: bool,
}

struct Inner {
    context: Context,
    signing: Signing,
    lanes: Mutex<HashMap<Uuid, Lane>>,
    resources: Cache<ResourceId, Arc<Semaphore>>,
    hosts: Cache<(ResourceId, String), Arc<Semaphore>>,
    tasks: Mutex<JoinSet<()>>,
    stop: watch::Sender<bool>,
}

/// The outbox; cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

impl Outbox {
    pub(crate) fn new(context: Context, signing: Signing) -> Self {
        Self(Arc::new(Inner {
            context,
            signing,
            lanes: Mutex::default(),
            resources: Cache::new(HOSTS_MAX),
            hosts: Cache::new(HOSTS_MAX),
            tasks: Mutex::default(),
            stop: watch::channel(false).0,
        }))
    }

    /// Goes on with what a restart left.
    pub(crate) async fn start(&self) -> Result<(), ServiceError> {
        for (lane, resource) in self.0.context.store.list_outbox_lanes().await? {
            self.wake(lane, resource);
        }
        Ok(())
    }

    /// Sends nothing more; what was not told stays in the store.
    pub(crate) async fn stop(&self) {
        self.0.stop.send_replace(true);
        let mut tasks = std::mem::take(&mut *self.0.tasks.lock());
        tasks.shutdown().await;
    }

    /// Whether one more may be put in.
    pub(crate) async fn has_room(
        &self,
        lane: Uuid,
        resource: ResourceId,
    ) -> Result<bool, ServiceError> {
        let store = &self.0.context.store;
        let (in_lane, of_resource) = store.count_outbox_events(lane, resource).await?;
        Ok(in_lane < LANE_MAX && of_resource < RESOURCE_MAX)
    }

    /// Something was put into a lane.
    pub(crate) fn wake(&self, lane: Uuid, resource: ResourceId) {
        if *self.0.stop.borrow() {
            return;
        }
        let mut lanes = self.0.lanes.lock();
        if let Some(known) = lanes.get_mut(&lane) {
            known.fresh = true;
            return;
        }
        lanes.insert(lane, Lane::default());
        let mut tasks = self.0.tasks.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(self.clone().work(lane, resource));
    }

    async fn work(self, lane: Uuid, resource: ResourceId) {
        loop {
            match self.0.context.store.next_outbox_event(lane).await {
                Ok(Some(event)) => self.tell(event).await,
                Ok(None) => {
                    let mut lanes = self.0.lanes.lock();
                    match lanes.get_mut(&lane) {
                        Some(known) if known.fresh => known.fresh = false,
                        _ => {
                            lanes.remove(&lane);
                            return;
                        }
                    }
                }
                Err(error) => {
                    tracing::error!(%error, %resource, "the outbox cannot be read");
                    tokio::time::sleep(STORE_RETRY).await;
                }
            }
        }
    }

    /// Tells one, gives it up, or pauses.
    async fn tell(&self, event: OutboxEvent) {
        let context = &self.0.context;
        let retry = context.webhooks.retry;
        let (number, attempts) = (event.number, event.attempts);
        if context.now().since(event.event.created_on) > retry.give_up {
            tracing::warn!(id = %event.event.id, attempts, "a webhook was given up");
            return self.forget(number).await;
        }
        let id = event.event.id;
        let failed = match self.send(event).await {
            Ok(()) => return self.forget(number).await,
            Err(failed) => failed,
        };
        let attempts = attempts + 1;
        tracing::info!(%id, attempts, reason = failed, "a webhook was not delivered");
        if let Err(error) = context.store.note_outbox_attempt(number).await {
            tracing::error!(%error, "an attempt was not noted");
        }
        tokio::time::sleep(retry.pause(attempts)).await;
    }

    async fn send(&self, event: OutboxEvent) -> Result<(), String> {
        let OutboxEvent {
            event, attempts, ..
        } = event;
        let letter: Letter =
            serde_json::from_str(&event.letter).map_err(|_| "damaged".to_owned())?;
        let parcel = Parcel {
            id: event.id,
            resource: event.resource,
            url: event.url,
            on: event.created_on,
            attempts,
            letter,
        };
        let host = host(&parcel.url);
        let places = |most| async move { Arc::new(Semaphore::new(most)) };
        let by_host = self
            .0
            .hosts
            .get_with((parcel.resource, host), places(PLACES_A_HOST))
            .await;
        let by_resource = self
            .0
            .resources
            .get_with(parcel.resource, places(PLACES_A_RESOURCE))
            .await;
        // Never closed.
        let _host = by_host.acquire().await;
        let _resource = by_resource.acquire().await;
        let context = &self.0.context;
        let body = context.webhooks.courier.write(&parcel);
        let token = bearer(context, &self.0.signing, &parcel, &body)
            .await
            .map_err(|error| error.to_string())?;
        let sent = context.webhooks.courier.send(&parcel, body, &token);
        sent.await.map_err(|undelivered| undelivered.0)
    }

    async fn forget(&self, number: i64) {
        while let Err(error) = self.0.context.store.delete_outbox_event(number).await {
            // Sent again otherwise, and again.
            tracing::error!(%error, "a delivered webhook was not forgotten");
            tokio::time::sleep(STORE_RETRY).await;
        }
    }
}

fn host(url: &str) -> String {
    let parsed = url::Url::parse(url).ok();
    let parts = parsed.as_ref().and_then(|url| {
        let port = url.port_or_known_default().unwrap_or_default();
        Some(format!("{}:{port}", url.host_str()?))
    });
    parts.unwrap_or_default()
}

#[cfg(test)]
mod tests;
