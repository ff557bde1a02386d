//! A call and its chat: who takes part reads and writes the meeting's thread, until they leave.
use super::actor::Actor;
use crate::{ServiceError, threads::WindowPerson};
use parvis_domain::{
    call::CallEvent,
    ids::{LegId, ThreadId},
};

impl Actor {
    /// Chat windows follow admission and end; both are done before anybody hears of it. Chat knows who is in the thread
    /// for good, and what option and policy allow.
    pub(super) async fn keep_windows(&self, events: &[CallEvent]) {
        let Some(thread) = self.subject.thread() else {
            return;
        };
        for event in events {
            let result = match event {
                CallEvent::Joined { leg }
                | CallEvent::Admitted { leg }
                | CallEvent::Returned { leg, seated: true } => self.open_window(thread, *leg).await,
                CallEvent::Ended { leg, on, .. } if leg.is_connected() => {
                    let raw_id = &leg.person.raw_id;
                    if self
                        .call
                        .connected()
                        .any(|leg| leg.person.raw_id == *raw_id)
                    {
                        continue;
                    }
                    self.shared.threads.close_window(thread, raw_id, *on).await
                }
                CallEvent::Over => {
                    let now = self.shared.context.now();
                    self.shared.threads.close_all_windows(thread, now).await
                }
                _ => continue,
            };
            if let Err(error) = result {
                tracing::error!(call = %self.call.id(), %error, "a chat window was not kept");
            }
        }
    }

    async fn open_window(&self, thread: &ThreadId, leg: LegId) -> Result<(), ServiceError> {
        let Some(leg) = self.call.leg(leg).ok().filter(|leg| leg.is_connected()) else {
            return Ok(());
        };
        let person = WindowPerson {
            raw_id: leg.person.raw_id.clone(),
            display_name: leg.person.display_name.clone(),
        };
        self.shared
            .threads
            .open_window(thread, person, leg.since())
            .await
    }
}
