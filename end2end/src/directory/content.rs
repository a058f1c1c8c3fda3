//! The initial content of the directory simulator: the domain, its policy, the administrative groups, the service
//! account and the demo's people.

pub use super::schema::MOBILE_ATTRIBUTE;

use super::entry::{Entry, sid};
use super::schema::{ACCOUNT_DISABLE, ATTRIBUTES, NEVER_EXPIRES};
use super::tree::Tree;
use crate::people::{ExtraEmployee, FIRST_PASSWORD, PEOPLE, Person, State, mail_address};

/// The DN of the domain.
pub const BASE: &str = "DC=pantein,DC=grp";
/// The organisational unit of the employees, the only one in which the service account may write.
pub const STAFF: &str = "OU=Staff,DC=pantein,DC=grp";
/// The configuration partition of the forest, with its sites and its schema.
pub(super) const CONFIGURATION: &str = "CN=Configuration,DC=pantein,DC=grp";
/// The part of a UPN after the `@`.
pub const UPN_SUFFIX: &str = "pantein.grp";
/// The login name of the service account.
pub const SVC_LOGIN: &str = "svc-pwreset";
/// The UPN with which the service binds.
pub const SVC_UPN: &str = "svc-pwreset@pantein.grp";
/// The password of the service account; it meets the password policy of the domain.
pub const SVC_PASSWORD: &str = "Sluis-Brug-Dijk-77!";
/// The minimum password length of the domain policy.
pub const MIN_LENGTH: i64 = 12;
/// The minimum password length of the fine-grained policy of F.Vermeulen.
pub const STRICTER_MIN_LENGTH: i64 = 16;
/// The number of passwords in the password history of the domain policy.
pub const HISTORY: i64 = 24;
/// The number of wrong passwords that locks an account.
pub const LOCKOUT_THRESHOLD: i64 = 5;
/// The same in the fine-grained policy.
pub const STRICTER_LOCKOUT_THRESHOLD: i64 = 4;
/// A group that is administrative only through nesting.
pub const NESTED_ADMINS: &str = "CN=ICT-Beheer,CN=Users,DC=pantein,DC=grp";
/// A group with the member G.Oezdemir, for `directory.high_impact_groups`; the demo's settings do not name it.
pub const BOARD: &str = "CN=Directie,CN=Users,DC=pantein,DC=grp";
/// The group of the service desk's agents. Its member F.Vermeulen is in it through a nested group.
pub const AGENTS: &str = "CN=Servicedesk,CN=Users,DC=pantein,DC=grp";
/// The nested group.
const AGENT_TEAM: &str = "CN=Servicedesk-team,CN=Users,DC=pantein,DC=grp";
/// The group of the service desk's leads, with the member G.Oezdemir.
pub const LEADS: &str = "CN=Servicedesk-leiding,CN=Users,DC=pantein,DC=grp";
/// The attribute with the demo's birthdates, for a service that reads them from the directory. All users can read it,
/// so a real directory should use another attribute.
pub const BIRTHDATE_ATTRIBUTE: &str = "employeeNumber";
/// The attribute with the employee numbers.
pub const EMPLOYEE_NUMBER_ATTRIBUTE: &str = "employeeID";
/// The employee number of A.Janssen; the others follow in the order of [`PEOPLE`].
pub const FIRST_EMPLOYEE_NUMBER: u32 = 1200;
/// The number of organisational units over which the extra employees are distributed.
pub const TEAMS: u32 = 20;

pub(super) const DOMAIN_SID: &str = "S-1-5-21-1004336348-1177238915-682003330";
/// A minute in `FILETIME` units; durations in AD are negative.
const MINUTE: i64 = 60 * 10_000_000;

pub(super) fn initial_entries(now: i64, extra_employees: u32) -> Tree {
    let mut tree = Tree::default();
    tree.insert(domain_head());
    for (dn, class) in [
        ("CN=Users", "container"),
        ("CN=Builtin", "builtinDomain"),
        ("CN=System", "container"),
        ("CN=Password Settings Container,CN=System", "msDS-PasswordSettingsContainer"),
        ("OU=Staff", "organizationalUnit"),
    ] {
        tree.insert(Entry::new(&format!("{dn},{BASE}"), &["top", class]));
    }
    configuration(&mut tree);
    groups(&mut tree);
    tree.insert(user("CN=Administrator,CN=Users", "Administrator", "Administrator", Some(500), now));
    let mut service = user("CN=svc-pwreset,CN=Users", SVC_LOGIN, SVC_LOGIN, Some(1101), now);
    service.secret.password = Some(SVC_PASSWORD.to_owned());
    tree.insert(service);
    for (rid, person) in (FIRST_EMPLOYEE_NUMBER..).zip(&PEOPLE) {
        tree.insert(employee(person, rid, now));
    }
    tree.insert(stricter_policy());
    for team in 1..=extra_employees.min(TEAMS) {
        tree.insert(Entry::new(&format!("OU=Team {team:02},{STAFF}"), &["top", "organizationalUnit"]));
    }
    for number in 1..=extra_employees {
        tree.insert(colleague(number, now));
    }
    tree
}

