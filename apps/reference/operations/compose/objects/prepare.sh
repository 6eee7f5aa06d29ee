#!/bin/sh
# Makes the bucket, lets everybody read media/ and nothing else, and gives the content service a login that can do no more
# than it needs. Safe to repeat.
set -eu
secrets=${SECRETS_DIR:-/run/secrets}
export MC_CONFIG_DIR=/tmp/mc
# Never arguments, which everybody on the machine can see: mc takes an alias from its environment, and the keys of a user from its
# standard input; printf is the shell itself.
MC_HOST_store="http://$(cat "$secrets/objects_root_user"):$(cat "$secrets/objects_root_password")@objects:9000"
export MC_HOST_store
mc mb --ignore-existing store/reference-media
mc anonymous set-json /etc/greengate/public.json store/reference-media
printf 'reference-content\n%s\n' "$(cat "$secrets/s3_secret_access_key")" | mc admin user add store
mc admin policy create store reference-content /etc/greengate/content.json
mc admin policy attach store reference-content --user reference-content || mc admin user info store reference-content | grep -q reference-content
