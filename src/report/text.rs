//! Events as lines of text.

use super::description::{describe, duration, word};
use crate::event::{NodeInfo, NodeResult, Quarantined, Status};
use console::Style;

/// How lines are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// With ANSI colours.
    pub color: bool,
    /// Characters a status line.
    pub width: usize,
    /// Characters after which messages are wrapped.
    pub wrap: usize,
}

impl Look {
    /// A style that is plain without colours.
    fn style(self, style: Style) -> Style {
        style.force_styling(self.color)
    }

    /// A text in the colour of a status.
    pub fn status(self, text: &str, status: Status) -> String {
        let style = match status {
            Status::Success | Status::Pass => Style::new().green(),
            Status::Error | Status::Fail | Status::RuntimeError | Status::PartialSuccess => Style::new().red().bold(),
            Status::Warn | Status::Skipped => Style::new().yellow(),
            Status::NoOp => Style::new().dim(),
        };
        self.style(style).apply_to(text).to_string()
    }

    /// A text that matters less.
    pub fn faint(self, text: &str) -> String {
        self.style(Style::new().dim()).apply_to(text).to_string()
    }

    /// The line of a node that is done: place, status, what it is, name; to the right the answer and the time.
    pub fn finished(self, node: &NodeInfo, result: &NodeResult) -> String {
        let status = format!("{:<8}", word(result));
        let head = format!("{} {status} {:<12} {}", place(node), describe(node), node.display);
        let tail = match result.status {
            Status::Skipped => String::new(),
            _ => format!("{} {:>8}", self.answer(result), duration(result.execution_time)),
        };
        let (head_width, tail_width) = (console::measure_text_width(&head), console::measure_text_width(&tail));
        let gap = self.width.saturating_sub(head_width + tail_width + 2);
        let dots = if tail.is_empty() { String::new() } else { self.faint(&".".repeat(gap.max(2))) };
        let colored = head.replacen(&status, &self.status(&status, result.status), 1);
        format!("{colored} {dots} {tail}").trim_end().to_owned()
    }

    /// The database's answer, where it says more than the status.
    fn answer(self, result: &NodeResult) -> String {
        let message = result.message.as_deref().unwrap_or("");
        match result.status {
            Status::Success => {
                let answer = (message != "OK" && !message.is_empty()).then(|| first_line(message).to_owned());
                let rows = result.quarantined.as_ref().map_or(0, Quarantined::rows);
                let quarantined = (rows > 0).then(|| format!("{rows} quarantined"));
                answer.into_iter().chain(quarantined).collect::<Vec<_>>().join(", ")
            }
            Status::PartialSuccess => first_line(message).to_owned(),
            _ => String::new(),
        }
    }

    /// The line of a node that starts.
    pub fn started(self, node: &NodeInfo) -> String {
        format!("{} {} {:<12} {}", place(node), self.faint("START   "), describe(node), node.display)
    }
}

/// `  3/120`, or blanks for what is not counted.
fn place(node: &NodeInfo) -> String {
    let digits = node.total.to_string().len();
    match node.index {
        0 => " ".repeat(2 * digits + 1),
        index => format!("{index:>digits$}/{}", node.total),
    }
}

/// The first line of a text.
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    fn node(index: usize, resource_type: &'static str, name: &str) -> NodeInfo {
        NodeInfo {
            unique_id: Arc::from(format!("{resource_type}.shop.{name}")),
            resource_type,
            name: name.into(),
            materialized: "table".into(),
            relation_name: None,
            display: format!("main.{name}"),
            path: format!("models/{name}.sql"),
            index,
            total: 12,
        }
    }

    #[test]
    fn lines_are_aligned() {
        let result = |status, message: Option<&str>, failures, millis| NodeResult {
            message: message.map(str::to_owned),
            failures,
            execution_time: Duration::from_millis(millis),
            ..NodeResult::new(Arc::from("x"), status)
        };
        let look = Look { color: false, width: 80, wrap: 80 };
        let lines = [
            look.started(&node(1, "model", "orders")),
            look.finished(&node(1, "model", "orders"), &result(Status::Success, Some("SELECT 5"), None, 350)),
            look.finished(&node(2, "test", "unique_orders_id"), &result(Status::Fail, Some("Got 3"), Some(3), 65_000)),
            look.finished(&node(10, "unit_test", "a"), &result(Status::Pass, None, None, 3)),
            look.finished(&node(12, "model", "late"), &result(Status::Skipped, None, None, 0)),
            look.finished(&node(0, "operation", "shop-on-run-start-0"), &result(Status::Success, Some("OK"), None, 10)),
        ];
        insta::assert_snapshot!(lines.join("\n"));
        let colored =
            Look { color: true, ..look }.finished(&node(3, "model", "a"), &result(Status::Error, None, None, 1));
        assert_eq!(console::measure_text_width(&colored), 80);
        assert!(colored.contains("\u{1b}[31m"));
    }
}
