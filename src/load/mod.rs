//! Disk → [`Project`]: the project file, the profile, the packages, the settings, and every source text.

mod catalogs;
mod clean;
mod context;
mod environment;
mod files;
mod flags;
mod ignore;
mod init;
mod invocation;
mod loading;
mod notifications;
mod outline;
mod outputs;
pub mod packages;
mod profile;
mod profiles_yml;
mod project;
mod project_yml;
#[cfg(test)]
mod trial;
mod variables;
mod version;
mod walk;

pub use clean::clean;
pub use context::{BaseContext, DBT_VERSION, PASSING, target};
pub use environment::{custom_variables, scrub, secrets, without_secrets};
pub use files::{FileKind, ProjectFile};
pub use flags::{Flags, IndirectSelection, WarnErrorOptions};
pub use init::{Ask, Init, init};
pub use invocation::Invocation;
#[cfg(test)]
pub use loading::project;
pub use loading::{KnownNotifications, RootProject, check_project, notifications, outline, profile, root_project};
pub use notifications::{Channel, Encryption, Mail, Notifications, Receiver};
pub use outline::{FoundFile, Outline};
pub use outputs::{Output, Outputs};
pub use profile::{Profile, Target};
pub use profiles_yml::search_path as profiles_path;
pub use project::{Package, PackageSettings, Project, QueryComment, Quoting};
pub use variables::{CallVariables, Variables};
