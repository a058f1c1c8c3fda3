//! [`HrSource`] for the Youforce IAM API: obtains an access token by client credentials and reads `GET /persons`
//! page by page along `nextLink`.
//!
//! URLs and field names are settings, so that related APIs (`YouServe`) can be read too. Response content never
//! appears in an error or a log. The link to the next page is followed only on the API's own origin and below its
//! path, because the access token is sent with it.

mod config;
mod http;
mod next_link;
mod page;
#[cfg(any(test, feature = "test-support"))]
pub mod parsers;
mod rate_limiter;
mod token;

pub use config::{Fields, YouforceConfig, YouforceConfigError};

use crate::ports::clock::Clock;
use crate::ports::health_finding::Finding;
use crate::ports::hr::{Cursor, HrError, HrSource, PART, Page};
use async_trait::async_trait;
use http::{Endpoint, ExchangeOutcome};
use rate_limiter::RateLimiter;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use std::sync::Arc;
use token::TokenCache;
use zeroize::Zeroizing;

/// Retries after status 429 before a page counts as failed.
const MAX_BUSY_RETRIES: usize = 3;

/// Client of the Youforce IAM API.
pub struct Youforce {
    client: Client,
    config: YouforceConfig,
    first_page: Url,
    tenant: Option<(HeaderName, HeaderValue)>,
    token_cache: TokenCache,
    rate_limiter: RateLimiter,
}

impl Youforce {
    /// Validates the configuration and prepares the HTTP client; opens no connection.
    pub fn new(config: YouforceConfig, clock: Arc<dyn Clock>) -> Result<Self, YouforceConfigError> {
        let client = config.client()?;
        let base = config.base.url();
        if !config.persons_path.starts_with('/') {
            return Err(YouforceConfigError::Path);
        }
        let first_page = format!("{}{}", base.as_str().trim_end_matches('/'), config.persons_path);
        let first_page =
            next_link::resolve(base, base, &first_page).map_err(|_| YouforceConfigError::Path)?;
        let tenant = config.tenant_header.as_ref().map(|name| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(&config.tenant_id).ok()?))
        });
        let tenant = tenant.map(|tenant| tenant.ok_or(YouforceConfigError::Tenant)).transpose()?;
        let token_cache = TokenCache::new(Arc::clone(&clock));
        let rate_limiter = RateLimiter::new(config.calls_per_minute, clock);
        Ok(Self { client, config, first_page, tenant, token_cache, rate_limiter })
    }

    fn endpoint(&self) -> Endpoint<'_> {
        Endpoint { url: self.config.base.url(), key: "hr.url", timeout: self.config.timeout }
    }

    /// Fetches a page's body; renews a rejected token once.
    async fn fetch(&self, url: &Url) -> Result<Zeroizing<Vec<u8>>, HrError> {
        let token = self.token_cache.get(&self.client, &self.config, None).await?;
        if let Some(body) = self.get(url, &token).await? {
            return Ok(body);
        }
        let token = self.token_cache.get(&self.client, &self.config, Some(&token)).await?;
        let body = self.get(url, &token).await?;
        body.ok_or_else(|| self.endpoint().refused("a new token is rejected too (status 401)".to_owned()))
    }

    /// Returns `None` if the token is rejected.
    async fn get(&self, url: &Url, token: &HeaderValue) -> Result<Option<Zeroizing<Vec<u8>>>, HrError> {
        let endpoint = self.endpoint();
        for retries in 0..=MAX_BUSY_RETRIES {
            self.rate_limiter.acquire().await;
            let mut request = self.client.get(url.clone());
            request = request.header(AUTHORIZATION, token.clone()).header(ACCEPT, "application/json");
            if let Some((name, value)) = &self.tenant {
                request = request.header(name.clone(), value.clone());
            }
            match endpoint.exchange(request).await? {
                ExchangeOutcome::Ok(body) => return Ok(Some(body)),
                ExchangeOutcome::Unauthorized => return Ok(None),
                ExchangeOutcome::Busy(after) if retries < MAX_BUSY_RETRIES => {
                    self.rate_limiter.back_off(after.as_deref()).await;
                }
                ExchangeOutcome::Busy(_) => break,
                ExchangeOutcome::Refused(status, _) => {
                    return Err(endpoint.refused(format!("status {status}")));
                }
            }
        }
        Err(endpoint.unreachable("too many calls (status 429), repeatedly".to_owned()))
    }
}

#[async_trait]
impl HrSource for Youforce {
    async fn page(&self, at: Option<&Cursor>) -> Result<Page, HrError> {
        let (base, endpoint) = (self.config.base.url(), self.endpoint());
        let url = match at {
            None => self.first_page.clone(),
            Some(Cursor(link)) => next_link::resolve(base, &self.first_page, link)
                .map_err(|what| endpoint.unusable(what.to_owned()))?,
        };
        let body = self.fetch(&url).await?;
        let answer = page::decode(&body, &self.config.fields).map_err(|what| endpoint.unusable(what))?;
        let next = answer.next.map(|next| next_link::resolve(base, &url, &next)).transpose();
        let next = next.map_err(|what| endpoint.unusable(what.to_owned()))?;
        Ok(Page { entries: answer.people, next: next.map(|next| Cursor(next.into())) })
    }

    async fn check(&self) -> Vec<Finding> {
        let what = self.config.base.url().as_str();
        // A cached token is sufficient: health checks run often, and the API counts calls.
        vec![match self.token_cache.get(&self.client, &self.config, None).await {
            Ok(_) => Finding::good(
                PART,
                what,
                "issues a token; run `hr --dry-run` to check that persons can be read",
            ),
            Err(error) => Finding::bad(PART, what, error.to_string()),
        }]
    }
}
