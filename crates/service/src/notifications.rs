//! Live news of chat: who listens, and what is told to them. Every connection has its own bounded queue; one that is too slow
//! loses news and is told so. What a person may hear is decided by `threads`; nothing is filtered here.
mod tickets;

pub use tickets::Ticket;

use crate::{ServiceError, context::TokensEnded};
use parking_lot::Mutex;
use parvis_domain::{
    ids::{RawId, ThreadId},
    label::Viewer,
    thread::{Message, Metadata, Retention},
    time::Timestamp,
};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::{broadcast, mpsc};

/// News that one connection may leave unread; the next is lost for it, and it is told.
const QUEUE_MAX: usize = 256;
/// Connections (tabs, devices) of one person; the next is refused.
const CONNECTIONS_PER_PERSON_MAX: usize = 32;
/// Connections of one node; the next is refused.
const CONNECTIONS_MAX: usize = 50_000;
/// When a refused connection may try again.
const RETRY_AFTER_S: u32 = 30;

/// A name, which members see with a label behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// For everybody else.
    pub plain: String,
    /// For members of the thread's organisation.
    pub labelled: String,
}

impl Name {
    /// As `viewer` is to see it.
    pub fn shown_to(&self, viewer: Viewer) -> &str {
        match viewer {
            Viewer::Member => &self.labelled,
            Viewer::Outsider => &self.plain,
        }
    }
}

/// A person in the news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub raw_id: RawId,
    /// Their name.
    pub name: Name,
    /// From when on they may read.
    pub history_from: Timestamp,
    /// What the app attached.
    pub metadata: Metadata,
}

/// What a thread looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Its subject.
    pub topic: String,
    /// What the app attached.
    pub metadata: Metadata,
    /// How long it is kept.
    pub retention: Option<Retention>,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message came in.
    MessageReceived(Box<Message>, Name),
    /// A message was edited.
    MessageEdited(Box<Message>, Name),
    /// A message was deleted.
    MessageDeleted(Box<Message>, Name),
    /// Somebody types.
    Typing(Person),
    /// Somebody has read up to a message.
    ReadReceipt {
        /// Who.
        reader: RawId,
        /// The message.
        message: Timestamp,
    },
    /// A thread was made.
    ThreadCreated {
        /// By whom.
        by: Person,
        /// Who is in it.
        people: Vec<Person>,
        /// What it looks like.
        properties: Properties,
    },
    /// Subject, metadata or retention changed.
    ThreadUpdated {
        /// By whom.
        by: Person,
        /// What it looks like now.
        properties: Properties,
    },
    /// The thread is gone.
    ThreadDeleted {
        /// By whom; `None`: its retention has ended.
        by: Option<Person>,
    },
    /// People came in.
    ParticipantsAdded {
        /// By whom.
        by: Person,
        /// Who.
        people: Vec<Person>,
    },
    /// People went out.
    ParticipantsRemoved {
        /// By whom.
        by: Person,
        /// Who.
        people: Vec<Person>,
    },
}

/// A piece of news of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The thread.
    pub thread: ThreadId,
    /// When, by the thread's clock; also its version.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// Who is told, and how they see names.
pub type Audience = Vec<(RawId, Viewer)>;

/// What a connection hears next.
#[derive(Clone, Debug)]
pub enum Heard {
    /// A piece of news.
    Notice(Viewer, Arc<Notice>),
    /// Some news before this was lost, because the connection was too slow.
    Loss,
}

struct Listener {
    number: u64,
    queue: mpsc::Sender<(Viewer, Arc<Notice>)>,
    lost: Arc<AtomicBool>,
}

#[derive(Default)]
struct Listeners {
    by_person: HashMap<RawId, Vec<Listener>>,
    count: usize,
}

/// All live connections of this node. Cheap to clone.
#[derive(Clone, Default)]
pub struct Notifications {
    listeners: Arc<Mutex<Listeners>>,
    numbers: Arc<AtomicU64>,
    tickets: tickets::Tickets,
}

impl Notifications {
    /// An empty hub that ends connections when their tokens end.
    pub fn new(tokens_ended: broadcast::Receiver<TokensEnded>) -> Self {
        let hub = Self::default();
        tokio::spawn(hub.clone().follow(tokens_ended));
        hub
    }

