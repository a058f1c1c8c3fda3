//! Moving an installation from the embedded store to a database.

use super::*;
use server::ports::frozen_accounts::{FreezeLink, LinkDigest};
use server::ports::waiting_resets::{WaitingReset, WaitingResets as _};

/// Each kind of row arrives, and an installation is moved only once.
#[tokio::test]
async fn postgres_store_takes_over_everything_of_an_embedded_store() {
    let folder = tempfile::tempdir().unwrap();
    let from = SqliteStore::open(&folder.path().join("reset.db")).await.unwrap();
    let config = server().await.database();
    let to = PostgresStore::open(&config).await.unwrap();
    let limit = Limit { max: 5, window: Duration::from_mins(1) };
    let (later, key) = (NOW + SignedDuration::from_mins(9), LimitKey([3; 16]));
    from.create(&id(1), b"sealed", later).await.unwrap();
    from.take(&[(key.clone(), limit)], NOW).await.unwrap();
    let record = Record { left_since: Some(NOW), ..Record::default() };
    Records::store(&from, account(1), &record, None).await.unwrap();
    from.put(account(1), &[(Channel::Sms, vec![1]), (Channel::Sms, vec![2])], NOW).await.unwrap();
    let device = Device { account: account(1), created: NOW, expires: later };
    from.register_device(DeviceId([4; 16]), device, 9).await.unwrap();
    let freeze = Freeze { since: NOW, by: FreezeOrigin::Link, reference: "AAAA-0001".to_owned() };
    from.freeze(account(2), &freeze).await.unwrap();
    from.freeze(account(3), &freeze).await.unwrap();
    from.lift_freeze(account(3), NOW).await.unwrap();
    let link = FreezeLink { account: account(2), expires: later, used: true };
    from.store_link(LinkDigest([5; 32]), &link).await.unwrap();
    let wait = WaitingReset { requested: NOW, opens: NOW, closes: later };
    from.start_wait(account(4), &wait).await.unwrap();

    let copied = to.copy_from(&from).await.unwrap();
    assert_eq!(
        copied,
        [
            ("visits", 1),
            ("counts", 1),
            ("registered", 1),
            ("outbox", 2),
            ("devices", 1),
            ("frozen", 2),
            ("freeze_links", 1),
            ("waiting_resets", 1)
        ]
    );
    assert_eq!(Sessions::load(&to, &id(1)).await.unwrap().unwrap().sealed, b"sealed");
    assert_eq!(to.count(&key, limit, NOW).await.unwrap(), 1);
    assert_eq!(Records::load(&to, account(1)).await.unwrap().unwrap().record, record);
    let due = to.due(Channel::Sms, NOW, 9).await.unwrap();
    assert_eq!(due.iter().map(|queued| queued.sealed[0]).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(to.find_device(DeviceId([4; 16]), NOW).await.unwrap(), Some(device));
    assert_eq!(to.list_frozen().await.unwrap(), [(account(2), freeze)]);
    assert!(to.was_frozen_since(account(3), NOW).await.unwrap());
    assert_eq!(to.find_link(LinkDigest([5; 32]), NOW).await.unwrap(), Some(link));
    assert_eq!(to.find_wait(account(4)).await.unwrap(), Some(wait));
    // New messages do not collide with those that were copied.
    to.put(account(1), &[(Channel::Sms, vec![3])], NOW).await.unwrap();

    let error = to.copy_from(&from).await.unwrap_err().source.to_string();
    assert!(error.contains("visits has rows"), "{error}");
}
