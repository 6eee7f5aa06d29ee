-- kit: no-transaction
-- What 0003 left for a time without its locks: checks of rows that were there, and an index.
alter table users validate constraint users_name_length;
alter table memberships validate constraint memberships_role_check;
alter table sessions validate constraint sessions_user_agent_length;
alter table sessions validate constraint sessions_address_length;
create unique index concurrently if not exists sessions_id on sessions (id);
