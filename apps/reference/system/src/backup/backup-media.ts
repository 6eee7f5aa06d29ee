import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ObjectClient, ObjectClientError } from '@greengate/object-store'
import type pg from 'pg'
import type { Manifest, MediaBackup } from './manifest.ts'
import { sealFile } from './sealed-file.ts'
import { stoppable } from './stop-signal.ts'
import { connect } from './tables.ts'

export interface MediaOptions {
  readonly store: ObjectClient
  /** Database of the content service, as it is now. */
  readonly url: string
  /** Where the files go. */
  readonly folder: string
  readonly key: Buffer
  readonly signal: AbortSignal
  /** Told of each file once it is whole. */
  readonly onFile: (file: string) => void
}

type SavedMedia = Pick<Manifest, 'media' | 'media_deleted' | 'media_missing'>

interface KnownMedia {
  readonly key: string
  readonly size: string
  readonly sha256: string
}

const mediaQuery = {
  name: 'backup-media',
  text: `select object_key as key, size::text, sha256 from public.media where status = 'ready' order by object_key`,
}
const rowQuery = { name: 'backup-media-row', text: 'select from public.media where object_key = $1' }

/** What of the answer is kept: how it is shown, not how it was sent. */
const KEPT = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'content-encoding']
/** A connection that broke is no reason to leave a picture out. */
const ATTEMPTS = 2

/** The store has another object than it should, or none: that is about this one medium. */
class MediaProblem extends Error {
  readonly isGone: boolean

  constructor(text: string, isGone = false, cause?: unknown) {
    super(text, { cause })
    this.isGone = isGone
  }
}

/** @throws MediaProblem; what the store says when it gives nothing to anybody, like a connection that is refused */
async function open(one: KnownMedia, store: ObjectClient) {
  try {
    return await store.get(one.key)
  } catch (error) {
    if (error instanceof ObjectClientError && (error.status === 404 || error.status >= 500))
      throw new MediaProblem(error.message, error.status === 404, error)
    throw error
  }
}

async function copyOnce(one: KnownMedia, file: string, options: MediaOptions): Promise<MediaBackup> {
  const { store, folder, key, signal } = options
  const object = await open(one, store)
  // Told apart from a disk that is full, which is the whole backup's.
  async function* body(): AsyncGenerator<Buffer> {
    try {
      yield* object.body
    } catch (error) {
      throw new MediaProblem('the store broke off', false, error)
    }
  }
  const headers = Object.fromEntries(Object.entries(object.headers).filter(([name]) => KEPT.includes(name)))
  const content = await sealFile(join(folder, file), file, key, stoppable(body(), signal))
  if (content.sha256 === one.sha256 && content.bytes === Number(one.size)) {
    options.onFile(file)
    return { key: one.key, headers, file, ...content }
  }
  await rm(join(folder, file))
  throw new MediaProblem('the store has something else than the database says')
}

async function copy(one: KnownMedia, file: string, options: MediaOptions): Promise<MediaBackup | MediaProblem> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await copyOnce(one, file, options)
    } catch (error) {
      if (!(error instanceof MediaProblem)) throw error
      if (error.isGone || attempt === ATTEMPTS) return error
    }
  }
}

/** Whether the row is there now, whatever the snapshot says. */
async function isKnownNow(url: string, key: string): Promise<boolean> {
  const client = await connect(url)
  try {
    return (await client.query({ ...rowQuery, values: [key] })).rowCount === 1
  } finally {
    await client.end()
  }
}

/**
 * Copies every medium that the snapshot shows. One that the store does not give is left out and named: its row went meanwhile,
 * which takes the object along, or the object is missing or damaged, which somebody has to look at.
 * @param snapshot a connection in its transaction
 * @throws what the store says when it gives nothing to anybody; what the file system says; BackupError `stopped`
 */
export async function backUpMedia(snapshot: pg.Client, options: MediaOptions): Promise<SavedMedia> {
  const { rows } = await snapshot.query<KnownMedia>(mediaQuery)
  const saved: SavedMedia = { media: [], media_deleted: [], media_missing: [] }
  for (const [at, one] of rows.entries()) {
    const copied = await copy(one, `media.${at}.sealed`, options)
    if (!(copied instanceof MediaProblem)) saved.media.push(copied)
    else if (copied.isGone && !(await isKnownNow(options.url, one.key))) saved.media_deleted.push(one.key)
    else saved.media_missing.push({ key: one.key, problem: copied.message })
  }
  return saved
}
