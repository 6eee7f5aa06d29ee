#!/bin/sh
# Makes the bucket, lets everybody read media/ and nothing else, and gives the content service a login that can do no more
# than it needs. Safe to repeat.
set -eu
export MC_CONFIG_DIR=/tmp/mc
mc alias set store http://objects:9000 "$(cat /run/secrets/objects_root_user)" "$(cat /run/secrets/objects_root_password)" >/dev/null
mc mb --ignore-existing store/reference-media
mc anonymous set-json /etc/greengate/public.json store/reference-media
mc admin user add store reference-content "$(cat /run/secrets/s3_secret_access_key)"
mc admin policy create store reference-content /etc/greengate/content.json
mc admin policy attach store reference-content --user reference-content || mc admin user info store reference-content | grep -q reference-content
