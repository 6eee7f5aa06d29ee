import net from 'node:net'
import type { RawConnection } from '@greengate/contracts'
import type { HttpTarget } from './http-client.ts'
import { codeOf } from './http-client.ts'

const RECEIVED_BYTES_MAX = 256 * 1024
const CONNECT_TIMEOUT_MS = 10_000
const POLL_MS = 5

/** Opens one TCP connection. @throws Error with the system's code if there is none within 10 s */
export async function openRaw(target: HttpTarget, from?: string): Promise<RawConnection> {
  const socket = net.connect({
    host: target.host,
    port: target.port,
    noDelay: true,
    ...(from === undefined ? {} : { localAddress: from }),
  })
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('timeout')), CONNECT_TIMEOUT_MS)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeListener('error', reject)
      resolve()
    })
    socket.once('error', (error) => {
      clearTimeout(timer)
      reject(Object.assign(new Error(`cannot connect: ${codeOf(error)}`, { cause: error }), { code: codeOf(error) }))
    })
  })
  return new SocketConnection(socket)
}

class SocketConnection implements RawConnection {
  readonly #socket: net.Socket
  readonly #chunks: Buffer[] = []
  #bytes = 0
  #closed = false

  constructor(socket: net.Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      const piece = chunk.subarray(0, Math.max(0, RECEIVED_BYTES_MAX - this.#bytes))
      if (piece.length > 0) this.#chunks.push(piece)
      this.#bytes += piece.length
    })
    const closed = (): void => {
      this.#closed = true
    }
    socket.on('error', closed)
    socket.on('end', closed)
    socket.on('close', closed)
  }

  async write(data: string | Uint8Array): Promise<void> {
    if (this.#closed || this.#socket.destroyed) return
    await new Promise<void>((resolve) => {
      this.#socket.write(data, () => resolve())
      // A peer that reads nothing must not hang the check: it goes on, the bytes stay queued.
      setTimeout(resolve, CONNECT_TIMEOUT_MS).unref()
    })
  }

  received(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }

  async waitForClose(timeoutMs: number): Promise<{ closed: boolean; afterMs: number }> {
    const startedMs = performance.now()
    const closed = await this.#until(() => this.#closed, timeoutMs)
    return { closed, afterMs: Math.round(performance.now() - startedMs) }
  }

  async waitFor(predicate: (received: string) => boolean, timeoutMs: number): Promise<boolean> {
    await this.#until(() => this.#closed || predicate(this.received()), timeoutMs)
    return predicate(this.received())
  }

  destroy(): void {
    this.#closed = true
    this.#socket.destroy()
  }

  async #until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    const untilMs = performance.now() + timeoutMs
    while (!condition()) {
      if (performance.now() >= untilMs) return false
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    return true
  }
}
