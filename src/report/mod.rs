//! Layer 7. Tables and pictures.
