import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ObjectStore, startObjectStore } from '@greengate/object-store'
import { seed } from '../seed/seed.ts'
import { localCertificate } from '../servers/certificate.ts'
import { type MailCatcher, startMailCatcher } from '../servers/mail-catcher.ts'
import { startOutsideProviders } from '../servers/outside-providers.ts'
import { type PostgresServer, startPostgresServer } from '../servers/postgres-server.ts'
import { runProgram, SupervisedProcess } from './child-process.ts'
import { type ServiceName, SERVICES, type SystemOptions } from './options.ts'
import { requireFreePorts, untilReady } from './readiness.ts'
import { secretsIn, writePrivate } from './secrets.ts'
import { BUCKET, programOf, publicUrl, REGION, type SystemFacts } from './services.ts'
import { openFolder, type SystemFolder, SystemError } from './system-folder.ts'

/** Every process but the edge, which opens when they are ready. */
const BEHIND = SERVICES.filter((name) => name !== 'gateway')

const BUILD_MS_MAX = 120_000

export interface SystemEvents {
  /** Something was done, for people to read. */
  onProgress(text: string): void
  /** It can't go on: it was stopped, or will be. */
  onFailure(reason: string): void
}

/** Everything that was started, to be ended in the opposite order. */
class Endings {
  readonly #endings: (() => Promise<unknown>)[] = []
  #ended: Promise<void> | undefined

  get begun(): boolean {
    return this.#ended !== undefined
  }

  /** What is started while everything ends is ended at once. */
  async add(end: () => Promise<unknown>): Promise<void> {
    if (!this.begun) {
      this.#endings.push(end)
      return
    }
    await end()
    throw new SystemError('not_startable', 'it is being stopped')
  }

  run(): Promise<void> {
    this.#ended ??= (async () => {
      for (const end of this.#endings.toReversed()) await end().catch(() => {})
    })()
    return this.#ended
  }
}

export class System {
  readonly #options: SystemOptions
  readonly #events: SystemEvents
  readonly #endings = new Endings()
  readonly #processes = new Map<ServiceName, SupervisedProcess>()
  #failure: string | null = null

  constructor(options: SystemOptions, events: SystemEvents) {
    this.#options = options
    this.#events = events
  }

  /** Ends everything, last started first. Safe to repeat, and in the middle of a start. */
  stop(): Promise<void> {
    return this.#endings.run()
  }

  #fail(reason: string): void {
    if (this.#failure !== null || this.#endings.begun) return
    this.#failure = reason
    this.#events.onFailure(reason)
  }

  /**
   * Starts everything and resolves when all of it is ready and seeded.
   * @throws SystemError; what was started then is ended by `stop`
   */
  async start(): Promise<SystemFacts> {
    const options = this.#options
    if (options.temporary)
      await this.#endings.add(() => rm(options.folder, { recursive: true, force: true, maxRetries: 5 }))
    const folder = await openFolder(options.folder)
    await this.#endings.add(() => folder.release())
    await requireFreePorts(options.ports, options.without)
    mkdirSync(folder.path('logs'), { recursive: true, mode: 0o700 })
    const secrets = secretsIn(folder.path('secrets.json'), process.env['SEED_PASSWORD'])
    const built = this.#buildWeb(folder)
    // A failure of it is seen where it is awaited, perhaps after another one.
    built.catch(() => {})
    const certificate = options.tls ? await this.#certificate(folder) : null
    const postgres = await this.#postgres(folder, secrets.postgresPassword)
    const databases = {
      platform: await postgres.database('platform', secrets.platformDatabasePassword),
      content: await postgres.database('content', secrets.contentDatabasePassword),
    }
    const facts = { options, folder, secrets, certificate, databases }
    const servers = await this.#servers(facts)
    if (options.serversOnly === true) return facts
    await this.#migrate(facts)
    await built
    await this.#services(facts, BEHIND)
    await this.#seed(facts, servers.mail)
    // Last, so that whoever sees the edge ready finds everything behind it.
    await this.#services(facts, ['gateway'])
    return facts
  }

