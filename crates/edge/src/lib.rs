//! Where bytes enter and leave: one folder per dialect, none of which imports another.
//! Handlers parse, call one use case, and shape its answer; no rule lives here.
pub mod rest;

use parvis_service::Services;
use std::sync::Arc;

/// The state of every handler.
#[derive(Clone)]
pub struct App {
    /// The use cases.
    pub services: Arc<Services>,
}
