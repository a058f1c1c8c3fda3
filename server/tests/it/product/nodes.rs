//! Several nodes on one `PostgreSQL` database: a reset moves between them, survives the loss of each, and of the
//! database.

use super::world::{Browser, NEW_PASSWORD, Product, run_with, wait_for};
use end2end::storm::{Arrivals, Fault, Schedule, Storm};
use serde_json::json;
use server::adapters::sqlite::SqliteStore;
use server::ports::sessions::{SessionId, Sessions as _};
use server::ports::store::Store as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zeroize::Zeroizing;

/// The browser, whose next request goes to this node.
fn at_node(product: &Product, browser: &mut Browser, index: usize) {
    product.demo.nodes()[index].clone_into(&mut browser.origin);
}

async fn status(browser: &Browser, path: &str) -> u16 {
    let origin = &browser.origin;
    browser.client.get(format!("{origin}{path}")).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn postgres_reset_changes_nodes_at_every_step_and_survives_the_loss_of_each() {
    let mut product = Product::with_nodes(2).await;
    let mut browser = product.browser();
    let mut node = 0;
    for (step, call, field, value) in [
        ("birthdate", "identify", "username", Some("A.Janssen")),
        ("code", "birthdate", "birthdate", Some("1984-10-01")),
        ("password", "code", "code", None),
        ("done", "password", "password", Some(NEW_PASSWORD)),
    ] {
        let value = value.map_or_else(|| product.code("A.Janssen"), ToOwned::to_owned);
        at_node(&product, &mut browser, node);
        assert_eq!(browser.post(call, &json!({ field: value })).await.outcome(), step);
        product.demo.kill_node(node).await.unwrap();
        at_node(&product, &mut browser, 1 - node);
        assert_eq!(browser.current().await.outcome(), step, "on the other node");
        product.demo.restart_node(node).await.unwrap();
        node = 1 - node;
    }
    assert_eq!(browser.password("Een-Ander-Wachtwoord-9").await.outcome(), "done");
    assert_eq!(product.directory().writes(), 1);
    assert!(product.directory().has_password("A.Janssen", NEW_PASSWORD));
}

#[tokio::test]
async fn postgres_rolling_restart_fails_no_request_and_keeps_the_open_session() {
    let mut product = Product::with_nodes(2).await;
    let mut employee = product.browser();
    employee.reach_password(&product, "A.Janssen").await;
    let stop = Arc::new(AtomicBool::new(false));
    let clients = (0..4).map(|_| {
        let (mut browser, stop) = (product.browser(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut answers = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(browser.identify("G.Oezdemir").await.outcome(), "birthdate");
                assert_eq!(browser.current().await.outcome(), "birthdate");
                answers += 2;
            }
            answers
        })
    });
    let clients: Vec<_> = clients.collect();
    for node in 0..2 {
        product.demo.stop_node(node).await.unwrap();
        product.demo.restart_node(node).await.unwrap();
        // A proxy sends requests to it again before the next one stops.
        let mut browser = product.browser();
        at_node(&product, &mut browser, node);
        wait_for("the node is ready", async || (status(&browser, "/readyz").await == 200).then_some(()))
            .await;
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.await.expect("no request failed") > 0);
    }
    assert_eq!(employee.password(NEW_PASSWORD).await.outcome(), "done");
}

#[tokio::test]
async fn postgres_outage_is_unavailable_and_the_reset_goes_on_afterwards() {
    let mut product = Product::with_nodes(2).await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    product.demo.database.as_mut().unwrap().crash().unwrap();
    let code = product.code("A.Janssen");
    assert_eq!(browser.code(&code).await.outcome(), "unavailable");
    at_node(&product, &mut browser, 0);
    assert_eq!((status(&browser, "/healthz").await, status(&browser, "/readyz").await), (200, 503));
    product.demo.database.as_mut().unwrap().run().await.unwrap();
    wait_for("both nodes are ready", async || {
        let mut ready = true;
        for index in 0..2 {
            at_node(&product, &mut browser, index);
            ready &= status(&browser, "/readyz").await == 200;
        }
        ready.then_some(())
    })
    .await;
    browser.origin = product.demo.origin().to_owned();
    let outcome = browser.code(&code).await;
    assert_eq!(outcome.outcome(), "password", "{}", outcome.json);
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    assert!(product.directory().has_password("A.Janssen", NEW_PASSWORD));
}

