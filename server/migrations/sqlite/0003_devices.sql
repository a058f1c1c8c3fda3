-- Known devices: browsers in which an account owner has given a proof. The id is sealed in the cookie of the browser.
create table devices (
    id blob primary key,
    account blob not null,
    created integer not null,
    expires integer not null
) without rowid;
create index devices_by_account on devices (account);
create index devices_by_expiry on devices (expires);
