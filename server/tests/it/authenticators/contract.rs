//! What every side of onboarding must do: each sentence is run on the fake and on Entrust's adapter against the
//! embedded Entrust.

use super::world::{World, fake, is_unreachable, real};
use app::api::enrollment_state::App;

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
    who_has_the_app_and_who_has_none_are_told_apart,
    upper_and_lower_case_of_a_name_are_the_same,
    a_name_that_is_unknown_has_no_app_to_speak_of_and_gets_none,
    an_activation_that_is_begun_waits_for_the_phone,
    an_activation_that_is_begun_twice_is_of_one_token,
    an_app_in_place_of_an_earlier_one_is_a_token_of_its_own,
    the_token_of_another_is_not_active,
    a_number_is_written,
    an_outage_is_an_error_and_nothing_else,
}

async fn who_has_the_app_and_who_has_none_are_told_apart(world: impl World) {
    let onboarding = world.onboarding();
    assert!(onboarding.can_activate());
    assert_eq!(onboarding.app("A.Janssen").await.unwrap(), App::Active);
    assert_eq!(onboarding.app("E.Hendriks").await.unwrap(), App::None);
}

async fn upper_and_lower_case_of_a_name_are_the_same(world: impl World) {
    assert_eq!(world.onboarding().app("a.JANSSEN").await.unwrap(), App::Active);
}

async fn a_name_that_is_unknown_has_no_app_to_speak_of_and_gets_none(world: impl World) {
    let onboarding = world.onboarding();
    assert_eq!(onboarding.app("N.Nobody").await.unwrap(), App::Unknown);
    assert_eq!(onboarding.activate("N.Nobody").await.unwrap(), None);
    assert!(!onboarding.set_mobile("N.Nobody", "+31612345678").await.unwrap());
    assert!(!onboarding.is_active("N.Nobody", "any").await.unwrap());
}

async fn an_activation_that_is_begun_waits_for_the_phone(world: impl World) {
    let onboarding = world.onboarding();
    let begun = onboarding.activate("E.Hendriks").await.unwrap().unwrap();
    assert!(!begun.scan.is_empty() && !begun.link.is_empty());
    assert_eq!(onboarding.app("E.Hendriks").await.unwrap(), App::Activating);
    assert!(!onboarding.is_active("E.Hendriks", &begun.token).await.unwrap());
    world.finish("E.Hendriks", &begun);
    assert!(onboarding.is_active("e.hendriks", &begun.token).await.unwrap());
    assert_eq!(onboarding.app("E.Hendriks").await.unwrap(), App::Active);
}

async fn an_activation_that_is_begun_twice_is_of_one_token(world: impl World) {
    let onboarding = world.onboarding();
    let first = onboarding.activate("E.Hendriks").await.unwrap().unwrap();
    let second = onboarding.activate("E.Hendriks").await.unwrap().unwrap();
    assert_eq!(first.token, second.token);
    world.finish("E.Hendriks", &second);
    assert!(onboarding.is_active("E.Hendriks", &first.token).await.unwrap());
}

async fn an_app_in_place_of_an_earlier_one_is_a_token_of_its_own(world: impl World) {
    let onboarding = world.onboarding();
    let begun = onboarding.activate("A.Janssen").await.unwrap().unwrap();
    assert_eq!(onboarding.app("A.Janssen").await.unwrap(), App::Active, "the earlier one stays");
    world.finish("A.Janssen", &begun);
    assert!(onboarding.is_active("A.Janssen", &begun.token).await.unwrap());
    let next = onboarding.activate("A.Janssen").await.unwrap().unwrap();
    assert_ne!(next.token, begun.token);
}

async fn the_token_of_another_is_not_active(world: impl World) {
    let onboarding = world.onboarding();
    let begun = onboarding.activate("E.Hendriks").await.unwrap().unwrap();
    world.finish("E.Hendriks", &begun);
    assert!(!onboarding.is_active("A.Janssen", &begun.token).await.unwrap());
    assert!(!onboarding.is_active("E.Hendriks", "").await.unwrap());
}

async fn a_number_is_written(world: impl World) {
    let onboarding = world.onboarding();
    for number in ["+31612345678", "+31687654321"] {
        assert!(onboarding.set_mobile("e.hendriks", number).await.unwrap());
        assert_eq!(world.mobile("E.Hendriks").as_deref(), Some(number));
    }
    assert_eq!(world.mobile("A.Janssen"), None);
}

async fn an_outage_is_an_error_and_nothing_else(world: impl World) {
    let onboarding = world.onboarding();
    let begun = onboarding.activate("E.Hendriks").await.unwrap().unwrap();
    world.away();
    for name in ["A.Janssen", "E.Hendriks", "N.Nobody"] {
        assert!(is_unreachable(&onboarding.app(name).await), "{name}");
        assert!(is_unreachable(&onboarding.set_mobile(name, "+31612345678").await), "{name}");
        assert!(is_unreachable(&onboarding.activate(name).await), "{name}");
        assert!(is_unreachable(&onboarding.is_active(name, &begun.token).await), "{name}");
    }
    world.clear_faults();
    assert_eq!(world.mobile("E.Hendriks"), None);
    assert_eq!(onboarding.app("E.Hendriks").await.unwrap(), App::Activating);
}
