//! The service desk with the real binary: an agent signs in, a caller is proven, and the audit log has it all.

use super::world::{Browser, Product, run, wait_for};
use end2end::demo::service_desk_settings;
use end2end::people::FIRST_PASSWORD;
use serde_json::{Value, json};

async fn desk() -> Product {
    Product::with_settings(false, None, &service_desk_settings()).await
}

async fn sign_in(product: &Product, agent: &mut Browser, name: &str) {
    let credentials = json!({ "username": name, "password": FIRST_PASSWORD });
    assert_eq!(agent.post_service_desk("sign_in", &credentials).await.json["step"], "code");
    let code = json!({ "code": product.code(name) });
    assert_eq!(agent.post_service_desk("code", &code).await.json["step"], "desk");
}

#[tokio::test]
async fn caller_is_proven_unlocked_and_found_in_the_audit_log() {
    let product = desk().await;
    let mut agent = product.browser();
    // Through a nested group.
    sign_in(&product, &mut agent, "F.Vermeulen").await;
    let mut caller = product.browser();
    let purpose = json!({ "username": "B.Smits", "purpose": "call" });
    assert_eq!(caller.post("identify", &purpose).await.outcome(), "birthdate");
    caller.birthdate("1992-02-29").await;
    let call = caller.code(&product.code("B.Smits")).await;
    assert_eq!(call.outcome(), "call", "{}", call.json);
    let shown = agent.post_service_desk("caller", &json!({ "call_code": call.json["call_code"] })).await;
    assert_eq!(
        (&shown.json["caller"]["name"], &shown.json["caller"]["locked"]),
        (&json!("Bram Smits"), &json!(true))
    );
    let shown = agent.post_service_desk("act", &json!({ "action": "unlock" })).await;
    assert_eq!(
        (&shown.json["caller"]["done"], &shown.json["caller"]["locked"]),
        (&json!("unlock"), &json!(false))
    );
    // The index beside the audit log follows it.
    let what = wait_for("the events of the caller", async || {
        let shown = agent.current_service_desk().await;
        let events = shown.json["caller"]["events"].as_array().cloned().unwrap_or_default();
        let what: Vec<_> = events.iter().map(|event| event["what"].as_str().unwrap().to_owned()).collect();
        what.contains(&"desk_acted".to_owned()).then_some(what)
    })
    .await;
    for expected in ["started", "call_code", "caller_verified"] {
        assert!(what.contains(&expected.to_owned()), "{what:?}");
    }
}

/// The names of the events that a command printed.
fn events(printed: &str) -> Vec<String> {
    let entries = printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    entries.map(|entry| entry["event"]["event"].as_str().unwrap().to_owned()).collect()
}

async fn help_a_caller(product: &Product, agent: &mut Browser) {
    assert_eq!(agent.post_service_desk("caller", &json!({ "call_code": "AAAAAA" })).await.status, 403);
    let mut caller = product.browser();
    let purpose = json!({ "username": "B.Smits", "purpose": "call" });
    assert_eq!(caller.post("identify", &purpose).await.outcome(), "birthdate");
    caller.birthdate("1992-02-29").await;
    let call = caller.code(&product.code("B.Smits")).await;
    let shown = agent.post_service_desk("caller", &json!({ "call_code": call.json["call_code"] })).await;
    assert_eq!(shown.json["caller"]["name"], "Bram Smits");
    assert_eq!(agent.post_service_desk("act", &json!({ "action": "freeze" })).await.status, 200);
    assert_eq!(agent.post_service_desk("trail", &json!({ "reference": "K7Q2-9F4M" })).await.status, 200);
}

#[tokio::test]
async fn day_of_an_agent_is_read_with_one_command() {
    day_of_an_agent(&desk().await).await;
}

#[tokio::test]
async fn day_of_an_agent_is_read_from_the_log_of_all_nodes() {
    let product = Product::with_nodes_and_settings(2, &service_desk_settings()).await;
    day_of_an_agent(&product).await;
}

