//! Abuse of start codes: by agents, by callers, and by failures in the middle.

use super::*;
use server::ports::frozen_accounts::{Freeze, FreezeOrigin, FrozenAccounts as _};

#[tokio::test]
async fn d20_agent_without_a_lead_or_alone_issues_no_start_code() {
    let world = lost_phone().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    let mut second = DeskBrowser::signed_in(&world, SECOND_AGENT).await;
    let shown = agent.request_start_code(CALLER).await.unwrap();
    assert!(only(&shown).own && !only(&shown).may_approve);
    not_offered(agent.approve_start_code(CALLER, None).await, "request");
    not_offered(agent.show_start_code(CALLER).await, "request");
    assert!(!only(&second.current().await.unwrap()).may_approve, "none of the two is a lead");
    not_offered(second.approve_start_code(CALLER, None).await, "request");
    not_offered(second.approve_start_code(CALLER, Some("seen")).await, "identity");

    // A lead alone is one person too.
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    agent.withdraw_start_code(CALLER).await.unwrap();
    lead.request_start_code(CALLER).await.unwrap();
    not_offered(lead.approve_start_code(CALLER, None).await, "request");
    // Any agent can be the second person.
    assert!(only(&second.current().await.unwrap()).may_approve);
    second.approve_start_code(CALLER, None).await.unwrap();
    not_offered(second.show_start_code(CALLER).await, "request");
    assert!(only(&lead.show_start_code(CALLER).await.unwrap()).code.is_some());
    assert!(only(&second.current().await.unwrap()).code.is_none(), "for the agent who requested it only");
}

#[tokio::test]
async fn d21_two_agent_accounts_of_one_person_count_as_one() {
    type Edit = fn(&mut server::ports::directory::Account);
    let shared: [(&str, Edit); 5] = [
        ("display name", |account| account.display_name = "Sam Same".to_owned()),
        ("mail", |account| account.mail = Some("sam@example.org".to_owned())),
        ("number", |account| account.mobile = Some("06-12345678".to_owned())),
        ("notation of a number", |account| {
            let is_agent = account.login == AGENT;
            account.mobile = Some(if is_agent { "+31 6 12345678" } else { "0612345678" }.to_owned());
        }),
        ("private mail", |account| {
            let private = account.login == AGENT;
            account.mail = (!private).then(|| "Sam@example.org".to_owned());
            account.private_mail = private.then(|| "sam@example.org".to_owned());
        }),
    ];
    for (what, edit) in shared {
        let world = lost_phone().await;
        for login in [AGENT, LEAD] {
            world.directory.edit(login, |member| edit(&mut member.account));
        }
        let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
        let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
        agent.request_start_code(CALLER).await.unwrap();
        assert!(!only(&lead.current().await.unwrap()).may_approve, "{what}");
        not_offered(lead.approve_start_code(CALLER, None).await, "request");
    }
}

#[tokio::test]
async fn d22_no_start_code_for_an_own_privileged_frozen_unknown_or_leads_account() {
    let world = lost_phone().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    for name in [AGENT, LEAD, "N.Obody"] {
        not_offered(agent.request_start_code(name).await, "username");
    }
    world.directory.edit(CALLER, |member| {
        member.account.eligibility = server::ports::directory::Eligibility::Privileged;
    });
    not_offered(agent.request_start_code(CALLER).await, "username");
    world.directory.edit(CALLER, |member| {
        member.account.eligibility = server::ports::directory::Eligibility::Eligible;
    });
    agent.request_start_code(CALLER).await.unwrap();
    // Under the account, so that its entries show the attempt; under the typed name only if there is none.
    let account = |login: &str| {
        let id = world.directory.member(login).unwrap().account.id;
        world.keys.account_pseudonym(id.0.as_bytes())
    };
    let expected = [account(AGENT), account(LEAD), world.keys.name_pseudonym("n.obody"), account(CALLER)];
    assert_eq!(refused_subjects(&world), expected);
    // The sixth name of the day is the last one.
    agent.request_start_code(CALLER).await.unwrap();
    assert!(matches!(agent.request_start_code(CALLER).await, Err(Refusal::TooMany { .. })));
}

fn refused_subjects(world: &World) -> Vec<String> {
    let refused =
        |entry: &server::ports::audit::AuditEntry| matches!(entry.event, Event::StartCodeRefused { .. });
    world.audit.entries().into_iter().filter(refused).map(|entry| entry.subject).collect()
}

