-- Logins for each database: one owns what migrations make, one is the process, one makes backups. Only the first could drop the triggers
-- that keep usage events and memberships as they are. Run as a superuser in each database, also in a new one of a server that has
-- the logins already, as before a restore; passwords are set apart.
-- psql variables: service is the name of the database and the beginning of its logins, worker is on or off.

select format('create role %I login nosuperuser nocreatedb nocreaterole', :'service' || '_owner')
  where to_regrole(:'service' || '_owner') is null \gexec
select format('create role %I login nosuperuser nocreatedb nocreaterole', :'service' || '_app')
  where to_regrole(:'service' || '_app') is null \gexec
select format('revoke all on database %I from public', current_database()) \gexec
select format('grant connect on database %I to %I, %I', current_database(), :'service' || '_owner', :'service' || '_app') \gexec
revoke all on schema public from public;
select format('grant usage, create on schema public to %I', :'service' || '_owner') \gexec
select format('grant usage on schema public to %I', :'service' || '_app') \gexec

-- What the owner makes later is the process's to read and write, not to change in its shape.
select format('alter default privileges for role %I in schema public grant select, insert, update, delete on tables to %I', :'service' || '_owner', :'service' || '_app') \gexec
select format('alter default privileges for role %I in schema public grant usage, select on sequences to %I', :'service' || '_owner', :'service' || '_app') \gexec
select format('alter default privileges for role %I in schema public grant execute on functions to %I', :'service' || '_owner', :'service' || '_app') \gexec

-- Reads everything and changes nothing: for backups.
select format('create role %I login nosuperuser nocreatedb nocreaterole in role pg_read_all_data', :'service' || '_backup')
  where to_regrole(:'service' || '_backup') is null \gexec
select format('grant connect on database %I to %I', current_database(), :'service' || '_backup') \gexec

\if :worker
-- The queue of the worker is in a schema of its own, which the worker makes and owns.
select format('create role %I login nosuperuser nocreatedb nocreaterole in role %I', :'service' || '_worker', :'service' || '_app')
  where to_regrole(:'service' || '_worker') is null \gexec
select format('grant create on database %I to %I', current_database(), :'service' || '_worker') \gexec
\endif
