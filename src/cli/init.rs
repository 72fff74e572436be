//! `init`: starts a new project that runs as it is.

use super::Call;
use super::settings::Settings;
use super::verb::{Outcome, Verb};
use crate::adapters::registry;
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::Flags;
use std::path::Path;

/// The arguments of `init`.
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// The project's name, and that of its new folder
    #[arg(value_name = "NAME", default_value = "my_project")]
    pub name: String,
    /// Write no profiles.yml
    #[arg(long, short)]
    pub skip_profile_setup: bool,
}

impl Verb for Arguments {
    fn name(&self) -> &'static str {
        "init"
    }

    fn settle(&self, _: &Settings<'_>, _: &mut Flags) -> Result<()> {
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if is_name(&self.name) {
            return Ok(());
        }
        Err(Diagnostic::error(Code::USAGE, format!("'{}' is no name for a project.", self.name))
            .hint("Use letters, digits and underscores, and begin with a letter."))
    }

    fn needs_profile(&self) -> bool {
        false
    }

    fn run(&self, call: &Call) -> Result<Outcome> {
        let dir = call.world.cwd().join(&self.name);
        if dir.exists() {
            return Err(Diagnostic::error(Code::USAGE, format!("There is a '{}' here already.", self.name))
                .hint("Choose another name, or another folder to start in."));
        }
        for (path, text) in self.files() {
            call.world.write(&dir.join(path), text)?;
        }
        call.reporter.note(&format!("Started the project {0}. Try it: cd {0} && sqlbuild build", self.name));
        Ok(Outcome::Success)
    }
}

impl Arguments {
    /// The new project's files.
    fn files(&self) -> Vec<(&'static Path, String)> {
        let engine = registry::DEFAULT;
        let name = &self.name;
        let profile = format!(
            "# How to reach the database. Secrets belong into the environment: \"{{{{ env_var('DBT_ENV_SECRET_PASSWORD') }}}}\"\n\
             {name}:\n  target: dev\n  outputs:\n    dev:\n      type: {engine}\n      path: {name}.{engine}\n      threads: 4\n"
        );
        let project = format!(
            "name: {name}\nversion: '1.0'\nprofile: {name}\n\nclean-targets: [target, dbt_packages]\n\n\
             models:\n  {name}:\n    +materialized: view\n"
        );
        let mut files = vec![
            ("dbt_project.yml", project),
            ("seeds/orders.csv", "order_id,customer_id,amount\n1,1,10.50\n2,1,20.00\n3,2,5.25\n".to_owned()),
            ("models/customers.sql", CUSTOMERS.to_owned()),
            ("models/schema.yml", SCHEMA.to_owned()),
            (".gitignore", "target/\ndbt_packages/\nlogs/\n*.duckdb\n*.duckdb.wal\n".to_owned()),
        ];
        if !self.skip_profile_setup {
            files.push(("profiles.yml", profile));
        }
        files.into_iter().map(|(path, text)| (Path::new(path), text)).collect()
    }
}

const CUSTOMERS: &str = "\
{{ config(materialized='table') }}

select
    customer_id,
    count(*) as orders,
    sum(amount) as amount
from {{ ref('orders') }}
group by customer_id
";

const SCHEMA: &str = "\
models:
  - name: customers
    description: What each customer has bought.
    columns:
      - name: customer_id
        data_tests: [unique, not_null]
";
