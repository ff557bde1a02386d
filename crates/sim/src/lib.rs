//! A test bench without a network: a virtual clock and seeded, lossy links. Generic: what travels is anything with a
//! size. Nothing here sleeps, and the same seed gives the same run.
mod clock;
mod link;
mod random;

pub use clock::Clock;
pub use link::{Link, LinkConfig};
pub use random::Random;
