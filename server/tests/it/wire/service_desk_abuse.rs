//! Pages of other sites against the page and the API of the service desk: forged requests and frames.

use super::client::{Client, HTTPS, SERVICE_DESK_CALLS, TestApi, json_field, settings};
use crate::reset::world::CURRENT_PASSWORD;
use serde_json::json;
use server::ports::directory::AccountId;
use server::ports::frozen_accounts::FrozenAccounts as _;

const AGENT: &str = "D.Dekker";
const CALLER: &str = "A.Janssen";
const GROUP: &str = "CN=Servicedesk,OU=Groups,DC=fake";

/// The API with a service desk, and an agent who is signed in.
async fn signed_in() -> (TestApi, Client) {
    let desk = format!("[service_desk]\nallowed_networks = [\"10.0.0.0/8\"]\ngroups = [\"{GROUP}\"]\n");
    let api = TestApi::with(settings(HTTPS, "trusted_proxies = [\"203.0.113.9/32\"]", &desk)).await;
    api.world.add_registered(AGENT, "Desk Agent").await;
    api.world.otp_provider.add(AGENT);
    api.world.directory.edit(AGENT, |member| member.groups = vec![GROUP.to_owned()]);
    let mut agent = api.client().at_address("10.0.0.9");
    let credentials = json!({ "username": AGENT, "password": CURRENT_PASSWORD }).to_string();
    let answer = agent.post("/api/servicedesk/sign_in", credentials).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = agent.post("/api/servicedesk/code", json_field("code", &api.world.code_of(AGENT))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    // Neither sent to other sites nor read by a script, and only over https to this host.
    let cookie = answer.cookie_line().unwrap();
    assert!(cookie.starts_with("__Host-servicedesk="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
        assert!(cookie.split("; ").any(|found| found == attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    (api, agent)
}

/// The call code of the caller, from the wizard.
async fn call_code(api: &TestApi) -> String {
    let mut caller = api.client();
    caller.post("/api/reset/identify", json!({ "username": CALLER, "purpose": "call" }).to_string()).await;
    caller.birthdate(crate::reset::world::BIRTHDATE).await;
    let answer = caller.code(&api.world.code_of(CALLER)).await;
    answer.json()["call_code"].as_str().unwrap().to_owned()
}

fn account(api: &TestApi) -> AccountId {
    api.world.directory.member(CALLER).unwrap().account.id
}

#[tokio::test]
async fn d17_request_of_another_site_with_the_cookie_of_an_agent_is_refused_and_changes_nothing() {
    let (api, mut agent) = signed_in().await;
    let code = call_code(&api).await;
    let forgeries = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example.org"),
        ("origin", "null"),
    ];
    for (header, value) in forgeries {
        for (method, path, body) in SERVICE_DESK_CALLS {
            if method == "GET" {
                continue;
            }
            let body =
                if path.ends_with("/caller") { json_field("call_code", &code) } else { body.to_owned() };
            let mut forged = agent.clone().with_header(header, value);
            let answer = forged.post(path, body).await;
            assert_eq!((answer.status, answer.text()), (403, r#"{"refusal":"foreign"}"#), "{path} {value}");
            assert_eq!(answer.cookie_line(), None, "{path} {value}");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{path} {value}");
        }
    }
    // A form of another site cannot send JSON, also where a browser sends neither of the headers.
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
        let request = axum::http::Request::post("/api/servicedesk/caller").header("content-type", kind);
        let body = axum::body::Body::from(json_field("call_code", &code));
        let answer = agent.clone().send(request.body(body).unwrap()).await;
        assert_eq!(answer.status, 415, "{kind}: {}", answer.text());
    }
    // No action by a link: a GET of a call that changes something is refused.
    for (method, path, _) in SERVICE_DESK_CALLS {
        if method == "POST" {
            assert_eq!(agent.clone().get(path).await.status, 405, "{path}");
        }
    }
    // The session is open, the call code unused, and no account was frozen.
    let shown = agent.post("/api/servicedesk/caller", json_field("call_code", &code)).await;
    assert_eq!(shown.json()["caller"]["username"], CALLER, "{}", shown.text());
    assert!(api.world.store.find_freeze(account(&api)).await.unwrap().is_none());
}

#[tokio::test]
async fn d18_no_answer_of_the_service_desk_can_be_framed() {
    let (_, mut agent) = signed_in().await;
    let mut answers = Vec::new();
    for path in ["/servicedesk", "/servicedesk?language=en"] {
        let page = agent.get(path).await;
        assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")), "{path}");
        answers.push((path, page));
    }
    for (method, path, body) in SERVICE_DESK_CALLS {
        let answer = if method == "GET" { agent.get(path).await } else { agent.post(path, body).await };
        answers.push((path, answer));
    }
    for (path, answer) in answers {
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        let directives: Vec<_> = policy.split(';').map(str::trim).collect();
        for directive in
            ["frame-ancestors 'none'", "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'"]
        {
            assert!(directives.contains(&directive), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
    }
}
