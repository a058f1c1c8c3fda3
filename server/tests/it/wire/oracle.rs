//! A15: nothing in an answer tells why somebody was not verified. The whole answer is compared: status,
//! headers in their order, body, cookie. Timing is the workflow's tests'.

use super::client::{Answer, Client, Wire, settings};
use crate::reset::world::{BIRTHDATE, FIRST, wrong_code};
use server::ports::audit::{Event, Reason};
use server::ports::directory::Eligibility;

/// Name, birthdate, whether the code is right, and the true reason.
const CLASSES: [(&str, &str, bool, Reason); 7] = [
    ("N.Iemand", BIRTHDATE, false, Reason::UnknownName),
    ("C.Peters", BIRTHDATE, true, Reason::Disabled),
    ("D.Willems", BIRTHDATE, true, Reason::Privileged),
    ("X.Verlopen", BIRTHDATE, false, Reason::Expired),
    ("E.Hendriks", BIRTHDATE, true, Reason::NotRegistered),
    ("A.Janssen", "1984-10-02", true, Reason::WrongBirthdate),
    ("A.Janssen", BIRTHDATE, false, Reason::WrongCode),
];

async fn wire(sections: &str) -> Wire {
    let wire = Wire::with(settings(super::client::HTTPS, "", sections)).await;
    for (login, eligibility) in [
        ("C.Peters", Eligibility::Disabled),
        ("D.Willems", Eligibility::Privileged),
        ("X.Verlopen", Eligibility::Expired),
    ] {
        wire.world.hire(login, "Iemand Anders").await;
        wire.world.directory.edit(login, |member| member.account.eligibility = eligibility);
    }
    wire.world.directory.hire("E.Hendriks", "Eva Hendriks", FIRST);
    wire
}

/// What may differ taken out: request id, reference, the name as typed, and the cookie's value.
fn seen(client: &Client, login: &str, answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let masked = answer.masked();
    let headers = masked.headers.iter().map(|(name, value)| {
        let mut value = value.to_str().unwrap().to_owned();
        if let Some(cookie) = &client.cookie {
            value = value.replace(cookie.as_str(), "#");
        }
        // The length of the name that was typed is known to who typed it.
        if name == "content-length" && masked.text().contains("\"username\"") {
            value = (value.parse::<usize>().unwrap() - login.len()).to_string();
        }
        (name.to_string(), value)
    });
    (masked.status, headers.collect(), masked.text().replace(&format!("\"{login}\""), "#"))
}

async fn walk(
    wire: &Wire,
    login: &str,
    birthdate: &str,
    right: bool,
) -> Vec<(u16, Vec<(String, String)>, String)> {
    let mut client = wire.client();
    let mut walked = Vec::new();
    let code = if right { wire.world.code_of(login) } else { wrong_code() };
    for step in 0..9 {
        let answer = match step {
            0 => client.identify(login).await,
            1 => client.birthdate(birthdate).await,
            // The last of five ends the visit, and one more comes too late.
            2 | 3 | 5 | 6 | 7 => client.code(&code).await,
            _ => client.current().await,
        };
        walked.push(seen(&client, login, &answer));
    }
    walked
}

#[tokio::test]
async fn a15_whoever_is_not_verified_sees_the_same_to_the_byte() {
    for sections in ["", "[verification]\njudgement = \"stepwise\"\n"] {
        let mut first = None;
        for (login, birthdate, right, reason) in CLASSES {
            let wire = wire(sections).await;
            if reason == Reason::WrongCode && !sections.is_empty() {
                // `stepwise` says so itself: a right birthdate goes on to the code.
                continue;
            }
            let walked = walk(&wire, login, birthdate, right).await;
            let refused = usize::from(sections.is_empty()) + 1;
            assert_eq!(walked[refused].0, 403, "{login}: {:?}", walked[refused]);
            let trail = wire.world.audit.entries();
            let mut reasons = trail.iter().filter_map(|entry| match &entry.event {
                Event::NotVerified { reason, .. } => Some(*reason),
                Event::VisitBegun
                | Event::Verified
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
                | Event::ActivationBegun { .. }
                | Event::Activated { .. } => None,
            });
            assert_eq!(reasons.next(), Some(reason), "{login}");
            match &first {
                None => first = Some(walked),
                Some(first) => assert_eq!(first, &walked, "{login} {reason:?}"),
            }
            assert_eq!(wire.world.directory.writes(), 0);
        }
    }
}

#[tokio::test]
async fn a15_a_used_up_budget_looks_like_a_wrong_code_even_to_the_right_one() {
    let limits =
        |reserve| format!("[limits]\nper_address = \"0\"\nglobal = \"0\"\nentrust_reserve = {reserve}\n");
    for (reserve, reason) in [(0, Reason::BudgetSpent), (2, Reason::ReserveReached)] {
        let wire = wire(&limits(reserve)).await;
        let mut answers = Vec::new();
        for number in 0..6 {
            // From the fourth on nobody is asked any more; the last is the code on the phone.
            let code = if number == 5 { wire.world.code_of("A.Janssen") } else { format!("0000000{number}") };
            let mut client = wire.client();
            client.reach_code("A.Janssen").await;
            let answer = client.code(&code).await;
            answers.push(seen(&client, "A.Janssen", &answer));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(wire.world.code_calls(), (6, 3));
        assert_eq!(wire.world.last_reason(), Some(reason));
    }
}
