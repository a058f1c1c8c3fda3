//! The thread that appends entries. It writes all waiting entries together and syncs them once; each caller gets its
//! answer after that sync.

use super::chain_file::{ChainFile, Lock};
use super::files::{LogFiles, beside};
use super::heads::{self, Head, HeadsConfig};
use super::line::{self, Link, Position};
use super::tail::Tail;
use super::{AuditLogConfig, append};
use crate::ports::audit::AuditEntry;
use crate::ports::clock::Clock;
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use std::fs::File;
use std::io::{Error, Result, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use tracing::{info, warn};

/// Entries that are written together. It bounds the size of one write.
const MAX_GROUP: usize = 1000;
/// The wait of the thread if nothing is due.
const IDLE: Duration = Duration::from_hours(1);

/// An entry and the caller that waits for it.
struct Request {
    entry: AuditEntry,
    done: oneshot::Sender<Result<()>>,
}

/// The sending side of the thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` once the thread is to end.
    requests: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(config: AuditLogConfig) -> Result<Self> {
        let mut state = State::open(config)?;
        state.append(&[])?;
        let (requests, receiver) = channel();
        let thread =
            std::thread::Builder::new().name("audit-log".into()).spawn(move || state.run(&receiver))?;
        Ok(Self { requests: Some(requests), thread: Some(thread) })
    }

    /// Appends an entry. It is on disk when this returns.
    pub(super) async fn append(&self, entry: AuditEntry) -> Result<()> {
        let ended = || Error::other("the thread of the audit log ended");
        let (done, written) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(ended)?;
        requests.send(Request { entry, done }).map_err(|_| ended())?;
        written.await.map_err(|_| ended())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.requests.take());
        if let Some(thread) = self.thread.take() {
            // An error is a panic, which the runtime has reported on standard error.
            let _ = thread.join();
        }
    }
}

/// The file that entries currently go to.
struct CurrentFile {
    file: File,
    /// Device and inode: after a rotation the path leads to another file.
    identity: (u64, u64),
    /// The length after the last write; `None` if it has to be read again.
    length: Option<u64>,
}

/// What the thread owns.
struct State {
    path: PathBuf,
    chain_file: ChainFile,
    current: Option<CurrentFile>,
    /// The last entry that this process knows of.
    last: Position,
    heads: Option<HeadsConfig>,
    clock: Arc<dyn Clock>,
    /// Since when there are entries that no head covers.
    uncovered_since: Option<Timestamp>,
}

impl State {
    fn open(config: AuditLogConfig) -> Result<Self> {
        let AuditLogConfig { path, heads, clock } = config;
        let chain_file = ChainFile::open(&beside(&path, ".chain"))?;
        let last = Position::default();
        Ok(Self { path, chain_file, current: None, last, heads, clock, uncovered_since: None })
    }

    fn run(mut self, requests: &Receiver<Request>) {
        loop {
            match requests.recv_timeout(self.until_next_head()) {
                Ok(first) => {
                    let waiting = requests.try_iter().take(MAX_GROUP - 1);
                    self.write_group(std::iter::once(first).chain(waiting).collect());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.publish_head();
                    return;
                }
            }
            if self.until_next_head().is_zero() {
                self.publish_head();
            }
        }
    }

    fn write_group(&mut self, group: Vec<Request>) {
        let (entries, waiting): (Vec<_>, Vec<_>) =
            group.into_iter().map(|request| (request.entry, request.done)).unzip();
        let result = self.append(&entries);
        if result.is_ok() && self.heads.is_some() && self.uncovered_since.is_none() {
            self.uncovered_since = Some(self.clock.now());
        }
        for done in waiting {
            // A caller that no longer waits has no use for the result.
            let _ = done.send(match &result {
                Ok(()) => Ok(()),
                Err(error) => Err(Error::new(error.kind(), error.to_string())),
            });
        }
    }

