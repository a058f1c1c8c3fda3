//! What is kept of a person is shown, forgotten on request, and removed some time after leaving.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

use super::import::world::{NOW, World};
use jiff::SignedDuration;
use server::adapters::sqlite::SqliteStore;
use server::enrollment::values;
use server::person::{delete, export};
use server::ports::directory::{AccountId, Eligibility};
use server::ports::notifier::{Channel, Outbox};
use server::ports::records::{Proposal, Record, Records};
use server::retention::{RetentionDeps, RetentionError, Tally, run};
use server::test_support::MemoryStore;
use server::test_support::directory::{FakeDirectory, Outage};
use std::sync::Arc;

const KEEP: SignedDuration = SignedDuration::from_hours(24 * 30);
const DAY: SignedDuration = SignedDuration::from_hours(24);

trait Store: Records + Outbox {}
impl<T: Records + Outbox> Store for T {}

/// One of each.
async fn stores() -> (Vec<Arc<dyn Store>>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let embedded = SqliteStore::open(&folder.path().join("reset.db")).await.unwrap();
    (vec![Arc::new(MemoryStore::default()), Arc::new(embedded)], folder)
}

async fn kept(store: &dyn Store, account: AccountId) -> Option<Record> {
    Records::load(store, account).await.unwrap().map(|kept| kept.record)
}

async fn staff(store: &dyn Store, directory: &FakeDirectory, many: usize) -> Vec<AccountId> {
    let mut ids = Vec::new();
    for number in 0..many {
        let id = directory.hire(&format!("m{number}"), "", "");
        Records::store(store, id, &Record::default(), None).await.unwrap();
        ids.push(id);
    }
    ids
}

fn with<'a>(store: &'a Arc<dyn Store>, directory: &'a FakeDirectory) -> RetentionDeps<'a> {
    RetentionDeps { directory, records: &**store, outbox: &**store }
}

#[tokio::test]
async fn who_left_is_marked_and_removed_after_the_time_and_who_returns_is_not() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let directory = FakeDirectory::new();
        let ids = staff(&*store, &directory, 6).await;
        store.put(ids[0], &[(Channel::Mail, vec![1])], NOW).await.unwrap();
        directory.dismiss("m0");
        directory.edit("m1", |member| member.account.eligibility = Eligibility::Disabled);
        directory.edit("m2", |member| member.account.eligibility = Eligibility::Privileged);
        let dry = run(with(&store, &directory), KEEP, NOW, true).await.unwrap();
        assert_eq!(dry, Tally { records: 6, left: 2, ..Tally::default() });
        assert_eq!(kept(&*store, ids[0]).await.unwrap().left_since, None, "a dry run changes nothing");
        assert_eq!(run(with(&store, &directory), KEEP, NOW, false).await.unwrap(), dry);
        for (place, left) in [Some(NOW), Some(NOW), None, None].into_iter().enumerate() {
            assert_eq!(kept(&*store, ids[place]).await.unwrap().left_since, left);
        }
        let again = run(with(&store, &directory), KEEP, NOW + DAY, false).await.unwrap();
        assert_eq!(again, Tally { records: 6, ..Tally::default() });
        assert_eq!(kept(&*store, ids[0]).await.unwrap().left_since, Some(NOW), "since the first time");
        directory.edit("m1", |member| member.account.eligibility = Eligibility::Eligible);
        let later = run(with(&store, &directory), KEEP, NOW + KEEP, false).await.unwrap();
        assert_eq!(later, Tally { records: 6, returned: 1, removed: 1, left: 0 });
        assert_eq!(kept(&*store, ids[0]).await, None);
        assert_eq!(store.waiting().await.unwrap(), 0, "its messages are forgotten too");
        assert_eq!(kept(&*store, ids[1]).await.unwrap().left_since, None);
    }
}

#[tokio::test]
async fn a_listing_that_fails_marks_and_removes_nobody() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let directory = FakeDirectory::new();
        let ids = staff(&*store, &directory, 2).await;
        directory.dismiss("m0");
        run(with(&store, &directory), KEEP, NOW, false).await.unwrap();
        directory.set_outage(Some(Outage::Unreachable));
        let error = run(with(&store, &directory), KEEP, NOW + KEEP, false).await.unwrap_err();
        assert!(matches!(error, RetentionError::Directory(_)), "{error}");
        assert!(kept(&*store, ids[0]).await.is_some());
        assert_eq!(kept(&*store, ids[1]).await.unwrap().left_since, None);
    }
}

