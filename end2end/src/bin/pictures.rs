//! `cargo pictures`: every screen in every width, scheme and language, for people to look at. Not a test by itself:
//! `cargo verify` compares the same pictures with those in the repository.

use clap::Parser;
use end2end::engines;
use end2end::machine::{self, run, say};

/// Takes a picture of every screen and every state of one.
#[derive(Parser)]
#[command(name = "cargo pictures")]
struct Arguments {
    /// Take how it looks now as how it should look: writes the small pictures in the repository anew.
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
    // Also where some look different: those are what somebody wants to see.
    let looked = run(&mut pictures);
    say(&format!("{}", machine::workspace().join("target/screenshots/index.html").display()));
    looked
}
