//! What bounds a start code: attempts, time, and agents who still vouch for it.

use super::*;

async fn entered(world: &World, birthdate: &str, code: &str) -> &'static str {
    name(&at_code(world, CALLER, birthdate).await.code(code).await)
}

#[tokio::test]
async fn d38_someone_with_the_code_cannot_try_birthdates() {
    let is_void = |entry: &server::ports::audit::AuditEntry| entry.event == Event::StartCodeVoided;
    for wrong in [4, 5] {
        let world = lost_phone().await;
        let code = start_code(&world, None).await;
        for day in 1..=wrong {
            assert_eq!(entered(&world, &format!("1970-01-0{day}"), &code).await, "not_verified");
        }
        let is_left = wrong == 4;
        assert_eq!(entered(&world, BIRTHDATE, &code).await, if is_left { "new_app" } else { "not_verified" });
        assert_eq!(
            world.audit.entries().iter().filter(|entry| is_void(entry)).count(),
            usize::from(!is_left)
        );
    }
    // Another code costs no attempt.
    let world = lost_phone().await;
    let code = start_code(&world, None).await;
    for _ in 0..9 {
        assert_eq!(entered(&world, "1970-01-01", "ZZZZ ZZZZ").await, "not_verified");
    }
    assert_eq!(entered(&world, BIRTHDATE, &code).await, "new_app");
}

#[tokio::test]
async fn d38_parallel_attempts_with_the_code_are_counted_one_by_one() {
    let world = lost_phone().await;
    let code = start_code(&world, None).await;
    let mut browsers = Vec::new();
    for day in 1..=9 {
        browsers.push(at_code(&world, CALLER, &format!("1970-01-0{day}")).await);
    }
    let attempts = browsers.iter_mut().map(|browser| browser.code(&code));
    for outcome in futures::future::join_all(attempts).await {
        assert_eq!(name(&outcome), "not_verified");
    }
    assert_eq!(entered(&world, BIRTHDATE, &code).await, "not_verified");
}

#[tokio::test]
async fn d39_one_request_gives_two_codes_and_the_second_lasts_no_longer_than_the_first() {
    let world = lost_phone().await;
    let first = start_code(&world, None).await;
    let mut elsewhere = DeskBrowser::signed_in(&world, AGENT).await;
    world.clock.advance(SignedDuration::from_mins(10));
    let second = only(&elsewhere.show_start_code(CALLER).await.unwrap()).code.clone().unwrap();
    let mut third = DeskBrowser::signed_in(&world, AGENT).await;
    not_offered(third.show_start_code(CALLER).await, "request");
    assert_eq!(entered(&world, BIRTHDATE, &first).await, "not_verified", "replaced");
    world.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(entered(&world, BIRTHDATE, &second).await, "not_verified", "expired");
    assert_eq!(notices(&world), [NoticeKind::StartCodeIssued; 2]);
}

#[tokio::test]
async fn d40_agent_who_was_disabled_or_whose_password_changed_vouches_no_more() {
    type Edit = fn(&mut server::ports::directory::Account, jiff::Timestamp);
    let edits: [(&str, Edit); 3] = [
        ("disabled", |account, _| account.eligibility = server::ports::directory::Eligibility::Disabled),
        ("expired", |account, _| account.eligibility = server::ports::directory::Eligibility::Expired),
        ("password", |account, now| {
            account.password_last_set = (now.as_second() + 11_644_473_600) * 10_000_000;
        }),
    ];
    for (what, edit) in edits {
        for who in [AGENT, LEAD] {
            let world = lost_phone().await;
            let code = start_code(&world, None).await;
            world.clock.advance(SignedDuration::from_mins(1));
            let now = world.clock.now();
            world.directory.edit(who, |member| edit(&mut member.account, now));
            assert_eq!(entered(&world, BIRTHDATE, &code).await, "not_verified", "{what} {who}");
        }
        // Between approval and code.
        let world = lost_phone().await;
        let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
        let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
        agent.request_start_code(CALLER).await.unwrap();
        lead.approve_start_code(CALLER, None).await.unwrap();
        world.clock.advance(SignedDuration::from_mins(1));
        let now = world.clock.now();
        world.directory.edit(LEAD, |member| edit(&mut member.account, now));
        not_offered(agent.show_start_code(CALLER).await, "request");
    }
}
