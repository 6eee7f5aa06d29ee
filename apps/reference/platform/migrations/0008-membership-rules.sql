-- What 0001 promised of memberships, also for transactions that look at one moment of the past (repeatable read), and the same for
-- owners. Both rules write the row that they are about, without a change: of two transactions that wait for each other there the
-- second looks again (read committed) or is told to start again (40001). A lock alone lets it go on with what it saw before.

create or replace function require_membership() returns trigger language plpgsql as $$
declare
  subject uuid;
begin
  if tg_table_name = 'users' then
    subject := new.id;
    -- Nobody else sees it before the commit: there is nothing to wait for.
    perform 1 from users where id = subject;
  else
    subject := old.user_id;
    update users set id = id where id = subject;
  end if;
  if found and not exists (select 1 from memberships where user_id = subject) then
    raise exception 'a user needs an organisation' using errcode = '23514', constraint = 'user_has_organisation';
  end if;
  return null;
end $$;

-- Asked when an owner goes or is made something else, at commit, so that one transaction can hand an organisation over. One that
-- everybody left stays without: usage that was recorded for it is kept.
create function require_owner() returns trigger language plpgsql as $$
declare
  subject constant uuid := old.organisation_id;
begin
  update organisations set id = id where id = subject;
  if found and exists (select 1 from memberships where organisation_id = subject)
    and not exists (select 1 from memberships where organisation_id = subject and role = 'owner') then
    raise exception 'an organisation with members needs an owner'
      using errcode = '23514', constraint = 'organisation_has_owner';
  end if;
  return null;
end $$;

create constraint trigger organisation_keeps_owner after delete on memberships
  deferrable initially deferred for each row when (old.role = 'owner') execute function require_owner();
create constraint trigger organisation_keeps_owner_in_change after update on memberships
  deferrable initially deferred for each row
  when (old.role = 'owner' and (new.role <> 'owner' or new.organisation_id <> old.organisation_id))
  execute function require_owner();

create function refuse_truncate() returns trigger language plpgsql as $$
begin
  raise exception '% is not emptied at once: what is kept about its rows would not be asked', tg_table_name
    using errcode = '23001';
end $$;
create trigger memberships_no_truncate before truncate on memberships
  for each statement execute function refuse_truncate();
