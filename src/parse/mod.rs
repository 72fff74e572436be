//! Text → typed, unresolved nodes: each file is read for itself; what names mean is `resolve`'s matter.

mod analysis;
mod docs;
mod function;
mod macros;
mod model;
mod parsed;
mod properties;
mod python;
mod seed;
mod settings;
mod singular_test;
mod snapshot;
mod template;

pub use docs::DocsBlock;
pub use macros::{BUILTIN_PACKAGE, Macros, engine_macros, parse as macros};
pub use model::parse as model;
pub use parsed::{Parsed, files, project};
pub use properties::{
    ColumnProperties, Described, Facts, MacroProperties, NodeProperties, PropertiesFile, Rules, Section,
    SourceProperties, TableProperties, TestDeclaration, VersionProperties, WrittenPlace,
};
pub use settings::{Setting, Settings};
pub use template::{Template, TemplateKind, seed_checksum, sha256};
