//! The log, as tests read it.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::Subscriber;

/// Collects the lines of a subscriber.
#[derive(Debug, Clone, Default)]
pub struct LogOutput(Arc<Mutex<Vec<u8>>>);

impl LogOutput {
    /// A subscriber that writes here, without colours.
    pub fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        let writer = self.clone();
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish()
    }

    /// What was logged.
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for LogOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
