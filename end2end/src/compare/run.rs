//! The order of the measurements.

use super::browser;
use super::ltb::Ltb;
use super::memory;
use super::pages::PageRates;
use super::report::{Beside, Ltb as LtbFigures, Report};
use super::resets::{self, Bench, steady_rate};
use crate::demo::{self, Demo, OtherDirectory};
use crate::machine::{self, say};
use crate::slapd::Slapd;
use crate::tls::Authority;
use anyhow::Context as _;
use std::path::PathBuf;
use std::time::Duration;

/// All clients have one address, so no limit per address; and no minimum response time, which hides what a step costs.
const SETTINGS: &str = "[connections]\nper_address = 2000\n[limits]\nper_address = \"0\"\nglobal = \"0\"\nflood_per_address = \"1000000000/1m\"\n\
                        [verification]\nenvelope = \"0s\"\n";

/// What is measured, and how long.
#[derive(Debug, Clone)]
pub struct Options {
    /// The product's binary.
    pub binary: PathBuf,
    /// A release of LTB with its dependencies, a folder or an archive; without it its columns stay empty.
    pub ltb_source: Option<PathBuf>,
    /// Resets in each turn.
    pub employees: u32,
    /// How often each measurement is repeated; the median counts.
    pub turns: u32,
    /// The duration of one measurement of the first page.
    pub page_duration: Duration,
    /// Whether to load the first pages in Chromium.
    pub with_browser: bool,
    /// Of the random arrivals.
    pub seed: u64,
}

impl Options {
    /// Measures everything.
    pub async fn run(&self) -> anyhow::Result<Report> {
        let authority = Authority::new()?;
        // Two groups of turns, two steady loads, the passwords that LTB changes, and three resets before.
        let extra_employees = self.employees * (2 * self.turns + 2 + 1) + 3;
        let slapd = Slapd::start_for_load(&authority, extra_employees).await?;
        let mut demo = Demo::start(demo::Options {
            small_disks: false,
            port: 0,
            https: false,
            folder: machine::target().join("compare"),
            binary: self.binary.clone(),
            descriptors: None,
            nodes: 1,
            extra_employees,
            more_settings: SETTINGS.to_owned(),
            directory: Some(OtherDirectory::openldap(&slapd, &authority)),
            log_to_terminal: false,
        })
        .await?;
        let process = demo.process().context("the product has ended")?;
        let idle = memory::of_tree(process, &[]);
        let ltb = self.start_ltb(&slapd, &authority).await;
        let ltb_idle = ltb.as_ref().map(Ltb::memory).unwrap_or_default();
        say("first page under load");
        let pages = PageRates::measure(&demo.url, ltb.as_ref().ok(), self.turns, self.page_duration).await?;
        say("whole resets, and the bare client");
        let mut bench = Bench { demo: &mut demo, slapd: &slapd, authority: &authority, next: 1 };
        let resets = bench.rates(self.employees, self.turns).await?;
        say("the steps at half of that rate");
        let steps = bench.steps(self.employees, resets.product / 2.0, self.seed).await?;
        let next = bench.next;
        let after = memory::of_tree(process, &[]);
        let mut addresses = vec![demo.url.clone()];
        let ltb = match ltb {
            Ok(ltb) => {
                say("passwords that LTB changes");
                let employees = next..=next + self.employees - 1;
                let mut done = ltb.change_passwords(employees, resets::CONNECTIONS).await?;
                done.sort_unstable();
                addresses.push(ltb.url());
                let changes = steady_rate(&done);
                Ok((
                    LtbFigures { version: ltb.version.clone(), changes, idle: ltb_idle, after: ltb.memory() },
                    ltb,
                ))
            }
            Err(error) => Err(format!("{error:#}")),
        };
        let in_browser = if self.with_browser {
            say("first pages in Chromium");
            browser::load(&addresses)?
        } else {
            Vec::new()
        };
        let beside = Beside { idle, after, in_browser, ltb: ltb.map(|(figures, _)| figures) };
        Ok(Report { beside, pages, resets, steps, seed: self.seed })
    }

    async fn start_ltb(&self, slapd: &Slapd, authority: &Authority) -> anyhow::Result<Ltb> {
        let source = self.ltb_source.as_ref().context("no --ltb-source")?;
        Ltb::start(source, slapd, authority).await
    }
}
