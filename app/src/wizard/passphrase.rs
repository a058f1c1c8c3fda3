//! Suggests a password: four words from a shipped list, a digit and a sign, drawn by the browser's cryptographic random
//! source. It is never sent before the user takes it over and presses «Volgende».

use super::checks::Checks;
use super::state::WizardState;
use crate::client::focus;
use crate::components::{Button, ButtonKind};
use crate::domain::raw_input::RawInput;
use gloo_net::http::Request;
use leptos::prelude::*;
use std::sync::Arc;

/// Where the words are, one per line. Loaded only when a suggestion is asked for.
const WORDS: &str = "/passphrase-words.txt";
/// The number of words.
const COUNT: usize = 4;
/// Signs that every keyboard has, and that no web form or script has trouble with.
const SIGNS: [char; 8] = ['!', '?', '+', '=', '%', '@', '#', '*'];
/// How often a suggestion is drawn anew that a rule of the organisation rejects.
const TRIES: usize = 50;

/// What is suggested.
#[derive(Clone, PartialEq)]
enum Suggested {
    Nothing,
    /// A password, and whether the user has taken it over.
    Password(RawInput, bool),
    /// The list could not be loaded, or there is no random source.
    Failed,
}

/// Offers a password, and fills it in when the user takes it over. It stays readable after that: the field is too
/// narrow for it.
#[component]
pub(super) fn Suggestion(checks: Checks, masked: RwSignal<bool>) -> impl IntoView {
    let state = expect_context::<WizardState>();
    let words = state.page.words();
    let suggested = RwSignal::new(Suggested::Nothing);
    let list = StoredValue::new(None::<Arc<str>>);
    let suggest = Action::new_local(move |(): &()| async move {
        let loaded = match list.get_value() {
            Some(loaded) => Some(loaded),
            None => load().await,
        };
        list.set_value(loaded.clone());
        let password = loaded.and_then(|list| suggestion(&list, |text| checks.allows(text), browser_random));
        suggested.set(match password {
            Some(text) => Suggested::Password(RawInput::new(text), false),
            None => Suggested::Failed,
        });
    });
    let busy = Signal::from(suggest.pending());
    let ask = move |()| {
        suggest.dispatch(());
    };
    let take = move |()| {
        if let Suggested::Password(password, false) = suggested.get_untracked() {
            state.password.set(password.clone());
            state.repeat.set(password.clone());
            masked.set(false);
            suggested.set(Suggested::Password(password, true));
            state.page.clear_problem();
            state.page.announce(words.suggest_taken);
            focus::set_once_rendered("password");
        }
    };
    // One element for all suggestions: a screen reader announces a change of it, and the focus stays on its button.
    let text = Signal::derive(move || match suggested.get() {
        Suggested::Nothing => String::new(),
        Suggested::Password(password, _) => password.expose().to_owned(),
        Suggested::Failed => words.suggest_failed.to_owned(),
    });
    let is_password = move || matches!(suggested.get(), Suggested::Password(..));
    let can_take = move || matches!(suggested.get(), Suggested::Password(_, false));
    let ask_text = move || if is_password() { words.suggest_other } else { words.suggest };
    view! {
        <section class="suggestion">
            <p role="status" class:passphrase=is_password prop:textContent=move || text.get()></p>
            <div class="actions">
                <Show when=can_take>
                    <Button kind=ButtonKind::Secondary on_press=take>{words.suggest_take}</Button>
                </Show>
                <Button kind=ButtonKind::Quiet busy on_press=ask><span prop:textContent=ask_text></span></Button>
            </div>
        </section>
    }
}

async fn load() -> Option<Arc<str>> {
    let response = Request::get(WORDS).send().await.ok()?;
    if !response.ok() {
        return None;
    }
    response.text().await.ok().map(Arc::from)
}

