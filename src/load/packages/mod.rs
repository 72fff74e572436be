//! Packages: what packages.yml asks for, from where it is fetched, and how it is installed.

mod addition;
mod download;
mod fetch;
mod git;
mod hub;
mod install;
mod lock;
mod request;
mod resolution;
mod unpack;

pub use addition::Addition;
pub use install::{Install, install};
pub use request::{Request, requests};
