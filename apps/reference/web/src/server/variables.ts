import { defineVariables } from '@greengate/kit/config'
import { baseVariables } from '@greengate/reference-base'

const MEDIA_ORIGIN = {
  supplier: 'platform',
  format: 'url',
  loopback: 'allowed',
} as const

/** Everything the web server learns from its environment. */
export const variables = defineVariables({
  ...baseVariables,
  ERROR_TRACKING_DSN: {
    ...baseVariables.ERROR_TRACKING_DSN,
    // The key in it is the error tracker's.
    thirdParty: true,
    pattern: 'https?://[A-Za-z0-9]{1,64}@[A-Za-z0-9.:_-]+/(?:[A-Za-z0-9._-]+/)*[0-9]+',
  },
  CONTENT_URL: {
    reason: 'Where the content service is; pages are rendered from what it has published.',
    supplier: 'platform',
    format: 'url',
    loopback: 'allowed',
    required: true,
  },
  PLATFORM_URL: {
    reason: 'Where the platform service is; its public settings name and colour the site.',
    supplier: 'platform',
    format: 'url',
    loopback: 'allowed',
    required: true,
  },
  CONTENT_FRESH_MS: {
    reason: 'How long an answer of the content service is used before it is asked again; milliseconds.',
    supplier: 'operator',
    format: 'int',
    min: 0,
    max: 3_600_000,
    fallback: '5000',
  },
  CACHE_DIR: {
    reason: 'Folder where the last known content is kept for a start without the content service: an absolute path.',
    supplier: 'platform',
    format: 'string',
    max: 1024,
    pattern: '/.+',
    required: true,
  },
  MEDIA_PUBLIC_URL: {
    ...MEDIA_ORIGIN,
    reason:
      'Where browsers get pictures and videos from; its origin is let into the policy of the pages. Unset: from here.',
  },
  MEDIA_UPLOAD_ORIGIN: {
    ...MEDIA_ORIGIN,
    reason: 'Where editors upload media to; let into the policy of the pages. Unset: the origin of MEDIA_PUBLIC_URL.',
  },
})
