//! What every HR source must do: one suite, on the fake and on the adapter.

use super::world::{read, real, staff};
use end2end::hr::Fault;
use server::ports::health_finding::State;
use server::ports::hr::{Cursor, Employment, HrError, HrSource};
use server::test_support::hr::FakeHr;
use std::sync::Arc;

/// A source, how it is sent away, and what keeps it running.
type World = (Arc<dyn HrSource>, Box<dyn Fn()>);

async fn worlds(many: usize, page: usize) -> Vec<World> {
    let people = staff(many);
    let pages = read(&people).chunks(page).map(<[Employment]>::to_vec).collect();
    let fake = Arc::new(FakeHr::new(pages));
    let away = Arc::clone(&fake);
    let failure = HrError::Unreachable { host: "memory".into(), what: "away".into() };
    let real = real(people, page).await;
    vec![
        (fake, Box::new(move || away.fails(1, failure.clone()))),
        (real.hr, Box::new(move || real.emulator.set_fault(Some(Fault::Status(503))))),
    ]
}

#[tokio::test]
async fn everybody_comes_once_and_in_order() {
    for (many, page, pages) in [(7, 3, 3), (6, 3, 2), (1, 5, 1), (0, 5, 1)] {
        for (hr, _) in worlds(many, page).await {
            let (mut all, mut at, mut asked) = (Vec::new(), None, 0);
            loop {
                let page = hr.page(at.as_ref()).await.unwrap();
                asked += 1;
                all.extend(page.people);
                at = page.next;
                if at.is_none() {
                    break;
                }
            }
            assert_eq!((all, asked), (read(&staff(many)), pages));
        }
    }
}

#[tokio::test]
async fn a_page_that_is_asked_for_again_is_the_same() {
    for (hr, _) in worlds(7, 3).await {
        let first = hr.page(None).await.unwrap();
        let second = hr.page(first.next.as_ref()).await.unwrap();
        assert_eq!(hr.page(first.next.as_ref()).await.unwrap(), second);
        assert_eq!(hr.page(None).await.unwrap(), first);
    }
}

#[tokio::test]
async fn a_source_that_is_away_is_unreachable() {
    for (hr, away) in worlds(3, 3).await {
        away();
        assert!(matches!(hr.page(None).await, Err(HrError::Unreachable { .. })));
    }
}

#[tokio::test]
async fn a_cursor_of_somebody_else_is_refused() {
    for (hr, _) in worlds(3, 3).await {
        let stranger = Cursor("https://elsewhere.example.org/persons".into());
        assert!(matches!(hr.page(Some(&stranger)).await, Err(HrError::Unusable { .. })));
    }
}

#[tokio::test]
async fn a_check_of_a_good_source_is_good() {
    for (hr, _) in worlds(3, 3).await {
        assert!(hr.check().await.iter().all(|finding| finding.state == State::Good));
    }
}
