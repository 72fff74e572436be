//! What a graph is made from, as digests.

use crate::diagnostics::SourceFile;
use crate::load::{self, DBT_VERSION, FileKind, FoundFile, Invocation, Outline, Output};
use crate::world::World;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use std::io;
use std::path::Path;

/// A SHA-256.
pub type Digest = [u8; 32];

/// What an environment variable holds; `None`: it is not set.
pub fn variable(world: &World, name: &str) -> Option<Digest> {
    world.env(name).map(|value| digest(&[name.as_bytes(), b"=", value.as_bytes()]))
}

/// What a file holds, whose text was read; a seed's rows are read for this, and not kept.
pub fn contents(file: &FoundFile, source: &SourceFile, world: &World) -> Digest {
    match file.kind {
        FileKind::Seed => rows(file, world).unwrap_or_default(),
        _ => digest(&[source.text().as_bytes()]),
    }
}

/// A seed that cannot be read is told of when it is loaded.
fn rows(seed: &FoundFile, world: &World) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    io::copy(&mut world.open(&seed.disk_path)?, &mut hasher)?;
    Ok(hasher.finalize().into())
}

fn digest(parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// What a graph is made from but for what files hold and the environment variables that are asked for on the way: the
/// program, the settings, the target, the variables, and which files there are.
pub fn frame(outline: &Outline, invocation: &Invocation, output: &Output, world: &World) -> Digest {
    let mut out = Hashed(Sha256::new());
    let written = write_frame(&mut out, outline, invocation, output, world);
    written.map(|()| out.0.finalize().into()).unwrap_or_default()
}

/// Everything is written out as it is for debugging, which names each field: what is not the same is not written the same.
fn write_frame(
    out: &mut Hashed,
    outline: &Outline,
    invocation: &Invocation,
    output: &Output,
    world: &World,
) -> fmt::Result {
    // While the program is being developed, its version tells too little.
    write!(out, "{} {DBT_VERSION} {:?}", env!("CARGO_PKG_VERSION"), world.program())?;
    let flags = &invocation.flags;
    write!(out, "{:?} {:?} {:?}", flags.store_failures, flags.project_flags, outline.cli_vars)?;
    write!(out, "{:?} ", outline.selectors)?;
    write!(out, "{:?} {}", load::target(&outline.profile.name, output), output.dialect().name)?;
    for (package, files) in outline.packages.iter().zip(&outline.files) {
        write!(out, "{:?} {:?} {:?}", package.name, package.dir, package.file.text())?;
        write!(out, "{:?}", package.settings)?;
        for file in files {
            write!(out, "{:?} ", file.kind)?;
            out.path(&file.path);
            out.path(&file.root);
        }
    }
    Ok(())
}

struct Hashed(Sha256);

impl Hashed {
    /// Quicker than as for debugging: there are many.
    fn path(&mut self, path: &Path) {
        let bytes = path.as_os_str().as_encoded_bytes();
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

impl fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
