import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AnswerHeaders, Cors, createSecurityHeaders } from './index.ts'

describe('Cors', () => {
  const cors = new Cors({ origins: ['https://a.test'] })
  it('answers the origins on the list, exactly', () => {
    expect(cors.headers('https://a.test', false)['access-control-allow-origin']).toBe('https://a.test')
    expect(cors.headers('https://a.test', true)['access-control-allow-methods']).toContain('GET')
  })
  it.each([undefined, 'null', '*', 'https://a.test.evil.test', 'http://a.test', 'https://A.TEST'])(
    'tells %s nothing',
    (origin) => {
      expect(cors.headers(origin, true)).toEqual({ vary: 'Origin' })
      expect(cors.answer(origin)).toMatchObject({ allowed: false, headers: { vary: 'Origin' } })
    },
  )
  it.each(['*', 'null', 'https://a.test/', 'https://a.test/x', 'ftp://a.test'])('refuses %s in the list', (origin) =>
    expect(() => new Cors({ origins: [origin] })).toThrow(RangeError),
  )
  it.each([{ headers: ['*'] }, { methods: ['*'] }, { exposed: ['*'] }, { headers: ['a b'] }, { maxAgeS: -1 }])(
    'refuses %j',
    (options) => expect(() => new Cors({ origins: ['https://a.test'], ...options })).toThrow(RangeError),
  )
  it('refuses more origins than a look-up should hold', () => {
    const origins = Array.from({ length: 1001 }, (_, i) => `https://host-${i}.test`)
    expect(() => new Cors({ origins })).toThrow(/at most 1000/)
  })

  // The hot path: what a request gets is what was made at construction, not a copy.
  it('makes nothing for a request', () => {
    expect(cors.answer('https://a.test')).toBe(cors.answer('https://a.test'))
    expect(cors.headers('https://a.test', false)).toBe(cors.headers('https://a.test', false))
    expect(cors.headers('https://b.test', false)).toBe(cors.headers(undefined, true))
    expect(Object.isFrozen(cors.answer('https://a.test').headers)).toBe(true)
    expect(cors.answer('https://a.test').flat).toEqual(Object.entries(cors.headers('https://a.test', false)).flat())
  })

  it('allows cookies only when asked to, and then names the origin', () => {
    const open = new Cors({ origins: ['https://a.test'], credentials: true })
    expect(cors.answer('https://a.test').headers['access-control-allow-credentials']).toBeUndefined()
    expect(open.answer('https://a.test').headers).toMatchObject({
      'access-control-allow-credentials': 'true',
      'access-control-allow-origin': 'https://a.test',
    })
    expect(open.answer('https://b.test').headers).toEqual({ vary: 'Origin' })
    const preflight = open.route().preflight({ origin: 'https://a.test', method: 'GET' })
    expect(preflight.headers['access-control-allow-credentials']).toBe('true')
  })
})

describe('a preflight of a route', () => {
  const cors = new Cors({ origins: ['https://a.test'] })
  const route = cors.route({ methods: ['GET', 'POST'], headers: ['Content-Type', 'X-Trace'] })
  const ask = { origin: 'https://a.test', method: 'POST' }

  it('names what the route allows and nothing else', () => {
    const answer = route.preflight({ ...ask, headers: 'content-type, x-trace' })
    expect(answer.allowed).toBe(true)
    expect(answer.headers).toEqual({
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network',
      'access-control-allow-origin': 'https://a.test',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'Content-Type, X-Trace',
      'access-control-max-age': '600',
    })
    expect(route.preflight({ ...ask, headers: 'X-TRACE' })).toBe(answer)
  })

  it.each([
    { ...ask, method: 'DELETE' },
    { ...ask, method: 'post' },
    { ...ask, method: undefined },
    { ...ask, origin: 'null' },
    { ...ask, origin: 'https://b.test' },
    { ...ask, origin: undefined },
    { ...ask, headers: 'authorization' },
    { ...ask, headers: 'content-type,,x-trace' },
    { ...ask, headers: `${'x-trace,'.repeat(1000)}x-trace` },
    { ...ask, privateNetwork: 'true' },
  ])('refuses %j with nothing but Vary', (request) => {
    const answer = route.preflight(request)
    expect(answer.allowed).toBe(false)
    expect(Object.keys(answer.headers)).toEqual(['vary'])
  })

  it('lets public pages into a private network only when told to', () => {
    const inside = new Cors({ origins: ['https://a.test'], privateNetwork: true }).route()
    expect(inside.preflight({ ...ask, privateNetwork: 'true' }).headers).toMatchObject({
      'access-control-allow-private-network': 'true',
    })
    expect(inside.preflight(ask).headers['access-control-allow-private-network']).toBeUndefined()
  })

  // Goal: an origin is never reflected. Method: origins near the one on the list, and any string.
  it('gives nobody else an allowance', () => {
    const near = fc.constantFrom('https://a.test', 'a.test', '.', ':443', '/', '@', ' ', '\0', 'evil', 'https://')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(near).map((parts) => parts.join('')),
          fc.string(),
        ),
        (origin) => {
          const allowed = cors.answer(origin).headers['access-control-allow-origin']
          expect(allowed).toBe(origin === 'https://a.test' ? origin : undefined)
          expect(route.preflight({ ...ask, origin }).allowed).toBe(origin === 'https://a.test')
        },
      ),
    )
  })

  it('is quick with long headers', () => {
    const long = 'x,'.repeat(50_000)
    const started = performance.now()
    expect(route.preflight({ ...ask, headers: long }).allowed).toBe(false)
    expect(cors.answer(`https://${long}`).allowed).toBe(false)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('AnswerHeaders', () => {
  const cors = new Cors({ origins: ['https://a.test', 'https://b.test'] })
  const { api } = createSecurityHeaders()
  const answers = new AnswerHeaders(api, cors)

  it('join both sets, once for each origin', () => {
    for (const origin of ['https://a.test', 'https://b.test', 'https://c.test', 'null', undefined]) {
      const answer = answers.of(origin)
      expect(answer.headers).toEqual({ ...api.headers, ...cors.answer(origin).headers })
      expect(answer.flat).toEqual(Object.entries(answer.headers).flat())
      expect(answers.of(origin)).toBe(answer)
      expect(Object.isFrozen(answer.headers)).toBe(true)
    }
  })

  it('remember no stranger', () => {
    for (let i = 0; i < 1000; i++) expect(answers.of(`https://host-${i}.test`)).toBe(answers.of(undefined))
  })
})
