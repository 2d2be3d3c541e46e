//! Layer 1. The engine.
