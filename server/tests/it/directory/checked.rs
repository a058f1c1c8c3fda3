//! `check` on the real Samba and on the pretend directory: what it proves of each domain controller, and of the
//! service account's rights.

use super::samba::{Controller, controller};
use super::{Trust, config, found, now};
use end2end::directory::content::{STAFF, UPN_SUFFIX};
use end2end::directory::{Delegation, Directory as Pretend, SimulatorConfig};
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::Directory as _;
use server::ports::health_finding::{Finding, State};

const USER: &str = "bf967aba-0de6-11d0-a285-00aa003049e2";
const UNLOCK: &str = "28630ebf-41d5-11d1-a9c1-0000f80367c1";
const RESET: &str = "00299570-246d-11d0-a768-00aa006e0529";

async fn check(config: LdapConfig) -> Vec<Finding> {
    ActiveDirectory::new(config, now()).unwrap().check().await
}

async fn check_as(controller: &Controller, login: &str) -> Vec<Finding> {
    let own = config(vec![controller.samba.url()], controller.trust.file.path());
    check(LdapConfig { bind_dn: format!("{login}@{UPN_SUFFIX}"), ..own }).await
}

/// The one row that is about this.
#[track_caller]
fn row<'a>(rows: &'a [Finding], about: &str) -> &'a Finding {
    let mut about_it = rows.iter().filter(|row| row.what.ends_with(about));
    let one = about_it.next().unwrap_or_else(|| unreachable!("no row about {about}: {rows:#?}"));
    assert!(about_it.next().is_none(), "{about} twice: {rows:#?}");
    one
}

#[track_caller]
fn state(rows: &[Finding], about: &str) -> State {
    row(rows, about).state
}

fn samba_line(row: &Finding) -> &str {
    row.remediation.iter().find(|line| line.starts_with("samba-tool ")).unwrap()
}

const NEEDED: [&str; 5] = [
    "right: reset password",
    "right: write lockoutTime",
    "right: write mobile",
    "right: read accounts",
    "right: read fine-grained policies",
];

#[tokio::test]
async fn samba_shows_each_right_of_the_delegation_as_held_and_a_privileged_account_in_its_reach() {
    let controller = controller().await;
    let rows = check(config(vec![controller.samba.url()], controller.trust.file.path())).await;
    for right in NEEDED {
        let row = row(&rows, right);
        assert_eq!((row.state, row.remediation.len()), (State::Good, 0), "{row:?}");
    }
    assert!(row(&rows, "write pwdLastSet").detail.contains("not needed"));
    assert!(row(&rows, "domain controllers").detail.contains("has 1 that can be written, 1 configured"));
    // The real one has no such control, and an administrator without adminCount under the base DN.
    let history = rows.iter().find(|row| row.part == "history control").unwrap();
    assert_eq!(history.state, State::Warning);
    let excess: Vec<&Finding> = rows.iter().filter(|row| row.what.starts_with("excess")).collect();
    let [privileged] = excess.as_slice() else { panic!("{excess:#?}") };
    assert!(privileged.detail.contains("CN=D.Willems,OU=Staff"), "{privileged:?}");
}

#[tokio::test]
async fn a_right_that_is_lacking_is_mended_by_the_very_line_that_is_printed() {
    let controller = controller().await;
    let unlock = format!("(OA;CIIO;RPWP;{UNLOCK};{USER};SID)");
    controller.samba.service("svc-te-weinig", &[(STAFF, &unlock)], &[]).unwrap();
    let rows = check_as(controller, "svc-te-weinig").await;
    assert_eq!(state(&rows, "right: write lockoutTime"), State::Good);
    let lacking = ["right: reset password", "right: write mobile", "right: read fine-grained policies"];
    for right in lacking {
        let row = row(&rows, right);
        assert_eq!(row.state, State::Bad, "{row:?}");
        assert!(
            row.remediation
                .iter()
                .any(|line| line.starts_with("dsacls \"") && line.contains("\"svc-te-weinig@"))
        );
        controller.samba.tool(samba_line(row)).unwrap();
    }
    let rows = check_as(controller, "svc-te-weinig").await;
    for right in NEEDED {
        assert_eq!(state(&rows, right), State::Good, "{:?}", row(&rows, right));
    }
    // The same is true of a reset.
    let own = config(vec![controller.samba.url()], controller.trust.file.path());
    let own = LdapConfig { bind_dn: format!("svc-te-weinig@{UPN_SUFFIX}"), ..own };
    let ldap = ActiveDirectory::new(own, now()).unwrap();
    let account = found(&ldap, &end2end::samba::spare(18)).await;
    ldap.set_password(&account, &app::domain::password::Password::new("Molen-Wiek-Wind-8")).await.unwrap();
}

#[tokio::test]
async fn a_denial_weighs_more_than_what_was_given() {
    let controller = controller().await;
    let given = format!("(OA;CIIO;CR;{RESET};{USER};SID)");
    let denied = format!("(OD;CIIO;CR;{RESET};{USER};SID)");
    controller.samba.service("svc-ontzegd", &[(STAFF, &given), (STAFF, &denied)], &[]).unwrap();
    assert_eq!(state(&check_as(controller, "svc-ontzegd").await, "right: reset password"), State::Bad);
}

