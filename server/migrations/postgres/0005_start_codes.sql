-- Start codes of the service desk, from their request on: at most one per account. `request` is JSON.
create table start_codes (
    account bytea primary key,
    revision bigint not null,
    request text not null,
    expires bigint not null
);
create index start_codes_by_expiry on start_codes (expires);
