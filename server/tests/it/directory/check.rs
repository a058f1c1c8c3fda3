//! `check` on Samba and on the simulator: what it reports about each domain controller and about the rights of the
//! service account.

use super::samba::{Controller, controller};
use super::{Trust, config, found, now};
use end2end::directory::content::{STAFF, UPN_SUFFIX};
use end2end::directory::{Delegation, Directory as Simulator, SimulatorConfig};
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
    let base = config(vec![controller.samba.url()], controller.trust.file.path());
    check(LdapConfig { bind_dn: format!("{login}@{UPN_SUFFIX}"), ..base }).await
}

/// The only row whose `what` ends with `about`.
#[track_caller]
fn row<'a>(rows: &'a [Finding], about: &str) -> &'a Finding {
    let mut matching = rows.iter().filter(|row| row.what.ends_with(about));
    let row = matching.next().unwrap_or_else(|| unreachable!("no row about {about}: {rows:#?}"));
    assert!(matching.next().is_none(), "{about} twice: {rows:#?}");
    row
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
async fn samba_check_reports_each_delegated_right_and_a_privileged_account_under_the_base_dn() {
    let controller = controller().await;
    let rows = check(config(vec![controller.samba.url()], controller.trust.file.path())).await;
    for right in NEEDED {
        let row = row(&rows, right);
        assert_eq!((row.state, row.remediation.len()), (State::Good, 0), "{row:?}");
    }
    assert!(row(&rows, "write pwdLastSet").detail.contains("not needed"));
    assert!(row(&rows, "domain controllers").detail.contains("has 1 that can be written, 1 configured"));
    // Samba lacks the history control and has an administrator without adminCount under the base DN.
    let history = rows.iter().find(|row| row.part == "history control").unwrap();
    assert_eq!(history.state, State::Warning);
    let excess: Vec<&Finding> = rows.iter().filter(|row| row.what.starts_with("excess")).collect();
    let [privileged] = excess.as_slice() else { panic!("{excess:#?}") };
    assert!(privileged.detail.contains("CN=D.Willems,OU=Staff"), "{privileged:?}");
}

