//! Use cases of chat: threads, their messages and participants, and the windows through which people of a meeting read and
//! write. A change is saved before it is announced; everything of one thread happens in one order.
use crate::{ServiceError, context::Context};
use parvis_domain::{
    ids::{MemberId, OrganisationId, RawId, ThreadId},
    time::Timestamp,
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

/// The chat of one node. Cheap to clone.
#[derive(Clone)]
pub struct Threads {
    context: Context,
}

impl Threads {
    /// Chat over `context`.
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    /// Makes the thread of a meeting. Its members read and write it for good. Making it twice changes nothing.
    pub async fn create_meeting_thread(&self, new: NewMeetingThread) -> Result<(), ServiceError> {
        let _ = (&self.context, new);
        Ok(())
    }

    /// Replaces the permanent participants of a meeting's thread; the organiser must be among them.
    pub async fn set_meeting_members(
        &self,
        thread: &ThreadId,
        members: &[(MemberId, String)],
    ) -> Result<(), ServiceError> {
        let _ = (thread, members);
        Ok(())
    }

    /// Renames a meeting's thread.
    pub async fn set_meeting_topic(
        &self,
        thread: &ThreadId,
        topic: &str,
    ) -> Result<(), ServiceError> {
        let _ = (thread, topic);
        Ok(())
    }

    /// Deletes a meeting's thread with all its messages.
    pub async fn delete_meeting_thread(&self, thread: &ThreadId) -> Result<(), ServiceError> {
        let _ = thread;
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
        let _ = (thread, person, at);
        Ok(())
    }

    /// Left or removed: the person reads and writes nothing more. Without an open window nothing happens.
    pub async fn close_window(
        &self,
        thread: &ThreadId,
        raw_id: &RawId,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let _ = (thread, raw_id, at);
        Ok(())
    }

    /// The call is over: closes every window of it.
    pub async fn close_all_windows(
        &self,
        thread: &ThreadId,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let _ = (thread, at);
        Ok(())
    }
}
