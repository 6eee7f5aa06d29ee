import { resolve } from 'node:path'
import type { BootAttempt, BootVariant, Clock, Instance, Random, ServiceConfig, Testbed } from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'
import { DependencyMaker } from './dependencies.ts'
import type { ServiceInstance } from './instance.ts'
import { HOST, launch, type DataSource, type Launch, type LaunchContext } from './launcher.ts'
import { Lifeline } from './lifeline.ts'
import { fillPlaceholders } from './placeholders.ts'
import { DatabaseMaker } from './postgres-sandbox.ts'
import { PostgresServer } from './postgres-server.ts'
import { prepareData } from './prepared-data.ts'
import { SecretStore } from './secrets.ts'

/** Port that `declaredEnv` shows where a start would choose one. */
const DECLARED_PORT = 8080
const TAIL_LINES = 8

export interface TestbedOptions {
  readonly config: ServiceConfig
  /** Folder of the configuration: `start.cwd` and SQL files are relative to it. */
  readonly configDir: string
  readonly runId: string
  readonly clock: Clock
  readonly random: Random
  /** Where state files are kept, by which the next start clears up after a run that was killed. */
  readonly stateDir: string
  readonly signal: AbortSignal
}

export interface TestbedHandle extends Testbed {
  /** Stops everything and removes every file. Idempotent. */
  close(): Promise<void>
}

/** PostgreSQL for a testbed; several testbeds of one process may use one server. */
export interface DatabaseSource {
  databases(): Promise<DatabaseMaker>
  close(): Promise<void>
}

/** One PostgreSQL server, started when somebody first needs it. */
export function createDatabaseSource(lifeline: Lifeline, random: Random, secrets: SecretStore): DatabaseSource {
  let server: Promise<PostgresServer> | null = null
  let maker: Promise<DatabaseMaker> | null = null
  return {
    databases() {
      // The server's own user must be able to pass through the run's folder.
      server ??= PostgresServer.start({
        folder: lifeline.folder('postgres'),
        runId: lifeline.runId,
        password: secrets.anonymous(),
        random,
        state: lifeline.state,
      })
      maker ??= server.then((started) => new DatabaseMaker(started, () => secrets.anonymous()))
      return maker
    },
    async close() {
      const started = await server?.catch(() => null)
      await started?.stop()
    },
  }
}

/**
 * Makes a testbed for one service. Nothing is started before it is needed.
 * @throws GreengateError SANDBOX_FAILED, CONFIG_INVALID without `start`
 */
export async function createTestbed(options: TestbedOptions): Promise<TestbedHandle> {
  const lifeline = new Lifeline(options.stateDir, options.runId)
  const secrets = new SecretStore(options.random)
  const source = createDatabaseSource(lifeline, options.random, secrets)
  return openTestbed(options, lifeline, secrets, source)
}

/** A testbed on a PostgreSQL server that may be shared; the server is closed by it all the same: pass a wrapper. */
export function openTestbed(
  options: TestbedOptions,
  lifeline: Lifeline,
  secrets: SecretStore,
  source: DatabaseSource,
): TestbedHandle {
  const { start } = options.config
  if (!start) {
    lifeline.close()
    throw new GreengateError('CONFIG_INVALID', 'It is not known how to start the service.', {
      where: 'start',
      fix: 'Add `start.command` to the configuration.',
    })
  }
  let number = 1000
  const context: LaunchContext = {
    config: options.config,
    start,
    cwd: resolve(options.configDir, start.cwd),
    lifeline,
    secrets,
    random: options.random,
    dependencies: new DependencyMaker(options.random, () => source.databases()),
    databases: () => source.databases(),
    signal: options.signal,
    nextNumber: () => (number += 1),
  }
  return new ServiceTestbed(options, context, source)
}

class ServiceTestbed implements TestbedHandle {
  readonly #options: TestbedOptions
  readonly #context: LaunchContext
  readonly #source: DatabaseSource
  readonly #instances = new Set<ServiceInstance>()
  readonly #starting = new Set<Promise<unknown>>()
  readonly #onAbort = (): void => void this.close().catch(() => undefined)
  #data: Promise<DataSource> | null = null
  #shared: Promise<Instance> | null = null
  #hasStarted = false
  /** Why the service as configured never started. It is not waited for again: thirty checks would wait thirty times. */
  #neverStarts: GreengateError | null = null
  #closing: Promise<void> | null = null

