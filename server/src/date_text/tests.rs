//! Tests of the notations of dates.

use super::*;
use jiff::civil::date;

fn read(text: &str, order: DateOrder) -> Option<Date> {
    DateText::parse(text).ok()?.read(order)
}

#[test]
fn date_has_the_same_value_in_every_notation() {
    for text in [
        "1984-10-01",
        "01-10-1984",
        "1/10/1984",
        "1.10.1984",
        "19841001",
        "01101984",
        "1 okt 1984",
        "1 okt. 1984",
        "1-OCT-1984",
        "October 1, 1984",
        "1984 oktober 1",
        "1984/10/1",
        " 1984-10-01 ",
        "\u{200e}01\u{200e}-10-1984\u{200f}",
        "01\u{2011}10\u{2011}1984",
        "01-10-1984 00:00",
        "1-10-1984 0:00:00",
        "01/10/1984 12:00:00 AM",
        "1984-10-01T00:00:00",
        "1984-10-01T00:00:00Z",
        "1984-10-01T00:00:00.000+01:00",
        "1984-10-01 00:00:00.0",
        "19841001000000.0Z",
        "19841001000000Z",
        "1984100100Z",
        "19841001T000000Z",
        "1 okt 1984 00:00",
    ] {
        assert_eq!(read(text, DateOrder::DayFirst), Some(date(1984, 10, 1)), "{text}");
    }
}

#[test]
fn eight_digits_have_one_place_for_the_year() {
    for (text, expected) in [
        ("20121912", date(1912, 12, 20)),
        ("19121220", date(1912, 12, 20)),
        ("19011901", date(1901, 1, 19)),
        ("20012001", date(2001, 1, 20)),
        ("17530101", date(1753, 1, 1)),
        ("99991231", date(9999, 12, 31)),
    ] {
        assert_eq!(read(text, DateOrder::DayFirst), Some(expected), "{text}");
    }
}

#[test]
fn text_that_is_no_date_is_refused() {
    for text in [
        "",
        "onbekend",
        "30715",
        "1-2-84",
        "840110",
        "31-02-1984",
        "1984-02-30",
        "00-10-1984",
        "1984-00-10",
        "13-13-1984",
        "1984-13-13",
        "32-1-1984",
        "001-10-1984",
        "+1-10-1984",
        "1e3-1-1984",
        "=TODAY()",
        "1 ma 1984",
        "okt okt 1984",
        "1984",
        "1984-10",
        "1-10-1984-2",
        "0-0-0000",
        "01-10-0000",
        "١-١-١٩٨٤",
        "01-10-1984 00:00 uur",
        "1984-10-01T",
        "1984-10-01 25:00",
        "198410010000001",
        "/Date(465436800000)/",
    ] {
        assert_eq!(DateText::parse(text), Err(DateTextError::NotADate), "{text}");
    }
}

#[test]
fn time_other_than_midnight_is_refused_as_such() {
    for text in [
        "31-12-2001 22:00",
        "1996-07-03T22:00:00Z",
        "1996-07-03T23:00:00.000Z",
        "19960703220000.0Z",
        "1996070322Z",
        "7/3/1996 10:00:00 PM",
        "1996-07-04 00:00:01",
        "04-07-1996 12:00",
    ] {
        assert_eq!(DateText::parse(text), Err(DateTextError::TimeOfDay), "{text}");
    }
}

#[test]
fn order_of_day_and_month_is_kept_open() {
    for (text, usual, exchanged) in [
        ("31-12-2001", Some(date(2001, 12, 31)), None),
        ("12/31/2001", None, Some(date(2001, 12, 31))),
        ("04-05-1984", Some(date(1984, 5, 4)), Some(date(1984, 4, 5))),
        ("05-05-1984", Some(date(1984, 5, 5)), Some(date(1984, 5, 5))),
        ("1984-31-12", None, Some(date(1984, 12, 31))),
        ("1984-05-04", Some(date(1984, 5, 4)), Some(date(1984, 4, 5))),
        ("12312001", None, Some(date(2001, 12, 31))),
        ("30-02-1984", None, None),
    ] {
        let parsed = DateText::parse(text).ok();
        assert_eq!(parsed.and_then(|date| date.usual), usual, "{text}");
        assert_eq!(parsed.and_then(|date| date.exchanged), exchanged, "{text}");
    }
    for (order, text, expected) in [
        (DateOrder::DayFirst, "04-05-1984", Some(date(1984, 5, 4))),
        (DateOrder::MonthFirst, "04-05-1984", Some(date(1984, 4, 5))),
        (DateOrder::Iso, "04-05-1984", None),
        (DateOrder::Iso, "05-05-1984", None),
        (DateOrder::Iso, "4 mei 1984", None),
        (DateOrder::Iso, "1984-05-04", Some(date(1984, 5, 4))),
        (DateOrder::Iso, "19840504", Some(date(1984, 5, 4))),
        (DateOrder::MonthFirst, "1984-05-04", Some(date(1984, 5, 4))),
        (DateOrder::MonthFirst, "31-12-1984", None),
        (DateOrder::DayFirst, "12-31-1984", None),
        (DateOrder::DayFirst, "1984-31-12", None),
    ] {
        assert_eq!(read(text, order), expected, "{text} {order:?}");
    }
}

#[test]
fn attribute_is_a_plausible_birthdate_or_nothing() {
    let today = Birthdate::new(2026, 11, 27).unwrap();
    let parse = |text| parse_attribute(text, &today);
    for text in
        ["1984-10-01", "01-10-1984", "19841001", " 19841001 ", "19841001000000.0Z", "1984-10-01T00:00:00Z"]
    {
        assert_eq!(parse(text), Birthdate::new(1984, 10, 1).ok(), "{text}");
    }
    for text in [
        "",
        "onbekend",
        "19841301",
        "1900-01-01",
        "17530101",
        "9999-12-31",
        "2026-11-28",
        "2014-01-01",
        "1925-11-27",
        "19841001220000.0Z",
        "12-31-1984",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}
