//! Tests of export and deletion of a person's records, and of their removal some time after the person left.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

use super::import::world::{NOW, World};
use jiff::SignedDuration;
use server::adapters::sqlite::SqliteStore;
use server::person::{delete, export};
use server::ports::devices::{Device, DeviceId, Devices as _};
use server::ports::directory::{AccountId, Eligibility};
use server::ports::frozen_accounts::{Freeze, FreezeLink, FreezeOrigin, FrozenAccounts as _, LinkDigest};
use server::ports::notifier::Channel;
use server::ports::records::{Proposal, Record, Records};
use server::ports::store::Store;
use server::record_values;
use server::retention::{RetentionDeps, RetentionError, Tally, run};
use server::test_support::MemoryStore;
use server::test_support::directory::{DirectoryOutage, FakeDirectory};
use std::sync::Arc;

const KEEP: SignedDuration = SignedDuration::from_hours(24 * 30);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// One store of each implementation. The folder contains the database.
async fn stores() -> (Vec<Arc<dyn Store>>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(&folder.path().join("reset.db")).await.unwrap();
    (vec![Arc::new(MemoryStore::default()), Arc::new(sqlite)], folder)
}

async fn stored_record(store: &dyn Store, account: AccountId) -> Option<Record> {
    Records::load(store, account).await.unwrap().map(|stored| stored.record)
}

async fn staff(store: &dyn Store, directory: &FakeDirectory, people: usize) -> Vec<AccountId> {
    let mut ids = Vec::new();
    for number in 0..people {
        let id = directory.add_account(&format!("m{number}"), "", "");
        Records::store(store, id, &Record::default(), None).await.unwrap();
        ids.push(id);
    }
    ids
}

fn deps<'a>(store: &'a Arc<dyn Store>, directory: &'a FakeDirectory) -> RetentionDeps<'a> {
    RetentionDeps { directory, store: &**store }
}

#[tokio::test]
async fn records_of_leavers_are_marked_and_removed_later_unless_they_return() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let directory = FakeDirectory::new();
        let ids = staff(&*store, &directory, 6).await;
        store.put(ids[0], &[(Channel::Mail, vec![1])], NOW).await.unwrap();
        directory.remove_account("m0");
        directory.edit("m1", |member| member.account.eligibility = Eligibility::Disabled);
        directory.edit("m2", |member| member.account.eligibility = Eligibility::Privileged);
        let dry = run(deps(&store, &directory), KEEP, NOW, true).await.unwrap();
        assert_eq!(dry, Tally { records: 6, left: 2, ..Tally::default() });
        assert_eq!(
            stored_record(&*store, ids[0]).await.unwrap().left_since,
            None,
            "a dry run changes nothing"
        );
        assert_eq!(run(deps(&store, &directory), KEEP, NOW, false).await.unwrap(), dry);
        for (index, left) in [Some(NOW), Some(NOW), None, None].into_iter().enumerate() {
            assert_eq!(stored_record(&*store, ids[index]).await.unwrap().left_since, left);
        }
        let again = run(deps(&store, &directory), KEEP, NOW + DAY, false).await.unwrap();
        assert_eq!(again, Tally { records: 6, ..Tally::default() });
        assert_eq!(
            stored_record(&*store, ids[0]).await.unwrap().left_since,
            Some(NOW),
            "since the first time"
        );
        directory.edit("m1", |member| member.account.eligibility = Eligibility::Eligible);
        let later = run(deps(&store, &directory), KEEP, NOW + KEEP, false).await.unwrap();
        assert_eq!(later, Tally { records: 6, returned: 1, removed: 1, left: 0 });
        assert_eq!(stored_record(&*store, ids[0]).await, None);
        assert_eq!(store.queued_count().await.unwrap(), 0, "its messages are removed too");
        assert_eq!(stored_record(&*store, ids[1]).await.unwrap().left_since, None);
    }
}

#[tokio::test]
async fn failed_listing_marks_and_removes_no_record() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let directory = FakeDirectory::new();
        let ids = staff(&*store, &directory, 2).await;
        directory.remove_account("m0");
        run(deps(&store, &directory), KEEP, NOW, false).await.unwrap();
        directory.set_outage(Some(DirectoryOutage::Unreachable));
        let error = run(deps(&store, &directory), KEEP, NOW + KEEP, false).await.unwrap_err();
        assert!(matches!(error, RetentionError::Directory(_)), "{error}");
        assert!(stored_record(&*store, ids[0]).await.is_some());
        assert_eq!(stored_record(&*store, ids[1]).await.unwrap().left_since, None);
    }
}

