//! Disk → [`Project`]: the project file, the profile, the packages, the settings, and every source text.

mod context;
mod environment;
mod files;
mod flags;
mod ignore;
mod invocation;
mod loading;
mod profile;
mod profiles_yml;
mod project;
mod project_yml;
mod value;
mod variables;
mod walk;

pub use context::{BaseContext, DBT_VERSION};
pub use environment::{scrub, secrets};
pub use files::{FileKind, ProjectFile};
pub use flags::{Flags, IndirectSelection, WarnErrorOptions};
pub use invocation::Invocation;
pub use loading::{project, settings};
pub use profile::{Profile, Target};
pub use project::{Package, PackageSettings, Project, QueryComment, Quoting};
