//! The activation link as the phone opens it: a question, a button, and the account is in the app. Not what
//! Entrust does with it.

use super::{Phones, escape, fresh, full_name, page};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

/// Asks; only the button changes anything, so that a link that is merely looked at stays unused.
pub(super) async fn ask(State(phones): State<Phones>, Path(secret): Path<String>) -> Response {
    let Some(person) = phones.entrust.activating(&secret) else { return over() };
    let body = format!(
        r#"<main class="phone"><p class="who">Telefoon van {name}</p><section class="app" aria-label="Entrust Identity"><h1>Entrust Identity: account toevoegen?</h1><p class="id">Pantein · {id}</p>
<form method="post"><button>Toevoegen</button></form></section><p><a href="/telefoon/{id}">Niet nu</a></p></main>"#,
        name = escape(&full_name(&person)),
        id = escape(&person.user_id),
    );
    page(StatusCode::OK, "Account toevoegen", None, &body)
}

/// The button: the app shows the code from now on.
pub(super) async fn add(State(phones): State<Phones>, Path(secret): Path<String>) -> Response {
    let Some(person) = phones.entrust.finish(&secret) else { return over() };
    fresh(Redirect::to(&format!("/telefoon/{}", person.user_id)).into_response())
}

/// What a phone without an account shows in the place of the code.
pub(super) fn no_account() -> String {
    "<section class=\"app\" aria-label=\"Entrust Identity\"><h1>Entrust Identity</h1><p>Nog geen account in de app. \
     Open de activatielink op deze telefoon, of scan de QR-code.</p></section>"
        .to_owned()
}

/// Wrong, used or too late: the app does not know which.
fn over() -> Response {
    let body = "<main class=\"list\"><h1>Deze link werkt niet</h1><p>De activatielink klopt niet, is al gebruikt of \
                is verlopen. Vraag een nieuwe aan op de registratiepagina.</p><p><a href=\"/telefoon\">Alle \
                telefoons</a></p></main>";
    page(StatusCode::NOT_FOUND, "Deze link werkt niet", None, body)
}