#[tokio::test]
async fn run_is_refused_if_more_than_a_quarter_is_missing_at_once() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let directory = FakeDirectory::new();
        let ids = staff(&*store, &directory, 84).await;
        directory.remove_account("m80");
        run(deps(&store, &directory), KEEP, NOW, false).await.unwrap();
        // 21 of 84 accounts are a quarter, 22 are more.
        (0..22).for_each(|number| directory.remove_account(&format!("m{number}")));
        for dry_run in [true, false] {
            let error = run(deps(&store, &directory), KEEP, NOW + KEEP, dry_run).await.unwrap_err();
            let RetentionError::TooMany { gone, records } = error else { panic!("{error}") };
            assert_eq!((gone, records), (22, 84));
        }
        assert_eq!(stored_record(&*store, ids[0]).await.unwrap().left_since, None);
        assert!(stored_record(&*store, ids[80]).await.is_some(), "no record is removed");
        directory.add_account("m0", "", "");
        assert!(
            run(deps(&store, &directory), KEEP, NOW + KEEP, false).await.is_err(),
            "a new account with the same name has another identity"
        );
    }
}

#[tokio::test]
async fn small_directory_may_lose_all_accounts_at_once() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let directory = FakeDirectory::new();
        staff(&*store, &directory, 20).await;
        (0..20).for_each(|number| directory.remove_account(&format!("m{number}")));
        let tally = run(deps(&store, &directory), KEEP, NOW, false).await.unwrap();
        assert_eq!(tally, Tally { records: 20, left: 20, ..Tally::default() });
    }
}

#[tokio::test]
async fn export_contains_every_stored_value_and_no_digest() {
    let store = Arc::new(MemoryStore::default());
    let world = World::with_store(Arc::clone(&store) as _);
    let anna = world.add_account("A.Janssen");
    assert!(export(anna, &*store, &world.keys).await.unwrap().is_none());
    world.import("username;birthdate;mobile\nA.Janssen;01-10-1984;0612345678\n").await.unwrap();
    let stored = Records::load(&*world.records, anna).await.unwrap().unwrap();
    let other = server::mobile::Mobile::from_e164("+31687654321").unwrap();
    let value = record_values::seal(&world.keys, anna, &other).unwrap();
    let mut record = stored.record;
    record.proposed_mobile = Some(Proposal { value, since: NOW, declined: false });
    record.activation_begun("token-1".into(), false, NOW, Some(DAY));
    world.records.store(anna, &record, Some(stored.revision)).await.unwrap();

    let device = Device { account: anna, created: NOW, expires: NOW + DAY };
    store.register_device(DeviceId([1; 16]), device, 1).await.unwrap();
    let export = export(anna, &*store, &world.keys).await.unwrap().unwrap();
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
    assert_eq!(json["known_devices"][0]["expires"], (NOW + DAY).to_string());
    assert_eq!(json["proposed_birthdate"], serde_json::Value::Null);
    let text = json.to_string();
    let digests = [&record.birthdate.unwrap().value.digest, &record.mobile.as_ref().unwrap().value.digest];
    for digest in digests {
        assert!(!text.contains(&data_encoding::HEXLOWER.encode(digest)));
    }
    assert!(!text.contains(&record.mobile.unwrap().value.key_id) && !text.contains("1984"));
}

#[tokio::test]
async fn delete_removes_one_person_only() {
    let (stores, _folder) = stores().await;
    for store in stores {
        let ids = staff(&*store, &FakeDirectory::new(), 2).await;
        for id in &ids {
            store.put(*id, &[(Channel::Mail, vec![1])], NOW).await.unwrap();
            let freeze = Freeze { since: NOW, by: FreezeOrigin::Link, reference: "AAAA-0001".into() };
            store.freeze(*id, &freeze).await.unwrap();
            let device = Device { account: *id, created: NOW, expires: NOW + DAY };
            store.register_device(DeviceId(*id.0.as_bytes()), device, 1).await.unwrap();
        }
        assert!(delete(ids[0], &*store).await.unwrap());
        assert!(!delete(ids[0], &*store).await.unwrap());
        assert_eq!(stored_record(&*store, ids[0]).await, None);
        assert!(stored_record(&*store, ids[1]).await.is_some());
        assert_eq!(store.queued_count().await.unwrap(), 1);
        assert_eq!(store.find_freeze(ids[0]).await.unwrap(), None);
        assert!(store.find_freeze(ids[1]).await.unwrap().is_some());
        assert_eq!(store.devices_of(ids[0]).await.unwrap(), []);
        assert_eq!(store.devices_of(ids[1]).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn export_contains_a_freeze_and_its_links_also_without_a_record() {
    let (world, store) = (World::new(), MemoryStore::default());
    let anna = world.add_account("A.Janssen");
    let freeze = Freeze { since: NOW, by: FreezeOrigin::Link, reference: "AAAA-0001".into() };
    store.freeze(anna, &freeze).await.unwrap();
    let link = FreezeLink { account: anna, expires: NOW + DAY, used: true };
    store.store_link(LinkDigest([1; 32]), &link).await.unwrap();
    let export = export(anna, &store, &world.keys).await.unwrap().unwrap();
    let json = serde_json::to_value(&export).unwrap();
    assert_eq!(json["frozen"]["by"], "link");
    assert_eq!(json["frozen"]["reference"], "AAAA-0001");
    assert_eq!(json["freeze_links"][0]["used"], true);
}
