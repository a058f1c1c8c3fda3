//! Screen 3: the code from the app. The strength estimator starts loading here, so that it is there a
//! screen later.

use super::frame::{actions, heading};
use super::visit::{Call, Visit};
use crate::birthdate::Birthdate;
use crate::code::Code;
use crate::refusal::Refusal;
use crate::step::Way;
use crate::text::{Words, days_in_words, duration};
use crate::typed::Typed;
use crate::ui::{Button, Entry, Field, Look, Phone};
use leptos::prelude::*;

pub(crate) fn page(visit: Visit, ways: &[Way], way: Way) -> AnyView {
    let words = visit.words();
    visit.start_strength();
    let entry = Entry { autocomplete: "one-time-code", inputmode: "numeric", width: "code" };
    let send = move || {
        let parsed = visit.code.with_untracked(|typed| Code::parse_typed(typed.expose()));
        match parsed {
            Ok(code) => visit.submit(Call::Code(Typed::new(code.expose()))),
            Err(error) => visit.refuse(Refusal::invalid("code", error)),
        }
    };
    let intro = match way {
        Way::Token => words.code_from_app,
        Way::Otp => words.code_sent,
    };
    view! {
        {heading(words.code_heading.to_owned())}
        <div class="beside">
            <p class="lead">{intro}</p>
            <Phone />
        </div>
        {(ways.len() > 1).then(|| choice(visit, ways, way))}
        <form
            method="dialog"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <Field
                id="code"
                label=words.code
                hint=words.code_hint
                entry=entry
                value=visit.code
                error=visit.error_at("code")
            />
            <p class="secret">{words.code_secret}</p>
            {actions(visit, true)}
        </form>
        {matches!(way, Way::Otp).then(|| resend(visit))}
        {no_code(visit, words)}
        {recap(visit)}
    }
    .into_any()
}

fn choice(visit: Visit, ways: &[Way], chosen: Way) -> AnyView {
    let words = visit.words();
    let options = ways
        .iter()
        .copied()
        .map(|way| {
            let (id, text) = match way {
                Way::Token => ("way-token", words.code_way_app),
                Way::Otp => ("way-otp", words.code_way_sent),
            };
            view! {
                <label class="option" for=id>
                    <input
                        type="radio"
                        id=id
                        name="way"
                        checked=way == chosen
                        on:change=move |_| visit.submit(Call::Resend(Some(way)))
                    />
                    {text}
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset>
            <legend>{words.code_ways}</legend>
            {options}
        </fieldset>
    }
    .into_any()
}

fn resend(visit: Visit) -> AnyView {
    let words = visit.words();
    let again = Callback::new(move |()| visit.submit(Call::Resend(None)));
    view! {
        {move || match visit.resend_in.get() {
            0 => view! { <Button label=words.code_resend look=Look::Quiet on_press=again /> }.into_any(),
            seconds => {
                view! { <p class="hint">{words.code_resend_wait.fill([&duration(seconds, words)])}</p> }.into_any()
            }
        }}
    }
    .into_any()
}

fn no_code(visit: Visit, words: &'static Words) -> AnyView {
    let site = visit.site();
    let links = &site.organisation.links;
    let stores = [(&links.play_store, words.code_play_store), (&links.app_store, words.code_app_store)]
        .into_iter()
        .filter(|(address, _)| !address.is_empty())
        .map(|(address, text)| view! { <li>{link(address, text)}</li> })
        .collect_view();
    view! {
        <details id="no-code">
            <summary>{words.code_none}</summary>
            <p>{words.code_install}</p>
            <ul class="links">{stores}</ul>
            <p>{words.code_not_in_app}</p>
            <p>{words.code_refused}</p>
            <p>
                {words.code_registration} " "
                {(!links.registration.is_empty()).then(|| link(&links.registration, words.code_register))}
            </p>
        </details>
    }
    .into_any()
}

/// Opens beside this page: the visit goes on here.
fn link(address: &str, text: &'static str) -> AnyView {
    view! { <a href=address.to_owned() target="_blank" rel="noopener noreferrer">{text}</a> }.into_any()
}

fn recap(visit: Visit) -> AnyView {
    let words = visit.words();
    let username = visit.username.with_untracked(|typed| typed.expose().to_owned());
    // After a reload the birthdate is not here any more: it is kept nowhere in the browser.
    let birthdate = visit
        .birthdate
        .with_untracked(|typed| Birthdate::parse_typed(typed.expose()))
        .ok()
        .map(|date| view! { <dt>{words.birthdate_name}</dt> <dd>{days_in_words(&date, words)}</dd> });
    let change = Callback::new(move |()| {
        if !visit.busy.get_untracked() {
            visit.trouble.set(None);
            visit.looking_back.set(Some(2));
        }
    });
    view! {
        <section class="recap" aria-labelledby="account">
            <h2 id="account">{words.account}</h2>
            <dl>
                <dt>{words.username}</dt>
                <dd>{username}</dd>
                {birthdate}
            </dl>
            <Button label=words.change_birthdate look=Look::Quiet on_press=change />
        </section>
    }
    .into_any()
}
