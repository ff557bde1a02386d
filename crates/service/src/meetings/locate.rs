//! From what a person holds to the meeting, and from a token to who its person is there.
use super::{MeetingRecord, Meetings, stands_in_list_of};
use crate::ServiceError;
use parvis_domain::{
    admission::{Joiner, Standing},
    ids::{MemberId, OrganisationId},
    link::{self, LinkError, Locator, MeetingNumber, Passcode},
    meeting::Meeting,
    policy::{LinkForm, OrganisationPolicy},
    principal::Principal,
};
use parvis_store::meetings::StoredMeeting;

impl Meetings {
    /// Reads a meeting link.
    pub fn parse_link(&self, link: &str) -> Result<Locator, LinkError> {
        Locator::from_link(link, &self.hosts)
    }

    /// The meeting's link in its long form.
    pub fn long_link(&self, meeting: &Meeting) -> String {
        let origin = self.context.origin_text();
        link::long_link(
            &origin,
            &meeting.thread,
            meeting.organisation,
            meeting.organiser,
        )
    }

    /// The meeting's link in its short form.
    pub fn short_link(&self, meeting: &Meeting) -> String {
        let origin = self.context.origin_text();
        link::short_link(&origin, &meeting.number, meeting.passcode.as_ref())
    }

    /// The link that people pass on: long, unless the organisation chose the short form.
    pub fn join_link(&self, record: &MeetingRecord) -> String {
        match record.policy.join_link_form {
            LinkForm::Long => self.long_link(&record.meeting),
            LinkForm::Short => self.short_link(&record.meeting),
        }
    }

    /// The meeting that a locator names. Unknown, another organisation's coordinates and a wrong passcode look alike. Too
    /// many wrong guesses at one meeting id are answered `TooMany` for a while.
    pub async fn find_by_locator(
        &self,
        locator: &Locator,
    ) -> Result<Option<MeetingRecord>, ServiceError> {
        let stored = match locator {
            Locator::Meeting {
                thread,
                tenant,
                organiser,
                ..
            } => {
                let stored = self.context.store.load_meeting(thread).await?;
                stored.filter(|stored| {
                    stored.meeting.organisation == *tenant && stored.meeting.organiser == *organiser
                })
            }
            Locator::MeetingId { id, passcode } => self.by_number(id, passcode.as_ref()).await?,
            // Groups and rooms belong to apps, and channel meetings are not held here: none names a meeting.
            Locator::Channel { .. } | Locator::Group { .. } | Locator::Room { .. } => None,
        };
        self.optional_record(stored).await
    }

    /// The meeting that a locator names, if it stands in the list of `by`, who needs no passcode for it.
    pub async fn find_for(
        &self,
        by: MemberId,
        locator: &Locator,
    ) -> Result<Option<MeetingRecord>, ServiceError> {
        let record = match locator {
            Locator::MeetingId { id, .. } => {
                let stored = self.context.store.load_meeting_by_number(id).await?;
                self.optional_record(stored).await?
            }
            other => self.find_by_locator(other).await?,
        };
        Ok(record.filter(|record| stands_in_list_of(&record.meeting, by)))
    }

    /// The person of a checked token, as admission to this meeting sees them.
    pub async fn joiner(
        &self,
        record: &MeetingRecord,
        principal: &Principal,
    ) -> Result<Joiner, ServiceError> {
        let home = record.meeting.organisation;
        let standing = match principal.organisation {
            Some(theirs) if theirs == home => Standing::Own,
            Some(theirs) => {
                let trusted = self.is_trust_mutual(home, &record.policy, theirs).await?;
                Standing::of(home, theirs, false, trusted)
            }
            None => Standing::Untrusted,
        };
        Ok(Joiner::new(&principal.raw_id, standing))
    }

    async fn is_trust_mutual(
        &self,
        home: OrganisationId,
        policy: &OrganisationPolicy,
        other: OrganisationId,
    ) -> Result<bool, ServiceError> {
        if !policy.trusted_organisations.trusts(other) {
            return Ok(false);
        }
        match self.policies.load(other).await {
            Ok(theirs) => Ok(theirs.trusted_organisations.trusts(home)),
            Err(ServiceError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn by_number(
        &self,
        number: &MeetingNumber,
        passcode: Option<&Passcode>,
    ) -> Result<Option<StoredMeeting>, ServiceError> {
        let now = self.context.now();
        self.guesses.check(number, now).await?;
        let stored = self.context.store.load_meeting_by_number(number).await?;
        let opened = stored.filter(|stored| stored.meeting.accepts_passcode(passcode));
        if opened.is_none() {
            self.guesses.count_wrong(number, now).await;
        }
        Ok(opened)
    }
}
