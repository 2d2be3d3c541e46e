//! Layer 4. Front ends.
