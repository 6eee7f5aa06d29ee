/**
 * Goal: flags from a table arrive fast, outlive the database, and never make an evaluation wait. Method: a real server
 * that is cut off, filled with nonsense and taken away.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createBackgroundPool } from '../data/background-pool.ts'
import { startPostgres, type TestPostgres } from '../testing/index.ts'
import {
  createFlagProvider,
  createPostgresFlags,
  type FlagDefinition,
  type FlagEvent,
  type FlagProblem,
  flagsSchemaSql,
  type FlagSource,
  type PostgresFlagsOptions,
} from './index.ts'

let postgres: TestPostgres
let url = ''
let admin: pg.Pool
const opened: FlagSource[] = []
const pools: pg.Pool[] = []

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())
beforeEach(async () => {
  url = await postgres.database()
  admin = createBackgroundPool({ url, name: 'admin' })
  await admin.query(flagsSchemaSql())
})
afterEach(async () => {
  await OpenFeature.clearProviders()
  await Promise.all(opened.splice(0).map((source) => source.stop()))
  await Promise.all([admin, ...pools.splice(0)].map((pool) => pool.end()))
})

const onOff = (value: boolean): FlagDefinition => ({
  variants: { on: true, off: false },
  defaultVariant: value ? 'on' : 'off',
})
const put = (key: string, definition: unknown): Promise<unknown> =>
  admin.query(
    'insert into kit_flags (key, definition) values ($1, $2) on conflict (key) do update set definition = excluded.definition',
    [key, JSON.stringify(definition)],
  )
function open(options: Partial<PostgresFlagsOptions> = {}) {
  const pool = createBackgroundPool({ url, name: 'flags', connectTimeoutMs: 500 })
  pools.push(pool)
  const source = createPostgresFlags({ pool, pollMs: 50, ...options })
  opened.push(source)
  const events: FlagEvent[] = []
  source.store.subscribe((event) => events.push(event))
  return { source, store: source.store, events }
}
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i += 1) {
    if (await condition()) return
    await sleep(10)
  }
  throw new Error('it never happened')
}

describe('flags from PostgreSQL', () => {
  it('arrive by notification, long before they would be polled', async () => {
    await put('f', onOff(false))
    const { source, store, events } = open({ pollMs: 60_000 })
    await source.start()
    expect(store.boolean('f')).toBe(false)
    await until(
      async () => (await admin.query(`select 1 from pg_stat_activity where query like 'listen%'`)).rowCount === 1,
    )
    await sleep(50)
    const before = performance.now()
    await put('f', onOff(true))
    await until(() => store.boolean('f') === true)
    expect(performance.now() - before).toBeLessThan(2000)
    await admin.query('delete from kit_flags')
    await until(() => store.boolean('f') === null)
    expect(events.at(-1)).toEqual({ type: 'PROVIDER_CONFIGURATION_CHANGED', flagsChanged: ['f'] })
  })

  it('arrive by polling where nothing listens', async () => {
    const { source, store } = open({ listen: false, pollMs: 30 })
    await source.start()
    await put('f', onOff(true))
    await until(() => store.boolean('f') === true)
    expect((await admin.query(`select 1 from pg_stat_activity where query like 'listen%'`)).rowCount).toBe(0)
  })

  it('stay when the database goes, as STALE, are evaluated without waiting, and are READY again after it', async () => {
    await put('f', onOff(true))
    const errors: unknown[] = []
    const { source, store, events } = open({ staleAfterMs: 100, pollMs: 30, onError: (error) => errors.push(error) })
    await source.start()
    const name = new URL(url).pathname.slice(1)
    const other = createBackgroundPool({ url: url.replace(/[^/]+$/, 'postgres'), name: 'cutter' })
    pools.push(other)
    await admin.end()
    await other.query(`alter database ${name} allow_connections false`)
    await other.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
    await until(() => store.status === 'STALE')
    const before = performance.now()
    for (let i = 0; i < 10_000; i += 1) store.boolean('f')
    expect(performance.now() - before).toBeLessThan(500)
    expect(store.evaluate('f', 'boolean')).toMatchObject({ value: true, reason: 'STALE' })
    expect(errors.length).toBeGreaterThan(0)
    await other.query(`alter database ${name} allow_connections true`)
    await until(() => store.status === 'READY')
    admin = createBackgroundPool({ url, name: 'admin' })
    await put('f', onOff(false))
    await until(() => store.boolean('f') === false)
    expect(events.map((event) => event.type)).toEqual([
      'PROVIDER_READY',
      'PROVIDER_STALE',
      'PROVIDER_READY',
      'PROVIDER_CONFIGURATION_CHANGED',
    ])
  })

  it('that are bad, or too many, leave what was there', async () => {
    await put('f', onOff(true))
    const problems: FlagProblem[] = []
    const errors: unknown[] = []
    const { source, store } = open({
      flagsMax: 2,
      staleAfterMs: 0,
      onProblem: (one) => problems.push(one),
      onError: (error) => errors.push(error),
    })
    await source.start()
    await put('f', { variants: 7 })
    await until(() => problems.length === 1)
    expect(store.evaluate('f', 'boolean')).toMatchObject({ value: true, reason: 'STALE' })
    await Promise.all([put('g', onOff(true)), put('h', onOff(true))])
    await until(() => errors.length > 0)
    expect(errors[0]).toBeInstanceOf(RangeError)
    expect(store.status).toBe('STALE')
    expect(store.boolean('f')).toBe(true)
    await expect(put('x'.repeat(200), onOff(true))).rejects.toMatchObject({ code: '23514' })
    await expect(put('big', { text: 'x'.repeat(70_000) })).rejects.toMatchObject({ code: '23514' })
  })

  it('do not keep a service from starting: start rejects in time, and they come when there is a table', async () => {
    await admin.query('drop table kit_flags')
    const { source, store } = open({ startTimeoutMs: 100, listen: false })
    await expect(source.start()).rejects.toThrow('no flags could be read within 100 ms')
    // The first attempt may still be under way when the time to start is over.
    await until(() => store.status === 'ERROR')
    expect(store.status).toBe('ERROR')
    expect(store.evaluate('f', 'boolean')).toMatchObject({ errorCode: 'PROVIDER_NOT_READY' })
    await admin.query('drop function kit_flags_changed')
    await admin.query(flagsSchemaSql())
    await put('f', onOff(true))
    await until(() => store.boolean('f') === true)
    const pool = admin
    expect(() => createPostgresFlags({ pool, pollMs: 0 })).toThrow('pollMs')
    expect(() => createPostgresFlags({ pool, table: 'Robert"; drop' })).toThrow('table')
  })

  it('tell clients of OpenFeature what happens', async () => {
    await put('f', onOff(true))
    const { source, store } = open({ staleAfterMs: 0 })
    const seen: string[] = []
    for (const event of [
      ProviderEvents.Ready,
      ProviderEvents.Stale,
      ProviderEvents.ConfigurationChanged,
      ProviderEvents.Error,
    ])
      OpenFeature.getClient('postgres').addHandler(event, (details) => {
        const changed = details && 'flagsChanged' in details ? String(details.flagsChanged) : ''
        seen.push(`${event} ${changed}`.trim())
      })
    await OpenFeature.setProviderAndWait('postgres', createFlagProvider(source))
    const client = OpenFeature.getClient('postgres')
    expect(await client.getBooleanDetails('f', false)).toMatchObject({ value: true, reason: 'STATIC', variant: 'on' })
    await put('g', onOff(true))
    await until(() => seen.includes('PROVIDER_CONFIGURATION_CHANGED g'))
    await admin.query('alter table kit_flags rename to away')
    await until(() => client.providerStatus === 'STALE')
    expect(await client.getBooleanDetails('f', false)).toMatchObject({ value: true, reason: 'STALE' })
    await admin.query('alter table away rename to kit_flags')
    await until(() => client.providerStatus === 'READY')
    expect(seen.filter((one) => one !== 'PROVIDER_CONFIGURATION_CHANGED')).toEqual([
      'PROVIDER_READY',
      'PROVIDER_CONFIGURATION_CHANGED g',
      'PROVIDER_STALE',
      'PROVIDER_READY',
    ])
    expect(store.status).toBe('READY')
  })
})
