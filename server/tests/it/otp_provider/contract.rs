//! Contract suite of the OTP provider port, run on the fake and on the Entrust adapter with the Entrust simulator.

use super::world::{World, employee, fake, is_wrong, open_challenge, real, refusal};
use app::api::step::OtpMethod;
use futures::future::join_all;
use server::ports::otp_provider::{ChallengeOutcome, CodeVerdict, OtpProviderError, OtpSubject};

macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod on_fake {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::fake().await).await;
            })*
        }
        mod on_simulator {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::real().await).await;
            })*
        }
    };
}

contract! {
    right_code_is_accepted,
    user_name_is_case_insensitive,
    code_is_accepted_once,
    challenge_is_completed_once,
    wrong_code_keeps_the_challenge_open_and_costs_an_attempt,
    right_code_restores_the_attempts,
    five_failures_lock_until_an_administrator_unlocks,
    only_five_of_many_parallel_wrong_codes_are_verified,
    only_one_of_many_parallel_right_codes_is_accepted,
    code_of_another_user_is_wrong,
    unknown_user_name_is_refused,
    decoy_gets_a_challenge_like_an_employee,
    method_that_is_not_offered_is_refused,
    outage_is_an_error_and_changes_nothing,
    unparsable_response_is_an_error_and_changes_nothing,
}

async fn right_code_is_accepted(world: impl World) {
    let provider = world.provider();
    let challenge = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(challenge.user_name, "A.Janssen");
    assert_eq!(challenge.method, OtpMethod::Token);
    assert_eq!(challenge.attempts_left, Some(5));
    assert_eq!(provider.verify(&challenge, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn user_name_is_case_insensitive(world: impl World) {
    let provider = world.provider();
    let challenge = open_challenge(&*provider, "a.JANSSEN", OtpMethod::Token).await;
    assert_eq!(provider.verify(&challenge, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn code_is_accepted_once(world: impl World) {
    let provider = world.provider();
    let code = world.code("A.Janssen");
    let first = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    let second = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(provider.verify(&first, &code).await.unwrap(), CodeVerdict::Right);
    assert!(is_wrong(&provider.verify(&second, &code).await.unwrap()));
}

async fn challenge_is_completed_once(world: impl World) {
    let provider = world.provider();
    let challenge = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(provider.verify(&challenge, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
    assert!(is_wrong(&provider.verify(&challenge, &world.code("A.Janssen")).await.unwrap()));
}

async fn wrong_code_keeps_the_challenge_open_and_costs_an_attempt(world: impl World) {
    let provider = world.provider();
    let first = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    let verdict = provider.verify(&first, &world.wrong_code("A.Janssen")).await.unwrap();
    assert_eq!(verdict, CodeVerdict::Wrong("invalid_user_response".into()));
    assert_eq!(open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await.attempts_left, Some(4));
    assert_eq!(provider.verify(&first, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn right_code_restores_the_attempts(world: impl World) {
    let provider = world.provider();
    let first = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    provider.verify(&first, &world.wrong_code("A.Janssen")).await.unwrap();
    provider.verify(&first, &world.code("A.Janssen")).await.unwrap();
    assert_eq!(open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await.attempts_left, Some(5));
}

async fn five_failures_lock_until_an_administrator_unlocks(world: impl World) {
    let provider = world.provider();
    let first = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    for _ in 0..5 {
        provider.verify(&first, &world.wrong_code("A.Janssen")).await.unwrap();
    }
    assert!(is_wrong(&provider.verify(&first, &world.code("A.Janssen")).await.unwrap()));
    assert_eq!(refusal(&*provider, &employee("A.Janssen"), OtpMethod::Token).await, "locked");
    open_challenge(&*provider, "B.Smits", OtpMethod::Token).await;

    world.unlock("A.Janssen");
    let again = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(provider.verify(&again, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn only_five_of_many_parallel_wrong_codes_are_verified(world: impl World) {
    let provider = world.provider();
    let challenge = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    let wrong = world.wrong_code("A.Janssen");
    let verdicts = join_all((0..200).map(|_| provider.verify(&challenge, &wrong))).await;
    let counted = CodeVerdict::Wrong("invalid_user_response".into());
    let verdicts: Vec<CodeVerdict> = verdicts.into_iter().map(Result::unwrap).collect();
    assert!(verdicts.iter().all(is_wrong));
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == counted).count(), 5);
}

async fn only_one_of_many_parallel_right_codes_is_accepted(world: impl World) {
    let provider = world.provider();
    let challenge = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    let code = world.code("A.Janssen");
    let verdicts = join_all((0..50).map(|_| provider.verify(&challenge, &code))).await;
    assert_eq!(verdicts.into_iter().filter(|verdict| matches!(verdict, Ok(CodeVerdict::Right))).count(), 1);
}

async fn code_of_another_user_is_wrong(world: impl World) {
    let provider = world.provider();
    let challenge = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    assert!(is_wrong(&provider.verify(&challenge, &world.code("B.Smits")).await.unwrap()));
}

async fn unknown_user_name_is_refused(world: impl World) {
    let provider = world.provider();
    assert_eq!(refusal(&*provider, &employee("N.Nobody"), OtpMethod::Token).await, "user_not_found");
}

async fn decoy_gets_a_challenge_like_an_employee(world: impl World) {
    for method in [OtpMethod::Token, OtpMethod::Otp] {
        let outcome = world.provider().open(&OtpSubject::Decoy, method).await.unwrap();
        assert!(
            matches!(outcome, ChallengeOutcome::Challenge(challenge) if challenge.attempts_left == Some(5))
        );
    }
}

async fn method_that_is_not_offered_is_refused(world: impl World) {
    let provider = world.provider();
    world.offer_token_only();
    assert_eq!(refusal(&*provider, &employee("A.Janssen"), OtpMethod::Otp).await, "way_not_offered");
    open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
}

async fn outage_is_an_error_and_changes_nothing(world: impl World) {
    let provider = world.provider();
    let open = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    world.set_unavailable();
    for subject in [employee("A.Janssen"), employee("N.Nobody"), OtpSubject::Decoy] {
        let answer = provider.open(&subject, OtpMethod::Token).await;
        assert!(matches!(answer, Err(OtpProviderError::Unreachable { .. })), "{subject:?}");
    }
    let answer = provider.verify(&open, &world.wrong_code("A.Janssen")).await;
    assert!(matches!(answer, Err(OtpProviderError::Unreachable { .. })));
    world.clear_faults();
    assert_eq!(open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await.attempts_left, Some(5));
    assert_eq!(provider.verify(&open, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn unparsable_response_is_an_error_and_changes_nothing(world: impl World) {
    let provider = world.provider();
    let open = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
    world.set_unparsable();
    let answer = provider.open(&employee("A.Janssen"), OtpMethod::Token).await;
    assert!(matches!(answer, Err(OtpProviderError::Unusable { .. })));
    let answer = provider.verify(&open, &world.code("A.Janssen")).await;
    assert!(matches!(answer, Err(OtpProviderError::Unusable { .. })));
    world.clear_faults();
    assert_eq!(provider.verify(&open, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}