/// A password that every rule allows, or `None` where `random` fails or no draw is allowed.
fn suggestion(
    list: &str,
    is_allowed: impl Fn(&str) -> bool,
    mut random: impl FnMut() -> Option<u32>,
) -> Option<String> {
    let words: Vec<&str> = list.lines().filter(|word| !word.is_empty()).collect();
    for _ in 0..TRIES {
        let text = draw(&words, &mut random)?;
        if is_allowed(&text) {
            return Some(text);
        }
    }
    None
}

/// Four different words with dashes; a digit and a sign follow one of them.
fn draw(words: &[&str], random: &mut impl FnMut() -> Option<u32>) -> Option<String> {
    if words.len() < COUNT {
        return None;
    }
    let mut chosen: Vec<&str> = Vec::new();
    while chosen.len() < COUNT {
        let word = words.get(below(words.len(), random)?)?;
        if !chosen.contains(word) {
            chosen.push(word);
        }
    }
    let place = below(COUNT, random)?;
    let digit = below(10, random)?;
    let sign = SIGNS.get(below(SIGNS.len(), random)?)?;
    let parts: Vec<String> = chosen
        .iter()
        .enumerate()
        .map(|(at, word)| {
            if at == place {
                [*word, &digit.to_string(), sign.encode_utf8(&mut [0; 4])].concat()
            } else {
                (*word).to_owned()
            }
        })
        .collect();
    Some(parts.join("-"))
}

/// A number below `end`, each as likely as the others: numbers of the last, incomplete range are drawn again.
fn below(end: usize, random: &mut impl FnMut() -> Option<u32>) -> Option<usize> {
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

    /// A generator whose draws are known, for tests only.
    fn counter(mut state: u32) -> impl FnMut() -> Option<u32> {
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Some(state.rotate_left(13))
        }
    }

    #[test]
    fn a_suggestion_has_at_least_55_bits() {
        let length = u32::try_from(LIST.lines().count()).unwrap();
        let words: f64 = (0..4).map(|chosen| f64::from(length - chosen).log2()).sum();
        // The place of the digit and the sign, the digit, the sign.
        let bits = words + 4_f64.log2() + 10_f64.log2() + 8_f64.log2();
        assert!(bits >= 55.0, "{bits}");
    }

    #[test]
    fn the_list_holds_different_plain_words() {
        let words: Vec<&str> = LIST.lines().collect();
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len());
        for word in words {
            assert!((3..=9).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()), "{word}");
        }
    }

    #[test]
    fn a_suggestion_is_four_different_words_with_a_digit_and_a_sign() {
        let words: HashSet<&str> = LIST.lines().collect();
        let mut random = counter(7);
        for _ in 0..500 {
            let text = suggestion(LIST, |_| true, &mut random).unwrap();
            let parts: Vec<&str> = text
                .split('-')
                .map(|part| part.trim_end_matches(|c: char| !c.is_ascii_lowercase()))
                .collect();
            assert_eq!(parts.iter().collect::<HashSet<_>>().len(), COUNT, "{text}");
            assert!(parts.iter().all(|part| words.contains(part)), "{text}");
            assert_eq!(text.chars().filter(char::is_ascii_digit).count(), 1, "{text}");
            assert_eq!(text.chars().filter(|c| SIGNS.contains(c)).count(), 1, "{text}");
        }
    }

    #[test]
    fn what_a_rule_rejects_is_drawn_again_and_given_up_in_the_end() {
        let allowed = suggestion(LIST, |text| text.contains('7'), counter(1)).unwrap();
        assert!(allowed.contains('7'));
        assert_eq!(suggestion(LIST, |_| false, counter(1)), None);
        assert_eq!(suggestion(LIST, |_| true, || None), None);
        assert_eq!(suggestion("een\ntwee", |_| true, counter(1)), None);
    }

    #[test]
    fn a_draw_of_the_last_incomplete_range_is_drawn_again() {
        let mut draws = [u32::MAX, u32::MAX - 1, 5].into_iter();
        assert_eq!(below(10, &mut || draws.next()), Some(5));
    }
}
