//! Writes a registered number to the code provider and the directory: a first number at once, a number that replaces
//! another one after the waiting time. Other applications send codes to these numbers, so a thief of a password must not
//! redirect them before the account owner can react to the notice.
//!
//! The write is stored in the record together with the change, and an attempt is claimed by compare-and-swap. After a
//! crash, or if a system is unavailable, a later attempt repeats all writes; each of them is idempotent.

use super::EnrollmentService;
use crate::mobile::Mobile;
use crate::ports::audit::Event;
use crate::ports::directory::{Account, AccountId, Eligibility};
use crate::ports::health_finding::Finding;
use crate::ports::records::{PendingMobileWrite, Record, Records};
use crate::ports::store::StoreError;
use crate::record_values;
use crate::reset::audit::AuditContext;
use crate::reset::failure::unavailable;
use app::api::refusal::Refusal;
use jiff::Timestamp;
use std::net::{IpAddr, Ipv4Addr};

/// [`Finding::part`] and [`Finding::what`] of the row about these writes.
const PART: &str = "number writes";
const SUBJECT: &str = "Entrust and directory";
/// The address of background work in the audit log.
const BACKGROUND: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
/// A write is overdue after this many failed attempts, about a quarter of an hour.
const OVERDUE_ATTEMPTS: u32 = 3;
/// Failed writes in one run after which the others wait for the next run: each failure takes as long as a timeout.
const MAX_FAILURES_PER_RUN: u32 = 3;

/// The numbers in other systems before a change.
pub(super) struct OutsideNumbers {
    /// A number of the account owner from before any registration here, from the directory or the code provider.
    pub(super) earlier: Option<Mobile>,
    /// Whether the new number will replace another one.
    pub(super) is_replaced: bool,
    /// The number that will be replaced, if it can be parsed.
    pub(super) replaced: Option<Mobile>,
}

/// The writes of one background run.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WriteRun {
    failures: u32,
    overdue: u32,
}

impl EnrollmentService {
    /// Whether registered numbers are written to any other system.
    pub(super) fn writes_mobile(&self) -> bool {
        self.authenticators.can_activate() || self.config.write_mobile
    }

    /// Reads the numbers in the directory and at the code provider.
    pub(super) async fn outside_numbers(
        &self,
        account: &Account,
        new: &Mobile,
    ) -> Result<OutsideNumbers, Refusal> {
        let parse = |text: &str| Mobile::parse(text, &self.config.countries).ok();
        let written = if self.config.write_mobile {
            let written = self.directory.written_mobile(account).await;
            self.shared.accounts.directory_answered(written)?
        } else {
            None
        };
        let at_provider = self.activation.status(account).await?.mobile;
        let at_provider = at_provider.as_deref().map(String::as_str);
        let mut earlier = [account.mobile.as_deref(), at_provider, written.as_deref()].into_iter().flatten();
        // A number that is not accepted here, such as a foreign one, is another number too.
        let is_other = |text: &&str| !text.trim().is_empty() && parse(text).as_ref() != Some(new);
        let replaced = [at_provider, written.as_deref()].into_iter().flatten().find(is_other);
        let owner = |text: &str| parse(text).or_else(|| Mobile::from_e164(text.trim()));
        Ok(OutsideNumbers {
            earlier: earlier.find_map(parse),
            is_replaced: replaced.is_some(),
            replaced: replaced.and_then(owner),
        })
    }

    /// Writes the number of a claimed attempt to all systems, and removes the attempt from the record.
    pub(super) async fn write_mobile(
        &self,
        address: IpAddr,
        account: &Account,
        mobile: &Mobile,
        claimed: PendingMobileWrite,
    ) -> Result<(), Refusal> {
        if self.authenticators.can_activate()
            && let Some(user) = self.shared.accounts.provider_name(account)
        {
            let written = self.authenticators.set_mobile(&user, mobile.expose()).await;
            if !written.map_err(|error| unavailable(self.authenticators.name(), &error))? {
                tracing::warn!("the code provider does not know an employee who registered a number");
            }
        }
        if self.config.write_mobile {
            let written = self.directory.write_mobile(account, mobile.expose()).await;
            self.shared.accounts.directory_answered(written)?;
        }
        metrics::counter!("registration_mobile_written_total").increment(1);
        let context = AuditContext::account(account.id, address);
        self.shared.audit.record_after(&context, "", Event::MobileWritten).await;
        self.finish_mobile_write(account.id, claimed).await
    }

