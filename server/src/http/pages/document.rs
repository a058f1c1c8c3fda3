//! Renders the HTML documents from the first screens of the pages and the paths of the static files.

use super::branding::accent_address;
use crate::http::static_files;
use app::api::site::Site;
use app::document::{Assets, Document};
use app::enrollment;
use app::i18n::Language;
use app::paths;
use app::service_desk;
use app::static_pages::enroll_elsewhere::Availability;
use app::static_pages::overview::{self, Overview};
use app::static_pages::{enroll_elsewhere, help, not_found, not_me, privacy};
use app::wizard;

/// The style sheet of the static pages.
const STATIC_STYLE: Option<&str> = Some(static_files::STATIC_STYLE);

/// The reset wizard.
pub(super) fn wizard(site: &Site, language: Language) -> String {
    let assets = Assets {
        start: static_files::START,
        glue: static_files::FRONTEND_JS,
        wasm: static_files::FRONTEND_WASM,
        worker: Some(static_files::WORKER),
    };
    let title = site.organisation.title.in_language(language).to_owned();
    document(site, language, title, wizard::first_screen(site, language), None, Some(assets))
}

/// The enrollment.
pub(super) fn enrollment(site: &Site, language: Language) -> String {
    let assets = Assets {
        start: static_files::REGISTRATION_START,
        glue: static_files::REGISTRATION_JS,
        wasm: static_files::REGISTRATION_WASM,
        worker: None,
    };
    let title = enrollment::title(language).to_owned();
    let style = Some(static_files::REGISTRATION_STYLE);
    document(site, language, title, enrollment::first_screen(site, language), style, Some(assets))
}

/// The service desk page.
pub(super) fn service_desk(site: &Site, language: Language) -> String {
    let assets = Assets {
        start: static_files::SERVICE_DESK_START,
        glue: static_files::SERVICE_DESK_JS,
        wasm: static_files::SERVICE_DESK_WASM,
        worker: None,
    };
    let title = service_desk::title(language).to_owned();
    let style = Some(static_files::SERVICE_DESK_STYLE);
    document(site, language, title, service_desk::first_screen(site, language), style, Some(assets))
}

/// The explanation at the address of the enrollment, for clients that are not admitted to it.
pub(super) fn enroll_elsewhere(site: &Site, language: Language, availability: Availability) -> String {
    let title = enrollment::title(language).to_owned();
    document(site, language, title, enroll_elsewhere::html(site, language, availability), STATIC_STYLE, None)
}

/// The privacy notice.
pub(super) fn privacy(site: &Site, language: Language) -> String {
    let title = privacy::title(language).to_owned();
    document(site, language, title, privacy::html(site, language), STATIC_STYLE, None)
}

/// Help with the most common problems, and a poster with the address of the wizard.
pub(super) fn help(site: &Site, language: Language, origin: &str) -> String {
    let title = help::title(language).to_owned();
    let address = format!("{origin}{}", paths::WIZARD);
    let qr = crate::qr::draw(&address).ok();
    let short_address = address.strip_prefix("https://").unwrap_or(&address);
    document(site, language, title, help::html(site, language, short_address, qr), STATIC_STYLE, None)
}

/// "Not found".
pub(super) fn not_found(site: &Site, language: Language) -> String {
    let title = not_found::title(language).to_owned();
    document(site, language, title, not_found::html(site, language), STATIC_STYLE, None)
}

/// The page of the link in a notice.
pub(super) fn not_me(state: not_me::NotMe, site: &Site, language: Language) -> String {
    let title = not_me::title(state, language).to_owned();
    document(site, language, title, not_me::html(state, site, language), STATIC_STYLE, None)
}

/// The numbers of today for the service desk.
pub(super) fn overview(site: &Site, language: Language, shown: Option<Overview>) -> String {
    let title = overview::title(language).to_owned();
    document(site, language, title, overview::html(site, language, shown), STATIC_STYLE, None)
}

fn document(
    site: &Site,
    language: Language,
    title: String,
    screen: String,
    page_style: Option<&str>,
    assets: Option<Assets>,
) -> String {
    let accent = has_custom_accent(site).then(|| accent_address(&site.organisation.accent));
    let styles = [Some(static_files::STYLE.to_owned()), accent, page_style.map(str::to_owned)];
    let styles = styles.into_iter().flatten().collect();
    app::document::document(site, language, Document { title, screen, styles, assets })
}

/// Returns whether the accent colour differs from the shipped one, which is in the style sheet.
fn has_custom_accent(site: &Site) -> bool {
    crate::config::shipped_organisation().is_ok_and(|shipped| shipped.accent != site.organisation.accent)
}
