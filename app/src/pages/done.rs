//! Screen 5: the password is set again. Nothing is left to do here, but something is on the phone.

use super::frame::heading;
use super::visit::{Call, Visit};
use crate::ui::{Button, Done, Look};
use leptos::prelude::*;

pub(crate) fn page(visit: Visit, applications: Vec<String>, everywhere: Option<bool>) -> AnyView {
    let words = visit.words();
    let reach = match everywhere {
        Some(true) => words.done_everywhere,
        Some(false) => words.done_not_everywhere,
        None => words.done_unchecked,
    };
    let again = Callback::new(move |()| visit.submit(Call::Cancel));
    let list = applications.into_iter().map(|name| view! { <li>{name}</li> }).collect_view();
    view! {
        <Done />
        {heading(words.done_heading.to_owned())}
        <p class="lead">{words.done_close}</p>
        <p class="notice warm">{words.done_devices}</p>
        <h2>{words.done_applications}</h2>
        <ul class="applications">{list}</ul>
        <p>{reach}</p>
        <Button label=words.done_again look=Look::Quiet busy=visit.busy on_press=again />
    }
    .into_any()
}