#[tokio::test]
async fn samba_missing_right_is_granted_by_the_printed_remediation_command() {
    let controller = controller().await;
    let unlock = format!("(OA;CIIO;RPWP;{UNLOCK};{USER};SID)");
    controller.samba.service("svc-te-weinig", &[(STAFF, &unlock)], &[]).unwrap();
    let rows = check_as(controller, "svc-te-weinig").await;
    assert_eq!(state(&rows, "right: write lockoutTime"), State::Good);
    let missing = ["right: reset password", "right: write mobile", "right: read fine-grained policies"];
    for right in missing {
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
    // The granted rights suffice for a reset.
    let base = config(vec![controller.samba.url()], controller.trust.file.path());
    let base = LdapConfig { bind_dn: format!("svc-te-weinig@{UPN_SUFFIX}"), ..base };
    let ldap = ActiveDirectory::new(base, now()).unwrap();
    let account = found(&ldap, &end2end::samba::spare(18)).await;
    ldap.set_password(&account, &app::domain::password::Password::new("Molen-Wiek-Wind-8")).await.unwrap();
}

#[tokio::test]
async fn samba_deny_entry_overrides_allow_entry() {
    let controller = controller().await;
    let allowed = format!("(OA;CIIO;CR;{RESET};{USER};SID)");
    let denied = format!("(OD;CIIO;CR;{RESET};{USER};SID)");
    controller.samba.service("svc-ontzegd", &[(STAFF, &allowed), (STAFF, &denied)], &[]).unwrap();
    assert_eq!(state(&check_as(controller, "svc-ontzegd").await, "right: reset password"), State::Bad);
}

#[tokio::test]
async fn samba_excess_rights_are_reported_with_the_object_that_grants_them() {
    let controller = controller().await;
    let everything = "(A;CI;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SID)";
    controller.samba.service("svc-te-veel", &[(STAFF, everything)], &[]).unwrap();
    let rows = check_as(controller, "svc-te-veel").await;
    assert_eq!(state(&rows, "right: reset password"), State::Good);
    let accounts = row(&rows, "excess rights: accounts");
    assert_eq!(accounts.state, State::Warning);
    for part in ["employeeNumber, ", "userAccountControl", "more attributes", "change permissions", "delete"]
    {
        assert!(accounts.detail.contains(part), "{part}: {}", accounts.detail);
    }
    let base = row(&rows, "excess rights: base DN");
    assert!(base.detail.contains("create objects") && base.detail.contains("given to itself"), "{base:?}");
    let entries = row(&rows, "excess rights: entries");
    assert!(entries.detail.contains(&format!("at {STAFF}: (A;CI;")), "{entries:?}");
    assert_eq!(entries.remediation[0], format!("dsacls \"{STAFF}\" /R \"svc-te-veel@{UPN_SUFFIX}\""));
    assert!(entries.remediation.iter().any(|line| line.contains(":CA;Reset Password;user")), "{entries:?}");
}

#[tokio::test]
async fn samba_service_account_in_an_administrative_group_is_reported() {
    let controller = controller().await;
    controller.samba.service("svc-beheer", &[], &["Domain Admins"]).unwrap();
    let rows = check_as(controller, "svc-beheer").await;
    for part in ["the service account", "outside the base DN", "domain"] {
        assert_eq!(state(&rows, &format!("excess rights: {part}")), State::Warning, "{rows:#?}");
    }
    assert!(row(&rows, "excess rights: outside the base DN").detail.contains("(through CN="), "{rows:#?}");
}

async fn simulator() -> (Simulator, Trust) {
    let trust = Trust::new();
    (Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap(), trust)
}

#[tokio::test]
async fn simulator_check_reports_the_same_rights_as_a_real_directory() {
    let (simulator, trust) = simulator().await;
    let check = || check(config(vec![simulator.url()], trust.file.path()));
    let rows = check().await;
    for right in NEEDED.into_iter().chain(["excess rights", "domain controllers"]) {
        assert_eq!(state(&rows, right), State::Good, "{:?}", row(&rows, right));
    }
    simulator.delegate(Delegation { reset: false, unlock: false, policies: false, ..Delegation::default() });
    let rows = check().await;
    for right in ["right: reset password", "right: write lockoutTime", "right: read fine-grained policies"] {
        assert_eq!((state(&rows, right), row(&rows, right).remediation.len()), (State::Bad, 2));
    }
    assert_eq!(state(&rows, "right: write mobile"), State::Good);
    simulator.delegate(Delegation { everything: true, whole_domain: true, ..Delegation::default() });
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
async fn missing_required_history_control_fails_and_the_other_checks_still_run() {
    let trust = Trust::new();
    let without_control = SimulatorConfig { history_control: false, ..SimulatorConfig::default() };
    let simulator = Simulator::start(without_control, &trust.authority).await.unwrap();
    let base = config(vec![simulator.url()], trust.file.path());
    let rows = check(LdapConfig { require_history: true, ..base.clone() }).await;
    let history = |rows: &[Finding]| rows.iter().find(|row| row.part == "history control").unwrap().clone();
    assert_eq!(history(&rows).state, State::Bad);
    assert!(history(&rows).detail.contains("directory.require_history is on"));
    assert_eq!(state(&rows, "right: reset password"), State::Good);
    assert_eq!(history(&check(base).await).state, State::Warning);
}

#[tokio::test]
async fn untrusted_certificate_or_wrong_name_is_reported_with_the_expected_value() {
    let (simulator, trust) = simulator().await;
    let other_authority = Trust::new();
    let rows = check(config(vec![simulator.url()], other_authority.file.path())).await;
    let detail = &row(&rows, " TLS").detail;
    assert!(detail.contains("certificate in the file of directory.ca_file"), "{detail}");
    // The same server at an address that its certificate does not contain.
    let listener = tokio::net::TcpListener::bind("127.0.0.2:0").await.unwrap();
    let other_url = format!("ldaps://{}", listener.local_addr().unwrap());
    let address = simulator.address();
    let forwarding = tokio::spawn(async move {
        let (mut from, _) = listener.accept().await.unwrap();
        let mut to = tokio::net::TcpStream::connect(address).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
    });
    let rows = check(config(vec![other_url], trust.file.path())).await;
    let detail = &row(&rows, " TLS").detail;
    for part in ["127.0.0.2", "dc1.pantein.grp", "one of the names in the certificate"] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    forwarding.await.unwrap();
}

#[tokio::test]
async fn refused_bind_is_not_repeated_at_other_controllers() {
    let (simulator, trust) = simulator().await;
    let other = simulator.replica(&trust.authority).await.unwrap();
    let base = config(vec![simulator.url(), other.url()], trust.file.path());
    let rows = check(LdapConfig { bind_password: "Verkeerd-1".to_owned().into(), ..base }).await;
    let binds: Vec<&Finding> = rows.iter().filter(|row| row.what.ends_with(" bind")).collect();
    let [first, second] = binds.as_slice() else { panic!("{rows:#?}") };
    assert!(first.detail.contains("(wrong name or password)"), "{first:?}");
    assert!(second.detail.contains("not tried"), "{second:?}");
    assert_eq!(other.seen(), []);
    // Two addresses of one controller count as one controller.
    let rows = check(config(vec![simulator.url(), other.url()], trust.file.path())).await;
    assert_eq!(state(&rows, "domain controllers"), State::Good);
}
