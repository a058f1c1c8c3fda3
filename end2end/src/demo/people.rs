//! The demo's employees at HR and at Entrust.

use crate::directory::content::FIRST_EMPLOYEE_NUMBER;
use crate::entrust::Person as Phone;
use crate::hr;
use crate::people::{ExtraEmployee, PEOPLE};

/// The registered employees with their mobile numbers.
pub(super) fn hr_people() -> Vec<hr::Person> {
    let registered = PEOPLE.iter().zip(0..).filter(|(person, _)| person.is_registered());
    let people = registered.map(|(person, number): (_, u32)| {
        hr::Person::new(&(FIRST_EMPLOYEE_NUMBER + number).to_string(), person.mobile)
    });
    people.collect()
}

/// All employees. Those with nothing registered have no number and no app.
pub(super) fn entrust_people(extra_employees: u32) -> Vec<Phone> {
    let people = PEOPLE.iter().map(|person| Phone {
        user_id: person.user_name.to_owned(),
        first_name: person.first_name.to_owned(),
        last_name: person.last_name.to_owned(),
        mobile: person.is_registered().then(|| person.mobile.to_owned()),
        has_app: person.is_registered(),
    });
    let extra = (1..=extra_employees).map(ExtraEmployee::new).map(|employee| Phone {
        first_name: employee.user_name.clone(),
        last_name: employee.user_name.clone(),
        user_id: employee.user_name,
        mobile: Some(employee.mobile),
        has_app: true,
    });
    people.chain(extra).collect()
}
