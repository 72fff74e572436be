//! packages.yml and dependencies.yml → [`Request`]s.

use crate::diagnostics::{Code, Diagnostic, Result, Span};
use crate::load::context::TextRenderer;
use crate::load::version::Requirement;
use crate::world::World;
use crate::yaml::{self, Fields, OneOrMany, Yaml};
use serde_json::Value as Json;
use std::path::{Component, Path, PathBuf};

/// A package that a file asks for.
#[derive(Debug, Clone)]
pub struct Request {
    /// From where.
    pub source: Source,
    /// The entry, before its templates were rendered.
    pub written: Json,
    /// The entry, rendered. May hold secrets: never print it.
    pub rendered: Json,
    /// The entry's place.
    pub span: Span,
}

/// Where a package comes from. Addresses may hold secrets.
#[derive(Debug, Clone)]
pub enum Source {
    /// A folder, relative to the root project.
    Local(PathBuf),
    /// A git repository.
    Git {
        /// Its address.
        url: String,
        /// A branch, tag or commit; the default branch if none.
        revision: Option<String>,
        /// The folder in it that holds the project.
        subdirectory: Option<PathBuf>,
        /// Whether to warn when the revision may move.
        warn_unpinned: bool,
    },
    /// A `.tar.gz` at an address or in a file.
    Tarball {
        /// The address or path.
        url: String,
        /// The package's name.
        name: String,
    },
    /// A package of the hub.
    Hub {
        /// `namespace/name`.
        package: String,
        /// What is required of its version.
        versions: Vec<Requirement>,
        /// Whether prereleases will do.
        prerelease: bool,
    },
}

impl Source {
    /// The project's name, where the request alone tells it.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Tarball { name, .. } => Some(name),
            _ => None,
        }
    }
}

/// The packages that the project in `dir` asks for, in the order written; none when it has neither file. Only
/// packages.yml is rendered, as in dbt.
pub fn requests(world: &World, dir: &Path, shown_dir: &Path, renderer: &TextRenderer) -> Result<Vec<Request>> {
    let read = |name: &str| -> Result<Option<Yaml>> {
        let path = dir.join(name);
        if !path.is_file() {
            return Ok(None);
        }
        Ok(Some(yaml::parse(&world.read(&path, shown_dir.join(name))?)?.0))
    };
    let (packages, dependencies) = (read("packages.yml")?, read("dependencies.yml")?);
    if let Some(projects) = packages.as_ref().and_then(|yaml| yaml.get("projects")) {
        let diagnostic = invalid("'projects' cannot be given in packages.yml.").at(&projects.span);
        return Err(diagnostic.hint("Move it to dependencies.yml."));
    }
    let (in_packages, in_dependencies) = (section(packages.as_ref()), section(dependencies.as_ref()));
    match (in_packages, in_dependencies) {
        (Some(one), Some(other)) => Err(invalid("'packages' is given in both packages.yml and dependencies.yml.")
            .at(&one.span)
            .label(&other.span, "and here")
            .hint("Keep all packages in one of the two files.")),
        (Some(list), None) => entries(list, |text| renderer.render(text)),
        (None, Some(list)) => entries(list, |text| Ok(text.clone())),
        (None, None) => Ok(vec![]),
    }
}

fn section(file: Option<&Yaml>) -> Option<&Yaml> {
    file?.get("packages").filter(|list| !list.is_null())
}

/// The requests of a `packages:` list.
pub fn entries(list: &Yaml, render: impl Fn(&Yaml) -> Result<Yaml>) -> Result<Vec<Request>> {
    let Some(items) = list.as_seq() else { return Err(list.mismatch("'packages'", "a list")) };
    let entry = |written: &Yaml| {
        let rendered = written.map_texts(&mut |_, text| render(text).map(Some))?;
        let source = source(&rendered)?;
        Ok(Request { source, written: written.to_json(), rendered: rendered.to_json(), span: written.span.clone() })
    };
    items.iter().map(entry).collect()
}

