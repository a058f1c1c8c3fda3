-- Visits: found by a digest of the cookie's secret; sealed by the workflow.
create table visits (
    id blob primary key,
    revision integer not null,
    sealed blob not null,
    expires integer not null
) without rowid;
create index visits_by_expiry on visits (expires);

-- Counters: keyed digests only, one row per slice of a limit's window.
create table counts (
    key blob not null,
    slice integer not null,
    taken integer not null,
    expires integer not null,
    primary key (key, slice)
) without rowid;
create index counts_by_expiry on counts (expires);

-- Records: keyed by objectGUID, which survives renames and is never given again.
create table records (
    account blob primary key,
    birthdate_key text not null,
    birthdate_digest blob not null
) without rowid;
