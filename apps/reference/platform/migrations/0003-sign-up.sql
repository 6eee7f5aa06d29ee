-- Accounts that people open themselves. Expand only: the release before keeps running on it.
-- kit: allow index-not-concurrent because the table of the limits is made right before it

alter table users add column name text not null default '';
alter table users add constraint users_name_length check (length(name) <= 120) not valid;
-- Null: nobody has shown yet that the address is theirs.
alter table users add column verified_at timestamptz;
-- Whoever is there was let in by an owner who knew the address.
update users set verified_at = created_at;

alter table memberships drop constraint memberships_role_check;
alter table memberships add constraint memberships_role_check
  check (role in ('owner', 'admin', 'member', 'viewer')) not valid;

-- What people see of their sessions, and end them by. The default comes second: rows are filled once, not rewritten.
alter table sessions add column id uuid;
alter table sessions alter column id set default gen_random_uuid();
update sessions set id = gen_random_uuid();
alter table sessions add column user_agent text;
alter table sessions add constraint sessions_user_agent_length check (length(user_agent) <= 256) not valid;
alter table sessions add column address text;
alter table sessions add constraint sessions_address_length check (length(address) <= 64) not valid;
-- Written once a minute at most; null: not used since sign-in.
alter table sessions add column last_used_at timestamptz;

-- Links in mails. A token that was used is gone: used once is one delete that finds it.
create table one_time_tokens (
  -- SHA-256 of the token: whoever reads this table can't use it.
  token_digest bytea primary key check (octet_length(token_digest) = 32),
  purpose text not null check (purpose in ('verify', 'reset')),
  user_id uuid not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null check (expires_at > created_at)
);
create index one_time_tokens_user on one_time_tokens (user_id, purpose, created_at);
create index one_time_tokens_expiry on one_time_tokens (expires_at);

-- Every sign-up of the last day, also of addresses that have an account: what they ask for is kept for them just as long,
-- so that nothing afterwards tells one from the other.
create table sign_ups (
  slug text primary key check (slug ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
  -- SHA-256 of the address.
  holder bytea not null check (octet_length(holder) = 32),
  password_hash text not null check (password_hash like '$argon2id$%'),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null check (expires_at > created_at)
);
create index sign_ups_holder on sign_ups (holder, created_at);
create index sign_ups_expiry on sign_ups (expires_at);

-- For a job: accounts whose address nobody confirmed in time go, with the organisations that nobody else is in and that used
-- nothing. Passes over those that somebody confirms in this moment. The number of accounts removed.
create function remove_unverified_accounts(older_than interval, rows_max integer) returns integer language plpgsql as $$
declare
  late uuid[];
begin
  late := array(select id from users where verified_at is null and created_at < now() - older_than
    order by created_at limit rows_max for update skip locked);
  delete from organisations o
    where exists (select 1 from memberships m where m.organisation_id = o.id and m.user_id = any (late))
      and not exists (select 1 from memberships m where m.organisation_id = o.id and m.user_id <> all (late))
      and not exists (select 1 from usage_events e where e.organisation_id = o.id);
  delete from users where id = any (late);
  return cardinality(late);
end $$;

-- Mails to send, in the transaction that they tell of. As outboxSchemaSql() of @greengate/kit/outbox makes it.
create table "kit_outbox" (
  id bigint generated always as identity primary key,
  dedupe_id uuid not null unique,
  topic text not null,
  -- What is ordered: "k" and the caller's key, or "u" and something unique.
  stream text not null,
  payload jsonb,
  correlation_id text,
  traceparent text,
  tracestate text,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  available_at timestamptz not null default now(),
  delivered_at timestamptz,
  dead_at timestamptz,
  last_error text
);
create index kit_outbox_pending on "kit_outbox" (topic, stream, id) where delivered_at is null and dead_at is null;
create index kit_outbox_age on "kit_outbox" (created_at) where delivered_at is null and dead_at is null;
create index kit_outbox_delivered on "kit_outbox" (delivered_at) where delivered_at is not null;
create index kit_outbox_dead on "kit_outbox" (dead_at) where dead_at is not null;

-- Attempts to sign in and mails asked for. As postgresRateLimitSchema() of @greengate/kit/limits makes it.
-- sign_in_attempts is what the release before counts in.
create unlogged table if not exists rate_limit (
  key text primary key,
  arrival_us bigint not null,
  expires_min integer not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
create index if not exists rate_limit_expires on rate_limit (expires_min);
create or replace function rate_limit_count(keys text[], increments bigint[], tolerances bigint[], mode text, at_us bigint)
returns table (fits boolean, used_us bigint) language plpgsql set lock_timeout = '1s' as $$
declare
  n constant int := cardinality(keys);
  now_us bigint := at_us;
  arrival bigint;
  arrivals bigint[] := '{}';
  used bigint[] := '{}';
  room boolean[] := '{}';
begin
  for i in 1..n loop
    if mode = 'peek' then
      select r.arrival_us into arrival from rate_limit r where r.key = keys[i];
    else
      for attempt in 1..5 loop
        select r.arrival_us into arrival from rate_limit r where r.key = keys[i] for update;
        exit when found or mode <> 'take';
        insert into rate_limit values (keys[i], 0, 0) on conflict do nothing;
        if attempt = 5 then raise exception 'rate limit row came and went'; end if;
      end loop;
    end if;
    arrivals := arrivals || coalesce(arrival, 0);
    arrival := null;
  end loop;
  if now_us is null then now_us := (extract(epoch from clock_timestamp()) * 1000000)::bigint; end if;
  for i in 1..n loop
    used := used || greatest(0, least(arrivals[i] - now_us, tolerances[i]));
    room := room || (used[i] + increments[i] <= tolerances[i]);
  end loop;
  for i in 1..n loop
    if mode = 'take' and true = all (room) then
      used[i] := used[i] + increments[i];
      update rate_limit r set arrival_us = now_us + used[i], expires_min = (now_us + used[i]) / 60000000 + 1
        where r.key = keys[i];
    elsif mode = 'take' and arrivals[i] > now_us + tolerances[i] then
      update rate_limit r set arrival_us = now_us + used[i], expires_min = (now_us + used[i]) / 60000000 + 1
        where r.key = keys[i];
    elsif mode = 'refund' then
      used[i] := greatest(0, used[i] - increments[i]);
      room[i] := true;
      update rate_limit r set arrival_us = now_us + used[i] where r.key = keys[i];
    end if;
    fits := room[i];
    used_us := used[i];
    return next;
  end loop;
end $$;
