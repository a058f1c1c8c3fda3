//! Rate limits: counted together, in any window.

use super::*;

pub(super) async fn limit_holds_in_any_window(store: &impl RateLimits) {
    let limit = Limit { max: 3, window: Duration::from_mins(10) };
    let key = LimitKey([1; 16]);
    for left in [2, 1, 0] {
        assert_eq!(
            store.take(&[(key.clone(), limit)], NOW).await.unwrap(),
            RateLimitDecision::Granted { left }
        );
    }
    let RateLimitDecision::Exhausted { retry_after } =
        store.take(&[(key.clone(), limit)], NOW).await.unwrap()
    else {
        panic!("a fourth request was granted")
    };
    assert!(retry_after >= Duration::from_mins(10), "{retry_after:?}");
    let shortly_before = NOW + SignedDuration::from_secs(599);
    assert!(matches!(
        store.take(&[(key.clone(), limit)], shortly_before).await.unwrap(),
        RateLimitDecision::Exhausted { .. }
    ));
    let after = NOW + SignedDuration::try_from(retry_after).unwrap();
    assert!(matches!(
        store.take(&[(key.clone(), limit)], after).await.unwrap(),
        RateLimitDecision::Granted { .. }
    ));
}

pub(super) async fn several_limits_are_taken_together_or_not_at_all(store: &impl RateLimits) {
    let one = Limit { max: 1, window: Duration::from_mins(1) };
    let many = Limit { max: 10, window: Duration::from_mins(1) };
    let (tight, wide) = (LimitKey([2; 16]), LimitKey([3; 16]));
    assert_eq!(
        store.take(&[(tight.clone(), one), (wide.clone(), many)], NOW).await.unwrap(),
        RateLimitDecision::Granted { left: 0 }
    );
    let both = store.take(&[(wide.clone(), many), (tight, one)], NOW).await.unwrap();
    assert!(matches!(both, RateLimitDecision::Exhausted { .. }));
    assert_eq!(store.take(&[(wide, many)], NOW).await.unwrap(), RateLimitDecision::Granted { left: 8 });
}

pub(super) async fn released_permit_can_be_taken_again(store: &impl RateLimits) {
    let one = Limit { max: 1, window: Duration::from_mins(1) };
    let key = LimitKey([4; 16]);
    assert!(matches!(
        store.take(&[(key.clone(), one)], NOW).await.unwrap(),
        RateLimitDecision::Granted { .. }
    ));
    store.release(&key, one, NOW).await.unwrap();
    store.release(&key, one, NOW).await.unwrap();
    assert!(matches!(
        store.take(&[(key.clone(), one)], NOW).await.unwrap(),
        RateLimitDecision::Granted { .. }
    ));
    assert!(matches!(store.take(&[(key, one)], NOW).await.unwrap(), RateLimitDecision::Exhausted { .. }));
}

pub(super) async fn cleared_key_has_no_events_and_other_keys_keep_theirs(store: &impl RateLimits) {
    let years = Limit { max: 2, window: Duration::from_hours(100 * 365 * 24) };
    let (key, other) = (LimitKey([9; 16]), LimitKey([10; 16]));
    store.take(&[(key.clone(), years), (other.clone(), years)], NOW).await.unwrap();
    // A count without decay: years later it is still there.
    let later = NOW + SignedDuration::from_hours(5 * 365 * 24);
    store.take(&[(key.clone(), years)], later).await.unwrap();
    assert_eq!(store.count(&key, years, later).await.unwrap(), 2);
    let full = store.take(&[(key.clone(), years)], later).await.unwrap();
    assert!(matches!(full, RateLimitDecision::Exhausted { .. }));
    store.clear(&key).await.unwrap();
    assert_eq!(store.count(&key, years, later).await.unwrap(), 0);
    assert_eq!(store.count(&other, years, later).await.unwrap(), 1);
}

pub(super) async fn counted_events_are_read_without_counting(store: &impl RateLimits) {
    let hour = Limit { max: u32::MAX, window: Duration::from_hours(1) };
    let (key, other) = (LimitKey([7; 16]), LimitKey([8; 16]));
    assert_eq!(store.count(&key, hour, NOW).await.unwrap(), 0);
    store.take(&[(key.clone(), hour)], NOW).await.unwrap();
    store.take(&[(key.clone(), hour)], NOW + SignedDuration::from_mins(30)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(store.count(&key, hour, NOW + SignedDuration::from_mins(59)).await.unwrap(), 2);
    }
    assert_eq!(store.count(&other, hour, NOW).await.unwrap(), 0);
    // A tenth of the window later than the window, because the embedded store counts in slices.
    assert_eq!(store.count(&key, hour, NOW + SignedDuration::from_mins(67)).await.unwrap(), 1);
    assert_eq!(store.count(&key, hour, NOW + SignedDuration::from_mins(97)).await.unwrap(), 0);
}

pub(super) async fn zero_means_no_limit(store: &impl RateLimits) {
    let off = Limit { max: 0, window: Duration::from_mins(1) };
    for _ in 0..3 {
        let decision = store.take(&[(LimitKey([5; 16]), off)], NOW).await.unwrap();
        assert_eq!(decision, RateLimitDecision::Granted { left: LEFT_WITHOUT_LIMIT });
    }
}

pub(super) async fn parallel_requests_are_granted_up_to_the_limit<S: RateLimits + 'static>(store: Arc<S>) {
    let limit = Limit { max: 7, window: Duration::from_mins(1) };
    let requests = (0..100).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.take(&[(LimitKey([6; 16]), limit)], NOW).await.unwrap() })
    });
    let mut granted = 0;
    for request in requests.collect::<Vec<_>>() {
        granted += u32::from(matches!(request.await.unwrap(), RateLimitDecision::Granted { .. }));
    }
    assert_eq!(granted, 7);
}
