//! Layer 6. Measures.
