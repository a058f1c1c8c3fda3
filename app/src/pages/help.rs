//! Help that stands folded away where it is needed: what to do without a name or a date. Not the service desk's own
//! place, which is on every screen: see `frame`.

use super::visit::Visit;
use crate::site::Site;
use crate::text::{Words, waiting};
use crate::ui::View;
use crate::ui::prose::{details, line, link_beside, text, words as plain};

/// «Ik weet het niet meer», beginning with a sentence on what is asked here.
pub(super) fn unknown(visit: Visit, hint: &str) -> View {
    let words = visit.words();
    let desk = &visit.site().organisation.service_desk;
    let call = words.call.fill([&desk.name, &desk.phone]);
    details("unknown", words.unknown, vec![text("", hint), registering(visit.site(), words), text("", &call)])
}

/// What must have been registered, and where to.
pub(super) fn registering(site: &Site, words: &Words) -> View {
    let links = &site.organisation.links;
    let mut parts = vec![plain(words.code_registration)];
    if let Some(time) = waiting(site, words) {
        parts.extend([plain(" "), plain(&words.code_registration_wait.fill([&time]))]);
    }
    if !links.registration.is_empty() {
        parts.push(plain(" "));
        parts.push(link_beside(&links.registration, words.code_register));
    }
    line("", parts)
}
