//! What every code service must do: each sentence is run on the fake and on Entrust's adapter
//! against the embedded Entrust.

use super::world::{World, challenge, employee, fake, is_wrong, real, refused};
use app::api::step::OtpMethod;
use futures::future::join_all;
use server::ports::otp_provider::{ChallengeOutcome, CodeVerdict, OtpProviderError, OtpSubject};

macro_rules! contract {
    ($($sentence:ident),* $(,)?) => {
        mod the_fake {
            $(#[tokio::test]
            async fn $sentence() {
                super::$sentence(super::fake().await).await;
            })*
        }
        mod entrust {
            $(#[tokio::test]
            async fn $sentence() {
                super::$sentence(super::real().await).await;
            })*
        }
    };
}

contract! {
    a_right_code_is_right,
    upper_and_lower_case_of_a_name_are_the_same,
    a_code_counts_once,
    a_challenge_counts_once,
    a_wrong_code_leaves_the_challenge_open_and_costs_an_attempt,
    a_right_code_gives_the_attempts_back,
    five_failures_lock_until_an_administrator_unlocks,
    of_many_parallel_wrong_codes_only_five_are_judged,
    of_many_parallel_right_codes_one_is_right,
    the_code_of_another_is_wrong,
    an_unknown_name_is_refused,
    the_decoy_gets_a_challenge_like_anybody,
    a_way_that_is_not_offered_is_refused,
    an_outage_is_an_error_and_nothing_else,
    garbage_is_an_error_and_nothing_else,
}

async fn a_right_code_is_right(world: impl World) {
    let codes = world.codes();
    let challenge = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(challenge.holder, "A.Janssen");
    assert_eq!(challenge.way, OtpMethod::Token);
    assert_eq!(challenge.attempts_left, Some(5));
    assert_eq!(codes.verify(&challenge, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn upper_and_lower_case_of_a_name_are_the_same(world: impl World) {
    let codes = world.codes();
    let challenge = challenge(&*codes, "a.JANSSEN", OtpMethod::Token).await;
    assert_eq!(codes.verify(&challenge, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn a_code_counts_once(world: impl World) {
    let codes = world.codes();
    let code = world.code("A.Janssen");
    let first = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    let second = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(codes.verify(&first, &code).await.unwrap(), CodeVerdict::Right);
    assert!(is_wrong(&codes.verify(&second, &code).await.unwrap()));
}

async fn a_challenge_counts_once(world: impl World) {
    let codes = world.codes();
    let challenge = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(codes.verify(&challenge, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
    assert!(is_wrong(&codes.verify(&challenge, &world.code("A.Janssen")).await.unwrap()));
}

async fn a_wrong_code_leaves_the_challenge_open_and_costs_an_attempt(world: impl World) {
    let codes = world.codes();
    let first = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    let verdict = codes.verify(&first, &world.wrong_code("A.Janssen")).await.unwrap();
    assert_eq!(verdict, CodeVerdict::Wrong("invalid_user_response".into()));
    assert_eq!(challenge(&*codes, "A.Janssen", OtpMethod::Token).await.attempts_left, Some(4));
    assert_eq!(codes.verify(&first, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn a_right_code_gives_the_attempts_back(world: impl World) {
    let codes = world.codes();
    let first = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    codes.verify(&first, &world.wrong_code("A.Janssen")).await.unwrap();
    codes.verify(&first, &world.code("A.Janssen")).await.unwrap();
    assert_eq!(challenge(&*codes, "A.Janssen", OtpMethod::Token).await.attempts_left, Some(5));
}

async fn five_failures_lock_until_an_administrator_unlocks(world: impl World) {
    let codes = world.codes();
    let first = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    for _ in 0..5 {
        codes.verify(&first, &world.wrong_code("A.Janssen")).await.unwrap();
    }
    assert!(is_wrong(&codes.verify(&first, &world.code("A.Janssen")).await.unwrap()));
    assert_eq!(refused(&*codes, &employee("A.Janssen"), OtpMethod::Token).await, "locked");
    challenge(&*codes, "B.Smits", OtpMethod::Token).await;

    world.unlock("A.Janssen");
    let again = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(codes.verify(&again, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn of_many_parallel_wrong_codes_only_five_are_judged(world: impl World) {
    let codes = world.codes();
    let challenge = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    let wrong = world.wrong_code("A.Janssen");
    let verdicts = join_all((0..200).map(|_| codes.verify(&challenge, &wrong))).await;
    let judged = CodeVerdict::Wrong("invalid_user_response".into());
    let verdicts: Vec<CodeVerdict> = verdicts.into_iter().map(Result::unwrap).collect();
    assert!(verdicts.iter().all(is_wrong));
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == judged).count(), 5);
}

async fn of_many_parallel_right_codes_one_is_right(world: impl World) {
    let codes = world.codes();
    let challenge = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    let code = world.code("A.Janssen");
    let verdicts = join_all((0..50).map(|_| codes.verify(&challenge, &code))).await;
    assert_eq!(verdicts.into_iter().filter(|verdict| matches!(verdict, Ok(CodeVerdict::Right))).count(), 1);
}

async fn the_code_of_another_is_wrong(world: impl World) {
    let codes = world.codes();
    let challenge = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    assert!(is_wrong(&codes.verify(&challenge, &world.code("B.Smits")).await.unwrap()));
}

async fn an_unknown_name_is_refused(world: impl World) {
    let codes = world.codes();
    assert_eq!(refused(&*codes, &employee("N.Nobody"), OtpMethod::Token).await, "user_not_found");
}

async fn the_decoy_gets_a_challenge_like_anybody(world: impl World) {
    for way in [OtpMethod::Token, OtpMethod::Otp] {
        let opened = world.codes().open(&OtpSubject::Decoy, way).await.unwrap();
        assert!(
            matches!(opened, ChallengeOutcome::Challenge(challenge) if challenge.attempts_left == Some(5))
        );
    }
}

async fn a_way_that_is_not_offered_is_refused(world: impl World) {
    let codes = world.codes();
    world.offer_token_only();
    assert_eq!(refused(&*codes, &employee("A.Janssen"), OtpMethod::Otp).await, "way_not_offered");
    challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
}

async fn an_outage_is_an_error_and_nothing_else(world: impl World) {
    let codes = world.codes();
    let open = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    world.away();
    for holder in [employee("A.Janssen"), employee("N.Nobody"), OtpSubject::Decoy] {
        let answer = codes.open(&holder, OtpMethod::Token).await;
        assert!(matches!(answer, Err(OtpProviderError::Unreachable { .. })), "{holder:?}");
    }
    let answer = codes.verify(&open, &world.wrong_code("A.Janssen")).await;
    assert!(matches!(answer, Err(OtpProviderError::Unreachable { .. })));
    world.clear_faults();
    assert_eq!(challenge(&*codes, "A.Janssen", OtpMethod::Token).await.attempts_left, Some(5));
    assert_eq!(codes.verify(&open, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}

async fn garbage_is_an_error_and_nothing_else(world: impl World) {
    let codes = world.codes();
    let open = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
    world.garbage();
    let answer = codes.open(&employee("A.Janssen"), OtpMethod::Token).await;
    assert!(matches!(answer, Err(OtpProviderError::Unusable { .. })));
    let answer = codes.verify(&open, &world.code("A.Janssen")).await;
    assert!(matches!(answer, Err(OtpProviderError::Unusable { .. })));
    world.clear_faults();
    assert_eq!(codes.verify(&open, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
}
