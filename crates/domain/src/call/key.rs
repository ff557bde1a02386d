//! What a call is the session of, and the key under which at most one call lives. The key has a text form for the store.
use crate::ids::{ResourceId, ThreadId};
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
        }
    }
}

/// `meeting:<thread>`, `group:<resource>:<group>`.
impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meeting(thread) => write!(f, "meeting:{}", thread.as_str()),
            Self::Group { resource, group_id } => write!(f, "group:{resource}:{group_id}"),
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
            _ => Err(BadCallKey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_read_back() {
        let keys = [
            CallKey::Meeting(ThreadId::parse("19:meeting_aaaa@thread.v2").expect("thread")),
            CallKey::Group {
                resource: ResourceId(Uuid::from_u128(7)),
                group_id: Uuid::from_u128(8),
            },
        ];
        for key in keys {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for text in ["", "meeting", "meeting:x", "group:1:2", "other:1"] {
            assert_eq!(text.parse::<CallKey>(), Err(BadCallKey), "{text}");
        }
    }
}
