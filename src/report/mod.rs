//! Events → terminal, logs; graph and results → artifacts.
