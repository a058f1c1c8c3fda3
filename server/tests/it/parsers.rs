//! The fuzz targets of `server/fuzz` on their corpus and on seeded mutations of it.
//!
//! `SEED` repeats a run, `PARSER_CASES` sets the number of mutations per target.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

use server::test_support::parsers::{TARGETS, Target};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A second in total; a fuzzing run is a matter of `cargo fuzz` or of a larger `PARSER_CASES`.
const CASES: u64 = 2_000;
/// Longer input finds nothing more in these parsers.
const MAX_LENGTH: usize = 4096;
/// Text with a meaning to some parser.
const TOKENS: [&str; 28] = [
    "\0",
    "\r\n",
    ";",
    "\"",
    "\\",
    ",",
    "[",
    "]",
    "{",
    "}",
    ":",
    "@",
    "%",
    "%40",
    "\u{feff}",
    "\u{200b}",
    "\u{a0}",
    "é",
    "００",
    "٣",
    "-",
    "+",
    "0",
    "31",
    "ff",
    "example.org",
    "null",
    "-----BEGIN ",
];

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz().join(folder)).unwrap();
    let stem = |entry: fs::DirEntry| entry.path().file_stem().unwrap().to_string_lossy().into_owned();
    entries.map(|entry| stem(entry.unwrap())).collect()
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(fuzz().join("corpus").join(target)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// `SplitMix64`: one number is the whole state.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes().into_iter().next().unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let index = self.below(of.len());
        of.get(index).unwrap()
    }

    /// An input made of the corpus by a few changes.
    fn mutated(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.one(corpus).clone();
        for _ in 0..=self.below(4) {
            let at = self.below(input.len() + 1);
            let end = (at + 1 + self.below(8)).min(input.len()).max(at);
            let replacement = match self.below(7) {
                0 => vec![self.byte()],
                1 => vec![],
                2 => self.one(&TOKENS).as_bytes().to_vec(),
                3 => input.get(at..end).unwrap().repeat(1 + self.below(40)),
                4 => self.one(corpus).clone(),
                5 => vec![*self.one(&[0, 0x7f, 0x80, 0xff])],
                _ => input.get(at..end).unwrap().iter().map(|byte| byte ^ (1 << self.below(8))).collect(),
            };
            let end = if self.below(2) == 0 { at } else { end };
            input.splice(at..end, replacement);
            input.truncate(MAX_LENGTH);
        }
        input
    }
}

fn check(name: &str, target: Target, input: &[u8], source: &str) {
    let held = std::panic::catch_unwind(|| target(input)).is_ok();
    assert!(held, "{name}, {source}: {:?}", String::from_utf8_lossy(input));
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn every_fuzz_target_has_a_program_and_a_corpus() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("fuzz_targets"), targets);
    assert_eq!(names("corpus"), targets);
}

#[test]
fn parsers_hold_their_properties_for_the_corpus_and_its_mutations() {
    let seed = variable("SEED").unwrap_or_else(|| u64::from_le_bytes(server::random::bytes().unwrap()));
    let cases = variable("PARSER_CASES").unwrap_or(CASES);
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        for input in &corpus {
            check(name, target, input, "corpus");
        }
        let mut random = Random(seed);
        for _ in 0..cases {
            check(name, target, &random.mutated(&corpus), &format!("SEED={seed}"));
        }
    }
}
