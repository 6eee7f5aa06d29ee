import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const CACHE_FILE = 'cache/tree-digests.json'
const CACHE_VERSION = 1
/** A file changed this recently may change again within the same tick of the clock: its digest is not kept. */
const RACY_MS = 200
const CACHE_ENTRIES_MAX = 400_000

/** Digests of files by path, size, times and inode, so that an unchanged tree is not read again. */
export class DigestCache {
  readonly #file: string
  readonly #before: ReadonlyMap<string, readonly [key: string, digest: string]>
  readonly #after = new Map<string, readonly [key: string, digest: string]>()
  #changed = false

  private constructor(file: string, before: ReadonlyMap<string, readonly [string, string]>) {
    this.#file = file
    this.#before = before
  }

  /** An unreadable or foreign cache is an empty one. */
  static async open(stateDir: string, dir: string): Promise<DigestCache> {
    const file = join(stateDir, CACHE_FILE)
    const entries = new Map<string, readonly [string, string]>()
    try {
      const stored: unknown = JSON.parse(await readFile(file, 'utf8'))
      if (isStored(stored) && stored.dir === dir) {
        for (const [path, key, digest] of stored.entries) entries.set(path, [key, digest])
      }
    } catch {
      // No cache yet, or one that was cut off: everything is read again.
    }
    return new DigestCache(file, entries)
  }

  get(path: string, stats: BigIntStats): string | null {
    const entry = this.#before.get(path)
    const key = cacheKey(stats)
    if (!entry || entry[0] !== key) return null
    this.#after.set(path, entry)
    return entry[1]
  }

  set(path: string, stats: BigIntStats, digest: string, nowMs: number): void {
    if (nowMs - Number(stats.ctimeMs) < RACY_MS) return
    this.#after.set(path, [cacheKey(stats), digest])
    this.#changed = true
  }

  /** Best effort: a cache that can't be written costs time, not truth. */
  async save(dir: string): Promise<void> {
    if (!this.#changed && this.#after.size === this.#before.size) return
    if (this.#after.size > CACHE_ENTRIES_MAX) return
    const entries = [...this.#after].map(([path, [key, digest]]) => [path, key, digest])
    try {
      await mkdir(dirname(this.#file), { recursive: true })
      const temporary = `${this.#file}.${process.pid}`
      await writeFile(temporary, JSON.stringify({ version: CACHE_VERSION, dir, entries }))
      await rename(temporary, this.#file)
    } catch {
      // See above.
    }
  }
}

function isStored(value: unknown): value is { dir: string; entries: [string, string, string][] } {
  if (typeof value !== 'object' || value === null) return false
  if (!('version' in value) || value.version !== CACHE_VERSION || !('dir' in value) || !('entries' in value))
    return false
  return (
    typeof value.dir === 'string' &&
    Array.isArray(value.entries) &&
    value.entries.every(
      (entry: unknown) =>
        Array.isArray(entry) &&
        entry.length === 3 &&
        entry.every((part) => typeof part === 'string') &&
        /^[0-9a-f]{64}$/.test(String(entry[2])),
    )
  )
}

function cacheKey(stats: BigIntStats): string {
  return `${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.ino}`
}

export function digestBytes(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Digest of a file without holding it in memory. */
export async function digestFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

export interface DigestEntry {
  readonly path: string
  readonly mode: 'file' | 'executable' | 'link' | 'unreadable'
  readonly sizeBytes: number
  /** Hex digest of the content or of the link's target; the reason for what could not be read. */
  readonly content: string
}

/** Digest of the tree: over its sorted entries, each with path, mode, size and digest of its content. */
export function digestEntries(entries: readonly DigestEntry[]): string {
  const hash = createHash('sha256').update('greengate/tree/v1\n')
  for (const entry of entries)
    hash.update(`${JSON.stringify([entry.path, entry.mode, entry.sizeBytes, entry.content])}\n`)
  return `sha256:${hash.digest('hex')}`
}
