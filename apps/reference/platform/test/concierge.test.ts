/**
 * Goal: the concierge answers, marked as a fallback where it is one, whatever the providers do, and can be switched off.
 * Method: requests injected into the service on a real database, with a server for the providers that answers as told.
 */
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HttpStandIn, json, startStandIn } from './http-stand-in.ts'
import { codeOf, type StartedPlatform, startPlatform } from './started-platform.ts'

const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'recorded', `${name}.json`), 'utf8'))
const recommendations = recorded('recommendations') as { recommendations: { id: string; url: string }[] }
const weather = recorded('weather') as { place: string; temperature_c: number; condition: string }

let platform: StartedPlatform
let providers: HttpStandIn
let topics = 0

beforeAll(async () => {
  providers = await startStandIn()
  platform = await startPlatform({
    CONCIERGE_RECOMMENDATIONS_URL: `${providers.url}/recommendations?key=1`,
    CONCIERGE_WEATHER_URL: `${providers.url}/weather`,
    OUTSIDE_FRESH_MS: '0',
  })
})
afterAll(async () => {
  await platform.stop()
  await providers.stop()
})

const ask = (path: string) => platform.call('GET', `/v1/concierge/${path}`, '')
// Nothing is known of it.
const newTopic = (): string => `topic-${(topics += 1)}`
/** The breaker lets nothing through for a while after failures: asks until something came from the provider. */
async function untilCurrent(path: string): Promise<Record<string, unknown>> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const { body } = await ask(path)
    if (body['isFallback'] === (false as never)) return body
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the provider was not asked again')
}

describe('an answer', () => {
  it('is what the provider says, asked for what was asked', async () => {
    providers.answer = (response, url) => json(url.startsWith('/weather') ? weather : recommendations)(response)
    const found = await ask('recommendations?topic=Metering%20%26%20more')
    expect([found.status, found.body]).toEqual([200, { ...recommendations, isFallback: false, age_ms: 0 }])
    expect(providers.asked.at(-1)?.url).toBe('/recommendations?key=1&topic=metering+%26+more')
    const there = await ask('weather?place=Berlin')
    expect(there.body).toEqual({ ...weather, isFallback: false, age_ms: 0 })
    expect(providers.asked.at(-1)?.url).toBe('/weather?place=berlin')
  })

  it('goes without a topic, and not without a place', async () => {
    expect((await ask('recommendations')).status).toBe(200)
    for (const path of [
      'weather',
      'weather?place=',
      `weather?place=${'x'.repeat(81)}`,
      'weather?place=a%00b',
      'recommendations?topic=a&more=b',
    ])
      expect((await ask(path)).status).toBe(422)
  })

  it('of before is given, marked and with its age, when the provider fails; never one of another question', async () => {
    const topic = newTopic()
    providers.answer = json(recommendations)
    await untilCurrent(`recommendations?topic=${topic}`)
    providers.answer = json({}, 500)
    const { body } = await ask(`recommendations?topic=${topic}`)
    expect(body).toMatchObject({ ...recommendations, isFallback: true })
    expect(Number(body['age_ms'])).toBeGreaterThanOrEqual(0)
    const other = await ask(`recommendations?topic=${newTopic()}`)
    expect(other.body).toMatchObject({ isFallback: true, age_ms: null })
    expect(JSON.stringify(other.body)).not.toContain('r-101')
  })

  it('that is built in is used when nothing is known: no weather is made up', async () => {
    providers.answer = json({}, 500)
    expect((await ask('weather?place=Atlantis')).body).toEqual({
      place: 'Atlantis',
      temperature_c: null,
      condition: 'unknown',
      isFallback: true,
      age_ms: null,
    })
  })
})

describe('what is counted', () => {
  /** Of one provider, by outcome. */
  const counted = async (provider: string): Promise<Record<string, number>> => {
    const { body } = await platform.service.app.inject({ method: 'GET', url: '/metrics' })
    const lines = [...body.matchAll(/^outside_answers_total\{([^}]*)\} (\d+)/gm)]
    return Object.fromEntries(
      lines
        .filter(([, labels]) => labels?.includes(`provider="${provider}"`))
        .map(([, labels, value]) => [/outcome="(\w+)"/.exec(labels ?? '')?.[1] ?? '', Number(value)]),
    )
  }

  it('is whether the provider said it, said it before, or never', async () => {
    providers.answer = json(weather)
    await untilCurrent('weather?place=Oslo')
    const before = await counted('concierge-weather')
    providers.answer = json({}, 500)
    await ask('weather?place=Oslo')
    await ask('weather?place=Nowhere')
    const after = await counted('concierge-weather')
    expect(after).toEqual({
      ...before,
      fallback: (before['fallback'] ?? 0) + 1,
      none: (before['none'] ?? 0) + 1,
    })
    expect(after['current']).toBeGreaterThan(0)
    // It has no address here: there is nothing to be missed.
    expect(await counted('currency-rates')).toEqual({})
  })
})

