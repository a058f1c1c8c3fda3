-- The audit log of all nodes. Each node writes its lines to a file first and then copies them into this table, in the order
-- of that file; the order of the table is one chain over all of them.

-- The files: how far each one was copied.
create table audit_logs (
    log bytea primary key,
    node text not null,
    last_seq bigint not null
);

-- `hash` is the SHA-256 of the previous row's hash, of `log` and of `line`. `seq` is the number of the line in its file.
-- The columns from `at` to `reason` are those of the entry by which lines are found and counted.
create table audit_lines (
    number bigint primary key,
    log bytea not null,
    seq bigint not null,
    at bigint not null,
    reference text not null,
    subject text not null,
    event text not null,
    reason text not null,
    line bytea not null,
    line_digest bytea not null unique,
    hash bytea not null
);
create index audit_lines_by_reference on audit_lines (reference) where reference <> '';
create index audit_lines_by_subject on audit_lines (subject, number) where subject <> '';
create index audit_lines_by_time on audit_lines (at);
