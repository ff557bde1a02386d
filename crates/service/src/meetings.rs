//! Use cases of meetings: schedule, read, list, change, delete, and find one by whatever a person holds of it.
//! Who may enter a running call is decided by `domain::admission`; the calls service asks it with what is loaded here.
mod guesses;
mod invitees;
mod locate;

use crate::{
    ServiceError,
    context::{Context, random_bytes},
    policies::Policies,
    threads::{NewMeetingThread, Threads},
};
use guesses::Guesses;
use parvis_domain::{
    directory::Member,
    ids::{MemberId, ThreadId},
    link::{LinkHosts, MeetingNumber, Passcode},
    meeting::{
        EXTERNAL_ID_BYTES_MAX, MEETINGS_PER_MONTH_MAX, Meeting, MeetingDraft, MeetingKind, Times,
    },
    policy::OrganisationPolicy,
};
use parvis_store::{StoreError, meetings::StoredMeeting};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Mutex, broadcast};

/// Changes that a slow listener may lag behind; it then reads everything anew.
const CHANGES_MAX: usize = 1_024;
/// Tries to save a change that others overtake, and to find a free meeting number.
const TRIES_MAX: usize = 5;
/// The month of `MEETINGS_PER_MONTH_MAX`.
const MONTH: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Longest page of a list.
pub const PAGE_MAX: u32 = 100;

/// A meeting's options or invitation changed, or it was deleted: its running call loads it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingChanged {
    /// Which.
    pub thread: ThreadId,
}

/// A meeting with what decisions about it need.
#[derive(Clone, Debug)]
pub struct MeetingRecord {
    /// The meeting.
    pub meeting: Meeting,
    /// The policies of its organisation.
    pub policy: Arc<OrganisationPolicy>,
    /// Who called it, as the directory has them now.
    pub organiser: Member,
}

/// Meetings of one node. Cheap to clone.
#[derive(Clone)]
pub struct Meetings {
    context: Context,
    threads: Threads,
    policies: Policies,
    hosts: Arc<LinkHosts>,
    changed: broadcast::Sender<MeetingChanged>,
    guesses: Guesses,
    /// Held while a change is saved and told.
    changing: Arc<Mutex<()>>,
}

impl Meetings {
    /// Meetings over `context`.
    pub fn new(context: Context, threads: Threads, policies: Policies) -> Self {
        let hosts = LinkHosts::new(&context.origin, &context.link_aliases);
        Self {
            context,
            threads,
            policies,
            hosts: Arc::new(hosts),
            changed: broadcast::channel(CHANGES_MAX).0,
            guesses: Guesses::new(),
            changing: Arc::default(),
        }
    }

    /// Hears of every change.
    pub fn subscribe(&self) -> broadcast::Receiver<MeetingChanged> {
        self.changed.subscribe()
    }

    /// Schedules a meeting; `edit` fills in the draft. Licensed members only.
    pub async fn create(
        &self,
        by: MemberId,
        edit: impl Fn(&mut MeetingDraft) -> Result<(), ServiceError>,
    ) -> Result<MeetingRecord, ServiceError> {
        let organiser = self.scheduler(by).await?;
        self.insert(organiser, None, edit).await
    }

    /// The meeting that this member's app made under `external_id`, or a new one; answers whether it is new.
    pub async fn create_or_get(
        &self,
        by: MemberId,
        external_id: &str,
        edit: impl Fn(&mut MeetingDraft) -> Result<(), ServiceError>,
    ) -> Result<(MeetingRecord, bool), ServiceError> {
        if !(1..=EXTERNAL_ID_BYTES_MAX).contains(&external_id.len()) {
            let message = format!("externalId must have 1 to {EXTERNAL_ID_BYTES_MAX} bytes");
            return Err(ServiceError::invalid("externalId", message));
        }
        let organiser = self.scheduler(by).await?;
        if let Some(existing) = self.by_external_id(by, external_id).await? {
            return Ok((existing, false));
        }
        match self.insert(organiser, Some(external_id), edit).await {
            // Somebody else made it meanwhile.
            Err(ServiceError::Conflict(_)) => {
                let existing = self.by_external_id(by, external_id).await?;
                Ok((existing.ok_or(ServiceError::NotFound("meeting"))?, false))
            }
            made => Ok((made?, true)),
        }
    }

    /// The meeting of a thread.
    pub async fn load(&self, thread: &ThreadId) -> Result<Option<MeetingRecord>, ServiceError> {
        let stored = self.context.store.load_meeting(thread).await?;
        self.optional_record(stored).await
    }

    /// The meeting of a thread, for somebody who organises it or is invited.
    pub async fn load_for(
        &self,
        by: MemberId,
        thread: &ThreadId,
    ) -> Result<MeetingRecord, ServiceError> {
        let record = self.load(thread).await?;
        record
            .filter(|record| stands_in_list_of(&record.meeting, by))
            .ok_or(ServiceError::NotFound("meeting"))
    }

