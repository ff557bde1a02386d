//! Parvis store.
