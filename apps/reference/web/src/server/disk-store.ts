import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** Of the form of the files: another number is not read. */
const FORM = 1
export const ENTRIES_MAX = 500
/** Of all values together, as JSON: they are in memory as well. */
export const CHARS_MAX = 16 << 20
const FILE_BYTES_MAX = 4 << 20
const NAME = /^[0-9a-f]{64}\.json$/

const fileSchema = z.object({
  form: z.literal(FORM),
  key: z.string().max(1024),
  /** Milliseconds since the epoch. */
  at_ms: z.number(),
  value: z.unknown(),
  /** SHA-256 of the other members as JSON. */
  sha256: z.string(),
})

interface Kept {
  readonly text: string
  readonly value: unknown
  readonly atMs: number
}

export interface DiskStoreOptions {
  readonly folder: string
  /** Told of files that can't be used or written; the store goes on without them. */
  readonly onProblem: (problem: string, error?: unknown) => void
  /** Milliseconds since the epoch. Default the system's clock. */
  readonly nowMs?: () => number
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/**
 * The last known values, in memory and in a folder: what a process knew, the next one knows as well. A file is replaced at
 * once or not at all; one whose checksum is wrong is deleted. At most 500 entries and 16 Mi characters: the one that was
 * written or preferred longest ago gives way.
 */
export class DiskStore {
  readonly #options: Required<DiskStoreOptions>
  readonly #kept = new Map<string, Kept>()
  #chars = 0
  #writing: Promise<void> = Promise.resolve()
  readonly #pending = new Map<string, Kept | null>()

  private constructor(options: DiskStoreOptions) {
    this.#options = { nowMs: Date.now, ...options }
  }

  /** Makes the folder and reads what is in it. A folder that can't be used is a problem, not an error: memory is left. */
  static async open(options: DiskStoreOptions): Promise<DiskStore> {
    const store = new DiskStore(options)
    try {
      await mkdir(options.folder, { recursive: true, mode: 0o700 })
      await store.#read()
    } catch (error) {
      options.onProblem('the folder can’t be read', error)
    }
    return store
  }

  get size(): number {
    return this.#kept.size
  }

  /** What was kept under a key; parse it before you trust it. Undefined for nothing. */
  get(key: string): unknown {
    return this.#kept.get(key)?.value
  }

  keys(): IterableIterator<string> {
    return this.#kept.keys()
  }

  /** How much a value counts; characters. 0 for nothing. */
  charsOf(key: string): number {
    return this.#kept.get(key)?.text.length ?? 0
  }

  /** Lets the others give way before this one, until the process ends. */
  prefer(key: string): void {
    const kept = this.#kept.get(key)
    if (!kept) return
    this.#kept.delete(key)
    this.#kept.set(key, kept)
  }

  /** Keeps a value; it is on disk a little later. @param value anything that JSON can say */
  set(key: string, value: unknown): void {
    const text = JSON.stringify(value)
    if (this.#kept.get(key)?.text === text || text.length > FILE_BYTES_MAX) return
    this.#keep(key, { text, value, atMs: this.#options.nowMs() })
  }

  delete(key: string): void {
    if (!this.#kept.has(key)) return
    this.#put(key, null)
    this.#later(key, null)
  }

  /** Resolves when everything so far is on disk, or was given up. */
  async flush(): Promise<void> {
    while (this.#pending.size > 0) await this.#writing
  }

  #keep(key: string, kept: Kept): void {
    this.#put(key, kept)
    this.#later(key, kept)
    this.#trim()
  }

  #put(key: string, kept: Kept | null): void {
    this.#chars += (kept?.text.length ?? 0) - this.charsOf(key)
    this.#kept.delete(key)
    if (kept) this.#kept.set(key, kept)
  }

  #trim(): void {
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= ENTRIES_MAX && this.#chars <= CHARS_MAX) return
      this.delete(oldest)
    }
  }

  /** Of several changes of a key only the last is written. */
  #later(key: string, kept: Kept | null): void {
    const idle = this.#pending.size === 0
    this.#pending.set(key, kept)
    if (idle) this.#writing = this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve()
    for (let next = this.#pending.entries().next().value; next; next = this.#pending.entries().next().value) {
      const [key, kept] = next
      try {
        if (kept) await this.#write(key, kept)
        else await rm(this.#fileOf(key), { force: true })
      } catch (error) {
        this.#options.onProblem('an entry can’t be written', error)
      }
      // Changed again while it was written: it stays, for the next turn.
      if (this.#pending.get(key) === kept) this.#pending.delete(key)
    }
  }

  async #write(key: string, { text, value, atMs }: Kept): Promise<void> {
    const file = this.#fileOf(key)
    const temporary = `${file}.${process.pid}.tmp`
    const content = JSON.stringify({ form: FORM, key, at_ms: atMs, value, sha256: digest(key, String(atMs), text) })
    try {
      const handle = await open(temporary, 'w', 0o600)
      try {
        await handle.writeFile(content)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, file)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  /** Nothing of a key is in the name: keys come from addresses. */
  #fileOf(key: string): string {
    return join(this.#options.folder, `${digest(key)}.json`)
  }

  async #read(): Promise<void> {
    const found: { key: string; kept: Kept }[] = []
    const names = await readdir(this.#options.folder)
    for (const name of names) {
      const file = join(this.#options.folder, name)
      if (!NAME.test(name)) {
        // Left by a process that ended while it wrote.
        if (name.endsWith('.tmp')) await rm(file, { force: true })
        continue
      }
      const entry = await this.#readOne(file)
      if (entry) found.push(entry)
      else await rm(file, { force: true })
    }
    for (const { key, kept } of found.toSorted((one, other) => one.kept.atMs - other.kept.atMs)) this.#put(key, kept)
    this.#trim()
  }

  async #readOne(file: string): Promise<{ key: string; kept: Kept } | null> {
    try {
      const { key, at_ms: atMs, value, sha256 } = fileSchema.parse(JSON.parse(await readFile(file, 'utf8')))
      const text = JSON.stringify(value)
      if (digest(key, String(atMs), text) === sha256) return { key, kept: { text, value, atMs } }
      this.#options.onProblem('an entry has a wrong checksum')
    } catch (error) {
      this.#options.onProblem('an entry can’t be read', error)
    }
    return null
  }
}