    /// What `by` organises or is invited to, latest start first.
    pub async fn list_for(
        &self,
        by: MemberId,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<MeetingRecord>, ServiceError> {
        let limit = limit.min(PAGE_MAX);
        let mut records = Vec::new();
        for stored in self.context.store.list_meetings(by, skip, limit).await? {
            records.push(self.record(stored.meeting).await?);
        }
        Ok(records)
    }

    /// How many meetings `by` organises or is invited to.
    pub async fn count_for(&self, by: MemberId) -> Result<u32, ServiceError> {
        Ok(self.context.store.count_listed_meetings(by).await?)
    }

    /// Changes a meeting; `edit` works on the draft of the present one. Organiser and co-organisers only.
    pub async fn change(
        &self,
        by: MemberId,
        thread: &ThreadId,
        edit: impl Fn(&mut MeetingDraft) -> Result<(), ServiceError>,
    ) -> Result<MeetingRecord, ServiceError> {
        for _ in 0..TRIES_MAX {
            let mut stored = self.stored_for_organiser(by, thread).await?;
            let before = stored.meeting.clone();
            let organiser = self.member(before.organiser).await?;
            let mut draft = before.draft();
            edit(&mut draft)?;
            self.apply(&organiser, &mut stored.meeting, draft).await?;
            if let Some(after) = self.save_change(before, stored).await? {
                return self.record(after).await;
            }
        }
        Err(ServiceError::Conflict(
            "the meeting is being changed by somebody else",
        ))
    }

    /// Saves a change and tells it, even when the caller hangs up in between: whoever is no longer invited must not stay in
    /// the thread. `None` when somebody else changed the meeting meanwhile.
    async fn save_change(
        &self,
        before: Meeting,
        changed: StoredMeeting,
    ) -> Result<Option<Meeting>, ServiceError> {
        let meetings = self.clone();
        let saving = tokio::spawn(async move {
            // One after the other, so that the members of an older change do not come last.
            let _order = meetings.changing.lock().await;
            if !meetings.context.store.update_meeting(&changed).await? {
                return Ok(None);
            }
            meetings.announce(&before, &changed.meeting).await?;
            Ok(Some(changed.meeting))
        });
        let saved = saving.await;
        saved.map_err(|error| ServiceError::Internal(error.to_string()))?
    }

    /// Deletes a meeting, its thread and with that its link. The organiser only.
    pub async fn delete(&self, by: MemberId, thread: &ThreadId) -> Result<(), ServiceError> {
        let stored = self.stored_for_organiser(by, thread).await?;
        if stored.meeting.organiser != by {
            return Err(ServiceError::Forbidden(
                "only the organiser can delete the meeting",
            ));
        }
        if self.context.store.delete_meeting(thread).await? {
            self.send_changed(thread);
            self.threads.delete_meeting_thread(thread).await?;
        }
        Ok(())
    }

    /// A call of this meeting has begun: its link lives on for as long as after a change.
    pub async fn mark_used(&self, meeting: &Meeting) -> Result<(), ServiceError> {
        let expires_on = Meeting::expiry(meeting.kind, meeting.times, self.context.now());
        let store = &self.context.store;
        Ok(store.extend_meeting(&meeting.thread, expires_on).await?)
    }

    /// A member who may schedule now.
    async fn scheduler(&self, by: MemberId) -> Result<Member, ServiceError> {
        let member = self.member(by).await?;
        if !member.enabled || !member.is_licensed() {
            return Err(ServiceError::Forbidden(
                "scheduling meetings needs a licence",
            ));
        }
        let since = self.context.now().minus(MONTH);
        if self.context.store.count_meetings(by, since).await? >= MEETINGS_PER_MONTH_MAX {
            return Err(ServiceError::TooMany {
                retry_after_s: 3_600,
            });
        }
        Ok(member)
    }

    async fn insert(
        &self,
        organiser: Member,
        external_id: Option<&str>,
        edit: impl Fn(&mut MeetingDraft) -> Result<(), ServiceError>,
    ) -> Result<MeetingRecord, ServiceError> {
        let policy = self.policies.load(organiser.organisation).await?;
        let mut draft = MeetingDraft::new(&policy);
        edit(&mut draft)?;
        let mut meeting = self.blank(&organiser, draft.passcode_required);
        meeting.external_id = external_id.map(str::to_owned);
        self.apply(&organiser, &mut meeting, draft).await?;
        // The thread first: a thread without a meeting harms nobody, a meeting without a thread has no chat.
        self.threads
            .create_meeting_thread(NewMeetingThread {
                thread: meeting.thread.clone(),
                organisation: meeting.organisation,
                topic: meeting.subject.clone().unwrap_or_default(),
                organiser: meeting.organiser,
                members: self.thread_members(&meeting).await?,
            })
            .await?;
        if let Err(error) = self.save_new(&mut meeting).await {
            self.threads.delete_meeting_thread(&meeting.thread).await?;
            return Err(error);
        }
        Ok(MeetingRecord {
            meeting,
            policy,
            organiser,
        })
    }

    /// Saves a new meeting; a number that is taken is drawn again.
    async fn save_new(&self, meeting: &mut Meeting) -> Result<(), ServiceError> {
        for _ in 0..TRIES_MAX {
            match self.context.store.insert_meeting(meeting).await {
                Err(StoreError::Conflict(column)) if column.contains("meeting.number") => {
                    meeting.number = MeetingNumber::from_random(u64::from_le_bytes(random_bytes()));
                }
                Err(StoreError::Conflict(column)) if column.contains("meeting.external_id") => {
                    return Err(ServiceError::Conflict("the external id is taken"));
                }
                saved => return Ok(saved?),
            }
        }
        Err(ServiceError::Internal("no free meeting number".to_owned()))
    }

    /// A new meeting of `organiser`, before its draft is applied.
    fn blank(&self, organiser: &Member, passcode_required: bool) -> Meeting {
        use base64::Engine;
        let now = self.context.now();
        let name = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random_bytes::<32>());
        let draft_policy = OrganisationPolicy::default();
        Meeting {
            thread: ThreadId::meeting(&name).expect("base64url of 32 bytes is a thread's name"),
            organisation: organiser.organisation,
            organiser: organiser.oid,
            kind: MeetingKind::Scheduled,
            subject: None,
            external_id: None,
            number: MeetingNumber::from_random(u64::from_le_bytes(random_bytes())),
            passcode: passcode_required.then(|| Passcode::from_random(random_bytes())),
            times: Times {
                starts_on: now,
                ends_on: now,
            },
            created_on: now,
            expires_on: now,
            invitees: Vec::new(),
            options: MeetingDraft::new(&draft_policy).options,
        }
    }

