//! Requests that the server itself sends to addresses somebody else named: webhooks. Which addresses may be reached is
//! decided here (`guard`), on the address that is connected to, not on one looked up before. Knows no dialect.
mod client;
mod guard;
mod network;

pub use client::{BODY_BYTES_MAX, Client, ClientError, Limits, Reply, Request};
pub use guard::{Allowed, Guard, Refused, Rules};
