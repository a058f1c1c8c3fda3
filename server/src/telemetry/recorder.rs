//! The recorder of the metrics, which renders them as Prometheus text.

use super::catalog::{self, METRICS, MetricKind};
use crate::service_desk::limits::DESK_LIMITS;
use crate::version::{COMMIT, VERSION};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Returns a builder that knows the buckets of all histograms.
pub fn builder() -> Result<PrometheusBuilder, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for metric in METRICS {
        if let MetricKind::Histogram(buckets) = metric.kind {
            builder = builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)?;
        }
    }
    Ok(builder)
}

/// Installs the recorder of the process. What is measured earlier is lost.
pub(crate) fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = builder()?.install_recorder()?;
    catalog::describe();
    metrics::gauge!("wachtwoord_reset_build_info", "version" => VERSION, "commit" => COMMIT).set(1.0);
    start_at_zero();
    Ok(handle)
}

/// Creates the counters that alerts and the dashboard need: Prometheus sees an increase only of a series that exists before.
fn start_at_zero() {
    for metric in METRICS.iter().filter(|metric| metric.kind == MetricKind::Counter) {
        if metric.labels.is_empty() {
            metrics::counter!(metric.name).increment(0);
        }
    }
    for outcome in ["started", "verified", "password_set", "unlocked", "not_verified", "cancelled"] {
        metrics::counter!("reset_sessions_total", "outcome" => outcome).increment(0);
    }
    for channel in ["mail", "sms"] {
        metrics::counter!("notices_total", "channel" => channel, "outcome" => "given_up").increment(0);
    }
    for task in ["jobs", "notices", "audit syslog", "metrics"] {
        metrics::counter!("tasks_panicked_total", "task" => task).increment(0);
    }
    for part in ["directory", "entrust", "store", "audit trail"] {
        metrics::counter!("reset_unavailable_total", "part" => part).increment(0);
    }
    for call in ["identify", "sign in", "service desk sign in"] {
        metrics::counter!("reset_limited_total", "call" => call, "limit" => "global").increment(0);
    }
    for limit in DESK_LIMITS {
        metrics::counter!("service_desk_limited_total", "limit" => limit).increment(0);
    }
    for reason in ["address", "network", "total", "accept"] {
        metrics::counter!("connections_refused_total", "listener" => "public", "reason" => reason)
            .increment(0);
    }
    metrics::counter!("connections_closed_total", "listener" => "public", "reason" => "displaced")
        .increment(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_of_which_an_alert_needs_an_increase_exists_from_the_start() {
        let recorder = builder().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, start_at_zero);
        let page = recorder.handle().render();
        let rules = include_str!("../../packaging/prometheus/alerts.yml");
        let mut checked = 0;
        // A rule with `unless` also sees a series that has just begun.
        for rule in rules.split("- alert: ").skip(1).filter(|rule| !rule.contains(" unless ")) {
            for query in rule.split("increase(").skip(1) {
                let name = query.split(['{', '[']).next().unwrap();
                assert!(page.contains(&format!("\n{name}")), "{name}: {page}");
                checked += 1;
            }
        }
        assert!(checked > 10, "{checked}");
        for limit in DESK_LIMITS {
            assert!(page.contains(&format!("service_desk_limited_total{{limit=\"{limit}\"}} 0\n")), "{page}");
        }
    }
}
