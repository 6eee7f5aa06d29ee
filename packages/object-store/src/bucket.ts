import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import type { BigIntStats } from 'node:fs'
import { join } from 'node:path'
import { KeyedQueue } from './keyed-queue.ts'
import { KeyIndex, type ListPage, type ListQuery } from './key-index.ts'
import { type ObjectRecord, readRecord, writeRecord } from './object-record.ts'
import { S3Error } from './s3-error.ts'

/** Tells of what an operator has to know: an object that is not what was put there. */
export type Report = (event: { readonly event: 'object_corrupt' | 'record_unreadable'; readonly file: string }) => void

/** Bytes under way to an object; either committed or discarded. */
export interface Upload {
  write(bytes: Buffer): Promise<void>
  /**
   * Makes the bytes the object, at once and wholly.
   * @param allowed sees the object as it is until now, null for none, and throws when it must not be replaced
   */
  commit(record: Omit<ObjectRecord, 'data'>, allowed?: (before: ObjectRecord | null) => void): Promise<void>
  /** Removes what was written; does nothing after a commit. */
  discard(): Promise<void>
}

/** An object that is open: what is read is of one version, whatever happens to the key. */
export interface OpenObject {
  readonly record: ObjectRecord
  readonly handle: FileHandle
}

const VERIFIED_MAX = 10_000
const READ_BYTES = 256 * 1024

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')

/** The bytes of an object without a readable record are cleared at the next start. */
function nothingIfDamaged(error: unknown): null {
  if (error instanceof S3Error) return null
  throw error
}

/** Changes whenever anything was written to the file. */
const identity = (stat: BigIntStats): string => `${stat.dev}.${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}`

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * A bucket on disk. The file names are digests of the keys, so no key can be too long for a file name or lead anywhere
 * else. The record is what makes an object: it names the file with the bytes, and is replaced by a rename.
 */
export class Bucket {
  readonly name: string
  readonly #folder: string
  readonly #report: Report
  readonly #objectsMax: number
  readonly #index = new KeyIndex()
  readonly #queue = new KeyedQueue()
  readonly #verified = new Set<string>()

  private constructor(name: string, folder: string, report: Report, objectsMax: number) {
    this.name = name
    this.#folder = folder
    this.#report = report
    this.#objectsMax = objectsMax
  }

