//! The pages and static files: status, caching, compression, language and embedded data.

use super::client::{HTTPS, TestApi, settings};
use axum::http::header;
use server::http::static_files::{FILES, find};
use server::reset::ServiceDeps;
use std::io::Read as _;

#[tokio::test]
async fn root_and_change_password_address_redirect_to_the_wizard() {
    let api = TestApi::new().await;
    for path in ["/", "/.well-known/change-password", "/?x=y"] {
        for method in ["GET", "HEAD"] {
            let answer = api.client().request(method, path).await;
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, Some("/wachtwoordreset")),
                "{method} {path}"
            );
        }
        assert_eq!(api.client().request("POST", path).await.status, 405, "{path}");
    }
}

#[tokio::test]
async fn security_txt_is_served_if_a_contact_is_configured() {
    let api = TestApi::new().await;
    assert_eq!(api.client().get("/.well-known/security.txt").await.status, 404);
    let api = TestApi::with(settings(HTTPS, "security_contact = \"mailto:security@example.org\"", "")).await;
    let answer = api.client().get("/.well-known/security.txt").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert!(answer.text().starts_with("Contact: mailto:security@example.org\n"), "{}", answer.text());
    // RFC 9116 requires an expiry; the manual clock is set to January 2027.
    assert!(answer.text().contains("\nExpires: 2027-07-14T"), "{}", answer.text());
}

#[tokio::test]
async fn app_address_redirects_to_the_app_store_of_the_phone_and_is_in_the_qr_code() {
    let api = TestApi::new().await;
    for (agent, store) in [
        ("Mozilla/5.0 (Linux; Android 16; Pixel 9)", "https://play.google.com/store/apps/"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)", "https://apps.apple.com/app/"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "/wachtwoordreset"),
    ] {
        let answer = api.client().with_header("user-agent", agent).get("/app").await;
        assert_eq!((answer.status, answer.header("vary")), (303, Some("user-agent")), "{agent}");
        assert!(answer.header("location").is_some_and(|to| to.starts_with(store)), "{agent}: {answer:?}");
    }
    let answer = api.client().get("/app.svg").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/svg+xml")));
    let code = server::qr::draw(&format!("{HTTPS}/app")).unwrap();
    assert!(answer.text().contains(&code.path), "{}", answer.text());
}

#[tokio::test]
async fn privacy_notice_needs_no_script_and_is_available_in_both_languages() {
    let api = TestApi::new().await;
    for (path, part) in [
        ("/privacy", "<h1 id=\"heading\" tabindex=\"-1\">Privacyverklaring</h1>"),
        ("/privacy?language=en", "Your password is never kept."),
    ] {
        let answer = api.client().get(path).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains(part), "{path}: {}", answer.text());
        assert!(!answer.text().contains("<script"), "{path}");
    }
}

#[tokio::test]
async fn logo_replaces_the_name_and_is_cached() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("logo.svg");
    let drawing =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 30 10\"><path d=\"M0 0h30v10z\"/></svg>";
    std::fs::write(&file, drawing).unwrap();
    let more = format!("[organisation]\nlogo_file = {:?}\n", file.display().to_string());
    let api = TestApi::with(settings(HTTPS, "", &more)).await;
    let page = api.client().get("/wachtwoordreset").await;
    let (_, rest) = page.text().split_once("<img src=\"/logo?").unwrap();
    let (digest, rest) = rest.split_once('"').unwrap();
    assert!(rest.contains("alt=\"Pantein\" width=\"300\" height=\"100\""), "{rest}");
    for (path, caching) in
        [(format!("/logo?{digest}"), "public, max-age=31536000, immutable"), ("/logo".into(), "no-cache")]
    {
        let image = api.client().get(&path).await;
        assert_eq!((image.status, image.header("content-type")), (200, Some("image/svg+xml")), "{path}");
        assert_eq!(image.header("cache-control"), Some(caching), "{path}");
        assert!(
            image
                .header("content-security-policy")
                .is_some_and(|policy| policy.contains("default-src 'none'"))
        );
    }
    let without = TestApi::new().await;
    assert_eq!(without.client().get("/logo").await.status, 404);
    assert!(!without.client().get("/wachtwoordreset").await.text().contains("/logo"));
}

