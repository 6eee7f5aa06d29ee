# What stands in for the outside on one machine: the mail catcher and the recorded providers. Never part of a release.
# Built from the repository's root: docker build -f apps/reference/operations/stand-ins.Dockerfile .
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /service
COPY . .
RUN npm ci --omit=dev --ignore-scripts --workspace @greengate/reference-base

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /service
COPY --from=dependencies /service/package.json ./package.json
COPY --from=dependencies /service/node_modules/zod ./node_modules/zod
COPY --from=dependencies /service/apps/reference/system/package.json ./apps/reference/system/package.json
COPY --from=dependencies /service/apps/reference/system/src ./apps/reference/system/src
WORKDIR /service/apps/reference/system
USER 1000:1000
ENTRYPOINT ["node", "src/stand-ins.ts"]
CMD ["providers", "--port", "8090"]
