//! Rooms of resources: made, listed, changed and deleted by their back ends. Running calls hear of every change.
use crate::{
    ServiceError,
    context::{Context, random_bytes},
    rates::{Operation, Rates},
    threads::Page,
};
use parvis_domain::{
    capability::Role,
    ids::{RawId, ResourceId},
    room::{
        BadValidity, InvitationChange, PARTICIPANTS_MAX, Participant, Room, RoomId, Validity, merge,
    },
    time::Timestamp,
};
use parvis_store::{StoreError, rooms::Placed};
use serde::Deserialize;
use std::collections::BTreeMap;
use tokio::sync::broadcast;

/// Entries of a list's page.
pub const PAGE_MAX: u32 = 100;
/// Longest name that a caller may give to a request, in bytes.
const REQUEST_BYTES_MAX: usize = 128;
/// Changes that a running call may lag behind; past it, it loads its room again anyway.
const CHANGES_MAX: usize = 256;
/// A drawn room id that is taken is drawn again this often.
const TRIES_MAX: usize = 5;
const VALID_UNTIL: &str = "ValidUntil";
const PARTICIPANTS: &str = "Participants";

/// Uses of each kind of operation by one resource in thirty seconds. The original's numbers are not published; on a server of
/// one's own they only stop a program that runs away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoomLimits {
    /// Making rooms.
    #[serde(rename = "create_per_30s")]
    pub create: u32,
    /// Changing and deleting rooms, and changing their participants.
    #[serde(rename = "change_per_30s")]
    pub change: u32,
    /// Reading rooms, and pages of lists.
    #[serde(rename = "read_per_30s")]
    pub read: u32,
}

impl Default for RoomLimits {
    fn default() -> Self {
        Self {
            create: 50_000,
            change: 50_000,
            read: 100_000,
        }
    }
}

/// A room, its participants or its time changed, or it was deleted: its running call loads it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomChanged {
    /// Which.
    pub room: RoomId,
}

/// A room with everybody invited to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRecord {
    /// The room.
    pub room: Room,
    /// The role of each person invited.
    pub roles: BTreeMap<RawId, Role>,
}

/// What a new room shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRoom {
    /// Its opening; now, if nobody says.
    pub valid_from: Option<Timestamp>,
    /// Its closing; 180 days from now, if nobody says.
    pub valid_until: Option<Timestamp>,
    /// Whether its call may dial out to a phone number.
    pub pstn_dial_out: bool,
    /// Who is invited.
    pub participants: Vec<InvitationChange>,
    /// The caller's own name of the request: repeated, it makes no second room.
    pub request: Option<String>,
}

/// What of a room shall differ; `None` leaves it as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomChange {
    /// Its opening.
    pub valid_from: Option<Timestamp>,
    /// Its closing.
    pub valid_until: Option<Timestamp>,
    /// Whether its call may dial out to a phone number.
    pub pstn_dial_out: Option<bool>,
}

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Rooms {
    context: Context,
    rates: Rates,
    limits: RoomLimits,
    changed: broadcast::Sender<RoomChanged>,
}

impl Rooms {
    pub(crate) fn new(context: Context, rates: Rates, limits: RoomLimits) -> Self {
        Self {
            context,
            rates,
            limits,
            changed: broadcast::channel(CHANGES_MAX).0,
        }
    }

    /// Hears of every change.
    pub fn subscribe(&self) -> broadcast::Receiver<RoomChanged> {
        self.changed.subscribe()
    }

    /// Makes a room of a resource.
    pub async fn create(&self, resource: ResourceId, new: NewRoom) -> Result<Room, ServiceError> {
        let now = self.context.now();
        self.take(resource, Operation::CreateRoom, self.limits.create)?;
        if let Some(request) = &new.request
            && !(1..=REQUEST_BYTES_MAX).contains(&request.len())
        {
            let message = "The request id must have 1 to 128 characters.";
            return Err(ServiceError::invalid("RepeatabilityRequestId", message));
        }
        check_owned(resource, &new.participants)?;
        let validity = Validity::new(new.valid_from, new.valid_until, now).map_err(bad_validity)?;
        let participants = merge(&[], &new.participants).map_err(|_| too_many())?;
        for _ in 0..TRIES_MAX {
            let room = Room {
                id: RoomId::from_random(u64::from_le_bytes(random_bytes())),
                resource,
                created_on: now,
                validity,
                pstn_dial_out: new.pstn_dial_out,
            };
            let store = &self.context.store;
            let request = new.request.as_deref();
            match store.insert_room(&room, &participants, request).await {
                Err(StoreError::Conflict(column)) if column.contains("room.id") => {}
                saved => return Ok(saved?),
            }
        }
        Err(ServiceError::Internal("no free room id".to_owned()))
    }

    /// A room of a resource.
    pub async fn load(&self, resource: ResourceId, id: RoomId) -> Result<Room, ServiceError> {
        self.take(resource, Operation::ReadRoom, self.limits.read)?;
        self.owned(resource, id).await
    }

    /// A resource's rooms, newest first; `before` is where the page before ended.
    pub async fn list(
        &self,
        resource: ResourceId,
        before: Option<i64>,
    ) -> Result<Page<Room>, ServiceError> {
        self.take(resource, Operation::ReadRoom, self.limits.read)?;
        let store = &self.context.store;
        let rooms = store.list_rooms(resource, before, PAGE_MAX + 1).await?;
        Ok(page(rooms))
    }

