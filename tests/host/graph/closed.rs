//! The interpreter itself, on what can be worked out by hand.
