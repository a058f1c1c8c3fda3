//! What stands in the directory when it starts: the policies, the service account, the demo's people and the
//! groups. Not how any of it behaves.

use super::settings::{BIRTHDATE_ATTRIBUTE, EMPLOYEE_NUMBER_ATTRIBUTE};
use crate::directory::content::{
    BASE, FIRST_EMPLOYEE_NUMBER, HISTORY, LOCKOUT_THRESHOLD, MIN_LENGTH, STAFF, STRICTER_LOCKOUT_THRESHOLD,
    STRICTER_MIN_LENGTH, SVC_LOGIN, SVC_PASSWORD,
};
use crate::people::{FIRST_PASSWORD, PEOPLE, Person, State, mail_of};
use crate::samba::{NESTED_ADMIN, SPARES, spare};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Who may do everything, and is no entry.
pub(super) const ROOT: &str = "cn=root,DC=pantein,DC=grp";
/// Its password.
pub(super) const ROOT_PASSWORD: &str = "Beheer-Zon-Maan-11!";
/// As what the service binds.
pub const SERVICE: &str = "uid=svc-pwreset,ou=Services,DC=pantein,DC=grp";
/// The policy of whoever has none of their own.
pub const DEFAULT_POLICY: &str = "cn=default,ou=Policies,DC=pantein,DC=grp";
/// The policy of F.Vermeulen.
pub const STRICTER_POLICY: &str = "cn=stricter,ou=Policies,DC=pantein,DC=grp";
/// Who is in here, directly or nested, may not use the reset.
pub const ADMINISTRATORS: &str = "cn=Beheerders,ou=Groups,DC=pantein,DC=grp";
/// A.Janssen is in it, and the administrators by nesting.
pub const ALL_STAFF: &str = "cn=Medewerkers,ou=Groups,DC=pantein,DC=grp";
/// A group that was there before the memberof overlay was: A.Janssen is in it, and does not show it.
pub const UNSEEN: &str = "cn=Oud,ou=Groups,DC=pantein,DC=grp";
/// In [`ADMINISTRATORS`], and that one in [`ALL_STAFF`].
const NESTED: &str = "cn=ICT,ou=Groups,DC=pantein,DC=grp";
/// An administrator outside the staff's part.
const ADMINISTRATOR: &str = "uid=Administrator,ou=Services,DC=pantein,DC=grp";
/// Switched off by an administrator (slapo-ppolicy, `pwdAccountLockedTime`).
const FOR_EVER: &str = "000001010000Z";

/// Everything but the groups, for slapadd.
pub(super) fn people() -> String {
    let head = format!("dn: {BASE}\nobjectClass: domain\ndc: pantein\n\n");
    let units = ["Staff", "Services", "Policies", "Groups"]
        .map(|unit| format!("dn: OU={unit},{BASE}\nobjectClass: organizationalUnit\nou: {unit}\n\n"));
    let policies = [
        policy(DEFAULT_POLICY, MIN_LENGTH, LOCKOUT_THRESHOLD),
        policy(STRICTER_POLICY, STRICTER_MIN_LENGTH, STRICTER_LOCKOUT_THRESHOLD),
    ];
    let service = format!(
        "dn: {SERVICE}\nobjectClass: account\nobjectClass: simpleSecurityObject\nuid: {SVC_LOGIN}\n\
         userPassword: {SVC_PASSWORD}\n\n"
    );
    let administrator = account(ADMINISTRATOR, "Administrator", "Administrator", "");
    let employees = (FIRST_EMPLOYEE_NUMBER..).zip(&PEOPLE).map(|(number, person)| employee(person, number));
    let spares = (1..=SPARES).map(|number| spare_account(&spare(number)));
    let first = std::iter::once(head).chain(units).chain(policies).chain([service, administrator]);
    let unseen = format!("dn: {UNSEEN}\nobjectClass: groupOfNames\nmember: uid=A.Janssen,{STAFF}\n\n");
    first.chain(employees).chain(spares).chain([unseen]).collect()
}

/// The groups, innermost first: what a member is in is noted where it is added.
pub(super) fn groups() -> String {
    let person = |login: &str| format!("uid={login},{STAFF}");
    let group = |dn: &str, members: &[&str]| {
        let members = members.iter().fold(String::new(), |all, member| all + "member: " + member + "\n");
        format!("dn: {dn}\nobjectClass: groupOfNames\n{members}\n")
    };
    let administrators = PEOPLE.iter().filter(|one| one.state == State::DomainAdministrator);
    let mut members: Vec<String> = administrators.map(|one| person(one.user_name)).collect();
    members.extend([ADMINISTRATOR.to_owned(), NESTED.to_owned()]);
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    group(NESTED, &[&person(&spare(NESTED_ADMIN))])
        + &group(ADMINISTRATORS, &members)
        + &group(ALL_STAFF, &[&person("A.Janssen"), ADMINISTRATORS])
}

/// The must-change rule is on so that tests show that a reset by the service does not fall under it.
fn policy(dn: &str, min_length: i64, lockout_threshold: i64) -> String {
    format!(
        "dn: {dn}\nobjectClass: organizationalRole\nobjectClass: pwdPolicy\npwdAttribute: userPassword\n\
         pwdCheckQuality: 2\npwdMinLength: {min_length}\npwdInHistory: {HISTORY}\npwdMinAge: 0\npwdMaxAge: 0\n\
         pwdLockout: TRUE\npwdMaxFailure: {lockout_threshold}\npwdLockoutDuration: 1800\n\
         pwdFailureCountInterval: 1800\npwdMustChange: TRUE\npwdSafeModify: FALSE\n\n"
    )
}

fn employee(person: &Person, number: u32) -> String {
    let number = format!("{EMPLOYEE_NUMBER_ATTRIBUTE}: {number}\n");
    let birthdate = if person.is_registered() {
        format!("{BIRTHDATE_ATTRIBUTE}: {}\n", person.birthdate)
    } else {
        String::new()
    };
    let state = match person.state {
        State::Disabled => format!("pwdAccountLockedTime: {FOR_EVER}\n"),
        State::StricterPolicy => format!("pwdPolicySubentry: {STRICTER_POLICY}\n"),
        State::Ordinary | State::LockedOut | State::DomainAdministrator | State::NothingRegistered => {
            String::new()
        }
    };
    let more = number + &birthdate + &state;
    let login = person.user_name;
    account(&format!("uid={login},{STAFF}"), login, &person.display_name(), &more)
}

/// An employee with nothing special.
pub(super) fn spare_account(login: &str) -> String {
    account(&format!("uid={login},{STAFF}"), login, login, "")
}

fn account(dn: &str, login: &str, name: &str, more: &str) -> String {
    let name = BASE64.encode(name);
    format!(
        "dn: {dn}\nobjectClass: inetOrgPerson\nobjectClass: employee\nuid: {login}\ncn:: {name}\nsn:: {name}\n\
         displayName:: {name}\nmail: {}\nuserPassword: {FIRST_PASSWORD}\n{more}\n",
        mail_of(login)
    )
}
