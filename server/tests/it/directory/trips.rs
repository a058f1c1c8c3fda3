//! How often the directory is asked: an employee waits for each time.

use super::{Trust, adapter, found, username};
use app::domain::password::Password;
use end2end::directory::{Directory as Pretend, SimulatorConfig};
use server::ports::directory::Directory as _;

#[tokio::test]
async fn a_look_up_takes_two_round_trips_and_a_reset_four_up_to_its_answer() {
    let trust = Trust::new();
    let pretend = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let directory = adapter(vec![pretend.url()], trust.file.path());
    // The connection stands before the first employee comes.
    found(&directory, "B.Smits").await;
    for name in ["A.Janssen", "Z.Niemand", "F.Vermeulen", "A.Janssen"] {
        pretend.forget_seen();
        let account = directory.find(&username(name)).await.unwrap();
        assert_eq!(pretend.seen().len(), 2, "{name}: {:?}", pretend.seen());
        let Some(account) = account else { continue };
        directory.policy(&account).await.unwrap();
        // What the password step does up to the write's answer, after the rules were shown.
        pretend.forget_seen();
        let account = directory.read(account.id).await.unwrap().unwrap();
        directory.policy(&account).await.unwrap();
        let new = Password::new(format!("Molen-Wiek-Wind-{}", pretend.writes()));
        directory.set_password(&account, &new).await.unwrap();
        assert!(pretend.seen().len() <= 4, "{name}: {:?}", pretend.seen());
    }
}

#[tokio::test]
async fn a_policy_is_read_again_as_soon_as_it_explains_a_refusal() {
    let trust = Trust::new();
    let pretend = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let directory = adapter(vec![pretend.url()], trust.file.path());
    let account = found(&directory, "A.Janssen").await;
    assert_eq!(directory.policy(&account).await.unwrap().min_length, 12);
    pretend.set_domain("minPwdLength", 20);
    assert_eq!(directory.policy(&account).await.unwrap().min_length, 12, "it is kept for a minute");
    directory.set_password(&account, &Password::new("Molen-Wiek-Wind-8")).await.unwrap_err();
    assert_eq!(directory.policy(&account).await.unwrap().min_length, 20);
}
