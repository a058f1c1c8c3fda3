//! The open connections of a listener. If a limit is reached, a new connection displaces the one of the same network
//! that waits longest: an attacker who opens connections competes with its own, and an employee is admitted.

use super::activity::{Activity, CloseReason, count_closed};
use super::limits::{Deadlines, Limits, NetworkLimit};
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::warn;

/// Displaced connections whose descriptors are not closed yet. Above that number the listener accepts none, so that the
/// reserve of descriptors stays untouched.
pub(super) const CLOSING: usize = 8;
/// Interval of the warning about refused connections: an attacker must not fill the log.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);
/// Upper limit of waiting for a displaced connection.
const CLOSING_TIMEOUT: Duration = Duration::from_millis(100);

struct Entry {
    networks: Vec<IpNet>,
    activity: Arc<Activity>,
}

#[derive(Default)]
struct State {
    next: u64,
    entries: HashMap<u64, Entry>,
    per_network: HashMap<IpNet, usize>,
    refused_since_warning: u64,
    last_warning: Option<Instant>,
}

impl State {
    fn count(&self, network: &IpNet) -> usize {
        self.per_network.get(network).copied().unwrap_or_default()
    }

    fn insert(&mut self, entry: Entry) -> u64 {
        let id = self.next;
        self.next += 1;
        for network in &entry.networks {
            *self.per_network.entry(*network).or_default() += 1;
        }
        self.entries.insert(id, entry);
        id
    }

    fn remove(&mut self, id: u64) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        for network in &entry.networks {
            if let Some(count) = self.per_network.get_mut(network) {
                *count -= 1;
                if *count == 0 {
                    self.per_network.remove(network);
                }
            }
        }
        Some(entry)
    }

    /// Closes the connection that waits longest, among all or in one network. Returns `false` if the service handles a
    /// request of each.
    fn displace(&mut self, network: Option<&IpNet>) -> bool {
        let candidates = self
            .entries
            .iter()
            .filter(|(_, entry)| network.is_none_or(|network| entry.networks.contains(network)));
        let waiting = candidates.filter_map(|(id, entry)| Some((entry.activity.waiting_since()?, *id)));
        let Some((_, id)) = waiting.min() else { return false };
        if let Some(entry) = self.remove(id) {
            entry.activity.displace();
        }
        true
    }
}

/// The open connections of one listener.
pub struct Registry {
    listener: &'static str,
    limits: Limits,
    deadlines: Deadlines,
    state: Mutex<State>,
    /// The open streams, with those that are displaced and not closed yet.
    open: AtomicUsize,
    closed: Notify,
}

impl Registry {
    /// Creates the registry of the listener with this name, which is the label of its metrics.
    pub fn new(listener: &'static str, limits: Limits, deadlines: Deadlines) -> Arc<Self> {
        let state = Mutex::default();
        Arc::new(Self {
            listener,
            limits,
            deadlines,
            state,
            open: AtomicUsize::new(0),
            closed: Notify::new(),
        })
    }

    pub(super) fn deadlines(&self) -> Deadlines {
        self.deadlines
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No critical section can leave the state incomplete.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as long as displaced connections hold too many descriptors.
    pub(super) async fn wait_for_descriptors(&self) {
        while self.open.load(Ordering::Acquire) >= self.limits.total + CLOSING {
            // A limit, because the notification may come between the comparison and the waiting.
            drop(tokio::time::timeout(CLOSING_TIMEOUT, self.closed.notified()).await);
        }
    }

    /// Admits a connection, or returns `None`.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr, now: Instant) -> Option<Permit> {
        let peer = peer.to_canonical();
        let limits = self.limits.of(peer);
        let mut state = self.state();
        for &NetworkLimit { network, max, reason } in &limits {
            if state.count(&network) >= max && !self.make_room(&mut state, Some(&network), reason, now) {
                return None;
            }
        }
        if state.entries.len() >= self.limits.total && !self.make_room(&mut state, None, "total", now) {
            return None;
        }
        let is_proxy = self.limits.is_proxy(peer);
        let activity = Arc::new(Activity::new(self.listener, self.deadlines, is_proxy, now));
        let networks = limits.into_iter().map(|limit| limit.network).collect();
        let id = state.insert(Entry { networks, activity: Arc::clone(&activity) });
        drop(state);
        self.open.fetch_add(1, Ordering::AcqRel);
        metrics::gauge!("connections_open", "listener" => self.listener).increment(1.0);
        Some(Permit { registry: Arc::clone(self), id, activity })
    }

    /// Displaces a connection. If there is none that waits, counts a refusal and returns `false`.
    fn make_room(
        &self,
        state: &mut State,
        network: Option<&IpNet>,
        reason: &'static str,
        now: Instant,
    ) -> bool {
        let has_room = state.displace(network);
        if has_room {
            count_closed(self.listener, CloseReason::Displaced);
        } else {
            metrics::counter!("connections_refused_total", "listener" => self.listener, "reason" => reason)
                .increment(1);
        }
        state.refused_since_warning += 1;
        if state.last_warning.is_none_or(|last| now.duration_since(last) >= WARNING_INTERVAL) {
            let count = std::mem::take(&mut state.refused_since_warning);
            state.last_warning = Some(now);
            warn!(
                listener = self.listener,
                reason, count, "connection limit reached: connections displaced or refused"
            );
        }
        has_room
    }

    /// Counts a connection that could not be accepted, for example without a free descriptor.
    pub(super) fn accept_failed(&self, error: &std::io::Error, now: Instant) {
        metrics::counter!("connections_refused_total", "listener" => self.listener, "reason" => "accept")
            .increment(1);
        let mut state = self.state();
        if state.last_warning.is_none_or(|last| now.duration_since(last) >= WARNING_INTERVAL) {
            state.last_warning = Some(now);
            let error = error as &dyn std::error::Error;
            warn!(listener = self.listener, error, "connection not accepted");
        }
    }
}

/// The place of a connection; dropping it makes room for another.
pub(super) struct Permit {
    registry: Arc<Registry>,
    id: u64,
    activity: Arc<Activity>,
}

impl Permit {
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        // A displaced connection is gone already.
        drop(self.registry.state().remove(self.id));
        self.registry.open.fetch_sub(1, Ordering::AcqRel);
        metrics::gauge!("connections_open", "listener" => self.registry.listener).decrement(1.0);
        self.registry.closed.notify_one();
    }
}

#[cfg(test)]
mod tests;
