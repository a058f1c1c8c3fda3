-- The tables of the store in PostgreSQL. Times are milliseconds since 1970; an account is the 16 bytes of its objectGUID.

-- The oldest schema version that a binary must know to work with this database. A migration that removes or renames
-- something raises it; one that only adds leaves it, so that nodes of the previous version go on during an upgrade.
create table compatibility (
    only_row boolean primary key default true check (only_row),
    oldest_known bigint not null
);
insert into compatibility (oldest_known) values (1);

-- Sessions: found by a digest of the cookie's secret; sealed by the service.
create table visits (
    id bytea primary key,
    revision bigint not null,
    sealed bytea not null,
    expires bigint not null
);
create index visits_by_expiry on visits (expires);

-- Counters: keyed digests only, one row per slice of a limit's window.
create table counts (
    key bytea not null,
    slice bigint not null,
    taken bigint not null,
    expires bigint not null,
    primary key (key, slice)
) with (fillfactor = 70);
create index counts_by_expiry on counts (expires);

-- Counts one event against each limit, or against none of them if one is exhausted, and answers with one row:
-- `exhausted` is null and `left_over` the smallest number of events that is left, or `exhausted` is the index (from 1) of
-- the limit and the arrays are its slices. `keys[i]` is counted in the slice `current[i]`; the slices from `since[i]` on
-- belong to the window of the limit `maxima[i]`.
--
-- One decision at a time, on all nodes, so that two never grant the last permit. The transaction does not wait for the
-- disk, because it would hold that lock meanwhile; the caller waits for the disk afterwards.
create function take_permits(keys bytea[], current bigint[], since bigint[], maxima bigint[], expiries bigint[])
returns table (exhausted integer, left_over bigint, slices bigint[], amounts bigint[])
language plpgsql as $$
declare
    counted bigint;
    counted_slices bigint[];
    counted_amounts bigint[];
    smallest bigint := 4294967295;
begin
    perform pg_advisory_xact_lock(7305801);
    for i in 1 .. cardinality(keys) loop
        -- One statement, because a permit may be released meanwhile.
        select coalesce(sum(taken), 0), coalesce(array_agg(slice), '{}'), coalesce(array_agg(taken), '{}')
            into counted, counted_slices, counted_amounts
            from counts where key = keys[i] and slice >= since[i];
        if counted >= maxima[i] then
            return query select i, 0::bigint, counted_slices, counted_amounts;
            return;
        end if;
        smallest := least(smallest, maxima[i] - counted - 1);
    end loop;
    for i in 1 .. cardinality(keys) loop
        insert into counts as c (key, slice, taken, expires) values (keys[i], current[i], 1, expiries[i])
        on conflict (key, slice) do update set taken = c.taken + 1;
    end loop;
    perform set_config('synchronous_commit', 'off', true);
    return query select null::integer, smallest, '{}'::bigint[], '{}'::bigint[];
end
$$;

-- Records of the registration: one JSON document per account. The columns beside it are what is counted and looked for.
create table registered (
    account bytea primary key,
    revision bigint not null,
    record text not null,
    birthdate_key text,
    mobile_key text
);

-- Messages that wait to be sent, sealed. A node that sends one moves `due` first, so that no other node sends it.
create table outbox (
    id bigint generated always as identity primary key,
    account bytea not null,
    channel text not null check (channel in ('mail', 'sms')),
    sealed bytea not null,
    attempts bigint not null default 0,
    since bigint not null,
    due bigint not null
);
create index outbox_by_due on outbox (channel, due);
create index outbox_by_account on outbox (account);

-- Known devices: browsers in which an account owner has given a proof. The id is sealed in the cookie of the browser.
create table devices (
    id bytea primary key,
    account bytea not null,
    created bigint not null,
    expires bigint not null
);
create index devices_by_account on devices (account);
create index devices_by_expiry on devices (expires);

-- Accounts whose passwords must not be reset until the service desk lifts the freeze. A lifted freeze stays for longer
-- than any session, so that a session from before it cannot write.
create table frozen (
    account bytea primary key,
    since bigint not null,
    origin text not null check (origin in ('link', 'command')),
    reference text not null,
    lifted bigint
);

-- One-time links in notices: found by a digest of the secret in the link.
create table freeze_links (
    digest bytea primary key,
    account bytea not null,
    expires bigint not null,
    used boolean not null default false
);
create index freeze_links_by_account on freeze_links (account);
create index freeze_links_by_expiry on freeze_links (expires);

-- Accounts of high impact whose owner, or someone else, was verified: another verification from `opens` until `closes`
-- opens the password step. One row per account; a reset, a freeze and the lifting of a freeze delete it.
create table waiting_resets (
    account bytea primary key,
    requested bigint not null,
    opens bigint not null,
    closes bigint not null
);
create index waiting_resets_by_end on waiting_resets (closes);

-- The nodes that use this database. Each writes its row at the start and every few seconds.
create table nodes (
    name text primary key,
    version text not null,
    started bigint not null,
    seen bigint not null,
    description text not null
);
