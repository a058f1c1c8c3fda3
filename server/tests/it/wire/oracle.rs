//! A15: the response does not reveal why a verification failed. Compares status, headers in their order, body and
//! cookie; `reset::uniform_answers` tests the timing.

use super::client::{Answer, Client, TestApi, settings};
use crate::reset::world::{BIRTHDATE, CURRENT_PASSWORD, wrong_code};
use server::ports::audit::{Event, NotVerifiedReason};
use server::ports::directory::Eligibility;

/// User name, birthdate, whether the code is correct, and the reason in the audit log.
const FAILURES: [(&str, &str, bool, NotVerifiedReason); 7] = [
    ("N.Iemand", BIRTHDATE, false, NotVerifiedReason::UnknownName),
    ("C.Peters", BIRTHDATE, true, NotVerifiedReason::Disabled),
    ("D.Willems", BIRTHDATE, true, NotVerifiedReason::Privileged),
    ("X.Verlopen", BIRTHDATE, false, NotVerifiedReason::Expired),
    ("E.Hendriks", BIRTHDATE, true, NotVerifiedReason::NotRegistered),
    ("A.Janssen", "1984-10-02", true, NotVerifiedReason::WrongBirthdate),
    ("A.Janssen", BIRTHDATE, false, NotVerifiedReason::WrongCode),
];

async fn api(sections: &str) -> TestApi {
    let api = TestApi::with(settings(super::client::HTTPS, "", sections)).await;
    for (login, eligibility) in [
        ("C.Peters", Eligibility::Disabled),
        ("D.Willems", Eligibility::Privileged),
        ("X.Verlopen", Eligibility::Expired),
    ] {
        api.world.add_registered(login, "Iemand Anders").await;
        api.world.directory.edit(login, |member| member.account.eligibility = eligibility);
    }
    api.world.directory.add_account("E.Hendriks", "Eva Hendriks", CURRENT_PASSWORD);
    api
}

/// The response without the values that may differ: request id, reference, typed name, and cookie value.
fn comparable(client: &Client, login: &str, answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let masked = answer.masked();
    let headers = masked.headers.iter().map(|(name, value)| {
        let mut value = value.to_str().unwrap().to_owned();
        if let Some(cookie) = &client.cookie {
            value = value.replace(cookie.as_str(), "#");
        }
        // The length of the response may depend on the length of the typed name.
        if name == "content-length" && masked.text().contains("\"username\"") {
            value = (value.parse::<usize>().unwrap() - login.len()).to_string();
        }
        (name.to_string(), value)
    });
    (masked.status, headers.collect(), masked.text().replace(&format!("\"{login}\""), "#"))
}

async fn answers_of_all_steps(
    api: &TestApi,
    login: &str,
    birthdate: &str,
    right: bool,
) -> Vec<(u16, Vec<(String, String)>, String)> {
    let mut client = api.client();
    let mut answers = Vec::new();
    let code = if right { api.world.code_of(login) } else { wrong_code() };
    for step in 0..9 {
        let answer = match step {
            0 => client.identify(login).await,
            1 => client.birthdate(birthdate).await,
            // The session ends after the fifth attempt; a sixth is refused.
            2 | 3 | 5 | 6 | 7 => client.code(&code).await,
            _ => client.current().await,
        };
        answers.push(comparable(&client, login, &answer));
    }
    answers
}

