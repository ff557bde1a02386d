//! Rooms across a reopened store.
use super::*;
use crate::resources::StoredResource;
use parvis_domain::ids::ExternalUserId;
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn resource(n: u128) -> ResourceId {
    ResourceId(Uuid::from_u128(n))
}

fn room(n: u64) -> Room {
    Room {
        id: RoomId::from_random(n),
        resource: resource(1),
        created_on: NOW,
        validity: Validity::new(None, None, NOW).expect("valid"),
        pstn_dial_out: false,
    }
}

fn participant(n: u128, role: Role) -> Participant {
    Participant {
        raw_id: RawId::External {
            resource: resource(1),
            user: ExternalUserId(Uuid::from_u128(n)),
        },
        role,
    }
}

fn withdrawn(participant: &Participant) -> InvitationChange {
    InvitationChange {
        raw_id: participant.raw_id.clone(),
        role: None,
    }
}

async fn store(folder: &tempfile::TempDir) -> Store {
    let store = Store::open(&folder.path().join("p.db"))
        .await
        .expect("open");
    for n in [1, 2] {
        let stored = StoredResource {
            id: resource(n),
            name: String::new(),
            primary_key: vec![],
            secondary_key: vec![],
            created_on: NOW,
        };
        // A reopened store has them already.
        let _ = store.insert_resource(&stored).await;
    }
    store
}

async fn people(store: &Store, id: RoomId) -> Vec<Participant> {
    let listed = store.list_room_participants(id, None, 100).await;
    listed
        .expect("list")
        .into_iter()
        .map(|placed| placed.item)
        .collect()
}

#[tokio::test]
async fn a_room_is_found_again_with_its_people_in_order() {
    let folder = tempfile::tempdir().expect("folder");
    let first = store(&folder).await;
    let invited = [
        participant(9, Role::Presenter),
        participant(2, Role::Consumer),
        participant(5, Role::Collaborator),
    ];
    let made = first.insert_room(&room(1), &invited, None).await;
    assert_eq!(made.expect("insert"), room(1));
    let taken = first.insert_room(&room(1), &[], None).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    first.close().await;

    let store = store(&folder).await;
    let loaded = store.load_room(room(1).id).await.expect("load");
    assert_eq!(loaded, Some(room(1)));
    assert_eq!(people(&store, room(1).id).await, invited);
    let page = store
        .list_room_participants(room(1).id, Some(1), 1)
        .await
        .expect("page");
    assert_eq!((&page[0].item, page[0].place), (&invited[1], 2));

    let mut change = store
        .change_room(resource(1), room(1).id)
        .await
        .expect("change")
        .expect("room");
    assert_eq!(change.participants().await.expect("people"), invited);
    change.room.pstn_dial_out = true;
    let attendee = InvitationChange {
        raw_id: invited[0].raw_id.clone(),
        role: Some(Role::Attendee),
    };
    for word in [&withdrawn(&invited[1]), &attendee] {
        change.save_invitation(word).await.expect("save");
    }
    assert!(change.commit().await.expect("commit").pstn_dial_out);
    let left = people(&store, room(1).id).await;
    assert_eq!(left, [participant(9, Role::Attendee), invited[2].clone()]);
    assert!(store.delete_identity(&invited[2].raw_id).await.is_ok());
    assert_eq!(people(&store, room(1).id).await.len(), 1, "erased");
}

#[tokio::test]
async fn another_resource_neither_changes_nor_lists_a_room() {
    let folder = tempfile::tempdir().expect("folder");
    let store = store(&folder).await;
    for n in 1..=5 {
        store
            .insert_room(&room(n), &[], None)
            .await
            .expect("insert");
    }
    let (ours, id) = (resource(1), room(3).id);
    let theirs = resource(2);
    assert!(store.change_room(theirs, id).await.expect("load").is_none());
    assert!(!store.delete_room(theirs, id).await.expect("delete"));
    assert_eq!(store.list_rooms(theirs, None, 9).await.expect("list"), []);
    let page = store.list_rooms(ours, None, 3).await.expect("list");
    let ids: Vec<_> = page.iter().map(|placed| placed.item.id).collect();
    assert_eq!(ids, [5, 4, 3].map(|n| room(n).id), "newest first");
    assert!(store.delete_room(ours, id).await.expect("delete"));
    assert!(store.load_room(id).await.expect("load").is_none());
    let rest = store.list_rooms(ours, Some(page[2].place), 9).await;
    assert_eq!(rest.expect("list").len(), 2);
}

#[tokio::test]
async fn a_repeated_creation_makes_one_room() {
    let folder = tempfile::tempdir().expect("folder");
    let store = store(&folder).await;
    let insert = async |n: u64, of: u128, request| {
        let room = Room {
            resource: resource(of),
            ..room(n)
        };
        store
            .insert_room(&room, &[], request)
            .await
            .expect("insert")
            .id
    };
    let first = insert(1, 1, Some("r")).await;
    assert_eq!(insert(2, 1, Some("r")).await, first, "repeated");
    assert_ne!(insert(3, 1, Some("s")).await, first);
    assert_ne!(insert(4, 2, Some("r")).await, first, "another resource");
    assert_ne!(insert(5, 1, None).await, first);
    store.delete_room(resource(1), first).await.expect("delete");
    assert_eq!(insert(6, 1, Some("r")).await, room(6).id);
}
