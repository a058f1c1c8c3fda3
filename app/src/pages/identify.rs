//! Screen 1: the user name. Whether anybody has it is not known here, nor asked.

use super::calls::Calls as _;
use super::frame::{actions, rules};
use super::help::unknown;
use super::talk::Talk as _;
use super::visit::{Call, Visit};
use crate::refusal::Refusal;
use crate::step::Way;
use crate::ui::prose::{all, details, form, heading, section, subheading, text, words_list};
use crate::ui::{Field, View};
use crate::username::Username;

pub(crate) fn page(visit: Visit) -> View {
    let language = visit.language.get_untracked();
    let words = language.words();
    let site = visit.site();
    let organisation = &site.organisation;
    let desk = &organisation.service_desk;
    let send = move || {
        let typed = visit.username.get_untracked();
        match Username::parse(typed.expose(), &organisation.domains) {
            Ok(_) => visit.submit(Call::Identify(typed)),
            Err(error) => visit.refuse(Refusal::invalid("username", error)),
        }
    };
    let field = Field {
        id: "username",
        label: words.username,
        hint: words.username_hint,
        autocomplete: "username",
        inputmode: "text",
        width: "wide",
        value: visit.username,
        error: visit.error_at("username"),
        hidden: None,
        locked: visit.sending,
        rules: String::new(),
        beneath: vec![],
    };
    let requirements = rules(&site.rules, words);
    let mut needed = vec![words.need_username, words.need_birthdate];
    // Without the app a code comes to the number that was registered.
    needed.extend(site.ways.contains(&Way::Token).then_some(words.need_phone));
    all(vec![
        heading(organisation.title.in_language(language)),
        text("lead", organisation.welcome.in_language(language)),
        text("", organisation.introduction.in_language(language)),
        form(send, vec![field.view(), actions(visit, words.next, None)]),
        // Seen only where nothing has taken this screen over after a while; the style sheet waits.
        text("slow", &words.slow.fill([&desk.name, &desk.phone])),
        unknown(visit, words.unknown_username),
        section("need", vec![subheading(words.need), words_list("", needed)]),
        details(
            "rules",
            words.rules,
            vec![text("", words.rules_intro), words_list("", requirements.iter().map(String::as_str))],
        ),
    ])
}
