//! Undoing a transaction after an error.

use crate::compile::Session;
use crate::diagnostics::Diagnostic;

/// Undoes the session's open transaction because of an error, and gives that error back. A session that cannot even do
/// that is closed: the database then undoes the transaction itself.
pub(super) fn rolled_back(session: &Session, because: Box<Diagnostic>) -> Box<Diagnostic> {
    if session.rollback().is_err() {
        session.close();
    }
    because
}
