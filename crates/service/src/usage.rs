//! The meter: what resources used, and the records of sent messages. Legs are recorded by `calls`, with the leg itself.
use crate::{ServiceError, context::Context};
use parvis_domain::{
    ids::{CallId, ResourceId, ThreadId},
    meter::{NanoDollars, Prices, UsageSum},
    time::Timestamp,
};
pub use parvis_store::usage::{Span, StoredUsage};

/// What one resource used and owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageReport {
    /// One line per kind of use.
    pub lines: Vec<UsageSum>,
    /// Their costs together.
    pub total: NanoDollars,
}

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Usage {
    context: Context,
    prices: Prices,
}

impl Usage {
    /// A meter with the default prices.
    pub fn new(context: Context) -> Self {
        Self {
            context,
            prices: Prices::default(),
        }
    }

    /// Notes an accepted user message of an identity of `resource`; the same message again changes nothing.
    pub async fn record_message(
        &self,
        resource: ResourceId,
        thread: &ThreadId,
        message_id: &str,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        Ok(self
            .context
            .store
            .record_message(resource, thread, message_id, at)
            .await?)
    }

    /// What a resource used within a span: legs that started and messages that were sent in it.
    pub async fn report(
        &self,
        resource: ResourceId,
        span: Span,
    ) -> Result<UsageReport, ServiceError> {
        let now = self.context.now();
        let counts = self
            .context
            .store
            .sum_resource_usage(resource, span, now)
            .await?;
        let lines: Vec<_> = counts
            .iter()
            .map(|count| UsageSum::new(count.kind, count.records, count.duration_ms, self.prices))
            .collect();
        let total = lines.iter().map(|line| line.cost).sum();
        Ok(UsageReport { lines, total })
    }

    /// The records of one call's legs, whoever pays.
    pub async fn list_call(&self, call: CallId) -> Result<Vec<StoredUsage>, ServiceError> {
        Ok(self
            .context
            .store
            .list_call_usage(call, self.context.now())
            .await?)
    }
}
