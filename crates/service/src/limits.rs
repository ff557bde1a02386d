//! Service limits: how often a back end or a person may do what. A feature that has limits adds its own section here; the
//! configuration file reads this struct as it is.
use crate::{rates::IdentityLimits, rooms::RoomLimits, threads::ChatLimits};
use serde::Deserialize;

/// All limits of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceLimits {
    /// Operations on identities, for each resource.
    pub identity: IdentityLimits,
    /// Chat, for each person.
    pub chat: ChatLimits,
    /// Rooms, for each resource.
    pub rooms: RoomLimits,
}

impl ServiceLimits {
    /// Whether anybody could do anything under these limits: a limit of nothing is a mistake, not a limit.
    pub fn are_usable(&self) -> bool {
        let Self {
            identity,
            chat,
            rooms,
        } = self;
        [
            identity.create,
            identity.issue,
            identity.revoke,
            identity.delete,
            identity.exchange,
            chat.threads_per_10s,
            chat.changes_per_10s,
            chat.messages_per_10s,
            chat.reads_per_10s,
            chat.signals_per_10s,
            rooms.create,
            rooms.change,
            rooms.read,
        ]
        .into_iter()
        .all(|limit| limit > 0)
    }
}
