//! One connection to the pretend directory: LDAP messages in and out, TLS, the arranged faults.
//! What a request means is decided elsewhere.

use super::accounts::{self, Asked, No};
use super::entry::Dn;
use super::search::{self, Asking, Found, POLICY_HINTS, Page};
use super::{Fault, Operation, Server, clock, content, permissions};
use futures::{SinkExt, StreamExt};
use ldap3_proto::LdapCodec;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapBindResponse, LdapExtendedResponse, LdapModifyRequest, LdapMsg,
    LdapOp, LdapResult, LdapResultCode, LdapSearchRequest, LdapSearchResultReference,
};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::codec::{Decoder, Framed};

const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// Whether a connection is encrypted from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Ldaps,
    StartTls,
}

/// What is done after a request.
enum Then {
    Answer(Vec<LdapOp>),
    /// The same, with controls to the last one.
    With(Vec<LdapOp>, Vec<LdapControl>),
    HangUp,
    /// The connection stays open and nothing comes.
    Silence,
}

pub(super) async fn serve(socket: TcpStream, door: Door, server: Arc<Server>) {
    let _ = socket.set_nodelay(true);
    let acceptor = TlsAcceptor::from(Arc::clone(&server.tls));
    let socket = match door {
        Door::Ldaps => socket,
        Door::StartTls => match until_start_tls(socket, &server).await {
            Some(socket) => socket,
            None => return,
        },
    };
    if let Ok(stream) = acceptor.accept(socket).await {
        talk(stream, &server).await;
    }
}

