-- Callers of the service desk who were verified: found by a keyed digest of the code that they read aloud.
create table call_codes (
    digest blob primary key,
    account blob not null unique,
    verified_at integer not null,
    expires integer not null
) without rowid;
create index call_codes_by_expiry on call_codes (expires);
