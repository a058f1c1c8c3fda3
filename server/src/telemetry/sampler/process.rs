//! What the kernel says about this process (Linux). A value that cannot be read is `None`.

use std::fs;

/// Clock ticks per second in `/proc/self/stat`, the same on every architecture that Linux supports (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

/// The processor time, in user and kernel mode.
pub(super) fn cpu_seconds() -> Option<u64> {
    parse_cpu_seconds(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// The name of the program is in brackets and may contain spaces; user and kernel time are fields 14 and 15 (proc(5)).
fn parse_cpu_seconds(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let kernel: u64 = fields.next()?.parse().ok()?;
    Some((user + kernel) / TICKS_PER_SECOND)
}

/// The memory in use, in bytes.
pub(super) fn resident_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The number of open file descriptors.
pub(super) fn open_descriptors() -> Option<u64> {
    // The listing itself is one of them.
    u64::try_from(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1)).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn processor_time_is_read_after_a_name_with_brackets() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 9 0 0 0 1234 366 0 0 20 0 5 0 100 0 0";
        assert_eq!(super::parse_cpu_seconds(stat), Some(16));
        assert_eq!(super::parse_cpu_seconds("7 (a"), None);
    }
}
