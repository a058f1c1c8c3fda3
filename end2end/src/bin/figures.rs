//! `cargo figures`: the figures of docs/development/performance.md, measured on this machine with the release build.

use anyhow::Context;
use clap::Parser;
use end2end::demo::{Demo, Options};
use end2end::engines;
use end2end::machine::{self, run, say};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Measures transferred bytes, start, memory, waiting and typing.
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
            more_settings: String::new(),
            directory: None,
            log_to_terminal: false,
        };
        let mut demo = Demo::start(options).await?;
        let cores = std::thread::available_parallelism()?;
        say(&format!("{cores} cores; binary {} MB", size / 1_000_000));
        bytes(demo.origin()).await?;
        starts(&mut demo).await?;
        memory(&demo)
    })?;
    in_a_browser(&binary)
}

/// What only a browser can measure: bytes per step, waiting, typing, Lighthouse.
fn in_a_browser(binary: &Path) -> anyhow::Result<()> {
    machine::install(&["chromium"])?;
    engines::prepare()?;
    run(engines::npm("figures")?.args(engines::CLEAN_INSTALL))?;
    run(engines::npm("figures")?.args(["run", "figures"]).env("PRODUCT_BINARY", binary))
}

/// What a browser transfers, compressed with brotli, without headers.
async fn bytes(origin: &str) -> anyhow::Result<()> {
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
    let mut late = get(origin, &worker, "br").await?.len();
    for name in script.split(['"', '`']).filter_map(|part| part.strip_prefix("./")) {
        late += get(origin, &format!("/assets/{name}"), "br").await?.len();
    }
    say(&format!("{late:>9} B br  strength estimate, from the code step on"));
    Ok(())
}

/// Every asset that the page names, once.
fn assets(page: &str) -> Vec<String> {
    let mut found: Vec<String> =
        page.split('"').filter(|part| part.starts_with("/assets/")).map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

/// From starting the process to its word that it is ready, over a store that is there.
async fn starts(demo: &mut Demo) -> anyhow::Result<()> {
    let mut taken = Vec::new();
    for _ in 0..9 {
        demo.kill().await?;
        #[expect(clippy::disallowed_methods, reason = "this measures")]
        let start = Instant::now();
        demo.start_again().await?;
        taken.push(start.elapsed().as_millis());
    }
    taken.sort_unstable();
    say(&format!(
        "{:>9} ms    start to ready, median of {}",
        taken.get(4).copied().unwrap_or(0),
        taken.len()
    ));
    Ok(())
}

fn memory(demo: &Demo) -> anyhow::Result<()> {
    let process = demo.process().context("the product has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    for (field, what) in
        [("VmRSS:", "resident memory, idle"), ("RssAnon:", "of it its own (not the binary's pages)")]
    {
        let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no memory figure")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        say(&format!("{kilobytes:>9} kB    {what}"));
    }
    Ok(())
}

/// A body as it is transferred.
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
    anyhow::ensure!(answer.starts_with(b"HTTP/1.1 200"), "{path} is not there");
    Ok(answer.split_off(end + 4))
}
