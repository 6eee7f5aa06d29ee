import { mkdirSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgresServer } from '../servers/postgres-server.ts'
import { runProgram, SupervisedProcess } from '../start/child-process.ts'
import { SERVICES, type ServiceName } from '../start/options.ts'
import { freePortsInARow, portsFrom } from '../start/ports.ts'
import { secretsIn } from '../start/secrets.ts'
import { programOf, type SystemFacts } from '../start/services.ts'
import { openFolder, SystemError, temporaryFolder } from '../start/system-folder.ts'

/** The processes of the platform, started for a look at what they say of themselves. */
export interface RunningServices {
  /** Where each listens, without a slash at the end. */
  readonly urls: Readonly<Record<ServiceName, string>>
  stop(): Promise<void>
}

const ANSWERS_WITHIN_MS = 60_000
const RETRY_MS = 100

async function untilAnswers(name: string, url: string, isGivenUp: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + ANSWERS_WITHIN_MS
  for (;;) {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) }).catch(() => null)
    if (answer?.ok) return
    if (isGivenUp() || performance.now() > deadlineMs)
      throw new SystemError('not_ready', `${name} did not start; its log has the reason`)
    await sleep(RETRY_MS)
  }
}

/**
 * Starts all five processes on a database of their own, without data, mail, media and providers: each works without them. Everything
 * is in a temporary folder and gone after `stop`.
 * @throws SystemError when one of them does not start
 */
export async function startServices(random: () => number = Math.random): Promise<RunningServices> {
  const place = temporaryFolder()
  const opened: (() => Promise<unknown> | void)[] = [() => rmSync(place, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const folder = await openFolder(place)
    opened.push(() => folder.release())
    mkdirSync(folder.path('logs'))
    const ports = portsFrom(await freePortsInARow(random))
    const secrets = secretsIn(folder.path('secrets.json'))
    const postgres = await startPostgresServer(folder.path('postgres'), ports.postgres, secrets.postgresPassword)
    opened.push(() => postgres.stop())
    const databases = {
      platform: await postgres.database('platform', secrets.platformDatabasePassword),
      content: await postgres.database('content', secrets.contentDatabasePassword),
    }
    const options = { folder: place, ports, tls: false, without: [] }
    const facts: SystemFacts = { options, folder, secrets, certificate: null, databases }
    for (const name of ['platform', 'content'] as const) await runProgram(programOf(facts, name, 'src/migrate.ts'))
    const urls = Object.fromEntries(SERVICES.map((name) => [name, `http://127.0.0.1:${ports[name]}`]))
    const givenUp = new Set<string>()
    const onGivenUp = (name: string): void => void givenUp.add(name)
    for (const name of SERVICES) {
      const program = programOf(facts, name)
      // What they write of their address must not change with the port.
      const env = { ...program.env, PUBLIC_URL: 'https://app.test' }
      const process = new SupervisedProcess({ ...program, env }, { onRestart: () => {}, onGivenUp })
      process.start()
      opened.push(() => process.stop())
    }
    for (const name of SERVICES) await untilAnswers(name, urls[name] ?? '', () => givenUp.has(name))
    return { urls: urls as Record<ServiceName, string>, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