async fn day_of_an_agent(product: &Product) {
    let mut agent = product.browser();
    let refused = json!({ "username": "F.Vermeulen", "password": "not the password" });
    assert_eq!(agent.post_service_desk("sign_in", &refused).await.status, 403);
    sign_in(product, &mut agent, "F.Vermeulen").await;
    help_a_caller(product, &mut agent).await;
    let mut other = product.browser();
    sign_in(product, &mut other, "G.Oezdemir").await;
    let expected = [
        "not_verified",
        "desk_signed_in",
        "call_code_refused",
        "caller_verified",
        "desk_acted",
        "desk_looked_up",
    ];
    // The file of another node is not here: its entries arrive in the log of all nodes, those of each node at another time.
    let day = wait_for("the entries of the agent", async || {
        let day =
            product.command(&["audit", "show", "--agent", "F.Vermeulen", "--since", "2026-01-01"]).await;
        let day = events(&day.out);
        (day.len() >= expected.len()).then_some(day)
    })
    .await;
    assert_eq!(day, expected);
    let earlier =
        ["audit", "show", "--agent", "F.Vermeulen", "--since", "2026-01-01", "--until", "2026-01-02"];
    let earlier = product.command(&earlier).await;
    assert!(earlier.code == 1 && earlier.err.contains("no line has this agent"), "{earlier:?}");
    // With the log of all nodes, what a compressed file of this node has is there too.
    let is_single = product.demo.folder.join("audit.jsonl.index").exists();
    let compressed = product.demo.folder.join("audit.jsonl.1.gz");
    std::fs::write(&compressed, "").unwrap();
    let since = ["audit", "show", "--agent", "F.Vermeulen", "--since", "2026-01-02"];
    let incomplete = product.command(&since).await;
    assert!(!incomplete.out.is_empty() && incomplete.err.contains("compressed, not read"), "{incomplete:?}");
    assert_eq!(incomplete.code, i32::from(is_single), "{incomplete:?}");
    let file = std::fs::File::options().write(true).open(&compressed).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    let complete = product.command(&since).await;
    assert_eq!((complete.code, complete.err.as_str()), (0, ""), "older than the day: {complete:?}");
    for wrong in [vec!["--agent", "X.Onbekend"], vec![], vec!["K7Q2-9F4M", "--since", "2026-01-01"]] {
        let failed = product.command(&[&["audit", "show"], wrong.as_slice()].concat()).await;
        assert!(failed.code != 0 && failed.out.is_empty(), "{wrong:?}: {failed:?}");
    }
}

