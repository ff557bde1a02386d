//! The people of chat threads: list, add, remove.
use super::{
    FORBIDDEN, Page, Threads, chats::RefusedParticipant, limits::Counted, meeting::system,
    names::Names, page_limit,
};
use crate::{ServiceError, notifications::Event};
use parvis_domain::{
    ids::{RawId, ResourceId, ThreadId},
    principal::Principal,
    thread::{
        ADDED_MAX, Body, MessageKind, PARTICIPANTS_MAX, Participant, ThreadKind, content,
        rights::{self, Act},
    },
};
use parvis_store::threads::ThreadWrite;

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
        if !write.close_window(raw_id, false, now).await? {
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

    /// Opens windows for those who may come in; answers who came and who may not.
    pub(super) async fn let_in(
        &self,
        write: &mut ThreadWrite,
        people: Vec<Participant>,
    ) -> Result<(Vec<Participant>, Vec<RefusedParticipant>), ServiceError> {
        let ThreadKind::Chat(resource) = write.thread.kind else {
            return Err(FORBIDDEN);
        };
        let now = self.context.now();
        let mut inside = write.people_inside().await?.len();
        let (mut came, mut refused) = (Vec::new(), Vec::new());
        for person in people {
            let raw_id = person.raw_id.clone();
            if let Some(refusal) = self.refusal(resource, &raw_id).await? {
                refused.push(refusal);
            } else if inside >= PARTICIPANTS_MAX {
                refused.push(RefusedParticipant {
                    raw_id: raw_id.to_string(),
                    code: "ParticipantLimitExceeded",
                    message: "The thread has its largest number of participants.",
                });
            } else if let Some(new) = write.open_window(person, true, false, now).await? {
                inside += 1;
                came.push(new);
            }
        }
        Ok((came, refused))
    }

    /// Only identities of the thread's own resource come in.
    async fn refusal(
        &self,
        resource: ResourceId,
        raw_id: &RawId,
    ) -> Result<Option<RefusedParticipant>, ServiceError> {
        let refused = |code, message| {
            Some(RefusedParticipant {
                raw_id: raw_id.to_string(),
                code,
                message,
            })
        };
        if raw_id.resource() != Some(resource) {
            return Ok(refused(
                "Forbidden",
                "The participant is not an identity of the resource.",
            ));
        }
        let known = self.context.store.load_identity_epoch(raw_id).await?;
        Ok(match known {
            Some(_) => None,
            None => refused("NotFound", "There is no such identity."),
        })
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
