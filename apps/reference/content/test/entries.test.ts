/**
 * Goal: drafts, versions, publishing and schedules do what the contract says, also for many at once.
 * Method: requests injected into the service on a real database; the clock of the service is moved.
 */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, codeOf, fieldsOf, startWorld, type World } from './environment.ts'

let world: World
let admin: pg.Client
let count = 0

const HOUR_MS = 3_600_000
const path = '/v1/content/entries'

/** What a PUT has to say. */
const text = (title: string) => ({ title, summary: '', body_markdown: `About *${title}*.`, media_id: null, alt: '' })

async function draft(kind: 'post' | 'doc' = 'post', slug?: string): Promise<{ id: string; slug: string }> {
  count += 1
  const address = slug ?? `entry-${count}`
  const answer = await world.call('POST', path, 'member', { kind, slug: address, title: `Entry ${count}` })
  expect(answer.status).toBe(201)
  return { id: String(answer.body['id']), slug: address }
}
async function publish(id: string, body?: object): Promise<Answer> {
  return world.call('POST', `${path}/${id}/publish`, 'admin', body)
}
async function read(slug: string): Promise<Answer> {
  return world.call('GET', `/v1/content/posts/${slug}`, null)
}

beforeAll(async () => {
  world = await startWorld()
  admin = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
  await admin.connect()
})
afterAll(async () => {
  await admin?.end()
  await world?.close()
})

describe('a draft', () => {
  it('is seen by editors alone until it is published, and then as it was published', async () => {
    const { id, slug } = await draft()
    expect((await read(slug)).status).toBe(404)
    expect((await world.call('GET', `${path}/${id}`, 'viewer')).body).toMatchObject({ status: 'draft', version: 1 })
    const published = await publish(id)
    expect(published.body).toMatchObject({ status: 'published', version: 1, published_version: 1 })
    const seen = await read(slug)
    expect(seen.body).toMatchObject({ kind: 'post', slug, version: 1, media: null })
    expect(Object.keys(seen.body).toSorted()).toEqual(
      ['kind', 'slug', 'title', 'summary', 'body_html', 'published_at', 'updated_at', 'media', 'version'].toSorted(),
    )
    const changed = await world.call('PUT', `${path}/${id}`, 'member', { version: 1, ...text('second') })
    expect(changed.body).toMatchObject({
      status: 'changed',
      version: 2,
      published_version: 1,
      updated_by: 'id-of-member',
    })
    expect((await read(slug)).body).toEqual(seen.body)
    await publish(id)
    const after = await read(slug)
    expect(after.body).toMatchObject({ version: 2, title: 'second', body_html: '<p>About <em>second</em>.</p>' })
    expect(after.body['published_at']).toBe(seen.body['published_at'])
  })

  it('needs a new address, and a PUT that says everything', async () => {
    const { id, slug } = await draft()
    const again = await world.call('POST', path, 'member', { kind: 'post', slug, title: 'x' })
    expect([again.status, codeOf(again), fieldsOf(again)]).toEqual([409, 'conflict', ['body.slug']])
    // The same address of another kind is another entry.
    expect((await world.call('POST', path, 'member', { kind: 'doc', slug, title: 'x' })).status).toBe(201)
    const partly = await world.call('PUT', `${path}/${id}`, 'member', { version: 1, title: 'x' })
    expect(fieldsOf(partly)).toEqual(['body.summary', 'body.body_markdown', 'body.media_id', 'body.alt'])
  })

  it('keeps its address once readers may know it', async () => {
    const { id } = await draft()
    const other = await draft()
    const put = (version: number, slug: string) =>
      world.call('PUT', `${path}/${id}`, 'member', { version, slug, ...text('x') })
    expect((await put(1, 'moved-early')).body).toMatchObject({ slug: 'moved-early', version: 2 })
    const taken = await put(2, other.slug)
    expect([taken.status, fieldsOf(taken)]).toEqual([409, ['body.slug']])
    await publish(id, { at: new Date(world.nowMs() + HOUR_MS).toISOString() })
    expect(fieldsOf(await put(2, 'moved-late'))).toEqual(['body.slug'])
    expect((await put(2, 'moved-early')).status).toBe(200)
  })

  it('is one of its kind when it is the hero', async () => {
    expect((await world.call('GET', '/v1/content/hero', null)).status).toBe(404)
    const made = await world.call('POST', path, 'owner', { kind: 'hero', slug: 'hero', title: 'Welcome' })
    const second = await world.call('POST', path, 'owner', { kind: 'hero', slug: 'other-hero', title: 'Welcome' })
    expect([second.status, fieldsOf(second)]).toEqual([409, ['body.kind']])
    await publish(String(made.body['id']))
    expect((await world.call('GET', '/v1/content/hero', null)).body).toMatchObject({ kind: 'hero', title: 'Welcome' })
  })
})

