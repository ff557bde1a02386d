//! Typing notices and read receipts. Both are for small threads only, and receipts for meetings only where the organisation
//! wants them: elsewhere they are taken and go nowhere.
use super::{
    Admitted, FORBIDDEN, Page, Threads, limits::Counted, nameless, names::Names, page_limit,
};
use crate::{
    ServiceError,
    notifications::{Event, Notice},
};
use parvis_domain::{
    ids::{RawId, ThreadId},
    principal::Principal,
    thread::{
        Receipt, TYPING_PARTICIPANTS_MAX, ThreadKind, content,
        rights::{self, Act},
    },
    time::Timestamp,
};

impl Threads {
    /// Tells the others that the caller is typing.
    pub async fn send_typing(
        &self,
        caller: &Principal,
        id: &ThreadId,
        sender_name: Option<String>,
    ) -> Result<(), ServiceError> {
        rights::may_ever(caller, Act::Write).map_err(|_| FORBIDDEN)?;
        content::check_name(sender_name.as_deref().unwrap_or_default())?;
        self.counters
            .count(Counted::Signals, &caller.raw_id, Some(id))
            .await?;
        let Admitted { thread, .. } = self.admit(caller, id, Act::Write).await?;
        let people = self.context.store.list_people_inside(id).await?;
        if is_crowded(thread.kind, &people) {
            return Ok(());
        }
        let mut person = nameless(&caller.raw_id);
        person.display_name = match (thread.kind, &caller.raw_id) {
            (ThreadKind::Chat(_), _) => sender_name.unwrap_or_default(),
            (ThreadKind::Meeting(_) | ThreadKind::Members(..), RawId::Member(oid)) => {
                self.directory_name(*oid).await?
            }
            (ThreadKind::Meeting(_) | ThreadKind::Members(..), raw_id) => {
                let known = self.context.store.load_participant(id, raw_id).await?;
                known.map(|person| person.display_name).unwrap_or_default()
            }
        };
        let mut names = Names::of(self, &thread).await?;
        let event = Event::Typing(names.person(&person).await?);
        let audience = names.audience(people).await?;
        let notice = Notice {
            thread: thread.id,
            at: self.context.now(),
            event,
        };
        self.hub.announce(&audience, notice);
        Ok(())
    }

    /// Keeps how far the caller has read, and tells the others.
    pub async fn send_receipt(
        &self,
        caller: &Principal,
        id: &ThreadId,
        message: Timestamp,
    ) -> Result<(), ServiceError> {
        rights::may_ever(caller, Act::Withdraw).map_err(|_| FORBIDDEN)?;
        self.counters
            .count(Counted::Signals, &caller.raw_id, Some(id))
            .await?;
        let (mut write, sight) = self.admit_writer(caller, id, Act::Withdraw).await?;
        let found = write.message(message).await?;
        found
            .filter(|message| sight.shows(message.id, message.version))
            .ok_or(ServiceError::NotFound("message"))?;
        let people = write.people_inside().await?;
        if is_crowded(write.thread.kind, &people) || !self.takes_receipts(write.thread.kind).await?
        {
            return Ok(());
        }
        let receipt = Receipt {
            raw_id: caller.raw_id.clone(),
            message,
            read_on: self.context.now(),
        };
        if !write.save_receipt(&receipt).await? {
            return Ok(());
        }
        let mut names = Names::of(self, &write.thread).await?;
        let event = Event::ReadReceipt {
            reader: receipt.raw_id,
            message,
        };
        self.finish(
            write,
            &mut names,
            Vec::new(),
            vec![(receipt.read_on, event)],
        )
        .await?;
        Ok(())
    }

    async fn takes_receipts(&self, kind: ThreadKind) -> Result<bool, ServiceError> {
        match kind {
            ThreadKind::Chat(_) | ThreadKind::Members(..) => Ok(true),
            ThreadKind::Meeting(organisation) => {
                let policy = self.policies.load(organisation).await?;
                Ok(policy.read_receipts_in_meetings)
            }
        }
    }

    /// A page of how far everybody has read. `next` is the number to hand in as `skip`.
    pub async fn list_receipts(
        &self,
        caller: &Principal,
        id: &ThreadId,
        skip: u32,
        limit: Option<u32>,
    ) -> Result<Page<Receipt>, ServiceError> {
        let limit = page_limit(limit)?;
        self.admit_insider(caller, id).await?;
        let receipts = self.context.store.list_receipts(id).await?;
        Ok(Page::slice(receipts, skip, limit))
    }
}

/// More people than typing and receipts are for. In meetings only people from outside count.
fn is_crowded(kind: ThreadKind, people: &[RawId]) -> bool {
    let count = match kind {
        ThreadKind::Chat(_) | ThreadKind::Members(..) => people.len(),
        ThreadKind::Meeting(_) => people
            .iter()
            .filter(|raw_id| matches!(raw_id, RawId::External { .. } | RawId::Visitor(_)))
            .count(),
    };
    count > TYPING_PARTICIPANTS_MAX
}
