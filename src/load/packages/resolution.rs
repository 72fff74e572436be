//! Which packages, at which versions: what the project asks for, and what these ask for in turn.

use super::fetch::{Fetched, Fetcher};
use super::request::{Request, Source, invalid};
use crate::diagnostics::{Diagnostic, Result};
use indexmap::IndexMap;
use std::collections::HashSet;
use std::sync::Arc;

/// All requests for one package.
struct Wanted {
    /// What satisfies all of them.
    source: Source,
    requests: Vec<Asked>,
}

/// A request and who made it.
#[derive(Clone)]
struct Asked {
    request: Request,
    by: String,
}

/// Fetches everything that is asked for, directly or by packages; each package once. Packages are in the order in which
/// they were first asked for.
pub fn resolve(root: &str, requests: Vec<Request>, fetcher: &mut Fetcher<'_>) -> Result<Vec<Arc<Fetched>>> {
    let mut wanted: IndexMap<String, Wanted> = IndexMap::new();
    let mut seen = HashSet::new();
    let asked = |requests: Vec<Request>, by: &str| -> Vec<Asked> {
        requests.into_iter().map(|request| Asked { request, by: by.to_owned() }).collect()
    };
    let mut pending = asked(requests, root);
    while !pending.is_empty() {
        let mut touched = vec![];
        for asked in std::mem::take(&mut pending) {
            let key = key(&asked.request.source);
            if !seen.insert((key.clone(), asked.request.rendered.to_string())) {
                continue;
            }
            match wanted.get_mut(&key) {
                Some(known) => known.add(asked)?,
                None => {
                    let source = asked.request.source.clone();
                    wanted.insert(key.clone(), Wanted { source, requests: vec![asked] });
                }
            }
            touched.push(key);
        }
        for wanted in touched.iter().filter_map(|key| wanted.get(key)) {
            let fetched = wanted.fetch(fetcher)?;
            pending.extend(asked(fetched.requests.clone(), &fetched.name));
        }
    }
    let fetched = wanted.values().map(|wanted| wanted.fetch(fetcher)).collect::<Result<Vec<_>>>()?;
    check_names(root, &fetched)?;
    Ok(fetched)
}

/// Fetches exactly these packages, whatever they ask for in turn.
pub fn fetch_all(root: &str, requests: &[Request], fetcher: &mut Fetcher<'_>) -> Result<Vec<Arc<Fetched>>> {
    let fetched = requests.iter().map(|request| fetcher.fetch(request, &request.source)).collect::<Result<Vec<_>>>()?;
    check_names(root, &fetched)?;
    Ok(fetched)
}

/// Equal for requests that mean the same package.
fn key(source: &Source) -> String {
    match source {
        Source::Local(path) => path.display().to_string(),
        Source::Git { url, subdirectory: None, .. } => url.trim_end_matches(".git").to_owned(),
        Source::Git { url, subdirectory: Some(subdirectory), .. } => {
            format!("{}/{}", url.trim_end_matches(".git"), subdirectory.display())
        }
        Source::Tarball { url, .. } => url.clone(),
        Source::Hub { package, .. } => package.clone(),
    }
}

impl Wanted {
    /// Narrows what is wanted by a further request.
    fn add(&mut self, asked: Asked) -> Result<()> {
        match (&mut self.source, &asked.request.source) {
            (Source::Hub { versions, prerelease, .. }, Source::Hub { versions: more, prerelease: also, .. }) => {
                versions.extend(more.iter().cloned());
                *prerelease |= also;
            }
            (
                Source::Git { revision, warn_unpinned, .. },
                Source::Git { revision: other, warn_unpinned: also_warn, .. },
            ) => {
                *warn_unpinned &= also_warn;
                match (&revision, other) {
                    (Some(one), Some(two)) if one != two => return Err(self.conflict(&asked)),
                    (None, Some(other)) => *revision = Some(other.clone()),
                    _ => {}
                }
            }
            _ => {}
        }
        self.requests.push(asked);
        Ok(())
    }

    fn fetch(&self, fetcher: &mut Fetcher<'_>) -> Result<Arc<Fetched>> {
        let Some(first) = self.requests.first() else { return Err(invalid("Nobody asks for the package.")) };
        fetcher.fetch(&first.request, &self.source).map_err(|error| match self.requests.as_slice() {
            [_] => error,
            several => several.iter().fold(error, |error, asked| error.note(asked.describe())),
        })
    }

    fn conflict(&self, asked: &Asked) -> Box<Diagnostic> {
        let diagnostic = invalid("One package is asked for at two revisions.")
            .label(&asked.request.span, format!("asked for by '{}'", asked.by));
        let diagnostic = self.requests.iter().fold(diagnostic, |diagnostic, other| {
            diagnostic.label(&other.request.span, format!("asked for by '{}'", other.by))
        });
        diagnostic.hint("Ask for the same revision everywhere.")
    }
}

impl Asked {
    /// Who asks for what, without addresses.
    fn describe(&self) -> String {
        match &self.request.source {
            Source::Hub { package, versions, .. } => {
                let bounds: Vec<String> = versions.iter().map(ToString::to_string).collect();
                format!("'{}' asks for {package} {}", self.by, bounds.join(", "))
            }
            _ => format!("'{}' asks for it at {}", self.by, self.request.span),
        }
    }
}

fn check_names(root: &str, fetched: &[Arc<Fetched>]) -> Result<()> {
    for (i, package) in fetched.iter().enumerate() {
        if package.name == root {
            return Err(invalid(format!(
                "The package {} has the name of the project itself, '{root}'.",
                package.origin
            )));
        }
        if let Some(other) = fetched[..i].iter().find(|other| other.name == package.name) {
            let message = format!(
                "The packages {} ({}) and {} ({}) are both called '{}'.",
                other.origin, other.version, package.origin, package.version, package.name
            );
            return Err(invalid(message).hint("Ask for it from one place only."));
        }
    }
    Ok(())
}