describe('a provider', () => {
  const [first] = recommendations.recommendations
  const withFirst = (more: object): unknown => ({ recommendations: [{ ...first, ...more }] })
  const text = (body: string) => (response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(body)

  it.each<[string, (response: ServerResponse) => void]>([
    ['fails', json({}, 500)],
    ['finds nothing', json({}, 404)],
    ['sends elsewhere', (response) => void response.writeHead(302, { location: '/elsewhere' }).end()],
    ['hangs up', (response) => void response.destroy()],
    [
      'stops half-way',
      (response) =>
        void response.writeHead(200, { 'content-length': '100' }).end('{"recommend', () => response.destroy()),
    ],
    ['sends too much', text(JSON.stringify({ recommendations: [], more: 'x'.repeat(70_000) }))],
    ['sends what is no JSON', text('<html>')],
    ['sends nothing', text('')],
    ['sends another shape', json({ items: [] })],
    ['sends null', json(null)],
    ['sends more entries than anybody reads', json({ recommendations: Array(21).fill(first) })],
    ['sends a title that never ends', json(withFirst({ title: 'x'.repeat(201) }))],
    ['sends control characters', json(withFirst({ reason: 'a\u001b[31mb' }))],
    ['sends a script for a link', json(withFirst({ url: 'javascript:alert(1)' }))],
    ['sends data for a link', json(withFirst({ url: 'data:text/html,x' }))],
    ['sends a link that is none', json(withFirst({ url: '/relative' }))],
  ])('that %s gives the fallback', async (_what, answer) => {
    const topic = newTopic()
    // A good answer first: behind a breaker that is open the bad one would never be asked for.
    providers.answer = json(recommendations)
    await untilCurrent(`recommendations?topic=${newTopic()}`)
    providers.answer = answer
    const asked = providers.asked.length
    const { status, body } = await ask(`recommendations?topic=${topic}`)
    expect([status, body['isFallback'], body['age_ms']]).toEqual([200, true, null])
    expect(providers.asked.slice(asked).map((one) => one.url)).toEqual([expect.stringContaining(`topic=${topic}`)])
  })

  it.each([
    ['a temperature of nowhere', { ...weather, temperature_c: 1000 }],
    ['no temperature', { ...weather, temperature_c: null }],
    ['a number in words', { ...weather, temperature_c: '7' }],
    ['a place that never ends', { ...weather, place: 'x'.repeat(121) }],
    ['a condition that is a page', { ...weather, condition: { html: '<b>' } }],
  ])('of the weather that sends %s gives the fallback', async (_what, body) => {
    providers.answer = json(weather)
    await untilCurrent(`weather?place=${newTopic()}`)
    providers.answer = json(body)
    expect((await ask(`weather?place=${newTopic()}`)).body).toMatchObject({ temperature_c: null, isFallback: true })
  })

  it.each<[string, (response: ServerResponse) => NodeJS.Timeout | void]>([
    ['never answers', () => {}],
    [
      'answers a byte at a time',
      (response) => {
        response.writeHead(200)
        const drip = setInterval(() => response.write(' '), 100)
        response.once('close', () => clearInterval(drip))
      },
    ],
  ])('that %s gives the fallback in the end, and is told of in the log', async (_what, answer) => {
    providers.answer = json(recommendations)
    await untilCurrent(`recommendations?topic=${newTopic()}`)
    providers.answer = answer
    const logged = platform.lines.length
    expect((await ask(`recommendations?topic=${newTopic()}`)).body).toMatchObject({ isFallback: true, age_ms: null })
    // Whoever asked may be answered a moment before the call is given up: how long that takes is in concierge-limit.test.ts.
    await expect
      .poll(() => platform.lines.slice(logged).join(''), { timeout: 20_000 })
      .toContain('outside_provider_unavailable')
  })

  it('is told of in the log without what it sent', async () => {
    providers.answer = json(recommendations)
    await untilCurrent(`recommendations?topic=${newTopic()}`)
    providers.answer = json({ recommendations: [{ secretly: 'do not log me' }] })
    await ask(`recommendations?topic=${newTopic()}`)
    const line = platform.lines.filter((one) => one.includes('outside_provider_unavailable')).at(-1)
    expect(line).toContain('another shape')
    expect(line).not.toContain('do not log me')
  })
})

describe('the switch', () => {
  it('of the settings turns both off at once, and on again', async () => {
    providers.answer = (response, url) => json(url.startsWith('/weather') ? weather : recommendations)(response)
    const key = await platform.founderKey()
    const set = async (concierge_enabled: boolean): Promise<void> => {
      const { body } = await platform.call('GET', '/v1/settings', key)
      await platform.call('PATCH', '/v1/settings', key, { version: body['version'], concierge_enabled })
    }
    await set(false)
    const asked = providers.asked.length
    for (const path of ['recommendations', 'weather?place=Berlin']) {
      const off = await ask(path)
      expect([off.status, codeOf(off)]).toEqual([503, 'concierge_unavailable'])
      expect(Number(off.headers['retry-after'])).toBeGreaterThan(0)
    }
    expect(providers.asked).toHaveLength(asked)
    expect((await platform.call('GET', '/v1/settings/public', '')).body).toMatchObject({ concierge_enabled: false })
    await set(true)
    expect((await ask('weather?place=Berlin')).status).toBe(200)
  })

  it('of the environment wins over the settings', async () => {
    const off = await startPlatform({ CONCIERGE_ENABLED: 'false' })
    try {
      expect(codeOf(await off.call('GET', '/v1/concierge/weather?place=Berlin', ''))).toBe('concierge_unavailable')
    } finally {
      await off.stop()
    }
  })

  it('is not needed where there are no providers: what is built in is answered', async () => {
    const bare = await startPlatform()
    try {
      const { status, body } = await bare.call('GET', '/v1/concierge/recommendations?topic=x', '')
      expect([status, body['isFallback'], (body['recommendations'] as unknown as unknown[]).length]).toEqual([
        200,
        true,
        2,
      ])
      expect(bare.lines.join('')).not.toContain('outside_provider_unavailable')
    } finally {
      await bare.stop()
    }
  })
})

it('asks the provider once for many who ask the same at the same moment', async () => {
  providers.answer = json(recommendations)
  const topic = newTopic()
  await untilCurrent(`recommendations?topic=${newTopic()}`)
  const asked = providers.asked.length
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(`recommendations?topic=${topic}`)))
  expect(new Set(answers.map((one) => one.status))).toEqual(new Set([200]))
  expect(providers.asked.length - asked).toBeLessThan(50)
})
