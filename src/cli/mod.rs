//! Layer 7. The program.