/// The plain part: everything but `StartTLS` is refused.
async fn until_start_tls(socket: TcpStream, server: &Server) -> Option<TcpStream> {
    let mut framed = LdapCodec::default().framed(socket);
    while let Some(Ok(message)) = framed.next().await {
        if let LdapOp::ExtendedRequest(request) = &message.op
            && request.name == START_TLS
        {
            server.saw(Operation::StartTls);
            let res = outcome(LdapResultCode::Success, "");
            let answer = LdapExtendedResponse { res, name: Some(START_TLS.to_owned()), value: None };
            framed.send(LdapMsg::new(message.msgid, LdapOp::ExtendedResponse(answer))).await.ok()?;
            return Some(framed.into_parts().io);
        }
        if let LdapOp::ExtendedRequest(request) = message.op {
            framed.send(LdapMsg::new(message.msgid, extended(&request.name))).await.ok()?;
            continue;
        }
        // Whatever else comes in the clear is refused with one word: a bind is the thing that must not pass.
        let res = outcome(LdapResultCode::StrongerAuthRequired, "00002028: encryption is required");
        let refusal = LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None });
        framed.send(LdapMsg::new(message.msgid, refusal)).await.ok()?;
    }
    None
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(stream: S, server: &Server) {
    let mut framed: Framed<S, LdapCodec> = LdapCodec::default().framed(stream);
    let mut who = None;
    while let Some(Ok(message)) = framed.next().await {
        if let Some(Fault::Slow(delay)) = server.fault() {
            tokio::time::sleep(delay).await;
        }
        let (answers, mut controls) = match react(message.op, &message.ctrl, &mut who, server) {
            Then::Answer(answers) => (answers, Vec::new()),
            Then::With(answers, controls) => (answers, controls),
            Then::HangUp => return,
            Then::Silence => continue,
        };
        let last = answers.len();
        for (number, answer) in (1..).zip(answers) {
            let ctrl = if number == last { std::mem::take(&mut controls) } else { Vec::new() };
            if framed.feed(LdapMsg { msgid: message.msgid, op: answer, ctrl }).await.is_err() {
                return;
            }
        }
        if framed.flush().await.is_err() {
            return;
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the codec's enum; what nobody sends ends the connection")]
fn react(op: LdapOp, controls: &[LdapControl], who: &mut Option<Dn>, server: &Server) -> Then {
    match op {
        LdapOp::BindRequest(request) => Then::Answer(vec![bind(request, who, server)]),
        LdapOp::SearchRequest(request) => search(&request, controls, who.as_ref(), server),
        LdapOp::ModifyRequest(request) => modify(&request, controls, who.as_ref(), server),
        LdapOp::ExtendedRequest(request) => Then::Answer(vec![extended(&request.name)]),
        LdapOp::AbandonRequest(_) => Then::Answer(Vec::new()),
        // An unbind, and what is not spoken here.
        _ => Then::HangUp,
    }
}

fn bind(request: LdapBindRequest, who: &mut Option<Dn>, server: &Server) -> LdapOp {
    *who = None;
    let LdapBindRequest { dn, cred, .. } = request;
    if let LdapBindCred::Simple(password) = &cred {
        super::lock(&server.told).insert(super::digest(password));
    }
    let result = match (cred, server.fault()) {
        (_, Some(Fault::Refuse(code))) => Err(No::new(code, "00002024: refused as arranged")),
        (LdapBindCred::Simple(password), _) if password.is_empty() => {
            // As a real AD: a name without a password is an anonymous success.
            Ok(None)
        }
        (LdapBindCred::Simple(password), _) => {
            accounts::bind(&mut server.world().tree, &dn, &password, clock::now()).map(Some)
        }
        (LdapBindCred::SASL(_) | LdapBindCred::Unsupported, _) => {
            Err(No::new(LdapResultCode::AuthMethodNotSupported, ""))
        }
    };
    server.saw(Operation::Bind { name: dn, accepted: result.is_ok() });
    let res = match result {
        Ok(bound) => {
            *who = bound;
            outcome(LdapResultCode::Success, "")
        }
        Err(no) => outcome(no.code, &no.words),
    };
    LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None })
}

/// No extended operation is spoken here but `StartTLS`, and that is over: as Samba, it says so.
fn extended(name: &str) -> LdapOp {
    let res = outcome(LdapResultCode::ProtocolError, &format!("0000203D: {name} is not supported"));
    LdapOp::ExtendedResponse(LdapExtendedResponse { res, name: None, value: None })
}

fn search(request: &LdapSearchRequest, controls: &[LdapControl], who: Option<&Dn>, server: &Server) -> Then {
    server.saw(Operation::Search { base: request.base.clone(), filter: format!("{:?}", request.filter) });
    let now = clock::now();
    let done = |code, words: &str| LdapOp::SearchResultDone(outcome(code, words));
    let refuse = |code, words: &str| Then::Answer(vec![done(code, words)]);
    let page = controls.iter().find_map(page_asked);
    match server.fault() {
        Some(Fault::Refuse(code)) => return refuse(code, "00002024: refused as arranged"),
        Some(Fault::RefuseNested) if format!("{:?}", request.filter).contains("1.2.840.113556.1.4.1941") => {
            return refuse(LdapResultCode::UnwillingToPerform, "00002024: refused as arranged");
        }
        Some(Fault::CutSecondPage) if page.is_some_and(|page| !page.cookie.is_empty()) => {
            return Then::HangUp;
        }
        Some(
            Fault::Slow(_)
            | Fault::RefuseNested
            | Fault::CutSecondPage
            | Fault::CutBeforeModify
            | Fault::CutAfterModify
            | Fault::SilentAfterModify,
        )
        | None => {}
    }
    if search::is_root(request) {
        let groups = who.map(|who| permissions::token(&server.world().tree, who)).unwrap_or_default();
        let root = search::root_dse(request, (server.history_control, server.read_only), groups, now);
        return Then::Answer(vec![LdapOp::SearchResultEntry(root), done(LdapResultCode::Success, "")]);
    }
    if who.is_none() {
        let words = "000004DC: LdapErr: DSID-0C090A5C, comment: a successful bind must be completed";
        return refuse(LdapResultCode::OperationsError, words);
    }
    let world = server.world();
    let described = controls.iter().any(|control| matches!(control, LdapControl::SdFlags { .. }));
    let asking = Asking { may: world.delegation, described, now };
    if !world.delegation.policies && request.base.contains(",CN=Password Settings Container,") {
        return refuse(LdapResultCode::NoSuchObject, "0000208D: no such object");
    }
    match search::search(&world.tree, request, page, asking) {
        Ok(Found { hits, code, cookie }) => {
            let mut answers: Vec<LdapOp> = hits.into_iter().map(LdapOp::SearchResultEntry).collect();
            if cookie.is_empty() && Dn::parse(&request.base) == Dn::parse(content::BASE) {
                // A search from the root of the domain brings referrals to its other partitions.
                let uris =
                    vec![format!("ldap://DomainDnsZones.pantein.grp/DC=DomainDnsZones,{}", content::BASE)];
                answers.push(LdapOp::SearchResultReference(LdapSearchResultReference { uris }));
            }
            answers.push(done(code, ""));
            let paging = page.map(|_| LdapControl::SimplePagedResults { size: 0, cookie });
            Then::With(answers, paging.into_iter().collect())
        }
        Err(no) => refuse(no.code, &no.words),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the codec's enum; one of its controls pages")]
fn page_asked(control: &LdapControl) -> Option<Page<'_>> {
    match control {
        LdapControl::SimplePagedResults { size, cookie } => Some(Page { size: *size, cookie }),
        _ => None,
    }
}

fn modify(request: &LdapModifyRequest, controls: &[LdapControl], who: Option<&Dn>, server: &Server) -> Then {
    let attributes = request.changes.iter().map(|c| c.modification.atype.clone()).collect();
    server.saw(Operation::Modify {
        dn: request.dn.clone(),
        attributes,
        with_history: asks_for_history(controls),
    });
    let fault = server.fault();
    if let Some(Fault::Refuse(code)) = fault {
        return Then::Answer(vec![LdapOp::ModifyResponse(outcome(code, "00002024: refused as arranged"))]);
    }
    if fault == Some(Fault::CutBeforeModify) {
        return Then::HangUp;
    }
    if server.read_only {
        let words = "0000202B: RefErr: DSID-031007F9, data 0, 1 access points";
        return Then::Answer(vec![LdapOp::ModifyResponse(outcome(LdapResultCode::Referral, words))]);
    }
    let res = match changed(request, controls, who, server) {
        Ok(()) => outcome(LdapResultCode::Success, ""),
        Err(no) => outcome(no.code, &no.words),
    };
    match fault {
        Some(Fault::CutAfterModify) => Then::HangUp,
        Some(Fault::SilentAfterModify) => Then::Silence,
        Some(
            Fault::Slow(_)
            | Fault::Refuse(_)
            | Fault::RefuseNested
            | Fault::CutBeforeModify
            | Fault::CutSecondPage,
        )
        | None => Then::Answer(vec![LdapOp::ModifyResponse(res)]),
    }
}

fn asks_for_history(controls: &[LdapControl]) -> bool {
    controls.iter().any(|c| {
        matches!(c, LdapControl::Unknown { oid, value: Some(value), .. }
            if oid == POLICY_HINTS && value.as_slice() == [0x30, 3, 2, 1, 1])
    })
}

fn changed(
    request: &LdapModifyRequest,
    controls: &[LdapControl],
    who: Option<&Dn>,
    server: &Server,
) -> Result<(), No> {
    let unknown = |c: &LdapControl| {
        matches!(c, LdapControl::Unknown { oid, criticality: true, .. }
            if !(server.history_control && oid == POLICY_HINTS))
    };
    if controls.iter().any(unknown) {
        return Err(No::new(LdapResultCode::UnavailableCriticalExtension, ""));
    }
    let with_history = server.history_control && asks_for_history(controls);
    let mut world = server.world();
    let asked = Asked { with_history, words: server.words, may: world.delegation, now: clock::now() };
    accounts::modify(&mut world.tree, who, &request.dn, &request.changes, asked)?;
    world.writes += 1;
    Ok(())
}

fn outcome(code: LdapResultCode, words: &str) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: words.to_owned(), referral: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extended_operation_that_is_not_spoken_here_is_answered() {
        const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
        let LdapOp::ExtendedResponse(answer) = extended(WHO_AM_I) else { panic!("another kind of answer") };
        assert_eq!(answer.res.code, LdapResultCode::ProtocolError);
        assert!(answer.res.message.contains(WHO_AM_I));
    }
}