/// The DN of the NTDS settings of a domain controller, which identify it in the forest.
pub(super) fn ntds_settings_dn(controller: &str) -> String {
    format!("CN=NTDS Settings,CN={controller},CN=Servers,CN=Default-First-Site-Name,CN=Sites,{CONFIGURATION}")
}

/// The entry of one domain controller, and the schema entries that permissions refer to.
fn configuration(tree: &mut Tree) {
    for (dn, class) in [("", "configuration"), ("CN=Sites,", "sitesContainer"), ("CN=Schema,", "dMD")] {
        tree.insert(Entry::new(&format!("{dn}{CONFIGURATION}"), &["top", class]));
    }
    let mut controller = Entry::new(&ntds_settings_dn("DC1"), &["top", "nTDSDSA"]);
    controller.put("msDS-hasMasterNCs", &[BASE]);
    tree.insert(controller);
    for (name, guid, set) in ATTRIBUTES {
        let mut attribute =
            Entry::new(&format!("CN={name},CN=Schema,{CONFIGURATION}"), &["top", "attributeSchema"]);
        attribute.put("lDAPDisplayName", &[name]);
        attribute.put_bytes("schemaIDGUID", vec![guid.to_bytes_le().to_vec()]);
        attribute
            .put_bytes("attributeSecurityGUID", set.iter().map(|set| set.to_bytes_le().to_vec()).collect());
        tree.insert(attribute);
    }
}

/// An extra employee, e.g. `Collega.00001`, with a value in every attribute that the product reads.
fn colleague(number: u32, now: i64) -> Entry {
    let ExtraEmployee { user_name: login, birthdate, .. } = ExtraEmployee::new(number);
    let rdn = format!("CN={login},OU=Team {:02},OU=Staff", (number - 1) % TEAMS + 1);
    let mut entry = user(&rdn, &login, &login, Some(100_000 + number), now);
    entry.put("mail", &[&mail_address(&login)]);
    entry.put(EMPLOYEE_NUMBER_ATTRIBUTE, &[&(100_000 + number).to_string()]);
    entry.put(BIRTHDATE_ATTRIBUTE, &[&birthdate]);
    entry.secret.password = Some(FIRST_PASSWORD.to_owned());
    entry
}

fn domain_head() -> Entry {
    let mut head = Entry::new(BASE, &["top", "domain", "domainDNS"]);
    head.put_bytes("objectSid", sid(DOMAIN_SID).into_iter().collect());
    for (name, value) in [
        ("minPwdLength", MIN_LENGTH),
        ("pwdProperties", 1),
        ("pwdHistoryLength", HISTORY),
        ("minPwdAge", 0),
        ("maxPwdAge", i64::MIN),
        ("lockoutThreshold", LOCKOUT_THRESHOLD),
        ("lockoutDuration", -30 * MINUTE),
        ("lockOutObservationWindow", -30 * MINUTE),
    ] {
        head.put_number(name, value);
    }
    head
}

fn groups(tree: &mut Tree) {
    let domain_sid = |rid: u32| format!("{DOMAIN_SID}-{rid}");
    let people_dn = |login: &str| Person::named(login).map(person_dn).unwrap_or_default();
    let administrator = format!("CN=Administrator,CN=Users,{BASE}");
    let domain_admins = format!("CN=Domain Admins,CN=Users,{BASE}");
    let enterprise = format!("CN=Enterprise Admins,CN=Users,{BASE}");
    let mut add = |dn: &str, name: &str, sid_text: String, members: &[&str]| {
        let mut group = Entry::new(dn, &["top", "group"]);
        group.put("sAMAccountName", &[name]);
        group.put("member", members);
        group.put_bytes("objectSid", sid(&sid_text).into_iter().collect());
        tree.insert(group);
    };
    add(&domain_admins, "Domain Admins", domain_sid(512), &[&administrator, &people_dn("D.Willems")]);
    add(&enterprise, "Enterprise Admins", domain_sid(519), &[&administrator]);
    add(&format!("CN=Schema Admins,CN=Users,{BASE}"), "Schema Admins", domain_sid(518), &[&administrator]);
    add(&format!("CN=Domain Users,CN=Users,{BASE}"), "Domain Users", domain_sid(513), &[]);
    add(NESTED_ADMINS, "ICT-Beheer", domain_sid(1102), &[]);
    add(BOARD, "Directie", domain_sid(1103), &[&people_dn("G.Oezdemir")]);
    add(AGENT_TEAM, "Servicedesk-team", domain_sid(1104), &[&people_dn("F.Vermeulen")]);
    add(AGENTS, "Servicedesk", domain_sid(1105), &[AGENT_TEAM]);
    add(LEADS, "Servicedesk-leiding", domain_sid(1106), &[&people_dn("G.Oezdemir")]);
    let administrators = [administrator.as_str(), &domain_admins, &enterprise, NESTED_ADMINS];
    let builtin = |name: &str| format!("CN={name},CN=Builtin,{BASE}");
    add(&builtin("Administrators"), "Administrators", "S-1-5-32-544".to_owned(), &administrators);
    for (name, rid) in [("Account Operators", 548), ("Server Operators", 549), ("Backup Operators", 551)] {
        add(&builtin(name), name, format!("S-1-5-32-{rid}"), &[]);
    }
}