#[tokio::test]
async fn what_is_held_beyond_need_is_told_with_where_it_was_given() {
    let controller = controller().await;
    let everything = "(A;CI;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SID)";
    controller.samba.service("svc-te-veel", &[(STAFF, everything)], &[]).unwrap();
    let rows = check_as(controller, "svc-te-veel").await;
    assert_eq!(state(&rows, "right: reset password"), State::Good);
    let accounts = row(&rows, "excess rights: accounts");
    assert_eq!(accounts.state, State::Warning);
    for told in ["employeeNumber, ", "userAccountControl", "more attributes", "change permissions", "delete"]
    {
        assert!(accounts.detail.contains(told), "{told}: {}", accounts.detail);
    }
    let base = row(&rows, "excess rights: base DN");
    assert!(base.detail.contains("create objects") && base.detail.contains("given to itself"), "{base:?}");
    let given = row(&rows, "excess rights: entries");
    assert!(given.detail.contains(&format!("at {STAFF}: (A;CI;")), "{given:?}");
    assert_eq!(given.remediation[0], format!("dsacls \"{STAFF}\" /R \"svc-te-veel@{UPN_SUFFIX}\""));
    assert!(given.remediation.iter().any(|line| line.contains(":CA;Reset Password;user")), "{given:?}");
}

#[tokio::test]
async fn a_service_account_in_an_administrative_group_is_told() {
    let controller = controller().await;
    controller.samba.service("svc-beheer", &[], &["Domain Admins"]).unwrap();
    let rows = check_as(controller, "svc-beheer").await;
    for part in ["the service account", "outside the base DN", "domain"] {
        assert_eq!(state(&rows, &format!("excess rights: {part}")), State::Warning, "{rows:#?}");
    }
    assert!(row(&rows, "excess rights: outside the base DN").detail.contains("(through CN="), "{rows:#?}");
}

async fn pretend() -> (Pretend, Trust) {
    let trust = Trust::new();
    (Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap(), trust)
}

#[tokio::test]
async fn the_pretend_directory_shows_what_a_real_one_shows() {
    let (pretend, trust) = pretend().await;
    let check = || check(config(vec![pretend.url()], trust.file.path()));
    let rows = check().await;
    for right in NEEDED.into_iter().chain(["excess rights", "domain controllers"]) {
        assert_eq!(state(&rows, right), State::Good, "{:?}", row(&rows, right));
    }
    pretend.delegate(Delegation { reset: false, unlock: false, policies: false, ..Delegation::default() });
    let rows = check().await;
    for right in ["right: reset password", "right: write lockoutTime", "right: read fine-grained policies"] {
        assert_eq!((state(&rows, right), row(&rows, right).remediation.len()), (State::Bad, 2));
    }
    assert_eq!(state(&rows, "right: write mobile"), State::Good);
    pretend.delegate(Delegation { everything: true, everywhere: true, ..Delegation::default() });
    let rows = check().await;
    for part in ["accounts", "base DN", "outside the base DN", "domain", "entries"] {
        assert_eq!(state(&rows, &format!("excess rights: {part}")), State::Warning, "{rows:#?}");
    }
    let entries = row(&rows, "excess rights: entries");
    assert_eq!(
        entries.remediation[0],
        format!("dsacls \"DC=pantein,DC=grp\" /R \"svc-pwreset@{UPN_SUFFIX}\"")
    );
}

#[tokio::test]
async fn a_required_history_control_that_is_lacking_is_bad_and_the_rest_is_looked_at_all_the_same() {
    let trust = Trust::new();
    let without = SimulatorConfig { history_control: false, ..SimulatorConfig::default() };
    let pretend = Pretend::start(without, &trust.authority).await.unwrap();
    let own = config(vec![pretend.url()], trust.file.path());
    let rows = check(LdapConfig { require_history: true, ..own.clone() }).await;
    let history = |rows: &[Finding]| rows.iter().find(|row| row.part == "history control").unwrap().clone();
    assert_eq!(history(&rows).state, State::Bad);
    assert!(history(&rows).detail.contains("directory.require_history is on"));
    assert_eq!(state(&rows, "right: reset password"), State::Good);
    assert_eq!(history(&check(own).await).state, State::Warning);
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_has_another_name_is_told_with_what_was_expected() {
    let (pretend, trust) = pretend().await;
    let stranger = Trust::new();
    let rows = check(config(vec![pretend.url()], stranger.file.path())).await;
    let detail = &row(&rows, " TLS").detail;
    assert!(
        detail.contains(&format!("signed by an authority in {}", stranger.file.path().display())),
        "{detail}"
    );
    // The same server at an address that its certificate does not have.
    let listener = tokio::net::TcpListener::bind("127.0.0.2:0").await.unwrap();
    let other = format!("ldaps://{}", listener.local_addr().unwrap());
    let address = pretend.address();
    let passing = tokio::spawn(async move {
        let (mut from, _) = listener.accept().await.unwrap();
        let mut to = tokio::net::TcpStream::connect(address).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
    });
    let rows = check(config(vec![other], trust.file.path())).await;
    let detail = &row(&rows, " TLS").detail;
    for told in ["127.0.0.2", "dc1.pantein.grp", "one of the names in the certificate"] {
        assert!(detail.contains(told), "{told}: {detail}");
    }
    passing.await.unwrap();
}

#[tokio::test]
async fn a_refused_bind_is_not_repeated_at_the_other_controllers() {
    let (pretend, trust) = pretend().await;
    let other = pretend.replica(&trust.authority).await.unwrap();
    let own = config(vec![pretend.url(), other.url()], trust.file.path());
    let rows = check(LdapConfig { bind_password: "Verkeerd-1".to_owned().into(), ..own }).await;
    let binds: Vec<&Finding> = rows.iter().filter(|row| row.what.ends_with(" bind")).collect();
    let [first, second] = binds.as_slice() else { panic!("{rows:#?}") };
    assert!(first.detail.contains("(wrong name or password)"), "{first:?}");
    assert!(second.detail.contains("not tried"), "{second:?}");
    assert_eq!(other.seen(), []);
    // Two addresses of one controller are one.
    let rows = check(config(vec![pretend.url(), other.url()], trust.file.path())).await;
    assert_eq!(state(&rows, "domain controllers"), State::Good);
}
