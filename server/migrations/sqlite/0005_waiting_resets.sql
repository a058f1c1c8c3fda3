-- Accounts of high impact whose owner, or someone else, was verified: another verification from `opens` until `closes`
-- opens the password step. One row per account; a reset, a freeze and the lifting of a freeze delete it.
create table waiting_resets (
    account blob primary key,
    requested integer not null,
    opens integer not null,
    closes integer not null
) without rowid;
create index waiting_resets_by_end on waiting_resets (closes);