    /// Makes the write of a record if it is due.
    pub(super) async fn settle_mobile_write(&self, id: AccountId, record: &Record, run: &mut WriteRun) {
        let Some(write) = record.pending_mobile_write else { return };
        let mut is_overdue = is_overdue(&write);
        if write.next_attempt <= self.clock.now() && run.failures < MAX_FAILURES_PER_RUN {
            if self.write_due_mobile(id).await.is_ok() {
                is_overdue = false;
            } else {
                // The cause was logged. A later run repeats the write.
                metrics::counter!("registration_mobile_write_failures_total").increment(1);
                run.failures += 1;
            }
        }
        run.overdue += u32::from(is_overdue);
    }

    /// Reports the writes of a completed run.
    pub(super) fn report_mobile_writes(run: WriteRun) {
        metrics::gauge!("registration_mobile_writes_overdue").set(f64::from(run.overdue));
    }

    async fn write_due_mobile(&self, id: AccountId) -> Result<(), Refusal> {
        // Of several processes, the one whose change is stored makes the attempt.
        let claim = |record: &mut Record, now| record.claim_mobile_write(now);
        let Some((record, Some(claimed))) = self.account_records.change_existing(id, claim).await? else {
            return Ok(());
        };
        let read = self.directory.read(id).await;
        let Some(account) = self.shared.accounts.directory_answered(read)? else {
            return self.finish_mobile_write(id, claimed).await;
        };
        if account.eligibility != Eligibility::Eligible {
            let postpone = |record: &mut Record, now| record.postpone_mobile_write(claimed, now);
            return self.account_records.change_existing(id, postpone).await.map(|_| ());
        }
        let number = record.mobile.and_then(|mobile| record_values::open(&self.keys, id, &mobile.value));
        let Some(number) = number else {
            tracing::error!("a registered number cannot be opened: not written to other systems");
            return self.finish_mobile_write(id, claimed).await;
        };
        self.write_mobile(BACKGROUND, &account, &number, claimed).await
    }

    async fn finish_mobile_write(&self, id: AccountId, claimed: PendingMobileWrite) -> Result<(), Refusal> {
        self.account_records
            .change_existing(id, |record, _| record.finish_mobile_write(claimed))
            .await
            .map(|_| ())
    }
}

fn is_overdue(write: &PendingMobileWrite) -> bool {
    write.attempts >= OVERDUE_ATTEMPTS
}

/// Returns a row for `check` and `/status` with the numbers that wait to be written to other systems.
pub async fn finding(records: &dyn Records, now: Timestamp) -> Finding {
    match count(records, now).await {
        Ok((waiting, 0)) => Finding::good(PART, SUBJECT, format!("{waiting} in their waiting time")),
        Ok((waiting, overdue)) => Finding::warning(
            PART,
            SUBJECT,
            format!(
                "{overdue} could not be written to Entrust or the directory and are retried; {waiting} in their waiting \
                 time. The log has the cause"
            ),
        ),
        Err(error) => Finding::bad(PART, SUBJECT, format!("the records cannot be read: {error}")),
    }
}

/// Counts the writes in their waiting time and the overdue ones.
async fn count(records: &dyn Records, now: Timestamp) -> Result<(u64, u64), StoreError> {
    let (mut waiting, mut overdue, mut after) = (0, 0, None);
    loop {
        let page = records.page(after, 500).await?;
        let Some((last, _)) = page.last() else { return Ok((waiting, overdue)) };
        after = Some(*last);
        for write in page.iter().filter_map(|(_, stored)| stored.record.pending_mobile_write) {
            waiting += u64::from(write.due > now);
            overdue += u64::from(is_overdue(&write));
        }
    }
}