#[tokio::test]
async fn postgres_node_with_another_key_does_not_start_and_other_settings_are_named() {
    let product = Product::with_nodes(2).await;
    let output = product.command(&["check", "--json"]).await;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&output.out).unwrap();
    let nodes: Vec<_> = rows.iter().filter(|row| row["part"] == "nodes").collect();
    assert_eq!(nodes.len(), 3, "the clock and two nodes: {nodes:?}");
    assert!(nodes.iter().all(|row| row["state"] == "good"), "{nodes:?}");

    let key = product.demo.folder.join("other-key");
    std::fs::write(&key, [7; 32]).unwrap();
    let settings = std::fs::read_to_string(product.demo.settings()).unwrap();
    let other = product.demo.folder.join("other.toml");
    let own_key = product.demo.folder.join("key").display().to_string();
    assert!(settings.contains(&own_key));
    std::fs::write(&other, settings.replace(&own_key, &key.display().to_string())).unwrap();
    let other = other.to_str().unwrap();
    let free = [("RESET__LISTEN", "127.0.0.1:0"), ("RESET__ADMIN_LISTEN", "")];
    let output = run_with(&["serve", "--settings", other], &product.demo.folder, &free).await;
    assert_eq!(output.code, 1);
    assert!(output.err.contains("store.key_files: node "), "{}", output.err);

    let differs = [("RESET__LIMITS__GLOBAL", "7/1m")];
    let settings = product.demo.settings();
    let arguments = ["check", "--json", "--settings", settings.to_str().unwrap()];
    let output = run_with(&arguments, &product.demo.folder, &differs).await;
    assert!(output.out.contains("has other values of limits.global"), "{}", output.out);
}

#[tokio::test]
async fn postgres_audit_log_is_one_for_all_nodes() {
    let mut product = Product::with_nodes(2).await;
    let mut references = Vec::new();
    for (node, code) in [(0, "000000"), (1, "000001")] {
        let mut browser = product.browser();
        at_node(&product, &mut browser, node);
        browser.reach_code("A.Janssen").await;
        let refused = browser.code(code).await;
        assert_eq!(refused.outcome(), "not_verified");
        references.push(refused.json["reference"].as_str().unwrap().to_owned());
    }
    let own_log = product.demo.audit_logs().remove(0);
    let audit = async |product: &Product, arguments: &[&str]| {
        let settings = product.demo.settings();
        let arguments = [&["audit"], arguments, &["--settings", settings.to_str().unwrap()]].concat();
        let own = [("RESET__AUDIT_FILE", own_log.to_str().unwrap())];
        run_with(&arguments, &product.demo.folder, &own).await
    };
    let shown = wait_for("the entry of the other node is copied", async || {
        let shown = audit(&product, &["show", &references[1].to_lowercase()]).await;
        (shown.code == 0).then_some(shown.out)
    })
    .await;
    assert!(shown.contains("wrong_code") && shown.contains(&references[1]), "{shown}");
    let verified = audit(&product, &["verify"]).await;
    assert_eq!(verified.code, 0, "{}", verified.err);
    assert!(verified.out.contains("unchanged, from 2 nodes"), "{}", verified.out);
    let exported = audit(&product, &["export"]).await;
    assert!(references.iter().all(|reference| exported.out.contains(reference)), "{}", exported.out);

    // The nodes copy the rest when they stop.
    product.demo.stop_node(0).await.unwrap();
    product.demo.stop_node(1).await.unwrap();
    let verified = audit(&product, &["verify"]).await;
    assert!(
        verified.code == 0 && !verified.out.contains("wait to be copied"),
        "{}{}",
        verified.out,
        verified.err
    );
    let pruned = audit(&product, &["prune", "--before", "2999-01-01T00:00:00Z"]).await;
    assert!(
        pruned.code == 0 && pruned.out.contains("lines removed, up to line "),
        "{}{}",
        pruned.out,
        pruned.err
    );
    let first = pruned.out.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(audit(&product, &["verify"]).await.code, 1, "without heads the removal shows");
    assert_eq!(audit(&product, &["verify", "--first-collected", &first]).await.code, 0, "{}", pruned.out);

    // Without the database only this node's entries are shown, and the command says so.
    product.demo.database.as_mut().unwrap().crash().unwrap();
    let shown = audit(&product, &["show", &references[0]]).await;
    assert!(shown.code == 1 && shown.out.contains(&references[0]), "{}", shown.out);
    assert!(shown.err.contains("only the entries of this node: store.url: "), "{}", shown.err);
}

