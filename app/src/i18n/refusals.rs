//! Explains a refusal to the user: what happened, what to do now, and whom to call.

pub(crate) mod enrollment;
pub(crate) mod new_app;
pub(crate) mod service_desk;
mod violations;

pub(crate) use violations::warning;

use super::date::duration_text;
use super::messages::Messages;
use crate::api::refusal::{Reason, Refusal};
use crate::api::site::ServiceDesk;
use violations::weak_password;

/// An action that an error summary offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SummaryAction {
    ChangeBirthdate,
}

/// The content of an error summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// What happened, as a heading.
    pub(crate) title: &'static str,
    /// Details, one sentence each.
    pub(crate) why: Vec<String>,
    /// The possible causes.
    pub(crate) list: Vec<String>,
    /// What to do now, one sentence each.
    pub(crate) todo: Vec<String>,
    /// What to do now, as a button.
    pub(crate) action: Option<SummaryAction>,
    /// Whether causes and contact are collapsed, so that the instructions come first.
    pub(crate) collapsed: bool,
    /// Whom to call, with the reference to mention.
    pub(crate) call: Option<String>,
    /// The reference in `call`; empty if there is none.
    pub(crate) reference: String,
    /// The invalid field, and the message at it.
    pub(crate) field: Option<(String, String)>,
}

impl Explanation {
    fn new(title: &'static str) -> Self {
        Self {
            title,
            why: vec![],
            list: vec![],
            todo: vec![],
            action: None,
            collapsed: false,
            call: None,
            reference: String::new(),
            field: None,
        }
    }

    /// The two new passwords differ. Only the browser detects this, so there is no refusal for it.
    pub(crate) fn password_mismatch(messages: &Messages) -> Self {
        Self::new(messages.input_error)
            .todo(messages.input_error_todo)
            .at_field("repeat", messages.password_not_repeated)
    }

    /// A code was not sent in time because the connection was lost.
    pub(crate) fn stale_code(messages: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(messages.online).todo(messages.online_code).call("", messages, desk)
    }

    /// The browser accepts no cookies, so the session cannot continue.
    pub(crate) fn no_cookies(messages: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(messages.no_cookies).todo(messages.no_cookies_todo).call("", messages, desk)
    }

    /// The session that has just started could not continue, probably because the browser did not store its cookie. `title`
    /// and `todo` say how to start again on this page.
    pub(crate) fn session_not_kept(
        (title, todo): (&'static str, &'static str),
        messages: &Messages,
        desk: &ServiceDesk,
    ) -> Self {
        Self::new(title)
            .why(messages.session_not_kept_why)
            .todo(todo)
            .todo(messages.session_not_kept_todo)
            .call("", messages, desk)
    }

    /// The account is not locked any more. Only the browser knows that the user wanted to unlock it.
    pub(crate) fn not_locked(messages: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(messages.not_locked).todo(messages.not_locked_todo).call("", messages, desk)
    }

    /// The request in progress has ended without reaching the next step.
    pub(crate) fn step_not_completed(messages: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(messages.not_done).todo(messages.not_done_todo).call("", messages, desk)
    }

    /// Removes the code from the causes: if the birthdate is verified separately («stepwise»), no code was entered yet.
    pub(crate) fn without_code(mut self, code: &str, messages: &Messages) -> Self {
        self.list.retain(|cause| cause != code);
        self.action = None;
        if let Some(why) = self.why.first_mut() {
            messages.not_verified_birthdate_only.clone_into(why);
        }
        self
    }

    fn why(mut self, sentence: &str) -> Self {
        self.why.push(sentence.to_owned());
        self
    }

    fn todo(mut self, sentence: impl Into<String>) -> Self {
        self.todo.push(sentence.into());
        self
    }

    fn action(mut self, action: SummaryAction) -> Self {
        self.action = Some(action);
        self
    }

    /// Whether it is about the value of a field, so that editing the field makes it outdated.
    pub(crate) fn concerns(&self, field: &str) -> bool {
        // A mismatch of the two passwords concerns both fields.
        self.field.as_ref().is_some_and(|(id, _)| id == field || (id == "repeat" && field == "password"))
    }

    fn at_field(mut self, field: &str, sentence: impl Into<String>) -> Self {
        self.field = Some((field.to_owned(), sentence.into()));
        self
    }

    fn call(mut self, reference: &str, messages: &Messages, desk: &ServiceDesk) -> Self {
        reference.clone_into(&mut self.reference);
        self.call = Some(if reference.is_empty() {
            messages.call.fill([&desk.name, &desk.phone])
        } else {
            messages.call_with_reference.fill([&desk.name, &desk.phone, reference])
        });
        self
    }
}

