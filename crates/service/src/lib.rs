//! Use cases: load -> decide -> save -> announce; jobs; the ports to the outside. Knows no HTTP, no SQL and no socket.
pub mod assignments;
pub mod automation;
pub mod calls;
pub mod context;
mod error;
pub mod exchange;
pub mod identities;
pub mod limits;
pub mod media;
pub mod meetings;
pub mod members;
pub mod notifications;
pub mod outbox;
pub mod policies;
mod rates;
pub mod resources;
mod revisions;
pub mod rooms;
pub mod sign_in;
pub mod signing;
pub mod threads;
pub mod tokens;
pub mod usage;
pub mod visitors;
pub mod webhooks;

pub use error::ServiceError;

use context::Context;
use std::sync::Arc;

/// All use cases of one node. Each feature adds its field here and is built in `Services::new`.
#[derive(Clone)]
pub struct Services {
    /// What every use case may reach.
    pub context: Context,
    /// Where calls are forwarded.
    pub media: Arc<dyn media::MediaPlane>,
    /// The server's signing key.
    pub signing: signing::Signing,
    /// Resources and their access keys.
    pub resources: resources::Resources,
    /// User tokens.
    pub tokens: tokens::Tokens,
    /// External identities.
    pub identities: identities::Identities,
    /// Organisations.
    pub organisations: members::Organisations,
    /// Members of organisations.
    pub members: members::Members,
    /// Sign-in of members.
    pub sign_in: sign_in::SignIn,
    /// Members' tokens for user tokens.
    pub exchange: exchange::Exchange,
    /// Who may use a resource without its key.
    pub assignments: assignments::Assignments,
    /// People not signed in on our own join page.
    pub visitors: visitors::Visitors,
    /// Chat.
    pub threads: threads::Threads,
    /// Live news of chat.
    pub notifications: notifications::Notifications,
    /// The meter.
    pub usage: usage::Usage,
    /// Policies of organisations.
    pub policies: policies::Policies,
    /// Meetings.
    pub meetings: meetings::Meetings,
    /// Rooms.
    pub rooms: rooms::Rooms,
    /// Live calls.
    pub calls: calls::Calls,
    /// Apps that steer calls.
    pub automation: automation::Automation,
}

impl Services {
    /// Builds the services of one node; `media` is where calls are forwarded. Takes up the calls that a crash left, and
    /// starts jobs: the data folder must be this process's alone.
    pub async fn new(
        context: Context,
        media: Arc<dyn media::MediaPlane>,
    ) -> Result<Self, ServiceError> {
        let services = Self::idle(context, media);
        services.signing.warm_later();
        tokio::spawn(services.threads.clone().keep_retention());
        tokio::spawn(services.identities.clone().keep_notes());
        let erasing = services.threads.clone();
        tokio::spawn(async move { erasing.finish_erasures().await });
        let watched = revisions::Watched {
            resources: services.resources.clone(),
            policies: services.policies.clone(),
            tokens: services.tokens.clone(),
        };
        tokio::spawn(revisions::follow(services.context.clone(), watched));
        services.threads.mend_windows().await?;
        services.calls.start().await?;
        services.automation.start().await?;
        Ok(services)
    }

    /// The services for a command beside a running server: no job runs and no call is touched.
    pub fn for_command(context: Context) -> Self {
        Self::idle(context, Arc::new(media::NoMedia))
    }

    fn idle(context: Context, media: Arc<dyn media::MediaPlane>) -> Self {
        let signing = signing::Signing::new(context.clone());
        let resources = resources::Resources::new(context.clone());
        let tokens = tokens::Tokens::new(context.clone(), signing.clone(), resources.clone());
        let rates = rates::Rates::new(context.limits.identity);
        let passwords = sign_in::passwords::Passwords::default();
        let sign_in = sign_in::SignIn::new(context.clone(), signing.clone(), passwords.clone());
        let policies = policies::Policies::new(context.clone());
        let notifications = notifications::Notifications::new(context.tokens_ended.subscribe());
        let threads = threads::Threads::new(
            context.clone(),
            policies.clone(),
            notifications.clone(),
            context.limits.chat,
        );
        let identities = identities::Identities::new(
            context.clone(),
            resources.clone(),
            tokens.clone(),
            rates.clone(),
            threads.clone(),
        );
        let meetings = meetings::Meetings::new(context.clone(), threads.clone(), policies.clone());
        let rooms = rooms::Rooms::new(context.clone(), rates.clone(), context.limits.rooms);
        let calls = calls::Calls::new(
            context.clone(),
            meetings.clone(),
            rooms.clone(),
            policies.clone(),
            threads.clone(),
            media.clone(),
        );
        let assignments = assignments::Assignments::new(
            context.clone(),
            resources.clone(),
            tokens.clone(),
            sign_in.clone(),
        );
        let outbox = outbox::Outbox::new(context.clone(), signing.clone());
        let automation = automation::Automation::new(
            context.clone(),
            calls.clone(),
            outbox,
            identities.clone(),
            resources.clone(),
        );
        Self {
            automation,
            calls,
            media,
            meetings,
            rooms,
            organisations: members::Organisations::new(context.clone()),
            members: members::Members::new(context.clone(), tokens.clone(), passwords),
            exchange: exchange::Exchange::new(
                context.clone(),
                sign_in.clone(),
                tokens.clone(),
                rates,
                assignments.clone(),
                identities.clone(),
            ),
            assignments,
            sign_in,
            visitors: visitors::Visitors::new(tokens.clone()),
            usage: usage::Usage::new(context.clone()),
            signing,
            resources,
            tokens,
            identities,
            threads,
            notifications,
            policies,
            context,
        }
    }

    /// Ends jobs and closes the store; called once, after the last request.
    pub async fn stop(&self) {
        // First: a call that stops without ending is no call that ended.
        self.automation.stop().await;
        self.calls.stop().await;
        self.identities.write_notes().await;
        self.context.store.close().await;
    }
}
