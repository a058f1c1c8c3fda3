//! A requirement for a reset as the overview and its cards show it.

use super::screen::Section;
use super::state::EnrollmentState;
use crate::api::enrollment_state::{self, Overview, Readiness};
use crate::components::{Button, ButtonKind};
use leptos::prelude::*;

/// Whether a requirement is met.
pub(super) fn is_ready(overview: &Overview, point: Readiness) -> bool {
    overview.points.contains(&enrollment_state::Point { point, ready: true })
}

/// The state of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PointStatus {
    Done,
    Open,
    /// Will be met after the waiting time.
    Waiting,
}

impl PointStatus {
    /// The state of a requirement that is `ready`, or in its waiting time.
    pub(super) const fn of(ready: bool, waits: bool) -> Self {
        match (ready, waits) {
            (true, _) => Self::Done,
            (false, true) => Self::Waiting,
            (false, false) => Self::Open,
        }
    }
}

/// A requirement: its name and state, and below them its registered value and actions. The style sheet draws the mark.
#[component]
pub(super) fn Point(status: PointStatus, name: &'static str, children: Children) -> impl IntoView {
    let texts = expect_context::<EnrollmentState>().enrollment_messages();
    let (attribute, label) = match status {
        PointStatus::Done => ("met", texts.point_done),
        PointStatus::Open => ("open", texts.point_open),
        PointStatus::Waiting => ("wait", texts.point_wait),
    };
    view! {
        <li data-check=attribute>
            <h2>{name}" "<span class="state">{label}</span></h2>
            {children()}
        </li>
    }
}

/// A button that opens a screen.
#[component]
pub(super) fn OpenButton(label: &'static str, kind: ButtonKind, section: Section) -> impl IntoView {
    let state = expect_context::<EnrollmentState>();
    let busy = state.page.busy;
    let open = move |()| {
        if !busy.get_untracked() {
            state.open(section);
        }
    };
    view! { <Button kind busy on_press=open>{label}</Button> }
}
