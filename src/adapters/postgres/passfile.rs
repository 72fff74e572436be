//! The password file of PostgreSQL's clients: `~/.pgpass` or `PGPASSFILE`.

use crate::diagnostics::{Code, Diagnostic};
use crate::world::World;
use std::path::{Path, PathBuf};

/// Whom a password is for.
pub(super) struct Login<'a> {
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub user: &'a str,
}

/// The password of the first line that fits. A file that others can read is passed over with a warning, as all of
/// PostgreSQL's clients do.
pub(super) fn password(world: &World, login: &Login<'_>) -> (Option<String>, Option<Box<Diagnostic>>) {
    let path = match world.env("PGPASSFILE").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => match world.home() {
            Some(home) => home.join(".pgpass"),
            None => return (None, None),
        },
    };
    let path = world.cwd().join(path);
    if !path.is_file() {
        return (None, None);
    }
    if others_can_read(&path) {
        let message = format!("The password file {} is not used: others can read it.", path.display());
        let warning = Diagnostic::warning(Code::CONNECTION_INSECURE, message)
            .hint(format!("Make it yours alone: chmod 600 {}", path.display()));
        return (None, Some(warning));
    }
    match world.read(&path, &path) {
        Ok(file) => (find(file.text(), login), None),
        Err(unreadable) => (None, Some(unreadable)),
    }
}

/// A file of root's may be open to a group: that is how secrets are mounted into containers.
#[cfg(unix)]
pub(super) fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).is_ok_and(|file| file.mode() & if file.uid() == 0 { 0o037 } else { 0o077 } != 0)
}

#[cfg(not(unix))]
pub(super) fn others_can_read(_: &Path) -> bool {
    false
}

fn find(text: &str, login: &Login<'_>) -> Option<String> {
    let port = login.port.to_string();
    // A socket is named by its directory or as localhost.
    let host = if login.host.starts_with('/') { "localhost" } else { login.host };
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let [for_host, for_port, for_database, for_user, password] = fields.as_slice() else { return None };
        let fits = |pattern: &str, value: &str| pattern == "*" || pattern == value;
        let fits = (fits(for_host, host) || fits(for_host, login.host))
            && fits(for_port, &port)
            && fits(for_database, login.database)
            && fits(for_user, login.user);
        fits.then(|| password.clone())
    })
}

/// The five fields of a line, between colons; a backslash takes the next character as it is. The password is the rest.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut chars) = (vec![String::new()], line.chars());
    while let Some(c) = chars.next() {
        let last = fields.len();
        match (c, fields.last_mut()) {
            (':', _) if last < 5 => fields.push(String::new()),
            ('\\', Some(field)) => field.extend(chars.next()),
            (c, Some(field)) => field.push(c),
            (_, None) => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_counts() {
        let file = "# db:5432:*:*:no\ndb:5433:*:*:wrong port\n*:5432:shop:ann:p\\:w\\\\d\n*:*:*:*:other\n";
        let login = |user, host| Login { host, port: 5432, database: "shop", user };
        assert_eq!(find(file, &login("ann", "db")).as_deref(), Some("p:w\\d"));
        assert_eq!(find(file, &login("bob", "db")).as_deref(), Some("other"));
        assert_eq!(find("localhost:*:*:*:socket", &login("ann", "/run/pg")).as_deref(), Some("socket"));
        assert_eq!(find("db:*:*:*", &login("ann", "db")), None);
    }
}
