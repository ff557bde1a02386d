//! Service limits: how often a person may do what in ten seconds. Far above what people do; they stop runaway programs.
use crate::ServiceError;
use moka::future::Cache;
use parvis_domain::ids::{RawId, ThreadId};
use serde::Deserialize;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// The span that is counted.
const SPAN: Duration = Duration::from_secs(10);
/// Counters kept; past that the least used are forgotten, which only errs in the caller's favour.
const COUNTERS_MAX: u64 = 200_000;

/// How many requests a person may make in ten seconds. More lets a program do more harm; less may hit busy back ends that
/// act for one identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChatLimits {
    /// Creating and deleting threads, per person.
    pub threads_per_10s: u32,
    /// Changing a thread and its participants, per person and thread.
    pub changes_per_10s: u32,
    /// Sending, editing and deleting messages, per person and thread.
    pub messages_per_10s: u32,
    /// Reading, per person and thread.
    pub reads_per_10s: u32,
    /// Typing notices and read receipts, per person and thread.
    pub signals_per_10s: u32,
}

impl Default for ChatLimits {
    fn default() -> Self {
        Self {
            threads_per_10s: 1_000,
            changes_per_10s: 1_000,
            messages_per_10s: 50_000,
            reads_per_10s: 50_000,
            signals_per_10s: 500,
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Counted {
    Threads,
    Changes,
    Messages,
    Reads,
    Signals,
}

type Key = (Counted, RawId, Option<ThreadId>);

/// The counters of this node.
#[derive(Clone)]
pub(super) struct Counters {
    limits: ChatLimits,
    counters: Cache<Key, Arc<AtomicU32>>,
}

impl Counters {
    pub(super) fn new(limits: ChatLimits) -> Self {
        let counters = Cache::builder()
            .max_capacity(COUNTERS_MAX)
            .time_to_live(SPAN)
            .build();
        Self { limits, counters }
    }

    /// Counts one request; refuses it when there were too many.
    pub(super) async fn count(
        &self,
        what: Counted,
        caller: &RawId,
        thread: Option<&ThreadId>,
    ) -> Result<(), ServiceError> {
        let limit = match what {
            Counted::Threads => self.limits.threads_per_10s,
            Counted::Changes => self.limits.changes_per_10s,
            Counted::Messages => self.limits.messages_per_10s,
            Counted::Reads => self.limits.reads_per_10s,
            Counted::Signals => self.limits.signals_per_10s,
        };
        let key = (what, caller.clone(), thread.cloned());
        let counter = self.counters.get_with(key, async { Arc::default() }).await;
        if counter.fetch_add(1, Ordering::Relaxed) < limit {
            Ok(())
        } else {
            let retry_after_s = u32::try_from(SPAN.as_secs()).unwrap_or(u32::MAX);
            Err(ServiceError::TooMany { retry_after_s })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parvis_domain::ids::MemberId;

    #[tokio::test]
    async fn each_person_and_thread_has_its_own_count() {
        let counters = Counters::new(ChatLimits {
            messages_per_10s: 2,
            ..ChatLimits::default()
        });
        let person = |n| RawId::Member(MemberId(uuid::Uuid::from_u128(n)));
        let thread = ThreadId::chat("aaaaaaaa").expect("valid");
        let send = async |n| {
            let person = person(n);
            counters
                .count(Counted::Messages, &person, Some(&thread))
                .await
        };
        assert!(send(1).await.is_ok() && send(1).await.is_ok());
        let refused = send(1).await;
        assert!(matches!(
            refused,
            Err(ServiceError::TooMany { retry_after_s: 10 })
        ));
        assert!(send(2).await.is_ok());
        let read = counters
            .count(Counted::Reads, &person(1), Some(&thread))
            .await;
        assert!(read.is_ok());
    }
}
