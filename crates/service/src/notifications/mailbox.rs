//! What one client has still to hear: news that wait for its socket, and news that were sent but whose receipt it has not
//! confirmed yet. Outlives the socket for a while, so that a client that comes back misses nothing. Bounded.
use super::{Heard, News};
use parking_lot::Mutex;
use parvis_domain::ids::ThreadId;
use std::{collections::VecDeque, pin::pin};
use tokio::sync::Notify;

/// News that one client may leave unheard; the next is lost for it, and it is told.
pub(super) const WAITING_MAX: usize = 256;
/// News sent whose receipt is remembered as open; past that the oldest count as received as long as the socket lives.
const UNCONFIRMED_MAX: usize = 256;

/// The mailbox of one client.
pub(super) struct Mailbox {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<News>,
    unconfirmed: VecDeque<(u32, News)>,
    /// The number given last.
    number: u32,
    /// Which socket holds the mailbox: each new one counts further, and the one before is done.
    holder: u64,
    /// News were dropped since the client was told of a loss.
    lost: bool,
    /// An unconfirmed piece was forgotten: whether it arrived will not be known after this socket.
    forgotten: bool,
    ended: bool,
}

impl Mailbox {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Puts news in; says nothing when there is no room, the client hears of the loss.
    pub(super) fn put(&self, news: News) {
        let mut state = self.state.lock();
        if state.waiting.len() < WAITING_MAX && !state.lost {
            state.waiting.push_back(news);
        } else {
            state.lost = true;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// A new socket takes the mailbox over: what it was not known to have received waits again. Answers the socket's number,
    /// and whether news are missing.
    pub(super) fn take(&self) -> (u64, bool) {
        let mut state = self.state.lock();
        state.holder += 1;
        let mut again: VecDeque<News> = state.unconfirmed.drain(..).map(|(_, news)| news).collect();
        again.append(&mut state.waiting);
        state.waiting = again;
        let forgotten = std::mem::take(&mut state.forgotten);
        let missing = std::mem::take(&mut state.lost) || forgotten;
        let holder = state.holder;
        drop(state);
        self.changed.notify_waiters();
        (holder, missing)
    }

    /// The client has received the piece of this number.
    pub(super) fn confirm(&self, number: u32) {
        let mut state = self.state.lock();
        let place = state
            .unconfirmed
            .iter()
            .position(|(sent, _)| *sent == number);
        if let Some(place) = place {
            state.unconfirmed.remove(place);
        }
    }

    /// Takes out what is not known to have been received of a thread.
    pub(super) fn withdraw(&self, thread: &ThreadId) {
        let mut state = self.state.lock();
        state.waiting.retain(|(_, notice)| notice.thread != *thread);
        state
            .unconfirmed
            .retain(|(_, (_, notice))| notice.thread != *thread);
    }

    /// Nothing more is told from here.
    pub(super) fn end(&self) {
        self.state.lock().ended = true;
        self.changed.notify_waiters();
    }

    /// The next for the socket `holder`; `None` when another has taken over or all has ended. May be dropped and called again.
    pub(super) async fn next(&self, holder: u64) -> Option<Heard> {
        let mut changed = pin!(self.changed.notified());
        loop {
            // Enabled before looking, so that nothing is missed in between.
            changed.as_mut().enable();
            {
                let mut state = self.state.lock();
                if state.ended || state.holder != holder {
                    return None;
                }
                if let Some(heard) = state.pop() {
                    return Some(heard);
                }
            }
            changed.as_mut().await;
            changed.set(self.changed.notified());
        }
    }

    /// Waits until the socket `holder` is not the one that counts any more.
    pub(super) async fn until_taken(&self, holder: u64) {
        let mut changed = pin!(self.changed.notified());
        loop {
            changed.as_mut().enable();
            if !self.is_held_by(holder) {
                return;
            }
            changed.as_mut().await;
            changed.set(self.changed.notified());
        }
    }

    /// Whether the socket `holder` is the one that counts.
    pub(super) fn is_held_by(&self, holder: u64) -> bool {
        let state = self.state.lock();
        !state.ended && state.holder == holder
    }
}

impl State {
    fn pop(&mut self) -> Option<Heard> {
        if let Some(news) = self.waiting.pop_front() {
            self.number = self.number.wrapping_add(1);
            if self.unconfirmed.len() == UNCONFIRMED_MAX {
                self.unconfirmed.pop_front();
                self.forgotten = true;
            }
            self.unconfirmed.push_back((self.number, news.clone()));
            return Some(Heard::Notice(self.number, news));
        }
        std::mem::take(&mut self.lost).then_some(Heard::Loss)
    }
}
