//! Codes and refresh tokens are used once; whoever presents one again ends the whole grant.
use super::*;
use parvis_domain::directory::{Member, Organisation, Upn};

const NOW: Timestamp = Timestamp(1_000);
const LATER: Timestamp = Timestamp(100_000);

async fn stage() -> (tempfile::TempDir, Store, StoredGrant) {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&folder.path().join("p.db"))
        .await
        .expect("open");
    let organisation = Organisation {
        id: "1b5cc06b-f352-4571-b1e6-d9b259b7c777".parse().expect("id"),
        name: "Clinic".to_owned(),
    };
    store
        .insert_organisation(&organisation, NOW)
        .await
        .expect("organisation");
    let member = Member {
        oid: "1b5cc06b-f352-4571-b1e6-d9b259b7c776".parse().expect("id"),
        organisation: organisation.id,
        upn: Upn::parse("ada@example.org").expect("upn"),
        display_name: "Ada".to_owned(),
        enabled: true,
        licences: vec![],
    };
    store
        .insert_member(&member, "hash", NOW)
        .await
        .expect("member");
    let client = StoredClient {
        client_id: "app".to_owned(),
        name: "App".to_owned(),
        organisation: Some(organisation.id),
        secret_hash: Some([7; 32]),
        redirect_uris: vec!["https://app.example/cb".to_owned()],
        permissions: vec!["User.Read".to_owned(), "Chat.Read".to_owned()],
        pre_consented: false,
    };
    store.save_oauth_client(&client, NOW).await.expect("client");
    assert_eq!(
        store.load_oauth_client("app").await.expect("load"),
        Some(client)
    );
    let grant = StoredGrant {
        id: "1b5cc06b-f352-4571-b1e6-d9b259b7c778".parse().expect("id"),
        client_id: "app".to_owned(),
        oid: member.oid,
        scopes: "openid User.Read".to_owned(),
    };
    let code = StoredCode {
        redirect_uri: "https://app.example/cb".to_owned(),
        challenge: "c".to_owned(),
        nonce: None,
        expires_on: Timestamp(2_000),
    };
    store
        .insert_grant(&grant, &[1; 32], &code, NOW)
        .await
        .expect("grant");
    (folder, store, grant)
}

#[tokio::test]
async fn a_code_is_used_once_and_its_replay_ends_the_grant() {
    let (_folder, store, grant) = stage().await;
    assert_eq!(
        store.take_code(&[9; 32], NOW).await.expect("take"),
        Presented::Unknown
    );
    let Presented::Fresh((found, code)) = store.take_code(&[1; 32], NOW).await.expect("take")
    else {
        panic!("fresh");
    };
    assert_eq!((found, code.challenge.as_str()), (grant.clone(), "c"));
    store
        .insert_refresh(grant.id, &[2; 32], LATER)
        .await
        .expect("refresh");
    assert!(store.is_grant_open(grant.id).await.expect("open"));
    assert_eq!(
        store.take_code(&[1; 32], NOW).await.expect("take"),
        Presented::Replayed
    );
    assert!(!store.is_grant_open(grant.id).await.expect("open"));
    let rotated = store.rotate_refresh(&[2; 32], &[3; 32], LATER, NOW).await;
    assert_eq!(rotated.expect("rotate"), Presented::Unknown);
}

#[tokio::test]
async fn an_expired_code_is_unknown() {
    let (_folder, store, _) = stage().await;
    let taken = store.take_code(&[1; 32], Timestamp(2_000)).await;
    assert_eq!(taken.expect("take"), Presented::Unknown);
}

#[tokio::test]
async fn a_refresh_token_is_used_once_and_its_reuse_ends_the_family() {
    let (_folder, store, grant) = stage().await;
    store
        .insert_refresh(grant.id, &[2; 32], LATER)
        .await
        .expect("refresh");
    let rotate = |from: u8, to: u8, now| {
        let store = store.clone();
        async move {
            store
                .rotate_refresh(&[from; 32], &[to; 32], LATER, now)
                .await
                .expect("rotate")
        }
    };
    assert_eq!(rotate(2, 3, NOW).await, Presented::Fresh(grant.clone()));
    assert_eq!(rotate(3, 4, NOW).await, Presented::Fresh(grant.clone()));
    assert_eq!(rotate(4, 5, LATER).await, Presented::Unknown, "expired");
    assert_eq!(rotate(2, 6, NOW).await, Presented::Replayed);
    assert_eq!(
        rotate(4, 5, NOW).await,
        Presented::Unknown,
        "the newest ended too"
    );
}

#[tokio::test]
async fn sessions_end_with_their_time_and_with_the_members_tokens() {
    let (_folder, store, grant) = stage().await;
    let find = |now| {
        let store = store.clone();
        async move {
            store
                .load_sign_in_session(&[5; 32], now)
                .await
                .expect("load")
        }
    };
    store
        .insert_sign_in_session(&[5; 32], grant.oid, NOW, LATER)
        .await
        .expect("insert");
    assert_eq!(find(NOW).await, Some(grant.oid));
    assert_eq!(find(LATER).await, None);
    store
        .advance_member_epoch(grant.oid, NOW)
        .await
        .expect("advance");
    assert_eq!(find(NOW).await, None);
    assert!(!store.is_grant_open(grant.id).await.expect("open"));
}

#[tokio::test]
async fn consents_are_kept_and_old_grants_are_purged() {
    let (_folder, store, grant) = stage().await;
    assert!(
        store
            .load_consent("app", grant.oid)
            .await
            .expect("load")
            .is_empty()
    );
    let scopes = vec!["User.Read".to_owned(), "Chat.Read".to_owned()];
    store
        .save_consent("app", grant.oid, &scopes)
        .await
        .expect("save");
    assert_eq!(
        store.load_consent("app", grant.oid).await.expect("load"),
        scopes
    );
    store.purge_sign_ins(NOW, NOW).await.expect("purge");
    assert!(
        store.is_grant_open(grant.id).await.expect("open"),
        "not yet old"
    );
    store
        .purge_sign_ins(Timestamp(1_001), NOW)
        .await
        .expect("purge");
    assert!(!store.is_grant_open(grant.id).await.expect("open"));
    assert_eq!(
        store.take_code(&[1; 32], NOW).await.expect("take"),
        Presented::Unknown
    );
}
