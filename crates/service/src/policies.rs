//! The policies of organisations: read by everything that decides, changed by an administrator, each change recorded.
use crate::{ServiceError, context::Context};
use moka::{future::Cache, ops::compute::Op};
use parvis_domain::{
    ids::OrganisationId,
    policy::{OrganisationPolicy, PolicyError},
};
use parvis_store::policies::PolicyChange;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::{Mutex, broadcast};

/// Organisations whose policies are kept in memory.
const CACHED_MAX: u64 = 10_000;
/// Changes that a slow listener may lag behind; it then reads everything anew.
const CHANGES_MAX: usize = 256;
/// Changes shown at once.
const CHANGES_LISTED: u32 = 200;

/// The policies of an organisation changed: running calls decide again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyChanged(pub OrganisationId);

/// Policies of all organisations. Cheap to clone.
#[derive(Clone)]
pub struct Policies {
    context: Context,
    cached: Cache<OrganisationId, Arc<OrganisationPolicy>>,
    /// Changes saved so far: what was read before one is not kept after it.
    saves: Arc<AtomicU64>,
    /// Held by a change. Reading never waits for it, since a write under way may read, and a change waits for writes.
    saving: Arc<Mutex<()>>,
    changed: broadcast::Sender<PolicyChanged>,
}

impl Policies {
    /// Policies over `context`.
    pub fn new(context: Context) -> Self {
        Self {
            context,
            cached: Cache::new(CACHED_MAX),
            saves: Arc::default(),
            saving: Arc::default(),
            changed: broadcast::channel(CHANGES_MAX).0,
        }
    }

    /// Hears of every change.
    pub fn subscribe(&self) -> broadcast::Receiver<PolicyChanged> {
        self.changed.subscribe()
    }

    /// The policies of an organisation.
    pub async fn load(
        &self,
        organisation: OrganisationId,
    ) -> Result<Arc<OrganisationPolicy>, ServiceError> {
        if let Some(policy) = self.cached.get(&organisation).await {
            return Ok(policy);
        }
        let saves = self.saves.load(Ordering::Acquire);
        let stored = self.stored(organisation).await?;
        let kept = stored.clone();
        let entry = self.cached.entry(organisation);
        let outcome = entry
            .and_compute_with(async |known| {
                let is_current = self.saves.load(Ordering::Acquire) == saves;
                match known {
                    None if is_current => Op::Put(kept),
                    _ => Op::Nop,
                }
            })
            .await;
        let kept = outcome.into_entry().map(moka::Entry::into_value);
        Ok(kept.unwrap_or(stored))
    }

    /// Reads what is kept in memory again, after another process may have changed it.
    pub(crate) async fn reread(&self) -> Result<(), ServiceError> {
        let _saving = self.saving.lock().await;
        let known: Vec<_> = self.cached.iter().collect();
        for (organisation, known) in known {
            let stored = self.stored(*organisation).await?;
            if *stored == *known {
                continue;
            }
            self.keep(*organisation, stored).await;
            // Nobody listening is fine: there is no running call.
            let _ = self.changed.send(PolicyChanged(*organisation));
        }
        Ok(())
    }

    /// Puts what was saved in the place of what is kept. Under the entry's lock, which a plain insert does not take: a read
    /// that looked at the number of saves just before would put what it read over this.
    async fn keep(&self, organisation: OrganisationId, policy: Arc<OrganisationPolicy>) {
        self.saves.fetch_add(1, Ordering::AcqRel);
        let entry = self.cached.entry(organisation);
        entry.and_compute_with(async |_| Op::Put(policy)).await;
    }

    async fn stored(
        &self,
        organisation: OrganisationId,
    ) -> Result<Arc<OrganisationPolicy>, ServiceError> {
        let policy = self.context.store.load_policy(organisation).await?;
        policy
            .map(Arc::new)
            .ok_or(ServiceError::NotFound("organisation"))
    }

