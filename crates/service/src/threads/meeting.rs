//! The threads of meetings: made and changed by the meeting, never through a chat dialect. Members are in for good; everybody
//! in the call is in for as long as the call lets them.
use super::{Threads, names::Names, properties};
use crate::{ServiceError, notifications::Event};
use parvis_domain::{
    ids::{MemberId, OrganisationId, RawId, ThreadId},
    thread::{Body, MessageKind, Metadata, Participant, Thread, ThreadKind},
    time::Timestamp,
};
use parvis_store::{
    StoreError,
    threads::{Creation, NewMessage, StrayWindow, ThreadWrite},
};

/// A meeting's thread, made with the meeting.
#[derive(Clone, Debug)]
pub struct NewMeetingThread {
    /// Its id, as it stands in the meeting's link.
    pub thread: ThreadId,
    /// The organisation that holds the meeting.
    pub organisation: OrganisationId,
    /// The meeting's subject.
    pub topic: String,
    /// Who made the meeting; a permanent participant.
    pub organiser: MemberId,
    /// The other permanent participants with their directory names; may name the organiser too.
    pub members: Vec<(MemberId, String)>,
}

/// A person who comes in by admission to the call.
#[derive(Clone, Debug)]
pub struct WindowPerson {
    /// Who.
    pub raw_id: RawId,
    /// The name used at join (an outsider's own claim), or the directory's name of a member.
    pub display_name: String,
}

/// The kind of window that a meeting's invitation opens.
const PERMANENT: bool = true;
/// The kind of window that a call opens.
const IN_CALL: bool = false;

