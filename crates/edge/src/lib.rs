//! Where bytes enter and leave: one folder per dialect, none of which imports another.
//! Handlers parse, call one use case, and shape its answer; no rule lives here.
pub mod auth;
pub mod listen;
pub mod ops;
pub mod out;
pub mod rest;
pub mod udp;
pub mod ws;

use parvis_service::Services;
use std::sync::Arc;
use tokio::sync::watch;

/// The state of every handler.
#[derive(Clone)]
pub struct App {
    /// The use cases.
    pub services: Arc<Services>,
    /// Turns true when the process is asked to stop: open sockets say goodbye and close.
    pub shutdown: watch::Receiver<bool>,
    /// The sample app and its back end, in demo mode only.
    pub visit: Option<rest::pages::VisitDemo>,
}

impl App {
    /// The state of a node's handlers.
    pub fn new(services: Arc<Services>, shutdown: watch::Receiver<bool>) -> Self {
        Self {
            services,
            shutdown,
            visit: None,
        }
    }
}
