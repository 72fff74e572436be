//! What was asked for.

use crate::load::{Flags, IndirectSelection};
use crate::resolve::ResourceType;

/// What was asked for on the command line, and the kinds of resources that the verb works on.
#[derive(Debug, Clone, Default)]
pub struct Criteria {
    /// `--select`: a union, each possibly several separated by blanks; none: everything.
    pub select: Vec<String>,
    /// `--exclude`, likewise; none: nothing.
    pub exclude: Vec<String>,
    /// `--selector`: a name of selectors.yml.
    pub selector: Option<String>,
    /// `--indirect-selection`.
    pub indirect_selection: IndirectSelection,
    /// The kinds to keep of what is selected.
    pub kinds: Vec<ResourceType>,
    /// Whether nodes whose text is blank are kept, too.
    pub include_blank: bool,
}

impl Criteria {
    /// The criteria of a call whose verb works on `kinds` (and on `all` with `--resource-type all`), narrowed by
    /// `--resource-type` and `--exclude-resource-type`.
    pub fn new(flags: &Flags, kinds: &[ResourceType], all: &[ResourceType]) -> Self {
        let named = |names: &[String]| -> Vec<ResourceType> {
            let of = |name: &String| match name.to_lowercase().as_str() {
                "all" => all.to_vec(),
                "default" => kinds.to_vec(),
                name => kind(name).into_iter().collect(),
            };
            let possible = |kind: &ResourceType| all.contains(kind) || kinds.contains(kind);
            names.iter().flat_map(of).filter(possible).collect()
        };
        let wanted = if flags.resource_types.is_empty() { kinds.to_vec() } else { named(&flags.resource_types) };
        let unwanted = named(&flags.exclude_resource_types);
        Self {
            select: flags.select.clone(),
            exclude: flags.exclude.clone(),
            selector: flags.selector.clone(),
            indirect_selection: flags.indirect_selection,
            kinds: wanted.into_iter().filter(|kind| !unwanted.contains(kind)).collect(),
            include_blank: false,
        }
    }
}

/// The kinds that can be named.
pub(super) const KINDS: [ResourceType; 12] = [
    ResourceType::Model,
    ResourceType::Seed,
    ResourceType::Snapshot,
    ResourceType::Test,
    ResourceType::UnitTest,
    ResourceType::Source,
    ResourceType::Exposure,
    ResourceType::Analysis,
    ResourceType::Metric,
    ResourceType::SemanticModel,
    ResourceType::SavedQuery,
    ResourceType::Function,
];

/// The kind of this name.
pub(super) fn kind(name: &str) -> Option<ResourceType> {
    KINDS.into_iter().find(|kind| kind.as_str() == name)
}
