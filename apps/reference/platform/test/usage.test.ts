/**
 * Goal: an event counts once, for ever, and in the right period, whoever sends it how often and how late.
 * Method: requests injected into the service on a real database, with a clock that the test sets.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serviceToken } from './environment.ts'
import { codeOf, type Organisation, type Person, type StartedPlatform, startPlatform } from './started-platform.ts'

let platform: StartedPlatform
let organisation: Organisation
let owner: Person
let nowMs = Date.parse('2026-11-21T12:00:00Z')

beforeAll(async () => {
  platform = await startPlatform({}, () => nowMs)
  organisation = await platform.organisation()
  owner = await platform.person(organisation, 'owner')
})
afterAll(() => platform.stop())

interface Sum {
  start: string
  meter: string
  quantity: string
  events: number
  late_quantity: string
  late_events: number
}

const eventFor = (one: Organisation, more: object = {}) => ({
  organisation: one.slug,
  idempotency_key: `key:${randomUUID()}`,
  meter: 'api_calls',
  quantity: 25,
  occurred_at: '2026-11-20T10:00:00Z',
  ...more,
})
const record = (event: object, token = serviceToken) =>
  platform.callUntilServed('POST', '/v1/usage-events', token, event)
const batch = (one: Organisation, events: object[], token = serviceToken) =>
  platform.callUntilServed('POST', '/v1/usage-events/batch', token, { organisation: one.slug, events })
const usageOf = async (one: Organisation, period = 'month'): Promise<Sum[]> => {
  const span = 'from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z'
  const { body } = await platform.call(
    'GET',
    `/v1/usage?organisation=${one.slug}&period=${period}&${span}`,
    serviceToken,
  )
  return body['usage'] as unknown as Sum[]
}

describe('an event', () => {
  it('is recorded once per key', async () => {
    const event = eventFor(organisation)
    const made = await record(event)
    const again = await record(event, owner.token)
    expect([made.status, again.status]).toEqual([201, 200])
    expect(made.body).toMatchObject({ quantity: 25, late: false, occurred_at: '2026-11-20T10:00:00.000Z' })
    expect(again.body).toEqual(made.body)
    for (const other of [{ quantity: 26 }, { meter: 'compute_seconds' }, { occurred_at: '2026-11-20T10:00:01Z' }])
      expect(codeOf(await record({ ...event, ...other }))).toBe('idempotency_conflict')
    const elsewhere = await platform.organisation()
    expect((await record({ ...event, organisation: elsewhere.slug })).status).toBe(201)
  })

  it('may say nothing of when, and is the same again', async () => {
    const event = eventFor(organisation, { occurred_at: undefined })
    expect((await record(event)).body).toMatchObject({ occurred_at: '2026-11-21T12:00:00.000Z' })
    nowMs += 1000
    expect((await record(event)).status).toBe(200)
    nowMs -= 1000
  })

  it('needs a meter that there is', async () => {
    const refused = await record(eventFor(organisation, { meter: 'unheard_of' }))
    expect([refused.status, codeOf(refused)]).toEqual([422, 'validation_failed'])
    expect(JSON.stringify(refused.body)).toContain('body.meter')
  })

  it.each(['update usage_events set quantity = 1', 'delete from usage_events', 'truncate usage_events'])(
    'is never changed, past the service as well: %s',
    async (sql) => {
      await record(eventFor(organisation))
      await expect(platform.admin.query(sql)).rejects.toMatchObject({ code: '23001' })
      await expect(platform.admin.query('update usage_events set late = true')).rejects.toMatchObject({ code: '23001' })
    },
  )

  it('is written by processes, owners, admins and members of the organisation, and nobody else', async () => {
    for (const [role, status] of [
      ['owner', 201],
      ['admin', 201],
      ['member', 201],
      ['viewer', 403],
    ] as const) {
      const person = await platform.person(organisation, role)
      expect((await record(eventFor(organisation), person.token)).status).toBe(status)
      expect(
        (await batch(organisation, [{ ...eventFor(organisation), organisation: undefined }], person.token)).status,
      ).toBe(role === 'viewer' ? 403 : 200)
    }
    const stranger = await platform.person(await platform.organisation(), 'owner')
    expect((await record(eventFor(organisation), stranger.token)).status).toBe(404)
    expect(
      (await batch(organisation, [{ ...eventFor(organisation), organisation: undefined }], stranger.token)).status,
    ).toBe(404)
    expect((await record({ ...eventFor(organisation), organisation: 'nowhere' })).status).toBe(404)
  })
})

describe('a late event', () => {
  it('counts in the period it belongs to, and is marked', async () => {
    const one = await platform.organisation()
    await record(eventFor(one, { occurred_at: '2026-11-20T10:00:00Z', quantity: 3 }))
    const late = await record(eventFor(one, { occurred_at: '2026-10-31T23:00:00Z', quantity: 4 }))
    expect([late.status, late.body['late']]).toEqual([201, true])
    nowMs = Date.parse('2026-11-02T00:00:00Z')
    const open = await record(eventFor(one, { occurred_at: '2026-10-31T23:30:00Z', quantity: 5 }))
    expect([open.status, open.body['late']]).toEqual([201, false])
    nowMs = Date.parse('2026-11-21T12:00:00Z')
    expect(await usageOf(one)).toEqual([
      {
        start: '2026-10-01T00:00:00.000Z',
        meter: 'api_calls',
        quantity: '9',
        events: 2,
        late_quantity: '4',
        late_events: 1,
      },
      {
        start: '2026-11-01T00:00:00.000Z',
        meter: 'api_calls',
        quantity: '3',
        events: 1,
        late_quantity: '0',
        late_events: 0,
      },
    ])
  })

  it('is refused after 90 days, and one of the future from 5 minutes on', async () => {
    for (const [occurred_at, status] of [
      ['2026-08-23T12:00:00Z', 201],
      ['2026-08-23T11:59:59Z', 422],
      ['2026-11-21T12:05:00Z', 201],
      ['2026-11-21T12:05:01Z', 422],
    ] as const) {
      const answer = await record(eventFor(organisation, { occurred_at }))
      const named = JSON.stringify(answer.body).includes('body.occurred_at')
      expect({ occurred_at, status: answer.status, named }).toEqual({ occurred_at, status, named: status === 422 })
    }
  })

  it('that was taken in time is answered again, however much later it is repeated', async () => {
    const event = eventFor(organisation, { occurred_at: '2026-11-01T00:00:00Z' })
    const made = await record(event)
    nowMs = Date.parse('2027-06-01T00:00:00Z')
    const again = await record(event)
    expect([again.status, again.body]).toEqual([200, made.body])
    expect((await record(eventFor(organisation, { occurred_at: '2026-11-01T00:00:00Z' }))).status).toBe(422)
    nowMs = Date.parse('2026-11-21T12:00:00Z')
  })
})

describe('a batch', () => {
  it('has a result for each, and the good ones are kept', async () => {
    const one = await platform.organisation()
    const known = eventFor(one)
    await record(known)
    const { organisation: _one, ...first } = eventFor(one)
    const key = first.idempotency_key
    const { body, status } = await batch(one, [
      first,
      { ...first, idempotency_key: `key:${randomUUID()}`, meter: 'unheard_of' },
      { ...first, idempotency_key: `key:${randomUUID()}`, occurred_at: '2026-01-01T00:00:00Z' },
      { ...first, idempotency_key: known.idempotency_key },
      { ...first, idempotency_key: known.idempotency_key, quantity: 1 },
      first,
      { ...first, idempotency_key: `key:${randomUUID()}`, quantity: 5, occurred_at: '2026-09-01T00:00:00Z' },
    ])
    expect(status).toBe(200)
    const results = body['results'] as unknown as {
      status: string
      idempotency_key: string
      event: { late: boolean } | null
    }[]
    expect(results.map((result) => result.status)).toEqual([
      'recorded',
      'refused',
      'refused',
      'repeated',
      'conflict',
      'repeated',
      'recorded',
    ])
    expect(results[0]?.idempotency_key).toBe(key)
    expect(results[6]?.event).toMatchObject({ late: true, quantity: 5 })
    expect(results[1]?.event).toBeNull()
    const sums = await usageOf(one)
    expect(sums.map(({ quantity, events }) => ({ quantity, events }))).toEqual([
      { quantity: '5', events: 1 },
      { quantity: '50', events: 2 },
    ])
  })

  const good = {}
  const other = { quantity: 26 }
  const nowhere = { meter: 'unheard_of' }
  const never = { occurred_at: '2026-01-01T00:00:00Z' }
  const soon = { occurred_at: '2026-12-01T00:00:00Z' }
  it.each([
    ['one of an unknown meter before a good one', [nowhere, good], ['refused', 'recorded']],
    ['one that is too late before a good one', [never, good, never], ['refused', 'recorded', 'conflict']],
    ['one that is ahead before a good one', [soon, good], ['refused', 'recorded']],
    ['a good one before one of an unknown meter', [good, nowhere, good], ['recorded', 'conflict', 'repeated']],
    ['two of unknown meters', [nowhere, { meter: 'unheard_of_too' }], ['refused', 'refused']],
    [
      'all of them',
      [nowhere, never, other, good, other, nowhere],
      ['refused', 'refused', 'recorded', 'conflict', 'repeated', 'conflict'],
    ],
  ])('with one key for several is as one after the other: %s', async (_what, changes, expected) => {
    const one = await platform.organisation()
    const { organisation: _slug, ...first } = eventFor(one)
    const events = changes.map((change) => ({ ...first, ...change }))
    const resultsOf = async (at: Organisation, some: object[]) =>
      (await batch(at, some)).body['results'] as unknown as { status: string; problem: string | null }[]
    const shown = ({ status, problem }: { status: string; problem: string | null }) => `${status} ${problem ?? ''}`
    const together = await resultsOf(one, events)
    expect(together.map((result) => result.status)).toEqual(expected)
    const apart: string[] = []
    const another = await platform.organisation()
    for (const event of events) apart.push(...(await resultsOf(another, [event])).map(shown))
    expect(together.map(shown)).toEqual(apart)
    expect(await usageOf(one)).toEqual(await usageOf(another))
    // Sent again it is what it is by now: nothing more is written.
    const again = (await resultsOf(one, events)).map((result) => result.status)
    expect(again).not.toContain('recorded')
    expect(await usageOf(one)).toEqual(await usageOf(another))
  })

  it('can be sent again as a whole', async () => {
    const one = await platform.organisation()
    const events = Array.from({ length: 100 }, () => ({ ...eventFor(one), organisation: undefined }))
    const statuses = async (): Promise<string[]> =>
      ((await batch(one, events)).body['results'] as unknown as { status: string }[]).map((result) => result.status)
    expect(new Set(await statuses())).toEqual(new Set(['recorded']))
    expect(new Set(await statuses())).toEqual(new Set(['repeated']))
    expect((await usageOf(one))[0]).toMatchObject({ events: 100, quantity: '2500' })
  })

  it('that is malformed, empty or too long is refused as a whole', async () => {
    const one = await platform.organisation()
    const good = { ...eventFor(one), organisation: undefined }
    for (const events of [[], [good, { ...good, quantity: 0 }], [good, { ...good, extra: 1 }], Array(101).fill(good)])
      expect((await batch(one, events)).status).toBe(422)
    expect(await usageOf(one)).toEqual([])
  })
})

describe('at the same moment', () => {
  it('200 events with 200 keys are 200, and 200 with one key are 1', async () => {
    const one = await platform.organisation()
    const same = eventFor(one, { quantity: 1000 })
    const events = [
      ...Array.from({ length: 200 }, (_, at) => eventFor(one, { quantity: at + 1 })),
      ...Array<object>(200).fill(same),
    ]
    const answers = await Promise.all(events.map((event) => record(event)))
    const statuses = answers.map((answer) => answer.status)
    expect(statuses.slice(0, 200)).toEqual(Array(200).fill(201))
    expect(statuses.slice(200).filter((status) => status === 201)).toHaveLength(1)
    expect(statuses.slice(200).filter((status) => status === 200)).toHaveLength(199)
    expect(new Set(answers.slice(200).map((answer) => String(answer.body['id']))).size).toBe(1)
    expect((await usageOf(one))[0]).toMatchObject({ events: 201, quantity: String((200 * 201) / 2 + 1000) })
  })

  it('200 with one key and different quantities leave one of them, and conflicts', async () => {
    const one = await platform.organisation()
    const event = eventFor(one)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => record({ ...event, quantity: (at % 10) + 1 })),
    )
    const made = answers.filter((answer) => answer.status === 201)
    expect(made).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(19)
    expect(answers.filter((answer) => codeOf(answer) === 'idempotency_conflict')).toHaveLength(180)
    expect((await usageOf(one))[0]).toMatchObject({ events: 1, quantity: String(made[0]?.body['quantity']) })
  })

  it('batches that share their keys, in whatever order, write each once and never wait in a circle', async () => {
    const one = await platform.organisation()
    const events = Array.from({ length: 50 }, () => ({ ...eventFor(one), organisation: undefined }))
    const orders = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? events : events.toReversed()))
    const answers = await Promise.all(orders.map((order) => batch(one, order)))
    const results = answers.flatMap((answer) => answer.body['results'] as unknown as { status: string }[])
    expect(results.filter((result) => result.status === 'recorded')).toHaveLength(50)
    expect(results.filter((result) => result.status === 'repeated')).toHaveLength(950)
    expect((await usageOf(one))[0]).toMatchObject({ events: 50, quantity: '1250' })
  })
})

describe('usage', () => {
  it('is read by period and meter, in UTC', async () => {
    const one = await platform.organisation()
    for (const occurred_at of ['2026-11-01T10:00:00Z', '2026-11-01T23:59:59+02:00', '2026-11-02T00:30:00+01:00'])
      await record(eventFor(one, { occurred_at }))
    await record(eventFor(one, { meter: 'compute_seconds' }))
    const path = `/v1/usage?organisation=${one.slug}&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z`
    const days = await platform.call('GET', `${path}&period=day&meter=api_calls`, serviceToken)
    expect(days.body['usage']).toMatchObject([{ start: '2026-11-01T00:00:00.000Z', quantity: '75', events: 3 }])
    const hours = await platform.call('GET', `${path}&period=hour&meter=api_calls`, serviceToken)
    expect((hours.body['usage'] as unknown as Sum[]).map((sum) => sum.start.slice(11, 13))).toEqual(['10', '21', '23'])
    const months = await platform.call('GET', `${path}&period=month`, serviceToken)
    expect((months.body['usage'] as unknown as Sum[]).map((sum) => sum.meter)).toEqual(['api_calls', 'compute_seconds'])
  })

  it('is open to everybody in the organisation and to nobody outside', async () => {
    const viewer = await platform.person(organisation, 'viewer')
    const stranger = await platform.person(await platform.organisation(), 'owner')
    for (const path of ['/v1/usage', '/v1/usage/valuation']) {
      const url = `${path}?organisation=${organisation.slug}`
      expect((await platform.call('GET', url, viewer.token)).status).toBe(200)
      expect((await platform.call('GET', url, stranger.token)).status).toBe(404)
    }
  })

  it.each([
    'from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z&period=hour',
    'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=0000-01-01T00:00:00Z',
    'from=yesterday',
    'period=century',
    'meter=API-CALLS',
    'surprise=1',
  ])('is not read by %s', async (query) => {
    const { status } = await platform.call('GET', `/v1/usage?organisation=${organisation.slug}&${query}`, serviceToken)
    expect(status).toBe(422)
  })
})
