//! The memory of a process and of all processes that it has started.

use std::collections::HashMap;
use std::fs;

/// In kB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// The sum of the resident memory. Pages that processes share count in each of them.
    pub(super) resident: u64,
    /// The sum of the proportional share: a page that n processes share counts 1/n in each.
    pub(super) proportional: u64,
}

/// Of this process and its descendants, except those whose program has one of these names.
pub(super) fn of_tree(root: u32, except: &[&str]) -> Memory {
    let mut sum = Memory::default();
    for process in tree(root, &parents()) {
        let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        if except.contains(&name.trim()) {
            continue;
        }
        let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
        sum.resident += kilobytes(&rollup, "Rss:");
        sum.proportional += kilobytes(&rollup, "Pss:");
    }
    sum
}

/// The parent of each process.
fn parents() -> HashMap<u32, u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parent = |process: u32| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
        Some((process, line.trim().parse().ok()?))
    };
    processes.filter_map(parent).collect()
}

/// A process and its descendants.
fn tree(root: u32, parents: &HashMap<u32, u32>) -> Vec<u32> {
    let mut found = vec![root];
    let mut index = 0;
    while let Some(parent) = found.get(index).copied() {
        found.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(process, _)| *process));
        index += 1;
    }
    found
}

fn kilobytes(rollup: &str, field: &str) -> u64 {
    let line = rollup.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_are_found_and_others_are_not() {
        let parents = HashMap::from([(1, 0), (2, 1), (3, 2), (4, 2), (5, 1), (6, 5)]);
        let mut found = tree(2, &parents);
        found.sort_unstable();
        assert_eq!(found, [2, 3, 4]);
    }

    #[test]
    fn own_process_has_memory() {
        let memory = of_tree(std::process::id(), &[]);
        assert!(memory.resident > 100 && memory.proportional > 100, "{memory:?}");
    }
}
