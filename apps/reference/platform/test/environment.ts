import { randomBytes } from 'node:crypto'
import type { Env } from '@greengate/reference-base'

export const ownerEmail = 'owner@first.test'
export const ownerPassword = randomBytes(18).toString('base64url')
export const serviceToken = randomBytes(24).toString('base64url')

/** A complete, right environment around a database. */
export function environment(databaseUrl: string): Record<string, string> & Env {
  return {
    APP_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '18490',
    DATABASE_URL: databaseUrl,
    MAIL_API_KEY: `mk_test_${randomBytes(12).toString('hex')}`,
    SERVICE_TOKEN: serviceToken,
    RATE_LIMIT_PER_MIN: '10000',
    BOOTSTRAP_ORGANISATION: 'first-org',
    BOOTSTRAP_EMAIL: ownerEmail,
    BOOTSTRAP_PASSWORD: ownerPassword,
  }
}