#[tokio::test]
async fn a_quarter_that_is_gone_at_once_was_not_listed() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let directory = FakeDirectory::new();
        let ids = staff(&*store, &directory, 84).await;
        directory.dismiss("m80");
        run(with(&store, &directory), KEEP, NOW, false).await.unwrap();
        // 21 of 84 are a quarter, 22 are more.
        (0..22).for_each(|number| directory.dismiss(&format!("m{number}")));
        for dry_run in [true, false] {
            let error = run(with(&store, &directory), KEEP, NOW + KEEP, dry_run).await.unwrap_err();
            let RetentionError::TooMany { gone, records } = error else { panic!("{error}") };
            assert_eq!((gone, records), (22, 84));
        }
        assert_eq!(kept(&*store, ids[0]).await.unwrap().left_since, None);
        assert!(kept(&*store, ids[80]).await.is_some(), "nor is anybody removed");
        directory.hire("m0", "", "");
        assert!(
            run(with(&store, &directory), KEEP, NOW + KEEP, false).await.is_err(),
            "a name is no account"
        );
    }
}

#[tokio::test]
async fn few_may_all_leave_at_once() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let directory = FakeDirectory::new();
        staff(&*store, &directory, 20).await;
        (0..20).for_each(|number| directory.dismiss(&format!("m{number}")));
        let tally = run(with(&store, &directory), KEEP, NOW, false).await.unwrap();
        assert_eq!(tally, Tally { records: 20, left: 20, ..Tally::default() });
    }
}

#[tokio::test]
async fn a_person_is_shown_everything_that_is_kept_and_no_digest() {
    let world = World::new();
    let anna = world.hire("A.Janssen");
    assert!(export(anna, &*world.records, &world.keys).await.unwrap().is_none());
    world.import("username;birthdate;mobile\nA.Janssen;01-10-1984;0612345678\n").await.unwrap();
    let kept = Records::load(&*world.records, anna).await.unwrap().unwrap();
    let other = server::mobile::Mobile::from_e164("+31687654321").unwrap();
    let value = values::seal(&world.keys, anna, &other).unwrap();
    let mut record = kept.record;
    record.proposed_mobile = Some(Proposal { value, since: NOW, declined: false });
    record.activation_begun("token-1".into(), false, NOW, DAY);
    world.records.store(anna, &record, Some(kept.revision)).await.unwrap();

    let export = export(anna, &*world.records, &world.keys).await.unwrap().unwrap();
    let json = serde_json::to_value(&export).unwrap();
    assert_eq!(
        (&json["birthdate"]["kept_as"], &json["birthdate"]["source"]),
        (&"digest".into(), &"hr".into())
    );
    assert_eq!(json["birthdate"]["confirmed"], false);
    assert_eq!(json["birthdate"]["since"], NOW.to_string());
    assert_eq!(json["mobile"]["number"], "+31612345678");
    assert_eq!(json["proposed_mobile"]["number"], "+31687654321");
    assert_eq!(json["activations"][0]["token"], "token-1");
    assert_eq!(json["proposed_birthdate"], serde_json::Value::Null);
    let text = json.to_string();
    let digests = [&record.birthdate.unwrap().value.digest, &record.mobile.as_ref().unwrap().value.digest];
    for digest in digests {
        assert!(!text.contains(&server::crypto::hex(digest)));
    }
    assert!(!text.contains(&record.mobile.unwrap().value.key_id) && !text.contains("1984"));
}

#[tokio::test]
async fn a_person_is_forgotten_and_nobody_else() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let ids = staff(&*store, &FakeDirectory::new(), 2).await;
        for id in &ids {
            store.put(*id, &[(Channel::Mail, vec![1])], NOW).await.unwrap();
        }
        assert!(delete(ids[0], &*store, &*store).await.unwrap());
        assert!(!delete(ids[0], &*store, &*store).await.unwrap());
        assert_eq!(kept(&*store, ids[0]).await, None);
        assert!(kept(&*store, ids[1]).await.is_some());
        assert_eq!(store.waiting().await.unwrap(), 1);
    }
}