    /// Checks a draft and makes the meeting what it says.
    async fn apply(
        &self,
        organiser: &Member,
        meeting: &mut Meeting,
        draft: MeetingDraft,
    ) -> Result<(), ServiceError> {
        draft
            .check()
            .map_err(|error| ServiceError::invalid("", error.to_string()))?;
        let now = self.context.now();
        meeting.times = Times::new(draft.starts_on, draft.ends_on, now)
            .map_err(|error| ServiceError::invalid("endDateTime", error.to_string()))?;
        meeting.expires_on = Meeting::expiry(meeting.kind, meeting.times, now);
        meeting.invitees = self.resolve_invitees(organiser, draft.invitees).await?;
        meeting.subject = draft.subject.filter(|subject| !subject.is_empty());
        meeting.options = draft.options;
        Ok(())
    }

    /// Tells chat and running calls what changed.
    async fn announce(&self, before: &Meeting, after: &Meeting) -> Result<(), ServiceError> {
        self.send_changed(&after.thread);
        if before.subject != after.subject {
            let topic = after.subject.as_deref().unwrap_or_default();
            self.threads.set_meeting_topic(&after.thread, topic).await?;
        }
        if before.invitees != after.invitees {
            let members = self.thread_members(after).await?;
            self.threads
                .set_meeting_members(&after.thread, &members)
                .await?;
        }
        Ok(())
    }

    fn send_changed(&self, thread: &ThreadId) {
        // Nobody listening is fine: there is no running call.
        let _ = self.changed.send(MeetingChanged {
            thread: thread.clone(),
        });
    }

    async fn by_external_id(
        &self,
        by: MemberId,
        external_id: &str,
    ) -> Result<Option<MeetingRecord>, ServiceError> {
        let store = &self.context.store;
        let stored = store.load_meeting_by_external_id(by, external_id).await?;
        self.optional_record(stored).await
    }

    /// The meeting, for a person who may change it; others do not learn that it exists unless it stands in their list.
    async fn stored_for_organiser(
        &self,
        by: MemberId,
        thread: &ThreadId,
    ) -> Result<StoredMeeting, ServiceError> {
        let stored = self.context.store.load_meeting(thread).await?;
        let stored = stored
            .filter(|stored| stands_in_list_of(&stored.meeting, by))
            .ok_or(ServiceError::NotFound("meeting"))?;
        if stored.meeting.organised_by(by) {
            Ok(stored)
        } else {
            Err(ServiceError::Forbidden(
                "only organisers can change the meeting",
            ))
        }
    }

    async fn member(&self, oid: MemberId) -> Result<Member, ServiceError> {
        let stored = self.context.store.load_member(oid).await?;
        stored
            .map(|stored| stored.member)
            .ok_or(ServiceError::NotFound("member"))
    }

    async fn optional_record(
        &self,
        stored: Option<StoredMeeting>,
    ) -> Result<Option<MeetingRecord>, ServiceError> {
        match stored {
            Some(stored) => self.record(stored.meeting).await.map(Some),
            None => Ok(None),
        }
    }

    async fn record(&self, meeting: Meeting) -> Result<MeetingRecord, ServiceError> {
        Ok(MeetingRecord {
            policy: self.policies.load(meeting.organisation).await?,
            organiser: self.member(meeting.organiser).await?,
            meeting,
        })
    }
}

/// Whether somebody organises the meeting or is invited to it.
fn stands_in_list_of(meeting: &Meeting, person: MemberId) -> bool {
    meeting.organised_by(person) || meeting.invitation(person).is_some()
}

#[cfg(test)]
mod tests;
