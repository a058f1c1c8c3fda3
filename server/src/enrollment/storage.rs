//! Stores changed values in the record of an account.

use super::record::{Change, NewValue, register};
use super::{EnrollmentClient, EnrollmentService};
use crate::crypto::Keyring;
use crate::mobile::Mobile;
use crate::ports::audit::{Event, RecordField};
use crate::ports::directory::Account;
use crate::ports::notifier::NoticeKind;
use crate::ports::records::{BirthdateDigest, RegisteredValue};
use crate::record_values;
use crate::reset::audit::AuditContext;
use crate::reset::failure::fault;
use app::api::enrollment_state::Source;
use app::api::refusal::Refusal;

impl EnrollmentService {
    pub(super) async fn store_birthdate(
        &self,
        client: &EnrollmentClient,
        account: &Account,
        value: impl Fn(&Keyring) -> BirthdateDigest,
        is_same: impl Fn(&BirthdateDigest) -> bool,
    ) -> Result<(), Refusal> {
        let changed = self.account_records.change(account.id, |record, now| {
            let value = value(&self.keys);
            let new_value = NewValue { value, source: Source::Employee, now, wait: self.config.waiting_time };
            let had_no_values = record.has_no_values();
            let change = register(&mut record.birthdate, &mut record.proposed_birthdate, new_value, &is_same);
            match change {
                Change::Replaced => record.pending_notices.push(NoticeKind::BirthdateChanged),
                Change::First if had_no_values => record.pending_notices.push(NoticeKind::Registered),
                Change::First | Change::Same | Change::Proposed => {}
            }
            Ok(change)
        });
        let (_, change) = changed.await?;
        self.conclude_change(client, account, RecordField::Birthdate, change).await
    }

    pub(super) async fn store_mobile(
        &self,
        client: &EnrollmentClient,
        account: &Account,
        mobile: &Mobile,
    ) -> Result<(), Refusal> {
        let keys = &self.keys;
        let seal = |mobile: &Mobile| {
            record_values::seal(keys, account.id, mobile)
                .map_err(|error| fault("a number cannot be sealed", &error))
        };
        let outside = self.outside_numbers(account, mobile).await?;
        let changed = self.account_records.change(account.id, |record, now| {
            // A number that the directory or Entrust already has counts as registered: to replace it is a change.
            if let (None, Some(outside)) = (&record.mobile, &outside.earlier) {
                record.mobile = Some(RegisteredValue::by(Source::Directory, seal(outside)?, now));
            }
            let new_value = NewValue {
                value: seal(mobile)?,
                source: Source::Employee,
                now,
                wait: self.config.waiting_time,
            };
            let had_no_values = record.has_no_values();
            let change = record.register_mobile(new_value, |stored| {
                record_values::open(keys, account.id, stored).as_ref() == Some(mobile)
            });
            // Repeated by the employee, for example because the answer was lost: the write is scheduled already.
            let is_scheduled = change == Change::Same && record.pending_mobile_write.is_some();
            if !is_scheduled {
                if outside.is_replaced && matches!(change, Change::First | Change::Same) {
                    let replaced = outside.replaced.as_ref().map(seal).transpose()?;
                    record.mobile_replaces_outside(replaced, change, now, self.config.waiting_time);
                } else if had_no_values && change == Change::First {
                    record.pending_notices.push(NoticeKind::Registered);
                }
                if self.writes_mobile() {
                    record.schedule_mobile_write(now);
                }
            }
            let claimed = record.claim_mobile_write(now);
            Ok((change, claimed))
        });
        let (_, (change, claimed)) = changed.await?;
        // The number is stored, with its waiting time, before any other system receives it. If a later step fails, the
        // employee repeats it with the same number, which is then not a change.
        if change == Change::Replaced {
            self.reset.devices().revoke(account.id).await;
        }
        self.conclude_change(client, account, RecordField::Mobile, change).await?;
        match claimed {
            Some(claimed) => self.write_mobile(client.reset.address, account, mobile, claimed).await,
            None => Ok(()),
        }
    }

    pub(super) async fn decline(
        &self,
        client: &EnrollmentClient,
        account: &Account,
        what: RecordField,
    ) -> Result<(), Refusal> {
        let changed = self.account_records.change(account.id, |record, _| {
            match what {
                RecordField::Birthdate => {
                    record.proposed_birthdate.iter_mut().for_each(|proposal| proposal.declined = true);
                }
                RecordField::Mobile => {
                    record.proposed_mobile.iter_mut().for_each(|proposal| proposal.declined = true);
                }
            }
            Ok(())
        });
        changed.await?;
        let context = AuditContext::account(account.id, client.reset.address);
        self.shared.audit.record_after(&context, "", Event::Declined { what }).await;
        Ok(())
    }

    /// Writes the audit entry of a change and sends the pending notices.
    async fn conclude_change(
        &self,
        client: &EnrollmentClient,
        account: &Account,
        what: RecordField,
        change: Change,
    ) -> Result<(), Refusal> {
        let context = AuditContext::account(account.id, client.reset.address);
        let replaced = change == Change::Replaced;
        self.shared.audit.record_after(&context, "", Event::Registered { what, replaced }).await;
        self.account_records.send_pending_notices(account).await
    }
}
