#!/bin/sh
# Run by the image of PostgreSQL on an empty data folder, as the superuser: two databases, their logins, their passwords.
set -eu
for service in platform content; do
  worker=off
  if [ "$service" = platform ]; then worker=on; fi
  psql --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres -c "create database $service"
  psql --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$service" \
    -v "service=$service" -v "worker=$worker" -f /etc/greengate/roles.sql
done
for role in platform_owner platform_app platform_worker platform_backup content_owner content_app content_backup; do
  # Read by psql itself: a password is never an argument that everybody on the machine can see.
  psql --no-psqlrc -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres -v "role=$role" <<SQL
\set password \`cat /run/secrets/${role}_password\`
select format('alter role %I password %L', :'role', :'password') \gexec
SQL
done
