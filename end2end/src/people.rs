//! The demo's fictional employees: one list for all simulators, the real directory servers and the tests.

/// The initial password of every employee.
pub const FIRST_PASSWORD: &str = "Fiets-Regen-42!";

/// The initial state of an employee in the demo's systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Registered, with an active account.
    Ordinary,
    /// Locked out in the directory by wrong passwords; a reset unlocks.
    LockedOut,
    /// Disabled in the directory.
    Disabled,
    /// A domain administrator, who may not use the reset.
    DomainAdministrator,
    /// No birthdate, no number, no app.
    NothingRegistered,
    /// Subject to a fine-grained policy with a minimum length of 16 characters.
    StricterPolicy,
}

/// One fictional employee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The `sAMAccountName`, and the part of the UPN before the `@`.
    pub user_name: &'static str,
    /// The given name.
    pub first_name: &'static str,
    /// The family name.
    pub last_name: &'static str,
    /// The birthdate in ISO 8601, e.g. `1984-10-01`.
    pub birthdate: &'static str,
    /// The mobile number in E.164. The simulators send nothing to real phones.
    pub mobile: &'static str,
    /// The initial state.
    pub state: State,
}

impl Person {
    /// The first and last name.
    pub fn display_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// Whether birthdate and number are registered.
    pub fn is_registered(&self) -> bool {
        self.state != State::NothingRegistered
    }

    /// The person with this user name.
    pub fn named(user_name: &str) -> Option<&'static Self> {
        PEOPLE.iter().find(|person| person.user_name.eq_ignore_ascii_case(user_name))
    }
}

/// The mail address for a user name. The domain `.test` is reserved, so that no mail reaches a real person (RFC 6761).
pub fn mail_address(user_name: &str) -> String {
    format!("{}@pantein.test", user_name.to_lowercase())
}

/// A generated employee, for measurements that need more accounts than the demo has.
#[derive(Debug, Clone)]
pub struct ExtraEmployee {
    /// The user name: `Collega.00001` and so on.
    pub user_name: String,
    /// The birthdate in ISO 8601.
    pub birthdate: String,
    /// The mobile number in E.164, of a range that the demo's people do not use.
    pub mobile: String,
}

impl ExtraEmployee {
    /// The employee with this number, from 1.
    pub fn new(number: u32) -> Self {
        let (year, month, day) = (1960 + number % 45, number % 12 + 1, number % 28 + 1);
        Self {
            user_name: format!("Collega.{number:05}"),
            birthdate: format!("{year}-{month:02}-{day:02}"),
            mobile: format!("+316200{number:05}"),
        }
    }
}

/// All employees of the demo.
pub const PEOPLE: [Person; 7] = [
    person("A.Janssen", "Anna", "Janssen", "1984-10-01", "+31612345601", State::Ordinary),
    person("B.Smits", "Bram", "Smits", "1992-02-29", "+31612345602", State::LockedOut),
    person("C.Peters", "Carla", "Peters", "1979-06-15", "+31612345603", State::Disabled),
    person("D.Willems", "Daan", "Willems", "1975-03-03", "+31612345604", State::DomainAdministrator),
    person("E.Hendriks", "Eva", "Hendriks", "1990-12-24", "+31612345605", State::NothingRegistered),
    person("F.Vermeulen", "Fatma", "Vermeulen", "1988-11-11", "+31612345606", State::StricterPolicy),
    person("G.Oezdemir", "Gül", "Özdemir", "1995-05-05", "+31612345607", State::Ordinary),
];

const fn person(
    user_name: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    birthdate: &'static str,
    mobile: &'static str,
    state: State,
) -> Person {
    Person { user_name, first_name, last_name, birthdate, mobile, state }
}
