//! What an agent can do for a verified caller, and the confirmation of what was done.

use super::Submit;
use super::flow::Request;
use super::state::DeskState;
use crate::api::service_desk_state::{Caller, DeskAction};
use crate::client::focus;
use crate::components::{Button, ButtonKind, Keyed};
use crate::i18n::ServiceDeskMessages;
use leptos::prelude::*;

/// The id of the part's heading, which receives the focus when the agent does not confirm.
const PART_HEADING: &str = "actions";
/// The id of the question before an account is frozen.
const QUESTION: &str = "freeze-question";

/// Whether an action makes sense for this caller; the server decides again.
const fn is_offered(action: DeskAction, caller: &Caller, is_lead: bool) -> bool {
    if !caller.may_act {
        return false;
    }
    match action {
        // Nothing about a frozen account changes until a lead lifts the freeze.
        DeskAction::Unlock => caller.locked && caller.may_unlock,
        DeskAction::Clear => caller.may_clear,
        DeskAction::Activate => caller.may_activate,
        DeskAction::Freeze => caller.frozen_since.is_none(),
        DeskAction::Unfreeze => caller.frozen_since.is_some() && is_lead,
    }
}

/// The button of an action, and what it does.
const fn action_texts(
    action: DeskAction,
    texts: &'static ServiceDeskMessages,
) -> (&'static str, &'static str) {
    match action {
        DeskAction::Unlock => (texts.unlock, texts.unlock_hint),
        DeskAction::Clear => (texts.clear, texts.clear_hint),
        DeskAction::Activate => (texts.activate, texts.activate_hint),
        DeskAction::Freeze => (texts.freeze, texts.freeze_hint),
        DeskAction::Unfreeze => (texts.unfreeze, texts.unfreeze_hint),
    }
}

/// The confirmation of an action.
pub(super) const fn done_text(action: DeskAction, texts: &'static ServiceDeskMessages) -> &'static str {
    match action {
        DeskAction::Unlock => texts.unlock_done,
        DeskAction::Clear => texts.clear_done,
        DeskAction::Activate => texts.activate_done,
        DeskAction::Freeze => texts.freeze_done,
        DeskAction::Unfreeze => texts.unfreeze_done,
    }
}

/// Confirms the action that was just carried out. It is announced as well, so it is no alert.
#[component]
pub(super) fn DoneNotice() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let texts = state.texts();
    let notice = move |done: Option<DeskAction>| {
        done.map(|done| view! { <p class="notice good strong">{done_text(done, texts)}</p> })
    };
    view! { <Keyed key=move || state.done.get() view=notice /> }
}

/// A button for each action that makes sense.
#[component]
pub(super) fn Actions<'a>(caller: &'a Caller) -> impl IntoView + use<> {
    let state = expect_context::<DeskState>();
    let texts = state.texts();
    let is_lead = state.is_lead.get_untracked();
    let offered = DeskAction::ALL.into_iter().filter(|action| is_offered(*action, caller, is_lead));
    let buttons: Vec<_> = offered
        .map(|action| match action {
            DeskAction::Freeze => view! { <FreezeButton /> }.into_any(),
            DeskAction::Unlock | DeskAction::Clear | DeskAction::Activate | DeskAction::Unfreeze => {
                view! { <ActionButton action /> }.into_any()
            }
        })
        .collect();
    let hint = if !caller.may_act {
        Some(texts.not_yours)
    } else if caller.frozen_since.is_some() && !is_lead {
        Some(texts.unfreeze_lead)
    } else {
        None
    };
    let hint = hint.map(|hint| view! { <li><p class="hint">{hint}</p></li> });
    view! {
        <section class="part">
            <h2 id=PART_HEADING tabindex="-1">{texts.actions}</h2>
            <ul class="choices">{buttons}{hint}</ul>
        </section>
    }
}

#[component]
fn ActionButton(action: DeskAction) -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let (label, hint) = action_texts(action, state.texts());
    let act = move |()| {
        submit.dispatch(Request::Act(action));
    };
    view! {
        <li>
            <Button kind=ButtonKind::Secondary busy=state.page.busy on_press=act>{label}</Button>
            <p class="hint">{hint}</p>
        </li>
    }
}

/// The button that freezes the account. The agent confirms it, because only a lead can undo it.
#[component]
fn FreezeButton() -> impl IntoView {
    let state = expect_context::<DeskState>();
    let submit = expect_context::<Submit>();
    let (messages, texts) = (state.page.messages(), state.texts());
    let ask = move |()| {
        state.is_freezing.set(true);
        focus::set_once_rendered(QUESTION);
    };
    let freeze = move |()| {
        submit.dispatch(Request::Act(DeskAction::Freeze));
    };
    let cancel = move |()| {
        state.is_freezing.set(false);
        focus::set_once_rendered(PART_HEADING);
    };
    let content = move |is_freezing: bool| {
        if is_freezing {
            view! {
                <div class="notice warm">
                    <p class="strong" id=QUESTION tabindex="-1">{texts.freeze_sure}</p>
                    <div class="actions">
                        <Button kind=ButtonKind::Secondary busy=state.page.busy on_press=freeze>{texts.freeze_yes}</Button>
                        <Button kind=ButtonKind::Secondary on_press=cancel>{messages.cancel}</Button>
                    </div>
                </div>
            }
            .into_any()
        } else {
            view! {
                <Button kind=ButtonKind::Secondary busy=state.page.busy on_press=ask>{texts.freeze}</Button>
            }
            .into_any()
        }
    };
    view! {
        <li>
            <Keyed key=move || state.is_freezing.get() view=content />
            <p class="hint">{texts.freeze_hint}</p>
        </li>
    }
}
