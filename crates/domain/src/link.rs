//! Meeting links and the other ways to name what to join: one parser, one printer (integrations 2).
//! Links, meeting ids and passcodes are bearer secrets: nothing here shows them in `Debug` or in an error.
use crate::{
    ids::{MemberId, OrganisationId, ThreadId},
    room::RoomId,
};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use std::fmt;
use subtle::ConstantTimeEq;
use url::Url;
use uuid::Uuid;

/// Longest link that is read, in bytes.
pub const LINK_BYTES_MAX: usize = 2_048;

/// What somebody asked to join.
#[derive(Clone, PartialEq, Eq)]
pub enum Locator {
    /// A scheduled meeting by its coordinates (message id `0`).
    Meeting {
        /// The meeting's chat thread.
        thread: ThreadId,
        /// `0`.
        message_id: String,
        /// The organisation it belongs to.
        tenant: OrganisationId,
        /// Who called it.
        organiser: MemberId,
    },
    /// A meeting held in a channel: any other message id, or a channel's thread.
    Channel {
        /// The channel's thread, of a form of its own.
        thread: String,
        /// The post that the meeting hangs on.
        message_id: String,
        /// The organisation it belongs to.
        tenant: OrganisationId,
        /// Who called it.
        organiser: MemberId,
    },
    /// A meeting by the digits that people type.
    MeetingId {
        /// The digits.
        id: MeetingNumber,
        /// The passcode, when one was given.
        passcode: Option<Passcode>,
    },
    /// A group call, named by the app.
    Group {
        /// The name.
        group: Uuid,
    },
    /// A room.
    Room {
        /// Its id.
        room: RoomId,
    },
}

impl fmt::Debug for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Meeting { .. } => "Locator::Meeting(..)",
            Self::Channel { .. } => "Locator::Channel(..)",
            Self::MeetingId { .. } => "Locator::MeetingId(..)",
            Self::Group { .. } => "Locator::Group(..)",
            Self::Room { .. } => "Locator::Room(..)",
        })
    }
}

/// Why a link or locator was refused. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Coordinates, meeting id, group or room are of the wrong form.
    #[error("the locator is malformed")]
    BadLocator,
    /// The text is no meeting link of this server.
    #[error("the meeting link is malformed")]
    BadLink,
    /// A link of a personal account.
    #[error("links of personal accounts are not supported")]
    Personal,
    /// A link of a government cloud.
    #[error("the meeting belongs to another cloud")]
    Government,
    /// A link of a broadcast.
    #[error("broadcasts cannot be joined")]
    Broadcast,
    /// Digits, but no room can be called so: somebody left one out.
    #[error("there is no such room")]
    UnknownRoom,
}

impl LinkError {
    /// The calling end code and sub code (behaviour 3.4).
    pub fn codes(self) -> (u16, u32) {
        match self {
            Self::BadLocator => (400, 40_209),
            Self::BadLink => (400, 40_210),
            Self::Personal => (400, 40_238),
            Self::Government => (403, 5_448),
            Self::Broadcast => (403, 5_354),
            Self::UnknownRoom => (404, 5_732),
        }
    }
}

/// The digits of a meeting, without blanks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingNumber(String);

impl MeetingNumber {
    /// Reads 6 to 20 digits; blanks and hyphens between them are what people type.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 40 {
            return None;
        }
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let valid =
            (6..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        valid.then_some(Self(digits))
    }

    /// A new number from random bits: twelve digits, the first not zero.
    pub fn from_random(bits: u64) -> Self {
        Self((100_000_000_000 + bits % 900_000_000_000).to_string())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MeetingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MeetingNumber(..)")
    }
}

/// A meeting's passcode. Comparing takes the same time wherever two differ.
#[derive(Clone)]
pub struct Passcode(String);

impl Passcode {
    /// Reads 1 to 64 url-safe characters.
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (1..=64).contains(&text.len()) && text.bytes().all(is_url_safe);
        valid.then(|| Self(text.to_owned()))
    }

    /// A new passcode: 12 random bytes as 16 base64url characters.
    pub fn from_random(bytes: [u8; 12]) -> Self {
        use base64::Engine;
        Self(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Passcode {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}
impl Eq for Passcode {}

impl fmt::Debug for Passcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passcode(..)")
    }
}

