//! The handler of the service desk API.

use super::RequestContext;
use crate::http::cookies;
use crate::reset::Cookie;
use crate::service_desk::{DeskClient, OverviewFile};
use app::api::refusal::Refusal;
use app::api::service_desk::{ServiceDeskCommand, ServiceDeskHandler};
use app::api::service_desk_state::ServiceDesk;
use app::static_pages::overview::Overview;
use async_trait::async_trait;
use jiff::SignedDuration;
use std::sync::Arc;

#[async_trait]
impl ServiceDeskHandler for RequestContext {
    async fn run(&self, command: ServiceDeskCommand) -> Result<ServiceDesk, Refusal> {
        let service = Arc::clone(&self.service_desk);
        let client = self.desk_client();
        let answer = self.run_detached(async move { service.run(&client, command).await }).await;
        let name = cookies::service_desk(self.secure);
        match &answer.cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.set_cookie(name, &*id.0, self.service_desk.session_max()),
            Cookie::Clear => self.set_cookie(name, &[], SignedDuration::ZERO),
        }
        answer.outcome
    }
}

impl RequestContext {
    /// The numbers of today.
    pub(in crate::http) async fn overview(&self) -> Result<Overview, Refusal> {
        self.service_desk.overview(&self.desk_client()).await
    }

    /// The same numbers as a file.
    pub(in crate::http) async fn overview_csv(&self) -> Result<OverviewFile, Refusal> {
        self.service_desk.overview_csv(&self.desk_client()).await
    }

    fn desk_client(&self) -> DeskClient {
        DeskClient { session: self.desk_session.clone(), reset: self.client.reset.clone() }
    }
}
