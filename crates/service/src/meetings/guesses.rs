//! Wrong guesses at meeting ids and passcodes: after a few, an id rests.
use crate::ServiceError;
use moka::future::Cache;
use parvis_domain::{link::MeetingNumber, time::Timestamp};
use std::time::Duration;

/// Wrong guesses at one id before it rests. More lets people mistype more often and guessers try more.
const WRONG_MAX: u32 = 20;
/// After how long without a rest the wrong guesses are forgotten, and how long a rest lasts.
const WINDOW: Duration = Duration::from_secs(60);
/// Ids remembered at once; the least used are forgotten first.
const IDS_MAX: u64 = 10_000;

/// Wrong guesses in the window that began at `since`.
#[derive(Clone, Copy)]
struct Wrong {
    since: Timestamp,
    count: u32,
}

/// Wrong guesses per meeting id.
#[derive(Clone)]
pub(super) struct Guesses {
    wrong: Cache<MeetingNumber, Wrong>,
}

impl Guesses {
    pub(super) fn new() -> Self {
        Self {
            wrong: Cache::new(IDS_MAX),
        }
    }

    /// Refuses while the id rests, whether the guess would be right or wrong.
    pub(super) async fn check(
        &self,
        number: &MeetingNumber,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let Some(wrong) = self.present(number, now).await else {
            return Ok(());
        };
        if wrong.count < WRONG_MAX {
            return Ok(());
        }
        let left = wrong.since.plus(WINDOW).since(now).as_secs().max(1);
        Err(ServiceError::TooMany {
            retry_after_s: u32::try_from(left).unwrap_or(u32::MAX),
        })
    }

    /// Counts a wrong guess; the last one allowed starts the rest anew.
    pub(super) async fn count_wrong(&self, number: &MeetingNumber, now: Timestamp) {
        let mut wrong = self.present(number, now).await.unwrap_or(Wrong {
            since: now,
            count: 0,
        });
        wrong.count += 1;
        if wrong.count >= WRONG_MAX {
            wrong.since = now;
        }
        self.wrong.insert(number.clone(), wrong).await;
    }

    async fn present(&self, number: &MeetingNumber, now: Timestamp) -> Option<Wrong> {
        self.wrong
            .get(number)
            .await
            .filter(|wrong| now.since(wrong.since) < WINDOW)
    }
}
