/**
 * Goal: whoever asks the concierge waits 3.5 s at most, whatever part of it is slow: the settings, the provider, or both.
 * Method: the routes' handlers on a clock that the test moves, with a server for the provider that answers as told. When an
 * answer came is read from that clock: how busy the machine is changes nothing.
 */
import type { ServerResponse } from 'node:http'
import { Metrics } from '@greengate/kit/telemetry'
import { captureLogs, FakeClock } from '@greengate/kit/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Concierge } from '../src/concierge.ts'
import { conciergeRoutes } from '../src/concierge-routes.ts'
import { ConciergeSwitch } from '../src/concierge-switch.ts'
import { OutsideAnswers } from '../src/outside-answers.ts'
import type { Settings } from '../src/settings.ts'
import { type HttpStandIn, json, startStandIn } from './http-stand-in.ts'

const LIMIT_MS = 3500
const SETTINGS_MS = 450
const FRESH_MS = 1000
const DAY_MS = 86_400_000
const said = { recommendations: [{ id: 'r-1', title: 'Read this', reason: '', url: 'https://example.com/' }] }
const weather = { place: 'Berlin', temperature_c: 7.5, condition: 'cloudy' }

let provider: HttpStandIn
let clock: FakeClock
let concierge: Concierge
/** How long the settings take to be read; milliseconds. */
let settingsMs = 0
let routes: ReturnType<typeof conciergeRoutes>

beforeAll(async () => {
  provider = await startStandIn()
})
afterAll(() => provider.stop())

beforeEach(() => {
  clock = new FakeClock()
  settingsMs = 0
  concierge = new Concierge({
    recommendationsUrl: `${provider.url}/recommendations`,
    weatherUrl: `${provider.url}/weather`,
    freshMs: FRESH_MS,
    logger: captureLogs().logger,
    answers: new OutsideAnswers(new Metrics()),
    clock,
  })
  const settings = {
    get: async () => {
      if (settingsMs > 0) await clock.sleep(settingsMs)
      return { concierge_enabled: true } as Settings
    },
  }
  routes = conciergeRoutes(concierge, new ConciergeSwitch(settings, true), clock)
})
afterEach(async () => {
  // Ends what nobody waits for any more.
  await clock.advance(LIMIT_MS)
  await concierge.close()
})

interface Timed {
  readonly body: Record<string, unknown>
  /** On the test's clock. */
  readonly tookMs: number
}

async function ask(id: 'getRecommendations' | 'getWeather'): Promise<Timed> {
  const begunMs = clock.nowMs()
  const request = { query: { topic: 'metering', place: 'berlin' } } as never
  const answer = await routes.find((one) => one.id === id)?.handler(request)
  return { body: answer?.body as Record<string, unknown>, tookMs: clock.nowMs() - begunMs }
}

/** From now on the provider does this, and somebody can wait for being asked. */
function providerDoes(answer: (response: ServerResponse) => void): Promise<ServerResponse> {
  return new Promise((resolve) => {
    provider.answer = (response) => {
      answer(response)
      resolve(response)
    }
  })
}

const drips = (response: ServerResponse): void => {
  response.writeHead(200)
  const drip = setInterval(() => response.write(' '), 20)
  response.once('close', () => clearInterval(drip))
}

describe.each(['getRecommendations', 'getWeather'] as const)('%s', (id) => {
  it.each([
    ['never answers', 0, () => {}],
    ['never answers, after settings that took their time,', SETTINGS_MS, () => {}],
    ['answers a byte at a time, after settings that took their time,', SETTINGS_MS, drips],
  ] as const)('of a provider that %s is waited for no longer than the limit', async (_what, tookSettingsMs, answer) => {
    settingsMs = tookSettingsMs
    const asked = providerDoes(answer)
    const answered = ask(id)
    await clock.advance(settingsMs)
    await asked
    await clock.advance(10 * LIMIT_MS)
    const { body, tookMs } = await answered
    expect(body).toMatchObject({ isFallback: true, age_ms: null })
    expect(tookMs).toBeLessThanOrEqual(LIMIT_MS)
  })
})

describe('whoever waits no longer', () => {
  /** Asks a silent provider after slow settings, up to the limit. */
  async function askInVain(): Promise<{ readonly timed: Timed; readonly response: ServerResponse }> {
    settingsMs = SETTINGS_MS
    const asked = providerDoes(() => {})
    const answered = ask('getRecommendations')
    await clock.advance(SETTINGS_MS)
    const response = await asked
    await clock.advance(LIMIT_MS - SETTINGS_MS)
    return { timed: await answered, response }
  }

  it('gets what was said last, with its age, and after a day what is built in', async () => {
    void providerDoes(json(said))
    expect((await ask('getRecommendations')).body).toEqual({ ...said, isFallback: false, age_ms: 0 })
    await clock.advance(2 * FRESH_MS)
    const { timed } = await askInVain()
    expect(timed.tookMs).toBeLessThanOrEqual(LIMIT_MS)
    expect(timed.body).toEqual({ ...said, isFallback: true, age_ms: 2 * FRESH_MS + timed.tookMs })
    await clock.advance(DAY_MS)
    expect((await askInVain()).timed.body).toMatchObject({ isFallback: true, age_ms: null })
  })

  it('leaves what comes later to the one who asks next', async () => {
    const { timed, response } = await askInVain()
    expect(timed.body).toMatchObject({ isFallback: true, age_ms: null })
    settingsMs = 0
    const next = ask('getRecommendations')
    json(said)(response)
    expect((await next).body).toEqual({ ...said, isFallback: false, age_ms: 0 })
  })

  it('is not held up by settings that took all of it, and still gets what is current', async () => {
    void providerDoes(json(weather))
    await ask('getWeather')
    expect(await concierge.weather('Berlin', -1)).toEqual({ value: weather, isFallback: false, ageMs: 0 })
  })
})
