import { createHash } from 'node:crypto'
import { signedIn } from './account-routes.ts'
import { type Exchange, type Handler, Refusal, text } from './exchange.ts'
import { idOf, type State } from './state.ts'

interface Fields {
  title: string
  summary: string
  body_markdown: string
  media_id: string | null
  alt: string
}
interface VersionRow extends Fields {
  readonly version: number
  readonly created_at: string
}
export interface EntryRow {
  readonly id: string
  readonly kind: string
  slug: string
  versions: VersionRow[]
  published: number | null
  scheduled: { version: number; at: string } | null
}
export interface MediaRow {
  readonly media_id: string
  status: string
  readonly folder: string
  readonly file_name: string
  readonly content_type: string
  readonly size: number
  readonly sha256: string
  width: number | null
  height: number | null
  bytes: Buffer
  readonly created_at: string
}

/** Drafts and media, as the content service keeps them. */
export interface Library {
  readonly entries: EntryRow[]
  readonly media: MediaRow[]
}

const UPDATED_BY = idOf('mara@acme.test')

export function newestOf(entry: EntryRow): VersionRow {
  const newest = entry.versions.at(-1)
  if (!newest) throw new Refusal(500, 'internal', 'An entry without a version.')
  return newest
}

/** A new version on top, as somebody else would write it. */
export function write(entry: EntryRow, fields: Partial<Fields>, at: string): VersionRow {
  const { version, created_at: _at, ...old } = newestOf(entry)
  const made = { ...old, ...fields, version: version + 1, created_at: at }
  entry.versions.push(made)
  return made
}

/** Good enough for paragraphs and headings of the samples. */
function html(markdown: string): string {
  const escape = (line: string): string => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return markdown
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '')
    .map((block) => (block.startsWith('## ') ? `<h2>${escape(block.slice(3))}</h2>` : `<p>${escape(block)}</p>`))
    .join('\n')
}

function fieldsOf(body: Readonly<Record<string, unknown>>): Fields {
  const media = body['media_id']
  return {
    title: text(body, 'title'),
    summary: text(body, 'summary'),
    body_markdown: text(body, 'body_markdown'),
    media_id: typeof media === 'string' ? media : null,
    alt: text(body, 'alt'),
  }
}

function conflict(field: string, problem: string): Refusal {
  return new Refusal(409, 'conflict', 'This contradicts what is there.', [{ field: `body.${field}`, problem }])
}

