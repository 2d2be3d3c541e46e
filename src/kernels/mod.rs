//! Layer 2. Kernels.
