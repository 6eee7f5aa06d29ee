import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import type { BootAttempt, BootVariant, HttpRequest, Random, RequestSpec, ServiceConfig } from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'
import { SandboxDependency, type DependencyMaker } from './dependencies.ts'
import { baseEnvironment } from './environment.ts'
import { ServiceInstance } from './instance.ts'
import type { Lifeline } from './lifeline.ts'
import { fillPlaceholders, type PlaceholderValues } from './placeholders.ts'
import { freePort, releasePort } from './ports.ts'
import type { DatabaseMaker, SandboxDatabase } from './postgres-sandbox.ts'
import { prepareRequest } from './requests.ts'
import type { SecretStore } from './secrets.ts'
import { ServiceProcess } from './service-process.ts'
import { occupy, type StandIn } from './stand-ins.ts'
import { watchStart, type StartWatch } from './start-watch.ts'
import { storageError } from './state-file.ts'

export const HOST = '127.0.0.1'

export interface LaunchContext {
  readonly config: ServiceConfig
  readonly start: NonNullable<ServiceConfig['start']>
  readonly cwd: string
  readonly lifeline: Lifeline
  readonly secrets: SecretStore
  readonly random: Random
  readonly dependencies: DependencyMaker
  readonly databases: () => Promise<DatabaseMaker>
  readonly signal: AbortSignal
  /** A number that no other request of this testbed has. */
  readonly nextNumber: () => number
}

/** From what an instance's data is copied, or which data it uses as they are. */
export interface DataSource {
  /** The database of a dependency; what `owned` says is dropped with the instance. */
  database(name: string): Promise<{ database: SandboxDatabase; owned: boolean }>
  /** A folder whose content every {workdir} starts with; empty: none. */
  readonly workdir: string
  /** What the instance leaves in its {workdir} goes back to `workdir` when it stops: for seeds. */
  readonly keepsWorkdir: boolean
}

/** A start that was tried: what became of it, and what an error message needs. */
export interface Launch {
  readonly attempt: Omit<BootAttempt, 'instance'> & { readonly instance: ServiceInstance | null }
  readonly watch: StartWatch
}

let launches = 0

/**
 * Starts the service once in a variant. What the service does is data; what is wrong with the configuration throws.
 * @param spread for an instance that is shared: its requests come from changing addresses
 */
export async function launch(
  context: LaunchContext,
  variant: BootVariant,
  source: DataSource,
  spread = false,
): Promise<Launch> {
  context.signal.throwIfAborted()
  const name = `i${(launches += 1)}`
  const room = new Room(context, name)
  try {
    await room.furnish(variant, source)
    return await room.start(variant, spread)
  } catch (error) {
    await room.clear()
    throw error
  }
}

/** Everything that one instance has to itself. */
class Room {
  readonly #context: LaunchContext
  readonly #name: string
  readonly #folder: string
  readonly #workdir: string
  readonly #made: SandboxDependency[] = []
  readonly #databases: SandboxDatabase[] = []
  #port = 0
  #occupant: StandIn | null = null
  #process: ServiceProcess | null = null
  #env: Record<string, string> = {}
  #keepIn = ''

  constructor(context: LaunchContext, name: string) {
    this.#context = context
    this.#name = name
    this.#folder = context.lifeline.folder(name)
    this.#workdir = context.lifeline.folder(join(name, 'work'))
  }

