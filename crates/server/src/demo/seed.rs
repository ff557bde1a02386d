//! What a demo is seeded with. The ids and passwords are kept as one setting, everything else in its own tables.
use crate::running::{Failure, Node};
use parvis_domain::{
    ids::{MemberId, OrganisationId, ResourceId, ThreadId},
    time::Timestamp,
};
use parvis_service::{
    Services,
    assignments::{Assignment, PrincipalKind, Role},
    context::random_bytes,
    members::NewMember,
    sign_in::{
        NewClient,
        scopes::{BACK_END_SCOPES, CALLING_SCOPES, CLIENT_SCOPES, EXTENSION_SCOPE, GRAPH_SCOPES},
    },
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The setting that remembers a seeded demo.
const SETTING: &str = "demo";
/// The client id of the host page.
const HOST_CLIENT: &str = "parvis-host";
/// The public client for trying things.
const TRY_CLIENT: &str = "parvis-try";
/// The confidential client that stands for a builder's back end.
const BACK_END_CLIENT: &str = "parvis-back-end";
/// Where the public client's answers go; any loopback port is accepted.
const TRY_REDIRECT: &str = "http://localhost:3000/redirect";
/// The name of the calling audience that the demo's client asks for.
const AUDIENCE: &str = "api://parvis";
/// Names of the demo's members and their sign-in names.
const MEMBERS: [(&str, &str); 3] = [
    ("Dr. Amina Okafor", "amina@clinic.example"),
    ("Jonas Berg", "jonas@clinic.example"),
    ("Mei Tanaka", "mei@clinic.example"),
];

/// What the contract file tells.
pub(super) struct Seeded {
    pub(super) resource: ResourceId,
    pub(super) access_key: String,
    pub(super) organisation: OrganisationId,
    pub(super) client_id: &'static str,
    pub(super) back_end_client_id: &'static str,
    pub(super) client_secret: String,
    pub(super) audience: &'static str,
    pub(super) redirect_uri: &'static str,
    pub(super) members: Vec<SeededMember>,
    pub(super) meetings: Vec<SeededMeeting>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SeededMember {
    pub(super) oid: MemberId,
    pub(super) upn: String,
    pub(super) display_name: String,
    pub(super) password: String,
}

pub(super) struct SeededMeeting {
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) join_web_url: String,
    pub(super) join_meeting_id: String,
    pub(super) passcode: Option<String>,
    pub(super) thread_id: String,
}

/// What is remembered between starts.
#[derive(Serialize, Deserialize)]
struct Remembered {
    resource: ResourceId,
    organisation: OrganisationId,
    members: Vec<SeededMember>,
    threads: Vec<String>,
    /// Of the demo's back end.
    #[serde(default = "random_secret")]
    client_secret: String,
}

/// The demo of this data folder, made at its first start.
pub(super) async fn load_or_make(node: &Node) -> Result<Seeded, Failure> {
    let services = &*node.services;
    let remembered = match services.context.store.load_setting(SETTING).await? {
        Some(value) => serde_json::from_slice(&value)?,
        None => {
            let made = make(services).await?;
            services
                .context
                .store
                .keep_setting(SETTING, &serde_json::to_vec(&made)?)
                .await?;
            made
        }
    };
    register_clients(services, &remembered).await?;
    assign(services, &remembered).await?;
    read_back(services, remembered).await
}

async fn make(services: &Services) -> Result<Remembered, Failure> {
    let resource = services.resources.create("demo").await?;
    let organisation = services.organisations.create("Example Clinic").await?;
    let members = make_members(services, organisation.id).await?;
    let threads = make_meetings(services, members[0].oid, services.context.now()).await?;
    Ok(Remembered {
        resource: resource.id,
        organisation: organisation.id,
        members,
        threads,
        client_secret: random_secret(),
    })
}

/// All at once: hashing a password is most of a first start.
async fn make_members(
    services: &Services,
    organisation: OrganisationId,
) -> Result<Vec<SeededMember>, Failure> {
    let [first, second, third] =
        MEMBERS.map(|(display_name, upn)| make_member(services, organisation, display_name, upn));
    let (first, second, third) = tokio::try_join!(first, second, third)?;
    Ok(vec![first, second, third])
}

async fn make_member(
    services: &Services,
    organisation: OrganisationId,
    display_name: &str,
    upn: &str,
) -> Result<SeededMember, Failure> {
    let password: String = random_bytes::<9>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let new = NewMember {
        upn: upn.to_owned(),
        display_name: display_name.to_owned(),
        password: password.clone(),
        licences: vec!["TEAMS1".to_owned()],
    };
    let member = services.members.create(organisation, new).await?;
    Ok(SeededMember {
        oid: member.oid,
        upn: upn.to_owned(),
        display_name: display_name.to_owned(),
        password,
    })
}

/// One that is open now, one tomorrow.
async fn make_meetings(
    services: &Services,
    organiser: MemberId,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let minutes = |count: u64| Duration::from_secs(count * 60);
    let plans = [
        (
            "Consultation",
            now.minus(minutes(5)),
            now.plus(minutes(8 * 60)),
        ),
        (
            "Follow-up",
            now.plus(minutes(24 * 60)),
            now.plus(minutes(24 * 60 + 30)),
        ),
    ];
    let mut threads = Vec::new();
    for (subject, starts_on, ends_on) in plans {
        let record = services
            .meetings
            .create(organiser, |draft| {
                draft.subject = Some(subject.to_owned());
                draft.starts_on = Some(starts_on);
                draft.ends_on = Some(ends_on);
                Ok(())
            })
            .await?;
        threads.push(record.meeting.thread.to_string());
    }
    Ok(threads)
}

fn random_secret() -> String {
    random_bytes::<24>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Clients are registered at every start: the host page's address may have changed.
async fn register_clients(services: &Services, remembered: &Remembered) -> Result<(), Failure> {
    let names = |scopes: &[&str]| {
        scopes
            .iter()
            .map(|&scope| scope.to_owned())
            .collect::<Vec<_>>()
    };
    let host = NewClient {
        client_id: HOST_CLIENT.to_owned(),
        name: "Parvis".to_owned(),
        organisation: None,
        redirect_uris: vec![format!("{}/host/", services.context.origin_text())],
        permissions: names(&GRAPH_SCOPES),
        pre_consented: true,
        secret: None,
    };
    let everything = [
        names(&GRAPH_SCOPES),
        names(&CALLING_SCOPES),
        names(&CLIENT_SCOPES),
        names(&BACK_END_SCOPES),
        names(&[EXTENSION_SCOPE]),
    ]
    .concat();
    let trying = NewClient {
        client_id: TRY_CLIENT.to_owned(),
        name: "Parvis demo client".to_owned(),
        // The second is what native clients of the official sign-in libraries listen on.
        redirect_uris: vec![TRY_REDIRECT.to_owned(), "http://localhost".to_owned()],
        permissions: everything,
        ..host.clone()
    };
    let back_end = NewClient {
        client_id: BACK_END_CLIENT.to_owned(),
        name: "Parvis demo back end".to_owned(),
        organisation: Some(remembered.organisation),
        redirect_uris: Vec::new(),
        permissions: Vec::new(),
        secret: Some(remembered.client_secret.clone()),
        ..host.clone()
    };
    services.sign_in.register_client(back_end).await?;
    services.sign_in.register_client(host).await?;
    services.sign_in.register_client(trying).await?;
    Ok(())
}

/// The demo's back end acts for the resource, and the first member may use it as client and as extension. The others may
/// not: somebody has to be refused.
async fn assign(services: &Services, remembered: &Remembered) -> Result<(), Failure> {
    let member = remembered.members[0].oid.to_string();
    let wanted = [
        (Role::BackEnd, BACK_END_CLIENT, PrincipalKind::Application),
        (Role::Clients, &member, PrincipalKind::User),
        (Role::Extension, &member, PrincipalKind::User),
    ];
    for (role, principal, kind) in wanted {
        let assignment = Assignment {
            role,
            organisation: remembered.organisation,
            principal: principal.to_owned(),
            kind,
            resource: remembered.resource,
            client_ids: Vec::new(),
        };
        services.assignments.assign(&assignment).await?;
    }
    Ok(())
}

async fn read_back(services: &Services, remembered: Remembered) -> Result<Seeded, Failure> {
    let resource = services
        .resources
        .load(remembered.resource)
        .await?
        .ok_or("the demo's resource is gone")?;
    let mut meetings = Vec::new();
    for thread in &remembered.threads {
        let Some(thread) = ThreadId::parse(thread) else {
            continue;
        };
        // A meeting may have been deleted by its organiser since.
        let Some(record) = services.meetings.load(&thread).await? else {
            continue;
        };
        meetings.push(SeededMeeting {
            id: parvis_edge::rest::graph::meeting_id(&record.meeting),
            subject: record.meeting.subject.clone().unwrap_or_default(),
            join_web_url: services.meetings.join_link(&record),
            join_meeting_id: record.meeting.number.as_str().to_owned(),
            passcode: record
                .meeting
                .passcode
                .as_ref()
                .map(|passcode| passcode.as_str().to_owned()),
            thread_id: thread.to_string(),
        });
    }
    Ok(Seeded {
        resource: resource.id,
        access_key: resource.primary_key.base64().to_string(),
        organisation: remembered.organisation,
        client_id: TRY_CLIENT,
        back_end_client_id: BACK_END_CLIENT,
        client_secret: remembered.client_secret,
        audience: AUDIENCE,
        redirect_uri: TRY_REDIRECT,
        members: remembered.members,
        meetings,
    })
}
