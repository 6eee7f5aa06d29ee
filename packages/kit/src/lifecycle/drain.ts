import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface DrainOptions {
  /** How long connections are still accepted after the stop began, for those already on their way; milliseconds. */
  readonly acceptMs: number
  /** Limit for everything that is under way; milliseconds. */
  readonly deadlineMs: number
}

interface Tracked {
  inFlight: number
  /** Bytes received when its last request ended: more means that another one has begun to arrive. */
  bytesAtRest: number
}

const SWEEP_MS = 50

/**
 * Follows the connections of a server, so that a stop can tell a connection at rest, which is closed, from one with a
 * request under way or half arrived, which is answered first.
 */
export class Drain {
  readonly #server: Server
  readonly #sockets = new Map<Socket, Tracked>()
  #draining = false

  constructor(server: Server) {
    this.#server = server
    const follow = (socket: Socket): void => {
      this.#sockets.set(socket, { inFlight: 0, bytesAtRest: socket.bytesRead })
      socket.once('close', () => this.#sockets.delete(socket))
    }
    server.on('connection', follow)
    // With TLS requests come on this one; what a handshake took is no request.
    server.on('secureConnection', follow)
  }

  /** A request has begun on this connection. */
  entered(socket: Socket): void {
    const tracked = this.#sockets.get(socket)
    if (tracked) tracked.inFlight += 1
  }

  /** It is over: answered, or the caller went away. */
  left(socket: Socket): void {
    const tracked = this.#sockets.get(socket)
    if (!tracked) return
    tracked.inFlight -= 1
    tracked.bytesAtRest = socket.bytesRead
  }

  /** From here on every answer must say `connection: close`. */
  get draining(): boolean {
    return this.#draining
  }

  /** Marks the server as draining without closing anything yet. */
  begin(): void {
    this.#draining = true
  }

  /** Requests begun and not ended. */
  get inFlight(): number {
    let sum = 0
    for (const tracked of this.#sockets.values()) sum += tracked.inFlight
    return sum
  }

  /** Stops accepting, lets what is under way end, closes the rest. Resolves to false when the deadline cut something off. */
  async finish(options: DrainOptions): Promise<boolean> {
    this.begin()
    await new Promise((resolve) => setTimeout(resolve, options.acceptMs))
    const closed = new Promise<true>((resolve) => this.#server.close(() => resolve(true)))
    this.#closeResting()
    const sweep = setInterval(() => this.#closeResting(), SWEEP_MS)
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<false>((resolve) => (timer = setTimeout(resolve, options.deadlineMs, false)))
    const complete = await Promise.race([closed, deadline])
    clearInterval(sweep)
    clearTimeout(timer)
    if (!complete) this.#server.closeAllConnections()
    return complete
  }

  #closeResting(): void {
    for (const [socket, { inFlight, bytesAtRest }] of this.#sockets) {
      if (inFlight === 0 && socket.bytesRead === bytesAtRest && socket.writableLength === 0) socket.destroySoon()
    }
  }
}
