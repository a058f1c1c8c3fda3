//! The catalogue of the wizard, and the macro that declares catalogues.

/// A message with `N` placeholders `{}`. They are counted at compile time: a translation with another number does not
/// build. Filling them needs no formatting code in the browser.
pub(crate) struct Template<const N: usize>(&'static str);

impl<const N: usize> Template<N> {
    pub(crate) const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let mut found = 0;
        let mut rest = bytes;
        while let [first, tail @ ..] = rest {
            if *first == b'{' {
                found += if matches!(tail, [b'}', ..]) { 1 } else { usize::MAX / 2 };
            }
            rest = tail;
        }
        assert!(found == N, "a translation has another number of placeholders, or a stray brace");
        Self(text)
    }

    /// The message with its placeholders filled from left to right.
    pub(crate) fn fill(&self, values: [&str; N]) -> String {
        let mut filled = String::new();
        let mut values = values.into_iter();
        // Splits at a character, because the search for a string would add more code than this function.
        for (i, part) in self.0.split('{').enumerate() {
            if i > 0 {
                filled.push_str(values.next().unwrap_or_default());
            }
            filled.push_str(part.strip_prefix('}').unwrap_or(part));
        }
        filled
    }

    #[cfg(test)]
    pub(crate) const fn raw(&self) -> &'static str {
        self.0
    }
}

