//! Rooms: who is invited as what, and when the room may be joined. Knows no call; `admission::room` decides who enters one.
use crate::{
    capability::Role,
    ids::{RawId, ResourceId},
    time::Timestamp,
};
use std::{fmt, str::FromStr, time::Duration};

/// The longest time between a room's opening and its closing; also its length when nobody says.
pub const VALIDITY_MAX: Duration = Duration::from_hours(180 * 24);
/// People invited to one room: as many as a call takes.
pub const PARTICIPANTS_MAX: usize = 350;

/// A room's name: 16 or 17 digits, the first not zero. No secret: only the invited enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(u64);

/// The text names no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRoomId {
    /// Neither 16 nor 17 characters.
    #[error("a room id has 16 or 17 digits")]
    Length,
    /// Something else than digits, or a leading zero.
    #[error("a room id is a number")]
    Form,
}

impl RoomId {
    /// Random bits as 17 digits that begin with `99`, as apps have seen them.
    pub fn from_random(bits: u64) -> Self {
        Self(99_000_000_000_000_000 + bits % 1_000_000_000_000_000)
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RoomId {
    type Err = BadRoomId;

    fn from_str(text: &str) -> Result<Self, BadRoomId> {
        if !matches!(text.len(), 16 | 17) {
            return Err(BadRoomId::Length);
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let number = digits.then(|| text.parse().ok()).flatten();
        number.map(Self).ok_or(BadRoomId::Form)
    }
}

/// When a room may be joined: from the first moment on, until just before the last. INVARIANT: at most `VALIDITY_MAX` long,
/// and longer than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The opening.
    pub from: Timestamp,
    /// The closing.
    pub until: Timestamp,
}

/// Why a range of time cannot be a room's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadValidity {
    /// The room would be closed already.
    #[error("The time range end is in the past.")]
    Past,
    /// It closes before it opens, or stays open for too long.
    #[error("The time range is incorrect, or larger than 180 days.")]
    Range,
}

impl Validity {
    /// A new room's: open from now on and for 180 days, where nothing else is said.
    pub fn new(
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, BadValidity> {
        let validity = Self {
            from: from.unwrap_or(now),
            until: until.unwrap_or(now.plus(VALIDITY_MAX)),
        };
        validity.check(now)
    }

    /// With what is said replaced. Saying nothing is fine at any time, also after the closing.
    pub fn changed(
        self,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, BadValidity> {
        if from.is_none() && until.is_none() {
            return Ok(self);
        }
        let validity = Self {
            from: from.unwrap_or(self.from),
            until: until.unwrap_or(self.until),
        };
        validity.check(now)
    }

    /// Whether the room may be joined now.
    pub fn holds(self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }

    fn check(self, now: Timestamp) -> Result<Self, BadValidity> {
        if self.until <= now {
            return Err(BadValidity::Past);
        }
        if self.until <= self.from || self.until.since(self.from) > VALIDITY_MAX {
            return Err(BadValidity::Range);
        }
        Ok(self)
    }
}

/// A room without its participants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its name.
    pub id: RoomId,
    /// Whose it is; only users of this resource are invited.
    pub resource: ResourceId,
    /// When it was made.
    pub created_on: Timestamp,
    /// When it may be joined.
    pub validity: Validity,
    /// Whether its call may dial out to a phone number.
    pub pstn_dial_out: bool,
}

/// Somebody invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub raw_id: RawId,
    /// As what; one of [`ROLES`].
    pub role: Role,
}

/// The roles that a room gives.
pub const ROLES: [Role; 4] = [
    Role::Presenter,
    Role::Attendee,
    Role::Consumer,
    Role::Collaborator,
];

/// Reads the wire name of a role that a room gives.
pub fn parse_role(name: &str) -> Option<Role> {
    Role::parse(name).filter(|role| ROLES.contains(role))
}

/// What becomes of one person's invitation; without a role it is withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationChange {
    /// Whose.
    pub raw_id: RawId,
    /// The role from now on.
    pub role: Option<Role>,
}

/// More than `PARTICIPANTS_MAX` would be invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a room has at most 350 participants")]
pub struct TooManyParticipants;

/// The participants after the changes, in the order of their invitation. Withdrawing what was never given changes nothing.
pub fn merge(
    participants: &[Participant],
    changes: &[InvitationChange],
) -> Result<Vec<Participant>, TooManyParticipants> {
    let mut merged = participants.to_vec();
    for change in changes {
        let known = merged
            .iter_mut()
            .find(|known| known.raw_id == change.raw_id);
        match (known, change.role) {
            (Some(known), Some(role)) => known.role = role,
            (None, Some(role)) => merged.push(Participant {
                raw_id: change.raw_id.clone(),
                role,
            }),
            (_, None) => merged.retain(|known| known.raw_id != change.raw_id),
        }
    }
    if merged.len() > PARTICIPANTS_MAX {
        return Err(TooManyParticipants);
    }
    Ok(merged)
}

#[cfg(test)]
mod tests;