/** Routes of editors and of media; the store behind presigned addresses is here as well. */
export function contentRoutes(state: State, library: Library, nowMs: () => number): Record<string, Handler> {
  const now = (): string => new Date(nowMs()).toISOString()
  const editor = (exchange: Exchange, permission: 'read' | 'write' | 'publish'): void => {
    const { person } = signedIn(state, exchange)
    const operator = state.organisations.find(({ slug }) => slug === 'acme')
    const role = operator?.members.find((member) => member.person === person.id)?.role
    const allowed = { owner: 'rwp', admin: 'rwp', member: 'rw', viewer: 'r' }[role ?? ''] ?? ''
    if (!allowed.includes(permission.charAt(0))) throw new Refusal(403, 'forbidden', 'Your role does not allow this.')
  }
  const entryOf = ({ params }: Exchange): EntryRow => {
    const entry = library.entries.find(({ id }) => id === params['id'])
    if (!entry) throw new Refusal(404, 'not_found', 'There is nothing here.')
    return entry
  }
  const shownMedia = (row: MediaRow): object => ({
    ...row,
    bytes: undefined,
    type: row.content_type.startsWith('video/') ? 'video' : 'image',
    url: row.status === 'ready' ? `/media/${row.folder}/${row.media_id}.png` : null,
  })
  const shownText = (version: VersionRow): object => {
    const media = library.media.find(({ media_id }) => media_id === version.media_id)
    return {
      ...version,
      body_html: html(version.body_markdown),
      media: media ? { ...shownMedia(media), alt: version.alt } : null,
    }
  }
  const summary = (entry: EntryRow) => {
    const { version, title, summary: words, created_at } = newestOf(entry)
    const status = entry.scheduled
      ? 'scheduled'
      : entry.published === null
        ? 'draft'
        : entry.published === version
          ? 'published'
          : 'changed'
    return {
      id: entry.id,
      kind: entry.kind,
      slug: entry.slug,
      status,
      version,
      published_version: entry.published,
      published_at: entry.published === null ? null : '2026-10-01T08:00:00.000Z',
      scheduled_version: entry.scheduled?.version ?? null,
      scheduled_at: entry.scheduled?.at ?? null,
      title,
      summary: words,
      updated_by: UPDATED_BY,
      created_at: entry.versions[0]?.created_at ?? created_at,
      updated_at: created_at,
    }
  }
  const shown = (entry: EntryRow): object => ({ ...shownText(newestOf(entry)), ...summary(entry) })
  const refuseOld = (entry: EntryRow, body: Readonly<Record<string, unknown>>): void => {
    const { version } = newestOf(entry)
    if (body['version'] !== undefined && body['version'] !== version) {
      throw conflict('version', `the newest version is ${version}`)
    }
  }
  const base = '/v1/content/entries'
  return {
    [`GET ${base}`]: (exchange) => {
      editor(exchange, 'read')
      const { searchParams: query } = exchange.url
      const wanted = library.entries.map(summary).filter(({ kind, status }) => {
        return kind === (query.get('kind') ?? kind) && status === (query.get('status') ?? status)
      })
      const from = Number(query.get('after') ?? 0)
      const to = from + Number(query.get('limit') ?? 20)
      return { status: 200, body: { entries: wanted.slice(from, to), next: to < wanted.length ? String(to) : null } }
    },
    [`POST ${base}`]: (exchange) => {
      editor(exchange, 'write')
      const kind = text(exchange.body, 'kind')
      const slug = text(exchange.body, 'slug')
      if (library.entries.some((one) => one.kind === kind && one.slug === slug)) throw conflict('slug', 'is taken')
      const first = { ...fieldsOf(exchange.body), version: 1, created_at: now() }
      const entry: EntryRow = {
        id: idOf(`${kind}/${slug}`),
        kind,
        slug,
        versions: [first],
        published: null,
        scheduled: null,
      }
      library.entries.unshift(entry)
      return { status: 201, body: shown(entry) }
    },
    [`GET ${base}/:id`]: (exchange) => {
      editor(exchange, 'read')
      return { status: 200, body: shown(entryOf(exchange)) }
    },
    [`PUT ${base}/:id`]: (exchange) => {
      editor(exchange, 'write')
      const entry = entryOf(exchange)
      refuseOld(entry, exchange.body)
      if (text(exchange.body, 'slug') !== '') entry.slug = text(exchange.body, 'slug')
      write(entry, fieldsOf(exchange.body), now())
      return { status: 200, body: shown(entry) }
    },
    [`POST ${base}/:id/publish`]: (exchange) => {
      editor(exchange, 'publish')
      const entry = entryOf(exchange)
      refuseOld(entry, exchange.body)
      const { version } = newestOf(entry)
      const at = text(exchange.body, 'at')
      if (at === '') entry.published = version
      entry.scheduled = at === '' ? null : { version, at }
      return { status: 200, body: shown(entry) }
    },
    [`POST ${base}/:id/unpublish`]: (exchange) => {
      editor(exchange, 'publish')
      const entry = entryOf(exchange)
      entry.published = null
      entry.scheduled = null
      return { status: 200, body: shown(entry) }
    },
    [`DELETE ${base}/:id`]: (exchange) => {
      editor(exchange, 'publish')
      library.entries.splice(library.entries.indexOf(entryOf(exchange)), 1)
      return { status: 204 }
    },
    [`GET ${base}/:id/versions`]: (exchange) => {
      editor(exchange, 'read')
      return { status: 200, body: { versions: entryOf(exchange).versions.toReversed(), next: null } }
    },
    [`GET ${base}/:id/versions/:n`]: (exchange) => {
      editor(exchange, 'read')
      const version = entryOf(exchange).versions.find((one) => String(one.version) === exchange.params['n'])
      if (!version) throw new Refusal(404, 'not_found', 'There is nothing here.')
      return { status: 200, body: shownText(version) }
    },
    [`POST ${base}/:id/versions/:n/restore`]: (exchange) => {
      editor(exchange, 'write')
      const entry = entryOf(exchange)
      refuseOld(entry, exchange.body)
      const old = entry.versions.find((one) => String(one.version) === exchange.params['n'])
      if (!old) throw new Refusal(404, 'not_found', 'There is nothing here.')
      const { version: _version, created_at: _at, ...fields } = old
      write(entry, fields, now())
      return { status: 200, body: shown(entry) }
    },
    'GET /v1/media': (exchange) => {
      editor(exchange, 'read')
      const folder = exchange.url.searchParams.get('folder')
      const media = library.media.filter((row) => row.folder === (folder ?? row.folder)).map(shownMedia)
      return { status: 200, body: { media, next: null } }
    },
    'POST /v1/media': (exchange) => {
      editor(exchange, 'write')
      const { body } = exchange
      const row: MediaRow = {
        media_id: idOf(`media-${library.media.length}-${text(body, 'sha256')}`),
        status: 'pending',
        folder: text(body, 'folder'),
        file_name: text(body, 'file_name'),
        content_type: text(body, 'content_type'),
        size: Number(body['size']),
        sha256: text(body, 'sha256'),
        width: null,
        height: null,
        bytes: Buffer.alloc(0),
        created_at: now(),
      }
      library.media.unshift(row)
      const headers = {
        'content-type': row.content_type,
        'content-length': String(row.size),
        'x-amz-meta-stand-in': 'yes',
      }
      const upload = { method: 'PUT', url: `/v1/store/${row.media_id}?signature=1`, headers, expires_at: now() }
      return { status: 201, body: { ...shownMedia(row), upload } }
    },
    'PUT /v1/store/:id': ({ params, bytes, headers }) => {
      const row = library.media.find(({ media_id }) => media_id === params['id'])
      if (!row || headers['x-amz-meta-stand-in'] !== 'yes') return { status: 403 }
      row.bytes = bytes
      return { status: 200 }
    },
    'POST /v1/media/:id/complete': (exchange) => {
      editor(exchange, 'write')
      const row = library.media.find(({ media_id }) => media_id === exchange.params['id'])
      if (!row) throw new Refusal(404, 'not_found', 'There is nothing here.')
      const isPng = row.bytes.subarray(1, 4).toString('latin1') === 'PNG'
      if (!isPng || createHash('sha256').update(row.bytes).digest('hex') !== row.sha256) {
        library.media.splice(library.media.indexOf(row), 1)
        const details = [{ field: 'body.content_type', problem: 'the file is no picture of this type' }]
        throw new Refusal(422, 'media_rejected', 'What was uploaded is not accepted.', details)
      }
      row.status = 'ready'
      row.width = row.bytes.readUInt32BE(16)
      row.height = row.bytes.readUInt32BE(20)
      return { status: 200, body: shownMedia(row) }
    },
    'GET /v1/media/:id': (exchange) => {
      editor(exchange, 'read')
      const row = library.media.find(({ media_id }) => media_id === exchange.params['id'])
      if (!row) throw new Refusal(404, 'not_found', 'There is nothing here.')
      return { status: 200, body: shownMedia(row) }
    },
    'DELETE /v1/media/:id': (exchange) => {
      editor(exchange, 'publish')
      const used = library.entries.some(({ versions }) =>
        versions.some(({ media_id }) => media_id === exchange.params['id']),
      )
      if (used) throw new Refusal(409, 'media_in_use', 'An entry shows this media.')
      const index = library.media.findIndex(({ media_id }) => media_id === exchange.params['id'])
      if (index >= 0) library.media.splice(index, 1)
      return { status: 204 }
    },
  }
}
