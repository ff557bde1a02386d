//! Windows: the spans of time for which a person is in a thread, and what may be read through them.
//! In a chat a person keeps what was readable before being removed; in a meeting's thread a closed window shows nothing.
use super::ThreadKind;
use crate::time::Timestamp;

/// How many past windows of one person are looked at; what lies in older ones stays hidden.
pub const PAST_WINDOWS_MAX: usize = 16;

/// One stay of a person in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it was opened, by the thread's clock.
    pub opened_on: Timestamp,
    /// Messages from then on may be read; before `opened_on` when history is shared with the person.
    pub visible_from: Timestamp,
    /// When it was closed; `None` while the person is in.
    pub closed_on: Option<Timestamp>,
    /// A member of the meeting, in the thread for good, as opposed to a person in the call.
    pub permanent: bool,
}

impl Window {
    /// Whether the person is in now.
    pub fn is_open(&self) -> bool {
        self.closed_on.is_none()
    }
}

/// A span of readable messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Created at or after.
    pub from: Timestamp,
    /// Last changed before; `None` has no end.
    pub until: Option<Timestamp>,
}

impl Span {
    fn shows(&self, created_on: Timestamp, version: Timestamp) -> bool {
        created_on >= self.from && self.until.is_none_or(|until| version < until)
    }
}

/// What a person may read of a thread at this moment. Nothing, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    spans: Vec<Span>,
}

impl Sight {
    /// From all windows that the person ever had, newest last. `share_all` is the meeting's choice to share its whole history.
    pub fn of(kind: ThreadKind, windows: &[Window], share_all: bool) -> Self {
        let open = windows.iter().filter(|window| window.is_open());
        let current = open
            .map(|window| match kind {
                ThreadKind::Meeting(_) if share_all => Timestamp::default(),
                ThreadKind::Meeting(_) | ThreadKind::Chat(_) | ThreadKind::Members(..) => {
                    window.visible_from
                }
            })
            .min()
            .map(|from| Span { from, until: None });
        let past = windows.iter().rev().filter_map(|window| match kind {
            ThreadKind::Chat(_) | ThreadKind::Members(..) => {
                window.closed_on.map(|closed_on| Span {
                    from: window.visible_from,
                    until: Some(closed_on),
                })
            }
            ThreadKind::Meeting(_) => None,
        });
        Self {
            spans: current
                .into_iter()
                .chain(past.take(PAST_WINDOWS_MAX))
                .collect(),
        }
    }

    /// Nothing at all may be read.
    pub fn is_blind(&self) -> bool {
        self.spans.is_empty()
    }

    /// Whether a message created and last changed at these moments may be read.
    pub fn shows(&self, created_on: Timestamp, version: Timestamp) -> bool {
        self.spans
            .iter()
            .any(|span| span.shows(created_on, version))
    }

    /// The readable spans, for queries; at most `PAST_WINDOWS_MAX + 1`.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The earliest message that may be read while in the thread.
    pub fn open_from(&self) -> Option<Timestamp> {
        self.spans
            .iter()
            .find(|span| span.until.is_none())
            .map(|span| span.from)
    }
}
