#!/bin/sh
# One backup into a new folder of /backups, with the addresses and keys of files, as secrets are mounted. Ends with the code of the
# command: a job that failed is one that did not back up.
set -eu
secrets=${SECRETS_DIR:-/run/secrets}
PLATFORM_DATABASE_URL=$(cat "$secrets/platform_backup_url")
CONTENT_DATABASE_URL=$(cat "$secrets/content_backup_url")
S3_SECRET_ACCESS_KEY=$(cat "$secrets/s3_secret_access_key")
BACKUP_KEY=$(cat "$secrets/backup_key")
export PLATFORM_DATABASE_URL CONTENT_DATABASE_URL S3_SECRET_ACCESS_KEY BACKUP_KEY
exec node src/backup.ts --to "${BACKUPS_DIR:-/backups}/$(date -u +%Y%m%dT%H%M%SZ)"
