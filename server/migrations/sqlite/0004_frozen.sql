-- Accounts whose passwords must not be reset until the service desk lifts the freeze. A lifted freeze stays for longer
-- than any session, so that a session from before it cannot write.
create table frozen (
    account blob primary key,
    since integer not null,
    origin text not null check (origin in ('link', 'command')),
    reference text not null,
    lifted integer
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
