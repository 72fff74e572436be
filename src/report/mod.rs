//! Events → terminal and logs; graph and results → artifacts.
//!
//! A [`Reporter`] is the sink of a whole call: it passes each event to the console (text, live progress or JSON lines)
//! and to the log file, keeps secrets out of both, and turns warnings into errors where that is asked for.

pub mod artifacts;
mod deprecations;
mod description;
mod line;
mod log_file;
pub mod notifications;
mod progress;
mod record;
mod reporter;
mod summary;
mod table;
mod tally;
mod tee;
mod text;
mod warnings;

pub use reporter::{Reporter, Voice};
pub use tee::Tee;
pub use warnings::check_names;
