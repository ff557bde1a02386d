//! The sessions of this node: how many an identity has, and where a resume finds its session.
use super::{WsLimits, link::Link};
use base64::Engine;
use parking_lot::Mutex;
use parvis_domain::{ids::RawId, principal::Principal};
use parvis_service::context::{random_bytes, random_uuid};
use std::{collections::HashMap, sync::Arc};
use subtle::ConstantTimeEq;
use tokio::sync::mpsc;

/// Resumes that wait for one session; a client has one at a time.
const RESUMPTIONS_MAX: usize = 4;

/// A socket that resumes a session; key and identity are checked.
pub(super) struct Resumption {
    pub(super) link: Link,
    pub(super) after: u64,
    pub(super) principal: Principal,
    pub(super) token: String,
}

struct Known {
    resume_key_hash: [u8; 32],
    raw_id: RawId,
    resumptions: mpsc::Sender<Resumption>,
}

#[derive(Default)]
struct Table {
    sessions: HashMap<String, Known>,
    by_identity: HashMap<RawId, usize>,
}

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Sessions {
    limits: WsLimits,
    table: Arc<Mutex<Table>>,
}

/// A session's place in the table; given up when dropped.
pub(super) struct Entry {
    sessions: Sessions,
    id: String,
}

/// What a new session gets.
pub(super) struct Admission {
    pub(super) entry: Entry,
    pub(super) resume_key: String,
    pub(super) resumptions: mpsc::Receiver<Resumption>,
}

impl Sessions {
    pub(super) fn new(limits: WsLimits) -> Self {
        Self {
            limits,
            table: Arc::default(),
        }
    }

    pub(super) fn limits(&self) -> &WsLimits {
        &self.limits
    }

    /// A place for a new session; `None` when the identity has too many (CP-7).
    pub(super) fn admit(&self, raw_id: &RawId) -> Option<Admission> {
        let id = random_uuid().to_string();
        let resume_key =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        let (sender, resumptions) = mpsc::channel(RESUMPTIONS_MAX);
        let mut table = self.table.lock();
        let count = table.by_identity.entry(raw_id.clone()).or_default();
        if *count >= self.limits.sessions_per_identity_max {
            return None;
        }
        *count += 1;
        let known = Known {
            resume_key_hash: hash(&resume_key),
            raw_id: raw_id.clone(),
            resumptions: sender,
        };
        table.sessions.insert(id.clone(), known);
        let entry = Entry {
            sessions: self.clone(),
            id,
        };
        Some(Admission {
            entry,
            resume_key,
            resumptions,
        })
    }

    /// The session that this key and identity resume.
    pub(super) fn find(
        &self,
        id: &str,
        resume_key: &str,
        raw_id: &RawId,
    ) -> Option<mpsc::Sender<Resumption>> {
        let table = self.table.lock();
        let known = table.sessions.get(id)?;
        let opens = bool::from(known.resume_key_hash.ct_eq(&hash(resume_key)));
        (opens && known.raw_id == *raw_id).then(|| known.resumptions.clone())
    }
}

impl Entry {
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut table = self.sessions.table.lock();
        let Some(known) = table.sessions.remove(&self.id) else {
            return;
        };
        if let Some(count) = table.by_identity.get_mut(&known.raw_id) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                table.by_identity.remove(&known.raw_id);
            }
        }
    }
}

fn hash(key: &str) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.as_bytes());
    digest.as_ref().try_into().unwrap_or_default()
}
