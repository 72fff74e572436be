//! The project's own settings, which packages find at `adapter.config` and `ref.config`.

use crate::compile::rendering::Rendering;
use crate::compile::values::Record;
use crate::jinja::{Dict, Value, from_json};
use crate::load::Package;
use serde_json::Value as Json;

/// The settings of the root project, and those of its packages in `dependencies`.
pub fn value(rendering: &Rendering) -> Value {
    let graph = rendering.compiler.graph();
    let (project, invocation) = (&graph.project, &graph.invocation);
    let text = |text: &str| Value::from(text);
    let target = rendering.session.backend().names(rendering.package()).get("target").cloned().unwrap_or_default();
    let dependencies = project.packages.values().map(|package| (text(&package.name), of_package(package)));
    let root = project.root();
    Record::value([
        ("project_name", text(&root.name)),
        ("version", version(root)),
        ("project_root", Value::from(root.dir.to_string_lossy())),
        ("target_path", text(&root.settings.target_path)),
        ("packages_install_path", text(&root.settings.packages_install_path)),
        ("profile_name", text(&project.profile.name)),
        ("target_name", text(rendering.session.output().name())),
        ("threads", Value::from(rendering.session.output().target.threads)),
        ("credentials", target),
        ("args", Record::of_json(&invocation.args)),
        ("vars", vars(root)),
        ("cli_vars", from_json(&Json::Object(project.cli_vars.to_json()))),
        ("dependencies", Dict::value(dependencies)),
    ])
}

fn of_package(package: &Package) -> Value {
    Record::value([
        ("project_name", Value::from(package.name.as_str())),
        ("version", version(package)),
        ("project_root", Value::from(package.dir.to_string_lossy())),
        ("vars", vars(package)),
    ])
}

fn version(package: &Package) -> Value {
    package.settings.version.as_deref().map_or_else(|| Value::from(()), Value::from)
}

fn vars(package: &Package) -> Value {
    let vars = package.settings.vars.as_ref().map(crate::yaml::Yaml::to_json);
    Record::of_json(&vars.unwrap_or_else(|| Json::Object(Default::default())))
}
