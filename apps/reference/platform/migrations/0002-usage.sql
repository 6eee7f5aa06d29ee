create table meters (
  name text primary key check (name ~ '^[a-z][a-z0-9_]{1,47}$'),
  unit text not null,
  unit_price_eur_micros bigint not null check (unit_price_eur_micros >= 0)
);
insert into meters (name, unit, unit_price_eur_micros) values
  ('api_calls', 'call', 40),
  ('compute_seconds', 'second', 12),
  ('storage_gigabyte_hours', 'gigabyte hour', 35);

create table usage_events (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisations (id) on delete restrict,
  meter text not null references meters (name),
  quantity bigint not null check (quantity between 1 and 1000000000000),
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  recorded_by text not null,
  idempotency_key text not null check (length(idempotency_key) between 8 and 128),
  unique (organisation_id, idempotency_key)
);
create index usage_events_period on usage_events (organisation_id, occurred_at, meter) include (quantity);

-- Written once: a bill that was sent must add up for ever. A correction is another event.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = '23001';
end $$;

create trigger usage_events_append_only before update or delete on usage_events
  for each row execute function refuse_change();
create trigger usage_events_no_truncate before truncate on usage_events
  for each statement execute function refuse_change();
