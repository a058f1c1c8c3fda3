-- Callers of the service desk who were verified: found by a keyed digest of the code that they read aloud.
create table call_codes (
    digest bytea primary key,
    account bytea not null unique,
    verified_at bigint not null,
    expires bigint not null
);
create index call_codes_by_expiry on call_codes (expires);