impl Threads {
    /// Makes the thread of a meeting. Its members read and write it for good. Making it twice changes nothing.
    pub async fn create_meeting_thread(&self, new: NewMeetingThread) -> Result<(), ServiceError> {
        if self.context.store.load_thread(&new.thread).await?.is_some() {
            return Ok(());
        }
        let now = self.context.now();
        let organiser = RawId::Member(new.organiser);
        let thread = Thread {
            id: new.thread,
            kind: ThreadKind::Meeting(new.organisation),
            topic: new.topic,
            created_by: organiser.clone(),
            created_on: now,
            metadata: Metadata::new(),
            retention: None,
            last_tick: now,
            last_sequence: 0,
            last_message_on: None,
        };
        let mut write = match self.context.store.create_thread(thread, None).await {
            Ok(Creation::New(write)) => write,
            // Somebody else has made it since we looked.
            Ok(Creation::Repeated(..)) | Err(StoreError::Conflict(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let mut members = new.members;
        if !members.iter().any(|(oid, _)| *oid == new.organiser) {
            let name = self.directory_name(new.organiser).await?;
            members.insert(0, (new.organiser, name));
        }
        let mut people = Vec::with_capacity(members.len());
        for (oid, name) in members {
            people.extend(open_permanent(&mut write, oid, name, now).await?);
        }
        let by = self.caller_in(&mut write, &organiser).await?;
        let mut names = Names::of(self, &write.thread).await?;
        let event = Event::ThreadCreated {
            by: names.person(&by).await?,
            people: names.people(&people).await?,
            properties: properties(&write.thread),
        };
        let came = system(MessageKind::ParticipantAdded, Body::People(people), &by);
        write.append(came, now).await?;
        let topic = Body::Topic(write.thread.topic.clone());
        let named = write
            .append(system(MessageKind::TopicUpdated, topic, &by), now)
            .await?;
        self.finish(*write, &mut names, Vec::new(), vec![(named.version, event)])
            .await?;
        Ok(())
    }

    /// Replaces the permanent participants of a meeting's thread; the organiser must be among them.
    pub async fn set_meeting_members(
        &self,
        thread: &ThreadId,
        members: &[(MemberId, String)],
    ) -> Result<(), ServiceError> {
        let mut write = self.meeting_write(thread).await?;
        let now = self.context.now();
        let (mut came, mut went) = (Vec::new(), Vec::new());
        for (oid, name) in members {
            came.extend(open_permanent(&mut write, *oid, name.clone(), now).await?);
        }
        for raw_id in write.permanent_people().await? {
            let stays = members.iter().any(|(oid, _)| RawId::Member(*oid) == raw_id);
            if !stays && write.close_window(&raw_id, PERMANENT, now).await? {
                went.push(self.caller_in(&mut write, &raw_id).await?);
            }
        }
        let by = write.thread.created_by.clone();
        let by = self.caller_in(&mut write, &by).await?;
        self.announce_people(write, by, came, went).await
    }

    /// Renames a meeting's thread.
    pub async fn set_meeting_topic(
        &self,
        thread: &ThreadId,
        topic: &str,
    ) -> Result<(), ServiceError> {
        let mut write = self.meeting_write(thread).await?;
        if write.thread.topic == topic {
            return Ok(());
        }
        topic.clone_into(&mut write.thread.topic);
        let by = write.thread.created_by.clone();
        let by = self.caller_in(&mut write, &by).await?;
        let renamed = system(
            MessageKind::TopicUpdated,
            Body::Topic(topic.to_owned()),
            &by,
        );
        let message = write.append(renamed, self.context.now()).await?;
        let mut names = Names::of(self, &write.thread).await?;
        let event = Event::ThreadUpdated {
            by: names.person(&by).await?,
            properties: properties(&write.thread),
        };
        self.finish(
            write,
            &mut names,
            Vec::new(),
            vec![(message.version, event)],
        )
        .await?;
        Ok(())
    }

    /// Deletes a meeting's thread with all its messages. Without such a thread nothing happens.
    pub async fn delete_meeting_thread(&self, thread: &ThreadId) -> Result<(), ServiceError> {
        if let Some(write) = self.context.store.change_thread(thread).await? {
            self.delete(write, None).await?;
        }
        Ok(())
    }

    /// Admitted: from now on the person reads and writes. An open window stays as it is (a second device of one person), so
    /// call it for every leg, and `close_window` when the person's last leg has ended.
    pub async fn open_window(
        &self,
        thread: &ThreadId,
        person: WindowPerson,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let mut write = self.meeting_write(thread).await?;
        let permanent = write.windows(&person.raw_id).await?;
        let permanent = permanent
            .iter()
            .any(|window| window.is_open() && window.permanent);
        let participant = Participant {
            raw_id: person.raw_id,
            display_name: person.display_name,
            history_from: Timestamp::default(),
            metadata: Metadata::new(),
        };
        let came = write.open_window(participant, false, IN_CALL, at).await?;
        match came {
            // A member who is in for good came into the call: that is no news to the chat.
            Some(_) if permanent => write.commit().await.map(|_| ()).map_err(Into::into),
            Some(came) => {
                let by = came.clone();
                self.announce_people(write, by, vec![came], Vec::new())
                    .await
            }
            None => Ok(()),
        }
    }

    /// Left or removed: the person reads and writes nothing more. Without an open window nothing happens.
    pub async fn close_window(
        &self,
        thread: &ThreadId,
        raw_id: &RawId,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let write = self.meeting_write(thread).await?;
        self.close_windows(write, std::slice::from_ref(raw_id), at)
            .await
    }

    /// The call is over: closes every window of it.
    pub async fn close_all_windows(
        &self,
        thread: &ThreadId,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let mut write = self.meeting_write(thread).await?;
        let people = write.people_in_call().await?;
        self.close_windows(write, &people, at).await
    }

    /// Brings windows and legs together again after a crash between the saving of the two. To be called before calls go on.
    pub async fn mend_windows(&self) -> Result<(), ServiceError> {
        let now = self.context.now();
        for stray in self.context.store.list_stray_windows().await? {
            match stray {
                StrayWindow::Open(thread, raw_id) => {
                    self.close_window(&thread, &raw_id, now).await?;
                }
                StrayWindow::Missing(thread, raw_id, display_name) => {
                    let person = WindowPerson {
                        raw_id,
                        display_name,
                    };
                    self.open_window(&thread, person, now).await?;
                }
            }
        }
        Ok(())
    }

    async fn close_windows(
        &self,
        mut write: ThreadWrite,
        people: &[RawId],
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let permanent = write.permanent_people().await?;
        let mut closed = false;
        let mut went = Vec::new();
        for raw_id in people {
            if write.close_window(raw_id, IN_CALL, at).await? {
                closed = true;
                if !permanent.contains(raw_id) {
                    went.push(self.caller_in(&mut write, raw_id).await?);
                }
            }
        }
        match went.first().cloned() {
            Some(by) => self.announce_people(write, by, Vec::new(), went).await,
            None if closed => write.commit().await.map(|_| ()).map_err(Into::into),
            None => Ok(()),
        }
    }

    /// Says in the thread who came and went, commits, and tells those who are in. Who went hears nothing more, not even what
    /// was on its way.
    async fn announce_people(
        &self,
        mut write: ThreadWrite,
        by: Participant,
        came: Vec<Participant>,
        went: Vec<Participant>,
    ) -> Result<(), ServiceError> {
        let now = self.context.now();
        let mut names = Names::of(self, &write.thread).await?;
        let shut_out = went.iter().map(|person| person.raw_id.clone()).collect();
        let mut events = Vec::new();
        for (kind, people) in [
            (MessageKind::ParticipantAdded, came),
            (MessageKind::ParticipantRemoved, went),
        ] {
            if people.is_empty() {
                continue;
            }
            let person = names.person(&by).await?;
            let told = names.people(&people).await?;
            let message = write
                .append(system(kind, Body::People(people), &by), now)
                .await?;
            let event = if kind == MessageKind::ParticipantAdded {
                Event::ParticipantsAdded {
                    by: person,
                    people: told,
                }
            } else {
                Event::ParticipantsRemoved {
                    by: person,
                    people: told,
                }
            };
            events.push((message.version, event));
        }
        self.finish_without(write, &mut names, Vec::new(), events, shut_out)
            .await?;
        Ok(())
    }

    async fn meeting_write(&self, thread: &ThreadId) -> Result<ThreadWrite, ServiceError> {
        let found = self.context.store.change_thread(thread).await?;
        found
            .filter(|write| matches!(write.thread.kind, ThreadKind::Meeting(_)))
            .ok_or(ServiceError::NotFound("thread"))
    }

    /// A member's name as the directory has it now; empty for somebody who is not in it.
    pub(super) async fn directory_name(&self, oid: MemberId) -> Result<String, ServiceError> {
        let stored = self.context.store.load_member(oid).await?;
        Ok(stored
            .map(|stored| stored.member.display_name)
            .unwrap_or_default())
    }
}

/// Members see the whole history.
async fn open_permanent(
    write: &mut ThreadWrite,
    oid: MemberId,
    display_name: String,
    now: Timestamp,
) -> Result<Option<Participant>, ServiceError> {
    let member = Participant {
        raw_id: RawId::Member(oid),
        display_name,
        history_from: Timestamp::default(),
        metadata: Metadata::new(),
    };
    Ok(write.open_window(member, true, PERMANENT, now).await?)
}

/// A message of the service, caused by somebody.
pub(super) fn system(kind: MessageKind, body: Body, by: &Participant) -> NewMessage {
    NewMessage {
        kind,
        body,
        author: by.raw_id.clone(),
        author_name: None,
        metadata: Metadata::new(),
    }
}
