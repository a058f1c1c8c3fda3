//! The classes, and the order in which their samples are taken.

use app::domain::birthdate::Birthdate;

/// A subject with which a verification is attempted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The user name.
    pub name: String,
    /// The birthdate, ISO.
    pub birthdate: String,
}

/// Subjects that must not be distinguishable from those of any other class.
#[derive(Debug, Clone)]
pub struct Class {
    /// For the report.
    pub label: String,
    /// Used in turn.
    pub subjects: Vec<Subject>,
}

/// The name, and the birthdate as a client sends it, of `NAME:YYYY-MM-DD`.
pub fn parse_subject(text: &str) -> Result<Subject, String> {
    let expected = || "expected NAME:YYYY-MM-DD".to_owned();
    let (name, birthdate) = text.rsplit_once(':').ok_or_else(expected)?;
    if name.trim().is_empty() || Birthdate::parse_iso(birthdate).is_err() {
        return Err(expected());
    }
    Ok(Subject { name: name.trim().to_owned(), birthdate: birthdate.to_owned() })
}

/// The label and the subject of `LABEL=NAME:YYYY-MM-DD`.
pub fn parse_labelled(text: &str) -> Result<(String, Subject), String> {
    let (label, subject) = text.split_once('=').ok_or("expected LABEL=NAME:YYYY-MM-DD")?;
    Ok((label.trim().to_owned(), parse_subject(subject)?))
}

/// A birthdate that differs from this one.
fn another_date(birthdate: &str) -> String {
    // Day 28 exists in every month.
    let (month, day) = birthdate.rsplit_once('-').unwrap_or((birthdate, ""));
    format!("{month}-{}", if day == "28" { "27" } else { "28" })
}

/// The classes of a measurement: the accounts with their own birthdate and with another one, unknown names, and those
/// that the operator adds, such as disabled accounts.
pub fn classes(
    accounts: &[Subject],
    unknown: &[String],
    further: impl IntoIterator<Item = (String, Subject)>,
) -> Vec<Class> {
    let wrong = accounts
        .iter()
        .map(|subject| Subject { birthdate: another_date(&subject.birthdate), name: subject.name.clone() });
    let dates = accounts.iter().map(|subject| subject.birthdate.clone()).cycle();
    let unknown =
        unknown.iter().zip(dates).map(|(name, birthdate)| Subject { name: name.clone(), birthdate });
    let mut classes = vec![
        Class { label: "correct birthdate".to_owned(), subjects: accounts.to_vec() },
        Class { label: "wrong birthdate".to_owned(), subjects: wrong.collect() },
        Class { label: "unknown name".to_owned(), subjects: unknown.collect() },
    ];
    for (label, subject) in further {
        match classes.iter_mut().find(|class| class.label == label) {
            Some(class) => class.subjects.push(subject),
            None => classes.push(Class { label, subjects: vec![subject] }),
        }
    }
    classes.retain(|class| !class.subjects.is_empty());
    classes
}

/// The class of each sample. Every round contains each class once, in an order of its own, so that a change of load or of a
/// backend meets all classes alike. `random` gives a number below its argument.
pub fn interleaved(classes: usize, samples: usize, mut random: impl FnMut(usize) -> usize) -> Vec<usize> {
    let mut order = Vec::with_capacity(classes * samples);
    for _ in 0..samples {
        let mut round: Vec<usize> = (0..classes).collect();
        for last in (1..classes).rev() {
            round.swap(last, random(last + 1).min(last));
        }
        order.extend(round);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_read_and_the_wrong_birthdate_differs() {
        let subject = parse_subject("A.Janssen:1984-10-28").unwrap();
        assert!(parse_subject("A.Janssen").is_err() && parse_subject("A.Janssen:01-10-1984").is_err());
        let (label, disabled) = parse_labelled("disabled=C.Peters:1979-06-15").unwrap();
        let classes = classes(&[subject], &["N.Obody".to_owned()], [(label, disabled)]);
        let found: Vec<_> = classes
            .iter()
            .map(|class| (class.label.as_str(), class.subjects[0].birthdate.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("correct birthdate", "1984-10-28"),
                ("wrong birthdate", "1984-10-27"),
                ("unknown name", "1984-10-28"),
                ("disabled", "1979-06-15"),
            ]
        );
    }

    #[test]
    fn every_round_contains_each_class_once() {
        let mut number = 0;
        let order = interleaved(4, 25, |below| {
            number += 7;
            number % below
        });
        for round in order.chunks(4) {
            let mut round = round.to_vec();
            round.sort_unstable();
            assert_eq!(round, [0, 1, 2, 3]);
        }
        assert_ne!(order[..4], order[4..8]);
    }
}