    /// Appends the entries and syncs the file. Without entries it only prepares the file.
    fn append(&mut self, entries: &[AuditEntry]) -> Result<()> {
        let lock = self.chain_file.lock()?;
        let mut current = match self.current.take() {
            Some(current) if current.is_at(&self.path)? => current,
            Some(_) | None => CurrentFile::open(&self.path)?,
        };
        let length = current.file.metadata()?.len();
        let mut text = Vec::new();
        let (mut last, mut between) = (self.last, None);
        let mut is_new = false;
        if current.length != Some(length) {
            let mut tail = Tail::read(&current.file, length)?;
            last = last_position(last, &tail, &lock, &self.path)?;
            if tail.is_cut_short {
                text.push(b'\n');
                tail.add_other(b"\n");
            }
            between = tail.other();
            is_new = tail.last.is_none();
        }
        let previous = last;
        for entry in entries {
            let starts_file = is_new && last == previous;
            let link = Link::new(last.seq + 1, last.link(between.take()), starts_file);
            last = line::write(&mut text, entry, link)?;
        }
        if !text.is_empty() {
            // Durable before the callers act on it.
            current.file.write_all(&text)?;
            current.file.sync_data()?;
        }
        lock.write(last)?;
        self.last = last;
        // Bytes that are no entry are read again for the next entry.
        current.length = between.is_none().then_some(length + text.len() as u64);
        drop(lock);
        self.current = Some(current);
        if is_new && !entries.is_empty() && previous.seq > 0 {
            // The end of a complete file: with this head it can be removed, and verification starts after it.
            self.publish(previous);
        }
        Ok(())
    }

    fn until_next_head(&self) -> Duration {
        let (Some(heads), Some(since)) = (&self.heads, self.uncovered_since) else { return IDLE };
        let interval = SignedDuration::try_from(heads.interval).unwrap_or(SignedDuration::MAX);
        // The clock may have been set back.
        let passed = self.clock.now().duration_since(since).max(SignedDuration::ZERO);
        Duration::try_from(interval - passed).unwrap_or(Duration::ZERO)
    }

    fn publish_head(&mut self) {
        if self.uncovered_since.take().is_some() && !self.publish(self.last) {
            self.uncovered_since = Some(self.clock.now());
        }
    }

    /// Signs and publishes a head. Returns whether it is in its file.
    fn publish(&self, position: Position) -> bool {
        let Some(heads) = &self.heads else { return true };
        let head = Head::sign(&heads.key, position, self.clock.now());
        info!(
            at = %head.at,
            seq = head.seq,
            hash = HEXLOWER.encode(&head.hash),
            signature = HEXLOWER.encode(&head.signature),
            "audit head"
        );
        let written = heads::append_line(&heads.file, &head);
        if let Err(error) = &written {
            warn!(error = error as &dyn std::error::Error, "audit head not written to its file");
        }
        written.is_ok()
    }
}

impl CurrentFile {
    fn open(path: &Path) -> Result<Self> {
        let is_new = !path.exists();
        let file = append(path)?;
        if is_new {
            // Otherwise the new name may be lost at a power failure, and the entries with it.
            File::open(
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")),
            )?
            .sync_all()?;
        }
        let metadata = file.metadata()?;
        Ok(Self { file, identity: (metadata.dev(), metadata.ino()), length: None })
    }

    fn is_at(&self, path: &Path) -> Result<bool> {
        match std::fs::metadata(path) {
            Ok(metadata) => Ok((metadata.dev(), metadata.ino()) == self.identity),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The entry to continue from: the furthest that the file, the chain file or this process knows. If entries were
/// removed from the file meanwhile, the next one leaves a gap that `audit verify` finds.
fn last_position(known: Position, tail: &Tail, lock: &Lock<'_>, path: &Path) -> Result<Position> {
    let mut last = lock.read()?;
    if known.seq >= last.seq {
        last = known;
    }
    let in_file = match tail.last {
        Some(position) => Some(position),
        // A new file. The chain file is one write behind if the process ended in between.
        None => last_of_rotated(path),
    };
    Ok(in_file.filter(|position| position.seq > last.seq).unwrap_or(last))
}

/// The last entry in the rotated files. An unreadable one is not needed: the chain file has the entry.
fn last_of_rotated(path: &Path) -> Option<Position> {
    let files = LogFiles::find(path).ok()?.readable;
    let rotated = files.iter().rfind(|file| file.as_path() != path)?;
    let file = File::open(rotated).ok()?;
    let length = file.metadata().ok()?.len();
    Tail::read(&file, length).ok()?.last
}
