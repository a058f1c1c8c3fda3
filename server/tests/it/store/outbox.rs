//! The queue of messages.

use super::*;

pub(super) async fn messages_leave_the_queue_when_done(store: &impl Outbox) {
    let mail = |byte| (Channel::Mail, vec![byte]);
    store.put(account(1), &[mail(1), mail(2)], NOW).await.unwrap();
    store.put(account(2), &[mail(3)], NOW).await.unwrap();
    let due = store.due(Channel::Mail, NOW, 2).await.unwrap();
    assert_eq!(due.iter().map(|queued| queued.sealed.clone()).collect::<Vec<_>>(), [[1], [2]]);
    assert_eq!(store.next_due(Channel::Mail).await.unwrap(), Some(NOW));
    store.remove_message(due[0].id).await.unwrap();
    let later = NOW + SignedDuration::from_mins(1);
    store.reschedule(due[1].id, later).await.unwrap();
    let now = store.due(Channel::Mail, NOW, 9).await.unwrap();
    assert_eq!(now.iter().map(|queued| queued.account).collect::<Vec<_>>(), [account(2)]);
    let then = store.due(Channel::Mail, later, 9).await.unwrap();
    assert_eq!(then.iter().map(|queued| queued.attempts).collect::<Vec<_>>(), [0, 1]);
    store.remove_messages_of(account(2)).await.unwrap();
    assert_eq!(store.queued_count().await.unwrap(), 1);
    assert_eq!(store.next_due(Channel::Mail).await.unwrap(), Some(later));
    store.remove_messages_of(account(1)).await.unwrap();
}

pub(super) async fn only_one_of_many_claims_of_a_message_succeeds<S: Store + 'static>(store: Arc<S>) {
    store.put(account(7), &[(Channel::Mail, vec![1])], NOW).await.unwrap();
    let id = store.due(Channel::Mail, NOW, 1).await.unwrap()[0].id;
    let until = NOW + SignedDuration::from_mins(2);
    let claims = (0..20).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.claim(id, NOW, until).await.unwrap() })
    });
    let mut won = 0;
    for claim in claims.collect::<Vec<_>>() {
        won += u32::from(claim.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(store.due(Channel::Mail, NOW, 9).await.unwrap(), []);
    // The node that claimed it was lost: another one sends it.
    assert_eq!(store.due(Channel::Mail, until, 9).await.unwrap()[0].attempts, 0);
    assert!(store.claim(id, until, until + SignedDuration::from_mins(2)).await.unwrap());
    store.remove_messages_of(account(7)).await.unwrap();
    assert!(!store.claim(id, until, until).await.unwrap(), "a removed message");
}

pub(super) async fn each_channel_has_its_own_queue_and_untried_messages_go_first(store: &impl Outbox) {
    let due_messages = async |channel, limit| {
        let due = store.due(channel, NOW + SignedDuration::from_mins(5), limit).await.unwrap();
        due.into_iter().map(|queued| queued.sealed[0]).collect::<Vec<_>>()
    };
    let both = [(Channel::Sms, vec![1]), (Channel::Mail, vec![2]), (Channel::Sms, vec![3])];
    store.put(account(1), &both, NOW).await.unwrap();
    assert_eq!(due_messages(Channel::Mail, 1).await, [2], "independent of the other channel's messages");
    assert_eq!(due_messages(Channel::Sms, 9).await, [1, 3]);
    for queued in store.due(Channel::Sms, NOW, 9).await.unwrap() {
        store.reschedule(queued.id, NOW + SignedDuration::from_mins(1)).await.unwrap();
    }
    let minutes = |minutes| NOW + SignedDuration::from_mins(minutes);
    assert_eq!(store.next_due(Channel::Sms).await.unwrap(), Some(minutes(1)));
    assert_eq!(store.next_due(Channel::Mail).await.unwrap(), Some(NOW));
    store.put(account(2), &[(Channel::Sms, vec![4]), (Channel::Sms, vec![5])], minutes(2)).await.unwrap();
    assert_eq!(due_messages(Channel::Sms, 9).await, [4, 5, 1, 3]);
    assert_eq!(due_messages(Channel::Sms, 1).await, [4]);
    store.remove_messages_of(account(1)).await.unwrap();
    store.remove_messages_of(account(2)).await.unwrap();
    assert_eq!(store.next_due(Channel::Sms).await.unwrap(), None);
}
