//! The live calls of this node by key. A call is found, brought back from the store, or begun, one key at a time.
use super::{
    Shared,
    actor::{Actor, Ask, MAILBOX_MAX},
    subject::Subject,
};
use parvis_domain::{
    call::{CallKey, EndCode},
    ids::CallId,
};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{Mutex, mpsc};

/// Live calls of one node; past it new ones are refused with 503.
const CALLS_MAX: usize = 10_000;

#[derive(Default)]
struct Table {
    calls: HashMap<CallKey, (CallId, mpsc::Sender<Ask>)>,
    keys: HashMap<CallId, CallKey>,
}

/// Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Registry(Arc<Mutex<Table>>);

impl Registry {
    /// The call of a key; `subject` is what a new one is the session of.
    pub(super) async fn open(
        &self,
        shared: &Shared,
        key: &CallKey,
        subject: Subject,
    ) -> Result<mpsc::Sender<Ask>, EndCode> {
        let mut table = self.0.lock().await;
        if let Some((_, asks)) = table.calls.get(key).filter(|(_, asks)| !asks.is_closed()) {
            return Ok(asks.clone());
        }
        if table.calls.len() >= CALLS_MAX {
            return Err(EndCode::UNAVAILABLE);
        }
        let stored = shared
            .context
            .store
            .load_live_call(key)
            .await
            .map_err(|error| {
                tracing::error!(%error, "a live call could not be loaded");
                EndCode::UNAVAILABLE
            })?;
        let (asks, mailbox) = mpsc::channel(MAILBOX_MAX);
        let actor = Actor::new(shared.clone(), key.clone(), subject, stored, mailbox);
        let actor = actor.map_err(|error| {
            tracing::warn!(%error, "no media worker took a call");
            EndCode::UNAVAILABLE
        })?;
        let id = actor.call.id();
        shared.tasks.lock().spawn(actor.run());
        let former = table.calls.insert(key.clone(), (id, asks.clone()));
        if let Some((former, _)) = former {
            table.keys.remove(&former);
        }
        table.keys.insert(id, key.clone());
        Ok(asks)
    }

    /// The live call of a key.
    pub(super) async fn find(&self, key: &CallKey) -> Option<mpsc::Sender<Ask>> {
        let table = self.0.lock().await;
        let (_, asks) = table.calls.get(key)?;
        (!asks.is_closed()).then(|| asks.clone())
    }

    /// The key of a live call.
    pub(super) async fn key_of(&self, call: CallId) -> Option<CallKey> {
        self.0.lock().await.keys.get(&call).cloned()
    }

    /// A call of this key is over and has closed its mailbox; one begun meanwhile stays.
    pub(super) async fn forget(&self, key: &CallKey) {
        let mut table = self.0.lock().await;
        let is_over = |(_, asks): &(CallId, mpsc::Sender<Ask>)| asks.is_closed();
        if table.calls.get(key).is_some_and(is_over)
            && let Some((id, _)) = table.calls.remove(key)
        {
            table.keys.remove(&id);
        }
    }

    /// How many calls live here.
    pub(super) async fn len(&self) -> usize {
        self.0.lock().await.calls.len()
    }
}
