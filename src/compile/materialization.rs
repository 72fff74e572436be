//! `{% materialization %}` blocks of projects.

use super::values::relation_of;
use super::{Compiler, NodeContext};
use crate::adapters::Relation;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::event::Event;
use crate::jinja::{MacroDef, Value};
use crate::resolve::{Language, Node};
use std::sync::Arc;

/// Those that the program carries out itself; its macros for them are there to be wrapped.
const BUILT_IN: &[&str] = &[
    "view",
    "table",
    "incremental",
    "ephemeral",
    "materialized_view",
    "seed",
    "snapshot",
    "test",
    "unit",
    "clone",
    "external",
    "function",
];

impl Compiler {
    /// The `{% materialization %}` for the node, of the project, a package or the engine's macros; `None`: the built-in
    /// one.
    ///
    /// One for the engine wins over one for all, the project's over a package's. A package's does not replace a
    /// built-in one unless `require_explicit_package_overrides_for_builtin_materializations` is off.
    pub fn materialization(&self, node: &Node) -> Option<Arc<MacroDef>> {
        self.materialization_of(node.config.materialized(), &node.target)
    }

    /// The same for a kind and an output: `clone` and `unit` are those of no node's config.
    pub fn materialization_of(&self, kind: &str, output: &str) -> Option<Arc<MacroDef>> {
        let project = &self.graph().project;
        let root = project.root().name.as_str();
        let packages_may = !BUILT_IN.contains(&kind) || self.packages_override_built_in();
        let backend = self.backend(output);
        let dialect = backend.output.dialect();
        for engine in [dialect.name, "default"] {
            if engine == "default" && dialect.own_materializations.contains(&kind) {
                return None;
            }
            let name = format!("materialization_{kind}_{engine}");
            let others = project.packages.keys().skip(1).filter(|_| packages_may).map(String::as_str);
            let library = backend.engine.library();
            let found = std::iter::once(root).chain(others).find_map(|package| library.get(package, &name));
            if let Some(def) = found {
                self.warn_of_package(def, kind, root);
            }
            let engines = || library.qualified("dbt", &name).filter(|_| !BUILT_IN.contains(&kind));
            if let Some(def) = found.or_else(engines) {
                return Some(def.clone());
            }
        }
        None
    }

    /// Tells of a package that replaces a built-in materialization.
    fn warn_of_package(&self, def: &MacroDef, kind: &str, root: &str) {
        if def.package == root || !BUILT_IN.contains(&kind) {
            return;
        }
        let message = format!("The package '{}' replaces the built-in materialization '{kind}'.", def.package);
        let warning = Diagnostic::warning(Code::PACKAGE_MATERIALIZATION_DEPRECATED, message).at(&def.block.span);
        self.sink().emit(Event::Warned(warning.hint("Call it from a materialization of the project itself.")));
    }

    fn packages_override_built_in(&self) -> bool {
        let flag = "require_explicit_package_overrides_for_builtin_materializations";
        !self.graph().invocation.flags.behavior(flag, true)
    }

    /// Runs a `{% materialization %}`; returns the relations it built.
    ///
    /// # Errors
    /// It fails, or does not return `{'relations': […]}`.
    pub fn run_materialization(&self, cx: &NodeContext, def: &Arc<MacroDef>) -> Result<Vec<Relation>> {
        let languages = def.block.supported_languages.iter().flatten().map(String::as_str).collect::<Vec<_>>();
        let languages = if languages.is_empty() { vec!["sql"] } else { languages };
        if let Some(node) = &cx.rendering().node {
            check_language(&def.block.name, &languages, node)?;
        }
        let returned = self.call(cx, &format!("{}.{}", def.package, def.name), &[], &[])?;
        let Some(relations) = relations(&returned) else {
            let message = format!("The materialization '{}' must return the relations it built.", def.block.name);
            return Err(Diagnostic::error(Code::MACRO_RAISED, message)
                .at(&def.block.span)
                .hint("End it with {{ return({'relations': [target_relation]}) }}."));
        };
        for relation in &relations {
            match relation.kind {
                Some(_) => cx.rendering().session.catalog().add(relation.clone()),
                None => cx.rendering().session.catalog().forget(relation),
            }
        }
        Ok(relations)
    }
}

/// Checks that a materialization is for nodes in the node's language.
///
/// # Errors
/// It is not.
pub fn check_language(materialization: &str, languages: &[&str], node: &Node) -> Result<()> {
    let language = node.language().as_str();
    if languages.contains(&language) {
        return Ok(());
    }
    let known = languages.iter().map(|language| format!("'{language}'")).collect::<Vec<_>>().join(", ");
    let message = format!(
        "The materialization '{materialization}' only supports languages [{known}]; '{}' is in {language}.",
        node.name
    );
    Err(Diagnostic::error(Code::UNSUPPORTED, message).at(&node.source.line_span(1)).hint(match node.language() {
        Language::Python => {
            "Nothing runs Python here: write the model in SQL, or exclude it and build its relation by other means."
        }
        Language::Sql => "Models in SQL need 'sql' among the materialization's `supported_languages`.",
    }))
}

fn relations(returned: &Value) -> Option<Vec<Relation>> {
    let list = returned.get_attr("relations").ok().filter(|list| !list.is_undefined() && !list.is_none())?;
    list.try_iter().ok()?.map(|relation| relation_of(&relation)).collect()
}
