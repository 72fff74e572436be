//! The hooks of a node's config.

use super::{Arg, Call, HookPhase, Step};
use crate::resolve::Config;
use serde_json::Value as Json;

/// Which of a node's hooks run: of a microbatch model's batches only the first runs those before, the last those after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HookSet {
    /// Those before the node's work.
    pub pre: bool,
    /// Those after it.
    pub post: bool,
    /// Whether they are run by the project's own `run_hooks`.
    pub by_macro: bool,
}

impl HookSet {
    /// All.
    pub const ALL: HookSet = HookSet { pre: true, post: true, by_macro: false };

    fn steps(self, config: &Config, phase: HookPhase, inside: bool) -> Vec<Step> {
        let (key, wanted) = match phase {
            HookPhase::Pre => ("pre-hook", self.pre),
            HookPhase::Post => ("post-hook", self.post),
        };
        if wanted && self.by_macro {
            return vec![Step::Invoke(Call::new("run_hooks", [Arg::Hooks(phase), inside.into()]))];
        }
        let hooks = config.get(key).filter(|_| wanted).map(as_list).unwrap_or_default();
        let hooks = hooks.into_iter().filter_map(hook).filter(move |(_, transaction)| *transaction == inside);
        hooks.map(|(sql, _)| Step::Hook { phase, sql }).collect()
    }

    /// The node's work as a transaction, its hooks around and in it as their config says.
    pub fn around(self, config: &Config, work: Vec<Step>) -> Vec<Step> {
        let mut steps = self.steps(config, HookPhase::Pre, false);
        steps.push(Step::Begin);
        steps.extend(self.steps(config, HookPhase::Pre, true));
        steps.extend(work);
        steps.extend(self.steps(config, HookPhase::Post, true));
        steps.push(Step::Commit);
        steps.extend(self.steps(config, HookPhase::Post, false));
        steps
    }
}

fn as_list(hooks: &Json) -> Vec<&Json> {
    match hooks {
        Json::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// A hook's template and whether it belongs to the transaction. A text may itself be such a mapping, as JSON: that is
/// what `before_begin()`, `in_transaction()` and `after_commit()` give.
fn hook(hook: &Json) -> Option<(String, bool)> {
    match hook {
        Json::String(text) => match serde_json::from_str::<Json>(text) {
            Ok(parsed @ Json::Object(_)) if parsed.get("sql").is_some() => self::hook(&parsed),
            _ => Some((text.clone(), true)),
        },
        Json::Object(map) => {
            let sql = map.get("sql")?.as_str()?.to_owned();
            Some((sql, map.get("transaction").and_then(Json::as_bool).unwrap_or(true)))
        }
        _ => None,
    }
    .filter(|(sql, _)| !sql.trim().is_empty())
}
