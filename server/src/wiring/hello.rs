//! The host name with which the service introduces itself to a mail server: from the settings, the machine or the
//! sender.

use crate::adapters::smtp::Sender;
use crate::config::{HelloName, Settings, SettingsError};
use std::fs;

/// Returns `mail.hello` or, if it is empty, the first public name of [`first_public`].
pub(super) fn hello_name(settings: &Settings, sender: &Sender) -> Result<HelloName, SettingsError> {
    let expected = |expected| SettingsError::expected("mail.hello", expected);
    if let Some(name) = &settings.mail.hello {
        return HelloName::parse(name).map_err(expected);
    }
    first_public(machine_name(), sender.domain(), &settings.origin()).ok_or_else(|| {
        expected("the host name of this machine in DNS: neither the machine nor mail.from has a public one")
    })
}

/// The first public name of: the machine, the sender's domain, the host of `public_url`.
fn first_public(machine: Option<HelloName>, sender_domain: &str, origin: &str) -> Option<HelloName> {
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    let host = host.split(':').next().unwrap_or_default();
    machine.or_else(|| HelloName::public(sender_domain)).or_else(|| HelloName::public(host))
}

/// The fully qualified name of this machine, if it has one.
fn machine_name() -> Option<HelloName> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    qualified(name.trim(), &fs::read_to_string("/etc/hosts").unwrap_or_default())
}

/// Returns the name if it contains its domain; otherwise the official name of the first entry of the hosts file that
/// lists it, as `hostname --fqdn` does.
fn qualified(name: &str, hosts: &str) -> Option<HelloName> {
    HelloName::public(name).or_else(|| {
        let mut entries = hosts.lines().filter_map(|line| {
            let mut names = line.split('#').next()?.split_whitespace().skip(1);
            let official = names.next()?;
            names.any(|alias| alias.eq_ignore_ascii_case(name)).then_some(official)
        });
        entries.find_map(HelloName::public)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_is_named_by_itself_or_by_the_hosts_file() {
        for (name, hosts, expected) in [
            ("srv1.example.org", "", Some("srv1.example.org")),
            ("srv1", "127.0.1.1 srv1.example.org srv1", Some("srv1.example.org")),
            (
                "SRV1",
                "127.0.0.1 localhost\n10.0.0.5\tsrv1.example.org  www srv1 # x",
                Some("srv1.example.org"),
            ),
            ("srv1", "10.0.0.4 srv1.local srv1\n10.0.0.5 srv1.example.org srv1", Some("srv1.example.org")),
            ("srv1", "127.0.1.1 srv1", None),
            ("srv1", "127.0.1.1 srv1.localdomain srv1", None),
            ("srv1", "#127.0.1.1 srv1.example.org srv1", None),
            ("srv1", "127.0.1.1 srv2.example.org srv2", None),
            ("srv1", "", None),
            ("localhost", "127.0.0.1 localhost.localdomain localhost", None),
            ("3f2a9c1b7d0e", "172.17.0.2 3f2a9c1b7d0e", None),
            ("", "127.0.0.1 a.example.org", None),
        ] {
            let found = qualified(name, hosts);
            assert_eq!(found.as_ref().map(HelloName::as_str), expected, "{name}: {hosts}");
        }
    }

    #[test]
    fn name_is_that_of_the_machine_the_sender_or_the_site() {
        let site = "https://reset.example.nl:8443";
        for (machine, sender, site, expected) in [
            (Some("srv1.example.org"), "example.net", site, Some("srv1.example.org")),
            (None, "example.net", site, Some("example.net")),
            (None, "wachtwoörd.example", site, Some("xn--wachtword-67a.example")),
            (None, "localhost", site, Some("reset.example.nl")),
            (None, "[192.0.2.1]", site, Some("reset.example.nl")),
            (None, "mailhost", site, Some("reset.example.nl")),
            (None, "localhost", "http://127.0.0.1:8080", None),
            (None, "localhost", "http://localhost:8080", None),
            (None, "localhost", "http://[::1]:8080", None),
        ] {
            let name = first_public(machine.and_then(HelloName::public), sender, site);
            assert_eq!(name.as_ref().map(HelloName::as_str), expected, "{machine:?} {sender} {site}");
        }
    }
}
