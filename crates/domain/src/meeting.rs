//! Meetings: what one is, its options, who is who in it, the rules on its times. Who may enter is `admission`'s to decide.
mod draft;
mod options;

pub use draft::{DraftError, INVITEES_MAX, MeetingDraft, SUBJECT_CHARS_MAX};
pub use options::{ChatOption, LobbyAdmitters, MeetingOptions};

use crate::{
    ids::{MemberId, OrganisationId, ThreadId},
    link::{MeetingNumber, Passcode},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Longest external id, in bytes.
pub const EXTERNAL_ID_BYTES_MAX: usize = 256;
/// Meetings one member may schedule in a month.
pub const MEETINGS_PER_MONTH_MAX: u32 = 2_000;
/// How long a meeting's link outlives its end, or its last use or change.
pub const SCHEDULED_LIFE: Duration = Duration::from_secs(60 * 24 * 3_600);
/// How long a meeting begun on the spot can be joined.
pub const MEET_NOW_LIFE: Duration = Duration::from_secs(8 * 3_600);
/// Length of a meeting whose end nobody named.
pub const DEFAULT_LENGTH: Duration = Duration::from_secs(3_600);

/// What sort of meeting it is. Only `Scheduled` and `MeetNow` can be made and joined; the others are named so that they
/// can be refused with their own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeetingKind {
    /// Scheduled, private.
    Scheduled,
    /// Begun on the spot.
    MeetNow,
    /// In a channel.
    Channel,
    /// A webinar.
    Webinar,
    /// A town hall.
    TownHall,
    /// A broadcast of the old sort.
    LiveEvent,
    /// Of a personal account.
    Personal,
}

impl MeetingKind {
    /// The name it is stored under.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::MeetNow => "meet_now",
            Self::Channel => "channel",
            Self::Webinar => "webinar",
            Self::TownHall => "town_hall",
            Self::LiveEvent => "live_event",
            Self::Personal => "personal",
        }
    }

    /// Reads the stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Scheduled,
        Self::MeetNow,
        Self::Channel,
        Self::Webinar,
        Self::TownHall,
        Self::LiveEvent,
        Self::Personal,
    ];
}

/// What an invitation makes of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InviteeRole {
    /// An attendee.
    Attendee,
    /// A presenter; members only.
    Presenter,
    /// A co-organiser; members only.
    CoOrganiser,
}

/// Somebody named in the invitation: a person of a directory, or only an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitee {
    /// The person in a directory, when known.
    pub member: Option<MemberId>,
    /// The address (user principal name) as it was given.
    pub upn: Option<String>,
    /// What they are to be.
    pub role: InviteeRole,
}

/// From when to when a meeting is planned. INVARIANT: `ends_on >= starts_on`, both between the years 1970 and 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Begin.
    pub starts_on: Timestamp,
    /// End.
    pub ends_on: Timestamp,
}

/// Times that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimesError {
    /// An end without a start.
    #[error("an end needs a start")]
    EndWithoutStart,
    /// The end lies before the start.
    #[error("the end lies before the start")]
    EndBeforeStart,
    /// Before 1970 or after 9999.
    #[error("the time is out of range")]
    OutOfRange,
}

/// The last second of the year 9999.
const LATEST: Timestamp = Timestamp(253_402_300_799_000);

impl Times {
    /// The times of a new meeting: without any, an hour from now; without an end, an hour long.
    pub fn new(
        starts_on: Option<Timestamp>,
        ends_on: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, TimesError> {
        match (starts_on, ends_on) {
            (None, None) => Self::checked(now, now.plus(DEFAULT_LENGTH)),
            (Some(start), None) => Self::checked(start, start.plus(DEFAULT_LENGTH)),
            (Some(start), Some(end)) => Self::checked(start, end),
            (None, Some(_)) => Err(TimesError::EndWithoutStart),
        }
    }

    fn checked(starts_on: Timestamp, ends_on: Timestamp) -> Result<Self, TimesError> {
        let fits = |time: Timestamp| (Timestamp(0)..=LATEST).contains(&time);
        if !fits(starts_on) || !fits(ends_on) {
            Err(TimesError::OutOfRange)
        } else if ends_on < starts_on {
            Err(TimesError::EndBeforeStart)
        } else {
            Ok(Self { starts_on, ends_on })
        }
    }
}

/// A meeting. Its thread is also its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its chat thread.
    pub thread: ThreadId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Who called it.
    pub organiser: MemberId,
    /// What sort it is.
    pub kind: MeetingKind,
    /// What it is about.
    pub subject: Option<String>,
    /// A name given by the app that made it.
    pub external_id: Option<String>,
    /// The digits people type.
    pub number: MeetingNumber,
    /// The passcode, when one is required.
    pub passcode: Option<Passcode>,
    /// When it is planned.
    pub times: Times,
    /// When it was made.
    pub created_on: Timestamp,
    /// From when on it cannot be joined.
    pub expires_on: Timestamp,
    /// Who is invited, besides the organiser.
    pub invitees: Vec<Invitee>,
    /// Its options.
    pub options: MeetingOptions,
}

