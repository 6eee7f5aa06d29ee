/**
 * Goal: whatever is wrong with a request, every route says so with the envelope and the right code, and changes nothing.
 * Method: the routes are taken from the service's own description, so that none is left out; tables are compared afterwards.
 */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, fieldsOf, type Person, startWorld, tokens, type World } from './environment.ts'

let world: World
let admin: pg.Client
let entry = ''
let media = ''

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
interface Operation {
  readonly id: string
  readonly method: Method
  readonly path: string
  readonly isPublic: boolean
  readonly hasBody: boolean
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
}

function operations(): Operation[] {
  const { paths } = world.service.document as {
    paths: Record<
      string,
      Record<
        string,
        { operationId: string; security: unknown[]; requestBody?: object; parameters?: Operation['parameters'] }
      >
    >
  }
  return Object.entries(paths).flatMap(([path, byMethod]) =>
    path.startsWith('/v1/')
      ? Object.entries(byMethod).map(([method, one]) => ({
          id: one.operationId,
          method: method.toUpperCase() as Method,
          path,
          isPublic: one.security.length === 0,
          hasBody: one.requestBody !== undefined,
          parameters: one.parameters ?? [],
        }))
      : [],
  )
}

/** A path of an operation with its parameters filled in. */
function filled({ path }: Operation, id: string): string {
  return path.replace('{id}', id).replace('{version}', '1').replace('{slug}', 'nowhere')
}
function known(operation: Operation): string {
  return filled(operation, operation.path.includes('/media/') ? media : entry)
}
/** Who may do nothing wrong but the request itself. */
function allowed({ id }: Operation): Person | 'service' {
  return id === 'reapMedia' ? 'service' : 'owner'
}
async function send(operation: Operation, headers: Record<string, string>, payload: string, url = known(operation)) {
  const as = allowed(operation)
  const token = as === 'service' ? (world.env['SERVICE_TOKEN'] ?? '') : tokens[as]
  const answer = await world.service.app.inject({
    method: operation.method,
    url,
    headers: { authorization: `Bearer ${token}`, ...headers },
    payload,
  })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), headers: answer.headers }
}
async function everything(): Promise<string> {
  const { rows } = await admin.query<{ all: string }>(
    `select (select json_agg(e order by id)::text from entries e) || (select json_agg(v order by entry_id, version)::text
      from entry_versions v) || (select json_agg(m order by media_id)::text from media m) as all`,
  )
  return rows[0]?.all ?? ''
}
const json = { 'content-type': 'application/json' }

beforeAll(async () => {
  world = await startWorld()
  admin = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
  await admin.connect()
  const made = await world.call('POST', '/v1/content/entries', 'owner', { kind: 'post', slug: 'known', title: 'Known' })
  entry = String(made.body['id'])
  const announced = await world.call('POST', '/v1/media', 'owner', {
    folder: 'docs',
    file_name: 'a.png',
    content_type: 'image/png',
    size: 1,
    sha256: '0'.repeat(64),
  })
  media = String(announced.body['media_id'])
})
afterAll(async () => {
  await admin?.end()
  await world?.close()
})

it('has the routes that were agreed on', () => {
  expect(
    operations()
      .map(({ method, path }) => `${method} ${path}`)
      .toSorted(),
  ).toEqual([
    'DELETE /v1/content/entries/{id}',
    'DELETE /v1/media/{id}',
    'GET /v1/content/docs',
    'GET /v1/content/docs/{slug}',
    'GET /v1/content/entries',
    'GET /v1/content/entries/{id}',
    'GET /v1/content/entries/{id}/versions',
    'GET /v1/content/entries/{id}/versions/{version}',
    'GET /v1/content/hero',
    'GET /v1/content/posts',
    'GET /v1/content/posts/{slug}',
    'GET /v1/media',
    'GET /v1/media/{id}',
    'POST /v1/content/entries',
    'POST /v1/content/entries/{id}/publish',
    'POST /v1/content/entries/{id}/unpublish',
    'POST /v1/content/entries/{id}/versions/{version}/restore',
    'POST /v1/media',
    'POST /v1/media/reap',
    'POST /v1/media/{id}/complete',
    'PUT /v1/content/entries/{id}',
  ])
})

