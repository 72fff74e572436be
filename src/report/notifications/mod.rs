//! Telling people who do not watch: that a run has failed, and that it is well again.
//!
//! A receiver that cannot be told is warned about; nothing that happens here changes how a call ends.

mod account;
mod delivery;
mod email;
mod memory;
mod message;
mod webhook;

pub use account::Account;
pub use delivery::{Call, tell};
