/**
 * Goal: a reload takes over all of a good configuration or none of a bad one (CFG-16), and nothing that hangs on it can
 * break it. Method: loads under control of the test, a fake clock for the limit.
 */
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../testing/clock.ts'
import { ConfigError, createReloadable, defineVariables, loadConfig } from './index.ts'

const base = { reason: 'A reason.', supplier: 'platform' }
const registry = defineVariables({
  LEVEL: { ...base, format: 'enum', values: ['info', 'debug'], fallback: 'info' },
  TOKEN: { ...base, format: 'string', secret: true },
  PORT: { ...base, format: 'port', fallback: '8080', restart: true },
  ITEMS: { ...base, format: 'list', fallback: 'a,b' },
})

async function harness(first: Record<string, string> = {}) {
  let env = first
  const errors: unknown[] = []
  const changes: (readonly string[])[] = []
  const config = await createReloadable(() => loadConfig(registry, env), {
    onError: (error) => errors.push(error),
    onChange: (changed) => changes.push(changed),
  })
  return { config, errors, changes, set: (next: Record<string, string>) => (env = next) }
}

describe('createReloadable', () => {
  it('takes over what is good and says by name what has changed', async () => {
    const { config, set, changes, errors } = await harness()
    expect(await config.reload()).toEqual({ status: 'unchanged' })
    set({ LEVEL: 'debug', TOKEN: 'Kq8ZpW2vN7xLmR4tYc9BdF6hJ1gQ', ITEMS: 'a,c' })
    expect(await config.reload()).toEqual({ status: 'changed', changed: ['ITEMS', 'LEVEL', 'TOKEN'] })
    expect(config.current().LEVEL).toBe('debug')
    expect([changes, errors]).toEqual([[['ITEMS', 'LEVEL', 'TOKEN']], []])
  })

  it('keeps the last good one when the new one is wrong, whole', async () => {
    const { config, set, errors } = await harness()
    const before = config.current()
    set({ LEVEL: 'debug', ITEMS: 'a,,b' })
    expect(await config.reload()).toEqual({ status: 'failed' })
    expect(config.current()).toBe(before)
    expect(errors).toEqual([expect.any(ConfigError)])
    set({ LEVEL: 'debug' })
    expect(await config.reload()).toMatchObject({ status: 'changed' })
  })

  it('refuses the whole change when a part of it takes a restart', async () => {
    const { config, set, errors } = await harness()
    set({ LEVEL: 'debug', PORT: '9090' })
    expect(await config.reload()).toEqual({ status: 'refused', refused: ['PORT'] })
    expect(config.current()).toMatchObject({ LEVEL: 'info', PORT: 8080 })
    expect(String(errors[0])).toContain('PORT has changed and takes a restart')
  })

  it('fails the start when the first load fails', async () => {
    const load = () => loadConfig(registry, { LEVEL: 'loud' })
    await expect(createReloadable(load, { onError: () => {} })).rejects.toThrow(ConfigError)
    for (const timeoutMs of [0, 600_001, NaN])
      await expect(createReloadable(() => ({}), { onError: () => {}, timeoutMs })).rejects.toThrow(RangeError)
    for (const timeoutMs of [1, 600_000])
      expect((await createReloadable(() => ({ A: 1 }), { onError: () => {}, timeoutMs })).current()).toEqual({ A: 1 })
  })

  it('loads once at a time, and once more for all who asked meanwhile', async () => {
    const ends: ((value: { A: number }) => void)[] = []
    let running = 0
    let most = 0
    let first = true
    const load = async () => {
      if (first) {
        first = false
        return { A: 0 }
      }
      running += 1
      most = Math.max(most, running)
      const value = await new Promise<{ A: number }>((resolve) => ends.push(resolve))
      running -= 1
      return value
    }
    const config = await createReloadable(load, { onError: () => {} })
    const [one, two, three] = [config.reload(), config.reload(), config.reload()]
    await Promise.resolve()
    ends[0]?.({ A: 1 })
    expect(await one).toMatchObject({ status: 'changed' })
    await new Promise((resolve) => setImmediate(resolve))
    ends[1]?.({ A: 2 })
    expect(await two).toMatchObject({ status: 'changed' })
    expect(await three).toMatchObject({ status: 'changed' })
    expect([ends.length, most, config.current().A]).toEqual([2, 1, 2])
  })

  it('gives up on a load that hangs, and drops what it brings later', async () => {
    const clock = new FakeClock()
    const errors: unknown[] = []
    let late: (value: { A: number }) => void = () => {}
    const values: (() => { A: number } | Promise<{ A: number }>)[] = [
      () => ({ A: 0 }),
      () => new Promise((resolve) => (late = resolve)),
      () => ({ A: 2 }),
    ]
    const config = await createReloadable(() => values.shift()?.() ?? { A: 9 }, {
      onError: (error) => errors.push(error),
      setTimeout: clock.setTimeout,
      clearTimeout: clock.clearTimeout,
    })
    await expect(clock.settle(config.reload())).resolves.toEqual({ status: 'failed' })
    expect(String(errors[0])).toContain('within 10000 ms')
    await config.reload()
    late({ A: 1 })
    await clock.flush()
    expect(config.current().A).toBe(2)
    expect(clock.pending).toBe(0)
  })

  it('tells every subscriber, whatever another one does', async () => {
    const { config, set, errors } = await harness()
    const seen: string[] = []
    config.subscribe(() => {
      throw new Error('sync')
    })
    config.subscribe(() => Promise.reject(new Error('async')))
    const end = config.subscribe(({ current, previous }) => void seen.push(`${previous.LEVEL}>${current.LEVEL}`))
    set({ LEVEL: 'debug' })
    await config.reload()
    await Promise.resolve()
    end()
    set({})
    await config.reload()
    expect(seen).toEqual(['info>debug'])
    expect(errors.slice(0, 2).map(String)).toEqual(['Error: sync', 'Error: async'])
    for (let i = 0; i < 98; i += 1) config.subscribe(() => {})
    expect(() => config.subscribe(() => {})).toThrow(RangeError)
  })

  it('reloads on a signal until it is closed', async () => {
    const { config, set } = await harness()
    const host = new EventEmitter()
    const detach = config.reloadOn(host)
    config.reloadOn(host, 'SIGUSR2')
    set({ LEVEL: 'debug' })
    host.emit('SIGHUP')
    await new Promise((resolve) => setImmediate(resolve))
    expect(config.current().LEVEL).toBe('debug')
    detach()
    expect(host.listenerCount('SIGHUP')).toBe(0)
    config.close()
    expect(host.listenerCount('SIGUSR2')).toBe(0)
    expect(await config.reload()).toEqual({ status: 'closed' })
    expect(config.current().LEVEL).toBe('debug')
  })

  it('survives those who are told', async () => {
    let level = 0
    const explode = () => {
      throw new Error('x')
    }
    const config = await createReloadable(() => ({ level: (level += 1) }), { onError: explode, onChange: explode })
    config.subscribe(explode)
    expect(await config.reload()).toEqual({ status: 'changed', changed: ['level'] })
  })
})
