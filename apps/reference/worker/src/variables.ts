import { defineVariables } from '@greengate/kit/config'
import { baseVariables, databaseVariables, serviceTokenVariable } from '@greengate/reference-base'

/** Everything the worker learns from its environment. `npm run generate` writes it to env.registry.json and .env.example. */
export const variables = defineVariables({
  ...baseVariables,
  ...databaseVariables,
  // What the limiter can count: 10,000 a second.
  RATE_LIMIT_PER_MIN: { ...baseVariables.RATE_LIMIT_PER_MIN, max: 600_000 },
  PUBLIC_URL: {
    ...baseVariables.PUBLIC_URL,
    reason: 'Where people reach the platform: what links in mails begin with.',
    required: true,
  },
  SERVICE_TOKEN: serviceTokenVariable,
  WATCH_TOKEN: {
    ...serviceTokenVariable,
    reason:
      'Token of those who may look at how the work stands and change nothing. Unset: only the processes may look.',
    required: false,
  },
  CONTENT_URL: {
    reason: 'Where content is served: it is told to tidy up its media.',
    supplier: 'platform',
    format: 'url',
    loopback: 'allowed',
    required: true,
  },
  MAIL_API_URL: {
    reason: 'Where mails are handed over, perhaps with a path; /emails is put behind it.',
    supplier: 'mail provider',
    format: 'url',
    loopback: 'allowed',
    required: true,
  },
  MAIL_API_KEY: {
    reason: 'Key of the mail provider.',
    supplier: 'mail provider',
    format: 'string',
    pattern: '(?:mk_(?:test|live)|re)_[A-Za-z0-9_]{24,128}',
    required: true,
    secret: true,
    thirdParty: true,
  },
  MAIL_FROM: {
    reason: 'Sender of all mails: an address, perhaps with a name before it, as Acme <hello@acme.example>.',
    supplier: 'operator',
    format: 'string',
    max: 320,
    pattern: '(?:[A-Za-z0-9 ._-]{1,64} <[^@<> ]{1,64}@[^@<> ]{1,189}>|[^@<> ]{1,64}@[^@<> ]{1,189})',
    required: true,
  },
  PRODUCT_NAME: {
    reason: 'What mails call the platform.',
    supplier: 'operator',
    format: 'string',
    max: 60,
    pattern: '[A-Za-z0-9 ._-]{1,60}',
    fallback: 'Greengate',
  },
})
