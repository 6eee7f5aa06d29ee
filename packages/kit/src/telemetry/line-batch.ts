import { DescriptorDestination, type LogDestination } from './log-destination.ts'

/** Pause between two reports of dropped lines: the report itself may be dropped, and must not ask for another. */
const REPORT_EVERY_MS = 1000
/** Characters after which a batch is written without waiting for the end of the turn. */
const BATCH_CHARS_MAX = 16 * 1024

/**
 * Collects the lines of one turn of the event loop and hands them over together, so that a turn that serves many
 * requests makes one system call.
 */
export class LineBatch {
  readonly #destination: LogDestination
  readonly #onDropped: (total: number) => void
  #lines = ''
  #count = 0
  #scheduled = false
  #droppedSeen = 0
  #reportedMs = Number.NEGATIVE_INFINITY

  /** @param onDropped told the new total when the destination has given lines up */
  constructor(destination: LogDestination, onDropped: (total: number) => void) {
    this.#destination = destination
    this.#onDropped = onDropped
  }

  /** Lines that the destination has given up. */
  get dropped(): number {
    return this.#destination.dropped
  }

  add(line: string): void {
    this.#lines += line
    this.#count++
    if (this.#lines.length >= BATCH_CHARS_MAX) this.#handOver()
    else if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#endOfTurn)
    }
  }

  flushSync(): void {
    this.#handOver()
    this.#destination.flushSync()
  }

  async flush(): Promise<void> {
    this.#handOver()
    await this.#destination.flush()
  }

  readonly #endOfTurn = (): void => {
    this.#scheduled = false
    this.#handOver()
    const { dropped } = this.#destination
    if (dropped === this.#droppedSeen) return
    const nowMs = performance.now()
    if (nowMs - this.#reportedMs < REPORT_EVERY_MS) return
    this.#droppedSeen = dropped
    this.#reportedMs = nowMs
    this.#onDropped(dropped)
  }

  #handOver(): void {
    if (this.#count === 0) return
    const lines = this.#lines
    const count = this.#count
    this.#lines = ''
    this.#count = 0
    this.#destination.write(lines, count)
  }
}

let stdout: LineBatch | null = null

/** The one batch of this process for standard output; written out when the process exits. */
export function stdoutBatch(onDropped: (total: number) => void): LineBatch {
  if (stdout === null) {
    const made = new LineBatch(new DescriptorDestination(), onDropped)
    process.on('exit', () => made.flushSync())
    stdout = made
  }
  return stdout
}
