import { writeSync } from 'node:fs'

/**
 * Where complete lines go. A contract for any adapter: `write` never throws and never waits for the other side; what
 * can't be kept is dropped by whole batches and counted in `dropped`; order is kept.
 */
export interface LogDestination {
  /** @param lines one or more whole lines, each with its line feed  @param count how many */
  write(lines: string, count: number): void
  /** Hands over what is kept, waiting a bounded time: for a process that ends now. Never throws. */
  flushSync(): void
  /** Resolves when everything written before has been handed over or given up. Bounded in time; never rejects. */
  flush(): Promise<void>
  /** Lines that were given up since the start. */
  readonly dropped: number
}

export interface DescriptorDestinationOptions {
  /** File descriptor. Default 1, standard output. A pipe other than 1 and 2 has to be non-blocking already. */
  readonly fd?: number
  /** Bytes kept for a reader that is too slow; what comes on top is dropped and counted. Default 8 MiB. */
  readonly bytesMax?: number
  /** Longest wait of `flush` and of `flushSync`; milliseconds. Default 1,000. */
  readonly flushTimeoutMs?: number
  /** Pause before the next try at a reader that takes nothing; milliseconds. Default 10. */
  readonly retryMs?: number
  /** Writes bytes from an offset and returns how many were taken, as `fs.writeSync`. For tests. */
  readonly writeBytes?: (fd: number, bytes: Uint8Array, offset: number, length: number) => number
}

const SCRATCH_BYTES = 64 * 1024
/** A UTF-16 unit takes at most three bytes in UTF-8. */
const SCRATCH_CHARS = Math.floor(SCRATCH_BYTES / 3)

interface Kept {
  readonly bytes: Uint8Array
  at: number
  readonly lines: number
}

/**
 * Lines to a file descriptor without a thread and without blocking: one `write` system call a batch (about 1 us; handing
 * the same batch to a thread with an asynchronous write took 26 us), made at once, so that a SIGKILL finds nothing
 * left behind of earlier turns. A pipe or socket that is full answers EAGAIN; the rest is then kept, up to
 * `bytesMax`, and tried again.
 */
export class DescriptorDestination implements LogDestination {
  readonly #fd: number
  readonly #bytesMax: number
  readonly #flushTimeoutMs: number
  readonly #retryMs: number
  readonly #writeBytes: NonNullable<DescriptorDestinationOptions['writeBytes']>
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  readonly #kept: Kept[] = []
  #keptBytes = 0
  #dropped = 0
  #timer: NodeJS.Timeout | null = null

  constructor(options: DescriptorDestinationOptions = {}) {
    this.#fd = options.fd ?? 1
    this.#bytesMax = options.bytesMax ?? 8 * 1024 * 1024
    this.#flushTimeoutMs = options.flushTimeoutMs ?? 1000
    this.#retryMs = options.retryMs ?? 10
    this.#writeBytes = options.writeBytes ?? writeSync
    if (!(this.#bytesMax > 0) || !(this.#retryMs > 0) || !(this.#flushTimeoutMs > 0))
      throw new RangeError('bytesMax, retryMs and flushTimeoutMs of a log destination must be above 0')
    // The getter opens the descriptor as a stream, which makes pipes and sockets non-blocking: without it a full pipe
    // would hold up the whole process.
    if (options.writeBytes === undefined && this.#fd === 1) void process.stdout
    if (options.writeBytes === undefined && this.#fd === 2) void process.stderr
  }

  get dropped(): number {
    return this.#dropped
  }

  /** Bytes that wait for the reader. */
  get keptBytes(): number {
    return this.#keptBytes
  }

  write(lines: string, count: number): void {
    if (this.#kept.length > 0) {
      this.#keep(Buffer.from(lines), 0, count)
      return
    }
    const isSmall = lines.length <= SCRATCH_CHARS
    const bytes = isSmall ? this.#scratch : Buffer.from(lines)
    const length = isSmall ? this.#scratch.write(lines, 0, 'utf8') : bytes.length
    const at = this.#push(bytes, 0, length)
    if (at === length) return
    if (at < 0) this.#dropped += count
    else this.#keep(isSmall ? Buffer.from(bytes.subarray(at, length)) : bytes.subarray(at, length), at, count)
  }

  flushSync(): void {
    const endMs = performance.now() + this.#flushTimeoutMs
    while (this.#kept.length > 0) {
      this.#drain()
      if (this.#kept.length === 0) return
      if (performance.now() >= endMs) {
        this.#giveUp()
        return
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(this.#retryMs, 5))
    }
  }

  async flush(): Promise<void> {
    const endMs = performance.now() + this.#flushTimeoutMs
    while (this.#kept.length > 0 && performance.now() < endMs) {
      this.#drain()
      if (this.#kept.length > 0) await new Promise((resolve) => setTimeout(resolve, this.#retryMs))
    }
  }

  /** Index up to which the bytes were taken; -1: nobody will ever take them. */
  #push(bytes: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to) {
      try {
        const taken = this.#writeBytes(this.#fd, bytes, at, to - at)
        if (taken <= 0) return at
        at += taken
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : ''
        if (code === 'EINTR') continue
        // The reader is gone, or the disk is full: a log must not take the service with it.
        return code === 'EAGAIN' || code === 'EBUSY' ? at : -1
      }
    }
    return at
  }

  #keep(bytes: Uint8Array, written: number, lines: number): void {
    // A line that was begun is always finished: half a line would spoil the next one too.
    if (written === 0 && this.#keptBytes + bytes.length > this.#bytesMax) {
      this.#dropped += lines
      return
    }
    this.#kept.push({ bytes, at: 0, lines })
    this.#keptBytes += bytes.length
    this.#schedule()
  }

  #schedule(): void {
    if (this.#timer !== null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#drain()
      if (this.#kept.length > 0) this.#schedule()
    }, this.#retryMs).unref()
  }

  #drain(): void {
    let done = 0
    for (const kept of this.#kept) {
      const at = this.#push(kept.bytes, kept.at, kept.bytes.length)
      if (at < 0) {
        this.#giveUp()
        return
      }
      this.#keptBytes -= at - kept.at
      kept.at = at
      if (at < kept.bytes.length) break
      done++
    }
    this.#kept.splice(0, done)
  }

  #giveUp(): void {
    for (const kept of this.#kept) this.#dropped += kept.lines
    this.#kept.length = 0
    this.#keptBytes = 0
  }
}
