//! Parvis edge.
