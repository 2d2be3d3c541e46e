//! Layer 2. Operations as data.
