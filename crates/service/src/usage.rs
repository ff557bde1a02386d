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

#[cfg(test)]
mod tests {
    use super::*;
    use parvis_domain::{
        call::CallKey,
        ids::{LegId, RawId},
        meter::{LegUsage, MeterKind},
    };
    use parvis_store::{Store, calls::CallChange};
    use uuid::Uuid;

    const START: Timestamp = Timestamp(1_800_000_000_000);
    const PAYER: ResourceId = ResourceId(Uuid::from_u128(1));
    const CALL: CallId = CallId(Uuid::from_u128(2));

    /// A leg of the call that lasted this long.
    fn lasted(n: u128, kind: MeterKind, ms: i64) -> [CallChange; 2] {
        let leg = LegId(Uuid::from_u128(n));
        let record = LegUsage {
            leg,
            call: CALL,
            raw_id: RawId::Phone("1".to_owned()),
            resource: (kind == MeterKind::Voip).then_some(PAYER),
            organisation: None,
            kind,
            started_on: START,
        };
        let end = Timestamp(START.0 + ms);
        [
            CallChange::UsageOpened(record),
            CallChange::UsageClosed(leg, end),
        ]
    }

    async fn usage_of(legs: &[[CallChange; 2]], messages: usize) -> (tempfile::TempDir, Usage) {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        let thread = ThreadId::meeting("abcdefgh").expect("thread");
        let mut changes = vec![CallChange::Begin(CallKey::Meeting(thread.clone()), START)];
        changes.extend(legs.iter().flatten().cloned());
        store.save_call(CALL, &changes).await.expect("save");
        let origin = url::Url::parse("https://localhost/").expect("origin");
        let usage = Usage::new(Context::new(store, origin));
        for message in 0..messages {
            let message = message.to_string();
            for _again in 0..2 {
                usage
                    .record_message(PAYER, &thread, &message, START)
                    .await
                    .expect("record");
            }
        }
        (folder, usage)
    }

    async fn total(usage: &Usage) -> String {
        let until = Timestamp(START.0 + 1);
        let report = usage
            .report(PAYER, Span { from: START, until })
            .await
            .expect("report");
        report.total.to_string()
    }

    // [K2]
    #[tokio::test]
    async fn ten_minutes_of_a_guest_with_a_host_are_twenty_and_ten_are_billed() {
        let legs = [
            lasted(1, MeterKind::Voip, 600_000),
            lasted(2, MeterKind::Native, 600_000),
        ];
        let (_folder, usage) = usage_of(&legs, 0).await;
        let records = usage.list_call(CALL).await.expect("records");
        let minutes = |kind: Option<MeterKind>| -> u64 {
            let of_kind = records
                .iter()
                .filter(|record| kind.is_none_or(|kind| kind == record.kind));
            of_kind.map(|record| record.duration_ms / 60_000).sum()
        };
        assert_eq!(minutes(None), 20);
        assert_eq!(minutes(Some(MeterKind::Native)), 10, "listed, at no price");
        assert_eq!(total(&usage).await, "0.040000000");
    }

    // [K1] [K6]
    #[tokio::test]
    async fn thirty_minutes_with_the_lobby_and_three_messages() {
        let (_folder, usage) = usage_of(&[lasted(1, MeterKind::Voip, 1_800_000)], 3).await;
        assert_eq!(total(&usage).await, "0.122400000");
    }
}
