//! The page of an activation link: a confirmation with a button that adds the account to the app.

use super::{Phones, escape, full_name, page, without_caching};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

/// Asks for confirmation. Only the button uses the link, so that merely opening it does not.
pub(super) async fn confirm(State(phones): State<Phones>, Path(secret): Path<String>) -> Response {
    let Some(person) = phones.entrust.pending_activation(&secret) else { return invalid_link() };
    let body = format!(
        r#"<main class="phone"><p class="who">Telefoon van {name}</p><section class="app" aria-label="Entrust Identity"><h1>Entrust Identity: account toevoegen?</h1><p class="id">Pantein · {id}</p>
<form method="post"><button>Toevoegen</button></form></section><p><a href="/telefoon/{id}">Niet nu</a></p></main>"#,
        name = escape(&full_name(&person)),
        id = escape(&person.user_id),
    );
    page(StatusCode::OK, "Account toevoegen", None, &body)
}

/// Finishes the activation: the app shows the code from now on.
pub(super) async fn activate(State(phones): State<Phones>, Path(secret): Path<String>) -> Response {
    let Some(person) = phones.entrust.finish(&secret) else { return invalid_link() };
    without_caching(Redirect::to(&format!("/telefoon/{}", person.user_id)).into_response())
}

/// The text of a phone without an account, in the place of the code.
pub(super) fn no_account() -> String {
    "<section class=\"app\" aria-label=\"Entrust Identity\"><h1>Entrust Identity</h1><p>Nog geen account in de app. \
     Open de activatielink op deze telefoon, of scan de QR-code.</p></section>"
        .to_owned()
}

/// One page for a wrong, used or expired link: the app cannot distinguish them.
fn invalid_link() -> Response {
    let body = "<main class=\"list\"><h1>Deze link werkt niet</h1><p>De activatielink klopt niet, is al gebruikt of \
                is verlopen. Vraag een nieuwe aan op de registratiepagina.</p><p><a href=\"/telefoon\">Alle \
                telefoons</a></p></main>";
    page(StatusCode::NOT_FOUND, "Deze link werkt niet", None, body)
}
