//! Arguments and settings → [`Flags`], and back from what run_results.json keeps of them.

use super::arguments::Arguments;
use super::settings::{self, Settings};
use crate::diagnostics::{Code, Diagnostic, Result};
use crate::load::{CallVariables, Flags, IndirectSelection, WarnErrorOptions, without_secrets};
use crate::report::check_names;
use crate::world::World;
use crate::yaml;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// Every setting of this call.
pub fn flags(arguments: &Arguments, world: &World) -> Result<Flags> {
    let project_dir = settings::project_dir(arguments.project.project_dir.as_deref(), world);
    let settings = Settings::new(world, &project_dir, arguments.project.profiles_dir.as_deref())?;
    let verb = arguments.verb.verb();
    let mut flags = Flags {
        which: verb.name().split(' ').next_back().unwrap_or_default().to_owned(),
        project_dir,
        project_flags: upper_case(settings.project_flags()),
        ..Flags::default()
    };
    apply_project(arguments, &settings, &mut flags)?;
    check_folders(arguments, verb.needs_profile())?;
    apply_state(arguments, &settings, &mut flags)?;
    apply_log(arguments, &settings, &mut flags)?;
    verb.settle(&settings, &mut flags)?;
    Ok(flags)
}

/// A folder that was named must be there.
fn check_folders(arguments: &Arguments, needs_profile: bool) -> Result<()> {
    let given = &arguments.project;
    let profiles_dir = given.profiles_dir.as_ref().filter(|_| needs_profile);
    for (option, dir) in [("--project-dir", given.project_dir.as_ref()), ("--profiles-dir", profiles_dir)] {
        if let Some(dir) = dir.filter(|dir| !dir.exists()) {
            let message = format!("Invalid value for '{option}': the folder '{}' does not exist.", dir.display());
            return Err(Diagnostic::error(Code::USAGE, message));
        }
    }
    Ok(())
}

fn upper_case(flags: &Map<String, Json>) -> Map<String, Json> {
    flags.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect()
}

fn apply_project(arguments: &Arguments, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
    let given = &arguments.project;
    flags.profiles_dir = settings.path(given.profiles_dir.as_deref(), "PROFILES_DIR");
    flags.profile = settings.text(given.profile.as_deref(), "PROFILE");
    flags.target = settings.text(given.target.as_deref(), "TARGET");
    flags.target_path = given.target_path.clone().or_else(|| settings.text(None, "TARGET_PATH").map(Into::into));
    flags.threads = settings.number(given.threads, "THREADS")?;
    flags.vars = variables(given.vars.as_deref().unwrap_or("{}"))?;
    flags.fail_fast = settings.switch(given.fail_fast, "FAIL_FAST", false)?;
    flags.version_check = settings.switch(given.version_check, "VERSION_CHECK", true)?;
    flags.cache_selected_only = settings.switch(given.cache_selected_only, "CACHE_SELECTED_ONLY", false)?;
    flags.partial_parse = settings.switch(given.partial_parse, "PARTIAL_PARSE", true)?;
    if flags.threads == Some(0) {
        return Err(Diagnostic::error(Code::USAGE, "--threads must be at least 1."));
    }
    Ok(())
}

fn apply_state(arguments: &Arguments, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
    let given = &arguments.state;
    flags.state = settings.project_path(given.state.as_deref(), "STATE", &flags.project_dir);
    flags.defer_state = settings.project_path(given.defer_state.as_deref(), "DEFER_STATE", &flags.project_dir);
    flags.defer = settings.switch(given.defer, "DEFER", false)?;
    flags.favor_state = settings.switch(given.favor_state, "FAVOR_STATE", false)?;
    let mode = settings.text(arguments.indirect.indirect_selection.as_deref(), "INDIRECT_SELECTION");
    flags.indirect_selection = mode.map_or(Ok(IndirectSelection::Eager), |name| indirect_selection(&name))?;
    Ok(())
}

fn indirect_selection(name: &str) -> Result<IndirectSelection> {
    IndirectSelection::parse(name).ok_or_else(|| {
        Diagnostic::error(Code::USAGE, format!("There is no indirect selection '{name}'."))
            .hint(format!("Use one of {}.", IndirectSelection::ALL.map(IndirectSelection::as_str).join(", ")))
    })
}

