//! Contract suite of the HR port, run on the fake and on the Youforce adapter with the HR simulator.

use super::world::{employments, real, staff};
use end2end::hr::Fault;
use server::ports::health_finding::State;
use server::ports::hr::{Cursor, Employment, HrError, HrSource};
use server::test_support::hr::FakeHr;
use std::sync::Arc;

/// A source, and a function that makes it unavailable. The function owns the simulator and so keeps it running.
type World = (Arc<dyn HrSource>, Box<dyn Fn()>);

async fn worlds(people: usize, page_size: usize) -> Vec<World> {
    let people = staff(people);
    let pages = employments(&people).chunks(page_size).map(<[Employment]>::to_vec).collect();
    let fake = Arc::new(FakeHr::new(pages));
    let failing = Arc::clone(&fake);
    let failure = HrError::Unreachable { host: "memory".into(), what: "unavailable".into() };
    let real = real(people, page_size).await;
    vec![
        (fake, Box::new(move || failing.fail_next(1, failure.clone()))),
        (real.hr, Box::new(move || real.simulator.set_fault(Some(Fault::Status(503))))),
    ]
}

#[tokio::test]
async fn every_person_is_returned_once_and_in_order() {
    for (people, page_size, pages) in [(7, 3, 3), (6, 3, 2), (1, 5, 1), (0, 5, 1)] {
        for (hr, _) in worlds(people, page_size).await {
            let (mut all, mut cursor, mut requests) = (Vec::new(), None, 0);
            loop {
                let page = hr.page(cursor.as_ref()).await.unwrap();
                requests += 1;
                all.extend(page.entries);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!((all, requests), (employments(&staff(people)), pages));
        }
    }
}

#[tokio::test]
async fn repeated_page_request_returns_the_same_page() {
    for (hr, _) in worlds(7, 3).await {
        let first = hr.page(None).await.unwrap();
        let second = hr.page(first.next.as_ref()).await.unwrap();
        assert_eq!(hr.page(first.next.as_ref()).await.unwrap(), second);
        assert_eq!(hr.page(None).await.unwrap(), first);
    }
}

#[tokio::test]
async fn unavailable_source_is_unreachable() {
    for (hr, make_unavailable) in worlds(3, 3).await {
        make_unavailable();
        assert!(matches!(hr.page(None).await, Err(HrError::Unreachable { .. })));
    }
}

#[tokio::test]
async fn foreign_cursor_is_refused() {
    for (hr, _) in worlds(3, 3).await {
        let foreign = Cursor("https://elsewhere.example.org/persons".into());
        assert!(matches!(hr.page(Some(&foreign)).await, Err(HrError::Unusable { .. })));
    }
}

#[tokio::test]
async fn check_of_a_working_source_is_good() {
    for (hr, _) in worlds(3, 3).await {
        assert!(hr.check().await.iter().all(|finding| finding.state == State::Good));
    }
}
