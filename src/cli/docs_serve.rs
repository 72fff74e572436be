//! `docs serve`: shows the documentation that `docs generate` has written.

use super::Call;
use super::file_server::serve;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::Flags;
use std::net::TcpListener;
use std::path::Path;

/// The arguments of `docs serve`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: String,
    /// The port to listen on
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub port: u16,
    /// Accepted; the page is opened by whoever wants to see it
    #[arg(long, hide = true)]
    pub browser: Option<bool>,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "docs serve"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        Ok(())
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let graph = call.resolve()?;
        let folder = call.folder(&graph);
        page(folder.path())?;
        let address = format!("{}:{}", self.host, self.port);
        let listener = TcpListener::bind((self.host.as_str(), self.port)).map_err(|error| {
            Diagnostic::error(Code::IO, format!("Cannot listen on {address}: {error}."))
                .hint("Choose another port: --port 8081.")
        })?;
        call.reporter.note(&format!("The documentation is at http://{address}; Ctrl-C ends."));
        serve(&listener, folder.path()).map_err(|error| {
            Diagnostic::error(Code::IO, format!("Cannot serve {}: {error}.", folder.path().display()))
        })?;
        Ok(Outcome::Success)
    }
}

/// The page that shows the artifacts.
///
/// # Errors
/// There is none: it is dbt's, and does not come with sqlbuild.
pub fn page(target: &Path) -> Result<String> {
    let path = target.join("index.html");
    std::fs::read_to_string(&path).map_err(|_| {
        let message = format!("There is no page at {} to show the documentation with.", path.display());
        Diagnostic::error(Code::IO, message).hint(
            "sqlbuild writes the data, manifest.json and catalog.json, but does not come with dbt's page that shows \
             them. Put the index.html of a dbt-docs release there.",
        )
    })
}
