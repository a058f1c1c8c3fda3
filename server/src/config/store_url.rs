//! The value of `store.url`: the file of an embedded store, or the address of a database.

use super::is_loopback_host;
use std::path::{Path, PathBuf};
use url::Url;

/// What `store.url` may be.
pub(super) const EXPECTED: &str = "sqlite:FILE, or postgres://USER@HOST/DATABASE";

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// An `SQLite` file.
    Sqlite(PathBuf),
    /// A `PostgreSQL` database.
    Postgres(DatabaseUrl),
}

/// The address of a `PostgreSQL` database, without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    /// A host name, an IP address, or the absolute path of a folder with the server's socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The role.
    pub user: String,
    /// The name of the database.
    pub database: String,
}

impl StoreUrl {
    /// Parses the value; the error says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(EXPECTED) } else { Ok(Self::Sqlite(PathBuf::from(path))) };
        }
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return DatabaseUrl::parse(text).map(Self::Postgres);
        }
        Err(EXPECTED)
    }
}

impl DatabaseUrl {
    const DEFAULT_PORT: u16 = 5432;

    fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| EXPECTED)?;
        if url.password().is_some() {
            return Err("an address without a password: it belongs in store.password_file");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(
                "an address without parameters: TLS is always verified, with store.ca_file or the system's roots",
            );
        }
        let decoded = |part: &str| percent_decoded(part).filter(|part| !part.is_empty()).ok_or(EXPECTED);
        let database = url.path().strip_prefix('/').unwrap_or_default();
        if database.contains('/') {
            return Err(EXPECTED);
        }
        Ok(Self {
            host: decoded(url.host_str().unwrap_or_default())?,
            port: url.port().unwrap_or(Self::DEFAULT_PORT),
            user: decoded(url.username())?,
            database: decoded(database)?,
        })
    }

    /// Whether it is the folder of a socket.
    pub fn is_socket(&self) -> bool {
        Path::new(&self.host).is_absolute()
    }

    /// Whether the connection stays on this machine.
    pub fn is_local(&self) -> bool {
        self.is_socket() || is_loopback_host(&self.host)
    }
}

/// `HOST:PORT/DATABASE`, for messages.
impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}/{}", self.host, self.port, self.database)
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if let (b'%', [high, low, after @ ..]) = (first, tail) {
            let digits = [*high, *low];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(text: &str) -> DatabaseUrl {
        match StoreUrl::parse(text) {
            Ok(StoreUrl::Postgres(url)) => url,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn parts_of_a_database_address_are_read() {
        let url = database("postgres://reset@db.example.org/wachtwoord");
        assert_eq!((url.host.as_str(), url.port), ("db.example.org", 5432));
        assert_eq!((url.user.as_str(), url.database.as_str()), ("reset", "wachtwoord"));
        assert!(!url.is_local());
        assert_eq!(database("postgresql://a%40b@10.0.0.1:6432/c%20d").user, "a@b");
        assert!(database("postgres://reset@127.0.0.1/x").is_local());
        assert!(database("postgres://reset@[::1]:5433/x").is_local());
        let socket = database("postgres://reset@%2Fvar%2Frun%2Fpostgresql/x");
        assert!(socket.is_socket() && socket.is_local());
        assert_eq!(socket.host, "/var/run/postgresql");
    }

    #[test]
    fn other_values_are_refused_with_what_was_expected() {
        for (text, expected) in [
            ("", EXPECTED),
            ("sqlite:", EXPECTED),
            ("mysql://a@b/c", EXPECTED),
            ("reset.db", EXPECTED),
            ("postgres://", EXPECTED),
            ("postgres://host/database", EXPECTED),
            ("postgres://user@host", EXPECTED),
            ("postgres://user@host/", EXPECTED),
            ("postgres://user@host/a/b", EXPECTED),
            ("postgres://user@/a", EXPECTED),
            ("postgres://user@host:99999/a", EXPECTED),
            ("postgres://user@host/%ff", EXPECTED),
        ] {
            assert_eq!(StoreUrl::parse(text), Err(expected), "{text}");
        }
        let error = StoreUrl::parse("postgres://user:secret@host/a").unwrap_err();
        assert!(error.contains("store.password_file"), "{error}");
        let error = StoreUrl::parse("postgres://user@host/a?sslmode=disable").unwrap_err();
        assert!(error.contains("store.ca_file"), "{error}");
    }
}
