//! A29: what a panic or a log could print of a value.

use app::api::ResetCommand;
use app::api::enrollment::EnrollmentCommand;
use app::domain::birthdate::Birthdate;
use app::domain::code::Code;
use app::domain::password::Password;
use app::domain::raw_input::RawInput;
use server::mobile::{Countries, Mobile};
use server::ports::sessions::SessionId;
use std::fmt::Debug;
use zeroize::Zeroizing;

fn debug(value: &dyn Debug) -> String {
    // Both forms: `{:#?}` of a derived implementation reaches the fields another way.
    format!("{value:?}{value:#?}")
}

#[test]
fn a29_debug_output_of_every_secret_type_contains_no_secret() {
    let (password, code, birthdate, mobile) =
        ("Zomer-Kanaal-87?paars", "91827364", "1984-10-01", "0687654321");
    let countries = Countries::parse(&["NL".to_owned()]).unwrap();
    let raw = |text: &str| RawInput::new(text);
    let session = SessionId(Zeroizing::new([0xab; 32]));
    let values: Vec<Box<dyn Debug>> = vec![
        Box::new(Password::new(password)),
        Box::new(Code::parse(code).unwrap()),
        Box::new(Birthdate::parse_iso(birthdate).unwrap()),
        Box::new(Mobile::parse(mobile, &countries).unwrap()),
        Box::new(raw(password)),
        Box::new(ResetCommand::Password(raw(password))),
        Box::new(ResetCommand::Code(raw(code))),
        Box::new(ResetCommand::Birthdate(raw(birthdate))),
        Box::new(ResetCommand::Identify(raw("A.Janssen"), None)),
        Box::new(EnrollmentCommand::SignIn(raw("A.Janssen"), raw(password))),
        Box::new(EnrollmentCommand::Mobile(raw(mobile))),
        Box::new(EnrollmentCommand::Confirm(raw(code))),
        Box::new(session),
    ];
    let secrets = [password, code, birthdate, mobile, "87654321", "1984", "A.Janssen", "171, 171", "abab"];
    for value in &values {
        let text = debug(&**value);
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
