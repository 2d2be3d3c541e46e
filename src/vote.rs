//! Layer 5. The vote.
