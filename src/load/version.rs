//! Versions of packages and what is required of them, as dbt compares them.

use std::cmp::Ordering;
use std::fmt;

/// A semantic version; what follows a `+` does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    prerelease: Option<String>,
}

impl Version {
    /// Reads `1.2.3`, `1.2.3-rc1`; with or without a `v` in front.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split('+').next().unwrap_or(text);
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (numbers, prerelease) = text.split_at(digits);
        let mut parts = numbers.split('.').map(|part| part.parse().ok());
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        if parts.next().is_some() {
            return None;
        }
        let prerelease = prerelease.strip_prefix('-').unwrap_or(prerelease);
        Some(Self { numbers, prerelease: Some(prerelease.to_owned()).filter(|text| !text.is_empty()) })
    }

    /// Whether it comes before the release of the same number.
    pub fn is_prerelease(&self) -> bool {
        self.prerelease.is_some()
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (&self.prerelease, &other.prerelease) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => compare_prereleases(a, b),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        self.prerelease.as_ref().map_or(Ok(()), |prerelease| write!(f, "-{prerelease}"))
    }
}

/// Part by part; numbers before words, fewer parts before more.
fn compare_prereleases(a: &str, b: &str) -> Ordering {
    let parts =
        |text: &str| text.split('.').map(|part| part.parse::<u64>().map_err(|_| part.to_owned())).collect::<Vec<_>>();
    let (a, b) = (parts(a), parts(b));
    let by_part = a.iter().zip(&b).map(|pair| match pair {
        (Ok(a), Ok(b)) => a.cmp(b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(a), Err(b)) => a.cmp(b),
    });
    by_part.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
}

/// A bound on versions, such as `>=1.0.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    bound: Bound,
    version: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Exactly,
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl Requirement {
    /// Reads one or several bounds, separated by commas; `None` if one is no bound.
    pub fn parse_all(text: &str) -> Option<Vec<Self>> {
        text.split(',').map(Self::parse).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let signs = [
            (">=", Bound::AtLeast),
            ("<=", Bound::AtMost),
            (">", Bound::Above),
            ("<", Bound::Below),
            ("=", Bound::Exactly),
        ];
        let signed = signs.iter().find_map(|(sign, bound)| Some((*bound, text.strip_prefix(sign)?)));
        let (bound, version) = signed.unwrap_or((Bound::Exactly, text));
        Some(Self { bound, version: Version::parse(version)? })
    }

    /// Whether a version is within the bound. A prerelease of the first version that is too high is too high as well.
    pub fn allows(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.bound {
            Bound::Exactly => order.is_eq(),
            Bound::AtLeast => order.is_ge(),
            Bound::Above => order.is_gt(),
            Bound::AtMost => order.is_le(),
            Bound::Below => {
                let is_its_prerelease = version.numbers == self.version.numbers && version.is_prerelease();
                order.is_lt() && (self.version.is_prerelease() || !is_its_prerelease)
            }
        }
    }

    /// Whether it names a prerelease, and so allows prereleases at all.
    pub fn names_prerelease(&self) -> bool {
        self.version.is_prerelease()
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.bound {
            Bound::Exactly => "=",
            Bound::AtLeast => ">=",
            Bound::Above => ">",
            Bound::AtMost => "<=",
            Bound::Below => "<",
        };
        write!(f, "{sign}{}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered() {
        let ascending =
            ["0.9.9", "1.0.0-a1", "1.0.0-b.2", "1.0.0-b.11", "1.0.0-rc1", "1.0.0", "1.0.1", "1.2.0", "1.10.0"];
        let parsed: Vec<_> = ascending.iter().map(|text| Version::parse(text).unwrap()).collect();
        assert!(parsed.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Version::parse("v1.2.3+build"), Version::parse("1.2.3"));
        for text in ["1.0", "1", "x", "1.0.0.0", ""] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn requirements_bound_versions() {
        let allows = |requirement: &str, version: &str| {
            let version = Version::parse(version).unwrap();
            Requirement::parse_all(requirement).unwrap().iter().all(|bound| bound.allows(&version))
        };
        assert!(allows(">=1.0.0,<2.0.0", "1.9.3"));
        assert!(!allows(">=1.0.0,<2.0.0", "2.0.0"));
        assert!(!allows("<2.0.0", "2.0.0-rc1"));
        assert!(allows("<2.0.0-rc2", "2.0.0-rc1"));
        assert!(allows("1.1.1", "1.1.1") && allows("=1.1.1", "1.1.1") && !allows("1.1.1", "1.1.2"));
        assert_eq!(Requirement::parse_all("~1.0"), None);
    }
}
