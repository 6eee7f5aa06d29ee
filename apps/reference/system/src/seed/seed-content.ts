import { createHash } from 'node:crypto'
import { z } from 'zod'
import { SystemError } from '../start/system-folder.ts'
import type { Api } from './api.ts'
import { ENTRIES, type SeededEntry } from './entries.ts'
import { landscape } from './landscape.ts'

const announced = z.object({
  media_id: z.string(),
  upload: z.object({ method: z.string(), url: z.string(), headers: z.record(z.string(), z.string()) }),
})
const entriesPage = z.object({
  entries: z.array(z.object({ id: z.string(), kind: z.string(), slug: z.string(), status: z.string() })),
})
const made = z.object({ id: z.string() })

const FOLDERS = { hero: 'hero', post: 'posts', doc: 'docs' } as const
const UPLOAD_MS_MAX = 20_000
const DAY_MS = 86_400_000

/** Sends a picture the way the browser of an editor does: announced, put to the store, completed. */
async function upload(content: Api, token: string, entry: SeededEntry, seed: number): Promise<string> {
  const { png } = landscape(seed, entry.picture?.hue ?? 0)
  const media = await content.read('/v1/media', announced, {
    method: 'POST',
    token,
    body: {
      folder: FOLDERS[entry.kind],
      file_name: `${entry.slug}.png`,
      content_type: 'image/png',
      size: png.length,
      sha256: createHash('sha256').update(png).digest('hex'),
    },
  })
  const { method, url, headers } = media.upload
  const answer = await fetch(url, {
    method,
    headers,
    body: new Uint8Array(png),
    signal: AbortSignal.timeout(UPLOAD_MS_MAX),
  })
  if (!answer.ok)
    throw new SystemError('seed_failed', `the store answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`)
  await content.ask(`/v1/media/${media.media_id}/complete`, { method: 'POST', token })
  return media.media_id
}

async function write(content: Api, token: string, entry: SeededEntry, seed: number): Promise<string> {
  const { kind, slug, title, summary, body_markdown, picture } = entry
  const mediaId = picture ? await upload(content, token, entry, seed) : null
  const { id } = await content.read('/v1/content/entries', made, {
    method: 'POST',
    token,
    body: {
      kind,
      slug,
      title,
      summary,
      body_markdown,
      ...(mediaId === null ? {} : { media_id: mediaId, alt: picture?.alt }),
    },
  })
  return id
}

/** Writes what is missing and publishes what should be; what somebody changed stays as it is. */
export async function seedContent(content: Api, token: string, nowMs: number): Promise<void> {
  const { entries } = await content.read('/v1/content/entries?limit=100', entriesPage, { token })
  for (const [at, entry] of ENTRIES.entries()) {
    const known = entries.find((one) => one.kind === entry.kind && one.slug === entry.slug)
    if (known && known.status !== 'draft') continue
    const id = known?.id ?? (await write(content, token, entry, at + 1))
    if (entry.release === 'never') continue
    const body = entry.release === 'now' ? {} : { at: new Date(nowMs + 7 * DAY_MS).toISOString() }
    await content.ask(`/v1/content/entries/${id}/publish`, { method: 'POST', token, body })
  }
}
