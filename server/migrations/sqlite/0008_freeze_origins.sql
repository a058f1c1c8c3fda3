-- An agent of the service desk freezes accounts too. SQLite cannot change a constraint of a table.
create table frozen_with_agents (
    account blob primary key,
    since integer not null,
    origin text not null check (origin in ('link', 'command', 'service_desk')),
    reference text not null,
    lifted integer
) without rowid;
insert into frozen_with_agents (account, since, origin, reference, lifted)
    select account, since, origin, reference, lifted from frozen;
drop table frozen;
alter table frozen_with_agents rename to frozen;
