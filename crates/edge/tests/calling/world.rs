//! A node with one organisation, its meeting and one resource, on loopback; media is recorded, not forwarded.
use crate::client::Client;
use async_trait::async_trait;
use parvis_domain::{
    call::Timings,
    directory::{Licence, Member, Organisation, Upn},
    ids::{MemberId, OrganisationId, RawId, ResourceId},
    meeting::{Invitee, InviteeRole, MeetingOptions},
    policy::OrganisationPolicy,
    principal::{ClientKind, Scope},
    time::Timestamp,
};
use parvis_edge::{
    App,
    ws::{self, WsLimits},
};
use parvis_service::{
    Services,
    context::Context,
    media::{
        Gate, MediaCallId, MediaCommand, MediaError, MediaEvent, MediaPlane, PeerId, SlotMap,
        Speakers,
    },
    meetings::MeetingRecord,
    tokens::NewToken,
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinHandle,
};
use uuid::Uuid;

pub const OURS: OrganisationId = OrganisationId(Uuid::from_u128(1));
/// The organiser.
pub const ADA: MemberId = MemberId(Uuid::from_u128(11));
/// Another member.
pub const BO: MemberId = MemberId(Uuid::from_u128(12));

/// Records what a call asks of media, and lets tests play the worker.
#[derive(Default)]
pub struct RecordingMedia {
    events: Mutex<HashMap<MediaCallId, mpsc::Sender<MediaEvent>>>,
    gates: Mutex<HashMap<PeerId, Gate>>,
    removed: Mutex<Vec<PeerId>>,
    closed: Mutex<Vec<MediaCallId>>,
    /// Offers make a transport and are never answered.
    pub stalls: AtomicBool,
    /// The next gate brings down the task of its call.
    pub panics: AtomicBool,
    /// Every command is refused: the worker's queue is full.
    pub is_full: AtomicBool,
}

#[async_trait]
impl MediaPlane for RecordingMedia {
    fn open_call(
        &self,
        call: MediaCallId,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<(), MediaError> {
        self.events.lock().expect("lock").insert(call, events);
        Ok(())
    }

    async fn offer(
        &self,
        call: MediaCallId,
        peer: PeerId,
        sdp: String,
    ) -> Result<String, MediaError> {
        if !sdp.starts_with("v=0") {
            return Err(MediaError::BadOffer("no session description".to_owned()));
        }
        self.gates
            .lock()
            .expect("lock")
            .insert(peer, Gate::default());
        if self.stalls.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let events = self.events.lock().expect("lock").get(&call).cloned();
        let events = events.ok_or(MediaError::Unknown)?;
        let _ = events.try_send(MediaEvent::Connected(peer));
        Ok("v=0 answer".to_owned())
    }

    fn command(&self, call: MediaCallId, command: MediaCommand) -> Result<(), MediaError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(MediaError::Overloaded);
        }
        match command {
            MediaCommand::SetGate(..) if self.panics.swap(false, Ordering::Relaxed) => {
                panic!("the media double was told to")
            }
            MediaCommand::SetGate(peer, gate) => {
                self.gates.lock().expect("lock").insert(peer, gate);
            }
            MediaCommand::SetWants(peer, wants) => {
                // The double shows the first wish in the first slot.
                let video = wants
                    .first()
                    .map(|want| ("4".to_owned(), want.peer, want.stream));
                let map = SlotMap {
                    version: 1,
                    video: video.into_iter().collect(),
                    audio: vec![],
                };
                self.send(call, MediaEvent::Slots(peer, map));
            }
            MediaCommand::RemovePeer(peer) => {
                self.gates.lock().expect("lock").remove(&peer);
                self.removed.lock().expect("lock").push(peer);
            }
            MediaCommand::CloseCall => self.closed.lock().expect("lock").push(call),
        }
        Ok(())
    }
}

impl RecordingMedia {
    fn send(&self, call: MediaCallId, event: MediaEvent) {
        if let Some(events) = self.events.lock().expect("lock").get(&call) {
            let _ = events.try_send(event);
        }
    }

    /// What the leg's media may do now; `None` without a transport.
    pub fn gate(&self, leg: &str) -> Option<Gate> {
        self.gates.lock().expect("lock").get(&peer(leg)).copied()
    }

