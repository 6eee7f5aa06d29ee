import { defineVariables } from '@greengate/kit/config'
import { baseVariables, databaseVariables, serviceTokenVariable } from '@greengate/reference-base'

/** Everything this service learns from its environment. `npm run generate` writes it to env.registry.json and .env.example. */
export const variables = defineVariables({
  ...baseVariables,
  ...databaseVariables,
  SERVICE_TOKEN: serviceTokenVariable,
  PLATFORM_URL: {
    reason: 'Where the platform is, which knows who a token belongs to.',
    supplier: 'platform',
    format: 'url',
    loopback: 'allowed',
    required: true,
  },
  OPERATOR_ORGANISATION: {
    reason: 'Slug of the organisation whose members write the content.',
    supplier: 'operator',
    format: 'string',
    pattern: '[a-z][a-z0-9-]{1,38}[a-z0-9]',
    required: true,
  },
  S3_ENDPOINT: {
    reason: 'Where this service reaches the S3-compatible object store.',
    supplier: 'platform',
    format: 'url',
    loopback: 'allowed',
    required: true,
  },
  S3_UPLOAD_ENDPOINT: {
    reason: 'Where browsers reach the object store for uploads; unset: S3_ENDPOINT.',
    supplier: 'platform',
    format: 'url',
    loopback: 'allowed',
  },
  S3_REGION: {
    reason: 'Region of the bucket; signatures name it.',
    supplier: 'platform',
    format: 'string',
    pattern: '[a-z0-9-]{2,40}',
    required: true,
  },
  S3_BUCKET: {
    reason: 'Bucket of the media.',
    supplier: 'platform',
    format: 'string',
    pattern: '[a-z0-9][a-z0-9-]{1,61}[a-z0-9]',
    required: true,
  },
  S3_ACCESS_KEY_ID: {
    reason: 'Who this service is to the object store.',
    supplier: 'vault',
    format: 'string',
    pattern: '[A-Za-z0-9_-]{3,128}',
    required: true,
  },
  S3_SECRET_ACCESS_KEY: {
    reason: 'Signs requests to the object store and the addresses of uploads.',
    supplier: 'vault',
    format: 'string',
    pattern: '[A-Za-z0-9/+=_-]{16,128}',
    required: true,
    secret: true,
    thirdParty: true,
  },
  MEDIA_PUBLIC_URL: {
    reason: 'What browsers put before media/...: the gateway, a CDN, or the public address of the bucket.',
    supplier: 'platform',
    format: 'url',
    loopback: 'allowed',
    required: true,
  },
})
