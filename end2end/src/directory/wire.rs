//! One connection to the directory simulator: LDAP messages, TLS and the configured faults.

use super::accounts::{self, ModifyContext, Refusal};
use super::entry::Dn;
use super::search::{self, POLICY_HINTS, Page, SearchContext, SearchResult};
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
/// The diagnostic message of a refusal that a test has configured.
const CONFIGURED_REFUSAL: &str = "00002024: refused as configured by the test";

/// Whether a connection is encrypted from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsMode {
    Ldaps,
    StartTls,
}

/// The reaction to a request.
enum Reaction {
    Answer(Vec<LdapOp>),
    /// The answers, with controls on the last one.
    AnswerWithControls(Vec<LdapOp>, Vec<LdapControl>),
    Disconnect,
    /// The connection stays open without an answer.
    NoAnswer,
}

pub(super) async fn serve(socket: TcpStream, mode: TlsMode, server: Arc<Server>) {
    let _ = socket.set_nodelay(true);
    let acceptor = TlsAcceptor::from(Arc::clone(&server.tls));
    let socket = match mode {
        TlsMode::Ldaps => socket,
        TlsMode::StartTls => match wait_for_start_tls(socket, &server).await {
            Some(socket) => socket,
            None => return,
        },
    };
    if let Ok(stream) = acceptor.accept(socket).await {
        serve_requests(stream, &server).await;
    }
}

/// The unencrypted phase: every request except `StartTLS` is refused.
async fn wait_for_start_tls(socket: TcpStream, server: &Server) -> Option<TcpStream> {
    let mut framed = LdapCodec::default().framed(socket);
    while let Some(Ok(message)) = framed.next().await {
        if let LdapOp::ExtendedRequest(request) = &message.op
            && request.name == START_TLS
        {
            server.record(Operation::StartTls);
            let res = ldap_result(LdapResultCode::Success, "");
            let answer = LdapExtendedResponse { res, name: Some(START_TLS.to_owned()), value: None };
            framed.send(LdapMsg::new(message.msgid, LdapOp::ExtendedResponse(answer))).await.ok()?;
            return Some(framed.into_parts().io);
        }
        if let LdapOp::ExtendedRequest(request) = message.op {
            framed.send(LdapMsg::new(message.msgid, refuse_extended(&request.name))).await.ok()?;
            continue;
        }
        // Any other unencrypted request is refused with a bind response, because only a bind must be prevented.
        let res = ldap_result(LdapResultCode::StrongerAuthRequired, "00002028: encryption is required");
        let refusal = LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None });
        framed.send(LdapMsg::new(message.msgid, refusal)).await.ok()?;
    }
    None
}

async fn serve_requests<S: AsyncRead + AsyncWrite + Unpin>(stream: S, server: &Server) {
    let mut framed: Framed<S, LdapCodec> = LdapCodec::default().framed(stream);
    let mut bound_dn = None;
    while let Some(Ok(message)) = framed.next().await {
        if let Some(Fault::Slow(delay)) = server.fault() {
            tokio::time::sleep(delay).await;
        }
        let (answers, mut controls) = match handle(message.op, &message.ctrl, &mut bound_dn, server) {
            Reaction::Answer(answers) => (answers, Vec::new()),
            Reaction::AnswerWithControls(answers, controls) => (answers, controls),
            Reaction::Disconnect => return,
            Reaction::NoAnswer => continue,
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

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the codec's enum; a request that the product does not send ends the connection"
)]
fn handle(op: LdapOp, controls: &[LdapControl], bound_dn: &mut Option<Dn>, server: &Server) -> Reaction {
    match op {
        LdapOp::BindRequest(request) => Reaction::Answer(vec![bind(request, bound_dn, server)]),
        LdapOp::SearchRequest(request) => search(&request, controls, bound_dn.as_ref(), server),
        LdapOp::ModifyRequest(request) => modify(&request, controls, bound_dn.as_ref(), server),
        LdapOp::ExtendedRequest(request) => Reaction::Answer(vec![refuse_extended(&request.name)]),
        LdapOp::AbandonRequest(_) => Reaction::Answer(Vec::new()),
        // Unbind and unsupported operations.
        _ => Reaction::Disconnect,
    }
}

fn bind(request: LdapBindRequest, bound_dn: &mut Option<Dn>, server: &Server) -> LdapOp {
    *bound_dn = None;
    let LdapBindRequest { dn, cred, .. } = request;
    if let LdapBindCred::Simple(password) = &cred {
        super::lock(&server.bind_passwords).insert(super::digest(password));
    }
    let result = match (cred, server.fault()) {
        (_, Some(Fault::Refuse(code))) => Err(Refusal::new(code, CONFIGURED_REFUSAL)),
        (LdapBindCred::Simple(password), _) if password.is_empty() => {
            // As in a real AD, a bind with a name and an empty password succeeds anonymously.
            Ok(None)
        }
        (LdapBindCred::Simple(password), _) => {
            accounts::bind(&mut server.domain().tree, &dn, &password, clock::now()).map(Some)
        }
        (LdapBindCred::SASL(_) | LdapBindCred::Unsupported, _) => {
            Err(Refusal::new(LdapResultCode::AuthMethodNotSupported, ""))
        }
    };
    server.record(Operation::Bind { name: dn, accepted: result.is_ok() });
    let res = match result {
        Ok(account) => {
            *bound_dn = account;
            ldap_result(LdapResultCode::Success, "")
        }
        Err(refusal) => ldap_result(refusal.code, &refusal.message),
    };
    LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None })
}