/// A user entry; `rdn` is relative to the domain. Without a `rid` the entry has no SID.
pub(super) fn user(rdn: &str, login: &str, display: &str, rid: Option<u32>, now: i64) -> Entry {
    let mut user = Entry::new(&format!("{rdn},{BASE}"), &["top", "person", "organizationalPerson", "user"]);
    user.put("objectCategory", &[&format!("CN=Person,CN=Schema,CN=Configuration,{BASE}")]);
    user.put("sAMAccountName", &[login]);
    user.put("userPrincipalName", &[&format!("{login}@{UPN_SUFFIX}")]);
    user.put("displayName", &[display]);
    if let Some(rid) = rid {
        user.put_bytes("objectSid", sid(&format!("{DOMAIN_SID}-{rid}")).into_iter().collect());
    }
    for (name, value) in [
        ("sAMAccountType", 805_306_368),
        ("userAccountControl", 0x200),
        ("primaryGroupID", 513),
        ("accountExpires", NEVER_EXPIRES),
        ("lockoutTime", 0),
        ("badPwdCount", 0),
        ("badPasswordTime", 0),
        ("pwdLastSet", now),
    ] {
        user.put_number(name, value);
    }
    user
}

fn person_dn(person: &Person) -> String {
    format!("CN={},{STAFF}", person.display_name())
}

fn employee(person: &Person, rid: u32, now: i64) -> Entry {
    let rdn = format!("CN={},OU=Staff", person.display_name());
    let mut entry = user(&rdn, person.user_name, &person.display_name(), Some(rid), now);
    entry.put("givenName", &[person.first_name]);
    entry.put("sn", &[person.last_name]);
    entry.put("mail", &[&mail_address(person.user_name)]);
    entry.put(EMPLOYEE_NUMBER_ATTRIBUTE, &[&rid.to_string()]);
    entry.secret.password = Some(FIRST_PASSWORD.to_owned());
    if person.is_registered() {
        entry.put(BIRTHDATE_ATTRIBUTE, &[person.birthdate]);
    }
    match person.state {
        State::LockedOut => {
            entry.put_number("lockoutTime", now);
            entry.put_number("badPwdCount", LOCKOUT_THRESHOLD);
            entry.put_number("badPasswordTime", now);
        }
        State::Disabled => entry.put_number("userAccountControl", 0x200 | ACCOUNT_DISABLE),
        State::DomainAdministrator => entry.put_number("adminCount", 1),
        State::Ordinary | State::NothingRegistered | State::StricterPolicy => {}
    }
    entry
}

fn stricter_policy() -> Entry {
    let dn = format!("CN=Strenger,CN=Password Settings Container,CN=System,{BASE}");
    let mut pso = Entry::new(&dn, &["top", "msDS-PasswordSettings"]);
    pso.put_number("msDS-PasswordSettingsPrecedence", 10);
    pso.put_number("msDS-MinimumPasswordLength", STRICTER_MIN_LENGTH);
    pso.put_number("msDS-PasswordHistoryLength", HISTORY);
    pso.put_number("msDS-MinimumPasswordAge", 0);
    pso.put("msDS-PasswordComplexityEnabled", &["TRUE"]);
    pso.put_number("msDS-LockoutThreshold", STRICTER_LOCKOUT_THRESHOLD);
    pso.put_number("msDS-LockoutDuration", -30 * MINUTE);
    pso.put_number("msDS-LockoutObservationWindow", -30 * MINUTE);
    let members: Vec<String> =
        PEOPLE.iter().filter(|p| p.state == State::StricterPolicy).map(person_dn).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    pso.put("msDS-PSOAppliesTo", &members);
    pso
}