fn is_url_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Which hosts' links are ours: our own, and those an organisation brought along when it moved here.
#[derive(Clone, Debug)]
pub struct LinkHosts {
    hosts: Vec<String>,
}

/// Hosts of personal accounts.
const PERSONAL_HOSTS: [&str; 1] = ["teams.live.com"];
/// Hosts of government clouds, with everything below them.
const GOVERNMENT_HOSTS: [&str; 1] = ["teams.microsoft.us"];
/// Names of this machine: an origin on one of them is reached by all.
const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl LinkHosts {
    /// Our own origin's host, and further host names without port.
    pub fn new(origin: &Url, aliases: &[String]) -> Self {
        let own = origin.host_str().unwrap_or_default().to_ascii_lowercase();
        let mut hosts: Vec<String> = aliases
            .iter()
            .map(|host| host.to_ascii_lowercase())
            .collect();
        if LOOPBACK_HOSTS.contains(&own.as_str()) {
            hosts.extend(LOOPBACK_HOSTS.map(str::to_owned));
        }
        hosts.push(own);
        Self { hosts }
    }

    /// Personal and government hosts stay refused even when somebody lists them.
    fn check(&self, host: &str) -> Result<(), LinkError> {
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let is_of = |list: &[&str]| {
            list.iter().any(|known| {
                host.strip_suffix(known)
                    .is_some_and(|front| front.is_empty() || front.ends_with('.'))
            })
        };
        if is_of(&PERSONAL_HOSTS) {
            return Err(LinkError::Personal);
        }
        if is_of(&GOVERNMENT_HOSTS) {
            return Err(LinkError::Government);
        }
        if self.hosts.iter().any(|known| known == host) {
            Ok(())
        } else {
            Err(LinkError::BadLink)
        }
    }
}

impl Locator {
    /// Reads a long or short link, as it is or percent-encoded as a whole.
    pub fn from_link(link: &str, hosts: &LinkHosts) -> Result<Self, LinkError> {
        if link.len() > LINK_BYTES_MAX {
            return Err(LinkError::BadLink);
        }
        let link = link.trim();
        let whole_encoded = link.get(..8).is_some_and(|start| {
            let start = start.to_ascii_lowercase();
            start == "https%3a" || start.starts_with("http%3a")
        });
        let text = if whole_encoded {
            decode(link).ok_or(LinkError::BadLink)?
        } else {
            link.to_owned()
        };
        let url = Url::parse(&text).map_err(|_| LinkError::BadLink)?;
        if !matches!(url.scheme(), "https" | "http") || url.fragment().is_some() {
            return Err(LinkError::BadLink);
        }
        hosts.check(url.host_str().ok_or(LinkError::BadLink)?)?;
        let segments: Vec<&str> = url.path_segments().ok_or(LinkError::BadLink)?.collect();
        match segments.as_slice() {
            ["l", "meetup-join", thread, message] => long(thread, message, url.query()),
            ["meet", number] => short(number, url.query()),
            _ => Err(LinkError::BadLink),
        }
    }

    /// From the four coordinates an app may pass instead of a link.
    pub fn from_coordinates(
        thread: &str,
        organiser: &str,
        tenant: &str,
        message_id: &str,
    ) -> Result<Self, LinkError> {
        coordinates(thread, organiser, tenant, message_id).ok_or(LinkError::BadLocator)
    }

    /// From a meeting id and a passcode; an empty passcode is none.
    pub fn from_meeting_id(id: &str, passcode: Option<&str>) -> Result<Self, LinkError> {
        let id = MeetingNumber::parse(id).ok_or(LinkError::BadLocator)?;
        let passcode = passcode
            .filter(|text| !text.is_empty())
            .map(|text| Passcode::parse(text).ok_or(LinkError::BadLocator))
            .transpose()?;
        Ok(Self::MeetingId { id, passcode })
    }

    /// From a group's name.
    pub fn from_group(group: &str) -> Result<Self, LinkError> {
        let group = Uuid::parse_str(group).map_err(|_| LinkError::BadLocator)?;
        Ok(Self::Group { group })
    }

    /// From a room's id, at most 40 digits.
    pub fn from_room(room: &str) -> Result<Self, LinkError> {
        let is_number =
            (1..=40).contains(&room.len()) && room.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            return Err(LinkError::BadLocator);
        }
        let room = room.parse().map_err(|_| LinkError::UnknownRoom)?;
        Ok(Self::Room { room })
    }
}

