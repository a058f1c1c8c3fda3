//! What every page of ours holds, whatever it is for: language, notices, the time that is left. Not where
//! a visit or a registration stands: see `visit` and `registration`.

use super::browser;
use crate::refusal::Refusal;
use crate::site::{Language, Site};
use crate::text::Words;
use crate::ui::{Held, Signal};
use leptos::prelude::TimeoutHandle;

/// What stands between the person and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server's refusal, or this browser's own of the same form.
    Refused(Refusal),
    /// The two new passwords differ.
    NotRepeated,
    /// The connection is back, but what waited for it may be stale.
    CodeWaited,
    /// The browser keeps no cookie, so nobody comes further than the first screen.
    NoCookies,
    /// There was nothing to unlock any more.
    NotLocked,
    /// What was waited for has ended, and the step is still the same.
    NotDone,
}

/// A page; copied freely. Its state is made once and lives as long as the page: it is leaked on purpose,
/// because a pointer in every listener is the smallest code there is.
#[derive(Clone, Copy)]
pub(crate) struct Page(&'static Common);

impl std::ops::Deref for Page {
    type Target = Common;
    fn deref(&self) -> &Common {
        self.0
    }
}

/// Everything that the pages have alike.
pub(crate) struct Common {
    site: Site,
    pub(crate) language: Signal<Language>,
    pub(crate) trouble: Signal<Option<Trouble>>,
    pub(crate) busy: Signal<bool>,
    /// Whether a call of this page is under way or waits for the network. What it carries cannot be changed then:
    /// what is on the screen would be another than what is sent.
    pub(crate) sending: Signal<bool>,
    /// Whether the first question is not answered yet, by which a press has to wait.
    pub(crate) asking: Held<bool>,
    pub(crate) offline: Signal<bool>,
    /// The next try at what got no answer.
    pub(crate) retrying: Held<Option<TimeoutHandle>>,
    /// Whether a request that another page made is waited for.
    pub(crate) waits: Signal<bool>,
    pub(crate) expires_at: Held<Option<f64>>,
    /// Seconds left, in coarse parts, once it is time to warn; 0 before that.
    pub(crate) expiring: Signal<u64>,
    /// Whether asking for more time gave none: what is left is all there is.
    pub(crate) is_last: Signal<bool>,
    /// What a screen reader hears without the focus moving.
    pub(crate) said: Signal<String>,
    /// What it will hear, and how often that was replaced; `None` where nothing waits.
    pub(crate) saying: Held<Option<(String, u32)>>,
    /// The number of what was last asked or sent.
    pub(crate) question: Held<u32>,
}

impl Page {
    pub(crate) fn new(site: Site, language: Language) -> Self {
        Self(Box::leak(Box::new(Common {
            site,
            language: Signal::new(language),
            trouble: Signal::new(None),
            busy: Signal::new(false),
            sending: Signal::new(false),
            asking: Held::new(false),
            offline: Signal::new(false),
            retrying: Held::new(None),
            waits: Signal::new(false),
            expires_at: Held::new(None),
            expiring: Signal::new(0),
            is_last: Signal::new(false),
            said: Signal::default(),
            saying: Held::new(None),
            question: Held::new(0),
        })))
    }

    pub(crate) fn site(self) -> &'static Site {
        &self.0.site
    }

    /// The words in the language of the moment. Untracked: a change of language draws the whole page.
    pub(crate) fn words(self) -> &'static Words {
        self.language.get_untracked().words()
    }

    /// Refuses in the browser what the server would refuse in the same words.
    pub(crate) fn refuse(self, refusal: Refusal) {
        self.tell(Trouble::Refused(refusal));
    }

    /// Shows the notice, and gives it the focus also when it says the same again: a press that changes
    /// nothing would look like a dead button.
    pub(crate) fn tell(self, trouble: Trouble) {
        let ended = matches!(trouble, Trouble::Refused(Refusal::StartAgain));
        let trouble = if ended && !browser::keeps_cookies() { Trouble::NoCookies } else { trouble };
        self.trouble.set(Some(trouble));
        browser::focus_soon("summary");
    }

    /// There is no connection: seen, and heard once.
    pub(crate) fn went_offline(self) {
        if !self.offline.get_untracked() {
            self.offline.set(true);
            let words = self.words();
            self.say([words.offline, ". ", words.offline_retrying].concat());
        }
    }

    /// A number for what is asked or sent now, by which an answer to something earlier is known as old.
    pub(crate) fn newer_question(self) -> u32 {
        let newer = self.question.get().wrapping_add(1);
        self.question.set(newer);
        newer
    }
}
