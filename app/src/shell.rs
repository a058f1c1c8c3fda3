//! What surrounds every screen: header, progress, notices, help and footer, always in the same places.

use crate::api::site::{Logo, Site};
use crate::client::{PageState, browser, focus};
use crate::components::{Button, ButtonKind, ErrorSummary, Keyed};
use crate::domain::opening_hours::{self, DeskStatus};
use crate::i18n::{Explanation, Language, SummaryAction, desk_status, duration, opening_times};
use crate::paths;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How often the clock is read.
const CLOCK_INTERVAL: Duration = Duration::from_secs(20);

/// Header, notices and footer around the screens of an interactive page.
#[component]
pub(crate) fn Shell<P, V>(
    page: PageState,
    /// The text for the problem on screen.
    explanation: Memo<Option<Explanation>>,
    /// Does what the button in that text says.
    act: Callback<SummaryAction>,
    /// Requests more time.
    extend: Callback<()>,
    /// Whether more time can be requested at all.
    can_extend: Signal<bool>,
    /// What stands above every screen.
    progress: P,
    children: Children,
) -> impl IntoView
where
    P: FnOnce() -> V + Send + 'static,
    V: IntoView + 'static,
{
    let problem = move || page.problem.with(|problem| problem.as_ref().map(|problem| problem.id));
    let languages = view! { <LanguageButtons page /> }.into_any();
    let desk_status = view! { <ServiceDeskStatus page /> }.into_any();
    view! {
        <Frame site=page.site() language=page.language.get_untracked() languages desk_status>
            {progress()}
            <ExpiryNotice page extend can_extend />
            <OfflineNotice page />
            <ProcessingNotice page />
            <Keyed key=problem view=move |_| {
                explanation.get_untracked().map(|explanation| view! { <ErrorSummary explanation page act /> })
            } />
            {children()}
        </Frame>
        <p class="unseen" role="status" prop:textContent=move || page.announcement.get()></p>
    }
}

/// Header, help and footer around the content of a page, interactive or static.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(crate) fn Frame(
    site: Arc<Site>,
    language: Language,
    /// The ways to the page's other languages.
    languages: AnyView,
    /// Whether the service desk answers now.
    #[prop(optional)]
    desk_status: Option<AnyView>,
    /// Whether this page is the one that the help refers to.
    #[prop(optional)]
    is_help: bool,
    children: Children,
) -> impl IntoView {
    let words = language.words();
    // Moves the focus without changing the address: a history entry would follow from it.
    let skip = |event: MouseEvent| {
        event.prevent_default();
        focus::set("main");
    };
    let name = site.organisation.name.clone();
    let brand = match site.logo.clone() {
        Some(Logo { address, width, height }) => {
            view! { <span class="brand logo"><img src=address alt=name width=width height=height /></span> }
                .into_any()
        }
        None => view! { <span class="brand">{name}</span> }.into_any(),
    };
    view! {
        <a class="skip" href="#main" on:click=skip>{words.skip}</a>
        <header class="top">
            {brand}
            <nav aria-label=words.language>{languages}</nav>
        </header>
        <main id="main" tabindex="-1">
            <div class="card">{children()}</div>
            <ServiceDeskHelp site=Arc::clone(&site) language desk_status is_help />
        </main>
        {footer(&site, language)}
    }
}

#[component]
fn LanguageButtons(page: PageState) -> impl IntoView {
    let current = page.language.get_untracked();
    let site = page.site();
    let others = site.organisation.languages.iter().copied().filter(|language| *language != current);
    others
        .enumerate()
        .map(|(at, language)| {
            let choose = move |_| {
                browser::store_language(language);
                page.language.set(language);
                focus::set_once_rendered("language");
            };
            view! {
                <button class="button quiet" type="button" id=(at == 0).then_some("language") lang=language.tag() on:click=choose>
                    {language.own_name()}
                </button>
            }
        })
        .collect::<Vec<_>>()
}

/// Warns before the session expires, and offers more time where there is any.
#[component]
fn ExpiryNotice(page: PageState, extend: Callback<()>, can_extend: Signal<bool>) -> impl IntoView {
    let words = page.words();
    // The time is no part of the key: the button must keep the focus while the time runs out.
    let key =
        Memo::new(move |_| (page.expiry_warning.get() > 0, can_extend.get() && !page.cannot_extend.get()));
    let text = Memo::new(move |_| words.expiring.fill([&duration(page.expiry_warning.get(), words)]));
    let notice = move |(is_near, offered): (bool, bool)| {
        is_near.then(|| {
            let way = if offered {
                view! {
                    <Button kind=ButtonKind::Secondary busy=page.busy on_press=extend>{words.expiring_extend}</Button>
                }
                .into_any()
            } else {
                view! { <p>{words.expiring_fixed}</p> }.into_any()
            };
            view! {
                <section class="notice urgent">
                    <p class="strong" prop:textContent=move || text.get()></p>
                    {way}
                </section>
            }
        })
    };
    view! { <Keyed key=move || key.get() view=notice /> }
}

