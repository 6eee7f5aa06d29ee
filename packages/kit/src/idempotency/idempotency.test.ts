// Goal: a request is done once, an answer is given again only to the request it belongs to, and what is no answer is not
// kept. Method: a memory store on a fake clock; what the stores do is in idempotency-store.test.ts.
import fc from 'fast-check'
import { parseItem } from 'structured-headers'
import { describe, expect, it } from 'vitest'
import {
  createReplayStore,
  Idempotency,
  idempotencyKeyRefusal,
  type IdempotencyOptions,
  idempotencyRefusal,
  type IdempotencyStore,
  MemoryIdempotencyStore,
  parseIdempotencyKey,
} from './index.ts'

const request = { key: 'k1', actor: 'user:1', method: 'POST', route: '/v1/payments', body: '{"amount":5}' }
const paid = { status: 201, headers: { 'Content-Type': 'application/json', 'set-cookie': 'a=b' }, body: '{"id":7}' }

function guardOf(options: Partial<IdempotencyOptions> = {}) {
  const clock = { ms: 0 }
  const store = new MemoryIdempotencyStore({ nowMs: () => clock.ms })
  return { clock, store, guard: new Idempotency({ store, ...options }) }
}

describe('Idempotency', () => {
  it('gives the answer again, with the headers that belong to it and no others', async () => {
    const { guard } = guardOf()
    expect(await guard.run(request, async () => paid)).toEqual({ state: 'done', answer: paid })
    expect(await guard.begin(request)).toEqual({
      state: 'replay',
      status: 201,
      headers: { 'content-type': 'application/json' },
      body: '{"id":7}',
    })
  })

  it('gives bytes back as bytes', async () => {
    const { guard } = guardOf()
    const body = new Uint8Array([0, 255, 10, 128])
    await guard.run(request, async () => ({ ...paid, body }))
    const again = await guard.begin(request)
    expect(again.state === 'replay' && again.body).toEqual(Buffer.from(body))
  })

  it.each([
    ['method', { method: 'PUT' }],
    ['route', { route: '/v1/refunds' }],
    ['body', { body: '{"amount":6}' }],
    // Parts must not run into each other.
    ['method and route', { method: 'POST/v1', route: '/payments' }],
  ])('takes the same key with another %s for a mistake, under way and afterwards', async (_, other) => {
    const { guard } = guardOf()
    const started = await guard.begin(request)
    expect(await guard.begin({ ...request, ...other })).toEqual({ state: 'mismatch' })
    if (started.state === 'started') await started.lease.complete(paid)
    expect(await guard.begin({ ...request, ...other })).toEqual({ state: 'mismatch' })
  })

  it('keeps actors apart: the same key of another is another key', async () => {
    const { guard } = guardOf()
    await guard.run(request, async () => paid)
    expect((await guard.begin({ ...request, actor: 'user:2' })).state).toBe('started')
    expect((await guard.begin({ ...request, actor: 'user:', key: '1k1' })).state).toBe('started')
  })

  it('says that it is under way, and for how long not to ask', async () => {
    const { guard, clock } = guardOf({ leaseS: 60 })
    await guard.begin(request)
    expect(await guard.begin(request)).toEqual({ state: 'in_progress', retryAfterS: 5 })
    clock.ms = 58_500
    expect(await guard.begin(request)).toEqual({ state: 'in_progress', retryAfterS: 2 })
  })

  it('lets the next one begin when the process died: the lease runs out', async () => {
    const { guard, clock } = guardOf({ leaseS: 10 })
    const dead = await guard.begin(request)
    clock.ms = 9999
    expect((await guard.begin(request)).state).toBe('in_progress')
    clock.ms = 10_000
    const next = await guard.begin(request)
    expect(next.state).toBe('started')
    expect(dead.state === 'started' && (await dead.lease.complete(paid))).toBe(false)
    expect(next.state === 'started' && (await next.lease.complete(paid))).toBe(true)
  })

  it.each([500, 503, 429, 408, 425])('keeps no %i: the same request may succeed the next time', async (status) => {
    const { guard, store } = guardOf()
    await guard.run(request, async () => ({ ...paid, status }))
    expect(store.size).toBe(0)
    expect((await guard.begin(request)).state).toBe('started')
  })

  it.each([200, 204, 303, 400, 404, 409, 422])('keeps a %i', async (status) => {
    const { guard } = guardOf()
    await guard.run(request, async () => ({ ...paid, status }))
    expect(await guard.begin(request)).toMatchObject({ state: 'replay', status })
  })

  it('frees the key when the work throws, and throws the same', async () => {
    const { guard } = guardOf()
    const failure = new Error('declined')
    await expect(guard.run(request, () => Promise.reject(failure))).rejects.toBe(failure)
    expect((await guard.begin(request)).state).toBe('started')
  })

  it('does not do again what had a body too long to keep', async () => {
    const { guard } = guardOf({ bodyBytesMax: 4 })
    await guard.run(request, async () => ({ ...paid, body: 'ünïc' }))
    expect(await guard.begin(request)).toMatchObject({ state: 'replay', status: 201, body: null })
    await guard.run({ ...request, key: 'k2' }, async () => ({ ...paid, body: 'four' }))
    expect(await guard.begin({ ...request, key: 'k2' })).toMatchObject({ body: 'four' })
  })

  it('leaves out a header too long to keep, and keeps those it is told to', async () => {
    const { guard } = guardOf({ headers: ['x-a', 'x-b'] })
    await guard.run(request, async () => ({ ...paid, headers: { 'X-A': 'a', 'x-b': 'b'.repeat(2049), 'x-c': 'c' } }))
    expect(await guard.begin(request)).toMatchObject({ headers: { 'x-a': 'a' } })
  })

  it('forgets an answer after its time', async () => {
    const { guard, clock } = guardOf({ ttlS: 100 })
    await guard.run(request, async () => paid)
    clock.ms = 99_999
    expect((await guard.begin(request)).state).toBe('replay')
    clock.ms = 100_000
    expect((await guard.begin(request)).state).toBe('started')
  })

  it('rejects when the store fails or holds something else: never does it twice', async () => {
    const failing = {
      begin: () => Promise.reject(new Error('down')),
      complete: async () => true,
      release: async () => true,
    }
    let runs = 0
    const run = (guard: Idempotency) =>
      guard.run(request, async () => {
        runs += 1
        return paid
      })
    await expect(run(new Idempotency({ store: failing }))).rejects.toMatchObject({
      code: 'store_error',
      cause: { message: 'down' },
    })
    for (const answer of ['', '{}', '{"status":99,"headers":{}}', '{"status":200,"headers":{"a":1}}', '[]'])
      await expect(
        run(
          new Idempotency({
            store: {
              ...failing,
              begin: async ({ fingerprint }) => ({ state: 'completed', fingerprint, answer }),
            },
          }),
        ),
      ).rejects.toMatchObject({ code: 'store_malformed' })
    expect(runs).toBe(0)
  })

  it('waits no longer than its time limit, gives back what began late, and leaves a dead store alone', async () => {
    const released: string[] = []
    let begun = 0
    const hanging: IdempotencyStore = {
      begin: () => {
        begun += 1
        return new Promise(() => {})
      },
      complete: async () => true,
      release: async ({ token }) => {
        released.push(token)
        return true
      },
    }
    const guard = new Idempotency({ store: hanging, storeTimeoutMs: 10, token: () => 'secret', nowMs: () => 0 })
    for (let i = 0; i < 3; i += 1) await expect(guard.begin(request)).rejects.toMatchObject({ code: 'store_timeout' })
    expect(released).toEqual(['secret', 'secret', 'secret'])
    await expect(guard.begin(request)).rejects.toMatchObject({ code: 'store_suspended' })
    expect(begun).toBe(3)
  })

  it('gives an answer that could not be kept, and tells', async () => {
    const causes: unknown[] = []
    const onNotKept = (cause: unknown): void => {
      causes.push(cause)
      throw new Error('watcher broke')
    }
    const { store, clock, guard } = guardOf({ onNotKept, leaseS: 1 })
    const late = await guard.run(request, async () => {
      clock.ms = 2000
      return paid
    })
    expect(late).toEqual({ state: 'done', answer: paid })
    const failing: IdempotencyStore = {
      begin: (entry) => store.begin(entry),
      complete: () => Promise.reject(new Error('down')),
      release: (entry) => store.release(entry),
    }
    const answered = await new Idempotency({ store: failing, onNotKept }).run(request, async () => paid)
    expect(answered).toEqual({ state: 'done', answer: paid })
    expect(causes).toEqual([null, expect.objectContaining({ code: 'store_error' })])
  })

  it('refuses options that are none', () => {
    for (const wrong of [
      { leaseS: 0 },
      { ttlS: 0 },
      { bodyBytesMax: -1 },
      { headers: ['set-cookie'] },
      { headers: ['Location'] },
    ])
      expect(() => guardOf(wrong)).toThrow(RangeError)
  })

  it('has an answer for each refusal', () => {
    expect(idempotencyRefusal({ state: 'in_progress', retryAfterS: 3 })).toMatchObject({
      code: 'conflict',
      headers: { 'retry-after': '3' },
    })
    expect(idempotencyRefusal({ state: 'mismatch' }).code).toBe('validation_failed')
    expect(idempotencyKeyRefusal('missing').code).toBe('malformed_request')
    expect(idempotencyKeyRefusal('malformed').details[0]?.field).toBe('header.idempotency-key')
  })
})

