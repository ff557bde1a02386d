//! Parvis sim.
