//! Benchmark: evaluation of a new password, including the strength estimate, by password length.
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use app::domain::password::Password;
use app::policy::{Personal, Rules, Score};
use criterion::{BenchmarkId, Criterion};
use server::reset::password_write::score;
use std::hint::black_box;

/// Words, digits and punctuation as in a sentence: the estimate is slowest for text with many dictionary matches.
const TEXT: &str = "Zomer-Kanaal-87?paars, Fiets-Regen-42! Molen-Wiek-Wind-8; Sluis-Brug-Dijk-77 \
                    en dan nog Appel-Peer-Pruim-19 met Koffie-Thee-Melk-2026.";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let rules = Rules {
        min_length: 12,
        max_length: 127,
        complexity: true,
        min_score: Score::new(3).expect("at most 4"),
        banned_words: vec!["pantein".to_owned()],
        history: Some(24),
    };
    let personal = Personal::from_names("A.Janssen", "Anna Janssen");
    let mut group = criterion.benchmark_group("evaluate");
    for length in [8, 16, 64, 128] {
        let password = Password::new(TEXT.chars().take(length).collect::<String>());
        group.bench_with_input(BenchmarkId::from_parameter(length), &password, |bencher, password| {
            bencher.iter(|| {
                let score = score(&rules, &personal, black_box(password));
                rules.evaluate(password, &personal, Some(score))
            });
        });
    }
    group.finish();
    criterion.final_summary();
}
