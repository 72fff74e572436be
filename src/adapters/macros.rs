//! The macros that every engine starts from: package `dbt`, a file a topic below `macros/`.
//!
//! Their names, parameters and dispatch prefixes are dbt's, so that a project may override or call each of them. An
//! engine's own package, beside its driver, overrides what it does otherwise.

use super::MacroFile;

/// Embeds the files below the `macros` folder beside the source file that this is used in.
macro_rules! macro_files {
    ($($path:literal),* $(,)?) => {
        &[$($crate::adapters::MacroFile { path: $path, text: include_str!(concat!("macros/", $path)) }),*]
    };
}
pub(super) use macro_files;

/// Package `dbt`.
pub const BUILTIN_MACROS: &[MacroFile] = macro_files![
    "catalog.sql",
    "columns.sql",
    "constraints/contracts.sql",
    "constraints/foreign_keys.sql",
    "constraints/keeping.sql",
    "cross_database/aggregates.sql",
    "cross_database/arrays.sql",
    "cross_database/casts.sql",
    "cross_database/dates.sql",
    "cross_database/series.sql",
    "cross_database/sets.sql",
    "cross_database/texts.sql",
    "cross_database/types.sql",
    "dates.sql",
    "docs.sql",
    "freshness.sql",
    "functions.sql",
    "grants.sql",
    "hooks.sql",
    "incremental/accumulating.sql",
    "incremental/columns.sql",
    "incremental/delete_insert.sql",
    "incremental/merge.sql",
    "incremental/schema_change.sql",
    "incremental/strategies.sql",
    "incremental/when.sql",
    "indexes.sql",
    "lock.sql",
    "names/alias.sql",
    "names/database.sql",
    "names/schema.sql",
    "materializations.sql",
    "partitions.sql",
    "python.sql",
    "quarantine.sql",
    "relations/clone.sql",
    "relations/create.sql",
    "relations/drop.sql",
    "relations/load.sql",
    "relations/materialized_view.sql",
    "relations/neighbours.sql",
    "relations/rename.sql",
    "relations/replace.sql",
    "relations/truncate.sql",
    "schema.sql",
    "seeds.sql",
    "show.sql",
    "snapshots/as_of_join.sql",
    "snapshots/build.sql",
    "snapshots/columns.sql",
    "snapshots/merge.sql",
    "snapshots/strategies.sql",
    "snapshots/unsound.sql",
    "snapshots/versions/apply.sql",
    "snapshots/versions/batch.sql",
    "snapshots/versions/changes.sql",
    "snapshots/versions/first.sql",
    "snapshots/versions/forward.sql",
    "snapshots/versions/missing.sql",
    "snapshots/versions/restitch.sql",
    "tests/accepted_values.sql",
    "tests/not_null.sql",
    "tests/relationships.sql",
    "tests/scd2_integrity.sql",
    "tests/test_sql.sql",
    "tests/unique.sql",
    "tests/unit_test.sql",
    "tests/where_subquery.sql",
    "timestamps.sql",
    "validate_sql.sql",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::{duckdb, postgres, snowflake};
    use std::collections::BTreeSet;
    use std::path::Path;

    fn on_disk(folder: &Path) -> BTreeSet<String> {
        walkdir::WalkDir::new(folder)
            .into_iter()
            .map(|entry| entry.unwrap().into_path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
            .map(|path| path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/"))
            .collect()
    }

    #[test]
    fn every_file_is_embedded() {
        let adapters = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/adapters");
        for (folder, files) in [
            ("macros", BUILTIN_MACROS),
            ("duckdb/macros", duckdb::macros::MACROS),
            ("postgres/macros", postgres::macros::MACROS),
            ("snowflake/macros", snowflake::macros::MACROS),
        ] {
            let embedded: BTreeSet<String> = files.iter().map(|file| file.path.to_owned()).collect();
            assert_eq!(embedded, on_disk(&adapters.join(folder)), "{folder}");
        }
    }
}
