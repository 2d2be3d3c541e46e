//! Layer 6. Procedural songs.
