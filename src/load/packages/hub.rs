//! The hub: an index of packages over HTTP.

use super::download;
use super::request::invalid;
use crate::diagnostics::{Result, nearest};
use crate::load::DBT_VERSION;
use crate::load::version::{Requirement, Version};
use crate::world::World;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Where the hub is unless `SQLBUILD_PACKAGE_HUB_URL` or `DBT_PACKAGE_HUB_URL` says otherwise.
const DEFAULT_URL: &str = "https://hub.getdbt.com/";

/// A client that asks for each package once.
pub struct Hub {
    base: String,
    /// Whether versions are left out that say they need another dbt.
    check_versions: bool,
    packages: HashMap<String, Json>,
}

/// A version of a package.
pub struct Release {
    /// Its version.
    pub version: String,
    /// The newest version that could be installed.
    pub newest: String,
    /// Where its tarball is.
    pub tarball: String,
    /// The name under which the package goes on, if it has moved.
    pub moved_to: Option<String>,
}

impl Hub {
    /// The hub that the environment names.
    pub fn new(world: &World, check_versions: bool) -> Self {
        let base = world.setting("PACKAGE_HUB_URL").unwrap_or(DEFAULT_URL);
        let base = format!("{}/", base.trim_end_matches('/'));
        Self { base, check_versions, packages: HashMap::new() }
    }

    /// The newest version of a package within the bounds.
    pub fn release(&mut self, package: &str, bounds: &[Requirement], prerelease: bool) -> Result<Release> {
        let check_versions = self.check_versions;
        let answer = self.package(package)?;
        let moved_to = moved_to(package, answer);
        let Some(Json::Object(versions)) = answer.get("versions") else {
            return Err(invalid(format!("The hub's answer on '{package}' has no versions.")));
        };
        let with_prereleases = prerelease || bounds.iter().any(Requirement::names_prerelease);
        let mut installable: Vec<(Version, &String, &Json)> = versions
            .iter()
            .filter(|(_, facts)| !check_versions || fits_dbt(facts))
            .filter_map(|(text, facts)| Some((Version::parse(text)?, text, facts)))
            .filter(|(version, ..)| with_prereleases || !version.is_prerelease())
            .collect();
        installable.sort_by(|a, b| a.0.cmp(&b.0));
        let allowed = |version: &Version| bounds.iter().all(|bound| bound.allows(version));
        let Some((_, version, facts)) = installable.iter().rev().find(|(version, ..)| allowed(version)) else {
            return Err(none_fits(package, bounds, &installable));
        };
        let tarball = facts.pointer("/downloads/tarball").and_then(Json::as_str);
        let tarball =
            tarball.ok_or_else(|| invalid(format!("The hub does not say where '{package}' {version} is.")))?;
        let newest = installable.last().map_or(*version, |(_, newest, _)| *newest);
        Ok(Release { version: (*version).clone(), newest: newest.clone(), tarball: tarball.to_owned(), moved_to })
    }

    fn package(&mut self, package: &str) -> Result<&Json> {
        if !self.packages.contains_key(package) {
            let Some(bytes) = download::get(&format!("{}api/v1/{package}.json", self.base))? else {
                return Err(self.unknown(package));
            };
            let json = serde_json::from_slice(&bytes)
                .map_err(|error| invalid(format!("The hub's answer on '{package}' cannot be read: {error}.")))?;
            self.packages.insert(package.to_owned(), json);
        }
        Ok(&self.packages[package])
    }

    fn unknown(&self, package: &str) -> Box<crate::diagnostics::Diagnostic> {
        let diagnostic = invalid(format!("The hub has no package '{package}'."));
        let index = download::get(&format!("{}api/v1/index.json", self.base)).ok().flatten();
        let names: Vec<String> = index.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        match nearest(package, names.iter().map(String::as_str)).first() {
            Some(near) => diagnostic.hint(format!("Did you mean '{near}'?")),
            None => diagnostic,
        }
    }
}

/// The name under which a package goes on; a part that has not changed may be left out of the answer.
fn moved_to(package: &str, answer: &Json) -> Option<String> {
    let part = |key: &str| answer.get(key).and_then(Json::as_str).filter(|text| !text.is_empty());
    let (old_namespace, old_name) = package.split_once('/')?;
    let (namespace, name) = (part("redirectnamespace"), part("redirectname"));
    (namespace.is_some() || name.is_some())
        .then(|| format!("{}/{}", namespace.unwrap_or(old_namespace), name.unwrap_or(old_name)))
}

/// Whether a version says that it works with the dbt that is followed here.
fn fits_dbt(facts: &Json) -> bool {
    let required: Vec<&str> = match facts.get("require_dbt_version") {
        Some(Json::String(text)) => vec![text],
        Some(Json::Array(texts)) => texts.iter().filter_map(Json::as_str).collect(),
        _ => vec![],
    };
    let Some(own) = Version::parse(DBT_VERSION) else { return true };
    required.iter().filter_map(|text| Requirement::parse_all(text)).flatten().all(|bound| bound.allows(&own))
}

fn none_fits(
    package: &str,
    bounds: &[Requirement],
    installable: &[(Version, &String, &Json)],
) -> Box<crate::diagnostics::Diagnostic> {
    let bounds: Vec<String> = bounds.iter().map(ToString::to_string).collect();
    let message = format!("No version of '{package}' fits {}.", bounds.join(", "));
    let newest: Vec<&str> = installable.iter().rev().take(5).map(|(_, text, _)| text.as_str()).collect();
    match newest.as_slice() {
        [] => invalid(message).hint("The hub has no version of it that can be installed."),
        newest => invalid(message).hint(format!("The newest ones are {}.", newest.join(", "))),
    }
}
