//! Number of requests to the directory: an employee waits for each round trip.

use super::{Trust, adapter, found, username};
use app::domain::password::Password;
use end2end::directory::{Directory as Simulator, SimulatorConfig};
use server::ports::directory::Directory as _;

#[tokio::test]
async fn lookup_takes_two_round_trips_and_a_reset_at_most_four() {
    let trust = Trust::new();
    let simulator = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let directory = adapter(vec![simulator.url()], trust.file.path());
    // Opens the connection before the first measured lookup.
    found(&directory, "B.Smits").await;
    for name in ["A.Janssen", "Z.Niemand", "F.Vermeulen", "A.Janssen"] {
        simulator.clear_operations();
        let account = directory.find(&username(name)).await.unwrap();
        assert_eq!(simulator.seen().len(), 2, "{name}: {:?}", simulator.seen());
        let Some(account) = account else { continue };
        directory.policy(&account).await.unwrap();
        // The calls of the password step up to the response to the write, after the rules were shown.
        simulator.clear_operations();
        let account = directory.read(account.id).await.unwrap().unwrap();
        directory.policy(&account).await.unwrap();
        let new = Password::new(format!("Molen-Wiek-Wind-{}", simulator.writes()));
        directory.set_password(&account, &new).await.unwrap();
        assert!(simulator.seen().len() <= 4, "{name}: {:?}", simulator.seen());
    }
}

#[tokio::test]
async fn cached_policy_is_read_again_after_a_refused_password() {
    let trust = Trust::new();
    let simulator = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let directory = adapter(vec![simulator.url()], trust.file.path());
    let account = found(&directory, "A.Janssen").await;
    assert_eq!(directory.policy(&account).await.unwrap().min_length, 12);
    simulator.set_domain("minPwdLength", 20);
    assert_eq!(directory.policy(&account).await.unwrap().min_length, 12, "cached for a minute");
    directory.set_password(&account, &Password::new("Molen-Wiek-Wind-8")).await.unwrap_err();
    assert_eq!(directory.policy(&account).await.unwrap().min_length, 20);
}
