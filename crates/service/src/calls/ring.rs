//! Who can be rung and who is: the clients of every identity, the rings under way, and the builders' servers that answer for
//! the identities of their resource. One table for the node; a ring that a call brought back from the store is told again.
use parking_lot::Mutex;
use parvis_domain::{
    call::{CallKey, EndCode},
    ids::{CallId, LegId, RawId, ResourceId},
    time::Timestamp,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use tokio::sync::{Notify, mpsc};

/// CP-52: rings of one identity at a time; the next caller is refused with 429.
pub const RINGS_PER_IDENTITY_MAX: usize = 8;
/// Incoming rings that wait for a builder's server; the next is not told to it.
const WATCHED_MAX: usize = 1_024;

/// CP-52: a ring as the callee's clients are to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingRing {
    /// The ring; an answer makes the leg of this name.
    pub ring: LegId,
    /// Its call.
    pub call: CallId,
    /// Who rings.
    pub caller: RawId,
    /// Their name as the callee is to see it, label included.
    pub caller_name: String,
    /// Who is rung.
    pub callee: RawId,
    /// Only these two are in the call.
    pub two_party: bool,
    /// When it ends unanswered.
    pub until: Timestamp,
}

/// News for everybody who rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RingNews {
    /// CP-52. Told again to a client that comes back: the same ring is one ring.
    Incoming(Box<IncomingRing>),
    /// CP-55: it is over.
    Ended {
        /// Which.
        ring: LegId,
        /// Whose.
        callee: RawId,
        /// Why; answered elsewhere when somebody took it.
        end: EndCode,
    },
}

/// The way to a client that may ring. Full means that its session is beyond help.
#[derive(Clone, Debug)]
pub struct RingSink {
    news: mpsc::Sender<RingNews>,
    overflow: Arc<Notify>,
}

impl RingSink {
    /// A way that notifies `overflow` when `news` is full.
    pub fn new(news: mpsc::Sender<RingNews>, overflow: Arc<Notify>) -> Self {
        Self { news, overflow }
    }

    fn tell(&self, news: RingNews) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.news.try_send(news) {
            self.overflow.notify_one();
        }
    }
}

/// One client of an identity, until dropped.
#[derive(Debug)]
pub struct Endpoint {
    rings: Rings,
    raw_id: RawId,
    number: u64,
}

impl Endpoint {
    /// Its number, unlike any other's of this node.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let mut table = self.rings.0.lock();
        if let Some(endpoints) = table.endpoints.get_mut(&self.raw_id) {
            endpoints.retain(|(number, _)| *number != self.number);
            if endpoints.is_empty() {
                table.endpoints.remove(&self.raw_id);
            }
        }
    }
}

#[derive(Debug)]
struct Ringing {
    key: CallKey,
    ring: IncomingRing,
    /// The client that is about to answer: it hears of that by its own reply.
    claimed: Option<u64>,
}

#[derive(Debug, Default)]
struct Table {
    next_number: u64,
    endpoints: HashMap<RawId, Vec<(u64, RingSink)>>,
    ringing: BTreeMap<LegId, Ringing>,
    /// The rings of each identity.
    rung: HashMap<RawId, Vec<LegId>>,
    watchers: HashMap<ResourceId, Vec<mpsc::Sender<RingNews>>>,
}

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Rings(Arc<Mutex<Table>>);

impl Rings {
    /// A client of `raw_id` can ring from now on; it hears at once of what rings already.
    pub(super) fn add_endpoint(&self, raw_id: &RawId, sink: RingSink) -> Endpoint {
        let mut table = self.0.lock();
        table.next_number += 1;
        let number = table.next_number;
        for ring in table.rings_of(raw_id) {
            sink.tell(RingNews::Incoming(Box::new(ring)));
        }
        let endpoints = table.endpoints.entry(raw_id.clone()).or_default();
        endpoints.push((number, sink));
        Endpoint {
            rings: self.clone(),
            raw_id: raw_id.clone(),
            number,
        }
    }

    /// Every ring of an identity of `resource`, from now on and those under way.
    pub(super) fn watch(&self, resource: ResourceId) -> mpsc::Receiver<RingNews> {
        let (sender, receiver) = mpsc::channel(WATCHED_MAX);
        let mut table = self.0.lock();
        let of_resource = |ringing: &&Ringing| ringing.ring.callee.resource() == Some(resource);
        for ringing in table.ringing.values().filter(of_resource) {
            let _ = sender.try_send(RingNews::Incoming(Box::new(ringing.ring.clone())));
        }
        table.watchers.entry(resource).or_default().push(sender);
        receiver
    }

