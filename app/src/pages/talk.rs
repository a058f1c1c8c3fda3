//! What a page's talk with the server is made of: the part in which the wizard and the registration differ.
//! What they have alike is in `calls`, `frame`, `timing` and `mount`.

use super::page::{Page, Trouble};
use crate::refusal::Refusal;
use crate::text::Explanation;
use crate::typed::Typed;
use crate::ui::{Held, Signal, View};
use std::rc::Rc;

/// A page that talks with the server. Each program has one, so what is written for all costs nothing.
pub(crate) trait Talk: Copy + 'static {
    /// A request that a person made by pressing something.
    type Call: Clone + 'static;
    /// What the server answers when all is well.
    type Answer: 'static;
    /// What can be opened on the first screen, by their ids.
    const OPENED: &'static [&'static str];

    fn page(self) -> Page;
    /// The call that got no answer, and when it was first made.
    fn waiting(self) -> Held<Option<(Self::Call, f64)>>;
    /// What is typed on the first screen, by the field's id.
    fn first_fields(self) -> Vec<(&'static str, Signal<Typed>)>;

    /// Makes a call.
    async fn make(call: Self::Call) -> Result<Self::Answer, Refusal>;
    /// Asks where the server stands; changes nothing.
    async fn look() -> Result<Self::Answer, Refusal>;
    /// Whether a call that waited for the network may do harm when it is made now.
    fn is_stale(call: &Self::Call, since: f64) -> bool;
    /// Such a call is not made any more.
    fn came_too_late(self);
    /// Whether somebody leaves with this call.
    fn leaves(call: &Self::Call) -> bool;
    /// Leaves nothing of it on the screen, before the server has heard of it.
    fn forget(self);
    /// What renews the time, where it can be renewed.
    fn extension(self) -> Option<Self::Call>;

    /// The number of the screen where the server stands; 1 is the first.
    fn at(self) -> u8;
    /// Whether nothing is left to do here: what goes wrong with looking is nobody's concern then.
    fn is_over(self) -> bool;
    /// Whether an answer is another step than the one that is known here.
    fn is_news(self, answer: &Self::Answer) -> bool;
    /// A call has come to its answer.
    fn answered(self, call: &Self::Call, answer: Self::Answer);
    /// An answer to `look`.
    fn resume(self, answer: Self::Answer);
    /// A refusal, by which something may have to go.
    fn refused(self, refusal: Refusal);

    /// The number of the screen to show; tracked.
    fn shown(self) -> u8;
    /// Back or Forward led to an entry of the history, with the number that was left there.
    fn back(self, at: Option<u8>);
    /// A screen appears.
    fn showing(self, shown: u8);
    /// A second has gone by, or the times have changed.
    fn second(self, now: f64);

    /// How far somebody is; tracked.
    fn progress(self) -> View;
    /// The screen itself; tracked.
    fn screen(self) -> View;
    /// What the tab is called: the page, and the screen where it is not the first.
    fn titles(self, shown: u8) -> (&'static str, Option<&'static str>);
    /// Trouble in words.
    fn explain(self, trouble: &Trouble) -> Explanation;

    /// The trouble of the moment in words; tracked.
    fn explanation(self) -> Option<Explanation> {
        self.page().trouble.with(|trouble| trouble.as_ref().map(|trouble| self.explain(trouble)))
    }

    /// What stands at a field; tracked.
    fn error_at(self, id: &'static str) -> Rc<dyn Fn() -> String> {
        Rc::new(move || match self.explanation().and_then(|explanation| explanation.field) {
            Some((at, text)) if at == id => text,
            Some(_) | None => String::new(),
        })
    }
}
