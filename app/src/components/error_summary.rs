//! A summary at the head of the screen that takes the focus: what happened, and what to do now.

use super::{Button, ButtonKind, ERROR_SUMMARY};
use crate::client::{PageState, focus};
use crate::i18n::{Explanation, SummaryAction};
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// The summary of a problem. Its link leads to the field that it is about.
#[component]
pub(crate) fn ErrorSummary(
    explanation: Explanation,
    page: PageState,
    /// Does what the summary's button says.
    act: Callback<SummaryAction>,
) -> impl IntoView {
    let words = page.words();
    let Explanation { title, why, list, todo, action, folded, call, field } = explanation;
    // Where a list says it all, the same again as a link would be read twice.
    let field = field.filter(|_| list.is_empty());
    let list = (!list.is_empty()).then(|| {
        view! { <ul>{list.into_iter().map(|line| view! { <li>{line}</li> }).collect::<Vec<_>>()}</ul> }
    });
    let call = call.map(|call| with_phone_link(&call, page));
    let action = action.map(|action| {
        let text = match action {
            SummaryAction::ChangeBirthdate => words.change_birthdate,
        };
        view! { <Button kind=ButtonKind::Secondary on_press=move |()| act.run(action)>{text}</Button> }
    });
    let (list, ending) = if folded {
        let causes = view! { <details><summary>{words.not_verified_causes}</summary>{list}{call}</details> };
        (None, causes.into_any())
    } else {
        (list, call.into_any())
    };
    view! {
        <section class="summary" id=ERROR_SUMMARY role="alert" tabindex="-1" aria-labelledby="summary-title">
            <h2 id="summary-title">{title}</h2>
            {paragraphs(why)}
            {list}
            {field.map(|(id, text)| view! { <p><FieldLink id=id text=text /></p> })}
            {paragraphs(todo)}
            {action}
            {ending}
        </section>
    }
}

/// Whom to call, with the number as a link: on a phone it is dialled by a tap.
fn with_phone_link(call: &str, page: PageState) -> impl IntoView + use<> {
    let site = page.site();
    let desk = &site.organisation.service_desk;
    let (before, after) = call.split_once(&desk.phone).unwrap_or((call, ""));
    let number = (before.len() < call.len()).then(|| {
        let address = ["tel:", &desk.phone_link].concat();
        view! { <a href=address>{desk.phone.clone()}</a> }
    });
    view! { <p class="call">{before.to_owned()}{number}{after.to_owned()}</p> }
}

fn paragraphs(sentences: Vec<String>) -> Vec<impl IntoView> {
    sentences.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect()
}

#[component]
fn FieldLink(id: String, text: String) -> impl IntoView {
    let href = ["#", &id].concat();
    let focus = move |event: MouseEvent| {
        // Not by the address: a history entry would follow from it.
        event.prevent_default();
        focus::set(&id);
    };
    view! { <a href=href on:click=focus>{text}</a> }
}