describe('many at once', () => {
  it('make one version each time: of 20 edits of what was seen one counts', async () => {
    const { id } = await draft()
    for (let round = 1; round <= 3; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          world.call('PUT', `${path}/${id}`, 'member', { version: round, ...text(`round ${round} by ${n}`) }),
        ),
      )
      const statuses = answers.map((one) => one.status)
      expect(statuses.filter((status) => status === 200)).toHaveLength(1)
      expect(statuses.filter((status) => status === 409)).toHaveLength(19)
      const winner = answers.find((one) => one.status === 200)
      const now = await world.call('GET', `${path}/${id}`, 'viewer')
      expect(now.body).toEqual(winner?.body)
      expect(now.body).toMatchObject({ version: round + 1 })
    }
    const { body } = await world.call('GET', `${path}/${id}/versions`, 'viewer')
    expect((body['versions'] as { version: number }[]).map((one) => one.version)).toEqual([4, 3, 2, 1])
  })

  it('publish the same thing once', async () => {
    const { id, slug } = await draft()
    const answers = await Promise.all(Array.from({ length: 20 }, () => publish(id)))
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([200]))
    expect(new Set(answers.map((one) => one.body['published_at']))).toHaveProperty('size', 1)
    expect((await read(slug)).body).toMatchObject({ version: 1 })
  })

  it('edit, publish, restore and unpublish without losing a version', async () => {
    const { id } = await draft()
    const work = Array.from({ length: 20 }, (_, n) =>
      n % 4 === 0
        ? publish(id)
        : n % 4 === 1
          ? world.call('POST', `${path}/${id}/versions/1/restore`, 'member')
          : n % 4 === 2
            ? world.call('POST', `${path}/${id}/unpublish`, 'admin')
            : world.call('PUT', `${path}/${id}`, 'member', { version: 1, ...text('x') }),
    )
    const answers = await Promise.all(work)
    const made = answers.filter((one, n) => one.status === 200 && n % 2 === 1).length
    expect(answers.every((one) => one.status === 200 || one.status === 409)).toBe(true)
    const { rows } = await admin.query<{ versions: number[]; newest: number }>(
      `select (select array_agg(version order by version) from entry_versions where entry_id = $1) as versions,
        (select version from entries where id = $1) as newest`,
      [id],
    )
    expect(rows[0]?.versions).toEqual(Array.from({ length: made + 1 }, (_, n) => n + 1))
    expect(rows[0]?.newest).toBe(made + 1)
  })

  it('create one entry for an address', async () => {
    const body = { kind: 'doc', slug: 'raced-for', title: 'x' }
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.call('POST', path, 'member', body)))
    expect(answers.filter((one) => one.status === 201)).toHaveLength(1)
    expect(answers.filter((one) => one.status === 409)).toHaveLength(19)
  })
})

describe('a schedule', () => {
  it('is decided when somebody reads', async () => {
    const { id, slug } = await draft()
    await publish(id)
    const first = (await read(slug)).body
    await world.call('PUT', `${path}/${id}`, 'member', { version: 1, ...text('later') })
    const at = new Date(world.nowMs() + HOUR_MS).toISOString()
    const scheduled = await publish(id, { at, version: 2 })
    expect(scheduled.body).toMatchObject({
      status: 'scheduled',
      scheduled_at: at,
      scheduled_version: 2,
      published_version: 1,
    })
    expect((await read(slug)).body).toEqual(first)
    world.aheadMs = HOUR_MS
    try {
      expect((await read(slug)).body).toMatchObject({
        title: 'later',
        version: 2,
        updated_at: at,
        published_at: first['published_at'],
      })
      expect((await world.call('GET', `${path}/${id}`, 'viewer')).body).toMatchObject({
        status: 'published',
        scheduled_at: null,
        published_version: 2,
      })
      // What has come stays when the next thing is scheduled.
      await world.call('PUT', `${path}/${id}`, 'member', { version: 2, ...text('last') })
      await publish(id, { at: new Date(world.nowMs() + HOUR_MS).toISOString() })
      expect((await read(slug)).body).toMatchObject({ version: 2, updated_at: at })
    } finally {
      world.aheadMs = 0
    }
  })

  it('makes an entry appear, can be replaced and taken back', async () => {
    const { id, slug } = await draft()
    const soon = (hours: number) => new Date(world.nowMs() + hours * HOUR_MS).toISOString()
    await publish(id, { at: soon(1) })
    await publish(id, { at: soon(3) })
    const scheduled = (await world.call('GET', `${path}?status=scheduled`, 'viewer')).body['entries'] as {
      id: string
    }[]
    expect(scheduled.filter((one) => one.id === id)).toMatchObject([{ status: 'scheduled', published_at: null }])
    world.aheadMs = 2 * HOUR_MS
    try {
      expect((await read(slug)).status).toBe(404)
      world.aheadMs = 4 * HOUR_MS
      expect((await read(slug)).status).toBe(200)
    } finally {
      world.aheadMs = 0
    }
    expect((await world.call('POST', `${path}/${id}/unpublish`, 'admin')).body).toMatchObject({
      status: 'draft',
      scheduled_at: null,
    })
    // Published at once: whatever was scheduled is over.
    await publish(id, { at: soon(1) })
    expect((await publish(id)).body).toMatchObject({ status: 'published', scheduled_at: null })
  })

  it('is never in the past', async () => {
    const { id } = await draft()
    const past = await publish(id, { at: new Date(world.nowMs() - HOUR_MS).toISOString() })
    expect([past.status, fieldsOf(past)]).toEqual([422, ['body.at']])
    expect((await publish(id, { at: new Date(world.nowMs() - 1000).toISOString() })).body).toMatchObject({
      status: 'published',
    })
  })
})

