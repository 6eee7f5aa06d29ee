import type { Registry } from '@greengate/kit/config'

/** Variables that every process of the platform has; each adds its own. */
export const baseVariables = {
  APP_ENV: {
    reason: 'Environment this process belongs to; everything else that names one must agree.',
    supplier: 'platform',
    format: 'enum',
    values: ['local', 'staging', 'production'],
    required: true,
  },
  ENV_FILE: {
    reason: 'Path of the env file the other variables came from, if they came from one; its APP_ENV is compared.',
    supplier: 'platform',
    format: 'string',
    max: 1024,
  },
  RUNTIME_MARKER: {
    reason: 'Path of a file that names the environment this runtime was installed for; compared with APP_ENV.',
    supplier: 'platform',
    format: 'string',
    max: 1024,
  },
  NODE_ENV: {
    reason: 'What libraries go by; in production it is unset or production.',
    supplier: 'platform',
    format: 'string',
    max: 64,
  },
  HOST: { reason: 'Address to listen on.', supplier: 'platform', format: 'host', required: true },
  PORT: { reason: 'Port to listen on.', supplier: 'platform', format: 'port', required: true },
  RATE_LIMIT_PER_MIN: {
    reason: 'Requests a minute that one address may send; probes do not count.',
    supplier: 'operator',
    format: 'int',
    min: 1,
    max: 600_000,
    fallback: '100',
  },
  TRUSTED_PROXIES: {
    reason:
      'Addresses or CIDR blocks of the proxies in front, comma-separated; only their X-Forwarded-For is believed.',
    supplier: 'platform',
    format: 'list',
    pattern: '[0-9a-fA-F:.]+(?:/[0-9]{1,3})?',
  },
  CORS_ORIGINS: {
    reason: 'Origins whose scripts may call this service, comma-separated; unset: none.',
    supplier: 'operator',
    format: 'list',
    pattern: 'https?://[a-z0-9.-]+(?::[0-9]{1,5})?',
  },
  PUBLIC_URL: {
    reason: 'Where callers reach this service; put before the help links in errors. Unset: they are relative.',
    supplier: 'platform',
    format: 'url',
    loopback: 'allowed',
  },
  OTLP_TRACES_URL: {
    reason: 'Where the OpenTelemetry collector takes traces over HTTP; unset: none are recorded.',
    supplier: 'platform',
    format: 'url',
    loopback: 'allowed',
  },
  TRACE_SAMPLE_RATIO: {
    reason: 'Share of the traces begun here that are recorded, 0 to 1; a decision of the caller is kept.',
    supplier: 'operator',
    format: 'number',
    min: 0,
    max: 1,
    fallback: '0.1',
  },
  ERROR_TRACKING_DSN: {
    reason: 'Where errors are reported, in the Sentry protocol; unset: nowhere.',
    supplier: 'error tracking',
    format: 'url',
    loopback: 'allowed',
    secret: true,
  },
  LOG_LEVEL: {
    reason: 'Least severe log line that is written.',
    supplier: 'operator',
    format: 'enum',
    values: ['debug', 'info', 'warn', 'error'],
    fallback: 'info',
  },
  DEBUG: {
    reason: 'Writes debug lines whatever LOG_LEVEL says; for development.',
    supplier: 'operator',
    format: 'boolean',
    fallback: 'false',
    refusedIn: ['production'],
  },
} as const satisfies Registry

/** The variable of a process that keeps data in PostgreSQL. */
export const databaseVariables = {
  DATABASE_URL: {
    reason: 'Where the PostgreSQL database is, with the login.',
    supplier: 'vault',
    format: 'url',
    schemes: ['postgres', 'postgresql'],
    // A proxy on the same machine is usual, and so is a sidecar.
    loopback: 'allowed',
    required: true,
    secret: true,
  },
  DATABASE_CONNECTIONS_MAX: {
    reason: 'Connections this process may hold to the database.',
    supplier: 'operator',
    format: 'int',
    min: 1,
    max: 100,
    fallback: '10',
  },
} as const satisfies Registry

/** The token by which the processes of the platform know each other. */
export const serviceTokenVariable = {
  reason: 'Token by which the processes of the platform know each other; the same for all of them.',
  supplier: 'vault',
  format: 'string',
  min: 32,
  max: 256,
  pattern: '[A-Za-z0-9._~+/=-]+',
  required: true,
  secret: true,
} as const
