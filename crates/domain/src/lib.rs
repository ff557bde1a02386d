//! The rules of Parvis, pure: a decision is a function of (state, command, now) -> (events | refusal).
//! Knows no clock, socket, database, randomness or wire format.
pub mod admission;
pub mod assignment;
pub mod automation;
pub mod call;
pub mod capability;
pub mod directory;
pub mod ids;
pub mod label;
pub mod link;
pub mod meeting;
pub mod meter;
pub mod policy;
pub mod principal;
pub mod room;
pub mod roster;
pub mod thread;
pub mod time;
