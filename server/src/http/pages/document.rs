//! The HTML documents: what stands around the first screen. Not the screen: that is `app`'s.

use super::accent_address;
use crate::site;
use app::pages::registration;
use app::site::{Language, Site};

/// In what the documents differ.
pub(super) struct Contents {
    /// The page's own name.
    title: String,
    /// The first screen, which is there before the wasm is.
    screen: String,
    /// Attributes of the root element.
    root: String,
    /// What the head loads: style sheets and the program.
    loads: String,
}

pub(super) fn wizard(site: &Site, language: Language) -> Contents {
    Contents {
        title: site.organisation.title.in_language(language).to_owned(),
        screen: app::pages::shell(site, language),
        root: format!(" data-worker=\"{}\"", site::WORKER),
        loads: program(site, site::START, site::FRONTEND_JS, site::FRONTEND_WASM),
    }
}

pub(super) fn form(site: &Site, language: Language) -> Contents {
    let program = program(site, site::REGISTRATION_START, site::REGISTRATION_JS, site::REGISTRATION_WASM);
    Contents {
        title: registration::title(language).to_owned(),
        screen: registration::shell(site, language),
        root: String::new(),
        loads: [sheet(site::REGISTRATION_STYLE), program].concat(),
    }
}

/// What stands at the registration's address for whoever may not register from here. It has no program.
pub(super) fn elsewhere(site: &Site, language: Language) -> Contents {
    Contents {
        title: registration::title(language).to_owned(),
        screen: registration::elsewhere_shell(site, language),
        root: String::new(),
        loads: String::new(),
    }
}

/// What is done with personal data. It has no program either.
pub(super) fn notice(site: &Site, language: Language) -> Contents {
    Contents {
        title: app::pages::privacy::title(language).to_owned(),
        screen: app::pages::privacy::shell(site, language),
        root: String::new(),
        loads: String::new(),
    }
}

fn sheet(address: &str) -> String {
    format!("<link rel=\"stylesheet\" href=\"{address}\">\n")
}

fn program(site: &Site, start: &str, js: &str, wasm: &str) -> String {
    let json = serde_json::to_string(site).unwrap_or_default();
    // In a script element only `<` could end it; JSON may write that as an escape.
    let json = json.replace('<', "\\u003c");
    format!(
        "<link rel=\"modulepreload\" href=\"{js}\">\n\
         <link rel=\"preload\" href=\"{wasm}\" as=\"fetch\" type=\"application/wasm\" crossorigin>\n\
         <script type=\"module\" src=\"{start}\"></script>\n\
         <script type=\"application/json\" id=\"site\">{json}</script>\n"
    )
}

/// A whole document.
pub(super) fn document(site: &Site, language: Language, contents: &Contents) -> String {
    let Contents { title, screen, root, loads } = contents;
    let (title, name) = (escape(title), escape(&site.organisation.name));
    format!(
        "<!doctype html>\n<html lang=\"{tag}\"{root}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – {name}</title>\n<meta name=\"robots\" content=\"noindex\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"format-detection\" content=\"telephone=no\">\n\
         {style}{accent}<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\n{loads}</head>\n\
         <body>\n<div id=\"app\">{screen}</div>\n</body>\n</html>\n",
        tag = language.tag(),
        style = sheet(site::STYLE),
        accent = if is_own_accent(site) {
            sheet(&accent_address(&site.organisation.accent))
        } else {
            String::new()
        },
    )
}

/// Whether the organisation has a colour of its own; the shipped one stands in the style already.
fn is_own_accent(site: &Site) -> bool {
    crate::settings::shipped_organisation().is_ok_and(|shipped| shipped.accent != site.organisation.accent)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
