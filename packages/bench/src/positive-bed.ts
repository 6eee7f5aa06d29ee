import type {
  CheckContext,
  Clock,
  ControlId,
  Fact,
  Json,
  PositiveBed,
  Random,
  ServiceConfig,
  TreePort,
} from '@greengate/contracts'
import { GreengateError, serviceConfigSchema } from '@greengate/contracts'
import { sentinelConfig, sentinelDir } from '../sentinel/config.ts'
import { Lifeline } from './lifeline.ts'
import { SecretStore } from './secrets.ts'
import { createDatabaseSource, openTestbed, type DatabaseSource, type TestbedHandle } from './testbed.ts'

export interface BedTree {
  readonly files: Readonly<Record<string, string>>
  readonly git: readonly Readonly<Record<string, string | null>>[]
}

export interface PositiveBedOptions {
  readonly clock: Clock
  readonly random: Random
  readonly runId: string
  readonly stateDir: string
  readonly signal: AbortSignal
  /** The check the beds are for, and how its parameters are read. Without: control `OBS-21`, parameters as given. */
  readonly control?: ControlId
  readonly parseParams?: (json: Json) => unknown
  /** Makes a tree; the caller owns the port and its clean-up. Without, `tree` throws. */
  readonly makeTree?: (tree: BedTree) => Promise<TreePort>
  /** What is known of every bed's objects; without, what the sentinel's configuration says. */
  readonly facts?: readonly Fact[]
  readonly progress?: (text: string) => void
}

export interface ServiceContextPlan {
  readonly control: ControlId
  /** Already parsed. */
  readonly params: unknown
  readonly defects: readonly string[]
  readonly config?: Partial<ServiceConfig>
}

export interface PositiveBedHandle extends PositiveBed {
  /** As `service`, with the control and its parsed parameters given. */
  serviceContext(plan: ServiceContextPlan): Promise<CheckContext>
  /** The same bed for another check; it shares the PostgreSQL server, and this one's `close` closes all. */
  forCheck(control: ControlId, parseParams: (json: Json) => unknown): PositiveBed
  /** Stops what one context, or every context so far, started; the PostgreSQL server stays for the next. */
  release(context?: CheckContext): Promise<void>
  /** Stops everything. Idempotent. */
  close(): Promise<void>
}

/** Makes contexts in which checks meet the sentinel, whole or with protections taken out. Nothing starts before it is needed. */
export function createPositiveBed(options: PositiveBedOptions): PositiveBedHandle {
  return new Bed(options)
}

class Bed implements PositiveBedHandle {
  readonly #options: PositiveBedOptions
  readonly #lifeline: Lifeline
  readonly #secrets: SecretStore
  readonly #source: DatabaseSource
  readonly #testbeds = new Set<TestbedHandle>()

  constructor(options: PositiveBedOptions) {
    this.#options = options
    this.#lifeline = new Lifeline(options.stateDir, `${options.runId}-bed`)
    this.#secrets = new SecretStore(options.random)
    this.#source = createDatabaseSource(this.#lifeline, options.random, this.#secrets)
  }

  service(
    defects: readonly string[],
    options: { config?: Partial<ServiceConfig>; params?: Json } = {},
  ): Promise<CheckContext> {
    const parse = this.#options.parseParams ?? ((json: Json): unknown => json)
    return this.#service(this.#options.control ?? 'OBS-21', parse, defects, options)
  }

  tree(
    files: Readonly<Record<string, string>>,
    options: Parameters<PositiveBed['tree']>[1] = {},
  ): Promise<CheckContext> {
    const parse = this.#options.parseParams ?? ((json: Json): unknown => json)
    return this.#tree(this.#options.control ?? 'OBS-21', parse, files, options)
  }

  forCheck(control: ControlId, parseParams: (json: Json) => unknown): PositiveBed {
    return {
      service: (defects, options = {}) => this.#service(control, parseParams, defects, options),
      tree: (files, options = {}) => this.#tree(control, parseParams, files, options),
    }
  }

  async serviceContext(plan: ServiceContextPlan): Promise<CheckContext> {
    const base = serviceConfigSchema.parse(sentinelConfig)
    if (!base.start) throw new GreengateError('INTERNAL', 'The sentinel has no start command.')
    const merged: ServiceConfig = { ...base, ...plan.config }
    const start = merged.start ?? base.start
    const config: ServiceConfig =
      plan.defects.length === 0
        ? merged
        : { ...merged, start: { ...start, env: { ...start.env, SENTINEL_DEFECTS: plan.defects.join(',') } } }
    const { clock, random, runId, stateDir, signal } = this.#options
    const lifeline = new Lifeline(stateDir, `${runId}-sentinel`)
    const shared: DatabaseSource = { databases: () => this.#source.databases(), close: async () => undefined }
    const testbed = openTestbed(
      { config, configDir: sentinelDir, runId, clock, random, stateDir, signal },
      lifeline,
      new SecretStore(random),
      shared,
    )
    this.#testbeds.add(testbed)
    return this.#context(plan.control, plan.params, config, { testbed, tree: null })
  }

  async release(context?: CheckContext): Promise<void> {
    const testbeds = [...this.#testbeds].filter((testbed) => context === undefined || context.testbed === testbed)
    for (const testbed of testbeds) this.#testbeds.delete(testbed)
    await Promise.allSettled(testbeds.map((testbed) => testbed.close()))
  }

  async close(): Promise<void> {
    await this.release()
    await this.#source.close()
    this.#lifeline.close()
  }

  #service(
    control: ControlId,
    parse: (json: Json) => unknown,
    defects: readonly string[],
    options: { config?: Partial<ServiceConfig>; params?: Json },
  ): Promise<CheckContext> {
    const { config, params = {} } = options
    return this.serviceContext({ control, params: parse(params), defects, ...(config ? { config } : {}) })
  }

  async #tree(
    control: ControlId,
    parse: (json: Json) => unknown,
    files: Readonly<Record<string, string>>,
    options: NonNullable<Parameters<PositiveBed['tree']>[1]>,
  ): Promise<CheckContext> {
    if (!this.#options.makeTree) throw new GreengateError('INTERNAL', 'This bed was made without `makeTree`.')
    const tree = await this.#options.makeTree({ files, git: options.git ?? [] })
    const config = { ...serviceConfigSchema.parse({ service: 'tree' }), ...options.config }
    return this.#context(control, parse(options.params ?? {}), config, { testbed: null, tree })
  }

  #context(
    control: ControlId,
    params: unknown,
    config: ServiceConfig,
    ports: { testbed: TestbedHandle | null; tree: TreePort | null },
  ): CheckContext {
    const { clock, random, signal, facts, progress } = this.#options
    return {
      control,
      target: 'service',
      params,
      config,
      facts: facts ?? (ports.testbed ? sentinelFacts() : []),
      tree: ports.tree,
      testbed: ports.testbed,
      clock,
      random,
      signal,
      progress: progress ?? (() => undefined),
    }
  }
}

/** What is true of the sentinel. */
function sentinelFacts(): readonly Fact[] {
  const present = [
    'database',
    'upstream',
    'http',
    'openapi',
    'sign-in',
    'metrics',
    'third-party-credential',
    'optional-dependency',
    'required-variables',
  ] as const
  return present.map((name) => ({
    name,
    target: 'service',
    state: 'present',
    detector: 'sentinel@1',
    how: 'sentinel/config.ts declares it',
  }))
}
