//! Where tables of results are written to.

use crate::event::{Event, EventSink};
use crate::jinja::{Error, raise};
use crate::world::World;
use std::path::PathBuf;
use std::sync::Arc;

/// Takes what templates print of a table, and writes the files that they ask for.
#[derive(Clone)]
pub struct Outlet {
    /// Takes what is printed.
    pub sink: Arc<dyn EventSink>,
    /// Writes files.
    pub world: Arc<World>,
    /// The folder that paths are relative to: the project's.
    pub folder: PathBuf,
}

impl Outlet {
    /// Prints a text.
    pub fn print(&self, text: String) {
        self.sink.emit(Event::Printed(text));
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) -> Result<(), Error> {
        self.world.write(&self.folder.join(path), text).map_err(raise)
    }
}