    async fn follow(self, mut tokens_ended: broadcast::Receiver<TokensEnded>) {
        loop {
            match tokens_ended.recv().await {
                Ok(TokensEnded::Of(raw_id)) => self.end(&raw_id),
                // Tokens are not kept here: whoever has one that still counts comes again with it.
                Ok(TokensEnded::UnderKeyOf(id)) => {
                    self.end_where(|raw_id| raw_id.resource() == Some(id))
                }
                // Whose tokens have ended is not known any more: all come again with their tokens.
                Err(broadcast::error::RecvError::Lagged(_)) => self.end_where(|_| true),
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// A new connection of a person. The caller checks the person's token after this, so that no revocation is missed.
    pub fn connect(&self, raw_id: RawId) -> Result<Connection, ServiceError> {
        const FULL: ServiceError = ServiceError::TooMany {
            retry_after_s: RETRY_AFTER_S,
        };
        let mut listeners = self.listeners.lock();
        if listeners.count >= CONNECTIONS_MAX {
            return Err(FULL);
        }
        let own = listeners.by_person.entry(raw_id.clone()).or_default();
        if own.len() >= CONNECTIONS_PER_PERSON_MAX {
            return Err(FULL);
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let (queue, news) = mpsc::channel(QUEUE_MAX);
        let lost = Arc::new(AtomicBool::new(false));
        own.push(Listener {
            number,
            queue,
            lost: lost.clone(),
        });
        listeners.count += 1;
        Ok(Connection {
            hub: self.clone(),
            raw_id,
            number,
            news,
            lost,
        })
    }

    /// Tells everybody in `audience` who listens.
    pub fn announce(&self, audience: &[(RawId, Viewer)], notice: Notice) {
        let notice = Arc::new(notice);
        let listeners = self.listeners.lock();
        for (raw_id, viewer) in audience {
            for listener in listeners.by_person.get(raw_id).into_iter().flatten() {
                if listener.queue.try_send((*viewer, notice.clone())).is_err() {
                    listener.lost.store(true, Ordering::Release);
                }
            }
        }
    }

    /// How many connections there are.
    pub fn count(&self) -> usize {
        self.listeners.lock().count
    }

    /// Ends all connections of a person.
    pub fn end(&self, raw_id: &RawId) {
        let mut listeners = self.listeners.lock();
        if let Some(ended) = listeners.by_person.remove(raw_id) {
            listeners.count -= ended.len();
        }
    }

    fn end_where(&self, ends: impl Fn(&RawId) -> bool) {
        let mut listeners = self.listeners.lock();
        let Listeners { by_person, count } = &mut *listeners;
        by_person.retain(|raw_id, own| {
            let stays = !ends(raw_id);
            *count -= if stays { 0 } else { own.len() };
            stays
        });
    }

    fn leave(&self, raw_id: &RawId, number: u64) {
        let mut listeners = self.listeners.lock();
        let Some(own) = listeners.by_person.get_mut(raw_id) else {
            return;
        };
        let before = own.len();
        own.retain(|listener| listener.number != number);
        let left = before - own.len();
        let empty = own.is_empty();
        listeners.count -= left;
        if empty {
            listeners.by_person.remove(raw_id);
        }
    }
}

/// One live connection. Dropping it ends it.
pub struct Connection {
    hub: Notifications,
    raw_id: RawId,
    number: u64,
    news: mpsc::Receiver<(Viewer, Arc<Notice>)>,
    lost: Arc<AtomicBool>,
}

impl Connection {
    /// Whose it is.
    pub fn raw_id(&self) -> &RawId {
        &self.raw_id
    }

    /// The next piece of news; `None` when the person's tokens have ended. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Heard> {
        match self.news.try_recv() {
            Ok((viewer, notice)) => return Some(Heard::Notice(viewer, notice)),
            Err(mpsc::error::TryRecvError::Disconnected) => return None,
            Err(mpsc::error::TryRecvError::Empty) => {}
        }
        if self.lost.swap(false, Ordering::AcqRel) {
            return Some(Heard::Loss);
        }
        let (viewer, notice) = self.news.recv().await?;
        Some(Heard::Notice(viewer, notice))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.hub.leave(&self.raw_id, self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128) -> RawId {
        RawId::Member(parvis_domain::ids::MemberId(uuid::Uuid::from_u128(n)))
    }

    fn notice(at: i64) -> Notice {
        Notice {
            thread: ThreadId::chat("aaaaaaaa").expect("valid"),
            at: Timestamp(at),
            event: Event::ThreadDeleted { by: None },
        }
    }

    fn hub() -> (broadcast::Sender<TokensEnded>, Notifications) {
        let (sender, receiver) = broadcast::channel(4);
        (sender, Notifications::new(receiver))
    }

    #[tokio::test]
    async fn every_tab_of_the_audience_hears_and_nobody_else() {
        let (_ended, hub) = hub();
        let mut tabs = [
            hub.connect(person(1)).expect("tab"),
            hub.connect(person(1)).expect("tab"),
        ];
        let mut other = hub.connect(person(2)).expect("other");
        hub.announce(&[(person(1), Viewer::Member)], notice(1));
        for tab in &mut tabs {
            let heard = tab.next().await;
            assert!(
                matches!(heard, Some(Heard::Notice(Viewer::Member, found)) if found.at == Timestamp(1))
            );
        }
        assert!(other.news.try_recv().is_err());
        drop(tabs);
        assert_eq!(hub.count(), 1);
    }

    #[tokio::test]
    async fn a_slow_connection_hears_the_first_news_then_of_the_loss() {
        let (_ended, hub) = hub();
        let mut slow = hub.connect(person(1)).expect("connect");
        for at in 0..=i64::try_from(QUEUE_MAX).expect("small") {
            hub.announce(&[(person(1), Viewer::Outsider)], notice(at));
        }
        for _ in 0..QUEUE_MAX {
            assert!(matches!(slow.next().await, Some(Heard::Notice(..))));
        }
        assert!(matches!(slow.next().await, Some(Heard::Loss)));
        hub.announce(&[(person(1), Viewer::Outsider)], notice(9));
        assert!(matches!(slow.next().await, Some(Heard::Notice(..))));
    }

    #[tokio::test]
    async fn ended_tokens_end_the_connections() {
        let (ended, hub) = hub();
        let mut connection = hub.connect(person(1)).expect("connect");
        let mut other = hub.connect(person(2)).expect("connect");
        ended.send(TokensEnded::Of(person(1))).expect("heard");
        assert!(connection.next().await.is_none());
        drop(connection);
        assert_eq!(hub.count(), 1);
        hub.announce(&[(person(2), Viewer::Outsider)], notice(1));
        assert!(other.next().await.is_some());
    }

    #[tokio::test]
    async fn a_rotated_key_ends_the_connections_of_its_resource_s_people() {
        let (ended, hub) = hub();
        let of = |resource: u128| RawId::External {
            resource: parvis_domain::ids::ResourceId(uuid::Uuid::from_u128(resource)),
            user: parvis_domain::ids::ExternalUserId(uuid::Uuid::from_u128(7)),
        };
        let mut theirs = hub.connect(of(1)).expect("connect");
        let mut others = [of(2), person(1)].map(|raw_id| hub.connect(raw_id).expect("connect"));
        let rotated = of(1).resource().expect("resource");
        ended.send(TokensEnded::UnderKeyOf(rotated)).expect("heard");
        assert!(theirs.next().await.is_none());
        assert_eq!(hub.count(), others.len());
        let audience = others
            .each_ref()
            .map(|other| (other.raw_id().clone(), Viewer::Outsider));
        hub.announce(&audience, notice(1));
        for other in &mut others {
            assert!(other.next().await.is_some());
        }
    }

    #[tokio::test]
    async fn a_person_has_a_bounded_number_of_tabs() {
        let (_ended, hub) = hub();
        let tabs: Vec<_> = (0..CONNECTIONS_PER_PERSON_MAX)
            .map(|_| hub.connect(person(1)).expect("tab"))
            .collect();
        assert!(matches!(
            hub.connect(person(1)),
            Err(ServiceError::TooMany { .. })
        ));
        drop(tabs);
        assert!(hub.connect(person(1)).is_ok());
    }
}
