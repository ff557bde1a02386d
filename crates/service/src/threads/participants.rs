//! The people of chat threads: list, add, remove.
use super::{FORBIDDEN, Page, Threads, limits::Counted, meeting::system, names::Names, page_limit};
use crate::{ServiceError, notifications::Event};
use parvis_domain::{
    ids::{RawId, ThreadId},
    principal::Principal,
    thread::{
        ADDED_MAX, Body, MessageKind, PARTICIPANTS_MAX, Participant, ThreadKind, content,
        rights::{self, Act},
    },
};
use parvis_store::threads::ThreadWrite;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Somebody who could not be let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedParticipant {
    /// Who, as the caller named them.
    pub raw_id: String,
    /// Why not.
    pub reason: Unfit,
}

/// Why somebody cannot be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unfit {
    /// Of a kind that takes part in no such thread.
    OtherKind,
    /// Not of the thread's resource or organisation.
    Foreign,
    /// Of the thread's resource by name, but there is nobody of that name.
    Unknown,
    /// The thread has its largest number of participants.
    Full,
}

impl Threads {
    /// A page of the people who are in. `next` is the number to hand in as `skip`.
    pub async fn list_participants(
        &self,
        caller: &Principal,
        id: &ThreadId,
        skip: u32,
        limit: Option<u32>,
    ) -> Result<Page<Participant>, ServiceError> {
        let limit = page_limit(limit)?;
        let thread = self.admit_insider(caller, id).await?;
        let people = self.context.store.list_participants(id).await?;
        let mut page = Page::slice(people, skip, limit);
        let mut names = Names::of(self, &thread).await?;
        let viewer = names.viewer(caller);
        names.show_participants(&mut page.items, viewer).await?;
        Ok(page)
    }

    /// Lets people into a chat thread; answers who could not come in. Somebody who is in stays as they are.
    pub async fn add_participants(
        &self,
        caller: &Principal,
        id: &ThreadId,
        people: Vec<Participant>,
    ) -> Result<Vec<RefusedParticipant>, ServiceError> {
        rights::may_ever(caller, Act::AddParticipants).map_err(|_| FORBIDDEN)?;
        check_people(&people)?;
        self.counters
            .count(Counted::Changes, &caller.raw_id, Some(id))
            .await?;
        let (mut write, _) = self.admit_writer(caller, id, Act::AddParticipants).await?;
        let (came, refused) = self.let_in(&mut write, people).await?;
        if came.is_empty() {
            return Ok(refused);
        }
        let by = self.caller_in(&mut write, &caller.raw_id).await?;
        let mut names = Names::of(self, &write.thread).await?;
        let event = Event::ParticipantsAdded {
            by: names.person(&by).await?,
            people: names.people(&came).await?,
        };
        let message = system(MessageKind::ParticipantAdded, Body::People(came), &by);
        let at = write.append(message, self.context.now()).await?.version;
        self.finish(write, &mut names, Vec::new(), vec![(at, event)])
            .await?;
        Ok(refused)
    }

    /// Puts somebody out of a chat thread, or leaves it. The person hears of it too. Somebody who is not in is no error.
    pub async fn remove_participant(
        &self,
        caller: &Principal,
        id: &ThreadId,
        raw_id: &RawId,
    ) -> Result<(), ServiceError> {
        rights::may_ever(caller, Act::RemoveParticipants).map_err(|_| FORBIDDEN)?;
        self.counters
            .count(Counted::Changes, &caller.raw_id, Some(id))
            .await?;
        let (mut write, _) = self
            .admit_writer(caller, id, Act::RemoveParticipants)
            .await?;
        let now = self.context.now();
        let permanent = is_permanent(write.thread.kind);
        if !write.close_window(raw_id, permanent, now).await? {
            return Ok(());
        }
        let went = vec![self.caller_in(&mut write, raw_id).await?];
        let by = self.caller_in(&mut write, &caller.raw_id).await?;
        let mut names = Names::of(self, &write.thread).await?;
        let event = Event::ParticipantsRemoved {
            by: names.person(&by).await?,
            people: names.people(&went).await?,
        };
        let message = system(MessageKind::ParticipantRemoved, Body::People(went), &by);
        let at = write.append(message, now).await?.version;
        self.finish(write, &mut names, vec![raw_id.clone()], vec![(at, event)])
            .await?;
        Ok(())
    }

    /// Opens windows for those who may come in; answers who came and who may not. Who is in already stays as they are.
    pub(super) async fn let_in(
        &self,
        write: &mut ThreadWrite,
        people: Vec<Participant>,
    ) -> Result<(Vec<Participant>, Vec<RefusedParticipant>), ServiceError> {
        let kind = write.thread.kind;
        let inside: HashSet<RawId> = write.people_inside().await?.into_iter().collect();
        let asked: Vec<RawId> = people.iter().map(|person| person.raw_id.clone()).collect();
        let known = self.context.store.list_known_identities(&asked).await?;
        let mut named = HashSet::new();
        let (mut came, mut refused) = (Vec::new(), Vec::new());
        for mut person in people {
            let raw_id = person.raw_id.clone();
            if inside.contains(&raw_id) || !named.insert(raw_id.clone()) {
                continue;
            }
            let mut reason = self.unfit(kind, &raw_id, &known).await?;
            if reason.is_none() && inside.len() + came.len() >= PARTICIPANTS_MAX {
                reason = Some(Unfit::Full);
            }
            if let Some(reason) = reason {
                let raw_id = raw_id.to_string();
                refused.push(RefusedParticipant { raw_id, reason });
                continue;
            }
            if let RawId::Member(oid) = raw_id {
                person.display_name = self.directory_name(oid).await?;
            }
            came.push(person);
        }
        if !came.is_empty() {
            let now = self.context.now();
            write.open_windows(&came, is_permanent(kind), now).await?;
        }
        Ok((came, refused))
    }

    /// Into a chat thread come only identities of its own resource, into a chat of members only members of its organisation.
    async fn unfit(
        &self,
        kind: ThreadKind,
        raw_id: &RawId,
        known: &HashSet<RawId>,
    ) -> Result<Option<Unfit>, ServiceError> {
        Ok(match (kind, raw_id) {
            (ThreadKind::Chat(resource), RawId::External { .. }) => {
                if raw_id.resource() != Some(resource) {
                    Some(Unfit::Foreign)
                } else if !known.contains(raw_id) {
                    Some(Unfit::Unknown)
                } else {
                    None
                }
            }
            (ThreadKind::Members(organisation, _), RawId::Member(oid)) => {
                let found = self.organisation_of(*oid).await?;
                (found != Some(organisation)).then_some(Unfit::Foreign)
            }
            (ThreadKind::Chat(_) | ThreadKind::Meeting(_) | ThreadKind::Members(..), _) => {
                Some(Unfit::Foreign)
            }
        })
    }
}

/// The kind of window that a person of a thread has: members' own chats are theirs for good, without any call.
pub(super) fn is_permanent(kind: ThreadKind) -> bool {
    match kind {
        ThreadKind::Chat(_) => false,
        ThreadKind::Meeting(_) | ThreadKind::Members(..) => true,
    }
}

/// Bounds of people to be added.
pub(super) fn check_people(people: &[Participant]) -> Result<(), ServiceError> {
    if people.len() > ADDED_MAX {
        return Err(ServiceError::invalid(
            "participants",
            "At most 200 participants can be added at a time.",
        ));
    }
    for person in people {
        content::check_name(&person.display_name)?;
        content::check_metadata(&person.metadata)?;
    }
    Ok(())
}
