//! Names of things. Each is its own type, so that two kinds cannot be swapped; raw ids follow rest-wire section 6.
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            /// Accepts the hyphenated lower- or upper-case form only.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let parsed = Uuid::parse_str(text)?;
                if text.len() == 36 { Ok(Self(parsed)) } else { Uuid::parse_str("not hyphenated").map(Self) }
            }
        }
    )*};
}

uuid_id! {
    /// A resource: endpoint and two access keys; owns identities, threads and meters.
    ResourceId;
    /// An organisation (tenant).
    OrganisationId;
    /// A member of an organisation: the directory's object id (oid).
    MemberId;
    /// The user half of an external identity.
    ExternalUserId;
    /// A person not signed in on our own join page.
    VisitorId;
    /// A live session of a meeting or group.
    CallId;
    /// One endpoint's stay in a call; also its participant id on the wire.
    LegId;
    /// An app's hold over a call.
    ConnectionId;
}

/// Who somebody is on the wire (rest-wire section 6). Only the kinds that can act here are told apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RawId {
    /// `8:acs:<resource>_<user>`: an external user of a resource.
    External {
        /// The resource that owns the identity.
        resource: ResourceId,
        /// The user within it.
        user: ExternalUserId,
    },
    /// `8:acs:<resource>_<organisation>_<oid>`: a member of an organisation who acts through a resource. Such a person has
    /// no more rights in a call than the resource's other users.
    Extension {
        /// The resource.
        resource: ResourceId,
        /// The member's organisation.
        organisation: OrganisationId,
        /// The member.
        member: MemberId,
    },
    /// `8:orgid:<oid>`: a member of an organisation.
    Member(MemberId),
    /// `8:teamsvisitor:<id>`: a person not signed in on our own join page.
    Visitor(VisitorId),
    /// `4:+<digits>`: a phone number.
    Phone(String),
}

/// The text is no raw id of a kind known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known raw id")]
pub struct UnknownRawId;

impl RawId {
    /// The `skypeid` claim: the raw id without `8:`. `None` for phones, which hold no tokens.
    pub fn skype_id(&self) -> Option<String> {
        self.to_string().strip_prefix("8:").map(str::to_owned)
    }

    /// Reads the `skypeid` claim.
    pub fn from_skype_id(claim: &str) -> Result<Self, UnknownRawId> {
        format!("8:{claim}").parse()
    }

    /// The resource that an identity belongs to.
    pub fn resource(&self) -> Option<ResourceId> {
        match self {
            Self::External { resource, .. } | Self::Extension { resource, .. } => Some(*resource),
            Self::Member(_) | Self::Visitor(_) | Self::Phone(_) => None,
        }
    }
}

impl fmt::Display for RawId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::External { resource, user } => write!(f, "8:acs:{resource}_{user}"),
            Self::Extension {
                resource,
                organisation,
                member,
            } => write!(f, "8:acs:{resource}_{organisation}_{member}"),
            Self::Member(oid) => write!(f, "8:orgid:{oid}"),
            Self::Visitor(id) => write!(f, "8:teamsvisitor:{id}"),
            Self::Phone(number) => write!(f, "4:+{number}"),
        }
    }
}

impl FromStr for RawId {
    type Err = UnknownRawId;

    fn from_str(text: &str) -> Result<Self, UnknownRawId> {
        if let Some(digits) = text.strip_prefix("4:+") {
            let known =
                (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            return if known {
                Ok(Self::Phone(digits.to_owned()))
            } else {
                Err(UnknownRawId)
            };
        }
        let (kind, name) = text
            .strip_prefix("8:")
            .and_then(|rest| rest.split_once(':'))
            .ok_or(UnknownRawId)?;
        match kind {
            "acs" => of_resource(name).ok_or(UnknownRawId),
            "orgid" => name.parse().map(Self::Member).map_err(|_| UnknownRawId),
            "teamsvisitor" => name.parse().map(Self::Visitor).map_err(|_| UnknownRawId),
            _ => Err(UnknownRawId),
        }
    }
}

/// What follows `8:acs:`.
fn of_resource(name: &str) -> Option<RawId> {
    let (resource, rest) = name.split_once('_')?;
    let resource = resource.parse().ok()?;
    match rest.split_once('_') {
        None => Some(RawId::External {
            resource,
            user: rest.parse().ok()?,
        }),
        Some((organisation, member)) => Some(RawId::Extension {
            resource,
            organisation: organisation.parse().ok()?,
            member: member.parse().ok()?,
        }),
    }
}

/// A chat thread: `19:<name>@thread.v2`, `19:meeting_<name>@thread.v2` for a meeting's thread, or
/// `19:<oid>_<oid>@unq.gbl.spaces` for the chat of two members.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(String);

impl ThreadId {
    /// The thread of a meeting, from 32 random bytes as base64url.
    pub fn meeting(name: &str) -> Option<Self> {
        Self::parse(&format!("19:meeting_{name}@thread.v2"))
    }