describe('MemoryIdempotencyStore', () => {
  it('is bounded, and refuses what is new rather than forget what is old', async () => {
    const clock = { ms: 0 }
    const store = new MemoryIdempotencyStore({ entriesMax: 3, charactersMax: 10, nowMs: () => clock.ms })
    const entry = (id: string) => ({ id, fingerprint: 'f', token: 't', leaseMs: 1000 })
    for (const id of ['a', 'b', 'c']) await store.begin(entry(id))
    await expect(store.begin(entry('d'))).rejects.toMatchObject({ code: 'store_full' })
    expect((await store.begin(entry('a'))).state).toBe('held')
    await store.complete({ id: 'a', token: 't', answer: '12345678', ttlMs: 500 })
    await expect(store.complete({ id: 'b', token: 't', answer: '123', ttlMs: 500 })).rejects.toMatchObject({
      code: 'store_full',
    })
    clock.ms = 500
    expect(await store.complete({ id: 'b', token: 't', answer: '123', ttlMs: 9000 })).toBe(true)
    expect((await store.begin(entry('d'))).state).toBe('started')
    clock.ms = 1600
    expect((await store.begin(entry('e'))).state).toBe('started')
    expect(store.size).toBe(2)
    expect((await store.begin(entry('b'))).state).toBe('completed')
  })

  it('agrees with a plain list under any order of steps, and keeps nothing of released leases', async () => {
    const act = fc.tuple(fc.constantFrom('begin', 'complete', 'release'), fc.integer({ min: 0, max: 8 }), fc.nat(400))
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 200 }), async (acts) => {
        const clock = { ms: 0 }
        const store = new MemoryIdempotencyStore({ entriesMax: 9, nowMs: () => clock.ms })
        const model = new Map<string, { endsMs: number; done: boolean }>()
        const answered: unknown[] = []
        const wanted: unknown[] = []
        for (const [kind, n, forwardMs] of acts) {
          clock.ms += forwardMs
          const id = `k${n}`
          const known = model.get(id)
          const live = known !== undefined && known.endsMs > clock.ms ? known : undefined
          if (kind === 'begin') {
            const { state } = await store.begin({ id, fingerprint: 'f', token: 't', leaseMs: 100 + n * 100 })
            answered.push(state)
            wanted.push(live === undefined ? 'started' : live.done ? 'completed' : 'held')
            if (!live) model.set(id, { endsMs: clock.ms + 100 + n * 100, done: false })
          } else if (kind === 'complete') {
            const ok = await store.complete({ id, token: 't', answer: 'x', ttlMs: 1000 })
            answered.push(ok)
            wanted.push(live !== undefined && !live.done)
            if (ok) model.set(id, { endsMs: clock.ms + 1000, done: true })
          } else {
            const ok = await store.release({ id, token: 't' })
            answered.push(ok)
            wanted.push(live !== undefined && !live.done)
            if (ok) model.delete(id)
          }
        }
        expect(answered).toEqual(wanted)
      }),
    )
  })

  it('does not grow when leases are taken and released for ever', async () => {
    const store = new MemoryIdempotencyStore({ entriesMax: 4, nowMs: () => 0 })
    for (let i = 0; i < 1000; i += 1) {
      await store.begin({ id: `k${i}`, fingerprint: 'f', token: 't', leaseMs: 1e6 })
      await store.release({ id: `k${i}`, token: 't' })
    }
    expect(store.size).toBe(0)
    expect((await store.begin({ id: 'a', fingerprint: 'f', token: 't', leaseMs: 1 })).state).toBe('started')
  })
})