    /// Replaces the policies of an organisation. `changed_by` is a member's oid or `operator`; it stands in the record of
    /// the change with every value before and after. Saving what is there already changes and records nothing.
    pub async fn save(
        &self,
        organisation: OrganisationId,
        policy: OrganisationPolicy,
        changed_by: &str,
    ) -> Result<Option<PolicyChange>, ServiceError> {
        policy.check().map_err(invalid)?;
        let policy = Arc::new(policy);
        let saving = self.saving.lock().await;
        let saved = self.replace(organisation, &policy, changed_by).await?;
        self.keep(organisation, policy).await;
        drop(saving);
        if saved.is_some() {
            // Nobody listening is fine: there is no running call.
            let _ = self.changed.send(PolicyChanged(organisation));
        }
        Ok(saved)
    }

    /// Changes the store, unless it says so already.
    async fn replace(
        &self,
        organisation: OrganisationId,
        policy: &OrganisationPolicy,
        changed_by: &str,
    ) -> Result<Option<PolicyChange>, ServiceError> {
        let before = self.stored(organisation).await?;
        if *before == *policy {
            return Ok(None);
        }
        let change = PolicyChange {
            changed_by: changed_by.to_owned(),
            changed_on: self.context.now(),
            changes: difference(&before, policy),
        };
        let saved = self
            .context
            .store
            .save_policy(organisation, policy, &change)
            .await?;
        if saved {
            Ok(Some(change))
        } else {
            Err(ServiceError::NotFound("organisation"))
        }
    }

    /// As [`Self::save`], from JSON; unknown names are refused.
    pub async fn save_json(
        &self,
        organisation: OrganisationId,
        json: &str,
        changed_by: &str,
    ) -> Result<Option<PolicyChange>, ServiceError> {
        let policy = OrganisationPolicy::from_json(json).map_err(invalid)?;
        self.save(organisation, policy, changed_by).await
    }

    /// The latest changes, newest first.
    pub async fn list_changes(
        &self,
        organisation: OrganisationId,
    ) -> Result<Vec<PolicyChange>, ServiceError> {
        Ok(self
            .context
            .store
            .list_policy_changes(organisation, CHANGES_LISTED)
            .await?)
    }
}

fn invalid(error: PolicyError) -> ServiceError {
    ServiceError::invalid("policy", error.to_string())
}

/// `{name: [before, after]}` for every name whose value differs.
fn difference(before: &OrganisationPolicy, after: &OrganisationPolicy) -> String {
    let object = |policy: &OrganisationPolicy| {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&policy.to_json())
            .unwrap_or_default()
    };
    let (before, after) = (object(before), object(after));
    let changes: serde_json::Map<String, serde_json::Value> = after
        .into_iter()
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, value)| {
            let pair = serde_json::json!([before.get(&name), value]);
            (name, pair)
        })
        .collect();
    serde_json::Value::Object(changes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parvis_domain::{directory::Organisation, time::Timestamp};
    use std::sync::atomic::{AtomicBool, Ordering};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_policy_read_beside_its_change_never_outlives_it() {
        let folder = tempfile::tempdir().expect("folder");
        let origin = "https://localhost/".parse().expect("origin");
        let context = Context::open(&folder.path().join("p.db"), origin).await;
        let context = context.expect("context");
        let id = OrganisationId(uuid::Uuid::from_u128(1));
        let name = "Clinic".to_owned();
        let organisation = Organisation { id, name };
        let made = context
            .store
            .insert_organisation(&organisation, Timestamp(1));
        made.await.expect("organisation");
        let policies = Policies::new(context);
        for round in 1..=100_u32 {
            let saved = Arc::new(AtomicBool::new(false));
            // Always reads the store, as after an eviction.
            let (reading, stop) = (policies.clone(), saved.clone());
            let reader = tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    reading.cached.invalidate(&id).await;
                    reading.load(id).await.expect("load");
                }
            });
            let text = format!(r#"{{"lobby_participants_max":{round}}}"#);
            let change = policies.save_json(id, &text, "operator").await;
            saved.store(true, Ordering::Relaxed);
            change.expect("saved");
            reader.await.expect("no panic");
            let now = policies.load(id).await.expect("load");
            assert_eq!(now.lobby_participants_max, round);
        }
    }
}