describe('the history', () => {
  it('is read, and an earlier version comes back as a new one', async () => {
    const { id } = await draft()
    await world.call('PUT', `${path}/${id}`, 'member', { version: 1, ...text('second') })
    const old = await world.call('GET', `${path}/${id}/versions/1`, 'viewer')
    const restored = await world.call('POST', `${path}/${id}/versions/1/restore`, 'member', { version: 2 })
    expect(restored.body).toMatchObject({ version: 3, title: old.body['title'], status: 'draft' })
    const stale = await world.call('POST', `${path}/${id}/versions/1/restore`, 'member', { version: 2 })
    expect([stale.status, fieldsOf(stale)]).toEqual([409, ['body.version']])
    expect((await world.call('POST', `${path}/${id}/versions/9/restore`, 'member')).status).toBe(404)
    expect((await publish(id, { version: 2 })).status).toBe(409)
    const first = await world.call('GET', `${path}/${id}/versions?limit=2`, 'viewer')
    const rest = await world.call('GET', `${path}/${id}/versions?limit=2&after=${String(first.body['next'])}`, 'viewer')
    const numbers = [first, rest].flatMap((one) =>
      (one.body['versions'] as { version: number }[]).map((v) => v.version),
    )
    expect(numbers).toEqual([3, 2, 1])
    expect(rest.body['next']).toBeNull()
  })

  it.each([
    `update entry_versions set title = 'forged'`,
    'delete from entry_versions',
    'truncate entry_versions cascade',
  ])('is written once: %s', async (statement) => {
    await draft()
    await expect(admin.query(statement)).rejects.toMatchObject({ code: '23001' })
  })

  it('goes with its entry', async () => {
    const { id, slug } = await draft()
    await publish(id)
    expect((await world.call('DELETE', `${path}/${id}`, 'admin')).status).toBe(204)
    expect((await world.call('DELETE', `${path}/${id}`, 'admin')).status).toBe(404)
    expect((await read(slug)).status).toBe(404)
    const { rowCount } = await admin.query('select 1 from entry_versions where entry_id = $1', [id])
    expect(rowCount).toBe(0)
  })
})

describe('the database refuses', () => {
  const insert = `insert into entries (id, kind, slug, version, created_at, updated_at)`
  const insertMedia = `insert into media (media_id, folder, file_name, type, content_type, size, sha256, created_by, created_at)`
  const digest = '0'.repeat(64)
  it.each([
    ['an unknown kind', `${insert} values (gen_random_uuid(), 'page', 'a', 1, now(), now())`, '23514'],
    ['a malformed address', `${insert} values (gen_random_uuid(), 'post', 'A b', 1, now(), now())`, '23514'],
    ['a second hero', `${insert} values (gen_random_uuid(), 'hero', 'second', 1, now(), now())`, '23505'],
    [
      'an entry without its version',
      `${insert} values (gen_random_uuid(), 'post', 'hollow', 1, now(), now())`,
      '23503',
    ],
    ['half a schedule', `update entries set scheduled_at = now(), scheduled_version = null`, '23514'],
    [
      'an unknown folder',
      `${insertMedia} values (gen_random_uuid(), 'x', 'f', 'image', 'image/png', 1, '${digest}', 'x', now())`,
      '23514',
    ],
    [
      'an SVG',
      `${insertMedia} values (gen_random_uuid(), 'docs', 'f', 'image', 'image/svg+xml', 1, '${digest}', 'x', now())`,
      '23514',
    ],
    [
      'a video that is an image',
      `${insertMedia} values (gen_random_uuid(), 'docs', 'f', 'image', 'video/mp4', 1, '${digest}', 'x', now())`,
      '23514',
    ],
    [
      'an image of 11 MiB',
      `${insertMedia} values (gen_random_uuid(), 'docs', 'f', 'image', 'image/png', 11534336, '${digest}', 'x', now())`,
      '23514',
    ],
    [
      'a size of 0',
      `${insertMedia} values (gen_random_uuid(), 'docs', 'f', 'image', 'image/png', 0, '${digest}', 'x', now())`,
      '23514',
    ],
    [
      'a short checksum',
      `${insertMedia} values (gen_random_uuid(), 'docs', 'f', 'image', 'image/png', 1, 'abc', 'x', now())`,
      '23514',
    ],
  ])('%s', async (_what, statement, code) => {
    await expect(admin.query(statement)).rejects.toMatchObject({ code })
  })
})

