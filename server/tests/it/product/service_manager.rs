//! What the service reports to a service manager, here a datagram socket as systemd has one.

use super::world::{Product, binary};
use std::process::Stdio;
use tokio::net::UnixDatagram;
use tokio::process::{Child, Command};

/// Short, so that the test does not wait. Nothing happens if a sign of life is late.
const WATCHDOG_MICROSECONDS: &str = "30000";

async fn message(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).await.unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

/// Starts the service with the settings of a demo, whose own process is gone.
async fn serve(product: &mut Product, watchdog: bool) -> (Child, UnixDatagram) {
    product.demo.kill().await.unwrap();
    let path = product.demo.folder.join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let mut command = Command::new(binary());
    command.arg("serve").arg("--settings").arg(product.demo.settings()).env("NOTIFY_SOCKET", path);
    if watchdog {
        command.env("WATCHDOG_USEC", WATCHDOG_MICROSECONDS);
    }
    let child = command.stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    (child, socket)
}

async fn terminate(child: &Child) {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
}

#[tokio::test]
async fn service_reports_when_it_accepts_connections_and_when_it_stops() {
    let mut product = Product::start().await;
    let (mut child, socket) = serve(&mut product, false).await;
    let origin = product.demo.origin().to_owned();
    assert_eq!(message(&socket).await, format!("READY=1\nSTATUS=serving {origin}\n"));
    let ready = product.browser().client.get(format!("{origin}/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 200, "the listener was bound before the message");
    terminate(&child).await;
    assert!(message(&socket).await.starts_with("STOPPING=1\n"));
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test]
async fn service_sends_signs_of_life_until_it_stops() {
    let mut product = Product::start().await;
    let (mut child, socket) = serve(&mut product, true).await;
    assert!(message(&socket).await.starts_with("READY=1\n"));
    for _ in 0..3 {
        assert_eq!(message(&socket).await, "WATCHDOG=1\n");
    }
    terminate(&child).await;
    while message(&socket).await == "WATCHDOG=1\n" {}
    assert!(child.wait().await.unwrap().success());
}