#[component]
fn OfflineNotice(page: PageState) -> impl IntoView {
    let words = page.words();
    view! {
        <Show when=move || page.offline.get()>
            <section class="notice urgent">
                <p class="strong">{words.offline}</p>
                <p>{words.offline_retrying}</p>
                <Button kind=ButtonKind::Secondary on_press=move |()| page.retry_connection()>{words.offline_retry}</Button>
            </section>
        </Show>
    }
}

/// Says that an earlier request is still being processed.
#[component]
fn ProcessingNotice(page: PageState) -> impl IntoView {
    let words = page.words();
    view! {
        <Show when=move || page.processing.get()>
            <section class="notice calm"><p class="strong">{words.still_busy}</p></section>
        </Show>
    }
}

/// Whom to call, and where to read more.
#[component]
fn ServiceDeskHelp(
    site: Arc<Site>,
    language: Language,
    desk_status: Option<AnyView>,
    is_help: bool,
) -> impl IntoView {
    let words = language.words();
    let desk = site.organisation.service_desk.clone();
    let times = if desk.opening.is_empty() {
        vec![desk.hours.in_language(language).to_owned()]
    } else {
        opening_times(&desk.opening, words)
    };
    let times: Vec<_> = times.into_iter().map(|line| view! { <p class="hint">{line}</p> }).collect();
    let page = (!is_help).then(|| {
        // In a tab of its own: the session on this page goes on.
        view! { <p><a href=help_address(language) target="_blank" rel="noopener noreferrer">{words.help_page}</a></p> }
    });
    let status = desk_status.unwrap_or_else(|| {
        // A static page does not know the time.
        let outside = desk.outside.in_language(language);
        let outside = (!outside.is_empty()).then(|| words.desk_outside.fill([outside]));
        view! { {outside.map(|text| view! { <p class="hint">{text}</p> })} }.into_any()
    });
    view! {
        <aside class="help" aria-label=words.help>
            <h2>{words.help}</h2>
            <p>{desk.name}</p>
            <p><a class="phone" href=["tel:", &desk.phone_link].concat()>{desk.phone}</a></p>
            {times}
            {status}
            {page}
        </aside>
    }
}

/// Whether the service desk answers now, and what to do if it does not. Follows the clock.
#[component]
fn ServiceDeskStatus(page: PageState) -> impl IntoView {
    let site = page.site();
    if site.organisation.service_desk.opening.is_empty() {
        return None;
    }
    let words = page.words();
    let outside =
        site.organisation.service_desk.outside.in_language(page.language.get_untracked()).to_owned();
    let status = RwSignal::new(None);
    let update = move || {
        let desk = &site.organisation.service_desk;
        let now =
            browser::local_time().and_then(|now| opening_hours::status(&desk.opening, &desk.closed, now));
        // Nothing to update once the page was rebuilt in another language.
        if status.try_get_untracked().is_some_and(|before| before != now) {
            status.set(now);
        }
    };
    // Effects run in the browser only: the server renders the page once for all users.
    Effect::new(move |_| {
        update();
        if let Ok(timer) = set_interval_with_handle(update.clone(), CLOCK_INTERVAL) {
            on_cleanup(move || timer.clear());
        }
    });
    let text = move || status.get().map(|status| desk_status(status, words)).unwrap_or_default();
    let is_closed = Memo::new(move |_| matches!(status.get(), Some(DeskStatus::Closed { .. })));
    // The line has its room before the text is there.
    Some(view! {
        <p class="desk-status" class:closed=move || is_closed.get()>{text}</p>
        {move || (is_closed.get() && !outside.is_empty()).then(|| view! { <p class="hint">{outside.clone()}</p> })}
    })
}

fn footer(site: &Site, language: Language) -> impl IntoView + use<> {
    let words = language.words();
    let mail = site.organisation.service_desk.mail.clone();
    let address = ["mailto:", &mail].concat();
    view! {
        <footer class="bottom">
            <p>{words.for_information}" "<a href=address>{mail}</a></p>
            <p><a href=privacy_address(site, language) target="_blank" rel="noopener noreferrer">{words.privacy}</a></p>
        </footer>
    }
}

/// The address of the help page.
fn help_address(language: Language) -> String {
    [paths::HELP, "?language=", language.tag()].concat()
}

/// The address of the privacy notice: the organisation's own, or else the product's.
pub(crate) fn privacy_address(site: &Site, language: Language) -> String {
    let own = &site.organisation.links.privacy;
    if own.is_empty() { [paths::PRIVACY, "?language=", language.tag()].concat() } else { own.clone() }
}