  async furnish(variant: BootVariant, source: DataSource): Promise<void> {
    const { config, start, cwd } = this.#context
    this.#port = await freePort(this.#context.random)
    await Promise.all(
      Object.entries(config.dependencies).map(([name, spec]) => this.#makeDependency(name, spec, variant, source)),
    )
    if (source.workdir !== '') cpSync(source.workdir, this.#workdir, { recursive: true, verbatimSymlinks: true })
    if (source.keepsWorkdir) this.#keepIn = source.workdir
    const values = this.#values()
    this.#env = baseEnvironment(cwd, this.#context.lifeline.folder(join(this.#name, 'home')))
    for (const [key, value] of Object.entries({ ...start.env, ...variant.env })) {
      if (value === null) delete this.#env[key]
      else this.#env[key] = fillPlaceholders(value, values, `start.env.${key}`)
    }
    for (const [file, content] of Object.entries({ ...start.files, ...variant.files })) {
      this.#writeFile(file, fillPlaceholders(content, values, `start.files.${file}`))
    }
    if (variant.port === 'taken') this.#occupant = await occupy(this.#port)
  }

  async start(variant: BootVariant, spread: boolean): Promise<Launch> {
    const { start, cwd, config, lifeline, signal, secrets } = this.#context
    const values = this.#values()
    const argv = start.command.map((word) => fillPlaceholders(word, values, 'start.command'))
    const service = await ServiceProcess.start(
      { name: this.#name, argv, cwd, env: this.#env, where: 'start.command' },
      lifeline,
    )
    this.#process = service
    const watch = await watchStart({
      process: service,
      host: HOST,
      port: this.#port,
      path: start.ready,
      headers: config.probes.headers,
      timeoutMs: variant.readyTimeoutMs ?? start.readyTimeoutMs,
      taken: variant.port === 'taken',
      signal,
    })
    const instance =
      watch.outcome === 'ready'
        ? new ServiceInstance({
            process: service,
            host: HOST,
            port: this.#port,
            dependencies: new Map(this.#made.map((dependency) => [dependency.name, dependency])),
            env: Object.fromEntries(Object.entries(this.#env).map(([key, value]) => [key, secrets.redact(value)])),
            graceMs: start.stopTimeoutMs,
            spread,
            prepare: (spec, n) => this.#prepare(spec, n),
            release: () => this.clear(),
          })
        : null
    // Exited: how and when it ended is told by what it did itself, not by what ends the rest of its family below.
    const exit = watch.outcome === 'exited' ? await service.waitForExit(1_000) : null
    if (!instance) await this.clear()
    return {
      watch,
      attempt: {
        outcome: watch.outcome,
        instance,
        exit,
        logs: service.logs.lines(),
        logsTruncated: service.logs.dropped() > 0,
        portOpened: watch.portOpened,
        readyAfterMs: watch.readyAfterMs,
      },
    }
  }

  /** Ends what still runs and removes everything. Idempotent. */
  async clear(): Promise<void> {
    try {
      await this.#process?.kill()
    } finally {
      await this.#occupant?.close()
      this.#occupant = null
      for (const dependency of this.#made.splice(0)) await dependency.close()
      const owned = this.#databases.splice(0)
      if (owned.length > 0) {
        const maker = await this.#context.databases()
        for (const database of owned) await maker.drop(database).catch(() => undefined)
      }
      releasePort(this.#port)
      if (this.#keepIn !== '') cpSync(this.#workdir, this.#keepIn, { recursive: true, verbatimSymlinks: true })
      this.#keepIn = ''
      rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    }
  }

  async #makeDependency(
    name: string,
    spec: ServiceConfig['dependencies'][string],
    variant: BootVariant,
    source: DataSource,
  ): Promise<void> {
    const got = spec.kind === 'postgres' ? await source.database(name) : null
    if (got?.owned) this.#databases.push(got.database)
    const state = variant.dependencies?.[name] ?? 'up'
    this.#made.push(await this.#context.dependencies.make(name, spec, state, got?.database ?? null))
  }

  #values(): PlaceholderValues {
    return {
      host: HOST,
      port: this.#port,
      workdir: this.#workdir,
      secrets: this.#context.secrets,
      dependencies: new Map(this.#made.map((dependency) => [dependency.name, dependency.address])),
    }
  }

  #prepare(spec: RequestSpec, n: number | undefined): HttpRequest {
    return prepareRequest(spec, this.#context.config, this.#values(), n ?? this.#context.nextNumber())
  }

  #writeFile(name: string, content: string): void {
    const path = resolve(this.#workdir, name)
    if (!path.startsWith(this.#workdir + sep)) {
      throw new GreengateError('CONFIG_INVALID', `The file ${name} would lie outside of {workdir}.`, {
        where: 'start.files',
      })
    }
    try {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content)
    } catch (cause) {
      throw storageError(path, cause)
    }
  }
}
