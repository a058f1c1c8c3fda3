#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| server::test_support::parsers::link(data));
