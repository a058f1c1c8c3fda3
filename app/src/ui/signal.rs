//! What a page knows and what changes: on Leptos' reactive graph, and leaked, because a page lives as long as its
//! program (the server draws each first screen once, at start). Leptos' own signals are looked up in an arena under a lock, code that each type brings again.

use leptos::prelude::*;
use leptos::reactive::signal::ArcTrigger;
use std::cell::RefCell;

/// Something that changes; what reads it follows it. Copied freely.
pub struct Signal<T: 'static>(&'static Inner<T>);

struct Inner<T> {
    value: RefCell<T>,
    changed: ArcTrigger,
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Signal<T> {}

impl<T> Signal<T> {
    /// Begins with a value.
    pub fn new(value: T) -> Self {
        Self(Box::leak(Box::new(Inner { value: RefCell::new(value), changed: ArcTrigger::new() })))
    }

    /// Reads it, and follows it.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        self.0.changed.track();
        self.with_untracked(read)
    }

    /// Reads it as it is now.
    pub fn with_untracked<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(&self.0.value.borrow())
    }
}

impl<T: PartialEq> Signal<T> {
    /// Changes it; whoever follows it is told, unless it is what it was: what is drawn anew for nothing loses the
    /// caret.
    pub fn set(self, value: T) {
        if self.with_untracked(|before| *before == value) {
            return;
        }
        drop(self.0.value.replace(value));
        self.0.changed.notify();
    }
}

impl<T: Clone> Signal<T> {
    /// A copy, and follows it.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// A copy as it is now.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

impl<T: Default> Default for Signal<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// Something that is kept and that nothing follows. Copied freely.
pub struct Held<T: 'static>(&'static RefCell<T>);

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Held<T> {}

impl<T> Held<T> {
    /// Begins with a value.
    pub fn new(value: T) -> Self {
        Self(Box::leak(Box::new(RefCell::new(value))))
    }

    /// Reads it.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(&self.0.borrow())
    }

    /// Keeps another.
    pub fn set(self, value: T) {
        drop(self.replace(value));
    }

    /// Keeps another, and gives the one before.
    pub fn replace(self, value: T) -> T {
        self.0.replace(value)
    }
}

impl<T: Clone> Held<T> {
    /// A copy.
    pub fn get(self) -> T {
        self.0.borrow().clone()
    }
}

/// Does something now and whenever what it reads has changed, as long as what it belongs to stands.
pub fn watch(act: impl FnMut() + 'static) {
    let mut act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(move |_: Option<()>| act());
}
