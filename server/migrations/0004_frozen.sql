-- Accounts whose passwords must not be reset until the service desk lifts the freeze.
create table frozen (
    account blob primary key,
    since integer not null,
    origin text not null check (origin in ('link', 'command')),
    reference text not null
) without rowid;

-- One-time links in notices: found by a digest of the secret in the link.
create table freeze_links (
    digest blob primary key,
    account blob not null,
    expires integer not null,
    used integer not null default 0
) without rowid;
create index freeze_links_by_account on freeze_links (account);
create index freeze_links_by_expiry on freeze_links (expires);
