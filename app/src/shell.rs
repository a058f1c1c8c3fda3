//! The frame of every screen: header, progress, notices, help and footer, always in the same places.

use crate::api::site::{Logo, Site};
use crate::client::{PageState, browser, focus};
use crate::components::{Button, ButtonKind, ErrorSummary, FormFields, Keyed, LiveText};
use crate::domain::opening_hours::{self, DeskStatus};
use crate::i18n::{Explanation, Language, SummaryAction, desk_status, duration_text, opening_times};
use crate::paths;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How often the opening status is updated.
const CLOCK_INTERVAL: Duration = Duration::from_secs(20);

/// Header, notices and footer around the screens of an interactive page.
#[component]
pub(crate) fn Shell<P, V>(
    page: PageState,
    /// The explanation of the problem on screen.
    explanation: Memo<Option<Explanation>>,
    /// Performs the action of the button in the explanation.
    on_action: Callback<SummaryAction>,
    /// Requests more time.
    extend: Callback<()>,
    /// Whether more time can be requested.
    can_extend: Signal<bool>,
    /// Content above every screen.
    progress: P,
    /// Content beside every screen: [`contact`], unless the reader is the service desk.
    aside: AnyView,
    children: Children,
) -> impl IntoView
where
    P: FnOnce() -> V + Send + 'static,
    V: IntoView + 'static,
{
    let problem = move || page.problem.with(|problem| problem.as_ref().map(|problem| problem.id));
    let languages = view! { <LanguageButtons page /> }.into_any();
    view! {
        <Frame site=page.site() language=page.language.get_untracked() languages aside>
            {progress()}
            <ExpiryNotice page extend can_extend />
            <OfflineNotice page />
            <ProcessingNotice page />
            <Keyed key=problem view=move |_| {
                explanation.get_untracked().map(|explanation| view! { <ErrorSummary explanation page on_action /> })
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
    /// Links or buttons for the page's other languages.
    languages: AnyView,
    /// Content beside every screen.
    aside: AnyView,
    children: Children,
) -> impl IntoView {
    let messages = language.messages();
    // Moves the focus without changing the URL, which would add a history entry.
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
        <a class="skip" href="#main" on:click=skip>{messages.skip}</a>
        <header class="top">
            {brand}
            <nav aria-label=messages.language>{languages}</nav>
        </header>
        <main id="main" tabindex="-1">
            <div class="card">{children()}</div>
            {aside}
        </main>
        {footer(&site, language)}
    }
}

#[component]
fn LanguageButtons(page: PageState) -> impl IntoView {
    let current = page.language.get_untracked();
    let site = page.site();
    let fields = expect_context::<FormFields>();
    let others = site.organisation.languages.iter().copied().filter(|language| *language != current);
    others
        .enumerate()
        .map(|(at, language)| {
            let choose = move |_| {
                // The fields are built again from the state.
                fields.read();
                browser::store_language(language);
                page.language.set(language);
                focus::set_once_rendered("language");
            };
            view! {
                <button class="button quiet" type="button" id=(at == 0).then_some("language") lang=language.tag()
                    translate="no" on:click=choose>
                    {language.own_name()}
                </button>
            }
        })
        .collect::<Vec<_>>()
}

/// Warns before the session expires, and offers more time if possible.
#[component]
fn ExpiryNotice(page: PageState, extend: Callback<()>, can_extend: Signal<bool>) -> impl IntoView {
    let messages = page.messages();
    // The time is not part of the key: the button must keep the focus while the time runs out.
    let key =
        Memo::new(move |_| (page.expiry_warning.get() > 0, can_extend.get() && !page.cannot_extend.get()));
    let text =
        Memo::new(move |_| messages.expiring.fill([&duration_text(page.expiry_warning.get(), messages)]));
    let notice = move |(is_near, offered): (bool, bool)| {
        is_near.then(|| {
            let extension = if offered {
                view! {
                    <Button kind=ButtonKind::Secondary busy=page.busy on_press=extend>
                        {messages.expiring_extend}
                    </Button>
                }
                .into_any()
            } else {
                view! { <p>{messages.expiring_fixed}</p> }.into_any()
            };
            view! {
                <section class="notice urgent">
                    <p class="strong" prop:textContent=move || text.get()></p>
                    {extension}
                </section>
            }
        })
    };
    view! { <Keyed key=move || key.get() view=notice /> }
}

#[component]
fn OfflineNotice(page: PageState) -> impl IntoView {
    let messages = page.messages();
    view! {
        <Show when=move || page.offline.get()>
            <section class="notice urgent">
                <p class="strong">{messages.offline}</p>
                <p>{messages.offline_retrying}</p>
                <Button kind=ButtonKind::Secondary on_press=move |()| page.retry_connection()>
                    {messages.offline_retry}
                </Button>
            </section>
        </Show>
    }
}

/// Shows that an earlier request is still being processed.
#[component]
fn ProcessingNotice(page: PageState) -> impl IntoView {
    let messages = page.messages();
    view! {
        <Show when=move || page.processing.get()>
            <section class="notice calm"><p class="strong">{messages.still_busy}</p></section>
        </Show>
    }
}

/// The content beside the screens of an interactive page: the contact details of the service desk, and whether it is open
/// now.
pub(crate) fn contact(page: PageState) -> AnyView {
    let language = page.language.get_untracked();
    let desk_status = view! { <ServiceDeskStatus page /> }.into_any();
    let site = page.site();
    view! { <ServiceDeskHelp site=&site language desk_status /> }.into_any()
}

/// Contact details of the service desk, and a link to the help page.
#[component]
pub(crate) fn ServiceDeskHelp<'a>(
    site: &'a Site,
    language: Language,
    /// Whether the service desk is open now.
    #[prop(optional)]
    desk_status: Option<AnyView>,
    /// Whether this is the help page, which needs no link to itself.
    #[prop(optional)]
    is_help: bool,
) -> impl IntoView + use<> {
    let messages = language.messages();
    let desk = site.organisation.service_desk.clone();
    let times = if desk.opening.is_empty() {
        vec![desk.hours.in_language(language).to_owned()]
    } else {
        opening_times(&desk.opening, messages)
    };
    let times: Vec<_> = times.into_iter().map(|line| view! { <p class="hint">{line}</p> }).collect();
    let page = (!is_help).then(|| {
        // In a new tab, so that the session on this page continues.
        let address = help_address(language);
        view! { <p><a href=address target="_blank" rel="noopener noreferrer">{messages.help_page}</a></p> }
    });
    let status = desk_status.unwrap_or_else(|| {
        // A static page does not know the time.
        let outside = desk.outside.in_language(language);
        let outside = (!outside.is_empty()).then(|| messages.desk_outside.fill([outside]));
        view! { {outside.map(|text| view! { <p class="hint">{text}</p> })} }.into_any()
    });
    view! {
        <aside class="help" aria-label=messages.help>
            <h2>{messages.help}</h2>
            <p>{desk.name}</p>
            <p><a class="phone" translate="no" href=["tel:", &desk.phone_link].concat()>{desk.phone}</a></p>
            {times}
            {status}
            {page}
        </aside>
    }
}

