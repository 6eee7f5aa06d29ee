#!/usr/bin/env node
import { startObjectStore } from './object-store.ts'

/** Exit code for a configuration that is not right. */
const CONFIGURATION = 78

const listOf = (value: string | undefined): readonly string[] =>
  (value ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

function required(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') {
    process.stderr.write(`${name} is not set.\n`)
    process.exit(CONFIGURATION)
  }
  return value
}

const portText = process.env['PORT'] ?? '9000'
if (!/^\d{1,5}$/.test(portText) || Number(portText) > 65_535) {
  process.stderr.write('PORT is not a port.\n')
  process.exit(CONFIGURATION)
}

const line = (fields: Record<string, unknown>): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), service: 'object-store', ...fields })}\n`)
}

const store = await startObjectStore({
  folder: required('OBJECT_STORE_FOLDER'),
  host: process.env['HOST'] ?? '127.0.0.1',
  port: Number(portText),
  accessKeyId: required('S3_ACCESS_KEY_ID'),
  secretAccessKey: required('S3_SECRET_ACCESS_KEY'),
  region: process.env['S3_REGION'] ?? 'us-east-1',
  buckets: listOf(process.env['OBJECT_STORE_BUCKETS']),
  publicPrefixes: listOf(process.env['OBJECT_STORE_PUBLIC_PREFIXES']),
  corsOrigins: listOf(process.env['OBJECT_STORE_CORS_ORIGINS']),
  report: (event) => line({ level: 'error', ...event, ...('error' in event ? { error: String(event.error) } : {}) }),
})
line({ level: 'info', event: 'started', url: store.url })

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    void store.close().then(() => {
      line({ level: 'info', event: 'stopped' })
      process.exit(0)
    })
  })
