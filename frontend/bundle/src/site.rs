//! The whole build, from the wasm to the table that the server includes. Not which Rust does it.

mod asset;
mod inputs;
mod shrink;
mod table;
mod text;
mod wasm;

use crate::environment;
use crate::toolchain::{self, Toolchain};
use anyhow::Context;
use asset::Asset;
use std::fs;
use std::path::{Path, PathBuf};
use table::Site;

/// The files and folders the site is made of. The server's own are not among them: an edit there
/// leaves the wasm alone.
///
/// A folder that does not exist is left out, because cargo would run the build script every time.
pub fn inputs(workspace: &Path) -> Vec<PathBuf> {
    inputs::paths(workspace).filter(|path| path.exists()).collect()
}

/// Builds the site into `out_dir`: the files, and `site.rs` with the table of them.
///
/// The last site is kept in the wasm target folder and taken from there while its inputs are the
/// same, because debug, release, clippy and doc builds of the server each ask for it.
pub fn build(workspace: &Path, out_dir: &Path) -> anyhow::Result<()> {
    let target = environment::target_dir(workspace, std::env::var_os("CARGO_TARGET_DIR").as_deref());
    let kept = target.join("site");
    fs::create_dir_all(&kept).with_context(|| format!("cannot create {}", kept.display()))?;
    // One build at a time: a debug and a release build of the server may run side by side.
    let lock = fs::File::create(target.join("site.lock")).context("cannot create the site's lock file")?;
    lock.lock().context("cannot take the site's lock")?;

    let hash = inputs::hash(workspace, &toolchain::version())?;
    let stamp = kept.join("inputs.sha256");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(hash.as_str()) {
        // The stamp goes first and comes back last: a build that stops half way leaves none.
        fs::remove_dir_all(&kept).context("cannot remove the last site")?;
        fs::create_dir_all(&kept)?;
        make(workspace, &target)?.write(&kept)?;
        fs::write(&stamp, hash).context("cannot write the site's stamp")?;
    }
    copy(&kept, out_dir)
}

/// Makes every file of the site.
fn make(workspace: &Path, target: &Path) -> anyhow::Result<Site> {
    let toolchain = Toolchain::find()?;
    wasm::compile(&toolchain, workspace, target)?;
    let wizard = Program::new(workspace, target, "frontend", "frontend/start.js", "start.js")?;
    let registration =
        Program::new(workspace, target, "registration", "frontend/start.js", "start_registration.js")?;
    let strength = Program::new(workspace, target, "strength", "frontend/strength/worker.js", "worker.js")?;
    let look = |name, folder: &str| -> anyhow::Result<Asset> {
        Ok(Asset::hashed(name, style(&workspace.join(folder))?.into_bytes()))
    };
    let (common, own) = (look("style.css", "style")?, look("registration.css", "style/registration")?);

    let named = [
        ("START", "The module that starts the wizard.", &wizard.script),
        ("FRONTEND_JS", "The glue of the wizard, imported by [`START`].", &wizard.glue),
        ("FRONTEND_WASM", "The wizard, fetched by [`START`].", &wizard.module),
        ("REGISTRATION_START", "The module that starts the registration.", &registration.script),
        ("REGISTRATION_JS", "Its glue, imported by [`REGISTRATION_START`].", &registration.glue),
        ("REGISTRATION_WASM", "The registration, fetched by [`REGISTRATION_START`].", &registration.module),
        ("STYLE", "The look.", &common),
        ("REGISTRATION_STYLE", "What the registration looks like besides.", &own),
        ("WORKER", "The module worker that judges how guessable a password is.", &strength.script),
        ("STRENGTH_JS", "The glue of the judge, imported by [`WORKER`].", &strength.glue),
        ("STRENGTH_WASM", "The judge, fetched by [`WORKER`].", &strength.module),
    ]
    .map(|(name, doc, asset)| (name, doc, asset.path.clone()));
    let mut assets = vec![common, own];
    for Program { script, glue, module } in [wizard, registration, strength] {
        assets.extend([script, glue, module]);
    }
    assets.extend(public(&workspace.join("public"))?);
    Ok(Site::new(assets, named.to_vec()))
}

/// A wasm package as a browser loads it: our script, which imports the glue (`"./program.js"`) and fetches the module
/// (`"./program_bg.wasm"`).
struct Program {
    script: Asset,
    glue: Asset,
    module: Asset,
}

impl Program {
    fn new(workspace: &Path, target: &Path, package: &str, source: &str, name: &str) -> anyhow::Result<Self> {
        let bound = wasm::bind(target, package)?;
        let glue = text::without_indentation(&bound.glue).into_bytes();
        let glue = Asset::hashed(&format!("{package}.js"), glue);
        let module = Asset::hashed(&format!("{package}_bg.wasm"), bound.module);
        let references = [("program.js", &glue), ("program_bg.wasm", &module)];
        let script = script(workspace, name, source, &references)?;
        Ok(Self { script, glue, module })
    }
}

/// A script of ours, with the names it imports replaced by the hashed ones.
fn script(
    workspace: &Path,
    name: &str,
    source: &str,
    references: &[(&str, &Asset)],
) -> anyhow::Result<Asset> {
    let path = workspace.join(source);
    let mut script = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    for (reference, asset) in references {
        script = text::with_reference(&script, reference, asset.file_name())
            .with_context(|| format!("{source} does not refer to {reference:?}"))?;
    }
    Ok(Asset::hashed(name, text::without_indentation(&script).into_bytes()))
}

/// All style sheets of a folder, one after the other in the order of their names; not those in folders
/// below it, which belong to one page only.
fn style(folder: &Path) -> anyhow::Result<String> {
    let mut sheets = String::new();
    for path in inputs::files(folder)? {
        let here = path.parent() == Some(folder);
        if here && path.extension().is_some_and(|extension| extension == "css") {
            let sheet =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            sheets.push_str(&text::without_indentation(&text::without_comments(&sheet)));
        }
    }
    Ok(sheets)
}

/// The files that keep their own names, because somebody outside asks for them by name.
fn public(folder: &Path) -> anyhow::Result<Vec<Asset>> {
    inputs::files(folder)?
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(folder)?.to_str().context("a file name in public/ is not UTF-8")?;
            Ok(Asset::fixed(
                name,
                fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?,
            ))
        })
        .collect()
}

/// Copies the kept site in the place of an older one.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let older = to.join(table::FOLDER);
    if older.exists() {
        fs::remove_dir_all(&older).with_context(|| format!("cannot remove {}", older.display()))?;
    }
    for path in inputs::files(from)? {
        let target = to.join(path.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&path, &target)
            .with_context(|| format!("cannot copy {} to {}", path.display(), target.display()))?;
    }
    Ok(())
}