#[tokio::test]
async fn postgres_installation_is_moved_by_a_command_while_no_service_runs() {
    let product = Product::with_nodes(2).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reset.db");
    let store = SqliteStore::open(&file).await.unwrap();
    let id = SessionId(Zeroizing::new([1; 32]));
    store.create(&id, b"sealed", jiff::Timestamp::MAX).await.unwrap();
    store.close().await;
    let from = format!("sqlite:{}", file.display());
    let url = product.demo.database.as_ref().unwrap().create_database().unwrap();
    let moved = product.command(&["store", "migrate", "--from", &from, "--to", &url]).await;
    assert_eq!(moved.code, 0, "{}", moved.err);
    assert!(moved.out.contains("visits: 1 rows copied and compared"), "{}", moved.out);
    // Not into a database that is in use, and not from a file that does not exist.
    let again = product.command(&["store", "migrate", "--from", &from]).await;
    assert!(again.code == 1 && again.err.contains("has rows: expected an empty database"), "{}", again.err);
    let absent = product.command(&["store", "migrate", "--from", "sqlite:/absent", "--to", &url]).await;
    assert!(absent.code == 1 && absent.err.contains("--from: /absent"), "{}", absent.err);
    for (option, value) in [("--from", "postgres://a@b/c"), ("--to", "sqlite:x")] {
        let pair = if option == "--from" { [value, &url] } else { [from.as_str(), value] };
        let output = product.command(&["store", "migrate", "--from", pair[0], "--to", pair[1]]).await;
        assert!(output.code == 2 && output.err.contains(&format!("{option}: expected ")), "{}", output.err);
    }
}

/// The seed is printed by the failure; `cargo chaos` runs the same with more employees and faults.
#[tokio::test]
async fn postgres_no_promise_is_wrong_and_no_audit_entry_is_lost_while_parts_fail() {
    const EMPLOYEES: u32 = 40;
    let mut product = Product::with_nodes_and_employees(2, EMPLOYEES).await;
    let faults = [Fault::NodeKilled(0), Fault::DirectoryLosesAnswers, Fault::DatabaseCrashed];
    let storm = Storm {
        employees: EMPLOYEES,
        first: 1,
        arrivals: Arrivals { rate: 8.0, seed: 16 },
        faults: Schedule::over(Duration::from_secs(4), &faults, Duration::from_secs(1)),
    };
    let report = storm.run(&mut product.demo).await.unwrap();
    assert!(report.is_good(), "{storm:?}\n{report}");
}

/// Disks and network of the database fail; the report of a failure has the cost of each.
#[tokio::test]
async fn postgres_no_promise_is_wrong_while_disks_are_full_or_read_only_and_the_network_is_silent() {
    const EMPLOYEES: u32 = 60;
    if !end2end::disk::is_possible() {
        end2end::machine::say("proves nothing: disks of their own need root and a loop device");
        return;
    }
    let mut product = Product::with_small_disks(2, EMPLOYEES).await;
    let full = Fault::NodeDiskFull(0);
    let faults = [full, Fault::DatabaseDiskFull, Fault::DatabaseReadOnly, Fault::DatabaseSilent];
    let storm = Storm {
        employees: EMPLOYEES,
        first: 1,
        arrivals: Arrivals { rate: 2.0, seed: 17 },
        faults: Schedule::over(Duration::from_secs(10), &faults, Duration::from_secs(3)),
    };
    let report = storm.run(&mut product.demo).await.unwrap();
    assert!(report.is_good(), "{storm:?}\n{report}");
    assert!(report.was_unready(full, 0) && !report.was_unready(full, 1), "{report}");
    for fault in [Fault::DatabaseReadOnly, Fault::DatabaseSilent] {
        assert!(report.was_unready(fault, 0) && report.was_unready(fault, 1), "{fault}\n{report}");
    }
}

