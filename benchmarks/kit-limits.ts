// What a limit and a shedder cost a request, beside rate-limiter-flexible's memory limiter: rounds taken in turns, so that
// whatever else the machine does hits both. `node benchmarks/kit-limits.ts`
import {
  createClientAddress,
  GcraLimiter,
  type LoadPriority,
  LoadShedder,
  RateLimitFields,
} from '../packages/kit/src/limits/index.ts'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { aside, report, spreadOf } from './measure.ts'

const ROUNDS = 7
const CALLS = 200_000
const FLEXIBLE = 'rate-limiter-flexible consume'
const KEYS = Array.from({ length: 1000 }, (_, i) => `192.0.${i >> 8}.${i & 255}`)
const keyOf = (i: number): string => KEYS[i % KEYS.length] ?? ''

const limiter = new GcraLimiter({ name: 'default', limit: 1_000_000, windowS: 3600 })
const flooded = new GcraLimiter({ name: 'flooded', limit: 100, windowS: 60, keysMax: 10_000 })
const fields = new RateLimitFields([limiter.limit])
const flexible = new RateLimiterMemory({ points: 1_000_000, duration: 3600 })
const shedder = new LoadShedder()
const direct = createClientAddress()
const proxied = createClientAddress({ trusted: ['10.0.0.0/8'] })
const request = { socket: { remoteAddress: '10.0.0.1' }, headers: { 'x-forwarded-for': '203.0.113.9' } }
let sink = 0

/** Nanoseconds of one call, the clock of the limiter read with each as a service does. */
const candidates: Readonly<Record<string, () => void | Promise<void>>> = {
  'GCRA take': () => {
    for (let i = 0; i < CALLS; i += 1) sink += limiter.take(keyOf(i), performance.now()).resetS
  },
  'GCRA take, time given': () => {
    const nowMs = performance.now()
    for (let i = 0; i < CALLS; i += 1) sink += limiter.take(keyOf(i), nowMs).resetS
  },
  'GCRA take, every key new': () => {
    const nowMs = performance.now()
    for (let i = 0; i < CALLS; i += 1) sink += flooded.take(`k${(sink += 1)}`, nowMs).resetS
  },
  [FLEXIBLE]: async () => {
    for (let i = 0; i < CALLS; i += 1) sink += (await flexible.consume(keyOf(i))).consumedPoints
  },
  'RateLimit value': () => {
    const decision = limiter.take('one', performance.now())
    for (let i = 0; i < CALLS; i += 1) if (decision.outcome === 'allowed') sink += fields.value(decision).length
  },
  'admit and release': () => {
    const priorities: readonly LoadPriority[] = ['normal', 'normal', 'critical', 'background']
    for (let i = 0; i < CALLS; i += 1) {
      const priority = priorities[i & 3] ?? 'normal'
      if (shedder.admit(priority)) shedder.release(5, priority)
    }
  },
  'address, no proxies': () => {
    for (let i = 0; i < CALLS; i += 1) sink += direct.of(request).address.length
  },
  'address behind a proxy': () => {
    for (let i = 0; i < CALLS; i += 1) sink += proxied.of(request).address.length
  },
}
/** What each may take; nanoseconds. */
const allowed: Readonly<Record<string, number>> = {
  'GCRA take': 200,
  'GCRA take, time given': 100,
  'GCRA take, every key new': 1000,
  'RateLimit value': 200,
  'admit and release': 50,
  'address, no proxies': 100,
  'address behind a proxy': 400,
}

const measured = new Map<string, number[]>()
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [name, work] of Object.entries(candidates)) {
    const startedMs = performance.now()
    await work()
    const ns = ((performance.now() - startedMs) * 1e6) / CALLS
    // The first round warms up.
    if (round > 0) measured.set(name, [...(measured.get(name) ?? []), ns])
  }
}
const beside = aside('rate-limiter-flexible', spreadOf(measured.get(FLEXIBLE) ?? []), 'ns')
for (const [name, values] of measured) {
  const limit = allowed[name]
  if (limit !== undefined) report(name, spreadOf(values), limit, 'ns', name === 'GCRA take' ? beside : '')
}
if (sink < 0) console.log(sink)
