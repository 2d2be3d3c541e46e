//! Layer 3. From graph to dispatches.
