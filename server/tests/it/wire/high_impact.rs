//! The step of an account of high impact over HTTP.

use super::client::TestApi;
use crate::reset::world::NEW_PASSWORD;
use jiff::SignedDuration;
use server::ports::clock::Clock as _;

#[tokio::test]
async fn account_of_high_impact_waits_and_is_reset_after_the_wait() {
    let api = TestApi::new().await;
    api.world.directory.edit("A.Janssen", |member| member.account.high_impact = true);
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    let answer = client.code(&api.world.code_of("A.Janssen")).await;
    assert_eq!((answer.status, answer.outcome().as_str()), (200, "waiting"));
    let step = answer.json();
    let time = |field: &str| step[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let started = api.world.clock.now();
    assert!(time("from") > started + SignedDuration::from_hours(23));
    assert!(time("from") <= started + SignedDuration::from_mins(24 * 60 + 1));
    assert_eq!(time("until"), time("from") + SignedDuration::from_hours(72));
    assert_eq!(step.as_object().unwrap().len(), 3, "nothing about the person: {step}");
    assert_eq!(client.current().await.json(), step);
    assert_eq!(client.password(NEW_PASSWORD).await.outcome(), "start_again");

    api.world.clock.advance(time("from").duration_since(started));
    let mut client = api.client();
    client.reach_password(&api).await;
    assert_eq!(client.password(NEW_PASSWORD).await.outcome(), "done");
    assert_eq!(api.world.directory.writes(), 1);
}