/// Shows whether the service desk is open now, and what to do if it is closed. Updates with the clock.
#[component]
fn ServiceDeskStatus(page: PageState) -> impl IntoView {
    let site = page.site();
    if site.organisation.service_desk.opening.is_empty() {
        return None;
    }
    let messages = page.messages();
    let outside =
        site.organisation.service_desk.outside.in_language(page.language.get_untracked()).to_owned();
    let status = RwSignal::new(None);
    let update = move || {
        let desk = &site.organisation.service_desk;
        let now =
            browser::local_time().and_then(|now| opening_hours::status(&desk.opening, &desk.closed, now));
        // The signal is disposed once the page was rebuilt in another language.
        if status.try_get_untracked().is_some_and(|previous| previous != now) {
            status.set(now);
        }
    };
    // Runs in the browser only, because the server renders the page once for all users.
    Effect::new(move |_| {
        update();
        if let Ok(timer) = set_interval_with_handle(update.clone(), CLOCK_INTERVAL) {
            on_cleanup(move || timer.clear());
        }
    });
    let text =
        Signal::derive(move || status.get().map(|status| desk_status(status, messages)).unwrap_or_default());
    let is_closed = Memo::new(move |_| matches!(status.get(), Some(DeskStatus::Closed { .. })));
    // The empty line reserves its height, so that the layout does not shift.
    Some(view! {
        <p class="desk-status" class:closed=move || is_closed.get()><LiveText text /></p>
        {move || (is_closed.get() && !outside.is_empty()).then(|| view! { <p class="hint">{outside.clone()}</p> })}
    })
}

fn footer(site: &Site, language: Language) -> impl IntoView + use<> {
    let messages = language.messages();
    let mail = site.organisation.service_desk.mail.clone();
    let address = ["mailto:", &mail].concat();
    let privacy = privacy_address(site, language);
    view! {
        <footer class="bottom">
            <p>{messages.for_information}" "<a href=address>{mail}</a></p>
            <p><a href=privacy target="_blank" rel="noopener noreferrer">{messages.privacy}</a></p>
        </footer>
    }
}

/// The URL of the help page.
fn help_address(language: Language) -> String {
    [paths::HELP, "?language=", language.tag()].concat()
}

/// The URL of the privacy notice: that of the settings, otherwise the built-in one.
pub(crate) fn privacy_address(site: &Site, language: Language) -> String {
    let configured = &site.organisation.links.privacy;
    if configured.is_empty() {
        [paths::PRIVACY, "?language=", language.tag()].concat()
    } else {
        configured.clone()
    }
}