describe('every route for editors', () => {
  it('asks who it is, and lets strangers do nothing', async () => {
    const before = await everything()
    for (const operation of operations().filter((one) => !one.isPublic)) {
      const { method } = operation
      const url = known(operation)
      const [anonymous, unknown, stranger] = [
        await world.call(method, url, null),
        await world.service.app.inject({ method, url, headers: { authorization: 'Bearer nobodys-token' } }),
        await world.call(method, url, 'stranger'),
      ]
      expect([operation.id, anonymous.status, unknown.statusCode, stranger.status]).toEqual([
        operation.id,
        401,
        401,
        403,
      ])
    }
    expect(await everything()).toBe(before)
  })

  it('lets each role do what it may, and a process nothing but reap', async () => {
    const reads = ['listEntries', 'getEntry', 'listVersions', 'getVersion', 'listMedia', 'getMedia']
    const writes = ['createEntry', 'updateEntry', 'restoreVersion', 'announceMedia', 'completeMedia', 'deleteMedia']
    const decides = ['publishEntry', 'unpublishEntry', 'deleteEntry']
    const editors = operations().filter((one) => !one.isPublic)
    expect(editors.map((one) => one.id).toSorted()).toEqual([...reads, ...writes, ...decides, 'reapMedia'].toSorted())
    const may: Record<Person | 'service', readonly string[]> = {
      viewer: reads,
      member: [...reads, ...writes],
      admin: [...reads, ...writes, ...decides],
      owner: [...reads, ...writes, ...decides],
      stranger: [],
      service: ['reapMedia'],
    }
    const before = await everything()
    for (const [who, permitted] of Object.entries(may)) {
      const refused: string[] = []
      for (const operation of editors) {
        // An id of nothing: who may gets past the door and changes nothing all the same.
        const url = filled(operation, '00000000-0000-4000-8000-000000000000')
        const answer = await world.call(operation.method, url, who as Person | 'service')
        if (answer.status === 403) refused.push(operation.id)
      }
      const expected = editors.map((one) => one.id).filter((id) => !permitted.includes(id))
      expect([who, refused.toSorted()]).toEqual([who, expected.toSorted()])
    }
    expect(await everything()).toBe(before)
  })
})

describe('every body', () => {
  it('that is malformed, too large, too deep, of another type or of another shape is refused', async () => {
    const before = await everything()
    const withBody = operations().filter((one) => one.hasBody)
    expect(withBody).toHaveLength(8)
    for (const operation of withBody) {
      const answers = [
        await send(operation, json, '{"title":'),
        await send(operation, json, JSON.stringify({ title: 'x'.repeat(1_100_000) })),
        await send(operation, json, `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`),
        await send(operation, { 'content-type': 'text/xml' }, '<x/>'),
        await send(operation, json, '[]'),
        await send(operation, json, '{"surprise":1}'),
        await send(operation, json, '{"__proto__":{"title":"x"}}'),
      ]
      expect([operation.id, ...answers.map((one) => `${one.status} ${codeOf(one) ?? ''}`)]).toEqual([
        operation.id,
        '400 malformed_request',
        '413 body_too_large',
        '400 payload_too_deep',
        '415 unsupported_media_type',
        '422 validation_failed',
        '422 validation_failed',
        '400 malformed_request',
      ])
    }
    expect(await everything()).toBe(before)
  })

  const good = { kind: 'post', slug: 'good', title: 'Good' }
  it.each([
    ['a kind that is none', { ...good, kind: 'page' }, 'body.kind'],
    ['no title', { ...good, title: '' }, 'body.title'],
    ['a title over several lines', { ...good, title: 'a\nb' }, 'body.title'],
    ['a title of 201 characters', { ...good, title: 'x'.repeat(201) }, 'body.title'],
    ['a NUL in the text', { ...good, body_markdown: 'a\u0000b' }, 'body.body_markdown'],
    ['half of a surrogate pair in the text', { ...good, body_markdown: 'a\ud800b' }, 'body.body_markdown'],
    ['half of a surrogate pair in the title', { ...good, title: 'a\udc00b' }, 'body.title'],
    ['a text of 65,537 characters', { ...good, body_markdown: 'x'.repeat(65_537) }, 'body.body_markdown'],
    ['a summary that is a list', { ...good, summary: ['x'] }, 'body.summary'],
    ['an address with a slash', { ...good, slug: '../admin' }, 'body.slug'],
    ['an address in capitals', { ...good, slug: 'Good' }, 'body.slug'],
    ['an address that ends with a dash', { ...good, slug: 'good-' }, 'body.slug'],
    ['an address of 81 characters', { ...good, slug: 'x'.repeat(81) }, 'body.slug'],
    ['a media id that is none', { ...good, media_id: '1' }, 'body.media_id'],
    ['HTML as a media id', { ...good, media_id: '<script>' }, 'body.media_id'],
  ])('of an entry with %s is refused', async (_what, body, field) => {
    const answer = await world.call('POST', '/v1/content/entries', 'owner', body)
    expect([answer.status, fieldsOf(answer)]).toEqual([422, [field]])
  })

  it.each([
    ['publish', { at: 'tomorrow' }],
    ['publish', { at: '9999-01-01T00:00:00Z' }],
    ['publish', { at: 1 }],
    ['publish', { version: 0 }],
    ['publish', { version: 1.5 }],
    ['versions/1/restore', { version: '1' }],
    ['unpublish', { force: true }],
  ])('%s with %j is refused', async (what, body) => {
    const answer = await world.call('POST', `/v1/content/entries/${entry}/${what}`, 'owner', body)
    expect([answer.status, codeOf(answer)]).toEqual([422, 'validation_failed'])
  })
})