impl std::fmt::Debug for Meeting {
    /// Subject, thread and names are the participants' own.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meeting")
            .field("kind", &self.kind)
            .field("times", &self.times)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Meeting {
    /// When a meeting with these times, made or changed or used now, lapses.
    pub fn expiry(kind: MeetingKind, times: Times, now: Timestamp) -> Timestamp {
        match kind {
            MeetingKind::MeetNow => times.starts_on.plus(MEET_NOW_LIFE),
            _ => times.ends_on.max(now).plus(SCHEDULED_LIFE),
        }
    }

    /// What its organisers may change.
    pub fn draft(&self) -> MeetingDraft {
        MeetingDraft {
            subject: self.subject.clone(),
            starts_on: Some(self.times.starts_on),
            ends_on: Some(self.times.ends_on),
            invitees: self.invitees.clone(),
            options: self.options.clone(),
            passcode_required: self.passcode.is_some(),
        }
    }

    /// Whether it can no longer be joined.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_on <= now
    }

    /// Its invitation of a member.
    pub fn invitation(&self, member: MemberId) -> Option<&Invitee> {
        self.invitees
            .iter()
            .find(|invitee| invitee.member == Some(member))
    }

    /// Whether a member of the meeting's own organisation organises it.
    pub fn organised_by(&self, member: MemberId) -> bool {
        member == self.organiser
            || self
                .invitation(member)
                .is_some_and(|invitee| invitee.role == InviteeRole::CoOrganiser)
    }

    /// Whether `given` opens this meeting: equal, in constant time, or none is required.
    pub fn accepts_passcode(&self, given: Option<&Passcode>) -> bool {
        match (&self.passcode, given) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(passcode), Some(given)) => passcode == given,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp(1_800_000_000_000 + hours * 3_600_000)
    }

    // [D1] Times of a new meeting: now and an hour, unless named.
    #[test]
    fn missing_times_are_filled_in_and_impossible_ones_refused() {
        let times = |start: i64, end: i64| {
            Ok(Times {
                starts_on: at(start),
                ends_on: at(end),
            })
        };
        for (start, end, expected) in [
            (None, None, times(0, 1)),
            (Some(at(5)), None, times(5, 6)),
            (Some(at(5)), Some(at(7)), times(5, 7)),
            (Some(at(5)), Some(at(5)), times(5, 5)),
            (None, Some(at(7)), Err(TimesError::EndWithoutStart)),
            (Some(at(7)), Some(at(5)), Err(TimesError::EndBeforeStart)),
            (Some(Timestamp(-1)), None, Err(TimesError::OutOfRange)),
            (Some(LATEST), None, Err(TimesError::OutOfRange)),
        ] {
            assert_eq!(Times::new(start, end, at(0)), expected);
        }
    }

    #[test]
    fn a_link_outlives_its_meeting_by_sixty_days() {
        let times = Times::new(Some(at(0)), Some(at(1)), at(0)).expect("times");
        let scheduled = Meeting::expiry(MeetingKind::Scheduled, times, at(0));
        assert_eq!(scheduled, at(1 + 60 * 24));
        let renewed = Meeting::expiry(MeetingKind::Scheduled, times, at(500));
        assert_eq!(renewed, at(500 + 60 * 24));
        assert_eq!(Meeting::expiry(MeetingKind::MeetNow, times, at(5)), at(8));
    }

    proptest! {
        #[test]
        fn accepted_times_are_in_order(start: Option<i64>, end: Option<i64>, now in 0..LATEST.0) {
            let stamp = |time: Option<i64>| time.map(Timestamp);
            if let Ok(times) = Times::new(stamp(start), stamp(end), Timestamp(now)) {
                prop_assert!(times.starts_on <= times.ends_on && times.ends_on <= LATEST);
            }
        }
    }
}
