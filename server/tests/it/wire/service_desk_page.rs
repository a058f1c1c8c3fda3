//! The page of the service desk outside its networks: every answer is that of an unknown path.

use super::client::{HTTPS, SERVICE_DESK_CALLS, TestApi, json_field, settings};
use crate::reset::world::CURRENT_PASSWORD;

/// The numbers of today, as page and as file.
const TODAY: [&str; 2] = ["/servicedesk/vandaag", "/servicedesk/vandaag.csv"];
const AGENTS: &str = "CN=Servicedesk,OU=Groups,DC=fake";

#[tokio::test]
async fn service_desk_page_is_an_unknown_path_outside_its_networks() {
    let api = TestApi::new().await;
    for (peer, header) in [
        ("192.0.2.1", None),
        ("127.0.0.1", None),
        ("127.0.0.1", Some("10.1.2.3")),
        ("192.0.2.1", Some("rubbish")),
    ] {
        let mut client = api.client().at_address(peer);
        client.extra_headers =
            header.map(|value| ("x-forwarded-for".parse().unwrap(), value.to_owned())).into_iter().collect();
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
            for query in ["", "?language=en", "?language=xx"] {
                let page = client.request(method, &format!("/servicedesk{query}")).await.masked();
                let unknown = client.request(method, &format!("/nergens{query}")).await.masked();
                assert_eq!(page.status, 404, "{method} {query}");
                assert_eq!((page.status, page.text()), (unknown.status, unknown.text()), "{method} {query}");
                assert_eq!(page.headers, unknown.headers, "{method} {query}");
            }
        }
        for path in TODAY {
            for method in ["GET", "HEAD", "POST", "OPTIONS"] {
                let part = client.request(method, path).await.masked();
                let unknown = client.request(method, "/nergens").await.masked();
                assert_eq!((part.status, part.text()), (404, unknown.text()), "{method} {path}");
                assert_eq!(part.headers, unknown.headers, "{method} {path}");
            }
        }
        // Neither does a misspelled address show that there is such a page.
        for path in ["/ServiceDesk", "/servicedesk/", "//servicedesk"] {
            assert_eq!(client.request("GET", path).await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn floods_outside_the_networks_do_not_show_the_numbers_of_today() {
    let api = TestApi::with(settings(HTTPS, "", "[limits]\nflood_per_address = \"3/1m\"\n")).await;
    let mut client = api.client();
    for _ in 0..9 {
        for path in TODAY {
            assert_eq!(client.get(path).await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn numbers_of_today_need_the_session_of_an_agent() {
    let desk = format!("[service_desk]\nallowed_networks = [\"10.0.0.0/8\"]\ngroups = [\"{AGENTS}\"]\n");
    let api = TestApi::with(settings(HTTPS, "trusted_proxies = [\"203.0.113.9/32\"]", &desk)).await;
    api.world.add_registered("D.Dekker", "Desk Agent").await;
    api.world.otp_provider.add("D.Dekker");
    api.world.directory.edit("D.Dekker", |member| member.groups = vec![AGENTS.to_owned()]);
    let mut client = api.client().at_address("10.1.2.3");
    for path in TODAY {
        let refused = client.get(path).await;
        assert_eq!((refused.status, refused.header("location")), (303, Some("/servicedesk")), "{path}");
        assert_eq!(refused.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(client.request("POST", path).await.status, 405, "{path}");
        assert_eq!(client.request("HEAD", path).await.status, 405, "{path}");
    }

    let credentials = format!(r#"{{"username":"D.Dekker","password":"{CURRENT_PASSWORD}"}}"#);
    assert_eq!(client.post("/api/servicedesk/sign_in", credentials).await.status, 200);
    let code = json_field("code", &api.world.code_of("D.Dekker"));
    assert_eq!(client.post("/api/servicedesk/code", code).await.status, 200);
    let page = client.get("/servicedesk/vandaag?language=en").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(
        page.text().contains("<html lang=\"en\"") && page.text().contains("Today in numbers"),
        "{}",
        page.text()
    );
    // The index of the audit log is not part of this fixture.
    assert!(page.text().contains("The numbers of today are not available now."), "{}", page.text());
    let file = client.get("/servicedesk/vandaag.csv").await;
    assert_eq!((file.status, file.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    let name = file.header("content-disposition").unwrap_or_default();
    let day =
        name.strip_prefix("attachment; filename=\"servicedesk-").and_then(|day| day.strip_suffix(".csv\""));
    assert!(day.is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok()), "{name}");
    for answer in [page, file] {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
    }
    // The session is bound to the network.
    let mut elsewhere = client.clone().at_address("10.9.9.9");
    assert_eq!(elsewhere.get("/servicedesk/vandaag.csv").await.status, 303);
}

#[tokio::test]
async fn service_desk_calls_are_unknown_calls_outside_its_networks() {
    let api = TestApi::new().await;
    for (method, path, body) in SERVICE_DESK_CALLS {
        let mut client = api.client().at_address("192.0.2.1");
        let call = |path: &str| (method == "POST").then(|| path.to_owned());
        let (answer, unknown) = match call(path) {
            Some(path) => (client.post(&path, body).await, client.post("/api/nergens", body).await),
            None => (client.request("GET", path).await, client.request("GET", "/api/nergens").await),
        };
        assert_eq!((answer.status, answer.text()), (404, unknown.text()), "{path}");
    }
}