    /// Changes a room's time or its flag.
    pub async fn change(
        &self,
        resource: ResourceId,
        id: RoomId,
        change: RoomChange,
    ) -> Result<Room, ServiceError> {
        self.take(resource, Operation::ChangeRoom, self.limits.change)?;
        let now = self.context.now();
        let store = self.context.store.clone();
        self.saving(id, async move {
            let write = store.change_room(resource, id).await?;
            let mut write = write.ok_or(ServiceError::NotFound("room"))?;
            let validity = write.room.validity;
            let changed = validity.changed(change.valid_from, change.valid_until, now);
            write.room.validity = changed.map_err(bad_validity)?;
            write.room.pstn_dial_out = change.pstn_dial_out.unwrap_or(write.room.pstn_dial_out);
            Ok(write.commit().await?)
        })
        .await
    }

    /// Deletes a room; its running call ends.
    pub async fn delete(&self, resource: ResourceId, id: RoomId) -> Result<(), ServiceError> {
        self.take(resource, Operation::ChangeRoom, self.limits.change)?;
        let store = self.context.store.clone();
        self.saving(id, async move {
            let existed = store.delete_room(resource, id).await?;
            existed.then_some(()).ok_or(ServiceError::NotFound("room"))
        })
        .await
    }

    /// Who is invited to a room, in the order of their invitation; `after` is where the page before ended.
    pub async fn participants(
        &self,
        resource: ResourceId,
        id: RoomId,
        after: Option<i64>,
    ) -> Result<Page<Participant>, ServiceError> {
        self.take(resource, Operation::ReadRoom, self.limits.read)?;
        self.owned(resource, id).await?;
        let store = &self.context.store;
        let people = store
            .list_room_participants(id, after, PAGE_MAX + 1)
            .await?;
        Ok(page(people))
    }

    /// Invites people, gives them other roles, or withdraws invitations: all of it or nothing.
    pub async fn change_participants(
        &self,
        resource: ResourceId,
        id: RoomId,
        changes: Vec<InvitationChange>,
    ) -> Result<(), ServiceError> {
        self.take(resource, Operation::ChangeRoom, self.limits.change)?;
        check_owned(resource, &changes)?;
        let store = self.context.store.clone();
        self.saving(id, async move {
            let write = store.change_room(resource, id).await?;
            let mut write = write.ok_or(ServiceError::NotFound("room"))?;
            merge(&write.participants().await?, &changes).map_err(|_| too_many())?;
            for change in &changes {
                write.save_invitation(change).await?;
            }
            write.commit().await?;
            Ok(())
        })
        .await
    }

    /// A room with everybody invited, for its call.
    pub(crate) async fn find(&self, id: RoomId) -> Result<Option<RoomRecord>, ServiceError> {
        let store = &self.context.store;
        let Some(room) = store.load_room(id).await? else {
            return Ok(None);
        };
        let everybody = u32::try_from(PARTICIPANTS_MAX).unwrap_or(u32::MAX);
        let people = store.list_room_participants(id, None, everybody).await?;
        let roles = people
            .into_iter()
            .map(|placed| (placed.item.raw_id, placed.item.role))
            .collect();
        Ok(Some(RoomRecord { room, roles }))
    }

    /// Saves a change and tells it, even when the caller hangs up in between: whoever is no longer invited must not stay in
    /// the call.
    async fn saving<T: Send + 'static>(
        &self,
        room: RoomId,
        save: impl Future<Output = Result<T, ServiceError>> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let changed = self.changed.clone();
        let saving = tokio::spawn(async move {
            let saved = save.await?;
            // Nobody listening is fine: there is no running call.
            let _ = changed.send(RoomChanged { room });
            Ok(saved)
        });
        let saved = saving.await;
        saved.map_err(|error| ServiceError::Internal(error.to_string()))?
    }

    /// Another resource's room does not exist for this one.
    async fn owned(&self, resource: ResourceId, id: RoomId) -> Result<Room, ServiceError> {
        let room = self.context.store.load_room(id).await?;
        room.filter(|room| room.resource == resource)
            .ok_or(ServiceError::NotFound("room"))
    }

    fn take(
        &self,
        resource: ResourceId,
        operation: Operation,
        max: u32,
    ) -> Result<(), ServiceError> {
        let now = self.context.now();
        self.rates.take_of(resource, operation, max, now)
    }
}

/// Only users of the room's own resource are invited: to others the room does not exist.
fn check_owned(resource: ResourceId, changes: &[InvitationChange]) -> Result<(), ServiceError> {
    let theirs = |change: &InvitationChange| change.raw_id.resource() == Some(resource);
    if changes.iter().all(theirs) {
        return Ok(());
    }
    let message = "Only users of this resource can be participants.";
    Err(ServiceError::invalid(PARTICIPANTS, message))
}

fn bad_validity(error: BadValidity) -> ServiceError {
    ServiceError::invalid(VALID_UNTIL, error.to_string())
}

fn too_many() -> ServiceError {
    let message = format!("A room has at most {PARTICIPANTS_MAX} participants.");
    ServiceError::invalid(PARTICIPANTS, message)
}

/// One entry more than a page holds says that there is a next page.
fn page<T>(mut entries: Vec<Placed<T>>) -> Page<T> {
    let more = entries.len() > PAGE_MAX as usize;
    entries.truncate(PAGE_MAX as usize);
    let next = entries.last().filter(|_| more).map(|last| last.place);
    Page {
        items: entries.into_iter().map(|placed| placed.item).collect(),
        next,
    }
}
