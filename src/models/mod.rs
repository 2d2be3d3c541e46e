//! Layer 5. Networks.
