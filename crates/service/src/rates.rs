//! How often a resource may use each operation on identities and on rooms. Pure but for its lock.
use crate::ServiceError;
use parking_lot::Mutex;
use parvis_domain::{ids::ResourceId, time::Timestamp};
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// The length of a window.
const WINDOW: Duration = Duration::from_secs(30);

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Create,
    Issue,
    Revoke,
    Delete,
    Exchange,
    CreateRoom,
    ChangeRoom,
    ReadRoom,
}

/// Uses of each operation by one resource in thirty seconds. The original allows 1000 creations and tokens and 500 of the
/// rest (behaviour 2.1 row 12); on a server of one's own they only stop a program that runs away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityLimits {
    /// Making identities.
    #[serde(rename = "create_per_30s")]
    pub create: u32,
    /// Making tokens, those made with an identity included.
    #[serde(rename = "issue_per_30s")]
    pub issue: u32,
    /// Revoking an identity's tokens.
    #[serde(rename = "revoke_per_30s")]
    pub revoke: u32,
    /// Deleting identities.
    #[serde(rename = "delete_per_30s")]
    pub delete: u32,
    /// Exchanging members' tokens.
    #[serde(rename = "exchange_per_30s")]
    pub exchange: u32,
}

impl Default for IdentityLimits {
    fn default() -> Self {
        Self {
            create: 300_000,
            issue: 300_000,
            revoke: 50_000,
            delete: 50_000,
            exchange: 50_000,
        }
    }
}

impl IdentityLimits {
    fn of(&self, operation: Operation) -> u32 {
        match operation {
            Operation::Create => self.create,
            Operation::Issue => self.issue,
            Operation::Revoke => self.revoke,
            Operation::Delete => self.delete,
            Operation::Exchange => self.exchange,
            // Each has its own bound in `rooms::RoomLimits`.
            Operation::CreateRoom | Operation::ChangeRoom | Operation::ReadRoom => u32::MAX,
        }
    }
}

/// Uses since the start of the window.
struct Uses {
    since: Timestamp,
    count: u32,
}

/// Counts uses; cheap to clone. Resources are few, so the map is.
#[derive(Clone)]
pub(crate) struct Rates {
    limits: IdentityLimits,
    windows: Arc<Mutex<HashMap<(ResourceId, Operation), Uses>>>,
}

impl Rates {
    pub(crate) fn new(limits: IdentityLimits) -> Self {
        Self {
            limits,
            windows: Arc::default(),
        }
    }

    /// Counts one use, or says when there is room again.
    pub(crate) fn take(
        &self,
        resource: ResourceId,
        operation: Operation,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        self.take_of(resource, operation, self.limits.of(operation), now)
    }

    /// Counts one use of `max` in a window, or says when there is room again.
    pub(crate) fn take_of(
        &self,
        resource: ResourceId,
        operation: Operation,
        max: u32,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let mut all = self.windows.lock();
        let uses = all.entry((resource, operation)).or_insert(Uses {
            since: now,
            count: 0,
        });
        // A clock that was set back starts a new window too.
        if now.since(uses.since) >= WINDOW || now < uses.since {
            *uses = Uses {
                since: now,
                count: 0,
            };
        }
        if uses.count >= max {
            let left = WINDOW.saturating_sub(now.since(uses.since)).as_secs() + 1;
            return Err(ServiceError::TooMany {
                retry_after_s: u32::try_from(left).unwrap_or(1),
            });
        }
        uses.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resource_has_its_own_windows() {
        let rates = Rates::new(IdentityLimits {
            revoke: 500,
            ..IdentityLimits::default()
        });
        let (a, b) = (
            ResourceId(uuid::Uuid::from_u128(1)),
            ResourceId(uuid::Uuid::from_u128(2)),
        );
        let now = Timestamp(1_000);
        for _ in 0..500 {
            rates.take(a, Operation::Revoke, now).expect("room");
        }
        let full = rates.take(a, Operation::Revoke, now.plus(Duration::from_secs(10)));
        assert!(
            matches!(full, Err(ServiceError::TooMany { retry_after_s: 21 })),
            "{full:?}"
        );
        rates
            .take(a, Operation::Issue, now)
            .expect("another operation");
        rates
            .take(b, Operation::Revoke, now)
            .expect("another resource");
        rates
            .take(a, Operation::Revoke, now.plus(WINDOW))
            .expect("a new window");
        rates
            .take(a, Operation::Revoke, Timestamp(0))
            .expect("a clock set back");
    }
}
