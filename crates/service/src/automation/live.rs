//! The connections of this node that have not ended, and the tasks that follow their calls.
use crate::{ServiceError, calls::CallControl};
use parking_lot::Mutex;
use parvis_domain::{
    automation::Connection,
    ids::{ConnectionId, ResourceId},
};
use std::{collections::HashMap, future::Future, sync::Arc};
use tokio::task::JoinSet;

/// Connections of one resource that have not ended; the next is refused with 429.
pub const CONNECTIONS_MAX: u32 = 1_000;

/// A connection, its call in hand.
pub(super) struct Held {
    pub(super) resource: ResourceId,
    /// INVARIANT: what the store holds. Whoever changes it saves first, under this lock.
    pub(super) record: tokio::sync::Mutex<Connection>,
    /// None while a restart has yet to find the call.
    control: Mutex<Option<CallControl>>,
}

impl Held {
    pub(super) fn new(connection: Connection, control: Option<CallControl>) -> Self {
        Self {
            resource: connection.resource,
            record: tokio::sync::Mutex::new(connection),
            control: Mutex::new(control),
        }
    }

    pub(super) fn take_hold(&self, control: CallControl) {
        *self.control.lock() = Some(control);
    }

    /// The call.
    pub(super) async fn control(&self) -> Result<CallControl, ServiceError> {
        let control = self.control.lock().clone();
        control.ok_or_else(|| ServiceError::Unavailable("the call is being brought back".into()))
    }
}

/// Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Connections {
    held: Arc<Mutex<HashMap<ConnectionId, Arc<Held>>>>,
    tasks: Arc<Mutex<JoinSet<()>>>,
}

impl Connections {
    pub(super) fn insert(&self, id: ConnectionId, held: Arc<Held>) {
        self.held.lock().insert(id, held);
    }

    pub(super) fn find(&self, id: ConnectionId) -> Option<Arc<Held>> {
        self.held.lock().get(&id).cloned()
    }

    pub(super) fn remove(&self, id: ConnectionId) {
        self.held.lock().remove(&id);
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    pub(super) async fn stop(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock());
        tasks.shutdown().await;
    }
}
