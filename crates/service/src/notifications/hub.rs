//! Who listens: each client (tab, device) of each person with its mailbox. A client that lost its socket keeps the mailbox for
//! while; whoever takes it over hears what passed in between.
use super::{Heard, Notice, mailbox::Mailbox, tickets::Tickets};
use crate::{ServiceError, context::TokensEnded};
use parking_lot::Mutex;
use parvis_domain::{
    ids::{RawId, ThreadId},
    label::Viewer,
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::{broadcast, watch},
    time::timeout,
};

/// Clients (tabs, devices) of one person; past that those without a socket go first, then the next is refused.
pub(super) const CLIENTS_PER_PERSON_MAX: usize = 32;
/// Sockets of one node; the next is refused. Also how many clients may be without one.
const CLIENTS_MAX: usize = 50_000;
/// When a refused client may try again.
const RETRY_AFTER_S: u32 = 30;

struct Listener {
    /// The client's own name of itself; empty when it has none, and then it cannot come back.
    client: String,
    mailbox: Arc<Mailbox>,
    /// Has a socket, as opposed to being waited for.
    is_live: bool,
}

#[derive(Default)]
struct Listeners {
    by_person: HashMap<RawId, Vec<Listener>>,
    live: usize,
    lingering: usize,
}

/// All clients of this node that listen. Cheap to clone.
#[derive(Clone, Default)]
pub struct Notifications {
    listeners: Arc<Mutex<Listeners>>,
    /// Changes when every socket is to look at its token.
    checks: watch::Sender<u64>,
    pub(super) tickets: Tickets,
}

impl Listeners {
    /// Counts a listener that is taken out.
    fn forget(&mut self, listener: &Listener) {
        if listener.is_live {
            self.live -= 1;
        } else {
            self.lingering -= 1;
        }
        listener.mailbox.end();
    }

    fn end_where(&mut self, ends: impl Fn(&RawId) -> bool) {
        let ended: Vec<RawId> = self
            .by_person
            .keys()
            .filter(|raw_id| ends(raw_id))
            .cloned()
            .collect();
        for raw_id in ended {
            for listener in self.by_person.remove(&raw_id).into_iter().flatten() {
                self.forget(&listener);
            }
        }
    }

    /// The mailbox of a client that comes back, if it was kept.
    fn take_back(&mut self, raw_id: &RawId, client: &str) -> Option<(Arc<Mailbox>, u64, bool)> {
        let own = self.by_person.get_mut(raw_id)?;
        let listener = own
            .iter_mut()
            .find(|own| !client.is_empty() && own.client == client)?;
        if !listener.is_live {
            listener.is_live = true;
            self.lingering -= 1;
            self.live += 1;
        }
        let (holder, missing) = listener.mailbox.take();
        Some((listener.mailbox.clone(), holder, missing))
    }

