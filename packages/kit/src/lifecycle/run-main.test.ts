import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../config/index.ts'
import { Logger } from '../telemetry/index.ts'
import { runMain, type Running, StartError, waitFor } from './index.ts'

async function run(start: () => Promise<Running>, act: (host: EventEmitter) => void = () => {}) {
  const lines: { event: string; level: string }[] = []
  const exits: number[] = []
  const host = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) })
  await runMain(
    start,
    new Logger({ service: 's', write: (line) => lines.push(JSON.parse(line) as { event: string; level: string }) }),
    host,
  )
  act(host)
  await new Promise((resolve) => setTimeout(resolve, 5))
  return { exits, events: lines.map((line) => line.event) }
}
const runs = (stop: () => Promise<number>) => () => Promise.resolve({ stop })

describe('runMain', () => {
  it.each([
    [new ConfigError([{ variable: 'A', problem: 'is missing' }]), 78, 'config_error'],
    [new StartError('dependency_unavailable', 'x'), 69, 'start_failed'],
    [Object.assign(new Error('x'), { code: 'EADDRINUSE' }), 71, 'start_failed'],
    [new Error('x'), 70, 'start_failed'],
  ])('turns %s into exit code %i and one line', async (error, code, event) => {
    expect(await run(() => Promise.reject(error))).toEqual({ exits: [code], events: [event] })
  })
  it('stops once, on the first signal', async () => {
    let stops = 0
    const stop = () => Promise.resolve((stops += 1) - 1)
    const seen = await run(runs(stop), (host) => host.emit('SIGTERM') && host.emit('SIGINT'))
    expect(seen).toEqual({ exits: [0], events: ['stopping', 'stopped'] })
    expect(stops).toBe(1)
  })
  it('crashes on what nobody caught, and on a stop that fails', async () => {
    expect(
      await run(
        runs(() => Promise.resolve(0)),
        (host) => host.emit('uncaughtException', new Error('x')),
      ),
    ).toEqual({ exits: [70], events: ['uncaught'] })
    expect(
      (
        await run(
          runs(() => Promise.reject(new Error('x'))),
          (host) => host.emit('SIGTERM'),
        )
      ).exits,
    ).toEqual([70])
  })
})

describe('waitFor', () => {
  it('returns with the first yes and gives up in time', async () => {
    await expect(waitFor('it', () => Promise.resolve(true), 0)).resolves.toBeUndefined()
    await expect(waitFor('it', () => Promise.resolve(false), 0)).rejects.toMatchObject({
      code: 'dependency_unavailable',
    })
  })
})
