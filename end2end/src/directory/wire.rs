//! One connection to the pretend directory: LDAP messages in and out, TLS, the arranged faults.
//! What a request means is decided elsewhere.

use super::accounts::{self, Asked, No};
use super::search::{self, POLICY_HINTS};
use super::tree::Dn;
use super::{Fault, Operation, Server, clock, content};
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
        let answers = match react(message.op, &message.ctrl, &mut who, server) {
            Then::Answer(answers) => answers,
            Then::HangUp => return,
            Then::Silence => continue,
        };
        for answer in answers {
            if framed.feed(LdapMsg::new(message.msgid, answer)).await.is_err() {
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
        LdapOp::SearchRequest(request) => Then::Answer(search(&request, who.is_some(), server)),
        LdapOp::ModifyRequest(request) => modify(&request, controls, who.as_ref(), server),
        LdapOp::AbandonRequest(_) => Then::Answer(Vec::new()),
        // An unbind, and what is not spoken here.
        _ => Then::HangUp,
    }
}

fn bind(request: LdapBindRequest, who: &mut Option<Dn>, server: &Server) -> LdapOp {
    *who = None;
    let LdapBindRequest { dn, cred, .. } = request;
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

fn search(request: &LdapSearchRequest, bound: bool, server: &Server) -> Vec<LdapOp> {
    server.saw(Operation::Search { base: request.base.clone(), filter: format!("{:?}", request.filter) });
    let now = clock::now();
    let done = |code, words: &str| LdapOp::SearchResultDone(outcome(code, words));
    if let Some(Fault::Refuse(code)) = server.fault() {
        return vec![done(code, "00002024: refused as arranged")];
    }
    if server.fault() == Some(Fault::RefuseNested)
        && format!("{:?}", request.filter).contains("1.2.840.113556.1.4.1941")
    {
        return vec![done(LdapResultCode::UnwillingToPerform, "00002024: refused as arranged")];
    }
    if search::is_root(request) {
        let root = search::root_dse(request, server.history_control, now);
        return vec![LdapOp::SearchResultEntry(root), done(LdapResultCode::Success, "")];
    }
    if !bound {
        let words = "000004DC: LdapErr: DSID-0C090A5C, comment: a successful bind must be completed";
        return vec![done(LdapResultCode::OperationsError, words)];
    }
    let world = server.world();
    if world.policies_hidden && request.base.contains(",CN=Password Settings Container,") {
        return vec![done(LdapResultCode::NoSuchObject, "0000208D: no such object")];
    }
    match search::search(&world.tree, request, now) {
        Ok((hits, code)) => {
            let mut answers: Vec<LdapOp> = hits.into_iter().map(LdapOp::SearchResultEntry).collect();
            if Dn::parse(&request.base) == Dn::parse(content::BASE) {
                // A search from the root of the domain brings referrals to its other partitions.
                let uris =
                    vec![format!("ldap://DomainDnsZones.pantein.grp/DC=DomainDnsZones,{}", content::BASE)];
                answers.push(LdapOp::SearchResultReference(LdapSearchResultReference { uris }));
            }
            answers.push(done(code, ""));
            answers
        }
        Err(no) => vec![done(no.code, &no.words)],
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
    let res = match changed(request, controls, who, server) {
        Ok(()) => outcome(LdapResultCode::Success, ""),
        Err(no) => outcome(no.code, &no.words),
    };
    match fault {
        Some(Fault::CutAfterModify) => Then::HangUp,
        Some(Fault::SilentAfterModify) => Then::Silence,
        Some(Fault::Slow(_) | Fault::Refuse(_) | Fault::RefuseNested | Fault::CutBeforeModify) | None => {
            Then::Answer(vec![LdapOp::ModifyResponse(res)])
        }
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
    let asked = Asked { with_history, words: server.words, now: clock::now() };
    let mut world = server.world();
    accounts::modify(&mut world.tree, who, &request.dn, &request.changes, asked)?;
    world.writes += 1;
    Ok(())
}

fn outcome(code: LdapResultCode, words: &str) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: words.to_owned(), referral: Vec::new() }
}
