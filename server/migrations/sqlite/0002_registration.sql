-- Records of the registration: a birthdate as a digest, a number sealed, each with its source and its times,
-- as one JSON document per account. The columns beside it are what is counted and looked for.
create table registered (
    account blob primary key,
    revision integer not null,
    record text not null,
    birthdate_key text,
    mobile_key text
) without rowid;

-- What version 1 kept was taken over from a file: its source is HR, and its day is not known.
insert into registered (account, revision, record, birthdate_key)
select account, 1,
    json_object(
        'birthdate', json_object(
            'value', json_object('key_id', birthdate_key, 'digest', hex(birthdate_digest)),
            'source', 'hr', 'since', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), 'confirmed', json('false'),
            'usable_from', '1970-01-01T00:00:00Z'),
        'mobile', null, 'proposed_birthdate', null, 'proposed_mobile', null, 'app', null, 'left_since', null),
    birthdate_key
from records;
drop table records;

-- Messages that wait to be sent, sealed.
create table outbox (
    id integer primary key autoincrement,
    account blob not null,
    channel text not null check (channel in ('mail', 'sms')),
    sealed blob not null,
    attempts integer not null default 0,
    since integer not null,
    due integer not null
);
create index outbox_by_due on outbox (channel, due);
create index outbox_by_account on outbox (account);
