//! LTB Self Service Password behind nginx and php-fpm, in private folders, with the same slapd as the product.

use super::memory::{self, Memory};
use super::nginx::Nginx;
use crate::directory::content::{STAFF, SVC_PASSWORD};
use crate::guarded;
use crate::machine::run;
use crate::people::{ExtraEmployee, FIRST_PASSWORD};
use crate::slapd::{SERVICE, Slapd};
use crate::tls::Authority;
use anyhow::{Context as _, ensure};
use std::ffi::OsString;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

/// The Debian packages that it needs besides nginx.
pub(super) const PACKAGES: [&str; 7] =
    ["php-fpm", "php-ldap", "php-mbstring", "php-xml", "php-curl", "php-gd", "smarty4"];

/// The time between two checks whether php-fpm listens.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// What the page of a changed password contains in English.
const CHANGED: &str = "Your password was changed";

/// Debian's pool, with more workers than the five that it allows: they wait for the directory.
const FPM: &str = "[global]
error_log = FOLDER/fpm.log
daemonize = no
[www]
listen = FOLDER/php.socket
listen.mode = 0666
pm = dynamic
pm.max_children = 8
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 3
php_value[output_buffering] = 4096
php_value[session.save_path] = FOLDER
php_flag[expose_php] = off
";

/// What the product's own description of nginx says, without the access log.
const SERVER: &str = r"root FOLDER/ssp/htdocs;
        index index.php;
        gzip on;
        gzip_comp_level 6;
        gzip_min_length 1000;
        gzip_types text/plain text/css application/json application/javascript text/javascript;
        gzip_vary on;
        location ~ \.php$ {
            fastcgi_pass unix:FOLDER/php.socket;
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        }";

/// LTB with its servers.
pub(super) struct Ltb {
    nginx: Nginx,
    fpm: Child,
    _folder: PathBuf,
    /// Its version, as its page names it.
    pub(super) version: String,
}

impl Ltb {
    /// Starts a copy of this release: a folder or an archive, complete with its dependencies (`vendor`).
    pub(super) async fn start(source: &Path, slapd: &Slapd, authority: &Authority) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("ltb-")?;
        let site = folder.path().join("ssp");
        unpack(source, &site)?;
        for part in ["htdocs/index.php", "vendor/autoload.php", "htdocs/vendor/bootstrap"] {
            ensure!(
                site.join(part).exists(),
                "{} has no {part}: not a release with its dependencies",
                source.display()
            );
        }
        fs::write(folder.path().join("ca.pem"), authority.pem())?;
        fs::write(site.join("conf/config.inc.local.php"), configuration(folder.path(), slapd))?;
        for cache in ["templates_c", "cache"] {
            fs::create_dir_all(site.join(cache))?;
        }
        let own = folder.path().display().to_string();
        fs::write(folder.path().join("fpm.conf"), FPM.replace("FOLDER", &own))?;
        let user = guarded::give_away(folder.path())?;
        let folder = folder.keep();
        let command: [OsString; 4] =
            [fpm()?.into(), "--nodaemonize".into(), "--fpm-config".into(), folder.join("fpm.conf").into()];
        let mut fpm = guarded::guard(&folder, user, "TERM", &command)?;
        wait_for_socket(&mut fpm, &folder).await?;
        let nginx =
            Nginx::start(TempDir::with_prefix("ltb-nginx-")?, &SERVER.replace("FOLDER", &own)).await?;
        let version = version(&site).unwrap_or_else(|| "of unknown version".to_owned());
        Ok(Self { nginx, fpm, _folder: folder, version })
    }

    /// The address of its first page.
    pub(super) fn url(&self) -> String {
        format!("{}/index.php", self.nginx.origin())
    }

    /// Of nginx and php-fpm with their workers.
    pub(super) fn memory(&self) -> Memory {
        let [nginx, fpm] =
            [self.nginx.process(), self.fpm.id()].map(|root| memory::of_tree(root, &["sh", "cat"]));
        Memory {
            resident: nginx.resident + fpm.resident,
            proportional: nginx.proportional + fpm.proportional,
        }
    }

    /// Lets each employee change the first password once, with its form; returns when each was done, since the start.
    pub(super) async fn change_passwords(
        &self,
        employees: RangeInclusive<u32>,
        at_once: usize,
    ) -> anyhow::Result<Vec<Duration>> {
        let client = super::client()?;
        let next = AtomicU32::new(*employees.start());
        let start = Instant::now();
        let work = (0..at_once).map(|_| async {
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if !employees.contains(&number) {
                    return Ok(done);
                }
                let page = client
                    .post(self.url())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(form(number))
                    .send()
                    .await?
                    .text()
                    .await?;
                ensure!(page.contains(CHANGED), "employee {number}: not changed:\n{page}");
                done.push(start.elapsed());
            }
        });
        Ok(futures::future::try_join_all(work).await?.concat())
    }
}

