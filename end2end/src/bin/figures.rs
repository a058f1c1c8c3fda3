//! `cargo figures`: measures the figures of docs/development/performance.md on this machine with the release build.

use anyhow::Context;
use clap::Parser;
use end2end::demo::{Demo, Options};
use end2end::engines;
use end2end::machine::{self, run, say};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Measures transferred bytes, start time, memory, waiting time and typing.
#[derive(Parser)]
#[command(name = "cargo figures")]
struct Arguments {
    /// Measure this binary instead of building one.
    #[arg(long)]
    binary: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let binary = if let Some(binary) = Arguments::parse().binary {
        binary.canonicalize().with_context(|| format!("no binary {}", binary.display()))?
    } else {
        machine::wasm_toolchain()?;
        machine::build_product(true)?
    };
    let size = std::fs::metadata(&binary)?.len();
    tokio::runtime::Runtime::new()?.block_on(async {
        let options = Options {
            port: 0,
            https: false,
            folder: machine::workspace().join("target").join("figures"),
            binary: binary.clone(),
            descriptors: None,
            nodes: 1,
            extra_employees: 0,
            more_settings: String::new(),
            directory: None,
            small_disks: false,
            log_to_terminal: false,
        };
        let mut demo = Demo::start(options).await?;
        let cores = std::thread::available_parallelism()?;
        say(&format!("{cores} cores; binary {} MB", size / 1_000_000));
        measure_bytes(demo.origin()).await?;
        measure_start(&mut demo).await?;
        measure_memory(&demo)
    })?;
    measure_in_browser(&binary)
}

/// The figures that need a browser: bytes per step, waiting time, typing, Lighthouse.
fn measure_in_browser(binary: &Path) -> anyhow::Result<()> {
    machine::install(&["chromium"])?;
    engines::prepare()?;
    run(engines::npm("figures")?.args(engines::CLEAN_INSTALL))?;
    run(engines::npm("figures")?.args(["run", "figures"]).env("PRODUCT_BINARY", binary))
}

/// The transferred bytes of a browser, compressed with brotli, without headers.
async fn measure_bytes(origin: &str) -> anyhow::Result<()> {
    let page = get(origin, "/wachtwoordreset", "br").await?;
    let text = String::from_utf8(get(origin, "/wachtwoordreset", "identity").await?)?;
    let mut sum = page.len();
    say(&format!("{:>9} B br  {}", page.len(), "index.html"));
    for path in assets(&text).into_iter().filter(|path| !path.contains("worker")) {
        let body = get(origin, &path, "br").await?;
        sum += body.len();
        say(&format!("{:>9} B br  {path}", body.len()));
    }
    say(&format!("{sum:>9} B br  until the first screen works"));
    let worker = assets(&text).into_iter().find(|path| path.contains("worker")).context("no worker")?;
    let script = String::from_utf8(get(origin, &worker, "identity").await?)?;
    let mut strength = get(origin, &worker, "br").await?.len();
    for name in script.split(['"', '`']).filter_map(|part| part.strip_prefix("./")) {
        strength += get(origin, &format!("/assets/{name}"), "br").await?.len();
    }
    say(&format!("{strength:>9} B br  strength estimate, from the code step on"));
    Ok(())
}

/// The assets to which the page refers, without duplicates.
fn assets(page: &str) -> Vec<String> {
    let mut found: Vec<String> =
        page.split('"').filter(|part| part.starts_with("/assets/")).map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

/// The time from the start of the process to its log line that it is ready, with an existing store.
async fn measure_start(demo: &mut Demo) -> anyhow::Result<()> {
    let mut durations = Vec::new();
    for _ in 0..9 {
        demo.kill().await?;
        #[expect(clippy::disallowed_methods, reason = "measures the start time")]
        let start = Instant::now();
        demo.restart().await?;
        durations.push(start.elapsed().as_millis());
    }
    durations.sort_unstable();
    say(&format!(
        "{:>9} ms    start to ready, median of {}",
        durations.get(4).copied().unwrap_or(0),
        durations.len()
    ));
    Ok(())
}

fn measure_memory(demo: &Demo) -> anyhow::Result<()> {
    let process = demo.process().context("the product has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    for (field, name) in
        [("VmRSS:", "resident memory, idle"), ("RssAnon:", "of it anonymous (without the binary's pages)")]
    {
        let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no memory figure")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        say(&format!("{kilobytes:>9} kB    {name}"));
    }
    Ok(())
}

/// Requests a path and returns the body as transferred.
async fn get(origin: &str, path: &str, encoding: &str) -> anyhow::Result<Vec<u8>> {
    let host = origin.strip_prefix("http://").context("only http is measured")?;
    let mut stream = TcpStream::connect(host).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: {encoding}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no headers")?;
    anyhow::ensure!(answer.starts_with(b"HTTP/1.1 200"), "{path} does not have status 200");
    Ok(answer.split_off(end + 4))
}