    /// Whether anybody would hear a ring of this identity.
    pub(super) fn is_reachable(&self, raw_id: &RawId) -> bool {
        let mut table = self.0.lock();
        table.endpoints.contains_key(raw_id)
            || raw_id
                .resource()
                .is_some_and(|resource| table.is_watched(resource))
    }

    /// Whether one more ring of this identity is one too many.
    pub(super) fn is_crowded(&self, raw_id: &RawId) -> bool {
        let table = self.0.lock();
        table.rung.get(raw_id).map_or(0, Vec::len) >= RINGS_PER_IDENTITY_MAX
    }

    /// Somebody is rung.
    pub(super) fn ring(&self, key: CallKey, ring: IncomingRing) {
        let mut table = self.0.lock();
        table.tell(
            &ring.callee,
            None,
            &RingNews::Incoming(Box::new(ring.clone())),
        );
        let rung = table.rung.entry(ring.callee.clone()).or_default();
        if !rung.contains(&ring.ring) {
            rung.push(ring.ring);
        }
        let ringing = Ringing {
            key,
            claimed: None,
            ring,
        };
        table.ringing.insert(ringing.ring.ring, ringing);
    }

    /// The call of a ring, for its callee only.
    pub(super) fn find(&self, ring: LegId, callee: &RawId) -> Option<CallKey> {
        let table = self.0.lock();
        let ringing = table.ringing.get(&ring)?;
        (ringing.ring.callee == *callee).then(|| ringing.key.clone())
    }

    /// The ring and its call, for the resource that owns its callee.
    pub(super) fn find_of(
        &self,
        ring: LegId,
        resource: ResourceId,
    ) -> Option<(CallKey, IncomingRing)> {
        let table = self.0.lock();
        let ringing = table.ringing.get(&ring)?;
        let theirs = ringing.ring.callee.resource() == Some(resource);
        theirs.then(|| (ringing.key.clone(), ringing.ring.clone()))
    }

    /// This client is about to answer.
    pub(super) fn claim(&self, ring: LegId, endpoint: Option<u64>) {
        if let Some(ringing) = self.0.lock().ringing.get_mut(&ring) {
            ringing.claimed = endpoint;
        }
    }

    /// A ring is over. When it was answered, everybody else hears that it was, elsewhere.
    pub(super) fn end(&self, ring: LegId, result: Result<(), EndCode>) {
        let mut table = self.0.lock();
        let Some(Ringing { ring, claimed, .. }) = table.ringing.remove(&ring) else {
            return;
        };
        if let Some(rung) = table.rung.get_mut(&ring.callee) {
            rung.retain(|id| *id != ring.ring);
            if rung.is_empty() {
                table.rung.remove(&ring.callee);
            }
        }
        let (except, end) = match result {
            Ok(()) => (claimed, EndCode::ANSWERED_ELSEWHERE),
            Err(end) => (None, end),
        };
        let callee = ring.callee.clone();
        let ring = ring.ring;
        table.tell(
            &callee.clone(),
            except,
            &RingNews::Ended { ring, callee, end },
        );
    }
}

impl Table {
    fn rings_of(&self, raw_id: &RawId) -> Vec<IncomingRing> {
        let rung = self.rung.get(raw_id).into_iter().flatten();
        rung.filter_map(|ring| self.ringing.get(ring))
            .map(|ringing| ringing.ring.clone())
            .collect()
    }

    fn tell(&mut self, callee: &RawId, except: Option<u64>, news: &RingNews) {
        for (number, sink) in self.endpoints.get(callee).into_iter().flatten() {
            if Some(*number) != except {
                sink.tell(news.clone());
            }
        }
        let Some(resource) = callee.resource() else {
            return;
        };
        if self.is_watched(resource) {
            for watcher in &self.watchers[&resource] {
                if watcher.try_send(news.clone()).is_err() {
                    tracing::warn!("a builder's server is too slow to hear of a ring");
                }
            }
        }
    }

    /// Forgets watchers that are gone.
    fn is_watched(&mut self, resource: ResourceId) -> bool {
        let Some(watchers) = self.watchers.get_mut(&resource) else {
            return false;
        };
        watchers.retain(|watcher| !watcher.is_closed());
        let is_watched = !watchers.is_empty();
        if !is_watched {
            self.watchers.remove(&resource);
        }
        is_watched
    }
}
