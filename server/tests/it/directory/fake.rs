//! The contract suite on the fake.

use super::contract::{World, contract_tests};
use async_trait::async_trait;
use end2end::directory::content::{FIRST_EMPLOYEE_NUMBER, STRICTER_MIN_LENGTH};
use end2end::people::mail_address;
use end2end::people::{FIRST_PASSWORD, PEOPLE, State};
use server::ports::directory::{Directory, Eligibility};
use server::test_support::directory::{DirectoryOutage, FakeDirectory};

async fn start() -> FakeDirectory {
    filled()
}

fn filled() -> FakeDirectory {
    let fake = FakeDirectory::new();
    for (number, person) in (FIRST_EMPLOYEE_NUMBER..).zip(PEOPLE) {
        fake.add_account(person.user_name, &person.display_name(), FIRST_PASSWORD);
        fake.edit(person.user_name, |member| {
            member.account.mail = Some(mail_address(person.user_name));
            member.account.birthdate = person.is_registered().then(|| person.birthdate.to_owned());
            member.employee_number = Some(number.to_string());
        });
        fake.edit(person.user_name, |member| match person.state {
            State::LockedOut => member.failed_sign_ins = 5,
            State::Disabled => member.account.eligibility = Eligibility::Disabled,
            State::DomainAdministrator => member.account.eligibility = Eligibility::Privileged,
            State::StricterPolicy => member.policy.min_length = u16::try_from(STRICTER_MIN_LENGTH).unwrap(),
            State::Ordinary | State::NothingRegistered => {}
        });
    }
    fake.edit("D.Willems", |member| {
        member.groups = vec![format!("CN=Administrators,CN=Builtin,{}", end2end::directory::content::BASE)];
    });
    fake
}

#[async_trait]
impl World for FakeDirectory {
    fn directory(&self) -> &dyn Directory {
        self
    }

    fn unreachable_directory(&self) -> Box<dyn Directory> {
        let unreachable = FakeDirectory::new();
        unreachable.set_outage(Some(DirectoryOutage::Unreachable));
        Box::new(unreachable)
    }

    fn high_impact_directory(&self) -> Box<dyn Directory> {
        let fake = filled();
        fake.edit("D.Willems", |member| member.account.high_impact = true);
        Box::new(fake)
    }

    async fn spare(&self, number: u8) -> String {
        let login = format!("Reserve.{number:02}");
        self.add_account(&login, &login, FIRST_PASSWORD);
        login
    }

    async fn rename(&self, login: &str, new_login: &str) {
        self.edit(login, |member| {
            new_login.clone_into(&mut member.account.login);
            member.account.principal_name = Some(format!("{new_login}@fake"));
        });
    }

    async fn recreate(&self, login: &str) {
        self.remove_account(login);
        self.add_account(login, login, FIRST_PASSWORD);
    }

    fn enforces_history(&self) -> bool {
        true
    }
}

contract_tests!(start);
