//! Telling a resource's own server that somebody of the resource is being rung, so that it may answer, turn away or send
//! the call elsewhere. Only resources with an address for it are watched.
use super::{Automation, Incoming};
use crate::{
    ServiceError,
    calls::{IncomingRing, RingNews},
    context::random_uuid,
    webhooks::{IncomingCall, Letter},
};
use parvis_domain::ids::ResourceId;
use parvis_store::outbox::NewOutboxEvent;
use std::collections::HashSet;

impl Automation {
    /// Watches every resource that has an address for incoming calls, from now on.
    pub(super) fn watch_incoming(&self) {
        if self.shared.context.webhooks.incoming_calls.is_empty() {
            return;
        }
        let automation = self.clone();
        self.shared.connections.spawn(async move {
            let mut watched = HashSet::new();
            let mut renewed = automation.resources.subscribe();
            loop {
                renewed.mark_unchanged();
                match automation.resources.list().await {
                    Ok(resources) => {
                        for resource in resources.iter() {
                            automation.watch(resource.id, &mut watched);
                        }
                    }
                    Err(error) => tracing::error!(%error, "resources cannot be read"),
                }
                if renewed.changed().await.is_err() {
                    return;
                }
            }
        });
    }

    fn watch(&self, resource: ResourceId, watched: &mut HashSet<ResourceId>) {
        let webhooks = &self.shared.context.webhooks;
        let Some(url) = webhooks.incoming_calls_of(resource) else {
            return;
        };
        if !watched.insert(resource) {
            return;
        }
        let (automation, url) = (self.clone(), url.to_owned());
        let mut news = self.shared.calls.watch_incoming(resource);
        self.shared.connections.spawn(async move {
            while let Some(news) = news.recv().await {
                let RingNews::Incoming(ring) = news else {
                    continue;
                };
                if let Err(error) = automation.tell_incoming(resource, &url, *ring).await {
                    tracing::error!(%error, %resource, "an incoming call was not told");
                }
            }
        });
    }

    async fn tell_incoming(
        &self,
        resource: ResourceId,
        url: &str,
        ring: IncomingRing,
    ) -> Result<(), ServiceError> {
        let outbox = &self.shared.outbox;
        // A ring that a restart tells again has the same name; one that still waits is not put in twice.
        let lane = ring.ring.0;
        let waiting = self.shared.context.store.next_outbox_event(lane).await?;
        if waiting.is_some() || !outbox.has_room(lane, resource).await? {
            return Ok(());
        }
        let correlation = random_uuid();
        let incoming = Incoming {
            call: ring.call,
            ring: ring.ring,
            correlation,
            until: ring.until,
        };
        let letter = Letter::IncomingCall(Box::new(IncomingCall {
            to: ring.callee.to_string(),
            from: ring.caller.to_string(),
            caller_name: ring.caller_name,
            call: ring.call,
            correlation,
            context: self.seal.close(resource, &incoming).await?,
        }));
        let event = NewOutboxEvent {
            lane,
            resource,
            id: lane,
            url: url.to_owned(),
            letter: serde_json::to_string(&letter)
                .map_err(|error| ServiceError::Internal(error.to_string()))?,
            created_on: self.shared.context.now(),
        };
        self.shared
            .context
            .store
            .insert_outbox_event(&event)
            .await?;
        outbox.wake(lane, resource);
        Ok(())
    }
}