#[tokio::test]
async fn help_page_needs_no_script_and_shows_the_qr_code_of_the_wizard() {
    let api = TestApi::new().await;
    for (path, part) in
        [("/hulp", ">Hulp bij je wachtwoord</h1>"), ("/hulp?language=en", "I do not know my user name")]
    {
        let answer = api.client().get(path).await;
        assert_eq!(answer.status, 200);
        let code = server::qr::draw(&format!("{HTTPS}/wachtwoordreset")).unwrap();
        for part in [part, &code.path, "reset.example.org/wachtwoordreset", "0485"] {
            assert!(answer.text().contains(part), "{path}: {part}: {}", answer.text());
        }
        assert!(!answer.text().contains("<script"), "{path}");
    }
}

/// A reset on this node could not begin; another node may have a disk that is not full.
#[tokio::test]
async fn node_that_cannot_write_its_audit_log_is_not_ready() {
    let api = TestApi::new().await;
    let mut states = Vec::new();
    for unavailable in [false, true, true, false] {
        api.world.audit.set_unavailable(unavailable);
        // One write test is used for a while.
        api.world.clock.advance(jiff::SignedDuration::from_secs(2));
        states.push(api.client().get("/readyz").await.status);
    }
    assert_eq!(states, [200, 503, 503, 200]);
}

#[tokio::test]
async fn health_endpoints_are_public_and_return_one_word() {
    let api = TestApi::new().await;
    let status_and_text = |answer: super::client::Answer| (answer.status, answer.text().to_owned());
    assert_eq!(status_and_text(api.client().get("/healthz").await), (200, "ok\n".into()));
    assert_eq!(status_and_text(api.client().get("/readyz").await), (200, "ready\n".into()));
    api.world.store.set_unavailable(true);
    assert_eq!(status_and_text(api.client().get("/readyz").await), (503, "unavailable\n".into()));
    assert_eq!(
        status_and_text(api.client().get("/healthz").await),
        (200, "ok\n".into()),
        "the process itself serves"
    );
    api.world.store.set_unavailable(false);
    assert_eq!(status_and_text(api.client().get("/readyz").await), (200, "ready\n".into()));
    api.world.otp_provider.outage(Some(server::test_support::otp_provider::OtpOutage::Unreachable));
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    for _ in 0..3 {
        assert_eq!(client.code("12345678").await.outcome(), "unavailable");
    }
    assert_eq!(status_and_text(api.client().get("/readyz").await), (200, "degraded\n".into()));
    api.world.clock.advance(jiff::SignedDuration::from_secs(10));
    assert_eq!(status_and_text(api.client().get("/readyz").await), (200, "ready\n".into()));
}

fn decompress_brotli(bytes: &[u8]) -> Vec<u8> {
    let mut raw = Vec::new();
    brotli::Decompressor::new(bytes, 4096).read_to_end(&mut raw).unwrap();
    raw
}

#[tokio::test]
async fn page_is_revalidated_and_sent_only_when_changed() {
    let api = TestApi::new().await;
    let page = api.client().get("/wachtwoordreset").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert_eq!(page.header("vary"), Some("accept-encoding, accept-language"));
    let tag = page.header("etag").unwrap();
    let same = api.client().with_header("if-none-match", tag).get("/wachtwoordreset").await;
    assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(tag)));
    assert_eq!(
        (same.header("cache-control"), same.header("vary")),
        (page.header("cache-control"), page.header("vary"))
    );
    let other = api.client().with_header("if-none-match", "\"other\"").get("/wachtwoordreset").await;
    assert_eq!((other.status, &other.body), (200, &page.body));
}

