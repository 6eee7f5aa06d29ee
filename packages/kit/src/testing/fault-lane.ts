import type { Socket } from 'node:net'

/** What happens to bytes on their way. */
export interface LaneFaults {
  frozen: boolean
  latencyMs: number
  jitterMs: number
  /** Null: as fast as it goes. */
  bytesPerS: number | null
  /** The connection is cut after so many bytes in this direction. Null: never. */
  cutAfterBytes: number | null
}

interface Piece {
  /** Null: the end of the stream. */
  readonly bytes: Buffer | null
  readonly dueMs: number
}

const QUEUE_BYTES_MAX = 262_144
const SLICES_PER_S = 50

/** One direction of one connection: in order, bounded, and slower or not at all when told so. */
export class FaultLane {
  readonly #from: Socket
  readonly #to: Socket
  readonly #faults: LaneFaults
  readonly #random: () => number
  readonly #cut: () => void
  readonly #queue: Piece[] = []
  #queuedBytes = 0
  #passedBytes = 0
  #freeAtMs = 0
  #lastDueMs = 0
  #timer: NodeJS.Timeout | null = null
  #ended = false

  constructor(from: Socket, to: Socket, faults: LaneFaults, random: () => number, cut: () => void) {
    this.#from = from
    this.#to = to
    this.#faults = faults
    this.#random = random
    this.#cut = cut
    from.on('data', (chunk: Buffer) => this.#take(chunk))
    from.on('end', () => {
      this.#queue.push({ bytes: null, dueMs: this.#dueMs() })
      this.pump()
    })
    // A half-closed stream goes on the other way; one that is gone takes the other side with it, as TCP would.
    from.on('close', () => this.#ended && to.destroySoon())
    to.on('drain', () => this.pump())
  }

  /** Bytes that came through. */
  get passedBytes(): number {
    return this.#passedBytes
  }

  /** Looks again at what waits: after a thaw, a drain, or when something has become due. */
  pump(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    while (!this.#faults.frozen && !this.#to.destroyed) {
      const [piece] = this.#queue
      if (!piece || this.#to.writableNeedDrain) break
      const waitMs = piece.dueMs - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), Math.ceil(waitMs))
        break
      }
      this.#queue.shift()
      if (piece.bytes) this.#pass(piece.bytes)
      else this.#end()
    }
    if (this.#faults.frozen || this.#queuedBytes > QUEUE_BYTES_MAX) this.#from.pause()
    else this.#from.resume()
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#queue.length = 0
  }

  #pass(bytes: Buffer): void {
    this.#queuedBytes -= bytes.length
    const { cutAfterBytes } = this.#faults
    const left = cutAfterBytes === null ? bytes.length : cutAfterBytes - this.#passedBytes
    const passed = bytes.subarray(0, Math.max(0, left))
    this.#passedBytes += passed.length
    if (passed.length > 0) this.#to.write(passed)
    if (passed.length < bytes.length) {
      // What was let through arrives before the connection is gone.
      this.#to.end(() => this.#cut())
      this.stop()
    }
  }

  #end(): void {
    this.#ended = true
    if (this.#from.destroyed) this.#to.destroySoon()
    else this.#to.end()
  }

  #take(chunk: Buffer): void {
    this.#queuedBytes += chunk.length
    const { bytesPerS } = this.#faults
    // Small slices make a slow line steady instead of silent for seconds.
    const size = bytesPerS === null ? chunk.length : Math.max(1, Math.ceil(bytesPerS / SLICES_PER_S))
    for (let at = 0; at < chunk.length; at += size) {
      const bytes = chunk.subarray(at, at + size)
      if (bytesPerS !== null) {
        this.#freeAtMs = Math.max(this.#freeAtMs, performance.now()) + (bytes.length / bytesPerS) * 1000
      }
      this.#queue.push({ bytes, dueMs: this.#dueMs() })
    }
    this.pump()
  }

  #dueMs(): number {
    const { latencyMs, jitterMs, bytesPerS } = this.#faults
    const sentMs = bytesPerS === null ? performance.now() : Math.max(this.#freeAtMs, performance.now())
    // Jitter never lets one piece overtake another: it is one stream.
    this.#lastDueMs = Math.max(this.#lastDueMs, sentMs + latencyMs + jitterMs * this.#random())
    return this.#lastDueMs
  }
}
