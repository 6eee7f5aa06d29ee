create table invitations (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references organisations (id) on delete cascade,
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  -- SHA-256 of the token: whoever reads this table can't accept for somebody else.
  token_digest bytea not null unique check (octet_length(token_digest) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- One for an address and an organisation: the next one replaces it.
  unique (organisation_id, email)
);
create index invitations_expiry on invitations (expires_at);
