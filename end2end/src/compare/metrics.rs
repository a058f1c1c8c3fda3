//! The product's own metrics: time in its backends, and processor time.

use anyhow::Context as _;
use std::collections::BTreeMap;

/// Seconds since the start of the process.
#[derive(Debug, Clone, Default)]
pub(super) struct Metrics {
    /// That calls took, by backend.
    backends: BTreeMap<String, f64>,
    /// Of processor time, whole ones.
    processor: f64,
}

impl Metrics {
    /// Reads the metrics of the admin listener.
    pub(super) async fn read(admin_url: &str) -> anyhow::Result<Self> {
        let client = super::client()?;
        let response = client.get(format!("{admin_url}/metrics")).send().await?;
        Ok(Self::parse(&response.error_for_status()?.text().await?))
    }

    fn parse(text: &str) -> Self {
        let mut sums = BTreeMap::new();
        let processor = text.lines().find_map(|line| line.strip_prefix("process_cpu_seconds_total "));
        for line in text.lines() {
            let Some(rest) = line.strip_prefix("backend_call_duration_seconds_sum{") else { continue };
            let parsed = || -> anyhow::Result<(String, f64)> {
                let (labels, value) = rest.rsplit_once("} ").context("no value")?;
                let name = labels.split_once("backend=\"").and_then(|(_, name)| name.split('"').next());
                Ok((name.context("no backend")?.to_owned(), value.parse()?))
            };
            if let Ok((backend, seconds)) = parsed() {
                *sums.entry(backend).or_default() += seconds;
            }
        }
        let processor = processor.and_then(|value| value.parse().ok()).unwrap_or(0.0);
        Self { backends: sums, processor }
    }

    /// The processor time since `before`, in ms for each of so many resets.
    pub(super) fn processor_since(&self, before: &Self, resets: u32) -> f64 {
        (self.processor - before.processor) * 1000.0 / f64::from(resets.max(1))
    }

    /// The time of calls since `before`, by backend, in ms for each of so many resets.
    pub(super) fn calls_since(&self, before: &Self, resets: u32) -> Vec<(String, f64)> {
        let added = self.backends.iter().map(|(name, sum)| {
            let earlier = before.backends.get(name).copied().unwrap_or(0.0);
            (name.clone(), (sum - earlier) * 1000.0 / f64::from(resets.max(1)))
        });
        added.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_of_a_backend_is_summed_over_operations_and_outcomes() {
        let line = |operation: &str, sum: &str| {
            format!(
                "backend_call_duration_seconds_sum{{backend=\"directory\",operation=\"{operation}\",outcome=\"ok\"}} {sum}\n"
            )
        };
        let before = Metrics::parse(&line("find", "1"));
        let after =
            Metrics::parse(&(line("find", "2") + &line("policy", "0.5") + "process_cpu_seconds_total 3\n"));
        assert_eq!(after.calls_since(&before, 10), [("directory".to_owned(), 150.0)]);
        assert!((after.processor_since(&before, 10) - 300.0).abs() < 0.001);
    }
}
