//! Live progress on a terminal: what is running, for how long, what is left.

use super::description::describe;
use crate::event::NodeInfo;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Lines at the foot of the terminal that change while a run goes on.
#[derive(Debug)]
pub struct Progress {
    bars: MultiProgress,
    total: Option<ProgressBar>,
    running: HashMap<Arc<str>, ProgressBar>,
}

impl Progress {
    /// Nothing is shown yet.
    pub fn new() -> Self {
        Self {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stdout()),
            total: None,
            running: HashMap::new(),
        }
    }

    /// The run begins with so many nodes.
    pub fn start(&mut self, nodes: usize) {
        let bar = self.bars.add(ProgressBar::new(nodes as u64));
        bar.set_style(style("{bar:30} {pos} of {len} done, {elapsed}"));
        self.total = Some(bar);
    }

    /// A node starts.
    pub fn node_started(&mut self, node: &NodeInfo) {
        let bar = match &self.total {
            Some(total) => self.bars.insert_before(total, ProgressBar::new_spinner()),
            None => self.bars.add(ProgressBar::new_spinner()),
        };
        bar.set_style(style("{spinner} {msg} {elapsed}"));
        bar.set_message(format!("{} {}", describe(node), node.display));
        bar.enable_steady_tick(Duration::from_millis(100));
        self.running.insert(node.unique_id.clone(), bar);
    }

    /// A node is done; hooks are not counted.
    pub fn node_finished(&mut self, node: &NodeInfo) {
        if let Some(bar) = self.running.remove(&node.unique_id) {
            bar.finish_and_clear();
        }
        if let Some(total) = self.total.as_ref().filter(|_| node.index > 0) {
            total.inc(1);
        }
    }

    /// The run is over.
    pub fn finish(&mut self) {
        self.running.drain().for_each(|(_, bar)| bar.finish_and_clear());
        if let Some(total) = self.total.take() {
            total.finish_and_clear();
        }
    }

    /// Writes something above the lines.
    pub fn above<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bars.suspend(write)
    }
}

/// The templates are the program's own: one that indicatif refuses would only look plain.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