/// Refuses every extended operation with the result code of Samba. `StartTLS` is handled before this.
fn refuse_extended(name: &str) -> LdapOp {
    let res = ldap_result(LdapResultCode::ProtocolError, &format!("0000203D: {name} is not supported"));
    LdapOp::ExtendedResponse(LdapExtendedResponse { res, name: None, value: None })
}

fn search(
    request: &LdapSearchRequest,
    controls: &[LdapControl],
    bound_dn: Option<&Dn>,
    server: &Server,
) -> Reaction {
    server.record(Operation::Search { base: request.base.clone(), filter: format!("{:?}", request.filter) });
    let now = clock::now();
    let done = |code, message: &str| LdapOp::SearchResultDone(ldap_result(code, message));
    let refuse = |code, message: &str| Reaction::Answer(vec![done(code, message)]);
    let page = controls.iter().find_map(requested_page);
    match server.fault() {
        Some(Fault::Refuse(code)) => return refuse(code, CONFIGURED_REFUSAL),
        Some(Fault::RefuseFilter(text)) if format!("{:?}", request.filter).contains(text) => {
            return refuse(LdapResultCode::UnwillingToPerform, CONFIGURED_REFUSAL);
        }
        Some(Fault::CutSecondPage) if page.is_some_and(|page| !page.cookie.is_empty()) => {
            return Reaction::Disconnect;
        }
        Some(
            Fault::Slow(_)
            | Fault::RefuseFilter(_)
            | Fault::CutSecondPage
            | Fault::CutBeforeModify
            | Fault::CutAfterModify
            | Fault::SilentAfterModify,
        )
        | None => {}
    }
    if search::is_root_dse(request) {
        let groups = bound_dn.map(|dn| permissions::token_groups(&server.domain().tree, dn));
        let groups = groups.unwrap_or_default();
        let root = search::root_dse(request, (server.history_control, server.read_only), groups, now);
        return Reaction::Answer(vec![LdapOp::SearchResultEntry(root), done(LdapResultCode::Success, "")]);
    }
    if bound_dn.is_none() {
        let message = "000004DC: LdapErr: DSID-0C090A5C, comment: a successful bind must be completed";
        return refuse(LdapResultCode::OperationsError, message);
    }
    let domain = server.domain();
    let with_descriptor = controls.iter().any(|control| matches!(control, LdapControl::SdFlags { .. }));
    let context = SearchContext { delegation: domain.delegation, with_descriptor, now };
    if !domain.delegation.policies && request.base.contains(",CN=Password Settings Container,") {
        return refuse(LdapResultCode::NoSuchObject, "0000208D: no such object");
    }
    match search::search(&domain.tree, request, page, context) {
        Ok(SearchResult { entries, code, cookie }) => {
            let mut answers: Vec<LdapOp> = entries.into_iter().map(LdapOp::SearchResultEntry).collect();
            if cookie.is_empty() && Dn::parse(&request.base) == Dn::parse(content::BASE) {
                // A search from the root of the domain returns referrals to its other partitions.
                let uris =
                    vec![format!("ldap://DomainDnsZones.pantein.grp/DC=DomainDnsZones,{}", content::BASE)];
                answers.push(LdapOp::SearchResultReference(LdapSearchResultReference { uris }));
            }
            answers.push(done(code, ""));
            let paging = page.map(|_| LdapControl::SimplePagedResults { size: 0, cookie });
            Reaction::AnswerWithControls(answers, paging.into_iter().collect())
        }
        Err(refusal) => refuse(refusal.code, &refusal.message),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the codec's enum; only one of its controls is for paging"
)]
fn requested_page(control: &LdapControl) -> Option<Page<'_>> {
    match control {
        LdapControl::SimplePagedResults { size, cookie } => Some(Page { size: *size, cookie }),
        _ => None,
    }
}

