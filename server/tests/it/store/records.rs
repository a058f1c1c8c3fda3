//! Records of the registration.

use super::*;
use app::api::enrollment_state::Source;
use server::ports::records::{BirthdateDigest, RegisteredValue, SealedMobile, Statistics};

fn record(birthdate: u8, mobile: Option<u8>) -> Record {
    let value = BirthdateDigest { key_id: "k".into(), digest: [birthdate; 32] };
    let sealed = |byte| SealedMobile { key_id: "old".into(), sealed: vec![byte, 9], digest: [byte; 32] };
    Record {
        birthdate: Some(RegisteredValue::by(Source::Hr, value, NOW)),
        mobile: mobile.map(|byte| RegisteredValue::by(Source::Employee, sealed(byte), NOW)),
        ..Record::default()
    }
}

pub(super) async fn records_are_changed_by_compare_and_swap(store: &impl Records) {
    assert_eq!(store.load(account(1)).await.unwrap(), None);
    let Swap::Won(first) = store.store(account(1), &record(1, None), None).await.unwrap() else { panic!() };
    assert_eq!(store.store(account(1), &record(2, None), None).await.unwrap(), Swap::Lost);
    let swap = store.store(account(1), &record(3, Some(7)), Some(first)).await.unwrap();
    let Swap::Won(second) = swap else { panic!("{swap:?}") };
    assert_eq!(store.store(account(1), &record(4, None), Some(first)).await.unwrap(), Swap::Lost);
    let stored = store.load(account(1)).await.unwrap().unwrap();
    assert_eq!((stored.record, stored.revision), (record(3, Some(7)), second));
    assert_eq!(store.load(account(2)).await.unwrap(), None);
}

pub(super) async fn each_record_of_a_batch_is_stored_or_lost_individually(store: &impl Records) {
    let changes = [(account(1), record(9, None), None), (account(3), record(3, Some(7)), None)];
    let swaps = store.store_many(&changes).await.unwrap();
    assert_eq!(swaps, [Swap::Lost, Swap::Won(Revision(1))]);
    assert_eq!(store.load(account(1)).await.unwrap().unwrap().record, record(3, Some(7)));
}

pub(super) async fn records_are_paged_counted_and_removed(store: &impl Records) {
    store.store(account(2), &record(2, None), None).await.unwrap();
    let first = store.page(None, 2).await.unwrap();
    assert_eq!(first.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [account(1), account(2)]);
    let rest = store.page(Some(account(2)), 2).await.unwrap();
    assert_eq!(rest.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [account(3)]);
    let mut many = store.load_many(&[account(3), account(8), account(1)]).await.unwrap();
    many.sort_by_key(|(id, _)| id.0);
    assert_eq!(many.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [account(1), account(3)]);
    assert_eq!(Some(&many[1].1), store.load(account(3)).await.unwrap().as_ref());
    assert_eq!(store.load_many(&[]).await.unwrap(), []);
    let counted = store.statistics("k").await.unwrap();
    assert_eq!(counted, Statistics { records: 3, birthdates: 3, mobiles: 2, on_old_keys: 2 });
    assert!(store.remove(account(3)).await.unwrap());
    assert!(!store.remove(account(3)).await.unwrap());
    assert_eq!(store.load(account(3)).await.unwrap(), None);
}
