import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ObjectClient } from '@greengate/object-store'
import { portsFrom } from '../start/ports.ts'
import { secretsIn } from '../start/secrets.ts'
import { BUCKET, REGION } from '../start/services.ts'
import { readKey } from './sealed-file.ts'
import type { Places } from './make-backup.ts'

export const USAGE = `npm run platform:backup -- --to DIR [--folder DIR] [--port-base N]
npm run platform:restore -- --from DIR [--folder DIR] [--port-base N]

The embedded servers, which have to run: --folder and --port-base as for npm run platform.
Others: the variables PLATFORM_DATABASE_URL, CONTENT_DATABASE_URL, S3_ENDPOINT, S3_REGION, S3_BUCKET,
S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY; --url NAME=URL in place of the first two, with the password in PGPASSWORD.
BACKUP_KEY is the key, 64 hex digits; without it nothing is done.
`

const ROOT = join(import.meta.dirname, '..', '..', '..', '..', '..')

type Env = Readonly<Record<string, string | undefined>>

function required(env: Env, name: string): string {
  const value = env[name]
  if (value === undefined || value === '') throw new RangeError(`${name} is not set`)
  return value
}

function embeddedPlaces(folder: string, base: number | undefined): Places {
  const file = join(folder, 'secrets.json')
  if (!existsSync(file)) throw new RangeError(`${folder} is not a folder of npm run platform`)
  const secrets = secretsIn(file)
  const ports = portsFrom(base)
  const at = `127.0.0.1:${ports.postgres}`
  return {
    databases: {
      platform: `postgres://platform:${secrets.platformDatabasePassword}@${at}/platform`,
      content: `postgres://content:${secrets.contentDatabasePassword}@${at}/content`,
    },
    store: new ObjectClient({
      endpoint: `http://127.0.0.1:${ports['object-store']}`,
      region: REGION,
      bucket: BUCKET,
      accessKeyId: secrets.s3AccessKeyId,
      secretAccessKey: secrets.s3SecretAccessKey,
    }),
  }
}

function otherPlaces(urls: ReadonlyMap<string, string>, env: Env): Places {
  return {
    databases: {
      platform: urls.get('platform') ?? required(env, 'PLATFORM_DATABASE_URL'),
      content: urls.get('content') ?? required(env, 'CONTENT_DATABASE_URL'),
    },
    store: new ObjectClient({
      endpoint: required(env, 'S3_ENDPOINT'),
      region: required(env, 'S3_REGION'),
      bucket: required(env, 'S3_BUCKET'),
      accessKeyId: required(env, 'S3_ACCESS_KEY_ID'),
      secretAccessKey: required(env, 'S3_SECRET_ACCESS_KEY'),
    }),
  }
}

export interface BackupArguments extends Places {
  /** Of the backup. */
  readonly folder: string
  readonly key: Buffer
  /** Folder of the embedded servers; null: other servers. */
  readonly embedded: string | null
}

/**
 * @param direction `to` for a backup, `from` for a restore
 * @throws TypeError, RangeError for a command line that makes no sense; BackupError `key_missing`
 */
export function readArguments(args: readonly string[], direction: 'to' | 'from', env: Env): BackupArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      [direction]: { type: 'string' },
      folder: { type: 'string' },
      'port-base': { type: 'string' },
      url: { type: 'string', multiple: true },
    },
  })
  const folder = values[direction]
  if (typeof folder !== 'string') throw new RangeError(`--${direction} is missing`)
  const key = readKey(env['BACKUP_KEY'])
  const urls = new Map(
    (Array.isArray(values['url']) ? values['url'] : []).map((one) => {
      const [, name, url] = /^(platform|content)=(.+)$/.exec(String(one)) ?? []
      if (name === undefined || url === undefined) throw new RangeError('--url is platform=URL or content=URL')
      return [name, url]
    }),
  )
  const isOther = urls.size > 0 || env['PLATFORM_DATABASE_URL'] !== undefined
  if (isOther && values['folder'] !== undefined) throw new RangeError('--folder is for the embedded servers')
  const base = values['port-base']
  if (base !== undefined && !/^\d{4,5}$/.test(String(base))) throw new RangeError('--port-base is a port')
  const embedded = isOther ? null : resolve(String(values['folder'] ?? join(ROOT, '.platform')))
  const places =
    embedded === null ? otherPlaces(urls, env) : embeddedPlaces(embedded, base === undefined ? undefined : Number(base))
  return { folder: resolve(folder), key, embedded, ...places }
}
