//! Layer 4. Networks' parts.