#[tokio::test]
async fn page_is_compressed_if_the_client_accepts_it() {
    let api = TestApi::new().await;
    let plain = api.client().get("/wachtwoordreset").await;
    assert_eq!(plain.header("content-encoding"), None);
    let small =
        api.client().with_header("accept-encoding", "gzip, deflate, br, zstd").get("/wachtwoordreset").await;
    assert_eq!(small.header("content-encoding"), Some("br"));
    assert!(small.body.len() < plain.body.len() / 2);
    assert_eq!(decompress_brotli(&small.body), plain.body);
    let refused = api.client().with_header("accept-encoding", "br;q=0, gzip").get("/wachtwoordreset").await;
    assert_ne!(refused.header("content-encoding"), Some("br"));
}

#[tokio::test]
async fn page_is_in_the_first_accepted_language_that_is_available() {
    let api = TestApi::new().await;
    for (wanted, language, title) in [
        ("", "nl", "Wachtwoord Reset"),
        ("nl-NL,nl;q=0.9,en;q=0.8", "nl", "Wachtwoord Reset"),
        ("en-GB,en;q=0.9", "en", "Password reset"),
        ("de-DE,de;q=0.9,en;q=0.5", "en", "Password reset"),
        ("fr", "nl", "Wachtwoord Reset"),
        ("<script>", "nl", "Wachtwoord Reset"),
    ] {
        let page = api.client().with_header("accept-language", wanted).get("/wachtwoordreset").await;
        let opening = format!("<!doctype html>\n<html lang=\"{language}\"");
        assert!(page.text().starts_with(&opening), "{wanted}");
        assert!(page.text().contains(&format!("<title>{title} – Pantein</title>")), "{wanted}");
    }
    let only = TestApi::with(settings(HTTPS, "", "[organisation]\nlanguages = [\"en\"]\n")).await;
    let page = only.client().with_header("accept-language", "nl").get("/wachtwoordreset").await;
    assert!(page.text().contains("<html lang=\"en\""));
}

#[tokio::test]
async fn values_from_the_settings_are_escaped_in_the_page() {
    let name = "</script><script>alert(1)</script><!--\\u0026\\\" & <b>";
    let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
    let title = format!(
        "[organisation]\nname = \"{escaped}\"\napplications = [\"{escaped}\"]\n[organisation.title]\nnl = \"{escaped}\"\n"
    );
    let api = TestApi::with(settings(HTTPS, "", &title)).await;
    let page = api.client().get("/wachtwoordreset").await;
    let html = page.text();
    assert!(!html.contains("<script>alert"), "{html}");
    // Leptos writes comments as markers, so this searches the injected comment only.
    assert!(!html.contains("<!--\\u0026"), "{html}");
    let (_, site) = html.split_once("<script type=\"application/json\" id=\"site\"").unwrap();
    let (_, site) = site.split_once('>').unwrap();
    let (site, _) = site.split_once("</script>").unwrap();
    let site: app::api::site::Site = serde_json::from_str(site).unwrap();
    assert_eq!(site, api.settings.site());
    assert_eq!(site.organisation.name, name);
}

