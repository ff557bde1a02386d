//! Parvis signalling.
