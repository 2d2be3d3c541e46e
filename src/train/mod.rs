//! Layer 6. Training.
