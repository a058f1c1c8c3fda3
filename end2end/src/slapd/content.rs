//! The initial content of the directory: the policies, the service account, the demo's people and the groups.

use crate::directory::content::{
    BASE, FIRST_EMPLOYEE_NUMBER, HISTORY, LOCKOUT_THRESHOLD, MIN_LENGTH, STAFF, STRICTER_LOCKOUT_THRESHOLD,
    STRICTER_MIN_LENGTH, SVC_LOGIN, SVC_PASSWORD,
};
use crate::people::{ExtraEmployee, FIRST_PASSWORD, PEOPLE, Person, State, mail_address};
use crate::samba::{NESTED_ADMIN, SPARES, spare};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// The attribute with the birthdates: a custom attribute that employees cannot write.
pub const BIRTHDATE_ATTRIBUTE: &str = "birthdate";
/// The attribute with the employee numbers.
pub const EMPLOYEE_NUMBER_ATTRIBUTE: &str = "employeeNumber";

/// The `rootdn`, which has all rights and no entry.
pub(super) const ROOT_DN: &str = "cn=root,DC=pantein,DC=grp";
/// The password of the `rootdn`.
pub(super) const ROOT_PASSWORD: &str = "Beheer-Zon-Maan-11!";
/// The DN of the service account.
pub const SERVICE: &str = "uid=svc-pwreset,ou=Services,DC=pantein,DC=grp";
/// The policy of accounts without a policy of their own.
pub const DEFAULT_POLICY: &str = "cn=default,ou=Policies,DC=pantein,DC=grp";
/// The policy of F.Vermeulen.
pub const STRICTER_POLICY: &str = "cn=stricter,ou=Policies,DC=pantein,DC=grp";
/// The group whose members, direct or nested, may not use the reset.
pub const ADMINISTRATORS: &str = "cn=Beheerders,ou=Groups,DC=pantein,DC=grp";
/// A group with the member A.Janssen and the nested group [`ADMINISTRATORS`].
pub const ALL_STAFF: &str = "cn=Medewerkers,ou=Groups,DC=pantein,DC=grp";
/// A group that is older than the memberof overlay: A.Janssen is a member, but has no `memberOf` value for it.
pub const UNTRACKED_GROUP: &str = "cn=Oud,ou=Groups,DC=pantein,DC=grp";
/// A member of [`ADMINISTRATORS`], which is a member of [`ALL_STAFF`].
const NESTED: &str = "cn=ICT,ou=Groups,DC=pantein,DC=grp";
/// An administrator outside the staff's organisational unit.
const ADMINISTRATOR: &str = "uid=Administrator,ou=Services,DC=pantein,DC=grp";
/// The value of `pwdAccountLockedTime` for an account that an administrator has disabled (slapo-ppolicy).
const LOCKED_PERMANENTLY: &str = "000001010000Z";

/// All entries except the groups, as LDIF for slapadd.
pub(super) fn people(extra_employees: u32) -> String {
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
    let infrastructure = std::iter::once(head).chain(units).chain(policies).chain([service, administrator]);
    let unseen =
        format!("dn: {UNTRACKED_GROUP}\nobjectClass: groupOfNames\nmember: uid=A.Janssen,{STAFF}\n\n");
    let extra = (1..=extra_employees).map(|number| spare_account(&ExtraEmployee::new(number).user_name));
    infrastructure.chain(employees).chain(spares).chain(extra).chain([unseen]).collect()
}

/// The groups as LDIF, innermost first: the memberof overlay updates a member when the group is added.
pub(super) fn groups() -> String {
    let person = |login: &str| format!("uid={login},{STAFF}");
    let group = |dn: &str, members: &[&str]| {
        let members = members.iter().fold(String::new(), |all, member| all + "member: " + member + "\n");
        format!("dn: {dn}\nobjectClass: groupOfNames\n{members}\n")
    };
    let administrators = PEOPLE.iter().filter(|employee| employee.state == State::DomainAdministrator);
    let mut members: Vec<String> = administrators.map(|employee| person(employee.user_name)).collect();
    members.extend([ADMINISTRATOR.to_owned(), NESTED.to_owned()]);
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    group(NESTED, &[&person(&spare(NESTED_ADMIN))])
        + &group(ADMINISTRATORS, &members)
        + &group(ALL_STAFF, &[&person("A.Janssen"), ADMINISTRATORS])
}

/// A password policy. `pwdMustChange` is on, so that tests show that it does not apply to a reset by the service.
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
        State::Disabled => format!("pwdAccountLockedTime: {LOCKED_PERMANENTLY}\n"),
        State::StricterPolicy => format!("pwdPolicySubentry: {STRICTER_POLICY}\n"),
        State::Ordinary | State::LockedOut | State::DomainAdministrator | State::NothingRegistered => {
            String::new()
        }
    };
    let more = number + &birthdate + &state;
    let login = person.user_name;
    account(&format!("uid={login},{STAFF}"), login, &person.display_name(), &more)
}

/// An ordinary employee.
pub(super) fn spare_account(login: &str) -> String {
    account(&format!("uid={login},{STAFF}"), login, login, "")
}

fn account(dn: &str, login: &str, name: &str, more: &str) -> String {
    let name = BASE64.encode(name);
    format!(
        "dn: {dn}\nobjectClass: inetOrgPerson\nobjectClass: employee\nuid: {login}\ncn:: {name}\nsn:: {name}\n\
         displayName:: {name}\nmail: {}\nuserPassword: {FIRST_PASSWORD}\n{more}\n",
        mail_address(login)
    )
}
