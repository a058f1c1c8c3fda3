//! The report of a panic: its place in the code, and nothing else. A panic message can quote the data on which the code
//! failed; Rust's own report and tokio's error print it.

use std::panic::PanicHookInfo;
use tracing::error;

/// Replaces Rust's own report, which prints the message.
pub fn install() {
    std::panic::set_hook(Box::new(report));
}

fn report(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    error!(location, "defect: panic");
}

/// Why a task did not complete. Unlike the error of tokio, it does not quote the message of a panic.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum TaskFailure {
    /// The log has the place.
    #[error("the task panicked")]
    Panicked,
    /// The runtime ended.
    #[error("the task was cancelled")]
    Cancelled,
}

impl From<tokio::task::JoinError> for TaskFailure {
    fn from(error: tokio::task::JoinError) -> Self {
        if error.is_panic() { Self::Panicked } else { Self::Cancelled }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    const TEST: &str = "panic_hook::tests::report_of_a_panic_has_its_place_and_not_its_message";

    #[test]
    fn report_of_a_panic_has_its_place_and_not_its_message() {
        if std::env::var_os("PANIC_HOOK_TEST").is_some() {
            tracing_subscriber::fmt().with_writer(std::io::stderr).init();
            super::install();
            panic!("geheim");
        }
        // In a process of its own, because the hook is global.
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env("PANIC_HOOK_TEST", "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("defect: panic") && text.contains("panic_hook.rs:"), "{text}");
        assert!(!text.contains("geheim"), "{text}");
    }
}
