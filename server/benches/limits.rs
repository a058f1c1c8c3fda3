//! Benchmark: cost of one decision of the flood limiter, for an allowed request, a rejected one, and requests from many
//! networks that fill its tables. The limit is 50 µs per decision.

use criterion::Criterion;
use server::http::flood_limiter::FloodLimiter;
use server::ports::rate_limits::Limit;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let limiter = |max| FloodLimiter::new(Limit { max, window: Duration::from_mins(1) }, vec![]);

    let lenient = limiter(u32::MAX / 64);
    criterion.bench_function("flood limiter: allowed", |bencher| {
        bencher.iter(|| black_box(lenient.check(black_box(address))));
    });
    let strict = limiter(1);
    criterion.bench_function("flood limiter: rejected", |bencher| {
        bencher.iter(|| black_box(strict.check(black_box(address))));
    });
    let (shipped, mut network) = (limiter(600), 0_u128);
    criterion.bench_function("flood limiter: a new network each time", |bencher| {
        bencher.iter(|| {
            // Odd and large, so that neighbouring numbers differ in all levels.
            network = network.wrapping_add(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            black_box(shipped.check(IpAddr::V6(Ipv6Addr::from_bits(network))))
        });
    });
    criterion.final_summary();
}