    /// A chat thread, from 44 url-safe characters.
    pub fn chat(name: &str) -> Option<Self> {
        Self::parse(&format!("19:{name}@thread.v2"))
    }

    /// The chat of two members, the same whoever of them asks.
    pub fn pair(one: MemberId, other: MemberId) -> Self {
        let (first, second) = if one <= other {
            (one, other)
        } else {
            (other, one)
        };
        Self(format!("19:{first}_{second}@unq.gbl.spaces"))
    }

    fn is_pair(name: &str) -> bool {
        let members = name.split_once('_').and_then(|(first, second)| {
            Some((
                first.parse::<MemberId>().ok()?,
                second.parse::<MemberId>().ok()?,
            ))
        });
        // Other spellings of the same two would be other threads.
        members.is_some_and(|(first, second)| {
            Self::pair(first, second).0 == format!("19:{name}@unq.gbl.spaces")
        })
    }

    /// Checks the form; at most 128 characters, url-safe name.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("19:")?;
        if let Some(name) = rest.strip_suffix("@unq.gbl.spaces") {
            return Self::is_pair(name).then(|| Self(text.to_owned()));
        }
        let name = rest.strip_suffix("@thread.v2")?;
        let valid = (8..=100).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        valid.then(|| Self(text.to_owned()))
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it belongs to a meeting.
    pub fn is_meeting(&self) -> bool {
        self.0.starts_with("19:meeting_")
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn raw_ids_print_as_they_were_read() {
        for text in [
            "8:acs:1b5cc06b-f352-4571-b1e6-d9b259b7c776_0000000a-b1cc-8a94-e3c7-593a0d003a89",
            "8:acs:1b5cc06b-f352-4571-b1e6-d9b259b7c776_0000000a-b1cc-8a94-e3c7-593a0d003a89_1b5cc06b-f352-4571-b1e6-d9b259b7c777",
            "8:orgid:1b5cc06b-f352-4571-b1e6-d9b259b7c776",
            "8:teamsvisitor:1b5cc06b-f352-4571-b1e6-d9b259b7c776",
            "4:+14255550123",
        ] {
            assert_eq!(text.parse::<RawId>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn other_raw_ids_are_unknown() {
        for text in [
            "",
            "8:",
            "8:acs:",
            "8:acs:a_b",
            "8:orgid:x",
            "4:+",
            "4:+12a",
            "28:app",
            "8:gcch:x",
            "8:acs:a_b_c",
        ] {
            assert_eq!(text.parse::<RawId>(), Err(UnknownRawId), "{text}");
        }
    }

    #[test]
    fn two_members_have_one_thread() {
        let [one, other] = [1, 2].map(|n| MemberId(Uuid::from_u128(n)));
        let pair = ThreadId::pair(one, other);
        assert_eq!(pair, ThreadId::pair(other, one));
        assert_eq!(ThreadId::parse(pair.as_str()), Some(pair));
        for text in [
            format!("19:{other}_{one}@unq.gbl.spaces"),
            format!("19:{one}@unq.gbl.spaces"),
            "19:a_b@unq.gbl.spaces".to_owned(),
        ] {
            assert_eq!(ThreadId::parse(&text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = text.parse::<RawId>();
            let _ = ThreadId::parse(&text);
        }
    }
}
