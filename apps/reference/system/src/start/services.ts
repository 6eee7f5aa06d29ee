import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { LocalCertificate } from '../servers/certificate.ts'
import type { Program } from './child-process.ts'
import type { ServiceName, SystemOptions } from './options.ts'
import type { Secrets } from './secrets.ts'
import { type SystemFolder, SystemError } from './system-folder.ts'

const REFERENCE = join(import.meta.dirname, '..', '..', '..')
const MAINS: Partial<Record<ServiceName, string>> = { web: 'src/server/main.ts' }

/** Slug of the organisation that runs the platform: its members write the content. */
export const OPERATOR = 'northwind'
export const OWNER_EMAIL = 'olivia@northwind.test'
export const BUCKET = 'platform-media'
export const REGION = 'local-1'

/** What there is to know for all processes of a folder. */
export interface SystemFacts {
  readonly options: SystemOptions
  readonly folder: SystemFolder
  readonly secrets: Secrets
  readonly certificate: LocalCertificate | null
  readonly databases: { readonly platform: string; readonly content: string }
}

/** Where a browser finds it. */
export function publicUrl(options: SystemOptions): string {
  if (options.behind !== undefined) return options.behind
  return `${options.tls ? 'https' : 'http'}://localhost:${options.ports.gateway}`
}

const local = (port: number): string => `http://127.0.0.1:${port}`

/** Every value that some process may ask for; each gets those that its registry names. */
function values(facts: SystemFacts, name: ServiceName): Readonly<Record<string, string | undefined>> {
  const { options, secrets, certificate, folder, databases } = facts
  const { ports } = options
  const isGateway = name === 'gateway'
  return {
    APP_ENV: 'local',
    HOST: '127.0.0.1',
    PORT: String(ports[name]),
    RATE_LIMIT_PER_MIN: isGateway ? String(options.ratePerMin ?? 60_000) : '60000',
    TRUSTED_PROXIES: isGateway ? undefined : '127.0.0.1',
    PUBLIC_URL: publicUrl(options),
    PUBLIC_HOSTS: 'localhost,127.0.0.1',
    DATABASE_URL: name === 'content' ? databases.content : databases.platform,
    SERVICE_TOKEN: secrets.serviceToken,
    MAIL_API_KEY: secrets.mailApiKey,
    MAIL_API_URL: local(ports.mail),
    MAIL_FROM: 'hello@northwind.test',
    PLATFORM_URL: local(ports.platform),
    CONTENT_URL: local(ports.content),
    WEB_URL: local(ports.web),
    MEDIA_URL: `${local(ports['object-store'])}/${BUCKET}`,
    MEDIA_PUBLIC_URL: publicUrl(options),
    MEDIA_UPLOAD_ORIGIN: local(ports['object-store']),
    S3_ENDPOINT: local(ports['object-store']),
    S3_REGION: REGION,
    S3_BUCKET: BUCKET,
    S3_ACCESS_KEY_ID: secrets.s3AccessKeyId,
    S3_SECRET_ACCESS_KEY: secrets.s3SecretAccessKey,
    OPERATOR_ORGANISATION: OPERATOR,
    CONCIERGE_RECOMMENDATIONS_URL: `${local(ports.providers)}/recommendations`,
    CONCIERGE_WEATHER_URL: `${local(ports.providers)}/weather`,
    CURRENCY_RATES_URL: `${local(ports.providers)}/rates`,
    CACHE_DIR: folder.path('web-cache'),
    TLS_CERT_FILE: certificate?.certFile,
    TLS_KEY_FILE: certificate?.keyFile,
    BOOTSTRAP_ORGANISATION: OPERATOR,
    BOOTSTRAP_EMAIL: OWNER_EMAIL,
    BOOTSTRAP_PASSWORD: secrets.seedPassword,
  }
}

const registrySchema = z.record(z.string(), z.unknown())

/** Names of the variables of a process, from the registry that it generates from its code. */
function variablesOf(cwd: string): readonly string[] {
  const file = join(cwd, 'env.registry.json')
  if (!existsSync(file)) throw new SystemError('not_startable', `${file} is missing: run its generate script`)
  return Object.keys(registrySchema.parse(JSON.parse(readFileSync(file, 'utf8'))))
}

/**
 * A program of one of our processes, with the variables that its registry names and no others.
 * @param main default: the one that serves
 */
export function programOf(facts: SystemFacts, service: ServiceName, main?: string): Program {
  const cwd = join(REFERENCE, service)
  const all = values(facts, service)
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '' }
  for (const name of variablesOf(cwd)) {
    const value = all[name]
    if (value !== undefined) env[name] = value
  }
  const file = main ?? MAINS[service] ?? 'src/main.ts'
  if (!existsSync(join(cwd, file))) throw new SystemError('not_startable', `${service} has no ${file}`)
  return {
    name: main === undefined ? service : `${service} ${main}`,
    cwd,
    main: file,
    env,
    logFile: facts.folder.path('logs', `${service}.log`),
  }
}
