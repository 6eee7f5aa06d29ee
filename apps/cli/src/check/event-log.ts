import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunEvent, RunEventBody } from '@greengate/contracts'

/** Event files of earlier runs that are kept. */
const KEPT = 20

/** Numbers the events of a run, hands them on, and keeps them as lines, so that a reader can go on where it stopped. */
export class EventLog {
  readonly #onEvent: (event: RunEvent) => void
  readonly #startedMs = performance.now()
  readonly #early: RunEvent[] = []
  #seq = 0
  #stream: WriteStream | null = null

  constructor(onEvent: (event: RunEvent) => void) {
    this.#onEvent = onEvent
  }

  async open(stateDir: string, runId: string): Promise<void> {
    const folder = join(stateDir, 'events')
    await mkdir(folder, { recursive: true })
    const old = (await readdir(folder)).sort().slice(0, -KEPT)
    await Promise.all(old.map((name) => rm(join(folder, name), { force: true })))
    this.#stream = createWriteStream(join(folder, `${runId}.jsonl`))
    // Progress is a convenience: a full disk is reported where evidence is written.
    this.#stream.on('error', () => undefined)
    for (const event of this.#early.splice(0)) this.#stream.write(`${JSON.stringify(event)}\n`)
  }

  emit(body: RunEventBody): void {
    const event = { seq: (this.#seq += 1), atMs: Math.round(performance.now() - this.#startedMs), ...body } as RunEvent
    if (this.#stream) this.#stream.write(`${JSON.stringify(event)}\n`)
    else this.#early.push(event)
    this.#onEvent(event)
  }

  async close(): Promise<void> {
    const stream = this.#stream
    if (stream) await new Promise<void>((resolve) => stream.end(() => resolve()))
  }
}
