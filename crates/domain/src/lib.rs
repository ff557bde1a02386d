//! Parvis domain.
