import { defineVariables } from '@greengate/kit/config'
import { baseVariables } from '@greengate/reference-base'

const backend = (what: string) =>
  ({
    reason: `Where ${what}; an origin without a path.`,
    supplier: 'platform',
    format: 'url',
    // Behind the gateway, often on the same machine.
    loopback: 'allowed',
    required: true,
  }) as const

/** Everything the gateway learns from its environment. `npm run generate` writes it to env.registry.json and .env.example. */
export const variables = defineVariables({
  ...baseVariables,
  RATE_LIMIT_PER_MIN: {
    ...baseVariables.RATE_LIMIT_PER_MIN,
    reason: 'Requests a minute that one address may send, pages and their parts among them; probes do not count.',
    // What the limiter can count: 10,000 a second.
    max: 600_000,
    fallback: '600',
  },
  PUBLIC_URL: {
    ...baseVariables.PUBLIC_URL,
    reason: 'Where browsers reach the gateway: the origin its pages have, and the start of help links in errors.',
    required: true,
  },
  PUBLIC_HOSTS: {
    reason: 'Names in Host that are served, comma-separated, without ports; unset: the one of PUBLIC_URL.',
    supplier: 'platform',
    format: 'list',
    pattern: '[A-Za-z0-9.-]{1,253}|\\[[0-9a-fA-F:.]{2,45}\\]',
  },
  PLATFORM_URL: backend('accounts, organisations and usage are served'),
  CONTENT_URL: backend('content is served'),
  WEB_URL: backend('pages are served'),
  MEDIA_URL: {
    ...backend('the public media are'),
    reason: "Where the object store's public bucket is, perhaps with a path; /media/... is put behind it.",
  },
  TLS_CERT_FILE: {
    reason: 'PEM file of the certificate with its chain; unset: plain HTTP, behind something that ends TLS.',
    supplier: 'platform',
    format: 'string',
    max: 1024,
  },
  TLS_KEY_FILE: {
    reason: 'PEM file of the key of TLS_CERT_FILE. Both are read again when they change, and on SIGHUP.',
    supplier: 'platform',
    format: 'string',
    max: 1024,
  },
  HTTP_REDIRECT_PORT: {
    reason: 'Port of a second listener that sends plain HTTP to PUBLIC_URL; unset: none.',
    supplier: 'platform',
    format: 'port',
  },
  RATE_LIMIT_STORE_URL: {
    reason: 'Redis or PostgreSQL that all replicas count requests in; unset: each process counts for itself.',
    supplier: 'vault',
    format: 'url',
    schemes: ['redis', 'rediss', 'postgres', 'postgresql'],
    loopback: 'allowed',
    secret: true,
  },
  REPLICAS: {
    reason: 'Replicas of the gateway: while the store is away each counts to its part of the limit.',
    supplier: 'operator',
    format: 'int',
    min: 1,
    max: 1000,
    fallback: '1',
  },
  UPSTREAM_TIMEOUT_MS: {
    reason: "For the head of a backend's answer; milliseconds. Above the backends' own deadline of 10 s.",
    supplier: 'operator',
    format: 'duration',
    min: 100,
    max: 60_000,
    fallback: '12000',
  },
  UPSTREAM_CONNECTIONS_MAX: {
    reason: 'Connections to each backend; as many requests may wait for one.',
    supplier: 'operator',
    format: 'int',
    min: 1,
    max: 10_000,
    fallback: '128',
  },
  METRICS_TOKEN: {
    reason:
      'Bearer token that /metrics and /openapi.json ask for; unset: nobody may read them in production, anybody elsewhere.',
    supplier: 'vault',
    format: 'string',
    min: 32,
    max: 256,
    pattern: '[A-Za-z0-9._~+/=-]+',
    secret: true,
  },
})
