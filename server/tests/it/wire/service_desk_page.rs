//! The page of the service desk outside its networks: every answer is that of an unknown path.

use super::client::{SERVICE_DESK_CALLS, TestApi};

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
        // Neither does a misspelled address show that there is such a page.
        for path in ["/ServiceDesk", "/servicedesk/", "//servicedesk"] {
            assert_eq!(client.request("GET", path).await.status, 404, "{path}");
        }
    }
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
