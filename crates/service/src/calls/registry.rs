//! The live calls of this node by key. A call is found, brought back from the store, or begun, one key at a time.
use super::{
    Shared,
    actor::{Actor, Ask, MAILBOX_MAX},
    subject::Subject,
};
use parvis_domain::call::{CallKey, EndCode};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{Mutex, mpsc};

/// Live calls of one node; past it new ones are refused with 503.
const CALLS_MAX: usize = 10_000;

/// Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Registry(Arc<Mutex<HashMap<CallKey, mpsc::Sender<Ask>>>>);

impl Registry {
    /// The call of a key; `subject` is what a new one is the session of.
    pub(super) async fn open(
        &self,
        shared: &Shared,
        key: &CallKey,
        subject: Subject,
    ) -> Result<mpsc::Sender<Ask>, EndCode> {
        let mut calls = self.0.lock().await;
        if let Some(asks) = calls.get(key).filter(|asks| !asks.is_closed()) {
            return Ok(asks.clone());
        }
        if calls.len() >= CALLS_MAX {
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
        shared.tasks.lock().spawn(actor.run());
        calls.insert(key.clone(), asks.clone());
        Ok(asks)
    }

    /// A call of this key is over and has closed its mailbox; one begun meanwhile stays.
    pub(super) async fn forget(&self, key: &CallKey) {
        let mut calls = self.0.lock().await;
        if calls.get(key).is_some_and(mpsc::Sender::is_closed) {
            calls.remove(key);
        }
    }

    /// How many calls live here.
    pub(super) async fn len(&self) -> usize {
        self.0.lock().await.len()
    }
}