    /// Waits until the gate is as asked.
    pub async fn until_gate(&self, leg: &str, what: impl Fn(Gate) -> bool) {
        for _ in 0..500 {
            if self.gate(leg).is_some_and(&what) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the gate never came: {:?}", self.gate(leg));
    }

    pub fn was_removed(&self, leg: &str) -> bool {
        self.removed.lock().expect("lock").contains(&peer(leg))
    }

    pub fn closed_calls(&self) -> usize {
        self.closed.lock().expect("lock").len()
    }

    /// The worker of every call is gone: it hears nothing and says nothing any more.
    pub fn lose_workers(&self) {
        self.events.lock().expect("lock").clear();
    }

    /// Tells every call that these legs speak.
    pub fn speak(&self, legs: &[&str]) {
        let peers: Vec<_> = legs.iter().map(|leg| peer(leg)).collect();
        let speakers = Speakers {
            dominant: peers.clone(),
            speaking: peers,
        };
        for events in self.events.lock().expect("lock").values() {
            let _ = events.try_send(MediaEvent::Speakers(speakers.clone()));
        }
    }
}

fn peer(leg: &str) -> PeerId {
    PeerId(Uuid::parse_str(leg).expect("leg id").as_u128())
}

/// One node. Dropping it drops the folder; `restart` keeps it.
pub struct World {
    folder: Arc<tempfile::TempDir>,
    timings: Timings,
    limits: WsLimits,
    pub services: Arc<Services>,
    pub media: Arc<RecordingMedia>,
    pub resource: ResourceId,
    pub meeting: MeetingRecord,
    pub address: SocketAddr,
    shutdown: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Timings::default(), WsLimits::default()).await
    }

    pub async fn with(timings: Timings, limits: WsLimits) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("folder"));
        let (services, media) = services(&folder, timings).await;
        let store = &services.context.store;
        let organisation = Organisation {
            id: OURS,
            name: "Clinic".to_owned(),
        };
        let start = Timestamp(1);
        store
            .insert_organisation(&organisation, start)
            .await
            .expect("organisation");
        for (oid, upn, name) in [
            (ADA, "ada@clinic.example", "Ada Lovelace"),
            (BO, "bo@clinic.example", "Bo Diddley"),
        ] {
            let member = Member {
                oid,
                organisation: OURS,
                upn: Upn::parse(upn).expect("upn"),
                display_name: name.to_owned(),
                enabled: true,
                licences: vec![Licence::parse("TEAMS1").expect("plan")],
            };
            store
                .insert_member(&member, "hash", start)
                .await
                .expect("member");
        }
        let resource = services
            .resources
            .create("clinic app")
            .await
            .expect("resource")
            .id;
        let invitee = Invitee {
            member: Some(BO),
            upn: None,
            role: InviteeRole::Presenter,
        };
        let meeting = services
            .meetings
            .create(ADA, |draft| {
                draft.subject = Some("Visit".to_owned());
                draft.invitees = vec![invitee.clone()];
                Ok(())
            })
            .await
            .expect("meeting");
        let (address, shutdown, server) = serve(services.clone(), limits).await;
        Self {
            folder,
            timings,
            limits,
            services,
            media,
            resource,
            meeting,
            address,
            shutdown,
            server,
        }
    }

    /// Ends the process as `kill -9` would: nothing is told to anybody, nothing more is saved.
    pub async fn crash_and_restart(&mut self) {
        self.server.abort();
        self.services.calls.halt().await;
        self.services.context.store.close().await;
        let (services, media) = services(&self.folder, self.timings).await;
        let (address, shutdown, server) = serve(services.clone(), self.limits).await;
        (self.services, self.media) = (services, media);
        (self.address, self.shutdown, self.server) = (address, shutdown, server);
    }

    /// Asks the process to stop, as an operator does.
    pub fn begin_shutdown(&self) {
        self.shutdown.send_replace(true);
    }

    pub async fn change_options(&self, edit: impl Fn(&mut MeetingOptions)) {
        let thread = &self.meeting.meeting.thread;
        let change = self.services.meetings.change(ADA, thread, |draft| {
            edit(&mut draft.options);
            Ok(())
        });
        change.await.expect("change");
    }

    pub async fn change_policy(&self, edit: impl FnOnce(&mut OrganisationPolicy)) {
        let mut policy = (*self.services.policies.load(OURS).await.expect("policy")).clone();
        edit(&mut policy);
        self.services
            .policies
            .save(OURS, policy, "operator")
            .await
            .expect("save");
    }

    /// The meeting's link.
    pub fn link(&self) -> String {
        self.services.meetings.join_link(&self.meeting)
    }

    /// A new external user.
    pub async fn identity(&self) -> RawId {
        self.services
            .identities
            .create(self.resource)
            .await
            .expect("identity")
    }

    pub async fn token(&self, raw_id: &RawId, client: ClientKind, life: Duration) -> String {
        let scopes = [Scope::Chat, Scope::Voip];
        self.token_of(raw_id, client, life, &scopes).await
    }

    pub async fn token_of(
        &self,
        raw_id: &RawId,
        client: ClientKind,
        life: Duration,
        scopes: &[Scope],
    ) -> String {
        let is_member = matches!(raw_id, RawId::Member(_));
        let new = NewToken {
            raw_id: raw_id.clone(),
            client,
            resource: (!matches!(client, ClientKind::Host | ClientKind::Visitor))
                .then_some(self.resource),
            organisation: is_member.then_some(OURS),
            scopes: scopes.to_vec(),
            life,
        };
        self.services.tokens.issue(new).await.expect("token").token
    }

    /// A connected session of this identity.
    pub async fn session(&self, raw_id: &RawId, client: ClientKind) -> Client {
        let token = self.token(raw_id, client, HOUR).await;
        Client::hello(self.address, &token).await
    }

    /// H: the organiser, on the host page, in the call with media.
    pub async fn organiser(&self) -> Client {
        let mut ada = self.session(&RawId::Member(ADA), ClientKind::Host).await;
        let joined = ada.join(&self.link(), None).await;
        assert_eq!(joined["state"], "connected");
        ada.expect("roster").await;
        ada.expect("lobby").await;
        ada.offer().await;
        ada
    }

    /// E: a new external user, waiting in the lobby.
    pub async fn guest(&self, name: &str) -> Client {
        let raw_id = self.identity().await;
        self.guest_of(&raw_id, name).await
    }

    pub async fn guest_of(&self, raw_id: &RawId, name: &str) -> Client {
        let mut guest = self.session(raw_id, ClientKind::External).await;
        let joined = guest.join(&self.link(), Some(name)).await;
        assert_eq!(joined["state"], "lobby");
        guest.offer().await;
        guest
    }

    /// The organiser and an admitted guest; everything about the admission is read off.
    pub async fn met(&self) -> (Client, Client) {
        let mut ada = self.organiser().await;
        let guest = self.guest("Ana").await;
        let guest = self.admit(&mut ada, guest).await;
        (ada, guest)
    }

    pub async fn admit(&self, ada: &mut Client, mut guest: Client) -> Client {
        ada.expect("lobby").await;
        let admit = serde_json::json!({"type": "admit", "participants": [guest.participant]});
        let tally = ada.ask(admit).await;
        assert_eq!(tally["successCount"], 1);
        ada.expect("roster").await;
        ada.expect("lobby").await;
        guest.expect("admitted").await;
        guest.expect("roster").await;
        guest
    }
}

pub const HOUR: Duration = Duration::from_secs(3_600);

async fn services(
    folder: &tempfile::TempDir,
    timings: Timings,
) -> (Arc<Services>, Arc<RecordingMedia>) {
    let origin = url::Url::parse("https://localhost:8443/").expect("origin");
    let file = folder.path().join("p.db");
    let mut context = Context::open(&file, origin).await.expect("context");
    context.call_timings = timings;
    let media = Arc::new(RecordingMedia::default());
    let services = Services::new(context, media.clone())
        .await
        .expect("services");
    (Arc::new(services), media)
}

async fn serve(
    services: Arc<Services>,
    limits: WsLimits,
) -> (SocketAddr, watch::Sender<bool>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let (shutdown, stopped) = watch::channel(false);
    let app = App::new(services, stopped);
    let router = ws::router_with(limits).with_state(app);
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move {
        axum::serve(listener, router).await.expect("serve");
    });
    (address, shutdown, server)
}
