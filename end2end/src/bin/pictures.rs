//! `cargo pictures`: takes a picture of every screen in every width, colour scheme and language. `cargo verify`
//! compares the same pictures with those in the repository.

use clap::Parser;
use end2end::engines;
use end2end::machine::{self, run, say};

/// Takes a picture of every screen in every state.
#[derive(Parser)]
#[command(name = "cargo pictures")]
struct Arguments {
    /// Accept the current appearance: overwrites the reference pictures in the repository.
    #[arg(long)]
    accept: bool,
}

fn main() -> anyhow::Result<()> {
    let Arguments { accept } = Arguments::parse();
    machine::install(&engines::FONTS)?;
    machine::install(&["chromium"])?;
    machine::build_product(false)?;
    engines::prepare()?;
    let mut pictures = engines::npm("browser")?;
    pictures.args(["run", "pictures"]);
    if accept {
        pictures.env("UPDATE_PICTURES", "1");
    }
    // Prints the path even if pictures differ, because then the developer wants to see them.
    let result = run(&mut pictures);
    say(&format!("{}", machine::workspace().join("target/screenshots/index.html").display()));
    result
}
