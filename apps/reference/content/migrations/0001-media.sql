-- What is known of a picture or video. The bytes are in the object store, under object_key, and nowhere in here.
create table media (
  media_id uuid primary key,
  folder text not null check (folder in ('hero', 'posts', 'docs')),
  file_name text not null check (length(file_name) between 1 and 120),
  type text not null check (type in ('image', 'video')),
  content_type text not null check (
    content_type in (
      'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'video/mp4', 'video/webm'
    )
  ),
  size bigint not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  width integer check (width between 1 and 65535),
  height integer check (height between 1 and 65535),
  status text not null default 'pending' check (status in ('pending', 'ready')),
  -- In bytes order, as the store lists its keys: the two are compared side by side.
  object_key text collate "C" not null unique generated always as (
    'media/' || folder || '/' || media_id::text || '.'
    || case content_type when 'image/jpeg' then 'jpg' else split_part(content_type, '/', 2) end
  ) stored,
  created_by text not null check (length(created_by) between 1 and 200),
  created_at timestamptz not null,
  ready_at timestamptz,
  constraint media_type_is_of_content check (content_type like type || '/%'),
  constraint media_size_bounded check (size between 1 and case type when 'image' then 10485760 else 52428800 end),
  constraint media_ready_is_known check (
    (status = 'ready') = (width is not null and height is not null and ready_at is not null)
  )
);
create index media_newest on media (folder, created_at desc, media_id desc);
create index media_pending on media (created_at) where status = 'pending';

-- What was verified stays as it was: a picture that changes gets another id, so that addresses can be kept for ever.
create function keep_ready_media() returns trigger language plpgsql as $$
begin
  if old.status = 'ready' or new.media_id <> old.media_id then
    raise exception 'media are not changed once they are ready' using errcode = '23001';
  end if;
  return new;
end $$;
create trigger media_ready_is_kept before update on media for each row execute function keep_ready_media();
