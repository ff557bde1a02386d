//! The rules of Parvis, pure: a decision is a function of (state, command, now) -> (events | refusal).
//! Knows no clock, socket, database, randomness or wire format.
pub mod capability;
pub mod directory;
pub mod ids;
pub mod principal;
pub mod time;