    /// Room for one more client of a person.
    fn make_room(&mut self, raw_id: &RawId) -> Result<(), ServiceError> {
        const FULL: ServiceError = ServiceError::TooMany {
            retry_after_s: RETRY_AFTER_S,
        };
        if self.live >= CLIENTS_MAX {
            return Err(FULL);
        }
        let Some(own) = self.by_person.get_mut(raw_id) else {
            return Ok(());
        };
        if own.len() < CLIENTS_PER_PERSON_MAX {
            return Ok(());
        }
        let oldest = own
            .iter()
            .position(|listener| !listener.is_live)
            .ok_or(FULL)?;
        let gone = own.remove(oldest);
        self.forget(&gone);
        Ok(())
    }
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
                    self.listeners
                        .lock()
                        .end_where(|raw_id| raw_id.resource() == Some(id));
                }
                // Each socket looks at its own token, so that the others' go on.
                Ok(TokensEnded::Some) => self.checks.send_modify(|times| *times += 1),
                // Whose tokens have ended is not known any more: all come again with their tokens.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.listeners.lock().end_where(|_| true);
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// A socket of a person's client; `returns`: the client was connected before. The caller checks the person's token after
    /// this, so that no revocation is missed.
    pub fn connect(
        &self,
        raw_id: RawId,
        client: &str,
        returns: bool,
    ) -> Result<Connection, ServiceError> {
        let checks = self.checks.subscribe();
        let mut listeners = self.listeners.lock();
        let kept = listeners.take_back(&raw_id, client);
        let (mailbox, holder, missing) = match kept {
            Some(kept) => kept,
            None => {
                listeners.make_room(&raw_id)?;
                let mailbox = Arc::new(Mailbox::new());
                let (holder, _) = mailbox.take();
                let own = listeners.by_person.entry(raw_id.clone()).or_default();
                own.push(Listener {
                    client: client.to_owned(),
                    mailbox: mailbox.clone(),
                    is_live: true,
                });
                listeners.live += 1;
                (mailbox, holder, returns)
            }
        };
        drop(listeners);
        Ok(Connection {
            hub: self.clone(),
            raw_id,
            mailbox,
            holder,
            missing,
            checks,
        })
    }

    /// Tells everybody in `audience` who listens.
    pub fn announce(&self, audience: &[(RawId, Viewer)], notice: Notice) {
        let notice = Arc::new(notice);
        let listeners = self.listeners.lock();
        for (raw_id, viewer) in audience {
            for listener in listeners.by_person.get(raw_id).into_iter().flatten() {
                listener.mailbox.put((*viewer, notice.clone()));
            }
        }
    }

    /// Takes back what a person has not yet received of a thread that is shut to them.
    pub fn withdraw(&self, raw_id: &RawId, thread: &ThreadId) {
        let listeners = self.listeners.lock();
        for listener in listeners.by_person.get(raw_id).into_iter().flatten() {
            listener.mailbox.withdraw(thread);
        }
    }

    /// How many sockets there are.
    pub fn count(&self) -> usize {
        self.listeners.lock().live
    }

    /// Ends all connections of a person.
    pub fn end(&self, raw_id: &RawId) {
        let mut listeners = self.listeners.lock();
        for listener in listeners.by_person.remove(raw_id).into_iter().flatten() {
            listeners.forget(&listener);
        }
    }

    /// A socket is gone, and its client is waited for; `false` when it is not to be.
    fn linger(&self, raw_id: &RawId, mailbox: &Arc<Mailbox>, holder: u64) -> bool {
        let mut listeners = self.listeners.lock();
        let Listeners {
            by_person,
            live,
            lingering,
        } = &mut *listeners;
        let mut own = by_person.get_mut(raw_id).into_iter().flatten();
        let kept = own.find(|own| Arc::ptr_eq(&own.mailbox, mailbox));
        let Some(listener) = kept.filter(|own| !own.client.is_empty()) else {
            return false;
        };
        if *lingering >= CLIENTS_MAX || !mailbox.is_held_by(holder) {
            return false;
        }
        listener.is_live = false;
        *live -= 1;
        *lingering += 1;
        true
    }

    fn leave(&self, raw_id: &RawId, mailbox: &Arc<Mailbox>, holder: u64) {
        let mut listeners = self.listeners.lock();
        if !mailbox.is_held_by(holder) {
            return;
        }
        let Some(own) = listeners.by_person.get_mut(raw_id) else {
            return;
        };
        let place = own
            .iter()
            .position(|own| Arc::ptr_eq(&own.mailbox, mailbox));
        let gone = place.map(|place| own.remove(place));
        if own.is_empty() {
            listeners.by_person.remove(raw_id);
        }
        if let Some(gone) = gone {
            listeners.forget(&gone);
        }
    }
}

/// One live socket of a client. Dropping it ends the client's stay here.
pub struct Connection {
    hub: Notifications,
    raw_id: RawId,
    mailbox: Arc<Mailbox>,
    holder: u64,
    missing: bool,
    checks: watch::Receiver<u64>,
}

impl Connection {
    /// Whose it is.
    pub fn raw_id(&self) -> &RawId {
        &self.raw_id
    }

    /// The client was connected before, and news in between are lost for it.
    pub fn is_missing_news(&self) -> bool {
        self.missing
    }

    /// The next piece of news; `None` when the person's tokens have ended, or the client has another socket. May be dropped
    /// and called again.
    pub async fn next(&mut self) -> Option<Heard> {
        self.mailbox.next(self.holder).await
    }

    /// Changes whenever the token is to be looked at again, since the connection was made.
    pub fn checks(&self) -> watch::Receiver<u64> {
        self.checks.clone()
    }

    /// The client says that it received the piece of this number. What was never confirmed is sent again on its next socket.
    pub fn confirm(&self, number: u32) {
        self.mailbox.confirm(number);
    }

    /// The socket is lost: waits that long for the client to come back with another one.
    pub async fn linger(self, life: Duration) {
        if self.hub.linger(&self.raw_id, &self.mailbox, self.holder) {
            let _ = timeout(life, self.mailbox.until_taken(self.holder)).await;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.hub.leave(&self.raw_id, &self.mailbox, self.holder);
    }
}
