//! Known devices.

use super::*;

pub(super) async fn devices_are_found_until_they_expire_or_are_revoked(store: &impl Devices) {
    let days = |days: i64| NOW + SignedDuration::from_hours(24 * days);
    let id = |byte| DeviceId([byte; 16]);
    let device = |number, created, expires| Device { account: account(number), created, expires };
    assert_eq!(store.find_device(id(1), NOW).await.unwrap(), None);
    store.register_device(id(1), device(1, NOW, days(2)), 2).await.unwrap();
    store.register_device(id(2), device(2, NOW, days(2)), 2).await.unwrap();
    assert_eq!(store.find_device(id(1), NOW).await.unwrap(), Some(device(1, NOW, days(2))));
    assert!(store.find_device(id(1), days(2)).await.unwrap().is_none(), "expired, also before the purge");
    assert!(store.renew_device(id(1), days(4)).await.unwrap());
    assert!(!store.renew_device(id(9), days(4)).await.unwrap());
    assert_eq!(store.find_device(id(1), days(3)).await.unwrap(), Some(device(1, NOW, days(4))));

    store.register_device(id(3), device(1, days(1), days(3)), 2).await.unwrap();
    store.register_device(id(4), device(1, days(2), days(5)), 2).await.unwrap();
    let kept = [device(1, NOW, days(4)), device(1, days(2), days(5))];
    assert_eq!(store.devices_of(account(1)).await.unwrap(), kept, "the two that expire last");

    store.purge_devices(days(4) + SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(store.devices_of(account(1)).await.unwrap().len(), 1);
    assert_eq!(store.devices_of(account(2)).await.unwrap(), []);
    assert_eq!(store.revoke_devices(account(1)).await.unwrap(), 1);
    assert_eq!(store.revoke_devices(account(1)).await.unwrap(), 0);
    assert_eq!(store.find_device(id(4), NOW).await.unwrap(), None);
}