fn apply_log(arguments: &Arguments, settings: &Settings<'_>, flags: &mut Flags) -> Result<()> {
    let given = &arguments.log;
    let lower =
        |given: &Option<String>, name: &str| settings.text(given.as_deref(), name).map(|text| text.to_lowercase());
    flags.quiet = settings.switch(given.quiet, "QUIET", false)?;
    flags.debug = settings.switch(given.debug, "DEBUG", false)?;
    flags.print = settings.switch(given.print, "PRINT", !settings.switch(None, "NO_PRINT", false)?)?;
    flags.write_json = settings.switch(given.write_json, "WRITE_JSON", true)?;
    flags.log_format = lower(&given.log_format, "LOG_FORMAT").unwrap_or_else(|| "default".into());
    flags.log_level = lower(&given.log_level, "LOG_LEVEL").unwrap_or_else(|| "info".into());
    flags.log_format_file =
        lower(&given.log_format_file, "LOG_FORMAT_FILE").unwrap_or_else(|| flags.log_format.clone());
    flags.log_level_file = lower(&given.log_level_file, "LOG_LEVEL_FILE").unwrap_or_else(|| "debug".into());
    flags.log_path = settings.path(given.log_path.as_deref(), "LOG_PATH");
    let max_bytes = given.log_file_max_bytes.map(|bytes| bytes as usize);
    flags.log_file_max_bytes =
        settings.number(max_bytes, "LOG_FILE_MAX_BYTES")?.map_or(flags.log_file_max_bytes, |bytes| bytes as u64);
    flags.printer_width = settings.number(given.printer_width, "PRINTER_WIDTH")?.unwrap_or(80);
    flags.use_colors = match (given.no_color, given.use_colors, settings.text(None, "USE_COLORS")) {
        (true, ..) => Some(false),
        (false, Some(given), _) => Some(given),
        (false, None, Some(_)) => Some(settings.switch(None, "USE_COLORS", true)?),
        (false, None, None) => None,
    };
    flags.show_all_deprecations = settings.switch(given.show_all_deprecations, "SHOW_ALL_DEPRECATIONS", false)?;
    flags.warn_error = settings.switch(given.warn_error, "WARN_ERROR", false)?;
    let options = settings.text(given.warn_error_options.as_deref(), "WARN_ERROR_OPTIONS");
    flags.warn_error_options =
        warn_error_options(&mapping("--warn-error-options", options.as_deref().unwrap_or("{}"))?)?;
    check_names(&flags.warn_error_options)?;
    if flags.warn_error && flags.warn_error_options != WarnErrorOptions::default() {
        return Err(Diagnostic::error(Code::USAGE, "--warn-error and --warn-error-options exclude each other."));
    }
    Ok(())
}

/// An option whose value is a YAML mapping.
pub fn mapping(option: &str, text: &str) -> Result<Map<String, Json>> {
    match yaml::parse_text(option, text)?.to_json() {
        Json::Object(map) => Ok(map),
        Json::Null => Ok(Map::new()),
        _ => Err(no_mapping(option)),
    }
}

/// The value of `--vars`.
fn variables(text: &str) -> Result<CallVariables> {
    CallVariables::of_yaml(yaml::parse_text("--vars", text)?).ok_or_else(|| no_mapping("--vars"))
}

fn no_mapping(option: &str) -> Box<Diagnostic> {
    Diagnostic::error(Code::USAGE, format!("The value of {option} must be a YAML mapping."))
        .hint("Such as '{name: value}'.")
}

fn warn_error_options(map: &Map<String, Json>) -> Result<WarnErrorOptions> {
    let known = ["error", "include", "warn", "exclude", "silence"];
    if let Some(unknown) = map.keys().find(|key| !known.contains(&key.as_str())) {
        return Err(Diagnostic::error(Code::USAGE, format!("--warn-error-options has no key '{unknown}'."))
            .hint("Its keys are error, warn and silence."));
    }
    for (key, old) in [("error", "include"), ("warn", "exclude")] {
        if map.contains_key(key) && map.contains_key(old) {
            let message = format!("--warn-error-options has both '{key}' and '{old}', its old name.");
            return Err(
                Diagnostic::error(Code::USAGE, message).hint(format!("Only `{old}` or `{key}` can be specified."))
            );
        }
    }
    let names = |keys: [&str; 2]| -> Vec<String> {
        let value = keys.iter().find_map(|key| map.get(*key));
        match value {
            Some(Json::String(name)) => vec![name.clone()],
            Some(Json::Array(names)) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            _ => vec![],
        }
    };
    Ok(WarnErrorOptions {
        error: names(["error", "include"]),
        warn: names(["warn", "exclude"]),
        silence: names(["silence", "silence"]),
        old_keys: ["include", "exclude"].into_iter().filter(|key| map.contains_key(*key)).collect(),
    })
}

