//! Use cases: load -> decide -> save -> announce; jobs; the ports to the outside. Knows no HTTP, no SQL and no socket.
pub mod context;
mod error;
pub mod media;
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
}

impl Services {
    /// Builds the services of one node; `media` is where calls are forwarded. Loads keys and starts jobs.
    pub async fn new(
        context: Context,
        media: Arc<dyn media::MediaPlane>,
    ) -> Result<Self, ServiceError> {
        let _ = &media;
        Ok(Self {
            threads: threads::Threads::new(context.clone()),
            usage: usage::Usage::new(context.clone()),
            context,
        })
    }

    /// Ends jobs and closes the store; called once, after the last request.
    pub async fn stop(&self) {
        self.context.store.close().await;
    }
}
