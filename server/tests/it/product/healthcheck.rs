//! The command `healthcheck`, over http and https, and `check --local` during an outage.

use super::world::{Product, wait_for};
use server::version;

#[tokio::test]
async fn healthcheck_succeeds_while_the_service_answers() {
    let mut product = Product::start().await;
    let answer = product.command(&["healthcheck"]).await;
    assert_eq!((answer.code, answer.out.as_str()), (0, "ok\n"), "{}", answer.err);
    let answer = product.command(&["healthcheck", "--ready"]).await;
    assert_eq!((answer.code, answer.out.as_str()), (0, "ready\n"), "{}", answer.err);
    product.demo.kill().await.unwrap();
    let answer = product.command(&["healthcheck"]).await;
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    assert!(answer.err.contains("no answer of http://127.0.0.1:"), "{}", answer.err);
}

#[tokio::test]
async fn healthcheck_accepts_the_certificate_of_another_name_and_reads_no_secret() {
    let product = Product::with(true, None).await;
    for entry in std::fs::read_dir(&product.demo.folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "key") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let answer = product.command(&["healthcheck"]).await;
    assert_eq!((answer.code, answer.out.as_str()), (0, "ok\n"), "{}", answer.err);
}

#[tokio::test]
async fn local_check_passes_while_directory_and_entrust_are_down() {
    let mut product = Product::start().await;
    product.directory().stop().await;
    let whole = wait_for("the directory is down", async || {
        let output = product.command(&["check"]).await;
        (output.code == 1).then_some(output)
    })
    .await;
    assert!(whole.out.lines().any(|line| line.starts_with("BAD      directory")), "{}", whole.out);
    let local = product.command(&["check", "--local"]).await;
    assert_eq!(local.code, 0, "{}{}", local.out, local.err);
    for part in ["store", "audit trail", "settings"] {
        assert!(
            local.out.lines().any(|line| line.starts_with(&format!("good     {part} "))),
            "{}",
            local.out
        );
    }
    for part in ["directory", "entrust", "mail"] {
        assert!(!local.out.lines().any(|line| line[9..].starts_with(&format!("{part} "))), "{}", local.out);
    }
    let audit_file = product.demo.folder.join("audit.jsonl");
    std::fs::remove_file(&audit_file).unwrap();
    std::fs::create_dir(&audit_file).unwrap();
    product.demo.kill().await.unwrap();
    assert_eq!(product.command(&["check", "--local"]).await.code, 1);
}

#[tokio::test]
async fn version_names_the_commit() {
    let output = super::world::run(&["--version"], std::path::Path::new(".")).await;
    assert_eq!(output.out, format!("wachtwoord-reset {} (commit {})\n", version::VERSION, version::COMMIT));
}