/// The explanation of a refusal.
pub(crate) fn explain(refusal: &Refusal, messages: &Messages, desk: &ServiceDesk) -> Explanation {
    match refusal {
        Refusal::Invalid { field, reason } => {
            match field.as_deref().and_then(|f| Some((f, field_message(f, *reason, messages)?))) {
                Some((field, sentence)) => Explanation::new(messages.input_error)
                    .todo(messages.input_error_todo)
                    .at_field(field, sentence),
                None => Explanation::new(messages.request_broken)
                    .todo(messages.request_broken_todo)
                    .call("", messages, desk),
            }
        }
        Refusal::NotVerified { reference, attempts_left } => {
            let mut explanation = match attempts_left {
                0 => Explanation::new(messages.attempts_over)
                    .todo(messages.not_verified_over)
                    .todo(messages.daily_limit),
                1 => Explanation::new(messages.not_verified)
                    .why(messages.not_verified_maybe)
                    .todo(messages.not_verified_last)
                    .action(SummaryAction::ChangeBirthdate),
                n => Explanation::new(messages.not_verified)
                    .why(messages.not_verified_maybe)
                    .todo(messages.not_verified_left.fill([&n.to_string()]))
                    .action(SummaryAction::ChangeBirthdate),
            };
            if *attempts_left > 0 {
                let causes = [
                    messages.not_verified_birthdate,
                    messages.not_verified_mobile,
                    messages.not_verified_code,
                    messages.not_verified_recent,
                ];
                explanation.list = causes.map(str::to_owned).into();
                explanation.collapsed = true;
            }
            explanation.call(reference, messages, desk)
        }
        Refusal::WeakPassword { violations } => weak_password(violations, messages, desk),
        Refusal::TooMany { retry_after } => Explanation::new(messages.too_many)
            .todo(messages.too_many_wait.fill([&duration_text(*retry_after, messages)]))
            .call("", messages, desk),
        Refusal::StartAgain => Explanation::new(messages.start_again)
            .why(messages.start_again_why)
            .todo(messages.start_again_todo)
            .call("", messages, desk),
        Refusal::InProgress => {
            Explanation::new(messages.in_progress).todo(messages.in_progress_todo).call("", messages, desk)
        }
        Refusal::Unavailable { reference, retry_after } => Explanation::new(messages.unavailable)
            .why(messages.unavailable_why)
            .todo(messages.unavailable_wait.fill([&duration_text(*retry_after, messages)]))
            .call(reference, messages, desk),
        Refusal::OutcomeUnknown { reference } => Explanation::new(messages.outcome_unknown)
            .why(messages.outcome_unknown_why)
            .todo(messages.outcome_unknown_todo)
            .call(reference, messages, desk),
        Refusal::CrossOrigin => {
            Explanation::new(messages.cross_origin).todo(messages.cross_origin_todo).call("", messages, desk)
        }
        Refusal::Fault { reference } => {
            Explanation::new(messages.fault).todo(messages.fault_todo).call(reference, messages, desk)
        }
        Refusal::NoConnection => {
            Explanation::new(messages.offline).why(messages.offline_retrying).call("", messages, desk)
        }
    }
}

/// The message at a field; `None` if the user cannot correct it.
fn field_message(field: &str, reason: Reason, messages: &Messages) -> Option<&'static str> {
    match reason {
        Reason::Empty => Some(match field {
            "username" => messages.username_empty,
            "birthdate" => messages.birthdate_empty,
            "code" => messages.code_empty,
            _ => messages.password_empty,
        }),
        Reason::TooLong => {
            Some(if field == "username" { messages.username_too_long } else { messages.too_long })
        }
        Reason::Characters => (field == "username").then_some(messages.username_characters),
        Reason::Invisible => (field == "username").then_some(messages.username_invisible),
        Reason::OtherDomain => (field == "username").then_some(messages.username_other_domain),
        Reason::NotADate => Some(messages.birthdate_not_a_date),
        Reason::ShortYear => Some(messages.birthdate_short_year),
        Reason::Future => Some(messages.birthdate_future),
        Reason::Implausible => Some(messages.birthdate_implausible),
        Reason::NotDigits => Some(messages.code_not_digits),
        Reason::Length => Some(messages.code_length),
        Reason::NotMobile
        | Reason::OtherCountry
        | Reason::NotOffered
        | Reason::Malformed
        | Reason::WrongType
        | Reason::Missing
        | Reason::Duplicate
        | Reason::UnknownField
        | Reason::NotFound
        | Reason::Method
        | Reason::TooLarge
        | Reason::ContentType => None,
    }
}

#[cfg(test)]
mod tests;