describe('lists', () => {
  it('of posts are newest first, a page at a time, and say nothing of drafts', async () => {
    const { body } = await world.call('GET', '/v1/content/posts', null)
    const all = body['posts'] as { slug: string; published_at: string }[]
    expect(all.length).toBeGreaterThan(2)
    expect(all.map((one) => one.published_at)).toEqual(
      all
        .map((one) => one.published_at)
        .toSorted()
        .toReversed(),
    )
    const seen: string[] = []
    let next: string | null = ''
    for (let page = 0; next !== null && page < 20; page += 1) {
      const after = next === '' ? '' : `&after=${next}`
      const answer = await world.call('GET', `/v1/content/posts?limit=2${after}`, null)
      seen.push(...(answer.body['posts'] as { slug: string }[]).map((one) => one.slug))
      next = answer.body['next'] as string | null
    }
    expect(seen).toEqual(all.map((one) => one.slug))
  })

  it('of docs are by address, without the texts', async () => {
    for (const slug of ['zebra', 'apple', 'mango']) {
      const { id } = await draft('doc', slug)
      await publish(id)
    }
    const first = await world.call('GET', '/v1/content/docs?limit=2', null)
    const rest = await world.call('GET', `/v1/content/docs?after=${String(first.body['next'])}`, null)
    const docs = [first, rest].flatMap((one) => one.body['docs'] as Record<string, unknown>[])
    expect(docs.map((one) => one['slug'])).toEqual(['apple', 'mango', 'zebra'])
    expect(docs.some((one) => 'body_html' in one)).toBe(false)
    expect((await world.call('GET', '/v1/content/docs/apple', null)).body).toMatchObject({ kind: 'doc' })
  })

  it('of entries are filtered and go on where they ended', async () => {
    const { body } = await world.call('GET', `${path}?kind=hero`, 'viewer')
    expect(body['entries']).toMatchObject([{ kind: 'hero', status: 'published' }])
    const seen: string[] = []
    let next: string | null = ''
    for (let page = 0; next !== null && page < 50; page += 1) {
      const after = next === '' ? '' : `&after=${next}`
      const answer = await world.call('GET', `${path}?kind=post&limit=3${after}`, 'viewer')
      seen.push(...(answer.body['entries'] as { id: string }[]).map((one) => one.id))
      next = answer.body['next'] as string | null
    }
    const { rows } = await admin.query<{ id: string }>(`select id from entries where kind = 'post'`)
    expect(seen.toSorted()).toEqual(rows.map((row) => row.id).toSorted())
  })
})

describe('answers to readers', () => {
  it('can be kept: 304 as long as nothing has changed', async () => {
    const { id, slug } = await draft()
    await publish(id)
    const url = `/v1/content/posts/${slug}`
    const ask = (tag?: string) =>
      world.service.app.inject({ method: 'GET', url, headers: tag === undefined ? {} : { 'if-none-match': tag } })
    const first = await ask()
    const tag = String(first.headers['etag'])
    expect(tag).toMatch(/^"[\w-]{27}"$/)
    expect(first.headers['cache-control']).toBe('public, max-age=10, stale-if-error=86400')
    for (const same of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await ask(same)
      expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', tag])
    }
    expect((await ask('"other"')).statusCode).toBe(200)
    await world.call('PUT', `${path}/${id}`, 'member', { version: 1, ...text('new') })
    expect((await ask(tag)).statusCode).toBe(304)
    await publish(id)
    expect((await ask(tag)).statusCode).toBe(200)
    expect((await world.call('GET', `${path}/${id}`, 'viewer')).headers['cache-control']).toBe('no-store')
    expect((await world.call('HEAD', url, null)).status).toBe(200)
  })
})
