-- Start codes of the service desk, from their request on: at most one per account. `request` is JSON.
create table start_codes (
    account blob primary key,
    revision integer not null,
    request text not null,
    expires integer not null
) without rowid;
create index start_codes_by_expiry on start_codes (expires);