/// A moment as dbt's options take it: a day, or a day and a time, in UTC.
pub fn moment(option: &str, text: &str) -> Result<Timestamp> {
    let civil = text
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| text.parse::<jiff::civil::Date>().map(|date| date.to_datetime(jiff::civil::Time::midnight())));
    let moment = civil.ok().and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC).ok());
    moment.map(|zoned| zoned.timestamp()).ok_or_else(|| {
        Diagnostic::error(Code::USAGE, format!("{option} is '{text}', which is no time."))
            .hint("Write a day, or a day and a time: 2024-01-31 or 2024-01-31T06:00:00.")
    })
}

/// Switches of behaviour that `flags:` of dbt_project.yml may turn, and how they stand by default.
const BEHAVIOURS: [(&str, bool); 14] = [
    ("require_all_warnings_handled_by_warn_error", false),
    ("require_batched_execution_for_custom_microbatch_strategy", false),
    ("require_explicit_package_overrides_for_builtin_materializations", true),
    ("require_generic_test_arguments_property", true),
    ("require_nested_cumulative_type_params", false),
    ("require_ref_searches_node_package_before_root", false),
    ("require_resource_names_without_spaces", true),
    ("require_unique_project_resource_names", false),
    ("require_yaml_configuration_for_mf_time_spines", false),
    ("skip_nodes_if_on_run_start_fails", false),
    ("source_freshness_run_project_hooks", true),
    ("state_modified_compare_more_unrendered_values", false),
    ("state_modified_compare_vars", false),
    ("validate_macro_args", false),
];

/// Settings that change nothing here, as tools expect to find them.
const IDLE: [(&str, bool); 10] = [
    ("macro_debugging", false),
    ("partial_parse_file_diff", true),
    ("populate_cache", true),
    ("show_all_deprecations", false),
    ("show_resource_report", false),
    ("static_parser", true),
    ("strict_mode", false),
    ("upload_to_artifacts_ingest_api", false),
    ("use_colors_file", true),
    ("use_fast_test_edges", false),
];

/// The settings as run_results.json and `invocation_args_dict` have them, with dbt's keys.
pub fn describe(flags: &Flags, command_line: &str) -> Map<String, Json> {
    let options = &flags.warn_error_options;
    let mut args = json!({
        "which": flags.which,
        "invocation_command": format!("sqlbuild {command_line}"),
        "project_dir": flags.project_dir,
        "profiles_dir": flags.profiles_dir,
        "log_path": flags.log_path.clone().unwrap_or_else(|| flags.project_dir.join("logs")),
        "vars": without_secrets(&flags.vars),
        "select": flags.select,
        "exclude": flags.exclude,
        "resource_types": flags.resource_types,
        "exclude_resource_types": flags.exclude_resource_types,
        "indirect_selection": flags.indirect_selection.as_str(),
        "full_refresh": flags.full_refresh,
        "fail_fast": flags.fail_fast,
        "empty": flags.empty,
        "defer": flags.defer,
        "favor_state": flags.favor_state,
        "store_failures": flags.store_failures,
        "introspect": flags.introspect,
        "warn_error_options": {"error": options.error, "warn": options.warn, "silence": options.silence},
        "quiet": flags.quiet,
        "debug": flags.debug,
        "print": flags.print,
        "write_json": flags.write_json,
        "use_colors": flags.use_colors.unwrap_or(true),
        "log_format": flags.log_format,
        "log_level": flags.log_level,
        "log_format_file": if flags.log_format_file == "default" { "debug" } else { &flags.log_format_file },
        "log_level_file": flags.log_level_file,
        "log_file_max_bytes": flags.log_file_max_bytes,
        "printer_width": flags.printer_width,
        "partial_parse": flags.partial_parse,
        "cache_selected_only": flags.cache_selected_only,
        "version_check": flags.version_check,
        "send_anonymous_usage_stats": false,
        "sqlparse": {"MAX_GROUPING_DEPTH": null, "MAX_GROUPING_TOKENS": null},
    });
    let optional = json!({
        "profile": flags.profile,
        "target": flags.target,
        "target_path": flags.target_path,
        "threads": flags.threads,
        "selector": flags.selector,
        "sample": flags.sample,
        "event_time_start": flags.event_time_start.map(in_utc),
        "event_time_end": flags.event_time_end.map(in_utc),
        "as_of": flags.as_of.map(|time| time.to_string()),
        "state": flags.state,
        "defer_state": flags.defer_state,
        "warn_error": flags.warn_error.then_some(true),
    });
    let (Json::Object(args), Json::Object(optional)) = (&mut args, optional) else { return Map::new() };
    args.extend(optional.into_iter().filter(|(_, value)| !value.is_null()));
    for (name, value) in &flags.project_flags {
        args.entry(name.to_lowercase()).or_insert_with(|| value.clone());
    }
    for (name, default) in BEHAVIOURS.into_iter().chain(IDLE) {
        args.entry(name).or_insert(Json::Bool(default));
    }
    std::mem::take(args)
}