#[tokio::test]
async fn a15_every_failure_reason_gets_the_same_answer_byte_for_byte() {
    for sections in ["", "[verification]\njudgement = \"stepwise\"\n"] {
        let mut first = None;
        for (login, birthdate, right, reason) in FAILURES {
            let api = api(sections).await;
            if reason == NotVerifiedReason::WrongCode && !sections.is_empty() {
                // In `stepwise` mode a correct birthdate leads to the code step by design.
                continue;
            }
            let answers = answers_of_all_steps(&api, login, birthdate, right).await;
            let refused = usize::from(sections.is_empty()) + 1;
            assert_eq!(answers[refused].0, 403, "{login}: {:?}", answers[refused]);
            let entries = api.world.audit.entries();
            let mut reasons = entries.iter().filter_map(|entry| match &entry.event {
                Event::NotVerified { reason, .. } => Some(*reason),
                Event::SessionStarted
                | Event::Verified
                | Event::WaitStarted
                | Event::StillWaiting
                | Event::WaitRequired
                | Event::Unavailable
                | Event::AboutToSet
                | Event::Refused { .. }
                | Event::NotSet
                | Event::PasswordSet
                | Event::AboutToUnlock
                | Event::Unlocked
                | Event::NotUnlocked
                | Event::OutcomeUnknown
                | Event::Practised
                | Event::SignedIn
                | Event::Registered { .. }
                | Event::Declined { .. }
                | Event::ActivationStarted { .. }
                | Event::Activated { .. }
                | Event::Frozen { .. }
                | Event::Unfrozen { .. }
                | Event::Imported { .. }
                | Event::RetentionRun { .. }
                | Event::PersonExported
                | Event::PersonDeleted
                | Event::FailuresCleared
                | Event::AuditPruned { .. }
                | Event::CallCodeIssued
                | Event::StartCodeVoided
                | Event::StartCodeRequested { .. }
                | Event::StartCodeApproved { .. }
                | Event::StartCodeShown { .. }
                | Event::StartCodeWithdrawn { .. }
                | Event::StartCodeRefused { .. }
                | Event::StartCodeUsed { .. }
                | Event::DeskSignedIn
                | Event::DeskSignedOut
                | Event::DeskRevoked
                | Event::DeskSessionEnded { .. }
                | Event::DeskLimited { .. }
                | Event::CallerVerified { .. }
                | Event::CallCodeRefused { .. }
                | Event::DeskLookedUp { .. }
                | Event::DeskActed { .. }
                | Event::DeskFailed { .. }
                | Event::MobileWritten
                | Event::DeskExported { .. }
                | Event::BreachUnchecked => None,
            });
            assert_eq!(reasons.next(), Some(reason), "{login}");
            match &first {
                None => first = Some(answers),
                Some(first) => assert_eq!(first, &answers, "{login} {reason:?}"),
            }
            assert_eq!(api.world.directory.writes(), 0);
        }
    }
}

#[tokio::test]
async fn a15_spent_budget_gets_the_same_answer_as_a_wrong_code_even_with_the_correct_code() {
    let limits = |budget, reserve| {
        format!(
            "[limits]\nper_address = \"0\"\nglobal = \"0\"\naccount_failures = \"{budget}/24h\"\nentrust_reserve = {reserve}\n"
        )
    };
    for (budget, reserve, reason) in
        [(3, 0, NotVerifiedReason::BudgetSpent), (9, 2, NotVerifiedReason::ReserveReached)]
    {
        let api = api(&limits(budget, reserve)).await;
        let mut answers = Vec::new();
        for number in 0..6 {
            // From the fourth attempt on the provider is not called; the last code is the correct one.
            let code = if number == 5 { api.world.code_of("A.Janssen") } else { format!("0000000{number}") };
            let mut client = api.client();
            client.reach_code("A.Janssen").await;
            let answer = client.code(&code).await;
            answers.push(comparable(&client, "A.Janssen", &answer));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(api.world.provider_calls(), (6, 3));
        assert_eq!(api.world.last_reason(), Some(reason));
    }
}

#[tokio::test]
async fn a15_failure_of_the_last_call_alone_gets_the_same_answer_byte_for_byte() {
    use server::test_support::otp_provider::OtpOutage;
    for outage in [OtpOutage::Unreachable, OtpOutage::Garbage, OtpOutage::Hangs] {
        let mut first = None;
        for (login, birthdate, right, _) in FAILURES {
            let api = api("").await;
            api.world.otp_provider.verify_outage(Some(outage));
            let answers = answers_of_all_steps(&api, login, birthdate, right).await;
            assert_eq!(answers[2].0, 403, "{login}: {:?}", answers[2]);
            let first = first.get_or_insert_with(|| answers.clone());
            assert_eq!(*first, answers, "{login} {outage:?}");
        }
    }
}
