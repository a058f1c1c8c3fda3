//! Random damage is found. `SEED` sets the seed; without it every run has a new one. The run prints it.

use super::{OLD_LINE, TestLog, append, key, record};
use server::adapters::audit_log::files::beside;
use server::adapters::audit_log::heads::{Head, SigningKey};
use server::adapters::audit_log::verify::ProblemKind;
use std::path::PathBuf;

const RUNS: usize = 200;

/// A linear congruential generator.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = match std::env::var("SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => u64::from_le_bytes(server::random::bytes().unwrap()),
        };
        eprintln!("SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// A log of two files with lines of the earlier version, a line cut short and heads; and the undamaged files.
struct Original {
    log: TestLog,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Original {
    async fn new() -> Self {
        let log = TestLog::new();
        append(&log.path(), &format!("{OLD_LINE}\n"));
        let writer = log.open();
        for start in [0, 7, 11] {
            record(&writer, start..start + 4).await;
        }
        drop(writer);
        append(&log.path(), "{\"v\":2,\"se");
        let writer = log.open();
        record(&writer, 20..30).await;
        log.rotate(".1");
        record(&writer, 30..45).await;
        drop(writer);
        // Found by the heads alone.
        std::fs::remove_file(beside(&log.path(), ".chain")).unwrap();
        assert_eq!(log.verify().unwrap().entries, 37);
        let files = [beside(&log.path(), ".1"), log.path()];
        let files = files.map(|path| (path.clone(), std::fs::read(&path).unwrap())).to_vec();
        Self { log, files }
    }

    /// Applies `damage` to one of the files, `RUNS` times, and expects that each is found.
    fn damage(&self, random: &mut Random, mut damage: impl FnMut(&mut Random, &mut Vec<u8>, bool) -> String) {
        for run in 0..RUNS {
            let at = random.below(self.files.len());
            let (path, content) = self.files.get(at).unwrap();
            let mut damaged = content.clone();
            let what = damage(random, &mut damaged, at + 1 == self.files.len());
            if damaged == *content {
                continue;
            }
            std::fs::write(path, damaged).unwrap();
            let problem = self.log.verify();
            assert!(problem.is_err(), "run {run}: {what} in {}", path.display());
            std::fs::write(path, content).unwrap();
        }
        self.log.verify().unwrap();
    }
}

fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

#[tokio::test]
async fn one_changed_byte_is_found_in_each_of_200_runs() {
    let (original, mut random) = (Original::new().await, Random::new());
    original.damage(&mut random, |random, text, _| {
        let at = random.below(text.len());
        let difference = u8::try_from(1 + random.below(255)).unwrap();
        text[at] ^= difference;
        format!("byte {at} xor {difference}")
    });
}

#[tokio::test]
async fn removed_swapped_repeated_and_inserted_lines_are_found() {
    let (original, mut random) = (Original::new().await, Random::new());
    original.damage(&mut random, |random, text, _| {
        let mut all = lines(text);
        let (at, other) = (random.below(all.len()), random.below(all.len()));
        let what = match random.below(4) {
            0 => {
                all.remove(at);
                "removed"
            }
            1 => {
                all.swap(at, other);
                "swapped"
            }
            2 => {
                all.insert(at, all[other].clone());
                "repeated"
            }
            _ => {
                all.insert(at, b"{}\n".to_vec());
                "inserted"
            }
        };
        *text = all.concat();
        format!("{what} {at} {other}")
    });
}

#[tokio::test]
async fn truncated_file_is_found_up_to_the_last_head() {
    let (original, mut random) = (Original::new().await, Random::new());
    original.damage(&mut random, |random, text, _| {
        // An emptied file counts as a removed one.
        let length = 1 + random.below(text.len() - 1);
        text.truncate(length);
        format!("truncated to {length}")
    });
}

#[tokio::test]
async fn first_bad_line_and_its_kind_are_reported() {
    let log = TestLog::new();
    record(&log.open(), 0..10).await;
    let text = log.text();
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    let joined = |parts: &[&[&str]]| parts.concat().concat();
    for (content, line, kind) in [
        (text.replacen("AAAA-0004", "AAAA-0005", 1), 5, ProblemKind::Changed),
        (joined(&[&all[..4], &["x\n"], &all[5..]]), 5, ProblemKind::Changed),
        (joined(&[&all[..4], &all[5..]]), 5, ProblemKind::Missing),
        (joined(&[&all[1..]]), 1, ProblemKind::Missing),
        (joined(&[&all[..4], &[all[5], all[4]], &all[6..]]), 5, ProblemKind::Reordered),
        (joined(&[&all[..5], &all[4..]]), 6, ProblemKind::Reordered),
        (joined(&[&all[..8]]), 8, ProblemKind::Truncated),
        (String::new(), 0, ProblemKind::Truncated),
        (format!("{text}{}", all[9]), 11, ProblemKind::Reordered),
    ] {
        std::fs::write(log.path(), &content).unwrap();
        let problem = log.verify().unwrap_err();
        assert_eq!((problem.line, problem.kind), (line, kind), "{problem}");
    }
}

#[tokio::test]
async fn rewritten_chain_without_the_key_is_found() {
    let log = TestLog::new();
    record(&log.open(), 0..6).await;
    // Another log with one entry less: a correct chain in itself, with heads of another key.
    let forged = TestLog::new();
    record(&forged.open_unsigned(), 0..5).await;
    record(&forged.open_unsigned(), 7..8).await;
    std::fs::write(log.path(), forged.text()).unwrap();
    std::fs::remove_file(beside(&log.path(), ".chain")).unwrap();
    let problem = log.verify().unwrap_err();
    assert_eq!((problem.line, problem.kind), (6, ProblemKind::Changed), "{problem}");

    let heads = beside(&log.path(), ".heads");
    let text = std::fs::read_to_string(&heads).unwrap();
    let head = Head::parse(text.lines().last().unwrap().as_bytes()).unwrap();
    let other_key = SigningKey::from_seed(&[8; 32]).unwrap();
    assert!(head.is_signed_by(&[key().public_key()]) && !head.is_signed_by(&[other_key.public_key()]));
    let earlier = Head { seq: head.seq - 1, ..head };
    std::fs::write(&heads, format!("{}\n", serde_json::to_string(&earlier).unwrap())).unwrap();
    assert_eq!(log.verify().unwrap_err().kind, ProblemKind::Signature);
}

#[tokio::test]
async fn heads_in_a_log_serve_as_evidence() {
    let log = TestLog::new();
    record(&log.open(), 0..6).await;
    let heads = beside(&log.path(), ".heads");
    let text = std::fs::read_to_string(&heads).unwrap();
    let head = text.lines().last().unwrap().trim_start_matches('{');
    let shipped = log.folder.path().join("shipped.log");
    let line = format!("{{\"timestamp\":\"x\",\"level\":\"INFO\",\"message\":\"audit head\",{head}\n");
    append(&shipped, &format!("{{\"level\":\"INFO\",\"message\":\"ready\"}}\n{line}"));
    // The attacker removed the end and everything beside it.
    std::fs::remove_file(heads).unwrap();
    std::fs::remove_file(beside(&log.path(), ".chain")).unwrap();
    let text = log.text();
    let kept: String = text.split_inclusive('\n').take(5).collect();
    std::fs::write(log.path(), kept).unwrap();
    let mut evidence = log.evidence();
    assert_eq!(log.verify_with(&evidence).unwrap().entries, 5, "nothing shows the removed line");
    evidence.heads = vec![shipped];
    assert_eq!(log.verify_with(&evidence).unwrap_err().kind, ProblemKind::Truncated);
}
