-- An agent of the service desk freezes accounts too. Nodes of the earlier version read the new value as «command».
alter table frozen drop constraint frozen_origin_check;
alter table frozen add constraint frozen_origin_check check (origin in ('link', 'command', 'service_desk'));
