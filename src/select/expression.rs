//! A selection as a tree: unions, intersections and differences of criteria.

use super::criterion::Criterion;
use crate::diagnostics::Result;
use crate::load::IndirectSelection;

/// A selection.
#[derive(Debug, Clone)]
pub enum Expression {
    /// A single criterion.
    Criterion(Criterion),
    /// Several, combined.
    Group(Group),
}

/// Several selections, combined.
#[derive(Debug, Clone)]
pub struct Group {
    /// How.
    pub combination: Combination,
    /// Which.
    pub parts: Vec<Expression>,
    /// Which tests come along.
    pub indirect_selection: IndirectSelection,
    /// As written, where somebody expects it to match something and is to be warned when it does not.
    pub expected: Option<String>,
}

/// How selections are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combination {
    /// What any has.
    Union,
    /// What all have.
    Intersection,
    /// What the first has and no other.
    Difference,
}

impl Expression {
    /// Several selections combined.
    pub fn group(combination: Combination, parts: Vec<Expression>, indirect_selection: IndirectSelection) -> Self {
        Self::Group(Group { combination, parts, indirect_selection, expected: None })
    }

    /// Reads `--select` or `--exclude`: blanks and several texts make a union, commas an intersection.
    pub fn parse(texts: &[String], indirect_selection: IndirectSelection) -> Result<Self> {
        let words = texts.iter().flat_map(|text| text.split_whitespace());
        let parts = words.map(|word| intersection(word, indirect_selection)).collect::<Result<_>>()?;
        Ok(Self::group(Combination::Union, parts, indirect_selection))
    }

    /// What `exclude` leaves of this.
    pub fn without(self, exclude: Expression, indirect_selection: IndirectSelection) -> Self {
        Self::group(Combination::Difference, vec![self, exclude], indirect_selection)
    }
}

fn intersection(word: &str, indirect_selection: IndirectSelection) -> Result<Expression> {
    let criterion = |text| Criterion::parse(text, indirect_selection).map(Expression::Criterion);
    Ok(Expression::Group(Group {
        combination: Combination::Intersection,
        parts: word.split(',').map(criterion).collect::<Result<_>>()?,
        indirect_selection,
        expected: Some(word.to_owned()),
    }))
}
