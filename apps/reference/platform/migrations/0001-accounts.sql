create table organisations (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{1,38}[a-z0-9]$'),
  name text not null check (length(name) between 1 and 120),
  created_at timestamptz not null default now()
);

create table users (
  id uuid primary key default gen_random_uuid(),
  -- Stored in lower case, so that unique means what people think it means.
  email text not null unique check (email = lower(email) and length(email) between 3 and 254),
  password_hash text not null check (password_hash like '$argon2id$%'),
  created_at timestamptz not null default now()
);

create table memberships (
  organisation_id uuid not null references organisations (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  role text not null check (role in ('owner', 'member')),
  created_at timestamptz not null default now(),
  primary key (organisation_id, user_id)
);
create index memberships_user on memberships (user_id);

-- Nobody exists outside an organisation. Checked at commit, so that a user and the first membership go in together.
create function require_membership() returns trigger language plpgsql as $$
declare
  subject uuid;
begin
  if tg_table_name = 'users' then
    subject := new.id;
  else
    subject := old.user_id;
  end if;
  -- The lock makes two removals of two memberships of one user see each other.
  perform 1 from users where id = subject for update;
  if found and not exists (select 1 from memberships where user_id = subject) then
    raise exception 'a user needs an organisation' using errcode = '23514', constraint = 'user_has_organisation';
  end if;
  return null;
end $$;

create constraint trigger user_has_organisation after insert on users
  deferrable initially deferred for each row execute function require_membership();
create constraint trigger user_keeps_organisation after delete or update of user_id on memberships
  deferrable initially deferred for each row execute function require_membership();

create table sessions (
  -- SHA-256 of the token: whoever reads this table can't sign in with it.
  token_digest bytea primary key check (octet_length(token_digest) = 32),
  user_id uuid not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_user on sessions (user_id);
create index sessions_expiry on sessions (expires_at);

-- Keys are digests of an account name or an address, of accounts that do not exist as well.
create table sign_in_attempts (
  key bytea primary key check (octet_length(key) = 32),
  failures integer not null check (failures >= 0),
  ends_at timestamptz not null
);
create index sign_in_attempts_expiry on sign_in_attempts (ends_at);
