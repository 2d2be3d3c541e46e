//! Layer 6. Datasets.
