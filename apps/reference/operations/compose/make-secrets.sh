#!/bin/sh
# Makes the files that compose.yaml mounts as secrets, each a value of its own; one that is there stays as it is.
#   sh make-secrets.sh [folder]        default: secrets, beside compose.yaml
set -eu
folder=${1:-$(dirname "$0")/../secrets}
mkdir -p "$folder"
# The folder keeps others out. The files are readable for all, because the process in a container is another user than
# the one who made them, and Compose mounts a file with the rights it has.
chmod 700 "$folder"
cd "$folder"
umask 022

random() { openssl rand -hex "$1"; }
keep() { [ -s "$1" ] || printf '%s' "$2" >"$1"; }

for name in postgres_password platform_owner_password platform_app_password platform_worker_password \
  platform_backup_password content_owner_password content_app_password content_backup_password redis_password objects_root_password service_token metrics_token; do
  keep "$name" "$(random 24)"
done
keep backup_key "$(random 32)"
# An object store takes at most 40 characters.
keep s3_secret_access_key "$(random 20)"
keep objects_root_user "root-$(random 6)"
keep mail_api_key "mk_test_$(random 12)"

for role in platform_owner platform_app platform_worker platform_backup content_owner content_app content_backup; do
  database=${role%%_*}
  keep "${role}_url" "postgres://$role:$(cat "${role}_password")@postgres:5432/$database"
done
keep redis_url "redis://:$(cat redis_password)@redis:6379"
keep redis_conf "requirepass $(cat redis_password)
maxmemory 64mb
maxmemory-policy noeviction
save \"\"
appendonly no
"

# An authority for this machine alone, and a certificate by it: browsers and the smoke run are given ca.pem to trust.
if [ ! -s tls_cert.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -subj '/CN=Greengate local authority' \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign' \
    -keyout ca-key.pem -out ca.pem 2>/dev/null
  chmod 600 ca-key.pem
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' -keyout tls_key.pem -out tls.csr 2>/dev/null
  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=critical,CA:FALSE\n' >tls.ext
  openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca-key.pem -days 90 -extfile tls.ext -out tls_cert.pem 2>/dev/null
  rm -f tls.csr tls.ext
  chmod 644 tls_key.pem
fi
