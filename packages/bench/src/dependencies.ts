import type {
  BootVariant,
  Dependency,
  DependencySpec,
  Json,
  ProxyCounters,
  Random,
  ReceivedRequest,
} from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'
import { FaultProxy } from './fault-proxy.ts'
import type { DependencyAddress } from './placeholders.ts'
import { freePort, releasePort } from './ports.ts'
import type { DatabaseMaker, SandboxDatabase } from './postgres-sandbox.ts'
import { startHttpStandIn, startSink, type StandIn } from './stand-ins.ts'

type InitialState = NonNullable<BootVariant['dependencies']>[string]

/** A sandbox behind a fault proxy of one instance's own. */
export class SandboxDependency implements Dependency {
  readonly name: string
  readonly spec: DependencySpec
  readonly address: DependencyAddress
  readonly #proxy: FaultProxy
  readonly #release: () => Promise<void>
  readonly #received: () => readonly ReceivedRequest[]
  readonly #query: ((sql: string, params?: readonly Json[]) => Promise<readonly Record<string, Json>[]>) | null

  constructor(parts: {
    name: string
    spec: DependencySpec
    address: DependencyAddress
    proxy: FaultProxy
    release: () => Promise<void>
    query: SandboxDependency['query'] | null
    received?: (() => readonly ReceivedRequest[]) | undefined
  }) {
    this.name = parts.name
    this.spec = parts.spec
    this.address = parts.address
    this.#proxy = parts.proxy
    this.#release = parts.release
    this.#query = parts.query
    this.#received = parts.received ?? ((): readonly ReceivedRequest[] => [])
  }

  async freeze(): Promise<void> {
    this.#proxy.freeze()
  }

  async thaw(): Promise<void> {
    this.#proxy.thaw()
  }

  async cut(): Promise<void> {
    this.#proxy.cut()
  }

  async refuse(): Promise<void> {
    await this.#proxy.refuse()
  }

  async restore(): Promise<void> {
    await this.#proxy.restore()
  }

  counters(): ProxyCounters {
    return this.#proxy.counters()
  }

  received(): readonly ReceivedRequest[] {
    return this.#received()
  }

  async query(sql: string, params: readonly Json[] = []): Promise<readonly Record<string, Json>[]> {
    if (!this.#query) {
      throw new GreengateError(
        'INTERNAL',
        `The dependency ${this.name} is of kind ${this.spec.kind}: only postgres can be asked.`,
      )
    }
    return this.#query(sql, params)
  }

  /** The proxy is closed, the database dropped. */
  async close(): Promise<void> {
    await this.#proxy.close()
    releasePort(this.#proxy.port)
    await this.#release()
  }
}

/** What is behind the proxies of one testbed: shared servers, and databases made from templates. */
export class DependencyMaker {
  readonly #random: Random
  readonly #databases: () => Promise<DatabaseMaker>
  readonly #standIns = new Map<string, Promise<StandIn>>()

  constructor(random: Random, databases: () => Promise<DatabaseMaker>) {
    this.#random = random
    this.#databases = databases
  }

  /**
   * Makes one dependency of one instance.
   * @param database for postgres: the database that the instance gets
   */
  async make(
    name: string,
    spec: DependencySpec,
    state: InitialState,
    database: SandboxDatabase | null,
  ): Promise<SandboxDependency> {
    const port = await freePort(this.#random)
    if (spec.kind === 'postgres') {
      const databases = await this.#databases()
      if (!database) throw new GreengateError('INTERNAL', `No database was made for ${name}.`)
      const proxy = new FaultProxy(port, { host: '127.0.0.1', port: databases.port })
      await applyState(proxy, state)
      const { user, password } = database
      return new SandboxDependency({
        name,
        spec,
        proxy,
        address: {
          url: `postgres://${user}:${password}@127.0.0.1:${port}/${database.database}`,
          host: '127.0.0.1',
          port,
          ...database,
        },
        release: async () => undefined,
        query: (sql, params) => databases.query(database.database, sql, params),
      })
    }
    const standIn = await this.#standIn(name, spec)
    const proxy = new FaultProxy(port, { host: '127.0.0.1', port: standIn.port })
    await applyState(proxy, state)
    const scheme = spec.kind === 'http' ? 'http' : 'tcp'
    return new SandboxDependency({
      name,
      spec,
      proxy,
      address: { url: `${scheme}://127.0.0.1:${port}`, host: '127.0.0.1', port, user: '', password: '', database: '' },
      release: async () => undefined,
      query: null,
      received: standIn.received,
    })
  }

  async close(): Promise<void> {
    for (const standIn of this.#standIns.values()) await (await standIn).close()
    this.#standIns.clear()
  }

  #standIn(name: string, spec: DependencySpec): Promise<StandIn> {
    let standIn = this.#standIns.get(name)
    if (!standIn) {
      standIn = spec.kind === 'http' ? startHttpStandIn(spec) : startSink()
      this.#standIns.set(name, standIn)
    }
    return standIn
  }
}

async function applyState(proxy: FaultProxy, state: InitialState): Promise<void> {
  switch (state) {
    case 'up':
      return proxy.listen()
    case 'frozen':
      proxy.freeze()
      return proxy.listen()
    // To the service both look the same: nobody listens there.
    case 'refused':
    case 'absent':
      return
  }
}
