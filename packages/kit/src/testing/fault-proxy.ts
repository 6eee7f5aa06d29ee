import { connect, createServer, type Server, type Socket } from 'node:net'
import { FaultLane, type LaneFaults } from './fault-lane.ts'
import { seededRandom } from './random.ts'

export interface FaultProxyOptions {
  /** Where the real server is: a URL with host and port, or these two. */
  readonly target: string | { readonly host: string; readonly port: number }
  /** Of the jitter. Default 1. */
  readonly seed?: number
  /** Connections at once; more are refused. Default 1,000. */
  readonly connectionsMax?: number
}

/** Faults that hold from now on, for open connections too. What is left out stays as it is. */
export interface ProxyFaults {
  /** Added in each direction; milliseconds, 0 to 600,000. Default 0. */
  readonly latencyMs?: number
  /** At most so much on top, by chance; milliseconds. Default 0. */
  readonly jitterMs?: number
  /** Of each direction of each connection; bytes per second, null for no limit. Default null. */
  readonly bytesPerS?: number | null
  /** Cuts a connection after so many bytes of its answer; null for never. Default null. */
  readonly cutAfterBytes?: number | null
}

/** A TCP proxy on 127.0.0.1 that makes the network in between as bad as a test needs it. */
export interface FaultProxy {
  readonly host: '127.0.0.1'
  readonly port: number
  /** Open connections. */
  readonly connections: number
  /** Connections since the start. */
  readonly accepted: number
  /** The same URL through this proxy. */
  through(url: string): string
  /** Nothing gets through any more, in either direction, and nobody is told; connections stay open and new ones are taken. */
  freeze(): void
  /** What was held up gets through. */
  thaw(): void
  /** Ends every open connection; `reset` with RST, which the other side sees as ECONNRESET. New ones are taken. Default `reset`. */
  cut(how?: 'reset' | 'end'): void
  /** Ends every connection and takes no new one: ECONNREFUSED. */
  refuse(): Promise<void>
  /** Takes connections again, on the same port. @throws Error after `close`, or when the port was taken meanwhile */
  accept(): Promise<void>
  set(faults: ProxyFaults): void
  /** No faults any more: thaws, accepts, and takes every limit away. Open connections stay. */
  heal(): Promise<void>
  /** Ends everything; safe to call twice. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const LATENCY_MS_MAX = 600_000
const HOST = '127.0.0.1'

interface Link {
  readonly client: Socket
  readonly upstream: Socket
  readonly lanes: readonly FaultLane[]
}

function targetOf(target: FaultProxyOptions['target']): { host: string; port: number } {
  if (typeof target !== 'string') return target
  const url = URL.parse(target)
  const port =
    Number(url?.port) || { 'http:': 80, 'https:': 443, 'postgres:': 5432, 'redis:': 6379 }[url?.protocol ?? '']
  if (!url?.hostname || port === undefined) throw new RangeError('target needs a URL with a host and a port')
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port }
}

function within(name: string, value: number, min: number, max: number): number {
  if (!(value >= min && value <= max)) throw new RangeError(`${name} must be from ${min} to ${max}, but it is ${value}`)
  return value
}

class TcpFaultProxy implements FaultProxy {
  readonly host = HOST
  readonly #target: { host: string; port: number }
  readonly #connectionsMax: number
  readonly #random: () => number
  readonly #links = new Set<Link>()
  readonly #up: LaneFaults = { frozen: false, latencyMs: 0, jitterMs: 0, bytesPerS: null, cutAfterBytes: null }
  readonly #down: LaneFaults = { ...this.#up }
  #server: Server | null = null
  #port = 0
  #accepted = 0
  #closed = false

  constructor(options: FaultProxyOptions) {
    this.#target = targetOf(options.target)
    within('port of the target', this.#target.port, 1, 65_535)
    this.#connectionsMax = within('connectionsMax', options.connectionsMax ?? 1000, 1, 10_000)
    this.#random = seededRandom(options.seed ?? 1).random
  }

  get port(): number {
    return this.#port
  }

  get connections(): number {
    return this.#links.size
  }

  get accepted(): number {
    return this.#accepted
  }

  through(url: string): string {
    const parsed = URL.parse(url)
    if (!parsed?.host) throw new RangeError('a URL with a host is needed')
    // By text: a URL of a scheme like postgres does not let its parts be set in every runtime.
    const login = parsed.username || parsed.password ? `${parsed.username}:${parsed.password}@` : ''
    return `${parsed.protocol}//${login}${HOST}:${this.#port}${parsed.pathname}${parsed.search}${parsed.hash}`
  }

  freeze(): void {
    this.#up.frozen = this.#down.frozen = true
    this.#pump()
  }

  thaw(): void {
    this.#up.frozen = this.#down.frozen = false
    this.#pump()
  }

  cut(how: 'reset' | 'end' = 'reset'): void {
    for (const link of this.#links) this.#drop(link, how)
  }

  async refuse(): Promise<void> {
    const server = this.#server
    this.#server = null
    this.cut()
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  async accept(): Promise<void> {
    if (this.#closed) throw new Error('this fault proxy is closed: start another one')
    if (this.#server) return
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      // Taken by the system before `refuse`, handed over after it.
      if (this.#server === server) this.#connect(client)
      else client.destroy()
    })
    server.maxConnections = this.#connectionsMax
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, HOST, resolve)
    })
    const address = server.address()
    this.#port = typeof address === 'object' && address ? address.port : 0
  }

  set(faults: ProxyFaults): void {
    const latencyMs = within('latencyMs', faults.latencyMs ?? this.#down.latencyMs, 0, LATENCY_MS_MAX)
    const jitterMs = within('jitterMs', faults.jitterMs ?? this.#down.jitterMs, 0, LATENCY_MS_MAX)
    const bytesPerS = faults.bytesPerS === undefined ? this.#down.bytesPerS : faults.bytesPerS
    const cutAfterBytes = faults.cutAfterBytes === undefined ? this.#down.cutAfterBytes : faults.cutAfterBytes
    if (bytesPerS !== null) within('bytesPerS', bytesPerS, 1, 1e12)
    if (cutAfterBytes !== null) within('cutAfterBytes', cutAfterBytes, 0, 1e12)
    Object.assign(this.#up, { latencyMs, jitterMs, bytesPerS })
    Object.assign(this.#down, { latencyMs, jitterMs, bytesPerS, cutAfterBytes })
    this.#pump()
  }

  async heal(): Promise<void> {
    this.set({ latencyMs: 0, jitterMs: 0, bytesPerS: null, cutAfterBytes: null })
    this.thaw()
    await this.accept()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.refuse()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #connect(client: Socket): void {
    this.#accepted += 1
    const upstream = connect({ ...this.#target, allowHalfOpen: true, noDelay: true })
    const lanes = [
      new FaultLane(client, upstream, this.#up, this.#random, () => this.#drop(link, 'end')),
      new FaultLane(upstream, client, this.#down, this.#random, () => this.#drop(link, 'end')),
    ]
    const link: Link = { client, upstream, lanes }
    this.#links.add(link)
    for (const socket of [client, upstream]) {
      // Whatever ends one side in disorder ends the other one the same way.
      socket.on('error', () => this.#drop(link, 'reset'))
      socket.on('close', () => {
        if (client.destroyed && upstream.destroyed) this.#drop(link, 'end')
      })
    }
    for (const lane of lanes) lane.pump()
  }

  #drop(link: Link, how: 'reset' | 'end'): void {
    if (!this.#links.delete(link)) return
    for (const lane of link.lanes) lane.stop()
    for (const socket of [link.client, link.upstream]) {
      if (how === 'reset' && !socket.connecting) socket.resetAndDestroy()
      else socket.destroy()
    }
  }

  #pump(): void {
    for (const { lanes } of this.#links) for (const lane of lanes) lane.pump()
  }
}

/**
 * Starts a proxy in front of a real server: PostgreSQL, Redis, HTTP, anything on TCP. It holds no data back longer than
 * told, keeps the order, and buffers at most 256 KiB for each direction of a connection.
 *
 * @example
 * await using proxy = await startFaultProxy({ target: postgresUrl })
 * const pool = new Pool({ connectionString: proxy.through(postgresUrl) })
 * proxy.freeze()
 *
 * @throws RangeError for a target without host and port
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new TcpFaultProxy(options)
  await proxy.accept()
  return proxy
}
