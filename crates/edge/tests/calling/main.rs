//! The calling protocol on real sockets, against real services on a real store; only media is a recording double.
//! `docs/spec/calling-protocol.md` has the rules that the tags name.
#![allow(unreachable_pub, reason = "a test program has no public surface")]
mod client;
mod conduct;
mod control;
mod lobby;
mod openings;
mod resume;
mod ring;
mod rooms;
mod stage;
mod world;
