/**
 * Goal: what one address may send is counted over all replicas, and a store that is away stops nobody. Method: two gateways on
 * one real PostgreSQL, and on one real Redis where it is installed.
 */
import { existsSync } from 'node:fs'
import { startPostgres, startRedis, type TestPostgres } from '@greengate/kit/testing'
import { Logger } from '@greengate/kit/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SharedLimits, sharedLimits } from '../src/shared-limits.ts'
import { codeOf, startGateway, type TestGateway } from './harness.ts'

const LIMIT = 30
let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

const lines: string[] = []
const logger = new Logger({ service: 'limits', write: (line) => void lines.push(line) })

async function replicas(url: string, work: (gateways: readonly TestGateway[]) => Promise<void>): Promise<void> {
  const opened: { limits: SharedLimits; gateway: TestGateway }[] = []
  try {
    // Both at once: each finds no table, and one makes it.
    const limits = await Promise.all([0, 1].map(() => sharedLimits({ url, perMin: LIMIT, replicas: 2, logger })))
    for (const one of limits) opened.push({ limits: one, gateway: await startGateway({ limiter: one.limiter }) })
    await work(opened.map(({ gateway }) => gateway))
  } finally {
    for (const { limits, gateway } of opened) {
      await gateway.stop()
      await limits.close()
    }
  }
}

async function statuses(gateways: readonly TestGateway[], requests: number): Promise<number[]> {
  const all: number[] = []
  const refusals: unknown[] = []
  for (let i = 0; i < requests; i += 1) {
    const answer = await fetch(`${gateways[i % gateways.length]?.base}/`)
    const code = answer.status === 429 ? codeOf(await answer.json()) : await answer.text().then(() => undefined)
    refusals.push([code, Number(answer.headers.get('retry-after')) > 0])
    all.push(answer.status)
  }
  expect(refusals).toEqual(all.map((status) => (status === 429 ? ['rate_limited', true] : [undefined, false])))
  return all
}

/** As many as the limit, and what came back of it while this ran. */
function expectOneLimit(all: readonly number[], startedMs: number): void {
  const allowed = all.filter((status) => status === 200).length
  const cameBack = Math.ceil(((performance.now() - startedMs) / 60_000) * LIMIT)
  expect(allowed).toBeGreaterThanOrEqual(LIMIT)
  expect(allowed).toBeLessThanOrEqual(LIMIT + cameBack)
  expect(all.filter((status) => status === 429).length).toBe(all.length - allowed)
}

describe('two replicas', () => {
  it('share one limit on PostgreSQL', async () => {
    await replicas(await postgres.database(), async (gateways) => {
      const startedMs = performance.now()
      expectOneLimit(await statuses(gateways, 2 * LIMIT), startedMs)
      // Probes are never counted.
      for (const { base } of gateways) expect((await fetch(`${base}/health`)).status).toBe(200)
    })
  })

  const found = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/redis-server`))
  // Where Redis is not installed there is nothing to run it on; PostgreSQL above is everywhere.
  it.each(found ? ['Redis'] : [])('share one limit on %s', async () => {
    const redis = await startRedis()
    try {
      await replicas(redis.url, async (gateways) => {
        const startedMs = performance.now()
        expectOneLimit(await statuses(gateways, 2 * LIMIT), startedMs)
      })
    } finally {
      await redis.stop()
    }
  })

  it.each(['redis://127.0.0.1:1', 'postgres://a:secret-b@127.0.0.1:1/x'])(
    'each count to their half while %s is away',
    async (url) => {
      await replicas(url, async (gateways) => {
        const startedMs = performance.now()
        expectOneLimit(await statuses(gateways, 2 * LIMIT), startedMs)
        expect(lines.join('')).toContain('rate_limit_store_')
        expect(lines.join('')).not.toContain('secret-b')
      })
    },
  )
})
