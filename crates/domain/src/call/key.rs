//! What a call is the session of, and the key under which at most one call lives. The key has a text form for the store.
use crate::{
    ids::{CallId, OrganisationId, ResourceId, ThreadId},
    room::RoomId,
};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// What a call is the session of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallKind {
    /// A meeting: lobby, roles, options.
    Meeting,
    /// Users of one resource under an id their app chose: neither lobby nor roles.
    Group {
        /// Whose users.
        resource: ResourceId,
        /// The app's id.
        group_id: Uuid,
    },
    /// People who ring one another: neither lobby nor roles, and no way in but being rung.
    Direct,
    /// The people invited to a room: roles, no lobby.
    Room(RoomId),
}

/// Whose people a call is among: they reach one another, all others only where a policy says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Home {
    /// Users of a resource.
    Resource(ResourceId),
    /// Members of an organisation.
    Organisation(OrganisationId),
}

/// Which call of all that may be: at most one lives per key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallKey {
    /// The call of a meeting, by its thread.
    Meeting(ThreadId),
    /// A group call.
    Group {
        /// Whose users.
        resource: ResourceId,
        /// The app's id.
        group_id: Uuid,
    },
    /// A call begun by ringing, by its own id: nobody finds it who was not rung.
    Direct {
        /// The call.
        call: CallId,
        /// Among whose people.
        home: Home,
    },
    /// The call of a room.
    Room(RoomId),
}

impl CallKey {
    /// What its call is the session of.
    pub fn kind(&self) -> CallKind {
        match self {
            Self::Meeting(_) => CallKind::Meeting,
            Self::Group { resource, group_id } => CallKind::Group {
                resource: *resource,
                group_id: *group_id,
            },
            Self::Direct { .. } => CallKind::Direct,
            Self::Room(room) => CallKind::Room(*room),
        }
    }

    /// Among whose people the call is; a meeting and a room admit by their own rules.
    pub fn home(&self) -> Option<Home> {
        match self {
            Self::Meeting(_) | Self::Room(_) => None,
            Self::Group { resource, .. } => Some(Home::Resource(*resource)),
            Self::Direct { home, .. } => Some(*home),
        }
    }
}

/// `meeting:<thread>`, `group:<resource>:<group>`, `direct:<call>:resource:<id>`, `direct:<call>:organisation:<id>`,
/// `room:<digits>`.
impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meeting(thread) => write!(f, "meeting:{}", thread.as_str()),
            Self::Group { resource, group_id } => write!(f, "group:{resource}:{group_id}"),
            Self::Direct { call, home } => match home {
                Home::Resource(id) => write!(f, "direct:{call}:resource:{id}"),
                Home::Organisation(id) => write!(f, "direct:{call}:organisation:{id}"),
            },
            Self::Room(room) => write!(f, "room:{room}"),
        }
    }
}

/// The text names no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCallKey;

impl FromStr for CallKey {
    type Err = BadCallKey;

    fn from_str(text: &str) -> Result<Self, BadCallKey> {
        let (kind, rest) = text.split_once(':').ok_or(BadCallKey)?;
        match kind {
            "meeting" => ThreadId::parse(rest).map(Self::Meeting).ok_or(BadCallKey),
            "group" => {
                let (resource, group_id) = rest.split_once(':').ok_or(BadCallKey)?;
                Ok(Self::Group {
                    resource: resource.parse().map_err(|_| BadCallKey)?,
                    group_id: group_id.parse().map_err(|_| BadCallKey)?,
                })
            }
            "direct" => {
                let mut parts = rest.split(':');
                let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
                let [Some(call), Some(whose), Some(id), None] = parts else {
                    return Err(BadCallKey);
                };
                let home = match whose {
                    "resource" => Home::Resource(id.parse().map_err(|_| BadCallKey)?),
                    "organisation" => Home::Organisation(id.parse().map_err(|_| BadCallKey)?),
                    _ => return Err(BadCallKey),
                };
                let call = call.parse().map_err(|_| BadCallKey)?;
                Ok(Self::Direct { call, home })
            }
            "room" => rest.parse().map(Self::Room).map_err(|_| BadCallKey),
            _ => Err(BadCallKey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direct(home: Home) -> CallKey {
        let call = CallId(Uuid::from_u128(9));
        CallKey::Direct { call, home }
    }

    #[test]
    fn the_text_form_is_read_back() {
        let keys = [
            CallKey::Meeting(ThreadId::parse("19:meeting_aaaa@thread.v2").expect("thread")),
            CallKey::Group {
                resource: ResourceId(Uuid::from_u128(7)),
                group_id: Uuid::from_u128(8),
            },
            direct(Home::Resource(ResourceId(Uuid::from_u128(7)))),
            direct(Home::Organisation(OrganisationId(Uuid::from_u128(6)))),
            CallKey::Room(RoomId::from_random(9)),
        ];
        for key in keys {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        let call = Uuid::from_u128(9);
        let bad = [
            format!("direct:{call}"),
            format!("direct:{call}:resource:1"),
            format!("direct:{call}:meeting:{call}"),
            format!("direct:{call}:resource:{call}:{call}"),
        ];
        let bad = bad.iter().map(String::as_str);
        for text in bad.chain(["", "meeting", "meeting:x", "group:1:2", "room:1", "other:1"]) {
            assert_eq!(text.parse::<CallKey>(), Err(BadCallKey), "{text}");
        }
    }
}
