//! What the adapter needs of a client of Snowflake's.

use super::answer::Answer;
use crate::adapters::DatabaseError;

/// Sends statements to Snowflake, in one session.
pub(super) trait Client: Send + Sync {
    /// Runs one statement.
    fn run(&self, statement: &Statement<'_>) -> Result<Answer, DatabaseError>;

    /// Stops the statement in flight, from another thread.
    fn cancel(&self);
}

/// One statement on its way.
pub(super) struct Statement<'a> {
    pub sql: &'a str,
    /// The values for its placeholders, a list for each of them: the statement runs for each place of the lists.
    pub bindings: &'a [Vec<Option<String>>],
    /// Whether only the result's columns are asked for.
    pub describe_only: bool,
    /// Whether it may run in a new session when the old one is no more: nothing before it has to be undone with it.
    pub may_start_over: bool,
}
