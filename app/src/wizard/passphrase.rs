//! Suggests a password: four words from a shipped list, a digit and a sign, drawn with the browser's cryptographic
//! random number generator. It is never sent before the user accepts it and presses «Volgende».

use super::checks::Checks;
use super::state::WizardState;
use crate::client::focus;
use crate::components::{Button, ButtonKind};
use crate::domain::raw_input::RawInput;
use gloo_net::http::Request;
use leptos::prelude::*;
use std::sync::Arc;

/// The URL of the word list, one word per line. Loaded only when a suggestion is requested.
const WORD_LIST_URL: &str = "/passphrase-words.txt";
/// The number of words in a suggestion.
const WORD_COUNT: usize = 4;
/// Signs that are on every keyboard, and that cause no problems in web forms or scripts.
const SIGNS: [char; 8] = ['!', '?', '+', '=', '%', '@', '#', '*'];
/// Maximum number of draws until a suggestion satisfies the rules.
const MAX_DRAWS: usize = 50;

/// The state of the suggestion.
#[derive(Clone, PartialEq)]
enum SuggestionState {
    Empty,
    /// A password, and whether the user has accepted it.
    Password(RawInput, bool),
    /// The list could not be loaded, or there is no random number generator.
    Failed,
}

/// Suggests a password, and fills it in when the user accepts it. It stays visible after that, because the field is too
/// narrow for it.
#[component]
pub(super) fn Suggestion(checks: Checks, masked: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let messages = state.page.messages();
    let suggested = RwSignal::new(SuggestionState::Empty);
    let list = StoredValue::new(None::<Arc<str>>);
    let suggest = Action::new_local(move |(): &()| async move {
        let loaded = match list.get_value() {
            Some(loaded) => Some(loaded),
            None => load().await,
        };
        list.set_value(loaded.clone());
        let password = loaded.and_then(|list| suggestion(&list, |text| checks.allows(text), browser_random));
        suggested.set(match password {
            Some(text) => SuggestionState::Password(RawInput::new(text), false),
            None => SuggestionState::Failed,
        });
    });
    let busy = Signal::from(suggest.pending());
    let request = move |()| {
        suggest.dispatch(());
    };
    let accept = move |()| {
        if let SuggestionState::Password(password, false) = suggested.get_untracked() {
            state.password.set(password.clone());
            state.repeat.set(password.clone());
            masked.set(false);
            suggested.set(SuggestionState::Password(password, true));
            state.page.clear_problem();
            state.page.announce(messages.suggest_taken);
            focus::set_once_rendered("password");
        }
    };
    // One element for all suggestions, so that a screen reader announces changes and the button keeps the focus.
    let text = Signal::derive(move || match suggested.get() {
        SuggestionState::Empty => String::new(),
        SuggestionState::Password(password, _) => password.expose().to_owned(),
        SuggestionState::Failed => messages.suggest_failed.to_owned(),
    });
    let is_password = move || matches!(suggested.get(), SuggestionState::Password(..));
    let can_accept = move || matches!(suggested.get(), SuggestionState::Password(_, false));
    let request_text = move || if is_password() { messages.suggest_other } else { messages.suggest };
    view! {
        <section class="suggestion">
            // A translator must not change a password.
            <p role="status" class:passphrase=is_password translate=move || is_password().then_some("no")
                prop:textContent=move || text.get()></p>
            <div class="actions">
                <Show when=can_accept>
                    <Button kind=ButtonKind::Secondary on_press=accept>{messages.suggest_take}</Button>
                </Show>
                <Button kind=ButtonKind::Quiet busy on_press=request>
                    <span prop:textContent=request_text></span>
                </Button>
            </div>
        </section>
    }
}

async fn load() -> Option<Arc<str>> {
    let response = Request::get(WORD_LIST_URL).send().await.ok()?;
    if !response.ok() {
        return None;
    }
    response.text().await.ok().map(Arc::from)
}

/// Returns a password that satisfies the rules; `None` if `random` fails or every draw violates a rule.
fn suggestion(
    list: &str,
    is_allowed: impl Fn(&str) -> bool,
    mut random: impl FnMut() -> Option<u32>,
) -> Option<String> {
    let words: Vec<&str> = list.lines().filter(|word| !word.is_empty()).collect();
    for _ in 0..MAX_DRAWS {
        let text = draw(&words, &mut random)?;
        if is_allowed(&text) {
            return Some(text);
        }
    }
    None
}

