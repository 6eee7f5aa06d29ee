#!/bin/sh
# Brings one backup of /backups back into empty databases and a bucket without media, with the logins that own the databases: that of
# backups may only read. Addresses and keys are in files, as secrets are mounted. Ends with the code of the command.
#   sh run-restore.sh 20261121T021700Z
set -eu
backups=${BACKUPS_DIR:-/backups}
secrets=${SECRETS_DIR:-/run/secrets}
if [ $# -ne 1 ] || [ -z "$1" ] || [ ! -d "$backups/$1" ]; then
  echo "Which backup? One of:" >&2
  ls -1 "$backups" >&2
  exit 64
fi
PLATFORM_DATABASE_URL=$(cat "$secrets/platform_owner_url")
CONTENT_DATABASE_URL=$(cat "$secrets/content_owner_url")
S3_SECRET_ACCESS_KEY=$(cat "$secrets/s3_secret_access_key")
BACKUP_KEY=$(cat "$secrets/backup_key")
export PLATFORM_DATABASE_URL CONTENT_DATABASE_URL S3_SECRET_ACCESS_KEY BACKUP_KEY
exec node src/restore.ts --from "$backups/$1"
