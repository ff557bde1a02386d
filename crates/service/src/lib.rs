//! Use cases: load -> decide -> save -> announce; jobs; the ports to the outside.
pub mod media;
