//! temporary
use super::*;
use std::sync::Mutex;
#[derive(Debug, Default)]
pub struct FakeNotifier {
    pub told: Mutex<Vec<(AccountId, Happened, Recipients)>>,
    pub codes: Mutex<Vec<(Mobile, String)>>,
    pub sms: std::sync::atomic::AtomicBool,
}
#[async_trait]
impl Notifier for FakeNotifier {
    async fn tell(&self, account: AccountId, happened: Happened, to: &Recipients, _: Timestamp) {
        self.told.lock().unwrap().push((account, happened, to.clone()));
    }
    async fn send_code(&self, _: AccountId, to: &Mobile, code: &Code, _: Timestamp) -> Result<(), NotSent> {
        self.codes.lock().unwrap().push((to.clone(), code.expose().to_owned()));
        Ok(())
    }
    fn can(&self, channel: Channel) -> bool {
        channel == Channel::Mail || self.sms.load(std::sync::atomic::Ordering::Relaxed)
    }
    async fn check(&self) -> Vec<Finding> {
        vec![]
    }
}
