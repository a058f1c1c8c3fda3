//! The chain holds over restarts, rotations, crashes, several writers and the version without a chain.

use super::{NOW, OLD_LINE, TestLog, append, entry, record};
use server::adapters::audit_log::files::beside;
use server::adapters::audit_log::verify::{Evidence, ProblemKind};
use server::ports::audit::Audit as _;

#[tokio::test]
async fn chain_holds_over_a_restart_and_every_head_agrees() {
    let log = TestLog::new();
    for start in [0, 10, 20] {
        let writer = log.open();
        record(&writer, start..start + 10).await;
    }
    let report = log.verify().unwrap();
    assert_eq!((report.first, report.entries), (Some(1), 30));
    let head = report.last_head.unwrap();
    assert_eq!((head.seq, head.at), (30, NOW));
}

#[tokio::test]
async fn chain_continues_in_the_new_file_after_a_rotation() {
    let log = TestLog::new();
    let writer = log.open();
    record(&writer, 0..5).await;
    log.rotate(".1");
    record(&writer, 5..9).await;
    drop(writer);
    // Between the rotation and the next start.
    log.rotate(".2");
    let writer = log.open();
    record(&writer, 9..12).await;
    assert_eq!(log.verify().unwrap().entries, 12);
    assert_eq!(log.text().lines().count(), 3);
}

#[tokio::test]
async fn chain_continues_if_the_rotated_file_was_moved_away() {
    let log = TestLog::new();
    record(&log.open(), 0..5).await;
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::rename(log.path(), elsewhere.path().join("old")).unwrap();
    record(&log.open(), 5..8).await;
    let evidence = log.evidence();
    let files = [elsewhere.path().join("old"), log.path()];
    let report = server::adapters::audit_log::verify::verify(&files, &evidence).unwrap().unwrap();
    assert_eq!(report.entries, 8);
}

#[tokio::test]
async fn chain_continues_from_the_rotated_file_if_the_chain_file_is_behind() {
    let log = TestLog::new();
    record(&log.open(), 0..3).await;
    let chain_file = beside(&log.path(), ".chain");
    let behind = std::fs::read(&chain_file).unwrap();
    record(&log.open(), 3..5).await;
    std::fs::write(&chain_file, behind).unwrap();
    log.rotate(".1");
    record(&log.open(), 5..6).await;
    assert_eq!(log.verify().unwrap().entries, 6);
}

#[tokio::test]
async fn files_can_be_removed_if_a_head_covers_their_end() {
    let log = TestLog::new();
    let writer = log.open();
    record(&writer, 0..5).await;
    log.rotate(".1");
    record(&writer, 5..9).await;
    drop(writer);
    std::fs::remove_file(beside(&log.path(), ".1")).unwrap();
    let report = log.verify().unwrap();
    assert_eq!((report.first, report.entries), (Some(6), 4));
    // Without heads it looks like a removed line, unless the auditor names the start.
    let evidence = Evidence { keys: Vec::new(), ..log.evidence() };
    assert_eq!(log.verify_with(&evidence).unwrap_err().kind, ProblemKind::Missing);
    let evidence = Evidence { first: Some(6), ..evidence };
    assert_eq!(log.verify_with(&evidence).unwrap().entries, 4);
}

#[tokio::test]
async fn line_cut_short_by_a_crash_is_kept_and_covered() {
    let log = TestLog::new();
    record(&log.open(), 0..3).await;
    let before = log.text();
    append(&log.path(), "{\"v\":2,\"seq\":4,\"prev\":\"00");
    assert_eq!(log.verify().unwrap_err().kind, ProblemKind::Incomplete);
    let writer = log.open();
    record(&writer, 3..5).await;
    let report = log.verify().unwrap();
    assert_eq!((report.entries, report.covered_other), (5, 1));
    assert!(log.text().starts_with(&format!("{before}{{\"v\":2,\"seq\":4,\"prev\":\"00\n")));
    // The fragment is covered: a change of it shows.
    std::fs::write(log.path(), log.text().replace("\"prev\":\"00\n", "\"prev\":\"01\n")).unwrap();
    assert_eq!(log.verify().unwrap_err().kind, ProblemKind::Changed);
}

#[tokio::test]
async fn chain_starts_after_the_lines_of_the_earlier_version_and_covers_them() {
    let log = TestLog::new();
    append(&beside(&log.path(), ".1"), &format!("{OLD_LINE}\n"));
    append(&log.path(), &format!("{OLD_LINE}\n{OLD_LINE}\n"));
    let writer = log.open();
    record(&writer, 0..3).await;
    let report = log.verify().unwrap();
    assert_eq!((report.entries, report.covered_other, report.unchained_files), (3, 1, 1));
    assert_eq!(writer.find("k7q2-9f4m").await.unwrap().len(), 2, "old entries are still found");
    drop(writer);
    let changed = log.text().replacen("wrong_code", "wrong_coda", 1);
    std::fs::write(log.path(), changed).unwrap();
    let problem = log.verify().unwrap_err();
    assert_eq!((problem.kind, problem.line), (ProblemKind::Changed, 1));
}

#[tokio::test]
async fn several_writers_append_to_one_chain() {
    let log = TestLog::new();
    // Each has its own file handles, as a process has.
    let (serve, import, person) = (log.open(), log.open_unsigned(), log.open());
    for round in 0..10 {
        let start = round * 9;
        tokio::join!(
            record(&serve, start..start + 3),
            record(&import, start + 3..start + 6),
            record(&person, start + 6..start + 9),
        );
        if round == 5 {
            log.rotate(".1");
        }
    }
    drop((serve, import, person));
    assert_eq!(log.verify().unwrap().entries, 90);
}

#[tokio::test]
async fn lines_removed_while_the_service_runs_leave_a_gap() {
    for restarts in [false, true] {
        let log = TestLog::new();
        let mut writer = log.open_unsigned();
        record(&writer, 0..5).await;
        let text = log.text();
        let kept: String = text.split_inclusive('\n').take(3).collect();
        std::fs::write(log.path(), kept).unwrap();
        assert_eq!(log.verify().unwrap_err().kind, ProblemKind::Truncated, "without any head");
        if restarts {
            drop(writer);
            writer = log.open_unsigned();
        }
        record(&writer, 5..6).await;
        assert_eq!(log.verify().unwrap_err().kind, ProblemKind::Missing, "{restarts}");
    }
}

#[tokio::test]
async fn entry_that_cannot_be_written_fails_for_every_waiting_caller() {
    let log = TestLog::new();
    let writer = log.open();
    record(&writer, 0..1).await;
    std::fs::remove_file(log.path()).unwrap();
    std::fs::create_dir(log.path()).unwrap();
    let all = (1..9).map(|number| writer.record(entry(number)));
    let results = futures::future::join_all(all).await;
    assert!(results.iter().all(Result::is_err));
    // Afterwards it goes on, and the removed file shows.
    std::fs::remove_dir(log.path()).unwrap();
    record(&writer, 9..10).await;
    drop(writer);
    let report = log.verify().unwrap();
    assert_eq!((report.first, report.entries), (Some(2), 1), "a head covers the end of the removed file");
}
