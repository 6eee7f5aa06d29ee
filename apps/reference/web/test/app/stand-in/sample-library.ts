import { createHash } from 'node:crypto'
import { picture } from '../../sample-content.ts'
import type { EntryRow, Library, MediaRow } from './content-routes.ts'
import { idOf } from './state.ts'

const TEXT = `Meters count what customers use. Each event has a key of its own, so that sending it twice counts once.

## What changed

Late events are taken for ninety days, and marked. A month closes three days after its end.

## What to do

Nothing. Charts show late events hatched, tables name them.`

/** A picture and a few entries of each status. */
export function sampleLibrary(nowMs: number): Library {
  const ago = (hours: number): string => new Date(nowMs - hours * 3_600_000).toISOString()
  const image = (name: string, folder: string, width: number, height: number): MediaRow => {
    const bytes = picture(width, height)
    return {
      media_id: idOf(name),
      status: 'ready',
      folder,
      file_name: name,
      content_type: 'image/png',
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      width: bytes.readUInt32BE(16),
      height: bytes.readUInt32BE(20),
      bytes,
      created_at: ago(90),
    }
  }
  const media = [image('night-train.png', 'posts', 480, 270), image('signal-box.png', 'hero', 640, 420)]
  const entry = (kind: string, slug: string, title: string, more: Partial<EntryRow> = {}): EntryRow => ({
    id: idOf(`${kind}/${slug}`),
    kind,
    slug,
    versions: [1, 2, 3].map((version) => ({
      version,
      title,
      summary: 'What was recorded, when it counts, and what happens to what comes late.',
      body_markdown: version === 3 ? TEXT : `The first thoughts, number ${version}.`,
      media_id: kind === 'post' ? idOf('night-train.png') : null,
      alt: kind === 'post' ? 'A night train at a platform' : '',
      created_at: ago(100 - version * 20),
    })),
    published: 3,
    scheduled: null,
    ...more,
  })
  const entries = [
    entry('post', 'late-events', 'Late events are marked now', { published: 2 }),
    entry('hero', 'hero', 'Metered services, from the first event to the bill'),
    entry('post', 'winter-timetable', 'The winter timetable of releases', {
      published: null,
      scheduled: { version: 3, at: new Date(nowMs + 72 * 3_600_000).toISOString() },
    }),
    entry('doc', 'first-steps', 'First steps'),
    entry('post', 'notes', 'Notes that nobody has seen yet', { published: null }),
  ]
  return { entries, media }
}