describe('every path and query', () => {
  it('with an id that is none, or of nothing, is refused', async () => {
    const before = await everything()
    for (const operation of operations().filter((one) => one.path.includes('{id}'))) {
      const bad = filled(operation, 'no-id')
      const gone = filled(operation, '00000000-0000-4000-8000-000000000000')
      const body =
        operation.id === 'updateEntry'
          ? { version: 1, title: 'x', summary: '', body_markdown: '', media_id: null, alt: '' }
          : undefined
      const [malformed, missing] = [
        await world.call(operation.method, bad, 'owner', body),
        await world.call(operation.method, gone, 'owner', body),
      ]
      expect([operation.id, malformed.status, missing.status, codeOf(missing)]).toEqual([
        operation.id,
        422,
        404,
        'not_found',
      ])
    }
    for (const version of ['0', '-1', '1.5', 'x', '99999999999999999999'])
      expect((await world.call('GET', `/v1/content/entries/${entry}/versions/${version}`, 'owner')).status).toBe(422)
    for (const slug of ['A', '..%2f..', '%00', 'x'.repeat(90)])
      expect([404, 414, 422]).toContain((await world.call('GET', `/v1/content/posts/${slug}`, null)).status)
    expect(await everything()).toBe(before)
  })

  it('with a size, a position or a field that nobody gave is refused', async () => {
    const forged = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const positions = [
      '!!',
      'x'.repeat(600),
      forged({ sql: "' or 1=1" }),
      forged(['0000-01-01T00:00:00Z', 'a']),
      forged(['2026-01-01T00:00:00Z', 'a\u0000']),
      forged(-1),
    ]
    const lists = operations().filter((one) => one.parameters.some((parameter) => parameter.name === 'limit'))
    expect(lists.map((one) => one.id).toSorted()).toEqual([
      'listDocs',
      'listEntries',
      'listMedia',
      'listPosts',
      'listVersions',
    ])
    for (const operation of lists) {
      const queries = [
        ...['0', '-1', '1001', 'x', '1e9'].map((limit) => `limit=${limit}`),
        ...positions.map((one) => `after=${one}`),
        'surprise=1',
        'limit=1&limit=2',
      ]
      for (const query of queries) {
        const answer = await world.call('GET', `${known(operation)}?${query}`, 'owner')
        expect([operation.id, query, answer.status, codeOf(answer)]).toEqual([
          operation.id,
          query,
          422,
          'validation_failed',
        ])
      }
    }
  })

  it('with a method that is not there says which are', async () => {
    const answer = await world.service.app.inject({ method: 'PATCH', url: '/v1/media' })
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, expect.stringContaining('POST')])
  })
})

describe('without the platform', () => {
  it('nobody edits, and readers notice nothing', async () => {
    await world.call('POST', `/v1/content/entries/${entry}/publish`, 'owner')
    const before = await everything()
    const seen = await world.call('GET', '/v1/content/posts/known', null)
    await world.endPlatform()
    for (const operation of operations().filter((one) => !one.isPublic && one.id !== 'reapMedia')) {
      const { method } = operation
      const headers = { authorization: 'Bearer a-token-not-seen-before' }
      const answer = await world.service.app.inject({ method, url: known(operation), headers })
      const { error } = answer.json<{ error: { code: string } }>()
      expect([operation.id, answer.statusCode, error.code]).toEqual([operation.id, 503, 'upstream_unavailable'])
      expect(answer.headers['retry-after']).toBeDefined()
    }
    expect(await world.call('GET', '/v1/content/posts/known', null)).toMatchObject({ status: 200, body: seen.body })
    expect((await world.call('GET', '/ready', null)).status).toBe(200)
    expect(await everything()).toBe(before)
  })
})
