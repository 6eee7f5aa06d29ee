import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { LogLine } from '@greengate/contracts'

const LINES_MAX = 20_000
const BYTES_MAX = 8 * 1024 * 1024
const LINE_BYTES_MAX = 64 * 1024
const NEWLINE = 10

/** The last lines of a process' output. Reading never stops, so that the process is never made to wait; memory is bounded. */
export class LogCapture {
  readonly #startedMs = performance.now()
  #lines: LogLine[] = []
  #first = 0
  #bytes = 0
  #dropped = 0
  readonly #partials = new Set<() => void>()

  /** Reads a stream to its end. */
  attach(stream: Readable, name: LogLine['stream']): void {
    const decoder = new StringDecoder('utf8')
    let partial = ''
    const flush = (): void => {
      if (partial !== '') this.#add(name, partial)
      partial = ''
    }
    this.#partials.add(flush)
    stream.on('data', (chunk: Buffer) => {
      let from = 0
      for (;;) {
        const end = chunk.indexOf(NEWLINE, from)
        if (end < 0) break
        const text = partial + decoder.write(chunk.subarray(from, end))
        partial = ''
        from = end + 1
        this.#add(name, text.endsWith('\r') ? text.slice(0, -1) : text)
      }
      if (from < chunk.length) partial += decoder.write(chunk.subarray(from))
      // A line without an end is cut, not collected.
      if (partial.length > LINE_BYTES_MAX) flush()
    })
    stream.on('end', flush)
    stream.on('error', () => undefined)
  }

  /** What is kept, oldest first. */
  lines(): readonly LogLine[] {
    return this.#lines.slice(this.#first)
  }

  /** Lines that were dropped from the front. */
  dropped(): number {
    return this.#dropped
  }

  /** Keeps what a process wrote last without ending the line. */
  flush(): void {
    for (const flush of this.#partials) flush()
  }

  /** The last lines as text, for messages. */
  tail(count: number): string {
    return this.lines()
      .slice(-count)
      .map((line) => line.text)
      .join('\n')
  }

  #add(stream: LogLine['stream'], text: string): void {
    const kept = text.length > LINE_BYTES_MAX ? text.slice(0, LINE_BYTES_MAX) : text
    this.#lines.push({ stream, text: kept, atMs: Math.round(performance.now() - this.#startedMs) })
    this.#bytes += kept.length
    while (this.#lines.length - this.#first > LINES_MAX || this.#bytes > BYTES_MAX) {
      this.#bytes -= this.#lines[this.#first]?.text.length ?? 0
      this.#first += 1
      this.#dropped += 1
    }
    // Shifting an array of this size for each line would cost more than the flood itself.
    if (this.#first > LINES_MAX) {
      this.#lines = this.#lines.slice(this.#first)
      this.#first = 0
    }
  }
}