  constructor(options: TestbedOptions, context: LaunchContext, source: DatabaseSource) {
    this.#options = options
    this.#context = context
    this.#source = source
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  async boot(variant: BootVariant = { purpose: 'unchanged' }): Promise<Instance> {
    return this.#boot(variant, false)
  }

  async tryBoot(variant: BootVariant): Promise<BootAttempt> {
    return (await this.#launch(variant, false)).attempt
  }

  async shared(): Promise<Instance> {
    const asked = this.#shared
    // A start that failed stays failed: every caller hears the same, at once.
    const died = asked !== null && !(await asked).running()
    // Somebody else may have started another one while this caller waited.
    if (this.#shared === asked && (asked === null || died)) {
      this.#shared = this.#boot({ purpose: 'shared by all checks that only read' }, true)
    }
    if (!this.#shared) throw new GreengateError('INTERNAL', 'There is no shared instance.')
    return this.#shared
  }

  secrets(): readonly string[] {
    return this.#context.secrets.all()
  }

  declaredEnv(): Readonly<Record<string, string>> {
    const { secrets, config, start } = this.#context
    const dependencies = new Map(
      Object.entries(config.dependencies).map(([name, spec]) => {
        const scheme = spec.kind === 'postgres' ? 'postgres' : spec.kind
        const login = spec.kind === 'postgres' ? `user:${secrets.named(`${name}.password`)}@` : ''
        const url = `${scheme}://${login}${HOST}:${DECLARED_PORT}${spec.kind === 'postgres' ? '/database' : ''}`
        return [
          name,
          {
            url,
            host: HOST,
            port: DECLARED_PORT,
            user: 'user',
            password: secrets.named(`${name}.password`),
            database: 'database',
          },
        ]
      }),
    )
    const values = { host: HOST, port: DECLARED_PORT, workdir: '/workdir', secrets, dependencies }
    return Object.fromEntries(
      Object.entries(start.env).map(([key, value]) => [key, fillPlaceholders(value, values, `start.env.${key}`)]),
    )
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #boot(variant: BootVariant, spread: boolean): Promise<Instance> {
    const asConfigured = Object.keys(variant).every((key) => key === 'purpose')
    if (asConfigured && this.#neverStarts && !this.#hasStarted) throw this.#neverStarts
    const { attempt, watch } = await this.#launch(variant, spread)
    if (attempt.instance) {
      this.#hasStarted ||= asConfigured
      return attempt.instance
    }
    const error = bootError(attempt, watch, variant, this.#context)
    if (asConfigured && (error.code === 'SERVICE_NOT_READY' || error.code === 'SERVICE_DIED')) this.#neverStarts = error
    throw error
  }

  async #launch(variant: BootVariant, spread: boolean): Promise<Launch> {
    if (this.#closing) throw new GreengateError('INTERNAL', 'The testbed is closed.')
    const work = this.#begin(variant, spread)
    this.#starting.add(work)
    try {
      return await work
    } finally {
      this.#starting.delete(work)
    }
  }

  async #begin(variant: BootVariant, spread: boolean): Promise<Launch> {
    this.#data ??= prepareData(this.#context, this.#options.configDir)
    const launched = await launch(this.#context, variant, await this.#data, spread)
    if (launched.attempt.instance) this.#instances.add(launched.attempt.instance)
    return launched
  }

  async #close(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    await Promise.allSettled(this.#starting)
    await Promise.allSettled([...this.#instances].map((instance) => instance.stop()))
    await this.#context.dependencies.close()
    await this.#source.close()
    this.#context.lifeline.close()
  }
}

/** Why a start that had to succeed did not, with the last lines of its output. */
function bootError(
  attempt: Launch['attempt'],
  watch: Launch['watch'],
  variant: BootVariant,
  context: LaunchContext,
): GreengateError {
  const { start, secrets } = context
  const command = start.command.join(' ')
  const tail = secrets.redact(
    attempt.logs
      .slice(-TAIL_LINES)
      .map((line) => line.text)
      .join('\n'),
  )
  const words = tail === '' ? 'It wrote nothing.' : `Its last lines:\n${tail}`
  if (watch.foreign) {
    return new GreengateError(
      'PORT_IN_USE',
      `Another process listens on the port that was given to \`${command}\` (${variant.purpose}).`,
      { where: 'start' },
    )
  }
  if (attempt.outcome === 'exited') {
    const how = attempt.exit?.signal ? `by ${attempt.exit.signal}` : `with exit code ${attempt.exit?.code ?? 'unknown'}`
    return new GreengateError(
      'SERVICE_DIED',
      `\`${command}\` ended ${how} before it was ready (${variant.purpose}). ${words}`,
      { where: 'start.command' },
    )
  }
  const limitMs = variant.readyTimeoutMs ?? start.readyTimeoutMs
  const usesPort = [...start.command, ...Object.values(start.env), ...Object.values(start.files)].some((text) =>
    text.includes('{port}'),
  )
  return new GreengateError(
    'SERVICE_NOT_READY',
    `\`${command}\` was not ready after ${limitMs} ms (${variant.purpose}): ${start.ready} said ${watch.lastSeen}. ${words}`,
    {
      where: 'start.ready',
      ...(usesPort || attempt.portOpened
        ? {}
        : { fix: 'Hand the port over with the {port} placeholder, in `start.env` or `start.command`.' }),
    },
  )
}
