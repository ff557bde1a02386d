//! Use cases: load -> decide -> save -> announce; jobs; the ports to the outside. Knows no HTTP, no SQL and no socket.
pub mod context;
mod error;
pub mod media;
pub mod meetings;
pub mod policies;
pub mod threads;
pub mod usage;

pub use error::ServiceError;

use context::Context;
use std::sync::Arc;

/// All use cases of one node. Each feature adds its field here and is built in `Services::new`.
#[derive(Clone)]
pub struct Services {
    /// What every use case may reach.
    pub context: Context,
    /// Chat.
    pub threads: threads::Threads,
    /// The meter.
    pub usage: usage::Usage,
    /// Policies of organisations.
    pub policies: policies::Policies,
    /// Meetings.
    pub meetings: meetings::Meetings,
}

impl Services {
    /// Builds the services of one node; `media` is where calls are forwarded. Loads keys and starts jobs.
    pub async fn new(
        context: Context,
        media: Arc<dyn media::MediaPlane>,
    ) -> Result<Self, ServiceError> {
        let _ = &media;
        let threads = threads::Threads::new(context.clone());
        let policies = policies::Policies::new(context.clone());
        Ok(Self {
            usage: usage::Usage::new(context.clone()),
            meetings: meetings::Meetings::new(context.clone(), threads.clone(), policies.clone()),
            threads,
            policies,
            context,
        })
    }

    /// Ends jobs and closes the store; called once, after the last request.
    pub async fn stop(&self) {
        self.context.store.close().await;
    }
}
