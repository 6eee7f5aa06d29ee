import { defineVariables } from '@greengate/kit/config'
import { baseVariables, databaseVariables, serviceTokenVariable } from '@greengate/reference-base'

/** Everything this service learns from its environment. `npm run generate` writes it to env.registry.json and .env.example. */
export const variables = defineVariables({
  ...baseVariables,
  ...databaseVariables,
  MAIL_API_KEY: {
    reason:
      'Key of the mail provider, by which the worker sends. Checked here as well: no sign-up is taken that nobody can confirm.',
    supplier: 'mail provider',
    format: 'string',
    pattern: 'mk_(?:test|live)_[A-Za-z0-9]{24}',
    required: true,
    secret: true,
    thirdParty: true,
  },
  SERVICE_TOKEN: serviceTokenVariable,
  SESSION_TTL_S: {
    reason: 'How long a session lasts after sign-in; seconds.',
    supplier: 'operator',
    format: 'int',
    min: 300,
    max: 2_592_000,
    fallback: '43200',
  },
  CURRENCY_RATES_URL: {
    reason: 'Where the currency rates for valuing usage come from; unset or dead: the last known ones, marked as such.',
    supplier: 'rates provider',
    format: 'url',
    loopback: 'allowed',
  },
  CONCIERGE_RECOMMENDATIONS_URL: {
    reason:
      'Where recommendations come from, asked with ?topic=; unset or dead: the last known ones, or built-in ones.',
    supplier: 'recommendations provider',
    format: 'url',
    loopback: 'allowed',
  },
  CONCIERGE_WEATHER_URL: {
    reason: 'Where the weather comes from, asked with ?place=; unset or dead: what was last known, or nothing.',
    supplier: 'weather provider',
    format: 'url',
    loopback: 'allowed',
  },
  OUTSIDE_FRESH_MS: {
    reason:
      'How long fetched rates, recommendations and weather count as current; milliseconds, 0 asks for every request.',
    supplier: 'operator',
    format: 'duration',
    min: 0,
    max: 86_400_000,
    fallback: '60000',
  },
  CONCIERGE_ENABLED: {
    reason: 'Switches the concierge off with a restart, whatever the settings say: 503 concierge_unavailable.',
    supplier: 'operator',
    format: 'boolean',
    fallback: 'true',
  },
  BOOTSTRAP_ORGANISATION: {
    reason: 'Slug of the first organisation; only `npm run bootstrap` uses it.',
    supplier: 'operator',
    format: 'string',
    pattern: '[a-z][a-z0-9-]{1,38}[a-z0-9]',
  },
  BOOTSTRAP_EMAIL: {
    reason: 'Address of its first owner; only `npm run bootstrap` uses it.',
    supplier: 'operator',
    format: 'string',
    pattern: '[^@ ]{1,64}@[^@ ]{1,189}',
  },
  BOOTSTRAP_PASSWORD: {
    reason: 'Password of its first owner; only `npm run bootstrap` uses it, remove it afterwards.',
    supplier: 'vault',
    format: 'string',
    min: 16,
    max: 256,
    secret: true,
  },
  RELEASE_TOKEN: {
    reason:
      'Lets its holder record a release; only deploy/record-release.ts uses it, and `greengate deploy` hands it over.',
    supplier: 'vault',
    format: 'string',
    min: 32,
    max: 256,
    secret: true,
  },
  RELEASE_DIR: {
    reason: 'Folder of the release records; only deploy/record-release.ts uses it. Unset: .greengate/releases.',
    supplier: 'operator',
    format: 'string',
    max: 1024,
  },
  GREENGATE_SUBJECT: {
    reason: 'Digest of what is released; only deploy/record-release.ts uses it.',
    supplier: 'greengate deploy',
    format: 'string',
    max: 128,
  },
  GREENGATE_COMMIT: {
    reason: 'Commit of what is released; only deploy/record-release.ts uses it.',
    supplier: 'greengate deploy',
    format: 'string',
    max: 64,
  },
  GREENGATE_ENVIRONMENT: {
    reason: 'Environment that is released to; only deploy/record-release.ts uses it.',
    supplier: 'greengate deploy',
    format: 'string',
    max: 64,
  },
})