#[tokio::test]
async fn d22_no_start_code_for_an_account_that_could_not_be_verified_with_it() {
    let world = lost_phone().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    let id = world.directory.member(CALLER).unwrap().account.id;
    let stored = world.store.load(id).await.unwrap().unwrap();
    let mut record = stored.record.clone();
    // Changed an hour ago: it counts tomorrow.
    record.birthdate.as_mut().unwrap().usable_from = world.clock.now() + SignedDuration::from_hours(23);
    world.store.store(id, &record, Some(stored.revision)).await.unwrap();
    not_offered(agent.request_start_code(CALLER).await, "username");
    assert!(world.store.remove(id).await.unwrap());
    not_offered(agent.request_start_code(CALLER).await, "username");
    assert_eq!(refused_subjects(&world).len(), 2);
}

#[tokio::test]
async fn service_desk_without_leads_offers_no_start_codes() {
    let world = lost_phone().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    assert!(agent.current().await.unwrap().offers_start_codes);
    let config = super::super::world::desk_config();
    let config = server::service_desk::ServiceDeskConfig { lead_groups: Vec::new(), ..config };
    let mut without =
        DeskBrowser { session: agent.session.clone(), ..DeskBrowser::with(&world, &world.deps(), config) };
    assert!(!without.current().await.unwrap().offers_start_codes);
    not_offered(without.request_start_code(CALLER).await, "request");
}