#[tokio::test]
async fn operator_lists_and_ends_the_sessions_of_an_agent_while_the_service_runs() {
    let product = desk().await;
    let none = product.command(&["desk", "list"]).await;
    assert!(none.code == 0 && none.out.contains("no session is open"), "{none:?}");
    let (mut agent, mut lead) = (product.browser(), product.browser());
    sign_in(&product, &mut agent, "F.Vermeulen").await;
    sign_in(&product, &mut lead, "G.Oezdemir").await;
    help_a_caller(&product, &mut agent).await;
    // A session of the wizard is none of the desk.
    product.browser().reach_code("A.Janssen").await;
    let listed = product.command(&["desk", "list"]).await;
    let lines: Vec<_> = listed.out.lines().collect();
    assert_eq!((listed.code, lines.len()), (0, 3), "{listed:?}");
    assert!(
        lines[1].starts_with("F.Vermeulen  agent") && lines[1].ends_with("127.0.0.0/24  yes     open"),
        "{listed:?}"
    );
    assert!(
        lines[2].starts_with("G.Oezdemir   lead") && lines[2].ends_with("127.0.0.0/24  no      open"),
        "{listed:?}"
    );
    assert!(!listed.out.contains("Smits"), "{listed:?}");
    // A wrong key file: there are sessions, but they cannot be read.
    let settings = std::fs::read_to_string(product.demo.settings()).unwrap();
    let key = settings.lines().find(|line| line.starts_with("key_files")).unwrap();
    std::fs::write(product.demo.folder.join("wrong_key"), [9; 32]).unwrap();
    let wrong = product.demo.folder.join("wrong.toml");
    std::fs::write(&wrong, settings.replace(key, "key_files = [\"wrong_key\"]")).unwrap();
    let wrong = wrong.to_str().unwrap();
    let unread = run(&["desk", "list", "--settings", wrong], &product.demo.folder).await;
    assert_eq!((unread.code, unread.out.as_str()), (1, ""), "{unread:?}");
    assert!(unread.err.contains("with a key that is not among store.key_files"), "{unread:?}");

    let revoked = product.command(&["desk", "revoke", "F.Vermeulen"]).await;
    assert!(revoked.code == 0 && revoked.out.contains("sessions ended: 1"), "{revoked:?}");
    assert!(revoked.out.contains("this does not prevent a new sign-in: `freeze` does"), "{revoked:?}");
    let none = product.command(&["desk", "revoke", "A.Janssen"]).await;
    let expected = "no session and no start code of this account was found";
    assert!(none.code == 0 && none.out.starts_with(expected) && none.err.is_empty(), "{none:?}");
    let none = product.command(&["desk", "revoke", "--id", "7d3f1c2e-5a4b-4c6d-8e9f-0a1b2c3d4e5f"]).await;
    assert!(
        none.code == 0 && none.err.contains("no account of the directory has the objectGUID"),
        "{none:?}"
    );
    assert_eq!(agent.current_service_desk().await.json["step"], "sign_in");
    assert_eq!(lead.current_service_desk().await.json["step"], "desk");
    let entry = product.audit_log().into_iter().find(|line| line["event"]["event"] == "desk_revoked");
    let entry = entry.unwrap();
    assert_eq!(entry["network"], "desk");
    let exported = product.command(&["person", "export", "F.Vermeulen"]).await;
    let exported: Value = serde_json::from_str(&exported.out).unwrap();
    assert_eq!(exported["audit_subject"], entry["subject"]);

    // A freeze ends the session of an agent too, and prevents a sign-in until it is lifted.
    sign_in(&product, &mut agent, "F.Vermeulen").await;
    let frozen = product.command(&["freeze", "F.Vermeulen"]).await;
    assert!(frozen.code == 0 && !frozen.err.contains("note:"), "{frozen:?}");
    let listed = product.command(&["desk", "list"]).await;
    assert!(listed.out.contains("no      ended: frozen\n"), "{listed:?}");
    let revoked = product.command(&["desk", "revoke", "F.Vermeulen"]).await;
    let expected = "sessions ended: 1, start codes withdrawn: 0\nthe account is frozen: it cannot sign in until `unfreeze`\n";
    assert_eq!(revoked.out, expected, "{revoked:?}");
    assert_eq!(agent.current_service_desk().await.json["step"], "sign_in");
    let credentials = json!({ "username": "F.Vermeulen", "password": FIRST_PASSWORD });
    assert_eq!(agent.post_service_desk("sign_in", &credentials).await.status, 403);
    assert_eq!(product.command(&["unfreeze", "F.Vermeulen"]).await.code, 0);
    sign_in(&product, &mut agent, "F.Vermeulen").await;
    let unknown = product.command(&["desk", "revoke", "X.Onbekend"]).await;
    assert!(unknown.code == 1 && unknown.err.contains("no account has this user name"), "{unknown:?}");
}

