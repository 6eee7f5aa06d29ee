import net from 'node:net'
import type { ProxyCounters } from '@greengate/contracts'

/** Bytes held per direction and connection before the sender is made to wait. */
const HELD_BYTES_MAX = 1024 * 1024
const LISTEN_RETRY_MS = 50
const LISTEN_ATTEMPTS = 100

interface Link {
  readonly client: net.Socket
  server: net.Socket | null
  held: Buffer[]
  heldBytes: number
  clientEnded: boolean
  clientGone: boolean
}

/**
 * A TCP proxy in front of a sandbox. Frozen, it behaves as a stopped server does: connections are accepted (as the
 * kernel's backlog does), what arrives is taken and kept, nothing is answered and nothing is closed.
 */
export class FaultProxy {
  readonly port: number
  readonly #target: { readonly host: string; readonly port: number }
  readonly #links = new Set<Link>()
  #server: net.Server | null = null
  #frozen = false
  #accepted = 0
  #broken = 0
  #bytesToServer = 0
  #bytesToClient = 0
  #heldWhileFrozen = 0

  /** @param port one that is free and stays reserved, also while the proxy refuses */
  constructor(port: number, target: { readonly host: string; readonly port: number }) {
    this.port = port
    this.#target = target
  }

  /** Starts to listen on 127.0.0.1. Idempotent. */
  async listen(): Promise<void> {
    for (let attempt = 1; !this.#server; attempt += 1) {
      try {
        this.#server = await this.#tryListen()
      } catch (error) {
        if (attempt >= LISTEN_ATTEMPTS) throw error
        await new Promise((resolve) => setTimeout(resolve, LISTEN_RETRY_MS))
      }
    }
  }

  /** From now on nothing gets through in either direction, and no connection is closed. */
  freeze(): void {
    this.#frozen = true
    for (const link of this.#links) link.server?.pause()
  }

  /** Ends a freeze: what was held goes on, in order. */
  thaw(): void {
    if (!this.#frozen) return
    this.#frozen = false
    for (const link of this.#links) this.#release(link)
  }

  /** Resets every connection there is. */
  cut(): void {
    for (const link of this.#links) {
      this.#broken += 1
      reset(link.client)
      link.server?.destroy()
    }
    this.#links.clear()
  }

  /** Resets every connection and stops to listen, so that new ones are refused. */
  async refuse(): Promise<void> {
    const server = this.#server
    this.#server = null
    const closed = server ? new Promise<void>((resolve) => server.close(() => resolve())) : Promise.resolve()
    this.cut()
    await closed
  }

  /** Ends freeze and refuse. */
  async restore(): Promise<void> {
    this.thaw()
    await this.listen()
  }

  counters(): ProxyCounters {
    return {
      accepted: this.#accepted,
      active: this.#links.size,
      broken: this.#broken,
      bytesToServer: this.#bytesToServer,
      bytesToClient: this.#bytesToClient,
      heldWhileFrozen: this.#heldWhileFrozen,
    }
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.refuse()
  }

  #tryListen(): Promise<net.Server> {
    return new Promise((resolve, reject) => {
      const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client))
      server.once('error', reject)
      server.listen({ port: this.port, host: '127.0.0.1', backlog: 1024 }, () => {
        server.removeListener('error', reject)
        server.on('error', () => undefined)
        resolve(server)
      })
    })
  }

  #accept(client: net.Socket): void {
    this.#accepted += 1
    const link: Link = { client, server: null, held: [], heldBytes: 0, clientEnded: false, clientGone: false }
    this.#links.add(link)
    client.on('data', (chunk) => this.#fromClient(link, chunk))
    client.on('end', () => {
      link.clientEnded = true
      if (!this.#frozen && link.held.length === 0) link.server?.end()
    })
    client.on('error', () => undefined)
    client.on('close', () => {
      link.clientGone = true
      // A frozen server does not notice that its client went away; it will when it thaws.
      if (!this.#frozen) this.#drop(link)
    })
    if (!this.#frozen) this.#connect(link)
  }

  #connect(link: Link): void {
    const server = net.connect({ ...this.#target, allowHalfOpen: true, noDelay: true })
    link.server = server
    server.on('connect', () => {
      if (!this.#frozen) this.#flush(link)
    })
    server.on('data', (chunk) => {
      this.#bytesToClient += chunk.length
      if (!link.client.write(chunk)) {
        server.pause()
        link.client.once('drain', () => {
          if (!this.#frozen) server.resume()
        })
      }
    })
    server.on('end', () => link.client.end())
    server.on('error', () => undefined)
    server.on('close', (hadError) => {
      if (hadError && this.#links.has(link)) reset(link.client)
      this.#drop(link)
    })
    if (this.#frozen) server.pause()
  }

  #fromClient(link: Link, chunk: Buffer): void {
    if (this.#frozen) this.#heldWhileFrozen += 1
    if (this.#frozen || !link.server || link.server.connecting || link.held.length > 0) {
      link.held.push(chunk)
      link.heldBytes += chunk.length
      if (link.heldBytes >= HELD_BYTES_MAX) link.client.pause()
      return
    }
    this.#forward(link, link.server, chunk)
  }

  #forward(link: Link, server: net.Socket, chunk: Buffer): void {
    this.#bytesToServer += chunk.length
    if (server.write(chunk)) return
    link.client.pause()
    server.once('drain', () => {
      if (link.heldBytes < HELD_BYTES_MAX) link.client.resume()
    })
  }

  #flush(link: Link): void {
    const server = link.server
    if (!server || server.connecting) return
    const held = link.held
    link.held = []
    link.heldBytes = 0
    for (const chunk of held) this.#forward(link, server, chunk)
    if (!server.writableNeedDrain) link.client.resume()
    if (link.clientEnded) server.end()
  }

  #release(link: Link): void {
    if (link.clientGone) {
      this.#drop(link)
      return
    }
    if (!link.server) {
      this.#connect(link)
      return
    }
    this.#flush(link)
    if (!link.client.writableNeedDrain) link.server.resume()
  }

  #drop(link: Link): void {
    this.#links.delete(link)
    link.server?.destroy()
    if (!link.clientGone && !link.client.writableEnded) link.client.end()
    else if (!link.clientGone) setTimeout(() => link.client.destroy(), 1000).unref()
  }
}

/**
 * Sends a reset. A socket that is in the middle of its own orderly end must not be reset: libuv refuses it, Node takes the
 * handle for closed all the same, and then the process can never exit.
 */
function reset(socket: net.Socket): void {
  if (socket.writableEnded || socket.destroyed) socket.destroy()
  else socket.resetAndDestroy()
}
