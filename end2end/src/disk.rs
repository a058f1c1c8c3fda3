//! A small disk of its own, for the files of a program under test: a file system in a file, which can be filled, and made
//! read-only as the kernel does after an error. It needs root, or rights to mount.

use anyhow::{Context, bail, ensure};
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The first writes of [`Disk::fill`], in bytes; smaller ones fill the rest.
const LARGE: usize = 1 << 20;

/// A mounted disk. Dropping it unmounts and removes it; so does any other end of the process that owns it.
#[derive(Debug)]
pub struct Disk {
    /// The image and the mount point.
    folder: PathBuf,
    guard: Child,
}

impl Disk {
    /// Creates and mounts an empty disk of this size in bytes.
    pub fn mount(size: u64) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("disk-")?;
        // Files on the disk may belong to another user, such as that of the database.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let image = folder.path().join("image");
        // Sparse: it takes only what is written.
        File::create(&image)?.set_len(size)?;
        run(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image))?;
        // From here on the guard unmounts and removes.
        let folder = folder.keep();
        let disk = Self { guard: guard(&folder)?, folder };
        fs::create_dir(disk.path())?;
        disk.attach()?;
        Ok(disk)
    }

    /// The mount point.
    pub fn path(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// Fills the disk to the last byte.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::create(self.ballast())?;
        let zeros = vec![0; LARGE];
        let mut length = LARGE;
        while length > 0 {
            match file.write_all(zeros.get(..length).unwrap_or_default()) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => length /= 4,
                Err(error) => return Err(error).context("cannot fill the disk"),
            }
        }
        file.sync_all().context("cannot fill the disk")
    }

    /// Frees what [`Disk::fill`] has filled.
    pub fn free(&self) -> anyhow::Result<()> {
        fs::remove_file(self.ballast()).context("cannot free the disk")?;
        // The blocks are free once the removal is in the journal.
        File::open(self.path())?.sync_all().context("cannot free the disk")
    }

    /// Makes the kernel find an error in the file system, so that it can only be read, also through open files.
    pub fn make_read_only(&self) -> anyhow::Result<()> {
        let device = self.device()?;
        let name = device.strip_prefix("/dev/").unwrap_or(&device);
        fs::write(format!("/sys/fs/ext4/{name}/trigger_fs_error"), "1")
            .context("an error of the file system")?;
        ensure!(
            File::create(self.ballast()).is_err_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem),
            "the disk can still be written"
        );
        Ok(())
    }

    /// Checks and mounts the disk again after [`Disk::make_read_only`]. No file on it may be open.
    pub fn repair(&self) -> anyhow::Result<()> {
        run(Command::new("umount").arg(self.path()))?;
        let check = Command::new("e2fsck").args(["-fy"]).arg(self.image()).output().context("e2fsck")?;
        // 1: errors were corrected.
        ensure!(
            matches!(check.status.code(), Some(0 | 1)),
            "e2fsck: {}",
            String::from_utf8_lossy(&check.stdout)
        );
        self.attach()
    }

    fn image(&self) -> PathBuf {
        self.folder.join("image")
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    fn attach(&self) -> anyhow::Result<()> {
        let mut mount = Command::new("mount");
        mount.args(["-o", "loop,errors=remount-ro"]).arg(self.image()).arg(self.path());
        run(&mut mount).context("a disk of its own needs root and a loop device")
    }

    /// The loop device.
    fn device(&self) -> anyhow::Result<String> {
        let mounts = fs::read_to_string("/proc/mounts")?;
        let path = self.path().display().to_string();
        let line = mounts.lines().find(|line| line.split(' ').nth(1) == Some(&path));
        let device = line.and_then(|line| line.split(' ').next());
        Ok(device.with_context(|| format!("{path} is not mounted"))?.to_owned())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // The guard unmounts at the end of its input.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Waits for the end of the process that owns the disk, unmounts it and removes it. A destructor alone would leave it
/// behind after a `kill -9`. Programs that used the disk may end a little later.
fn guard(folder: &Path) -> anyhow::Result<Child> {
    const SCRIPT: &str = r#"
        trap '' INT TERM
        cat >/dev/null
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            mountpoint -q "$1/files" || break
            umount "$1/files" 2>/dev/null || sleep 0.2
        done
        mountpoint -q "$1/files" && umount -l "$1/files"
        rm -rf --one-file-system "$1"
    "#;
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(folder).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("a shell for the disk")
}

/// Runs a command; its output is in the error.
fn run(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim_ascii());
    }
    Ok(())
}

/// Whether this machine can mount a [`Disk`].
pub fn is_possible() -> bool {
    Disk::mount(1 << 20).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disk_is_filled_freed_made_read_only_and_repaired() {
        if !is_possible() {
            crate::machine::say("proves nothing: this machine cannot mount a disk");
            return;
        }
        let disk = Disk::mount(8 << 20).unwrap();
        let file = disk.path().join("file");
        fs::write(&file, "before").unwrap();
        disk.fill().unwrap();
        let full = fs::write(disk.path().join("other"), "text").unwrap_err();
        assert_eq!(full.kind(), ErrorKind::StorageFull);
        disk.free().unwrap();
        fs::write(disk.path().join("other"), "text").unwrap();
        let mut open = File::options().append(true).open(&file).unwrap();
        disk.make_read_only().unwrap();
        let error = open.write_all(b"x").and_then(|()| open.sync_all()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReadOnlyFilesystem);
        drop(open);
        disk.repair().unwrap();
        fs::write(disk.path().join("other"), "after").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "before");
        let folder = disk.folder.clone();
        drop(disk);
        assert!(!folder.exists());
    }
}
