//! Chats of members of one organisation among themselves: of two, or of a group. Nobody from outside is ever in one.
use super::{FORBIDDEN, Threads, chats::random_thread_id, limits::Counted, nameless};
use crate::ServiceError;
use parvis_domain::{
    ids::{MemberId, OrganisationId, RawId, ThreadId},
    principal::Principal,
    thread::{ADDED_MAX, Circle, Metadata, Thread, ThreadKind, content, rights},
};
use parvis_store::{StoreError, threads::Creation};

/// A chat of members to be made.
#[derive(Clone, Debug)]
pub struct NewMembersChat {
    /// Of two or of a group.
    pub circle: Circle,
    /// Its subject; of no meaning for two.
    pub topic: String,
    /// Who is in it besides the caller.
    pub others: Vec<MemberId>,
}

impl Threads {
    /// Makes a chat of members with the caller in it. Two people have one chat: making it again answers that one.
    pub async fn create_members_chat(
        &self,
        caller: &Principal,
        new: NewMembersChat,
    ) -> Result<Thread, ServiceError> {
        let (maker, organisation) = rights::may_make_members_chat(caller).map_err(|_| FORBIDDEN)?;
        content::check_topic(&new.topic)?;
        let others = self.colleagues(maker, organisation, &new.others).await?;
        self.counters
            .count(Counted::Threads, &caller.raw_id, None)
            .await?;
        let (id, topic) = match (new.circle, others.as_slice()) {
            (Circle::Pair, [other]) => (ThreadId::pair(maker, *other), String::new()),
            (Circle::Group, [_, ..]) => (random_thread_id()?, new.topic),
            (Circle::Pair | Circle::Group, _) => {
                return Err(ServiceError::invalid(
                    "members",
                    "A chat of two has one other member, a group has at least one.",
                ));
            }
        };
        let kind = ThreadKind::Members(organisation, new.circle);
        let thread = self.blank_members_chat(id.clone(), kind, topic, maker);
        let mut write = match self.context.store.create_thread(thread, None).await {
            Ok(Creation::New(write)) => write,
            Ok(Creation::Repeated(..)) | Err(StoreError::Conflict(_)) => {
                // Asked among the writes: the first making may be under way still, and has to be durable before this answer.
                let made = self.context.store.change_thread(&id).await?;
                let made = made.ok_or(ServiceError::NotFound("thread"))?;
                return Ok(made.commit().await?);
            }
            Err(error) => return Err(error.into()),
        };
        let people = std::iter::once(maker).chain(others);
        let people = people.map(|oid| nameless(&RawId::Member(oid))).collect();
        let (came, _) = self.let_in(&mut write, people).await?;
        self.announce_creation(*write, &caller.raw_id, came).await
    }

    /// The other members, each once; all of them have to be in the directory of the caller's organisation.
    async fn colleagues(
        &self,
        maker: MemberId,
        organisation: OrganisationId,
        asked: &[MemberId],
    ) -> Result<Vec<MemberId>, ServiceError> {
        if asked.len() > ADDED_MAX {
            return Err(ServiceError::invalid(
                "members",
                "At most 200 members can be added at a time.",
            ));
        }
        let mut others = Vec::with_capacity(asked.len());
        for oid in asked {
            if *oid == maker || others.contains(oid) {
                continue;
            }
            if self.organisation_of(*oid).await? != Some(organisation) {
                return Err(ServiceError::invalid("members", "There is no such member."));
            }
            others.push(*oid);
        }
        Ok(others)
    }

    fn blank_members_chat(
        &self,
        id: ThreadId,
        kind: ThreadKind,
        topic: String,
        maker: MemberId,
    ) -> Thread {
        let now = self.context.now();
        Thread {
            id,
            kind,
            topic,
            created_by: RawId::Member(maker),
            created_on: now,
            metadata: Metadata::new(),
            retention: None,
            last_tick: now,
            last_sequence: 0,
            last_message_on: None,
        }
    }
}
