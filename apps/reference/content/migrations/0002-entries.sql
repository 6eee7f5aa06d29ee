create table entries (
  id uuid primary key,
  kind text not null check (kind in ('hero', 'post', 'doc')),
  slug text not null check (slug ~ '^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$'),
  -- The newest version, which editors work on; readers see published_version.
  version integer not null check (version between 1 and 1000000),
  published_version integer,
  -- Since when readers see any version of it, and since when this one.
  published_at timestamptz,
  released_at timestamptz,
  -- Takes the place of published_version as soon as its time has come: decided by whoever reads, no job has to run.
  scheduled_version integer,
  scheduled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (kind, slug),
  constraint entry_published_whole check (num_nonnulls(published_version, published_at, released_at) in (0, 3)),
  constraint entry_scheduled_whole check (num_nonnulls(scheduled_version, scheduled_at) in (0, 2))
);
create unique index entries_one_hero on entries (kind) where kind = 'hero';
create index entries_newest on entries (created_at desc, id desc);

create table entry_versions (
  entry_id uuid not null references entries (id) on delete cascade,
  version integer not null check (version >= 1),
  title text not null check (length(title) between 1 and 200),
  summary text not null check (length(summary) <= 500),
  body_markdown text not null check (length(body_markdown) <= 65536),
  body_html text not null check (length(body_html) <= 262144),
  media_id uuid references media (media_id) on delete restrict,
  alt text not null check (length(alt) <= 300),
  created_by text not null check (length(created_by) between 1 and 200),
  created_at timestamptz not null,
  primary key (entry_id, version)
);
create index entry_versions_media on entry_versions (media_id) where media_id is not null;

-- Every version that an entry names exists. Checked at commit: the two rows go in together.
alter table entries
  add constraint entry_version_exists foreign key (id, version)
    references entry_versions (entry_id, version) deferrable initially deferred,
  add constraint entry_published_exists foreign key (id, published_version)
    references entry_versions (entry_id, version) deferrable initially deferred,
  add constraint entry_scheduled_exists foreign key (id, scheduled_version)
    references entry_versions (entry_id, version) deferrable initially deferred;

-- The history is written once: what was published can be shown for ever. It goes with its entry and not before.
create function keep_history() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and not exists (select 1 from entries where id = old.entry_id) then
    return old;
  end if;
  raise exception '% is written once', tg_table_name using errcode = '23001';
end $$;
create trigger entry_versions_written_once before update or delete on entry_versions
  for each row execute function keep_history();
create trigger entry_versions_no_truncate before truncate on entry_versions
  for each statement execute function keep_history();

-- Nobody sees a picture that was not verified. The foreign key keeps it from going away afterwards.
create function require_ready_media() returns trigger language plpgsql as $$
begin
  if new.media_id is not null
    and not exists (select 1 from media where media_id = new.media_id and status = 'ready') then
    raise exception 'the media is not ready' using errcode = '23503', constraint = 'entry_media_ready';
  end if;
  return new;
end $$;
create trigger entry_media_ready before insert on entry_versions
  for each row execute function require_ready_media();

-- What readers see at a moment.
create function live_entries(moment timestamptz)
returns table (entry_id uuid, kind text, slug text, version integer, published_at timestamptz, updated_at timestamptz)
language sql stable as $$
  select e.id, e.kind, e.slug,
    case when e.scheduled_at <= moment then e.scheduled_version else e.published_version end,
    coalesce(e.published_at, e.scheduled_at),
    case when e.scheduled_at <= moment then e.scheduled_at else e.released_at end
  from entries e
  where e.published_version is not null or e.scheduled_at <= moment
$$;