/// Declares a catalogue: one field per message, so a missing or an unknown key does not compile.
macro_rules! catalogue {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$what:meta])* $extra:ident: $kind:ty,)* }
        $($(#[$why:meta])* $key:ident $(($count:literal))?,)*
    ) => {
        $(#[$doc])*
        pub(crate) struct $name {
            $($(#[$why])* pub(crate) $key: catalogue!(@type $($count)?),)*
            $($(#[$what])* pub(crate) $extra: $kind,)*
        }

        #[cfg(test)]
        impl $name {
            /// Every message with its key.
            pub(crate) fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($key), catalogue!(@raw self.$key $(, $count)?)),)*]
            }
        }
    };
    (@type) => { &'static str };
    (@type $count:literal) => { Template<$count> };
    (@raw $text:expr) => { $text };
    (@raw $text:expr, $count:literal) => { $text.raw() };
}

pub(super) use catalogue;

catalogue! {
    /// The messages of the wizard, and those that every page uses, in one language.
    Messages {
        /// January to December, as in a written date.
        months: [&'static str; 12],
        /// Monday to Sunday, as names.
        day_names: [&'static str; 7],
        /// Monday to Sunday, as in «Weer open maandag».
        weekdays: [&'static str; 7],
        /// The names of the scores 0 to 4.
        strengths: [&'static str; 5],
    }

    // Every screen.
    next,
    cancel,
    busy,
    step_of(2),
    step_done,
    skip,
    language,
    for_information,
    privacy,
    help,
    help_page,
    clock(2),
    desk_open,
    desk_open_until(1),
    desk_closed,
    desk_opens(2),
    desk_today,
    desk_tomorrow,
    desk_on_date(1),
    desk_outside(1),
    day_range(2),
    page_title(2),
    page_title_error(1),
    username,
    birthdate_name,
    account,

    // Before the program has started.
    slow(2),
    no_scripting(2),
    cannot_run(2),

    // 1, the user name.
    username_hint,
    unknown,
    unknown_username,
    unknown_birthdate,
    need,
    need_username,
    need_birthdate,
    need_phone,

    // 2, the birthdate.
    birthdate_heading,
    birthdate,
    birthdate_spelled_out(1),

    // 3, the code.
    code_heading,
    code,
    code_from_app,
    code_sent,
    code_hint,
    code_secret,
    code_none,
    code_install,
    code_scan,
    code_qr,
    code_play_store,
    code_app_store,
    code_not_in_app,
    phone_lost(2),
    code_refused,
    code_registration,
    code_registration_wait(1),
    code_register,
    code_method_app,
    code_method_sent,
    code_resend,
    code_resend_wait(1),
    code_resent,
    change_birthdate,

    // 4, the new password.
    password_heading,
    password,
    password_repeat,
    password_tip,
    suggest,
    suggest_other,
    suggest_take,
    suggest_failed,
    suggest_taken,
    caps_lock,
    outer_space,
    password_show,
    password_hide,
    password_security,
    rules,
    rules_intro,
    rule_length(1),
    rule_too_long(1),
    rule_kinds,
    rule_name,
    rule_word(1),
    rule_several(1),
    rule_strength,
    rule_history(1),
    rule_history_unknown,
    rule_repeat,
    rule_met,
    rule_unmet,
    rules_left(1),
    rule_left,
    cannot_yet(1),
    unmet_length(1),
    unmet_too_long(1),
    unmet_kinds,
    unmet_name,
    unmet_word(1),
    unmet_invisible,
    refused_history,
    refused_leaked,
    refused_directory,
    rules_all_met,
    strength,
    strength_loading,
    strength_later,

    // 5, done.
    done_heading,
    done_close,
    done_devices,
    done_applications,
    done_next,
    done_phone,
    done_phone_how,
    done_iphone,
    done_iphone_steps,
    done_android,
    done_android_steps,
    done_computer,
    done_computer_todo,
    done_website,
    done_website_todo,
    done_website_list,
    done_after,
    done_everywhere,
    done_not_everywhere,
    done_unchecked,
    done_again,

    // An account with extra protection. The time is `date_at`: a date and a time of day.
    waiting_heading,
    waiting_from(1),
    waiting_repeat(1),
    waiting_notice,
    waiting_not_you(2),
    waiting_urgent(2),
    waiting_close,
    date_at(2),

    // Unlocking without a new password.
    unlock_question,
    unlock_why,
    unlock,
    unlocked_heading,
    unlocked_password,
    unlocked_devices,
    not_locked,
    not_locked_todo,

    // A call to the service desk.
    call_start,
    call_stop,
    call_banner,
    call_lead,
    call_heading,
    call_intro,
    call_valid(1),
    call_warning,
    call_close,
    call_over_heading,
    call_over,
    // Also on the page of the service desk, which says what to choose.
    new_app_start,

    // A practice run.
    practice,
    practice_heading,
    practice_unchanged,
    practice_back,

    // Expiry of a session, and durations.
    expiring(1),
    expiring_extend,
    expiring_extended,
    expiring_fixed,
    a_second,
    seconds(1),
    a_minute,
    minutes(1),
    an_hour,
    hours(1),
    days(1),

    // The connection.
    offline,
    offline_retrying,
    offline_retry,
    online,
    no_cookies,
    no_cookies_todo,
    session_not_kept_why,
    session_not_kept_todo,
    online_code,

    // Errors, and what to do about them.
    input_error,
    input_error_todo,
    username_empty,
    username_too_long,
    username_characters,
    username_invisible,
    username_other_domain,
    birthdate_empty,
    birthdate_not_a_date,
    birthdate_short_year,
    birthdate_future,
    birthdate_implausible,
    code_empty,
    code_not_digits,
    code_length,
    password_empty,
    password_not_repeated,
    too_long,
    request_broken,
    request_broken_todo,
    not_verified,
    not_verified_maybe,
    not_verified_birthdate,
    not_verified_mobile,
    not_verified_code,
    not_verified_recent,
    not_verified_birthdate_only,
    not_verified_causes,
    not_verified_last,
    not_verified_left(1),
    not_verified_over,
    attempts_over,
    daily_limit,
    weak_password,
    weak_password_why,
    weak_password_field,
    too_many,
    too_many_wait(1),
    start_again,
    start_again_why,
    start_again_todo,
    in_progress,
    in_progress_todo,
    still_busy,
    not_done,
    not_done_todo,
    unavailable,
    unavailable_why,
    unavailable_wait(1),
    outcome_unknown,
    outcome_unknown_why,
    outcome_unknown_todo,
    cross_origin,
    cross_origin_todo,
    fault,
    fault_todo,
    call(2),
    call_with_reference(3),
    violation_too_short(1),
    violation_too_long(1),
    violation_complexity,
    violation_name,
    violation_word(1),
    violation_invisible,
    violation_guessable,
    violation_leaked,
    violation_history(1),
    violation_history_unknown,
    violation_directory,
    violation_recent(1),
    too_recent,
    too_recent_why,
    too_recent_todo(1),

    // Why a password is easy to guess.
    warning_keys_row,
    warning_keys_pattern,
    warning_repeat,
    warning_repeat_group,
    warning_top,
    warning_common,
    warning_similar,
    warning_sequence,
    warning_year,
    warning_word,
    warning_date,
    warning_name,
    warning_predictable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_from_left_to_right() {
        assert_eq!(Template::<2>::new("Stap {} van {}.").fill(["2", "5"]), "Stap 2 van 5.");
        assert_eq!(Template::<1>::new("{}").fill(["{}"]), "{}");
    }
}
