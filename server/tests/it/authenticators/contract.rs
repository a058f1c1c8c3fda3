//! Contract suite of the authenticators port, run on the fake and on the administration adapter with the Entrust
//! simulator.

use super::world::{World, fake, is_unreachable, real};
use app::api::enrollment_state::App;

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
    users_with_and_without_the_app_are_distinguished,
    user_name_is_case_insensitive,
    unknown_user_has_unknown_app_state_and_cannot_activate,
    started_activation_waits_for_the_phone,
    activation_started_twice_uses_one_token,
    replacement_app_gets_a_new_token,
    withdrawn_activation_cannot_be_completed,
    token_of_another_user_is_not_active,
    mobile_number_is_written,
    outage_is_an_error_and_changes_nothing,
}

async fn users_with_and_without_the_app_are_distinguished(world: impl World) {
    let authenticators = world.authenticators();
    assert!(authenticators.can_activate());
    assert_eq!(authenticators.app("A.Janssen").await.unwrap(), App::Active);
    assert_eq!(authenticators.app("E.Hendriks").await.unwrap(), App::None);
}

async fn user_name_is_case_insensitive(world: impl World) {
    assert_eq!(world.authenticators().app("a.JANSSEN").await.unwrap(), App::Active);
}

async fn unknown_user_has_unknown_app_state_and_cannot_activate(world: impl World) {
    let authenticators = world.authenticators();
    assert_eq!(authenticators.app("N.Nobody").await.unwrap(), App::Unknown);
    assert_eq!(authenticators.activate("N.Nobody").await.unwrap(), None);
    assert!(!authenticators.set_mobile("N.Nobody", "+31612345678").await.unwrap());
    assert!(!authenticators.is_active("N.Nobody", "any").await.unwrap());
}

async fn started_activation_waits_for_the_phone(world: impl World) {
    let authenticators = world.authenticators();
    let activation = authenticators.activate("E.Hendriks").await.unwrap().unwrap();
    assert!(!activation.scan.is_empty() && !activation.link.is_empty());
    assert_eq!(authenticators.app("E.Hendriks").await.unwrap(), App::Activating);
    assert!(!authenticators.is_active("E.Hendriks", &activation.token).await.unwrap());
    world.finish("E.Hendriks", &activation);
    assert!(authenticators.is_active("e.hendriks", &activation.token).await.unwrap());
    assert_eq!(authenticators.app("E.Hendriks").await.unwrap(), App::Active);
}

async fn activation_started_twice_uses_one_token(world: impl World) {
    let authenticators = world.authenticators();
    let first = authenticators.activate("E.Hendriks").await.unwrap().unwrap();
    let second = authenticators.activate("E.Hendriks").await.unwrap().unwrap();
    assert_eq!(first.token, second.token);
    world.finish("E.Hendriks", &second);
    assert!(authenticators.is_active("E.Hendriks", &first.token).await.unwrap());
}

async fn replacement_app_gets_a_new_token(world: impl World) {
    let authenticators = world.authenticators();
    let activation = authenticators.activate("A.Janssen").await.unwrap().unwrap();
    assert_eq!(authenticators.app("A.Janssen").await.unwrap(), App::Active, "the earlier app remains active");
    world.finish("A.Janssen", &activation);
    assert!(authenticators.is_active("A.Janssen", &activation.token).await.unwrap());
    let next = authenticators.activate("A.Janssen").await.unwrap().unwrap();
    assert_ne!(next.token, activation.token);
}

async fn withdrawn_activation_cannot_be_completed(world: impl World) {
    let authenticators = world.authenticators();
    let activation = authenticators.activate("E.Hendriks").await.unwrap().unwrap();
    assert!(authenticators.withdraw_activation("e.hendriks", &activation.token).await.unwrap());
    assert!(!world.try_finish("E.Hendriks", &activation).await);
    // Withdrawn twice, unknown tokens and unknown users.
    assert!(authenticators.withdraw_activation("E.Hendriks", &activation.token).await.unwrap());
    assert!(authenticators.withdraw_activation("A.Janssen", &activation.token).await.unwrap());
    assert!(authenticators.withdraw_activation("N.Nobody", &activation.token).await.unwrap());
    // It can be started again, and a completed one cannot be withdrawn.
    let again = authenticators.activate("E.Hendriks").await.unwrap().unwrap();
    assert!(world.try_finish("E.Hendriks", &again).await);
    assert!(!authenticators.withdraw_activation("E.Hendriks", &again.token).await.unwrap());
    assert!(authenticators.is_active("E.Hendriks", &again.token).await.unwrap());
}

async fn token_of_another_user_is_not_active(world: impl World) {
    let authenticators = world.authenticators();
    let activation = authenticators.activate("E.Hendriks").await.unwrap().unwrap();
    world.finish("E.Hendriks", &activation);
    assert!(!authenticators.is_active("A.Janssen", &activation.token).await.unwrap());
    assert!(!authenticators.is_active("E.Hendriks", "").await.unwrap());
}

async fn mobile_number_is_written(world: impl World) {
    let authenticators = world.authenticators();
    for number in ["+31612345678", "+31687654321"] {
        assert!(authenticators.set_mobile("e.hendriks", number).await.unwrap());
        assert_eq!(world.mobile("E.Hendriks").as_deref(), Some(number));
    }
    assert_eq!(world.mobile("A.Janssen"), None);
}

async fn outage_is_an_error_and_changes_nothing(world: impl World) {
    let authenticators = world.authenticators();
    let activation = authenticators.activate("E.Hendriks").await.unwrap().unwrap();
    world.set_unavailable();
    for name in ["A.Janssen", "E.Hendriks", "N.Nobody"] {
        assert!(is_unreachable(&authenticators.app(name).await), "{name}");
        assert!(is_unreachable(&authenticators.set_mobile(name, "+31612345678").await), "{name}");
        assert!(is_unreachable(&authenticators.activate(name).await), "{name}");
        let withdrawn = authenticators.withdraw_activation(name, &activation.token).await;
        assert!(is_unreachable(&withdrawn), "{name}");
        assert!(is_unreachable(&authenticators.is_active(name, &activation.token).await), "{name}");
    }
    world.clear_faults();
    assert_eq!(world.mobile("E.Hendriks"), None);
    assert_eq!(authenticators.app("E.Hendriks").await.unwrap(), App::Activating);
}