  /** Opens a bucket, or makes it; clears what a crash left behind. */
  static async open(folder: string, name: string, report: Report, objectsMax: number): Promise<Bucket> {
    const bucket = new Bucket(name, join(folder, name), report, objectsMax)
    await rm(bucket.#temporary(), { recursive: true, force: true })
    await mkdir(bucket.#temporary(), { recursive: true })
    await mkdir(join(bucket.#folder, 'objects'), { recursive: true })
    await syncFolder(folder)
    for (const shard of await readdir(join(bucket.#folder, 'objects'))) await bucket.#readShard(shard)
    return bucket
  }

  #temporary(name = ''): string {
    return join(this.#folder, 'tmp', name)
  }

  #shard(hash: string): string {
    return join(this.#folder, 'objects', hash.slice(0, 2))
  }

  #recordFile(hash: string): string {
    return join(this.#shard(hash), `${hash}.json`)
  }

  async #readShard(shard: string): Promise<void> {
    const folder = join(this.#folder, 'objects', shard)
    const names = await readdir(folder)
    const known = new Set<string>()
    for (const name of names.filter((one) => one.endsWith('.json'))) {
      const record = readRecord(await readFile(join(folder, name), 'utf8'))
      if (record && `${hashOf(record.key)}.json` === name) {
        this.#index.set(record)
        known.add(record.data)
      } else {
        this.#report({ event: 'record_unreadable', file: name })
        // Its bytes stay: they may be all there is to repair it from.
        for (const data of names) if (data.startsWith(name.slice(0, 64))) known.add(data)
      }
    }
    for (const name of names) if (!name.endsWith('.json') && !known.has(name)) await rm(join(folder, name))
  }

  list(query: ListQuery): ListPage {
    return this.#index.list(query)
  }

  async #recordOf(key: string): Promise<ObjectRecord | null> {
    const hash = hashOf(key)
    let text: string
    try {
      text = await readFile(this.#recordFile(hash), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
    const record = readRecord(text)
    if (record?.key === key) return record
    this.#report({ event: 'record_unreadable', file: `${hash}.json` })
    throw new S3Error('InternalError', 'The record of the object is damaged.')
  }

  /** Begins an upload; nothing can be seen of it before it is committed. */
  async upload(): Promise<Upload> {
    const id = randomBytes(16).toString('hex')
    const file = this.#temporary(id)
    const handle = await open(file, 'wx')
    let isOpen = true
    let committed = false
    const close = async (): Promise<void> => {
      if (isOpen) await handle.close()
      isOpen = false
    }
    return {
      write: async (bytes) => {
        for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten
      },
      commit: async (record, allowed) => {
        await handle.sync()
        await close()
        await this.#queue.run(record.key, () =>
          this.#replace({ ...record, data: `${hashOf(record.key)}.${id}` }, file, allowed),
        )
        committed = true
      },
      discard: async () => {
        await close()
        if (!committed) await rm(file, { force: true })
      },
    }
  }

  async #replace(record: ObjectRecord, file: string, allowed?: (before: ObjectRecord | null) => void): Promise<void> {
    const hash = hashOf(record.key)
    // A damaged record is healed by a new object, but meets no condition.
    const before = allowed ? await this.#recordOf(record.key) : await this.#recordOf(record.key).catch(nothingIfDamaged)
    allowed?.(before)
    if (!before && this.#index.size >= this.#objectsMax)
      throw new S3Error('InvalidRequest', `This store is made for ${this.#objectsMax} objects a bucket at the most.`)
    const shard = this.#shard(hash)
    const isNew = (await mkdir(shard, { recursive: true })) !== undefined
    if (isNew) await syncFolder(join(this.#folder, 'objects'))
    const data = join(shard, record.data)
    const temporary = `${file}.json`
    try {
      await rename(file, data)
      const handle = await open(temporary, 'wx')
      try {
        await handle.writeFile(writeRecord(record))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, this.#recordFile(hash))
    } catch (error) {
      await Promise.all([rm(data, { force: true }), rm(temporary, { force: true })])
      throw error
    }
    this.#index.set(record)
    await syncFolder(shard)
    if (before) await rm(join(shard, before.data), { force: true })
  }

  /**
   * Opens an object whose bytes are what was put there; null when there is none. Close the handle.
   * @throws S3Error InternalError when the bytes on disk are not those
   */
  async open(key: string): Promise<OpenObject | null> {
    // An object that is replaced between the two steps is looked up again.
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const record = await this.#recordOf(key)
      if (!record) return null
      const handle = await open(join(this.#shard(hashOf(key)), record.data), 'r').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      })
      if (!handle) continue
      try {
        await this.#verify(record, handle)
      } catch (error) {
        await handle.close()
        throw error
      }
      return { record, handle }
    }
    this.#report({ event: 'object_corrupt', file: hashOf(key) })
    throw new S3Error('InternalError', 'The bytes of the object are gone.')
  }

  /** The record alone. */
  record(key: string): Promise<ObjectRecord | null> {
    return this.#recordOf(key)
  }

  /** Reads the file once through, unless that was done since anything was last written to it. */
  async #verify(record: ObjectRecord, handle: FileHandle): Promise<void> {
    const stat = await handle.stat({ bigint: true })
    const known = `${record.data}.${record.sha256}.${identity(stat)}`
    if (this.#verified.has(known)) return
    const hash = createHash('sha256')
    for await (const bytes of bytesOf(handle, 0, Number(stat.size))) hash.update(bytes)
    if (Number(stat.size) !== record.size || hash.digest('hex') !== record.sha256) {
      this.corrupt(record)
      throw new S3Error('InternalError', 'The object on disk is not the one that was put there.')
    }
    const oldest = this.#verified.size >= VERIFIED_MAX ? this.#verified.values().next().value : undefined
    if (oldest !== undefined) this.#verified.delete(oldest)
    this.#verified.add(known)
  }

  /** Says that an object is not what was put there. */
  corrupt(record: ObjectRecord): void {
    this.#report({ event: 'object_corrupt', file: record.data })
  }

  async delete(key: string): Promise<void> {
    const hash = hashOf(key)
    await this.#queue.run(key, async () => {
      const record = await this.#recordOf(key).catch(nothingIfDamaged)
      await rm(this.#recordFile(hash), { force: true })
      this.#index.delete(key)
      if (!record) return
      await syncFolder(this.#shard(hash))
      await rm(join(this.#shard(hash), record.data), { force: true })
    })
  }
}

/** A run of bytes of a file, piece by piece; ends early when the file does. */
export async function* bytesOf(handle: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  for (let at = from; at < to;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(READ_BYTES, to - at)), 0, null, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