  async #certificate(folder: SystemFolder) {
    mkdirSync(folder.path('tls'), { recursive: true, mode: 0o700 })
    return localCertificate(folder.path('tls'), Date.now())
  }

  async #buildWeb(folder: SystemFolder): Promise<void> {
    if (this.#options.without.includes('web')) return
    const cwd = join(import.meta.dirname, '..', '..', '..', 'web')
    const logFile = folder.path('logs', 'web-build.log')
    const env = { PATH: process.env['PATH'] ?? '' }
    const program = { name: 'the build of web', cwd, main: join('src', 'build', 'build.ts'), env, logFile }
    const ended = Promise.withResolvers<number | null>()
    // It runs once: whatever it ends with is its end.
    const build = new SupervisedProcess(program, {
      onRestart: (_name, code) => ended.resolve(code),
      onGivenUp: () => ended.resolve(null),
    })
    const end = async (): Promise<void> => {
      await build.stop()
      ended.resolve(null)
    }
    // Whoever gives the start up does not wait for the build, but for its end: it has files of its own to take away.
    await this.#endings.add(end)
    build.start()
    const timer = setTimeout(() => void end(), BUILD_MS_MAX)
    const code = await ended.promise
    clearTimeout(timer)
    await end()
    if (this.#endings.begun) throw new SystemError('not_startable', 'it is being stopped')
    if (code !== 0) throw new SystemError('not_startable', `${program.name} ended with ${code}: see ${logFile}`)
    this.#events.onProgress('web is built')
  }

  async #postgres(folder: SystemFolder, password: string): Promise<PostgresServer> {
    const postgres = await startPostgresServer(
      folder.path('postgres'),
      this.#options.ports.postgres,
      password,
      this.#options.temporary ? this.#options.folder : null,
    )
    await this.#endings.add(() => postgres.stop())
    void postgres.ended.then((asked) => asked || this.#fail('PostgreSQL ended by itself: see postgres/postgres.log'))
    this.#events.onProgress('PostgreSQL is ready')
    return postgres
  }

  async #servers({ options, folder, secrets }: SystemFacts): Promise<{ store: ObjectStore; mail: MailCatcher }> {
    const store = await startObjectStore({
      folder: folder.path('objects'),
      port: options.ports['object-store'],
      accessKeyId: secrets.s3AccessKeyId,
      secretAccessKey: secrets.s3SecretAccessKey,
      region: REGION,
      buckets: [BUCKET],
      publicPrefixes: ['media/'],
      corsOrigins: [publicUrl(options)],
      report: (event) => this.#events.onProgress(`object store: ${event.event}`),
    })
    await this.#endings.add(() => store.close())
    const mail = await startMailCatcher(options.ports.mail, secrets.mailApiKey)
    await this.#endings.add(() => mail.close())
    const providers = await startOutsideProviders(options.ports.providers)
    await this.#endings.add(() => providers.close())
    this.#events.onProgress('object store, mail catcher and outside providers are ready')
    return { store, mail }
  }

  async #migrate(facts: SystemFacts): Promise<void> {
    await Promise.all([this.#migratePlatform(facts), runProgram(programOf(facts, 'content', 'src/migrate.ts'))])
    this.#events.onProgress('migrations are applied')
  }

  async #migratePlatform(facts: SystemFacts): Promise<void> {
    await runProgram(programOf(facts, 'platform', 'src/migrate.ts'))
    const keyFile = facts.folder.path('founder-key')
    // The key comes last: where it is, the first owner is.
    if (existsSync(keyFile)) return
    await runProgram(programOf(facts, 'platform', 'src/bootstrap.ts'))
    writePrivate(keyFile, await runProgram(programOf(facts, 'platform', 'src/rotate-founder-key.ts')))
  }

  async #services(facts: SystemFacts, wanted: readonly ServiceName[]): Promise<void> {
    const names = wanted.filter((name) => !facts.options.without.includes(name))
    for (const name of names) {
      const supervised = new SupervisedProcess(programOf(facts, name), {
        onRestart: (which, code, afterMs) =>
          this.#events.onProgress(`${which} ended with ${code}; it is started again in ${afterMs} ms`),
        onGivenUp: (which) => this.#fail(`${which} does not stay up: see logs/${which}.log`),
      })
      supervised.start()
      this.#processes.set(name, supervised)
      await this.#endings.add(() => supervised.stop())
    }
    await Promise.all(names.map((name) => this.#ready(facts, name)))
  }

  async #ready({ options, certificate }: SystemFacts, name: ServiceName): Promise<void> {
    const isTls = name === 'gateway' && certificate !== null
    const url = `${isTls ? 'https' : 'http'}://127.0.0.1:${options.ports[name]}/ready`
    const ca = isTls ? readFileSync(certificate.caFile, 'utf8') : undefined
    const stopped = (): string | null => this.#failure ?? (this.#endings.begun ? 'it is being stopped' : null)
    await untilReady(name, url, stopped, ca)
    this.#events.onProgress(`${name} is ready`)
  }

  async #seed(facts: SystemFacts, mail: MailCatcher): Promise<void> {
    const needed = ['platform', 'content', 'worker'] as const
    const missing = needed.filter((name) => facts.options.without.includes(name))
    if (missing.length > 0) {
      this.#events.onProgress(`nothing is seeded without ${missing.join(', ')}`)
      return
    }
    if (await seed(facts, mail)) this.#events.onProgress('people, usage and content are seeded')
  }
}
