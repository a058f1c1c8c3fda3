//! Builds the site: wasm modules, scripts, style sheets and static files, and the table of them for the server.

mod asset;
mod cache_key;
mod script;
mod style;
mod table;
mod wasm;

use crate::files;
use crate::toolchain::Toolchain;
use anyhow::Context;
use asset::Asset;
use std::fs;
use std::path::Path;
use table::Site;

/// Builds the site into the folder `site` of `target`, unless the existing site has the same inputs.
pub fn make(workspace: &Path, target: &Path) -> anyhow::Result<()> {
    let site = target.join(crate::SITE);
    fs::create_dir_all(&site).with_context(|| format!("cannot create {}", site.display()))?;
    // One build at a time: a debug and a release build of the server may run side by side.
    let lock = fs::File::create(target.join("site.lock")).context("cannot create the site's lock file")?;
    lock.lock().context("cannot lock the site")?;

    let toolchain = Toolchain::find()?;
    let commands = wasm::BUILDS.map(|packages| {
        let command = toolchain.build(workspace, target, packages);
        toolchain.describe(&command)
    });
    let commands = commands.into_iter().collect::<anyhow::Result<String>>()?;
    let key = cache_key::hash(workspace, &commands)?;
    let stamp = site.join("inputs.sha256");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(key.as_str()) {
        // Removes the stamp first and writes it last: an interrupted build leaves none.
        fs::remove_dir_all(&site).context("cannot remove the previous site")?;
        fs::create_dir_all(&site)?;
        assemble(&toolchain, workspace, target)?.write(&site)?;
        fs::write(&stamp, key).context("cannot write the site's stamp")?;
    }
    Ok(())
}

/// Makes every file of the site.
fn assemble(toolchain: &Toolchain, workspace: &Path, target: &Path) -> anyhow::Result<Site> {
    wasm::compile(toolchain, workspace, target)?;
    let wizard = Program::new(workspace, target, "frontend", "frontend/start.js", "start.js")?;
    let registration =
        Program::new(workspace, target, "registration", "frontend/start.js", "start_registration.js")?;
    let service_desk =
        Program::new(workspace, target, "servicedesk", "frontend/start.js", "start_servicedesk.js")?;
    let strength = Program::new(workspace, target, "strength", "frontend/strength/worker.js", "worker.js")?;
    let sheet = |name, folder: &str| -> anyhow::Result<Asset> {
        Ok(Asset::hashed(name, style::joined(&workspace.join(folder))?.into_bytes()))
    };
    let common = sheet("style.css", "style")?;
    let registration_style = sheet("registration.css", "style/registration")?;
    let service_desk_style = sheet("servicedesk.css", "style/service_desk")?;
    let static_pages = sheet("static.css", "style/static_pages")?;

    let named = [
        ("START", "The script that starts the wizard.", &wizard.script),
        ("FRONTEND_JS", "The glue of the wizard, imported by [`START`].", &wizard.glue),
        ("FRONTEND_WASM", "The wizard, fetched by [`START`].", &wizard.module),
        ("REGISTRATION_START", "The script that starts the registration.", &registration.script),
        ("REGISTRATION_JS", "Its glue, imported by [`REGISTRATION_START`].", &registration.glue),
        ("REGISTRATION_WASM", "The registration, fetched by [`REGISTRATION_START`].", &registration.module),
        ("SERVICE_DESK_START", "The script that starts the service desk page.", &service_desk.script),
        ("SERVICE_DESK_JS", "Its glue, imported by [`SERVICE_DESK_START`].", &service_desk.glue),
        (
            "SERVICE_DESK_WASM",
            "The service desk page, fetched by [`SERVICE_DESK_START`].",
            &service_desk.module,
        ),
        ("STYLE", "The style sheet of every page.", &common),
        ("REGISTRATION_STYLE", "The additional style sheet of the registration.", &registration_style),
        ("SERVICE_DESK_STYLE", "The additional style sheet of the service desk page.", &service_desk_style),
        ("STATIC_STYLE", "The additional style sheet of the pages without a program.", &static_pages),
        ("WORKER", "The module worker that estimates the strength of a password.", &strength.script),
        ("STRENGTH_JS", "The glue of the estimator, imported by [`WORKER`].", &strength.glue),
        ("STRENGTH_WASM", "The estimator, fetched by [`WORKER`].", &strength.module),
    ]
    .map(|(name, doc, asset)| (name, doc, asset.path.clone()));
    let mut assets = vec![common, registration_style, service_desk_style, static_pages];
    for Program { script, glue, module } in [wizard, registration, service_desk, strength] {
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
        let bindings = wasm::bind(target, package)?;
        let glue_name = format!("{package}.js");
        let glue = Asset::hashed(&glue_name, script::minify(&glue_name, &bindings.glue)?.into_bytes());
        let module = Asset::hashed(&format!("{package}_bg.wasm"), bindings.module);

        let path = workspace.join(source);
        let mut text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for (reference, asset) in [("program.js", &glue), ("program_bg.wasm", &module)] {
            text = script::with_reference(&text, reference, asset.file_name())
                .with_context(|| format!("{source} does not refer to {reference:?}"))?;
        }
        let script = Asset::hashed(name, script::minify(source, &text)?.into_bytes());
        Ok(Self { script, glue, module })
    }
}

/// The files that keep their names, because clients request them by a fixed name.
fn public(folder: &Path) -> anyhow::Result<Vec<Asset>> {
    files::below(folder)?
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
