//! How often a resource may use each operation on identities (behaviour 2.1 row 12). Pure but for its lock.
use crate::ServiceError;
use parking_lot::Mutex;
use parvis_domain::{ids::ResourceId, time::Timestamp};
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
}

impl Operation {
    /// Uses in one window.
    fn max(self) -> u32 {
        match self {
            Self::Create | Self::Issue => 1_000,
            Self::Revoke | Self::Delete | Self::Exchange => 500,
        }
    }
}

/// Uses since the start of the window.
struct Uses {
    since: Timestamp,
    count: u32,
}

/// Counts uses; cheap to clone. Resources are few, so the map is.
#[derive(Clone, Default)]
pub(crate) struct Rates(Arc<Mutex<HashMap<(ResourceId, Operation), Uses>>>);

impl Rates {
    /// Counts one use, or says when there is room again.
    pub(crate) fn take(
        &self,
        resource: ResourceId,
        operation: Operation,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let mut all = self.0.lock();
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
        if uses.count >= operation.max() {
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
        let rates = Rates::default();
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
