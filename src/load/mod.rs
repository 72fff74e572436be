//! Disk → [`Project`]: the project file, the profile, the packages, the settings, and every source text.

mod files;
mod flags;
mod invocation;
mod profile;
mod project;

pub use files::{FileKind, ProjectFile};
pub use flags::{Flags, IndirectSelection, WarnErrorOptions};
pub use invocation::Invocation;
pub use profile::{Profile, Target};
pub use project::{Package, PackageSettings, Project, QueryComment, Quoting};
