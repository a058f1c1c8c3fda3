//! `timing`: measures whether the answers to correct and wrong birthdates, unknown names and other accounts can be
//! distinguished, on a running server of the operator's own.

use super::{print, print_error};
use anyhow::Context as _;
use server::adapters::timing_client::{Jar, TimingClient};
use server::timing::answer::{RawAnswer, Shape};
use server::timing::report::{Samples, compare};
use server::timing::schedule::{Class, Subject, classes, interleaved, parse_labelled, parse_subject};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Measures whether an attacker could tell correct birthdates and existing accounts from others: takes interleaved samples
/// of each class, compares every pair of classes, and exits with 1 if a pair differs.
///
/// Use a test instance, never the one that employees use: each sample counts as a wrong code. The test instance needs
/// `limits.per_address = "0"`, `limits.global = "0"` and `limits.account_failures = "0"`, and a
/// `limits.entrust_reserve` and an Entrust lockout that are not reached. Otherwise the last call to Entrust, which this
/// command is about, is not made any more. At most 60 wrong codes in a row of one account are verified (80 from
/// `limits.own_networks`): give one `--account` for each 60 samples, or let `accounts` cover part of the samples and read
/// in the audit log how many had the reason `wrong_code`. No correct code is sent: the codes are random, and a session whose
/// code turns out to be correct is ended at once.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The server, e.g. `https://wachtwoordreset.test.example.org`.
    #[arg(long)]
    url: String,
    /// A test account and its correct birthdate. Repeat it for more accounts.
    #[arg(long = "account", value_name = "NAME:YYYY-MM-DD", required = true, value_parser = parse_subject)]
    accounts: Vec<Subject>,
    /// A name that no account has. Repeat it for more names.
    #[arg(long, value_name = "NAME", default_values = ["Q.Onbekend", "Z.Niemand"])]
    unknown: Vec<String>,
    /// A disabled account and its correct birthdate.
    #[arg(long, value_name = "NAME:YYYY-MM-DD", value_parser = parse_subject)]
    disabled: Vec<Subject>,
    /// An account of another class, e.g. `expired=E.Xample:1980-01-31`.
    #[arg(long, value_name = "LABEL=NAME:YYYY-MM-DD", value_parser = parse_labelled)]
    class: Vec<(String, Subject)>,
    /// Samples of each class. Fewer than 2000 give a wide interval.
    #[arg(long, default_value_t = 2000)]
    samples: usize,
    /// Samples that are taken at the same time.
    #[arg(long, default_value_t = 8)]
    concurrency: usize,
    /// The only root certificates to trust (PEM), instead of those of the system.
    #[arg(long)]
    ca_file: Option<PathBuf>,
}

struct Measurement {
    client: TimingClient,
    classes: Vec<Class>,
    /// The class and the number of each sample that was not taken yet.
    queue: Mutex<VecDeque<(usize, usize)>>,
    samples: Mutex<Vec<Samples>>,
}

pub(crate) async fn timing(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let client = match TimingClient::new(&arguments.url, arguments.ca_file.as_deref()) {
        Ok(client) => client,
        Err(error) => {
            print_error(&format!("{:#}", anyhow::Error::new(error)));
            return Ok(ExitCode::from(2));
        }
    };
    let disabled = arguments.disabled.iter().map(|subject| ("disabled".to_owned(), subject.clone()));
    let classes =
        classes(&arguments.accounts, &arguments.unknown, disabled.chain(arguments.class.iter().cloned()));
    let order = interleaved(classes.len(), arguments.samples, |below| {
        usize::from(server::random::bytes::<1>().map_or(0, |[byte]| byte)) % below.max(1)
    });
    let queue =
        order.into_iter().enumerate().map(|(number, class)| (class, number / classes.len())).collect();
    let samples = classes.iter().map(|class| Samples { label: class.label.clone(), ..Samples::default() });
    let measurement = Arc::new(Measurement {
        client,
        samples: Mutex::new(samples.collect()),
        classes,
        queue: Mutex::new(queue),
    });
    let workers = (0..arguments.concurrency.max(1)).map(|_| tokio::spawn(work(Arc::clone(&measurement))));
    for worker in workers.collect::<Vec<_>>() {
        worker.await.context("a worker")??;
    }
    let report = compare(&measurement.samples.lock().unwrap_or_else(PoisonError::into_inner));
    print(report.text.trim_end())?;
    Ok(if report.uniform { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn work(measurement: Arc<Measurement>) -> anyhow::Result<()> {
    loop {
        let next = measurement.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some((class, number)) = next else { return Ok(()) };
        measurement.take_sample(class, number).await?;
    }
}

impl Measurement {
    async fn take_sample(&self, class: usize, number: usize) -> anyhow::Result<()> {
        let Some(Class { subjects, .. }) = self.classes.get(class) else { return Ok(()) };
        let Some(subject) = subjects.get(number % subjects.len().max(1)) else { return Ok(()) };
        let mut jar = Jar::default();
        let random = u32::from_be_bytes(server::random::bytes()?);
        let calls = [
            ("identify", serde_json::json!({ "username": subject.name })),
            ("birthdate", serde_json::json!({ "birthdate": subject.birthdate })),
            ("code", serde_json::json!({ "code": format!("{:08}", random % 100_000_000) })),
        ];
        for (call, body) in calls {
            let (answer, duration) = self
                .client
                .call(call, &body, &mut jar)
                .await
                .with_context(|| format!("{call}: no answer"))?;
            explain(call, &answer)?;
            let verified = call == "code" && answer.status == 200;
            let refused_early = call != "code" && answer.status != 200;
            if !verified {
                let timed = (call == "code" || refused_early).then_some(duration);
                self.record(class, call, Shape::of(&answer, &subject.name), timed);
            }
            if verified {
                self.client.call("cancel", &serde_json::json!({}), &mut jar).await?;
            }
            if refused_early {
                break;
            }
        }
        Ok(())
    }

    /// Stores the shape of an answer and, if it counts, its duration.
    fn record(&self, class: usize, call: &'static str, shape: Shape, timed: Option<Duration>) {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(samples) = samples.get_mut(class) {
            samples.count(call, shape);
            let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
            samples.durations.extend(timed.map(micros));
        }
    }
}

/// An answer after which the measurement would say nothing.
fn explain(call: &str, answer: &RawAnswer) -> anyhow::Result<()> {
    match answer.status {
        429 => anyhow::bail!(
            "{call}: the server limits the rate. Measure a test instance with limits.per_address = \"0\", limits.global = \
             \"0\" and limits.account_failures = \"0\"; see docs/operations/timing.md"
        ),
        404 | 405 => anyhow::bail!("{call}: status {}: is --url the origin of the service?", answer.status),
        _ => Ok(()),
    }
}