describe('parseIdempotencyKey', () => {
  /** Any UTF-16 unit, lone surrogates and control characters included. */
  const anyUnit = fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code))

  it.each([
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['  "with space"  ', 'with space'],
    ['"quoted \\" and \\\\"', 'quoted " and \\'],
    ['order_17/pay:2=', 'order_17/pay:2='],
    ['a'.repeat(255), 'a'.repeat(255)],
    [`"${'"'.repeat(0)}${'\\"'.repeat(255)}"`, '"'.repeat(255)],
  ])('takes %s', (field, key) => expect(parseIdempotencyKey(field)).toEqual({ ok: true, key }))

  it.each([
    '""',
    '" "',
    '"a',
    'a"',
    '"a", "b"',
    'a, b',
    'a b',
    'a;b',
    '"a";p=1',
    'ü',
    'a\u0000',
    'a'.repeat(256),
    `"${'a'.repeat(256)}"`,
    '   ',
  ])('refuses %j', (field) => expect(parseIdempotencyKey(field)).toEqual({ ok: false, problem: 'malformed' }))

  it('tells missing from malformed', () => {
    expect(parseIdempotencyKey(undefined)).toEqual({ ok: false, problem: 'missing' })
    expect(parseIdempotencyKey('')).toEqual({ ok: false, problem: 'missing' })
    expect(parseIdempotencyKey(['a', 'b'])).toEqual({ ok: false, problem: 'malformed' })
  })

  it('never throws, and of a quoted key takes what another implementation takes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: anyUnit }),
          fc.string().map((text) => `"${text}"`),
        ),
        (field) => {
          const parsed = parseIdempotencyKey(field)
          if (!parsed.ok || !field.trim().startsWith('"')) return true
          return parseItem(field.trim())[0] === parsed.key
        },
      ),
    )
  })
})

describe('createReplayStore', () => {
  it('refuses a time or a namespace that is none', async () => {
    const store = new MemoryIdempotencyStore()
    await expect(createReplayStore(store).once('a', 0)).rejects.toThrow(RangeError)
    expect(() => createReplayStore(store, 'A b')).toThrow(RangeError)
  })
})
