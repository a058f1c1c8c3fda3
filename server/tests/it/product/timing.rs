//! The command `timing` against a running service. It measures nothing here: a few samples on a busy machine only show that
//! it takes samples of every class and compares their answers.

use super::world::{Product, run};
use end2end::entrust::{Endpoint, Fault};
use std::path::Path;

const CLASSES: [&str; 4] = ["correct birthdate", "wrong birthdate", "unknown name", "disabled"];

fn arguments(url: &str) -> Vec<&str> {
    let mut arguments = vec!["timing", "--url", url, "--samples", "2", "--concurrency", "1"];
    arguments.extend(["--account", "A.Janssen:1984-10-01", "--account", "G.Oezdemir:1995-05-05"]);
    arguments.extend(["--disabled", "C.Peters:1979-06-15"]);
    arguments
}

#[tokio::test]
async fn timing_compares_the_answers_of_every_class_whatever_the_last_call_does() {
    let product = Product::start().await;
    for fault in [None, Some(Fault::Status(500))] {
        if let Some(fault) = fault {
            product.demo.entrust.set_fault(Endpoint::Complete, fault);
        }
        let before = product.demo.entrust.count(Endpoint::Complete);
        let output = run(&arguments(product.demo.origin()), Path::new("/")).await;
        for class in CLASSES {
            let row = output.out.lines().find(|line| line.starts_with(class));
            assert!(
                row.is_some_and(|row| row.contains(" 2 ") && row.ends_with("2 x 403")),
                "{}{}",
                output.out,
                output.err
            );
        }
        assert!(output.out.contains("cookies: the same in every class"), "{}{}", output.out, output.err);
        assert_eq!(product.demo.entrust.count(Endpoint::Complete), before + 2, "only for correct birthdates");
    }
}

#[tokio::test]
async fn timing_without_a_server_or_with_wrong_arguments_fails() {
    let output = run(&arguments("http://127.0.0.1:1"), Path::new("/")).await;
    assert_eq!(output.code, 1, "{}{}", output.out, output.err);
    assert!(output.err.contains("identify: no answer"), "{}{}", output.out, output.err);
    let output =
        run(&["timing", "--url", "http://example.org", "--account", "A:1984-10-01"], Path::new("/")).await;
    assert_eq!(output.code, 2, "{}{}", output.out, output.err);
    let output = run(&["timing", "--url", "http://127.0.0.1:1", "--account", "A"], Path::new("/")).await;
    assert_eq!(output.code, 2, "{}{}", output.out, output.err);
}
