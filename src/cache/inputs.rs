//! What a graph is made from, as digests.

use crate::load::{self, DBT_VERSION, FileKind, Invocation, Output, Project, ProjectFile};
use crate::parse::seed_checksum;
use crate::world::World;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};

/// A SHA-256.
pub type Digest = [u8; 32];

/// What a graph is made from, but for the environment variables that are asked for on the way.
pub struct Inputs {
    /// The program, the settings, the target, the variables, and which files there are.
    pub frame: Digest,
    /// What each file holds, in the order of packages and their files.
    pub files: Vec<Digest>,
}

impl Inputs {
    /// Of a loaded project.
    pub fn of(project: &Project, invocation: &Invocation, output: &Output, world: &World) -> Self {
        let all = project.packages.values().flat_map(|package| &package.files).collect::<Vec<_>>();
        Self {
            frame: frame(project, invocation, output, world).unwrap_or_default(),
            files: all.par_iter().map(|file| contents(file)).collect(),
        }
    }
}

/// What an environment variable holds; `None`: it is not set.
pub fn variable(world: &World, name: &str) -> Option<Digest> {
    world.env(name).map(|value| digest(&[name.as_bytes(), b"=", value.as_bytes()]))
}

fn contents(file: &ProjectFile) -> Digest {
    match file.kind {
        FileKind::Seed => {
            let (algorithm, checksum) = seed_checksum(&file.disk_path, "");
            digest(&[algorithm.as_bytes(), checksum.as_bytes()])
        }
        _ => digest(&[file.source.text().as_bytes()]),
    }
}

fn digest(parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// Everything is written out as it is for debugging, which names each field: what is not the same is not written the same.
fn frame(project: &Project, invocation: &Invocation, output: &Output, world: &World) -> Result<Digest, fmt::Error> {
    let mut out = Hashed(Sha256::new());
    // While the program is being developed, its version tells too little.
    write!(out, "{} {DBT_VERSION} {:?}", env!("CARGO_PKG_VERSION"), world.program())?;
    let flags = &invocation.flags;
    write!(out, "{:?} {:?} {:?}", flags.store_failures, flags.project_flags, project.cli_vars)?;
    write!(out, "{:?} ", project.selectors)?;
    write!(out, "{:?} {}", load::target(&project.profile.name, output), output.dialect().name)?;
    for package in project.packages.values() {
        write!(out, "{:?} {:?} {:?}", package.name, package.dir, package.file.text())?;
        write!(out, "{:?}", package.settings)?;
        for file in &package.files {
            write!(out, "{:?} {:?} {:?} ", file.kind, file.path, file.root)?;
        }
    }
    Ok(out.0.finalize().into())
}

struct Hashed(Sha256);

impl fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