#[tokio::test]
async fn d23_start_code_works_once_for_its_account_with_the_birthdate_within_15_minutes() {
    let world = lost_phone().await;
    world.add_registered("B.Smits", "Bram Smits").await;
    let code = start_code(&world, None).await;
    for (who, birthdate) in [("B.Smits", BIRTHDATE), (CALLER, "1970-01-01"), ("N.Obody", BIRTHDATE)] {
        let mut browser = at_code(&world, who, birthdate).await;
        assert_eq!(name(&browser.code(&code).await), "not_verified", "{who}");
    }
    // Neither a code of the app nor another code is one.
    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
    assert_eq!(name(&browser.code(&world.code_of(CALLER)).await), "not_verified");
    assert_eq!(name(&browser.code("ZZZZZZZZ").await), "not_verified");
    assert_eq!(name(&browser.code(&code).await), "new_app");
    let mut again = at_code(&world, CALLER, BIRTHDATE).await;
    assert_eq!(name(&again.code(&code).await), "not_verified", "used");

    let late = start_code(&world, None).await;
    world.clock.advance(SignedDuration::from_mins(15));
    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
    assert_eq!(name(&browser.code(&late).await), "not_verified", "expired");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn d24_start_code_opens_nothing_but_the_activation() {
    let world = lost_phone().await;
    let code = start_code(&world, None).await;
    let mut reset = world.browser();
    reset.reach_code(CALLER).await.unwrap();
    assert_eq!(name(&reset.code(&code).await), "invalid", "in a reset");
    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
    browser.code(&code).await.unwrap();
    let password = ResetCommand::Password(RawInput::new("Zomer-Kanaal-87?paars"));
    assert_eq!(name(&run(&mut browser, password).await), "start_again");
    assert_eq!(name(&run(&mut browser, ResetCommand::Unlock).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
    // And the activation needs the code.
    let mut without = at_code(&world, CALLER, BIRTHDATE).await;
    assert_eq!(name(&run(&mut without, ResetCommand::Activate).await), "start_again");
    assert_eq!(name(&run(&mut without, ResetCommand::App).await), "start_again");
}

#[tokio::test]
async fn d25_freeze_ends_requests_codes_and_started_sessions() {
    let world = lost_phone().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    agent.request_start_code(CALLER).await.unwrap();
    freeze_and_lift(&world, CALLER).await;
    not_offered(lead.approve_start_code(CALLER, None).await, "request");

    agent.request_start_code(CALLER).await.unwrap();
    lead.approve_start_code(CALLER, None).await.unwrap();
    let code = only(&agent.show_start_code(CALLER).await.unwrap()).code.clone().unwrap();
    freeze_and_lift(&world, CALLER).await;
    assert_eq!(name(&at_code(&world, CALLER, BIRTHDATE).await.code(&code).await), "not_verified");

    let code = start_code(&world, None).await;
    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
    assert_eq!(name(&browser.code(&code).await), "new_app");
    freeze_and_lift(&world, CALLER).await;
    assert_eq!(name(&run(&mut browser, ResetCommand::Activate).await), "start_again");
}

/// A thief of an agent's account could otherwise use the code, or another agent approve the request, until it expires.
#[tokio::test]
async fn d35_freeze_of_an_agent_ends_requests_approvals_and_codes_of_that_agent() {
    let world = lost_phone().await;
    let frozen_agent = async |world: &World, who: &str| {
        freeze_and_lift(world, who).await;
        (DeskBrowser::signed_in(world, AGENT).await, DeskBrowser::signed_in(world, LEAD).await)
    };
    let (mut agent, mut lead) = frozen_agent(&world, AGENT).await;
    // A request.
    for who in [AGENT, LEAD] {
        agent.request_start_code(CALLER).await.unwrap();
        let id = only(&lead.current().await.unwrap()).id.clone();
        (agent, lead) = frozen_agent(&world, who).await;
        not_offered(lead.approve_request(CALLER, &id, None).await, "request");
        assert_eq!(agent.current().await.unwrap().start_codes.is_empty(), who == AGENT, "{who}");
        agent.withdraw_start_code(CALLER).await.unwrap();
    }
    // An approval.
    let world = lost_phone().await;
    for who in [AGENT, LEAD] {
        (agent, lead) = frozen_agent(&world, who).await;
        agent.request_start_code(CALLER).await.unwrap();
        lead.approve_start_code(CALLER, None).await.unwrap();
        (agent, _) = frozen_agent(&world, who).await;
        not_offered(agent.show_start_code(CALLER).await, "request");
        assert!(agent.current().await.unwrap().start_codes.is_empty(), "{who}");
    }
    // A code, while the freeze lasts and after it was lifted.
    for who in [AGENT, LEAD] {
        let world = lost_phone().await;
        let code = start_code(&world, None).await;
        let id = world.directory.member(who).unwrap().account.id;
        let freeze =
            Freeze { since: world.clock.now(), by: FreezeOrigin::Command, reference: "WWWW-0002".to_owned() };
        world.store.freeze(id, &freeze).await.unwrap();
        assert_eq!(name(&at_code(&world, CALLER, BIRTHDATE).await.code(&code).await), "not_verified");
        world.store.lift_freeze(id, world.clock.now()).await.unwrap();
        assert_eq!(
            name(&at_code(&world, CALLER, BIRTHDATE).await.code(&code).await),
            "not_verified",
            "{who}"
        );
    }
}

#[tokio::test]
async fn d36_void_request_of_a_frozen_agent_does_not_stop_the_request_of_another_one() {
    let world = lost_phone().await;
    DeskBrowser::signed_in(&world, AGENT).await.request_start_code(CALLER).await.unwrap();
    let mut second = DeskBrowser::signed_in(&world, SECOND_AGENT).await;
    not_offered(second.request_start_code(CALLER).await, "request");
    freeze_and_lift(&world, AGENT).await;
    assert!(only(&second.request_start_code(CALLER).await.unwrap()).own);
}

#[tokio::test]
async fn d26_failure_in_the_middle_leaves_the_start_code_usable() {
    let world = lost_phone().await;
    let code = start_code(&world, None).await;
    let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    assert_eq!(name(&browser.code(&code).await), "unavailable");
    world.directory.set_outage(None);
    world.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(name(&browser.code(&code).await), "new_app");
    world.authenticators.set_unavailable(true);
    assert_eq!(name(&run(&mut browser, ResetCommand::Activate).await), "unavailable");
    world.authenticators.set_unavailable(false);
    let linked = activate_and_finish(&world, &mut browser).await;
    assert!(matches!(&linked, Step::NewApp { linked: true, .. }), "{linked:?}");
}

#[tokio::test]
async fn d27_withdrawn_start_code_is_void_and_a_newer_one_replaces_it() {
    let world = lost_phone().await;
    let first = start_code(&world, None).await;
    let mut second = DeskBrowser::signed_in(&world, SECOND_AGENT).await;
    not_offered(second.withdraw_start_code(CALLER).await, "request");
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    assert!(lead.withdraw_start_code(CALLER).await.unwrap().start_codes.is_empty());
    assert_eq!(name(&at_code(&world, CALLER, BIRTHDATE).await.code(&first).await), "not_verified");
    let newer = start_code(&world, None).await;
    let newest = start_code(&world, None).await;
    assert_eq!(name(&at_code(&world, CALLER, BIRTHDATE).await.code(&newer).await), "not_verified");
    assert_eq!(name(&at_code(&world, CALLER, BIRTHDATE).await.code(&newest).await), "new_app");
}

#[tokio::test]
async fn d28_owner_who_cannot_be_notified_gets_no_start_code() {
    let world = lost_phone().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    agent.request_start_code(CALLER).await.unwrap();
    lead.approve_start_code(CALLER, None).await.unwrap();
    world.notifier.set_full(true);
    assert!(matches!(agent.show_start_code(CALLER).await, Err(Refusal::Unavailable { .. })));
    world.notifier.set_full(false);
    world.directory.edit(CALLER, |member| member.account.mail = None);
    not_offered(agent.show_start_code(CALLER).await, "request");
    not_offered(agent.request_start_code(CALLER).await, "username");
    world.directory.edit(CALLER, |member| member.account.mail = Some("anna@example.org".to_owned()));
    assert!(only(&agent.show_start_code(CALLER).await.unwrap()).code.is_some());
}

#[tokio::test]
async fn d29_agent_slips_no_request_under_the_approval_of_a_colleague() {
    let world = lost_phone().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    let mut second = DeskBrowser::signed_in(&world, SECOND_AGENT).await;
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    agent.request_start_code(CALLER).await.unwrap();
    let seen = only(&lead.current().await.unwrap()).id.clone();
    not_offered(second.request_start_code(CALLER).await, "request");
    // After a withdrawal there is another request, which the lead has not seen.
    agent.withdraw_start_code(CALLER).await.unwrap();
    second.request_start_code(CALLER).await.unwrap();
    not_offered(lead.approve_request(CALLER, &seen, Some("seen")).await, "request");
    let now_shown = only(&lead.current().await.unwrap()).id.clone();
    lead.approve_request(CALLER, &now_shown, None).await.unwrap();
}

#[tokio::test]
async fn d30_role_that_an_agent_lost_counts_no_more() {
    let world = lost_phone().await;
    let agents = world.directory.member(AGENT).unwrap().groups;
    let mut second = DeskBrowser::signed_in(&world, SECOND_AGENT).await;
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    lead.request_start_code(CALLER).await.unwrap();
    let leads = world.directory.member(LEAD).unwrap().groups;
    world.directory.edit(LEAD, |member| member.groups.clone_from(&agents));
    not_offered(second.approve_start_code(CALLER, None).await, "request");
    world.directory.edit(LEAD, |member| member.groups.clone_from(&leads));

    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    lead.withdraw_start_code(CALLER).await.unwrap();
    agent.request_start_code(CALLER).await.unwrap();
    lead.approve_start_code(CALLER, None).await.unwrap();
    world.directory.edit(LEAD, |member| member.groups.clear());
    not_offered(agent.show_start_code(CALLER).await, "request");
}

#[tokio::test]
async fn d31_start_code_without_an_app_at_the_provider_waits_too() {
    for app in [App::None, App::Activating, App::Locked] {
        let world = lost_phone().await;
        world.authenticators.add(CALLER, app);
        let code = start_code(&world, None).await;
        let mut browser = at_code(&world, CALLER, BIRTHDATE).await;
        browser.code(&code).await.unwrap();
        let linked = activate_and_finish(&world, &mut browser).await;
        assert!(matches!(&linked, Step::NewApp { linked: true, from: Some(_), .. }), "{app:?} {linked:?}");
        assert_eq!(notices(&world), [NoticeKind::StartCodeIssued, NoticeKind::AppReplaced], "{app:?}");
    }
}

#[tokio::test]
async fn d32_every_class_of_subject_gets_one_answer_and_the_provider_is_not_called() {
    let world = lost_phone().await;
    world.add_registered("B.Smits", "Bram Smits").await;
    start_code(&world, None).await;
    let before = world.provider_calls();
    let mut seen = Vec::new();
    for (who, birthdate) in [
        ("N.Obody", BIRTHDATE),
        (CALLER, "1970-01-01"),
        (CALLER, BIRTHDATE),
        ("B.Smits", BIRTHDATE),
        (LEAD, BIRTHDATE),
    ] {
        let mut browser = at_code(&world, who, birthdate).await;
        let resend = run(&mut browser, ResetCommand::Resend(Some(RawInput::new("OTP")))).await;
        not_offered(resend, "way");
        let (finds, sent) = (world.directory.finds(), world.clock.now());
        let reads = world.store.freeze_reads();
        let refused = browser.code("ZZZZ ZZZZ").await;
        let Err(Refusal::NotVerified { attempts_left, .. }) = refused else { unreachable!("{refused:?}") };
        let calls = (world.directory.finds() - finds, world.store.freeze_reads() - reads);
        seen.push((attempts_left, calls, world.clock.now().duration_since(sent)));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
    assert_eq!(world.provider_calls(), before);
}
