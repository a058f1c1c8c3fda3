//! All metrics: their names, kinds, labels and descriptions. `docs/reference/metrics.md` explains them; a test compares
//! the page and the code with this list.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricKind {
    /// Only increases, from zero at the start of the process.
    Counter,
    /// A current value.
    Gauge,
    /// Durations in these buckets (seconds).
    Histogram(&'static [f64]),
}

impl MetricKind {
    /// The name in Prometheus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// A metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// The name.
    pub name: &'static str,
    /// The kind.
    pub kind: MetricKind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it counts or shows.
    pub help: &'static str,
}

/// Answers of the API leave at multiples of the minimum response time, 1.5 s as shipped: the limits are beside these.
const REQUEST_BUCKETS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.75, 2.5, 3.5, 5.0, 10.0, 30.0, 60.0];
/// From a write to the disk to the longest timeout of a backend.
const CALL_BUCKETS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0];
/// Within a site, between sites, and the last check after about eight minutes.
const REPLICATION_BUCKETS: &[f64] = &[0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0];

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: MetricKind::Counter, labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: MetricKind::Gauge, labels, help }
}

const fn histogram(
    name: &'static str,
    labels: &'static [&'static str],
    buckets: &'static [f64],
    help: &'static str,
) -> Metric {
    Metric { name, kind: MetricKind::Histogram(buckets), labels, help }
}

/// All metrics.
pub const METRICS: &[Metric] = &[
    counter("http_requests_total", &["route", "status"], "Answered requests"),
    histogram("http_request_duration_seconds", &["route"], REQUEST_BUCKETS, "Time until an answer starts"),
    counter("refusals_total", &["route", "refusal"], "Answers of the API that are refusals"),
    counter("requests_rejected_total", &["reason"], "Calls refused before their step"),
    counter("reset_visits_total", &[], "Started reset sessions"),
    counter("reset_sessions_total", &["outcome"], "Reset sessions by what became of them"),
    counter("reset_not_verified_total", &[], "Answers not_verified of the reset"),
    counter("reset_passwords_set_total", &[], "Passwords set"),
    counter("reset_waits_started_total", &[], "Resets of accounts of high impact that started to wait"),
    counter("reset_limited_total", &["call", "limit"], "Calls refused by a limit"),
    counter("reset_unavailable_total", &["part"], "Calls that a component did not answer"),
    counter("reset_breach_unchecked_total", &[], "Passwords accepted without a look at the breached ones"),
    counter("registration_not_verified_total", &[], "Answers not_verified of the registration"),
    counter("service_desk_not_verified_total", &[], "Sign-ins of agents that were refused"),
    counter("service_desk_call_codes_total", &["outcome"], "Call codes that agents typed"),
    counter("service_desk_actions_total", &["action"], "Actions of agents for a caller"),
    counter("service_desk_start_codes_total", &["event"], "Start codes by what happened to them"),
    counter("service_desk_limited_total", &["limit"], "Refusals of an agent by a limit"),
    counter("registration_mobile_written_total", &[], "Numbers written to other systems"),
    counter("registration_mobile_write_failures_total", &[], "Failed writes of numbers"),
    gauge("registration_mobile_writes_overdue", &[], "Numbers whose write failed three times or more"),
    histogram(
        "backend_call_duration_seconds",
        &["backend", "operation", "outcome"],
        CALL_BUCKETS,
        "Duration of calls to other systems and to the store",
    ),
    gauge("backend_calls_running", &["backend"], "Calls that wait for their answer"),
    gauge("circuit_breaker_open", &["backend"], "1 while new resets are refused because of this system"),
    gauge("directory_server_up", &["server"], "1 if this server of the directory answers"),
    gauge("clock_offset_seconds", &["source"], "How far the clock of this system is ahead of ours"),
    histogram(
        "replication_wait_seconds",
        &[],
        REPLICATION_BUCKETS,
        "From a write to the moment all directory servers have it",
    ),
    counter(
        "replication_incomplete_total",
        &[],
        "Writes that some directory server did not have after minutes",
    ),
    counter("notices_total", &["channel", "outcome"], "Messages by what happened to them"),
    counter("notices_untold_total", &[], "Notices without a recipient"),
    counter("notices_lost_total", &[], "Notices that could not be queued"),
    gauge("outbox_messages", &[], "Queued messages"),
    gauge("outbox_oldest_message_age_seconds", &[], "Age of the oldest queued message; 0 without one"),
    counter("accounts_frozen_total", &["by"], "Accounts frozen with the link of a notice or by an agent"),
    gauge("accounts_frozen", &[], "Frozen accounts"),
    counter("audit_syslog_interruptions_total", &[], "Failed connections to the syslog server"),
    counter("audit_collection_interruptions_total", &[], "Failures to copy the audit log into the database"),
    gauge("periodic_work_leader", &[], "1 on the node that runs the periodic work"),
    counter("tasks_panicked_total", &["task"], "Panics of background tasks"),
    gauge("connections_open", &["listener"], "Open connections"),
    counter("connections_closed_total", &["listener", "reason"], "Connections closed by the service"),
    counter("connections_refused_total", &["listener", "reason"], "Connections refused"),
    gauge(
        "certificate_expiry_timestamp_seconds",
        &[],
        "When the certificate of the service expires; seconds since 1970",
    ),
    gauge("disk_free_bytes", &["volume"], "Free space where this file is"),
    gauge("disk_size_bytes", &["volume"], "Size of the file system where this file is"),
    counter("process_cpu_seconds_total", &[], "Processor time of the process, in whole seconds"),
    gauge("process_resident_memory_bytes", &[], "Memory of the process"),
    gauge("process_open_fds", &[], "Open file descriptors"),
    gauge("process_max_fds", &[], "File descriptors that the process may open"),
    gauge("process_start_time_seconds", &[], "When the service started; seconds since 1970"),
    gauge("runtime_tasks", &[], "Tasks of the runtime that have not ended"),
    gauge("runtime_queued_tasks", &[], "Tasks that wait for a thread of the runtime"),
    gauge("wachtwoord_reset_build_info", &["version", "commit"], "1; the labels describe the program"),
];

/// Passes the descriptions to the recorder.
pub(super) fn describe() {
    for Metric { name, kind, help, .. } in METRICS {
        match kind {
            MetricKind::Counter => describe_counter!(*name, *help),
            MetricKind::Gauge => describe_gauge!(*name, *help),
            MetricKind::Histogram(_) => describe_histogram!(*name, *help),
        }
    }
}