/// The long form, with lower-case escapes and nothing behind; `origin` has no trailing slash.
pub fn long_link(
    origin: &str,
    thread: &ThreadId,
    tenant: OrganisationId,
    organiser: MemberId,
) -> String {
    let thread = thread.as_str().replace(':', "%3a").replace('@', "%40");
    format!(
        "{origin}/l/meetup-join/{thread}/0?context=%7b%22Tid%22%3a%22{tenant}%22%2c%22Oid%22%3a%22{organiser}%22%7d"
    )
}

/// The short form; `origin` has no trailing slash.
pub fn short_link(origin: &str, id: &MeetingNumber, passcode: Option<&Passcode>) -> String {
    match passcode {
        Some(passcode) => format!("{origin}/meet/{}?p={}", id.as_str(), passcode.as_str()),
        None => format!("{origin}/meet/{}", id.as_str()),
    }
}

/// `context` of a long link. Names beside these are ignored.
#[derive(Deserialize)]
struct Context {
    #[serde(rename = "Tid")]
    tenant: String,
    #[serde(rename = "Oid")]
    organiser: String,
    #[serde(rename = "IsBroadcastMeeting", default)]
    broadcast: bool,
}

/// A long link must have `context` and no other parameter: clients read it by position.
fn long(thread: &str, message: &str, query: Option<&str>) -> Result<Locator, LinkError> {
    let value = query
        .and_then(|query| query.strip_prefix("context="))
        .filter(|value| !value.contains('&'))
        .ok_or(LinkError::BadLink)?;
    let json = decode(value).ok_or(LinkError::BadLink)?;
    let context: Context = serde_json::from_str(&json).map_err(|_| LinkError::BadLink)?;
    if context.broadcast {
        return Err(LinkError::Broadcast);
    }
    let thread = decode(thread).ok_or(LinkError::BadLink)?;
    let message = decode(message).ok_or(LinkError::BadLink)?;
    coordinates(&thread, &context.organiser, &context.tenant, &message).ok_or(LinkError::BadLink)
}

/// A short link may have parameters behind `p`, not before it.
fn short(number: &str, query: Option<&str>) -> Result<Locator, LinkError> {
    let id = decode(number)
        .as_deref()
        .and_then(MeetingNumber::parse)
        .ok_or(LinkError::BadLink)?;
    let passcode = match query {
        None | Some("") => None,
        Some(query) => {
            let value = query.strip_prefix("p=").ok_or(LinkError::BadLink)?;
            let value = value.split('&').next().unwrap_or_default();
            let decoded = decode(value).ok_or(LinkError::BadLink)?;
            Some(Passcode::parse(&decoded).ok_or(LinkError::BadLink)?)
        }
    };
    Ok(Locator::MeetingId { id, passcode })
}

fn coordinates(thread: &str, organiser: &str, tenant: &str, message: &str) -> Option<Locator> {
    let tenant: OrganisationId = tenant.parse().ok()?;
    let organiser: MemberId = organiser.parse().ok()?;
    let message_id = message.to_owned();
    let is_number =
        (1..=20).contains(&message.len()) && message.bytes().all(|b| b.is_ascii_digit());
    if !is_number {
        return None;
    }
    if message == "0"
        && let Some(thread) = ThreadId::parse(thread)
    {
        return Some(Locator::Meeting {
            thread,
            message_id,
            tenant,
            organiser,
        });
    }
    is_channel_thread(thread).then(|| Locator::Channel {
        thread: thread.to_owned(),
        message_id,
        tenant,
        organiser,
    })
}

/// `19:<name>@thread.v2`, `@thread.tacv2` or `@thread.skype`.
fn is_channel_thread(thread: &str) -> bool {
    let Some((name, kind)) = thread
        .strip_prefix("19:")
        .and_then(|rest| rest.split_once("@thread."))
    else {
        return false;
    };
    matches!(kind, "v2" | "tacv2" | "skype")
        && (8..=100).contains(&name.len())
        && name.bytes().all(is_url_safe)
}

/// Undoes one percent-encoding.
fn decode(text: &str) -> Option<String> {
    percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests;
