//! The `tunevote` program.
fn main() {}
