//! The Youforce IAM API: an access token by client credentials, `GET /persons`, page by page along `nextLink`.
//! Addresses and field names are settings, so that its relatives (`YouServe`) are read as well. Not what becomes of
//! the persons.
//!
//! What an answer contains is never in an error or a log. The link to the next page is followed on the API's own
//! origin and below its path only: the access token goes with it.

mod config;
mod field;
mod http;
mod next_link;
mod page;
mod rate;
mod token;

pub use config::{Address, Fields, YouforceConfig, YouforceConfigError};
pub use field::Field;

use crate::ports::clock::Clock;
use crate::ports::health_finding::Finding;
use crate::ports::hr::{Cursor, HrError, HrSource, PART, Page};
use async_trait::async_trait;
use http::{Exchanged, Peer};
use rate::Pace;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use std::sync::Arc;
use token::Tokens;
use zeroize::Zeroizing;

/// How often a rest is granted before a page that is answered by 429 counts as not given.
const RESTS: usize = 3;

/// The API.
pub struct Youforce {
    client: Client,
    config: YouforceConfig,
    first: Url,
    tenant: Option<(HeaderName, HeaderValue)>,
    tokens: Tokens,
    pace: Pace,
}

impl Youforce {
    /// Connects to nobody yet.
    pub fn new(config: YouforceConfig, clock: Arc<dyn Clock>) -> Result<Self, YouforceConfigError> {
        let client = config.client()?;
        let base = &config.base.0;
        if !config.persons_path.starts_with('/') {
            return Err(YouforceConfigError::Path);
        }
        let first = format!("{}{}", base.as_str().trim_end_matches('/'), config.persons_path);
        let first = next_link::follow(base, base, &first).map_err(|_| YouforceConfigError::Path)?;
        let tenant = config.tenant_header.as_ref().map(|name| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(&config.tenant_id).ok()?))
        });
        let tenant = tenant.map(|tenant| tenant.ok_or(YouforceConfigError::Tenant)).transpose()?;
        let tokens = Tokens::new(Arc::clone(&clock));
        let pace = Pace::new(config.calls_per_minute, clock);
        Ok(Self { client, config, first, tenant, tokens, pace })
    }

    fn peer(&self) -> Peer<'_> {
        Peer { url: &self.config.base.0, timeout: self.config.timeout }
    }

    /// A page's body; a token that is refused is renewed once.
    async fn body(&self, url: &Url) -> Result<Zeroizing<Vec<u8>>, HrError> {
        let token = self.tokens.get(&self.client, &self.config, None).await?;
        if let Some(body) = self.get(url, &token).await? {
            return Ok(body);
        }
        let token = self.tokens.get(&self.client, &self.config, Some(&token)).await?;
        let body = self.get(url, &token).await?;
        body.ok_or_else(|| self.peer().refused("a new token is refused too (status 401)".to_owned()))
    }

    /// `None`: the token is refused.
    async fn get(&self, url: &Url, token: &HeaderValue) -> Result<Option<Zeroizing<Vec<u8>>>, HrError> {
        let peer = self.peer();
        for rests in 0..=RESTS {
            self.pace.turn().await;
            let mut request = self.client.get(url.clone());
            request = request.header(AUTHORIZATION, token.clone()).header(ACCEPT, "application/json");
            if let Some((name, value)) = &self.tenant {
                request = request.header(name.clone(), value.clone());
            }
            match peer.exchange(request).await? {
                Exchanged::Ok(body) => return Ok(Some(body)),
                Exchanged::Unauthorised => return Ok(None),
                Exchanged::Busy(after) if rests < RESTS => self.pace.rest(after.as_deref()).await,
                Exchanged::Busy(_) => break,
                Exchanged::Refused(status, _) => return Err(peer.refused(format!("status {status}"))),
            }
        }
        Err(peer.unreachable("too many calls (status 429) again and again".to_owned()))
    }
}

#[async_trait]
impl HrSource for Youforce {
    async fn page(&self, at: Option<&Cursor>) -> Result<Page, HrError> {
        let (base, peer) = (&self.config.base.0, self.peer());
        let url = match at {
            None => self.first.clone(),
            Some(Cursor(link)) => {
                next_link::follow(base, &self.first, link).map_err(|what| peer.unusable(what.to_owned()))?
            }
        };
        let body = self.body(&url).await?;
        let answer = page::read(&body, &self.config.fields).map_err(|what| peer.unusable(what))?;
        let next = answer.next.map(|next| next_link::follow(base, &url, &next)).transpose();
        let next = next.map_err(|what| peer.unusable(what.to_owned()))?;
        Ok(Page { people: answer.people, next: next.map(|next| Cursor(next.into())) })
    }

    async fn check(&self) -> Vec<Finding> {
        let what = self.config.base.0.as_str();
        // The kept token does: this is asked for often, and the calls are counted over there.
        vec![match self.tokens.get(&self.client, &self.config, None).await {
            Ok(_) => {
                Finding::good(PART, what, "gives a token; whether persons can be read `hr --dry-run` tells")
            }
            Err(error) => Finding::bad(PART, what, error.to_string()),
        }]
    }
}
