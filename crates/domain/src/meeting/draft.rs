//! What organisers decide about a meeting, and whether they may.
use super::{Invitee, MeetingOptions};
use crate::{policy::OrganisationPolicy, time::Timestamp};

/// Longest subject, in characters.
pub const SUBJECT_CHARS_MAX: usize = 256;
/// Longest address of an invitee, in bytes.
const UPN_BYTES_MAX: usize = 254;
/// People named in one invitation.
pub const INVITEES_MAX: usize = 350;

/// What its organisers decide about a meeting. A new one is made from a draft; a change edits the draft of the present one.
#[derive(Clone, PartialEq, Eq)]
pub struct MeetingDraft {
    /// What it is about.
    pub subject: Option<String>,
    /// Begin.
    pub starts_on: Option<Timestamp>,
    /// End.
    pub ends_on: Option<Timestamp>,
    /// Who is invited, besides the organiser.
    pub invitees: Vec<Invitee>,
    /// The options.
    pub options: MeetingOptions,
    /// Whether the digits alone open it; counts for a new one only.
    pub passcode_required: bool,
}

/// A draft that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The subject is too long or holds control characters.
    #[error("the subject is too long or holds control characters")]
    Subject,
    /// Too many people, or an address too long.
    #[error("too many invitees, or an address too long")]
    Invitees,
    /// Presenters and co-organisers are members.
    #[error("only members can be presenters or co-organisers")]
    OutsiderWithRole,
    /// Not a language tag.
    #[error("not a language tag")]
    Language,
    /// There is no end-to-end encryption.
    #[error("end-to-end encryption is not supported")]
    EndToEnd,
}

impl MeetingDraft {
    /// The draft of a new meeting.
    pub fn new(policy: &OrganisationPolicy) -> Self {
        Self {
            subject: None,
            starts_on: None,
            ends_on: None,
            invitees: Vec::new(),
            options: MeetingOptions::new(policy),
            passcode_required: true,
        }
    }

    /// Whether everything is in its range. Times have their own check.
    pub fn check(&self) -> Result<(), DraftError> {
        let subject_fits = self.subject.as_ref().is_none_or(|subject| {
            subject.chars().count() <= SUBJECT_CHARS_MAX && !subject.chars().any(char::is_control)
        });
        let upns_fit = self.invitees.iter().all(|invitee| {
            invitee
                .upn
                .as_ref()
                .is_none_or(|upn| upn.len() <= UPN_BYTES_MAX)
        });
        let language_fits = self.options.spoken_language.as_ref().is_none_or(|tag| {
            (2..=35).contains(&tag.len())
                && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        if !subject_fits {
            Err(DraftError::Subject)
        } else if !upns_fit || self.invitees.len() > INVITEES_MAX {
            Err(DraftError::Invitees)
        } else if !language_fits {
            Err(DraftError::Language)
        } else if self.options.end_to_end_encrypted {
            Err(DraftError::EndToEnd)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meeting::InviteeRole;

    #[test]
    fn drafts_out_of_range_are_refused() {
        type Edit = fn(&mut MeetingDraft);
        let invitee = || Invitee {
            member: None,
            upn: Some("x".repeat(UPN_BYTES_MAX + 1)),
            role: InviteeRole::Attendee,
        };
        assert_eq!(invitee().upn.map(|upn| upn.len()), Some(255));
        let table: [(Edit, Result<(), DraftError>); 8] = [
            (|_| {}, Ok(())),
            (|d| d.subject = Some("x".repeat(256)), Ok(())),
            (
                |d| d.subject = Some("x".repeat(257)),
                Err(DraftError::Subject),
            ),
            (
                |d| d.subject = Some("a\u{7}".to_owned()),
                Err(DraftError::Subject),
            ),
            (
                |d| d.options.spoken_language = Some("de-DE".to_owned()),
                Ok(()),
            ),
            (
                |d| d.options.spoken_language = Some("d".to_owned()),
                Err(DraftError::Language),
            ),
            (
                |d| d.options.spoken_language = Some("de DE".to_owned()),
                Err(DraftError::Language),
            ),
            (
                |d| d.options.end_to_end_encrypted = true,
                Err(DraftError::EndToEnd),
            ),
        ];
        for (edit, expected) in table {
            let mut draft = MeetingDraft::new(&OrganisationPolicy::default());
            edit(&mut draft);
            assert_eq!(draft.check(), expected);
        }
        let mut draft = MeetingDraft::new(&OrganisationPolicy::default());
        draft.invitees = vec![invitee()];
        assert_eq!(draft.check(), Err(DraftError::Invitees));
        draft.invitees = vec![
            Invitee {
                upn: None,
                ..invitee()
            };
            INVITEES_MAX + 1
        ];
        assert_eq!(draft.check(), Err(DraftError::Invitees));
    }
}
