-- A random value for each start of a process: two that announce themselves with one name differ in it. A node of the previous
-- version leaves it empty.
alter table nodes add column run text not null default '';
