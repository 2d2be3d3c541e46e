//! Layer 5. Songs in.