fn modify(
    request: &LdapModifyRequest,
    controls: &[LdapControl],
    bound_dn: Option<&Dn>,
    server: &Server,
) -> Reaction {
    let attributes = request.changes.iter().map(|c| c.modification.atype.clone()).collect();
    server.record(Operation::Modify {
        dn: request.dn.clone(),
        attributes,
        with_history: requests_history_check(controls),
    });
    let fault = server.fault();
    if let Some(Fault::Refuse(code)) = fault {
        return Reaction::Answer(vec![LdapOp::ModifyResponse(ldap_result(code, CONFIGURED_REFUSAL))]);
    }
    if fault == Some(Fault::CutBeforeModify) {
        return Reaction::Disconnect;
    }
    if server.read_only {
        let message = "0000202B: RefErr: DSID-031007F9, data 0, 1 access points";
        let result = ldap_result(LdapResultCode::Referral, message);
        return Reaction::Answer(vec![LdapOp::ModifyResponse(result)]);
    }
    let res = match apply_modify(request, controls, bound_dn, server) {
        Ok(()) => ldap_result(LdapResultCode::Success, ""),
        Err(refusal) => ldap_result(refusal.code, &refusal.message),
    };
    match fault {
        Some(Fault::CutAfterModify) => Reaction::Disconnect,
        Some(Fault::SilentAfterModify) => Reaction::NoAnswer,
        Some(
            Fault::Slow(_)
            | Fault::Refuse(_)
            | Fault::RefuseFilter(_)
            | Fault::CutBeforeModify
            | Fault::CutSecondPage,
        )
        | None => Reaction::Answer(vec![LdapOp::ModifyResponse(res)]),
    }
}

fn requests_history_check(controls: &[LdapControl]) -> bool {
    controls.iter().any(|c| {
        matches!(c, LdapControl::Unknown { oid, value: Some(value), .. }
            if oid == POLICY_HINTS && value.as_slice() == [0x30, 3, 2, 1, 1])
    })
}

fn apply_modify(
    request: &LdapModifyRequest,
    controls: &[LdapControl],
    bound_dn: Option<&Dn>,
    server: &Server,
) -> Result<(), Refusal> {
    let unknown = |c: &LdapControl| {
        matches!(c, LdapControl::Unknown { oid, criticality: true, .. }
            if !(server.history_control && oid == POLICY_HINTS))
    };
    if controls.iter().any(unknown) {
        return Err(Refusal::new(LdapResultCode::UnavailableCriticalExtension, ""));
    }
    let with_history = server.history_control && requests_history_check(controls);
    let mut domain = server.domain();
    let delegation = domain.delegation;
    let context = ModifyContext {
        with_history,
        policy_diagnostics: server.policy_diagnostics,
        delegation,
        now: clock::now(),
    };
    accounts::modify(&mut domain.tree, bound_dn, &request.dn, &request.changes, context)?;
    domain.writes += 1;
    Ok(())
}

fn ldap_result(code: LdapResultCode, message: &str) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: message.to_owned(), referral: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsupported_extended_operation_is_answered_with_protocol_error() {
        const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";
        let LdapOp::ExtendedResponse(answer) = refuse_extended(WHO_AM_I) else {
            panic!("another kind of answer")
        };
        assert_eq!(answer.res.code, LdapResultCode::ProtocolError);
        assert!(answer.res.message.contains(WHO_AM_I));
    }
}