impl Drop for Ltb {
    fn drop(&mut self) {
        guarded::stop(&mut self.fpm);
    }
}

/// The fields of the form, of characters that need no encoding except `!`.
fn form(number: u32) -> String {
    let name = ExtraEmployee::new(number).user_name;
    let old = FIRST_PASSWORD.replace('!', "%21");
    let new = format!("Rivier-Paraplu-{number}-groen");
    format!("login={name}&oldpassword={old}&newpassword={new}&confirmpassword={new}")
}

fn unpack(source: &Path, site: &Path) -> anyhow::Result<()> {
    if source.is_dir() {
        return run(Command::new("cp").arg("-r").arg(source).arg(site));
    }
    fs::create_dir(site)?;
    let mut tar = Command::new("tar");
    tar.arg("--extract").arg("--file").arg(source).arg("--directory").arg(site);
    run(tar.args(["--strip-components", "1", "--no-same-owner"]))
        .with_context(|| format!("{}: neither a folder nor an archive", source.display()))
}

/// The service account searches and writes, because employees have no right to write. slapd applies its policy to the
/// clear password.
fn configuration(folder: &Path, slapd: &Slapd) -> String {
    format!(
        "<?php\nputenv('LDAPTLS_CACERT={}');\n$keyphrase = 'for-one-comparison';\n$ldap_url = '{}';\n\
         $ldap_binddn = '{SERVICE}';\n$ldap_bindpw = '{SVC_PASSWORD}';\n$ldap_base = '{STAFF}';\n\
         $who_change_password = 'manager';\n\
         if (!defined('SMARTY')) {{ define('SMARTY', '/usr/share/php/smarty4/Smarty.class.php'); }}\n",
        folder.join("ca.pem").display(),
        slapd.url()
    )
}

/// The program of the newest installed PHP; Debian's name has the version.
fn fpm() -> anyhow::Result<PathBuf> {
    let programs = fs::read_dir("/usr/sbin")?.flatten().map(|entry| entry.path());
    let is_fpm =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("php-fpm"));
    programs.filter(is_fpm).max().with_context(|| format!("no php-fpm: {}", PACKAGES.join(" ")))
}

async fn wait_for_socket(fpm: &mut Child, folder: &Path) -> anyhow::Result<()> {
    let waiting = async {
        while std::os::unix::net::UnixStream::connect(folder.join("php.socket")).is_err() {
            if let Some(status) = fpm.try_wait()? {
                let log = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
                anyhow::bail!("php-fpm exited: {status}\n{}{}", log("output"), log("fpm.log"));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    };
    tokio::time::timeout(START_TIMEOUT, waiting).await.context("php-fpm does not listen in time")?
}

/// `$version = "1.8.0";` in its first file.
fn version(site: &Path) -> Option<String> {
    let text = fs::read_to_string(site.join("htdocs/index.php")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("$version = \""))?;
    Some(line.split('"').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_has_the_first_password_and_a_new_one_for_each_employee() {
        let (one, two) = (form(1), form(2));
        assert!(one.starts_with("login=Collega.00001&oldpassword=Fiets-Regen-42%21&newpassword="), "{one}");
        assert_ne!(one.rsplit('=').next(), two.rsplit('=').next());
        let fields: Vec<_> = one.split('&').skip(2).filter_map(|field| field.split('=').nth(1)).collect();
        assert_eq!(fields.first(), fields.get(1));
    }
}
