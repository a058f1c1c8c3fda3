//! The error summary at the top of a screen: what happened, and what to do now. It receives the focus.

use super::{Button, ButtonKind, ERROR_SUMMARY};
use crate::client::{PageState, focus};
use crate::i18n::{Explanation, SummaryAction};
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// The summary of a problem, with a link to the invalid field.
#[component]
pub(crate) fn ErrorSummary(
    explanation: Explanation,
    page: PageState,
    /// Performs the action of the summary's button.
    on_action: Callback<SummaryAction>,
) -> impl IntoView {
    let messages = page.messages();
    let Explanation { title, why, list, todo, action, collapsed, call, reference, field } = explanation;
    // Without a link if there is a list: a screen reader would read the same text twice.
    let field = field.filter(|_| list.is_empty());
    let list = (!list.is_empty()).then(|| {
        view! { <ul>{list.into_iter().map(|line| view! { <li>{line}</li> }).collect::<Vec<_>>()}</ul> }
    });
    let call = call.map(|call| contact(&call, &reference, page));
    let action = action.map(|action| {
        let text = match action {
            SummaryAction::ChangeBirthdate => messages.change_birthdate,
        };
        view! { <Button kind=ButtonKind::Secondary on_press=move |()| on_action.run(action)>{text}</Button> }
    });
    let (list, ending) = if collapsed {
        let causes =
            view! { <details><summary>{messages.not_verified_causes}</summary>{list}{call}</details> };
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

/// The contact text with the phone number as a link, which a tap on a phone dials. A translator must not change the number
/// or the reference.
fn contact(call: &str, reference: &str, page: PageState) -> impl IntoView + use<> {
    let site = page.site();
    let desk = &site.organisation.service_desk;
    let (before, after) = call.split_once(&desk.phone).unwrap_or((call, ""));
    let number = (before.len() < call.len()).then(|| {
        let address = ["tel:", &desk.phone_link].concat();
        view! { <a href=address translate="no">{desk.phone.clone()}</a> }
    });
    let around_reference = after.split_once(reference).filter(|_| !reference.is_empty());
    let (between, after) = around_reference.map_or((after, None), |(between, after)| (between, Some(after)));
    let reference =
        after.map(|after| view! { <span translate="no">{reference.to_owned()}</span>{after.to_owned()} });
    view! { <p class="call">{before.to_owned()}{number}{between.to_owned()}{reference}</p> }
}

fn paragraphs(sentences: Vec<String>) -> Vec<impl IntoView> {
    sentences.into_iter().map(|sentence| view! { <p>{sentence}</p> }).collect()
}

#[component]
fn FieldLink(id: String, text: String) -> impl IntoView {
    let href = ["#", &id].concat();
    let focus = move |event: MouseEvent| {
        // Navigating to the link would add a history entry.
        event.prevent_default();
        focus::set(&id);
    };
    view! { <a href=href on:click=focus>{text}</a> }
}
