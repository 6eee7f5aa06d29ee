create table platform_settings (
  -- There is one row, always.
  only_row boolean primary key default true check (only_row),
  version integer not null default 1 check (version > 0),
  site_title text not null check (length(site_title) between 1 and 80),
  tagline text not null check (length(tagline) <= 200),
  accent text not null check (accent ~ '^#[0-9a-f]{6}$'),
  support_email text not null check (length(support_email) between 3 and 254),
  concierge_enabled boolean not null,
  sign_up_enabled boolean not null,
  updated_at timestamptz not null default now()
);
insert into platform_settings (site_title, tagline, accent, support_email, concierge_enabled, sign_up_enabled)
  values ('Greengate', 'Metered services, from the first event to the bill.', '#0b6e4f', 'support@example.com', true, true);

create trigger platform_settings_stay before delete on platform_settings
  for each row execute function refuse_change();
create trigger platform_settings_no_truncate before truncate on platform_settings
  for each statement execute function refuse_change();

-- None until `npm run rotate-founder-key` makes one.
create table founder_key (
  only_row boolean primary key default true check (only_row),
  key_digest bytea not null check (octet_length(key_digest) = 32),
  rotated_at timestamptz not null default now()
);