#[tokio::test]
async fn page_has_no_inline_code_and_no_external_resources() {
    let api = TestApi::new().await;
    let page = api.client().get("/wachtwoordreset").await;
    let html = page.text();
    for script in html.split("<script").skip(1) {
        assert!(
            script.starts_with(" type=\"module\" src=\"/assets/")
                || script.starts_with(" type=\"application/json\"")
        );
    }
    for inline in ["<style", " style=\"", " onclick=", " onload=", "javascript:"] {
        assert!(!html.contains(inline), "{inline}");
    }
    for reference in html
        .split("src=\"")
        .skip(1)
        .chain(html.split("<link").skip(1).filter_map(|l| l.split_once("href=\"").map(|(_, r)| r)))
    {
        let path = reference.split('"').next().unwrap();
        assert!(find(path).is_some(), "{path}");
        assert_eq!(api.client().get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn accent_style_sheet_is_immutable_under_its_versioned_address() {
    let api = TestApi::with(settings(HTTPS, "", "[organisation]\naccent = \"#7a1f4b\"\n")).await;
    let page = api.client().get("/wachtwoordreset").await;
    let named = "/accent.css?7a1f4b";
    assert!(page.text().contains(&format!("<link rel=\"stylesheet\" href=\"{named}\">")));
    for (address, caching) in [
        (named, "public, max-age=31536000, immutable"),
        ("/accent.css?000000", "no-cache"),
        ("/accent.css", "no-cache"),
    ] {
        let sheet = api.client().get(address).await;
        assert_eq!((sheet.status, sheet.header("cache-control")), (200, Some(caching)), "{address}");
        assert_eq!(sheet.text(), ":root{--accent:#7a1f4b}\n");
    }
    assert!(!TestApi::new().await.client().get("/wachtwoordreset").await.text().contains("accent.css"));
}

#[tokio::test]
async fn static_files_are_sent_in_the_accepted_encoding() {
    let api = TestApi::new().await;
    assert!(FILES.len() > 7);
    for file in &FILES {
        let plain = api.client().get(file.path).await;
        assert_eq!(
            (plain.status, plain.header("content-type")),
            (200, Some(file.content_type)),
            "{}",
            file.path
        );
        assert_eq!(
            (plain.header("content-encoding"), plain.body.as_slice()),
            (None, file.uncompressed()),
            "{}",
            file.path
        );
        assert_eq!(plain.header("vary"), Some("accept-encoding"), "{}", file.path);
        let caching = if file.path.starts_with("/assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "public, max-age=3600"
        };
        assert_eq!(plain.header("cache-control"), Some(caching), "{}", file.path);
        for (accepted, encoding, encoded) in [("br, gzip", "br", file.br), ("gzip", "gzip", file.gz)] {
            let answer = api.client().with_header("accept-encoding", accepted).get(file.path).await;
            let Some(encoded) = encoded else { continue };
            assert_eq!(
                (answer.header("content-encoding"), answer.body.as_slice()),
                (Some(encoding), encoded),
                "{}",
                file.path
            );
            assert_eq!(answer.header("content-type"), Some(file.content_type), "{}", file.path);
        }
        if let Some(br) = file.br {
            assert_eq!(decompress_brotli(br), file.uncompressed(), "{}", file.path);
        }
        let post = api.client().request("POST", file.path).await;
        assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")), "{}", file.path);
    }
}

#[tokio::test]
async fn admin_endpoints_are_not_on_the_public_listener() {
    let api = TestApi::new().await;
    for path in ["/metrics", "/status", "/admin", "/api/status"] {
        assert_eq!(api.client().get(path).await.status, 404, "{path}");
    }
    let deps: ServiceDeps = super::client::deps(&api.world);
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle();
    let admin =
        server::http::health::admin(std::sync::Arc::new(server::http::health::Health::new(deps)), metrics);
    let get = async |path: &str| {
        use tower::ServiceExt as _;
        let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        let response = admin.clone().oneshot(request).await.unwrap();
        let content_type =
            response.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (content_type.unwrap(), String::from_utf8(body.to_vec()).unwrap())
    };
    let (content_type, status) = get("/status").await;
    assert_eq!(content_type, "application/json");
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["state"], "good");
    let deps: Vec<_> =
        status["findings"].as_array().unwrap().iter().map(|row| row["part"].as_str().unwrap()).collect();
    assert_eq!(
        deps,
        ["directory", "entrust", "onboarding", "store", "audit trail", "notices", "notices", "number writes"]
    );
    assert!(get("/metrics").await.0.starts_with("text/plain"));
}