/// A moment as dbt's artifacts have it: in UTC, without saying so.
fn in_utc(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.f").to_string()
}

/// The settings that an earlier call's `args` keep, over `flags`: what `retry` runs with.
pub fn restore(args: &Map<String, Json>, flags: &mut Flags) -> Result<()> {
    let text = |key: &str| args.get(key).and_then(Json::as_str).map(str::to_owned);
    let truth = |key: &str| args.get(key).and_then(Json::as_bool);
    let texts = |key: &str| -> Vec<String> {
        let items = args.get(key).and_then(Json::as_array);
        items.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let moment =
        |key: &str| text(key).map(|text| text.parse::<Timestamp>().or_else(|_| self::moment(key, &text))).transpose();
    flags.which = text("which").unwrap_or_default();
    flags.full_refresh |= truth("full_refresh").unwrap_or(false);
    flags.fail_fast |= truth("fail_fast").unwrap_or(false);
    flags.empty = truth("empty").unwrap_or(false);
    flags.defer |= truth("defer").unwrap_or(false);
    flags.favor_state |= truth("favor_state").unwrap_or(false);
    flags.store_failures = truth("store_failures").unwrap_or(false);
    flags.sample = text("sample");
    flags.event_time_start = moment("event_time_start")?;
    flags.event_time_end = moment("event_time_end")?;
    flags.as_of = moment("as_of")?;
    flags.select = texts("select");
    flags.exclude = texts("exclude");
    flags.resource_types = texts("resource_types");
    flags.exclude_resource_types = texts("exclude_resource_types");
    flags.indirect_selection = indirect_selection(&text("indirect_selection").unwrap_or_else(|| "eager".into()))?;
    flags.threads = flags.threads.or(args.get("threads").and_then(Json::as_u64).map(|threads| threads as usize));
    flags.target = flags.target.take().or_else(|| text("target"));
    flags.profile = flags.profile.take().or_else(|| text("profile"));
    flags.state = flags.state.take().or_else(|| text("state").map(Into::into));
    flags.defer_state = flags.defer_state.take().or_else(|| text("defer_state").map(Into::into));
    if flags.vars.is_empty()
        && let Some(vars) = args.get("vars").and_then(CallVariables::of_json)
    {
        flags.vars = vars;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_can_be_restored() {
        let flags = Flags {
            which: "build".into(),
            full_refresh: true,
            vars: variables("{day: '2024-01-01', n: 3}").unwrap(),
            event_time_start: Some(moment("--event-time-start", "2024-01-31").unwrap()),
            indirect_selection: IndirectSelection::Cautious,
            resource_types: vec!["model".into()],
            ..Flags::default()
        };
        let mut restored = Flags::default();
        restore(&describe(&flags, "build"), &mut restored).unwrap();
        assert_eq!(
            format!("{restored:?}"),
            format!("{:?}", Flags { project_dir: restored.project_dir.clone(), ..flags })
        );
    }

    #[test]
    fn moments_are_days_or_times_in_utc() {
        assert_eq!(moment("x", "2024-01-31 06:00:00").unwrap().to_string(), "2024-01-31T06:00:00Z");
        assert_eq!(moment("x", "yesterday").unwrap_err().code, Code::USAGE);
    }
}
