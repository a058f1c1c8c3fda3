//! Contract tests of the listing and of the written mobile number, which the listing shows.

use super::{World, found};
use end2end::directory::content::FIRST_EMPLOYEE_NUMBER;
use end2end::people::PEOPLE;
use end2end::people::mail_address;
use server::ports::directory::{AccountId, Directory, ListedAccount};
use std::collections::HashSet;

async fn listed(directory: &dyn Directory) -> (Vec<ListedAccount>, usize) {
    let (mut all, mut pages) = (Vec::new(), 0);
    let mut sink = |page: Vec<ListedAccount>| {
        all.extend(page);
        pages += 1;
    };
    directory.list(&mut sink).await.unwrap();
    (all, pages)
}

pub(in crate::directory) async fn every_account_is_listed_once_with_its_attributes(world: &dyn World) {
    let directory = world.directory();
    let (all, pages) = listed(directory).await;
    assert!(pages > 1, "{pages}");
    let ids: HashSet<AccountId> = all.iter().map(|listed| listed.id).collect();
    assert_eq!(ids.len(), all.len());
    for (number, person) in (FIRST_EMPLOYEE_NUMBER..).zip(PEOPLE) {
        let account = found(directory, person.user_name).await;
        let listed = all.iter().find(|listed| listed.id == account.id).expect(person.user_name);
        let expected = ListedAccount {
            id: account.id,
            dn: account.dn,
            login: account.login,
            principal_name: account.principal_name,
            mail: account.mail,
            employee_number: Some(number.to_string()),
            birthdate: account.birthdate,
            mobile: account.mobile,
            eligibility: account.eligibility,
        };
        assert_eq!(*listed, expected);
        assert_eq!(listed.mail, Some(mail_address(person.user_name)));
        assert_eq!(listed.birthdate.as_deref(), person.is_registered().then_some(person.birthdate));
    }
    for outsider in ["Administrator", "svc-pwreset", "krbtgt"] {
        assert!(!all.iter().any(|listed| listed.login == outsider), "{outsider}");
    }
}

pub(in crate::directory) async fn written_mobile_number_is_read_back(world: &dyn World) {
    let directory = world.directory();
    let before = found(directory, &world.spare(13).await).await;
    assert_eq!(before.mobile, None);
    assert_eq!(directory.written_mobile(&before).await.unwrap(), None);
    for number in ["+31612345678", "+32470123456"] {
        directory.write_mobile(&before, number).await.unwrap();
        let after = directory.read(before.id).await.unwrap().unwrap();
        assert_eq!(after.mobile.as_deref(), Some(number));
        assert_eq!(directory.written_mobile(&before).await.unwrap().as_deref(), Some(number));
        let (all, _) = listed(directory).await;
        let listed = all.into_iter().find(|listed| listed.id == before.id).unwrap();
        assert_eq!(listed.mobile.as_deref(), Some(number));
    }
}
