//! The sides of a split, by name.

/// A side of a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// For the weights.
    Training,
    /// For thresholds and the best epoch.
    Validation,
    /// For the numbers that are told.
    Test,
}

impl Side {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Training, Self::Validation, Self::Test];

    /// Its word in lists and messages.
    pub fn name(self) -> &'static str {
        ["training", "validation", "test"][self as usize]
    }

    /// The side of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.name().eq_ignore_ascii_case(name))
    }
}
