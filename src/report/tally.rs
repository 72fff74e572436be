//! How many nodes ended how.

use crate::event::{NodeResult, Status};

/// Counts of results, in dbt's classes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Built or passed.
    pub pass: usize,
    /// Tests that warned.
    pub warn: usize,
    /// Failed.
    pub error: usize,
    /// Not run.
    pub skip: usize,
    /// Not needed.
    pub no_op: usize,
    /// Of those that failed: models of which some batches were built.
    pub partial: usize,
    /// Of those not run: those that an ephemeral model's error spoils.
    pub spoilt: usize,
}

impl Tally {
    /// Counts a result.
    pub fn add(&mut self, result: &NodeResult) {
        match result.status {
            Status::Success | Status::Pass => self.pass += 1,
            Status::Warn => self.warn += 1,
            Status::Error | Status::Fail | Status::RuntimeError => self.error += 1,
            Status::Skipped => {
                self.skip += 1;
                self.spoilt += usize::from(result.diagnostic.is_some());
            }
            Status::NoOp => self.no_op += 1,
            Status::PartialSuccess => {
                self.error += 1;
                self.partial += 1;
            }
        }
    }

    /// How many errors are told.
    pub fn errors(&self) -> usize {
        self.error + self.spoilt
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.pass + self.warn + self.error + self.skip + self.no_op
    }

    /// The closing line, in dbt's words: tools look for it.
    pub fn line(&self) -> String {
        format!(
            "Done. PASS={} WARN={} ERROR={} SKIP={} NO-OP={} TOTAL={}",
            self.pass,
            self.warn,
            self.error,
            self.skip,
            self.no_op,
            self.total()
        )
    }
}
