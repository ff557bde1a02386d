//! Admission to a room's call: by invitation and by time, for users of the room's resource only. A room has no lobby.
use super::{Decision, Refusal};
use crate::{capability::Role, ids::RawId, room::Room, time::Timestamp};

impl Refusal {
    /// No such room, or another resource's.
    pub const UNKNOWN_ROOM: Self = Self::new(404, 5_732);
    /// Not among the room's participants.
    pub const NOT_INVITED: Self = Self::new(403, 5_828);
    /// Before the room's opening, or after its closing.
    pub const OUTSIDE_ROOM_TIME: Self = Self::new(403, 5_829);
    /// Members and people without an account have no way into rooms.
    pub const ONLY_USERS_IN_ROOMS: Self = Self::new(403, 5_830);
}

/// A wish to join the call of a room.
#[derive(Clone, Copy, Debug)]
pub struct RoomRequest<'a> {
    /// The room; `None` when there is none of that name.
    pub room: Option<&'a Room>,
    /// The role that the room gives this person, if it invites them.
    pub invitation: Option<Role>,
    /// Who asks.
    pub joiner: &'a RawId,
    /// Now.
    pub now: Timestamp,
}

/// Decides a join (behaviour 10.1). Who may not know of the room is told so before anything about it.
pub fn decide_room(request: &RoomRequest<'_>) -> Decision {
    let RawId::External { resource, .. } = request.joiner else {
        return Decision::Refuse(Refusal::ONLY_USERS_IN_ROOMS);
    };
    let Some(room) = request.room.filter(|room| room.resource == *resource) else {
        return Decision::Refuse(Refusal::UNKNOWN_ROOM);
    };
    let Some(role) = request.invitation else {
        return Decision::Refuse(Refusal::NOT_INVITED);
    };
    if !room.validity.holds(request.now) {
        return Decision::Refuse(Refusal::OUTSIDE_ROOM_TIME);
    }
    Decision::Admit { role }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{ExternalUserId, MemberId, ResourceId, VisitorId},
        room::{ROLES, RoomId, Validity},
    };
    use uuid::Uuid;

    const OPEN: Timestamp = Timestamp(1_000);
    const CLOSE: Timestamp = Timestamp(2_000);

    fn user(resource: u128) -> RawId {
        RawId::External {
            resource: ResourceId(Uuid::from_u128(resource)),
            user: ExternalUserId(Uuid::from_u128(9)),
        }
    }

    fn room() -> Room {
        Room {
            id: RoomId::from_random(1),
            resource: ResourceId(Uuid::from_u128(1)),
            created_on: Timestamp(0),
            validity: Validity {
                from: OPEN,
                until: CLOSE,
            },
            pstn_dial_out: false,
        }
    }

    // [L3]
    #[test]
    fn only_the_invited_enter_and_only_in_time() {
        let room = room();
        let decide = |known: bool, invitation, joiner: &RawId, now: i64| {
            decide_room(&RoomRequest {
                room: known.then_some(&room),
                invitation,
                joiner,
                now: Timestamp(now),
            })
        };
        let member = RawId::Member(MemberId(Uuid::from_u128(3)));
        let visitor = RawId::Visitor(VisitorId(Uuid::from_u128(4)));
        let phone = RawId::Phone("14255550123".to_owned());
        let invited = Some(Role::Presenter);
        for (known, invitation, joiner, now, refusal) in [
            (false, None, user(1), 1_500, Refusal::UNKNOWN_ROOM),
            (false, invited, user(1), 1_500, Refusal::UNKNOWN_ROOM),
            (true, invited, user(2), 1_500, Refusal::UNKNOWN_ROOM),
            (true, None, user(1), 1_500, Refusal::NOT_INVITED),
            (true, None, user(1), 999, Refusal::NOT_INVITED),
            (true, invited, user(1), 999, Refusal::OUTSIDE_ROOM_TIME),
            (true, invited, user(1), 2_000, Refusal::OUTSIDE_ROOM_TIME),
            (
                true,
                invited,
                member.clone(),
                1_500,
                Refusal::ONLY_USERS_IN_ROOMS,
            ),
            (false, None, member, 1_500, Refusal::ONLY_USERS_IN_ROOMS),
            (true, invited, visitor, 1_500, Refusal::ONLY_USERS_IN_ROOMS),
            (true, invited, phone, 1_500, Refusal::ONLY_USERS_IN_ROOMS),
        ] {
            let found = decide(known, invitation, &joiner, now);
            assert_eq!(found, Decision::Refuse(refusal), "{joiner} {now}");
        }
        for role in ROLES {
            for now in [1_000, 1_999] {
                let found = decide(true, Some(role), &user(1), now);
                assert_eq!(found, Decision::Admit { role });
            }
        }
    }
}