fn source(entry: &Yaml) -> Result<Source> {
    let mut fields = Fields::of(entry, "the package")?;
    fields.allow(&["name"]);
    let source = if entry.get("package").is_some() {
        hub(&mut fields, entry)?
    } else if entry.get("git").is_some() {
        let url: String = fields.require("git")?;
        git(&mut fields, entry, url)?
    } else if entry.get("private").is_some() {
        let url = private_url(&mut fields, entry)?;
        git(&mut fields, entry, url)?
    } else if entry.get("tarball").is_some() {
        Source::Tarball { url: fields.require("tarball")?, name: fields.require("name")? }
    } else if entry.get("local").is_some() {
        Source::Local(PathBuf::from(fields.require::<String>("local")?))
    } else {
        return Err(invalid("The package does not say where it comes from.")
            .at(&entry.span)
            .hint("Give one of 'package' (from the hub), 'git', 'local', 'tarball', 'private'."));
    };
    fields.refuse_unknown()?;
    Ok(source)
}

fn hub(fields: &mut Fields<'_>, entry: &Yaml) -> Result<Source> {
    let package: String = fields.require("package")?;
    let is_qualified = package.split('/').count() == 2 && package.split('/').all(is_plain_name);
    if !is_qualified {
        return Err(invalid(format!("'{package}' is no package of the hub."))
            .at(&entry.span)
            .hint("Packages of the hub have a namespace: 'dbt-labs/dbt_utils'."));
    }
    let version = fields.yaml("version");
    let Some(version) = version else {
        return Err(invalid(format!("The package '{package}' has no 'version'."))
            .at(&entry.span)
            .hint("Write the versions that will do: version: [\">=1.0.0\", \"<2.0.0\"]."));
    };
    let texts: OneOrMany<String> = yaml::FromYaml::from_yaml(version, "'version'")?;
    let parse = |text: &String| {
        Requirement::parse_all(text).ok_or_else(|| {
            invalid(format!("'{text}' is no version requirement."))
                .at(&version.span)
                .hint("Write all three numbers, with >=, >, <=, < or nothing before them: \">=1.0.0\".")
        })
    };
    let versions: Vec<Vec<Requirement>> = texts.0.iter().map(parse).collect::<Result<_>>()?;
    let underscored = fields.take("install_prerelease")?;
    let prerelease = underscored.or(fields.take("install-prerelease")?).unwrap_or(false);
    Ok(Source::Hub { package, versions: versions.concat(), prerelease })
}

/// Whether a text can be part of an address as it is.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn git(fields: &mut Fields<'_>, entry: &Yaml, url: String) -> Result<Source> {
    let revision: Option<String> = fields.take("revision")?;
    let subdirectory = fields.take::<String>("subdirectory")?.map(PathBuf::from);
    let dashed = fields.take("warn-unpinned")?;
    let warn_unpinned = dashed.or(fields.take("warn_unpinned")?).unwrap_or(true);
    // git would take them for options.
    if url.starts_with('-') || url.is_empty() || revision.as_ref().is_some_and(|revision| revision.starts_with('-')) {
        return Err(invalid("An address or revision cannot be empty or begin with '-'.").at(&entry.span));
    }
    if subdirectory
        .as_ref()
        .is_some_and(|path| !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)))
    {
        return Err(invalid("'subdirectory' must be a folder inside the repository.").at(&entry.span));
    }
    Ok(Source::Git { url, revision, subdirectory, warn_unpinned })
}

/// `private: org/repo` over SSH, from the provider that is named (GitHub if none).
fn private_url(fields: &mut Fields<'_>, entry: &Yaml) -> Result<String> {
    let path: String = fields.require("private")?;
    let provider: Option<String> = fields.take("provider")?;
    Ok(match provider.as_deref().unwrap_or("github") {
        "github" => format!("git@github.com:{path}.git"),
        "gitlab" => format!("git@gitlab.com:{path}.git"),
        "ado" | "azure_devops" | "azure_active_directory" => format!("git@ssh.dev.azure.com:v3/{path}"),
        other => {
            return Err(invalid(format!("The provider '{other}' is unknown."))
                .at(&entry.span)
                .hint("Use github, gitlab or ado, or give the address with 'git'."));
        }
    })
}

/// An error in what is asked for.
pub fn invalid(message: impl Into<String>) -> Box<Diagnostic> {
    Diagnostic::error(Code::PACKAGE_INVALID, message)
}