#[tokio::test]
async fn no_promise_is_wrong_while_the_disk_of_the_embedded_store_is_full_or_read_only() {
    const EMPLOYEES: u32 = 30;
    if !end2end::disk::is_possible() {
        end2end::machine::say("proves nothing: a disk of its own needs root and a loop device");
        return;
    }
    let mut product = Product::with_small_disks(1, EMPLOYEES).await;
    let faults = [Fault::NodeDiskFull(0), Fault::NodeDiskReadOnly(0)];
    let storm = Storm {
        employees: EMPLOYEES,
        first: 1,
        arrivals: Arrivals { rate: 3.0, seed: 17 },
        faults: Schedule::over(Duration::from_secs(6), &faults, Duration::from_secs(2)),
    };
    let report = storm.run(&mut product.demo).await.unwrap();
    assert!(report.is_good(), "{storm:?}\n{report}");
    assert!(faults.iter().all(|fault| report.was_unready(*fault, 0)), "{report}");
    // Whichever file failed first.
    let (database, audit) = ("files/reset.db: ", "files/audit.jsonl: ");
    let log = product.log();
    for causes in [
        [(database, "disk is full"), (audit, "No space left on device")],
        [(database, "readonly database"), (database, "disk I/O error")],
    ] {
        let names_it =
            |line: &str| causes.iter().any(|(file, cause)| line.contains(file) && line.contains(cause));
        assert!(log.lines().any(names_it), "{causes:?}\n{log}");
    }
}

#[tokio::test]
async fn second_service_on_one_sqlite_file_does_not_start() {
    let product = Product::start().await;
    let settings = product.demo.settings();
    let free = [("RESET__LISTEN", "127.0.0.1:0"), ("RESET__ADMIN_LISTEN", "")];
    let arguments = ["serve", "--settings", settings.to_str().unwrap()];
    let output = run_with(&arguments, &product.demo.folder, &free).await;
    assert_eq!(output.code, 1);
    assert!(output.err.contains("another node serves from this file"), "{}", output.err);
}

#[tokio::test]
async fn postgres_check_changes_nothing_in_a_database_without_tables() {
    let product = Product::with_nodes(2).await;
    let database = product.demo.database.as_ref().unwrap();
    let url = database.create_database().unwrap();
    let settings = product.demo.settings();
    for arguments in [&["check"][..], &["check", "--local"]] {
        let arguments = [arguments, &["--json", "--settings", settings.to_str().unwrap()]].concat();
        let output = run_with(&arguments, &product.demo.folder, &[("RESET__STORE__URL", &url)]).await;
        assert_eq!(output.code, 0, "{output:?}");
        assert!(output.out.contains("migrations of its tables are missing"), "{}", output.out);
    }
    let name = url.rsplit('/').next().unwrap();
    let tables = "select count(*) from pg_class where relnamespace = 'public'::regnamespace";
    assert_eq!(database.execute(name, tables).unwrap(), "0");
}

#[tokio::test]
async fn postgres_environment_variables_of_its_clients_change_nothing() {
    let product = Product::with_nodes(2).await;
    let variables = [
        ("PGHOST", "192.0.2.1"),
        ("PGHOSTADDR", "192.0.2.1"),
        ("PGPORT", "1"),
        ("PGUSER", "postgres"),
        ("PGPASSWORD", "wrong"),
        ("PGDATABASE", "postgres"),
        ("PGSSLMODE", "disable"),
        ("PGSSLROOTCERT", "/absent"),
        ("PGSSLCERT", "/absent"),
        ("PGSSLKEY", "/absent"),
        ("PGOPTIONS", "-c search_path=absent -c default_transaction_read_only=on"),
    ];
    let settings = product.demo.settings();
    let arguments = ["check", "--local", "--settings", settings.to_str().unwrap()];
    let with = run_with(&arguments, &product.demo.folder, &variables).await;
    assert_eq!((with.code, with.err.as_str()), (0, ""), "{}", with.out);
    assert!(with.out.contains("can be written") && with.out.contains("6 registered"), "{}", with.out);
    // Also those that the settings have no value for.
    let without_password = [("RESET__STORE__PASSWORD_FILE", ""), ("PGPASSWORD", end2end::postgres::PASSWORD)];
    let refused = run_with(&arguments, &product.demo.folder, &without_password).await;
    assert!(refused.code == 1 && refused.err.contains("password authentication failed"), "{refused:?}");
}
