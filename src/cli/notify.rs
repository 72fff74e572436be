//! Telling people how a call ended, where the project has a notifications.yml.

use super::Call;
use crate::diagnostics::{Diagnostic, Severity};
use crate::load;
use crate::report::notifications::{self, tell};

/// Tells those whom notifications.yml names. What goes wrong here is warned about.
pub fn notify(call: &Call, exit_code: u8, fatal: Option<&Diagnostic>) {
    let read = load::notifications(&call.world, &call.invocation);
    let warnings = match read {
        Ok(None) => return,
        Ok(Some(known)) => {
            let told = notifications::Call {
                verb: call.invocation.verb,
                project: &known.project,
                target: &known.target,
                invocation_id: &call.invocation.id,
                vars: &call.invocation.flags.vars,
                is_well: exit_code == 0,
                fatal,
            };
            tell(&call.world, &known.notifications, &call.account, &told)
        }
        Err(mut error) => {
            error.severity = Severity::Warning;
            vec![error]
        }
    };
    warnings.iter().for_each(|warning| call.reporter.afterthought(warning));
}