#[tokio::test]
async fn reference_of_a_refused_reset_is_found_after_the_index_was_deleted() {
    let mut product = desk().await;
    let mut employee = product.browser();
    employee.reach_code("A.Janssen").await;
    let refused = employee.code("000000").await;
    let reference = refused.json["reference"].as_str().unwrap().to_owned();
    product.demo.kill().await.unwrap();
    for suffix in ["index", "index-wal", "index-shm"] {
        drop(std::fs::remove_file(product.demo.folder.join(format!("audit.jsonl.{suffix}"))));
    }
    product.demo.restart().await.unwrap();
    let mut agent = product.browser();
    sign_in(&product, &mut agent, "G.Oezdemir").await;
    let look_up = json!({ "reference": reference.to_lowercase() });
    let why = wait_for("the event of the reference", async || {
        let shown = agent.post_service_desk("trail", &look_up).await;
        shown.json["trail"]["events"][0]["why"].as_str().map(ToOwned::to_owned)
    })
    .await;
    assert_eq!(why, "wrong_details");
}

#[tokio::test]
async fn service_desk_that_is_off_answers_like_an_unknown_path() {
    let product = Product::start().await;
    let mut browser = product.browser();
    let refused = browser.post_service_desk("sign_in", &json!({ "username": "a", "password": "b" })).await;
    let unknown = browser.post_service_desk("unknown", &json!({})).await;
    assert_eq!((refused.status, &refused.json), (404, &unknown.json));
    assert_eq!(
        browser.post("identify", &json!({ "username": "A.Janssen", "purpose": "call" })).await.outcome(),
        "invalid"
    );
}

#[tokio::test]
async fn overview_of_today_counts_a_reset_and_its_download_is_in_the_audit_log() {
    let product = desk().await;
    let mut employee = product.browser();
    employee.reach_code("A.Janssen").await;
    assert_eq!(employee.code("000000").await.outcome(), "not_verified");
    let mut agent = product.browser();
    sign_in(&product, &mut agent, "G.Oezdemir").await;
    // The index beside the audit log follows it, and the numbers are counted again after ten seconds.
    let page = wait_for("the refusal in the numbers", async || {
        let page = agent.get_service_desk("/servicedesk/vandaag?language=nl").await;
        page.contains("Geboortedatum of code klopt niet").then_some(page)
    })
    .await;
    assert_eq!(page.matches("class=\"plot\"").count(), 3, "{page}");
    let file = agent.get_service_desk("/servicedesk/vandaag.csv").await;
    assert!(file.contains(";wrong_details;1\r\n"), "{file}");
    let exported = product.command(&["audit", "export"]).await;
    assert!(exported.out.contains("desk_exported"), "{}", exported.out);
    for name in ["Janssen", "Oezdemir"] {
        assert!(!file.contains(name) && !page.contains(name), "{name}");
    }
}

#[tokio::test]
async fn group_that_does_not_exist_is_found_by_check_and_lets_no_agent_in() {
    let settings = service_desk_settings();
    let lead_group = end2end::directory::content::LEADS;
    let misspelt = lead_group.replacen("CN=", "CN=x", 1);
    let product = Product::with_settings(false, None, &settings.replace(lead_group, &misspelt)).await;
    let table = product.command(&["check"]).await;
    assert_eq!(table.code, 1, "{}", table.out);
    let row = table.out.lines().find(|line| line.starts_with("BAD ")).unwrap();
    assert!(row.contains("service_desk.lead_groups") && row.contains(&misspelt), "{row}");
    let good = table.out.lines().find(|line| line.contains("service_desk.groups")).unwrap();
    assert!(good.starts_with("good "), "{good}");
    let mut agent = product.browser();
    let credentials = json!({ "username": "F.Vermeulen", "password": FIRST_PASSWORD });
    let refused = agent.post_service_desk("sign_in", &credentials).await;
    assert_eq!((refused.status, &refused.json["refusal"]), (503, &json!("unavailable")), "{}", refused.json);
    // Resets do not depend on it.
    let mut employee = product.browser();
    employee.reach_password(&product, "A.Janssen").await;
}
