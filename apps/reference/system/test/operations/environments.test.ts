// Goal: the environments of compose.yaml and of the cluster are ones that the processes accept, and what was left to fill in is refused.
// Method: each process is really started with the variables that are written there and with secrets of make-secrets.sh. Addresses lead
// nowhere, so a process that needs its database ends with 69; the configuration is right when none ends with 78.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  compose,
  environmentOf,
  manifests,
  operations,
  SERVICES,
  type ServiceName,
  templateOf,
} from './operations-files.ts'
import { runUntilServing } from './service-run.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'environments-'))
  const secrets = join(folder, 'secrets')
  execFileSync('sh', [join(operations, 'compose', 'make-secrets.sh'), secrets])
  mkdirSync(join(folder, 'cluster'))
  writeFileSync(join(folder, 'environment'), 'production\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Which file of make-secrets.sh is good for a secret of the cluster. */
const CLUSTER_SECRETS: Readonly<Record<string, (service: ServiceName) => string>> = {
  DATABASE_URL: (service) => `${service}_app_url`,
  SERVICE_TOKEN: () => 'service_token',
  S3_SECRET_ACCESS_KEY: () => 's3_secret_access_key',
  RATE_LIMIT_STORE_URL: () => 'redis_url',
  MAIL_API_KEY: () => 'mail_api_key',
  METRICS_TOKEN: () => 'metrics_token',
}

interface Ended {
  readonly code: number | null
  readonly lines: readonly { event?: string; error?: { message?: string } }[]
}

/** Starts a process and ends it as soon as it serves or has given up. */
async function start(service: ServiceName, environment: Readonly<Record<string, string>>): Promise<Ended> {
  const main = service === 'web' ? 'src/server/main.ts' : 'src/main.ts'
  const cache = 'CACHE_DIR' in environment ? { CACHE_DIR: join(folder, 'cache') } : {}
  const { code, output } = await runUntilServing(service, main, { ...environment, ...cache })
  const lines = output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    return [JSON.parse(line) as { event?: string; error?: { message?: string } }]
  })
  return { code, lines }
}

/** Accepted: it started and ended as it was told, or it missed what it was to talk to. */
function expectAccepted({ code, lines }: Ended): void {
  const wrong = lines.filter((line) => line.event === 'config_error').map((line) => line.error?.message)
  expect(wrong).toEqual([])
  expect([0, 69]).toContain(code)
  expect(lines.length).toBeGreaterThan(0)
}

describe('compose.yaml', () => {
  const { services } = compose()
  it.each(SERVICES)('gives %s an environment that it accepts', async (name) => {
    const environment = Object.fromEntries(
      Object.entries(services[name]?.environment ?? {}).map(([variable, value]) => [
        variable,
        value.replace('/run/secrets', join(folder, 'secrets')),
      ]),
    )
    expectAccepted(await start(name, environment))
  })
})

describe('the cluster', () => {
  const all = manifests()
  const environmentIn = (name: ServiceName): Record<string, string> => {
    const deployment = all.find((one) => one.kind === 'Deployment' && one.metadata.name === name)
    const container = deployment ? templateOf(deployment)?.spec.containers[0] : undefined
    if (!container) throw new Error(`${name} has no container`)
    const environment: Record<string, string> = {}
    for (const [variable, value] of Object.entries(environmentOf(container, all))) {
      const secret = /^\/run\/secrets\/greengate\/(\w+)$/.exec(value)?.[1]
      if (secret === undefined) environment[variable] = value
      else {
        const source = CLUSTER_SECRETS[secret]?.(name).replace('worker_app', 'platform_worker') ?? 'none'
        const text = readFileSync(join(folder, 'secrets', source), 'utf8')
        const file = join(folder, 'cluster', `${name}-${secret}`)
        // A key for tests is refused in production, as it should be.
        writeFileSync(file, text.replace('mk_test_', 'mk_live_'))
        environment[variable] = file
      }
    }
    return { ...environment, RUNTIME_MARKER: join(folder, 'environment') }
  }

  it.each(SERVICES)('gives %s an environment that it accepts, once the addresses are filled in', async (name) => {
    const filled = Object.fromEntries(
      Object.entries(environmentIn(name)).map(([variable, value]) => [variable, value.replaceAll('.example', '.test')]),
    )
    expectAccepted(await start(name, filled))
  })

  it('is refused as it is written, with every address that was left to fill in', async () => {
    const { code, lines } = await start('gateway', environmentIn('gateway'))
    expect(code).toBe(78)
    expect(lines[0]?.error?.message).toContain('PUBLIC_URL is a placeholder')
  })
})