/// Draws four different words, joined by dashes; a digit and a sign follow one of them.
fn draw(words: &[&str], random: &mut impl FnMut() -> Option<u32>) -> Option<String> {
    if words.len() < WORD_COUNT {
        return None;
    }
    let mut chosen: Vec<&str> = Vec::new();
    while chosen.len() < WORD_COUNT {
        let word = words.get(random_below(words.len(), random)?)?;
        if !chosen.contains(word) {
            chosen.push(word);
        }
    }
    let position = random_below(WORD_COUNT, random)?;
    let digit = random_below(10, random)?;
    let sign = SIGNS.get(random_below(SIGNS.len(), random)?)?;
    let parts: Vec<String> = chosen
        .iter()
        .enumerate()
        .map(|(at, word)| {
            if at == position {
                [*word, &digit.to_string(), sign.encode_utf8(&mut [0; 4])].concat()
            } else {
                (*word).to_owned()
            }
        })
        .collect();
    Some(parts.join("-"))
}

/// A uniformly distributed number below `end`: numbers of the last, incomplete range are drawn again.
fn random_below(end: usize, random: &mut impl FnMut() -> Option<u32>) -> Option<usize> {
    let end = u32::try_from(end).ok()?;
    let limit = u32::MAX - u32::MAX % end;
    loop {
        let drawn = random()?;
        if drawn < limit {
            return usize::try_from(drawn % end).ok();
        }
    }
}

fn browser_random() -> Option<u32> {
    let mut bytes = [0; 4];
    window().crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(u32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const LIST: &str = include_str!("../../../public/passphrase-words.txt");

    /// A deterministic generator.
    fn deterministic_random(mut state: u32) -> impl FnMut() -> Option<u32> {
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Some(state.rotate_left(13))
        }
    }

    #[test]
    fn suggestion_has_at_least_55_bits_of_entropy() {
        let length = u32::try_from(LIST.lines().count()).unwrap();
        let words: f64 = (0..4).map(|chosen| f64::from(length - chosen).log2()).sum();
        // The position of digit and sign, the digit, the sign.
        let bits = words + 4_f64.log2() + 10_f64.log2() + 8_f64.log2();
        assert!(bits >= 55.0, "{bits}");
    }

    #[test]
    fn word_list_has_distinct_lowercase_words() {
        let words: Vec<&str> = LIST.lines().collect();
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
        for word in words {
            assert!((3..=9).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
        }
    }

    #[test]
    fn suggestion_is_four_different_words_with_a_digit_and_a_sign() {
        let words: HashSet<&str> = LIST.lines().collect();
        let mut random = deterministic_random(7);
        for _ in 0..500 {
            let text = suggestion(LIST, |_| true, &mut random).unwrap();
            let parts: Vec<&str> = text
                .split('-')
                .map(|part| part.trim_end_matches(|c: char| !c.is_ascii_lowercase()))
                .collect();
            assert_eq!(parts.iter().collect::<HashSet<_>>().len(), WORD_COUNT, "{text}");
            assert!(parts.iter().all(|part| words.contains(part)), "{text}");
            assert_eq!(text.chars().filter(char::is_ascii_digit).count(), 1, "{text}");
            assert_eq!(text.chars().filter(|c| SIGNS.contains(c)).count(), 1, "{text}");
        }
    }

    #[test]
    fn rejected_suggestion_is_drawn_again_a_limited_number_of_times() {
        let allowed = suggestion(LIST, |text| text.contains('7'), deterministic_random(1)).unwrap();
        assert!(allowed.contains('7'));
        assert_eq!(suggestion(LIST, |_| false, deterministic_random(1)), None);
        assert_eq!(suggestion(LIST, |_| true, || None), None);
        assert_eq!(suggestion("een\ntwee", |_| true, deterministic_random(1)), None);
    }

    #[test]
    fn random_number_in_the_incomplete_range_is_drawn_again() {
        let mut draws = [u32::MAX, u32::MAX - 1, 5].into_iter();
        assert_eq!(random_below(10, &mut || draws.next()), Some(5));
    }
}
