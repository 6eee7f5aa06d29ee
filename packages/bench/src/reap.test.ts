/**
 * Goal: a Greengate that was killed with SIGKILL leaves nothing for good: the next start clears up, and ends nobody else.
 * Method: a real owner with PostgreSQL and a service is killed in the middle.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { reap } from './lifeline.ts'
import { isFree } from './ports.ts'
import { listProcesses, markerOf, readStat } from './proc.ts'
import { runStateSchema } from './state-file.ts'
import { tempStateDir } from './testing.ts'

const state = tempStateDir()
const runs = join(state.path, 'runs')
const owners: ChildProcess[] = []
afterAll(() => {
  for (const owner of owners) owner.kill('SIGKILL')
  reap(state.path)
  state.remove()
})

async function startOwner(): Promise<{
  child: ChildProcess
  pid: number
  port: number
  runId: string
  folder: string
}> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'fixtures', 'owner.ts'), state.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  owners.push(child)
  const line = await new Promise<string>((resolve) =>
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8'))),
  )
  const { pid, port } = JSON.parse(line) as { pid: number; port: number }
  const name = readdirSync(runs).find((entry) => entry.startsWith(`owner-${child.pid}`)) ?? ''
  const saved = runStateSchema.parse(JSON.parse(readFileSync(join(runs, name), 'utf8')))
  return { child, pid, port, runId: saved.runId, folder: saved.folders[0] ?? '' }
}

function alive(runId: string): number {
  return listProcesses().filter((stat) => stat.state !== 'Z' && markerOf(stat.pid).startsWith(`${runId}/`)).length
}

async function killed(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await gone
}

describe('reap', () => {
  test('after SIGKILL of the owner: no process, no port, no folder, no state file is left', async () => {
    const owner = await startOwner()
    expect(reap(state.path).runs).toBe(0)
    expect(await isFree(owner.port)).toBe(false)
    await killed(owner.child, 'SIGKILL')
    expect(alive(owner.runId)).toBeGreaterThanOrEqual(2)
    expect(existsSync(owner.folder)).toBe(true)

    const counts = reap(state.path)
    expect(counts).toMatchObject({ runs: 1, folders: 1 })
    expect(counts.processes).toBeGreaterThanOrEqual(2)
    await expect.poll(() => alive(owner.runId)).toBe(0)
    await expect.poll(() => isFree(owner.port)).toBe(true)
    expect(existsSync(owner.folder)).toBe(false)
    expect(readdirSync(runs)).toEqual([])
    expect(reap(state.path)).toEqual({ runs: 0, processes: 0, folders: 0 })
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('%s to the owner itself clears up without a reap', async (signal) => {
    const owner = await startOwner()
    await killed(owner.child, signal)
    await expect.poll(() => alive(owner.runId)).toBe(0)
    expect(existsSync(owner.folder)).toBe(false)
    expect(readdirSync(runs)).toEqual([])
  })

  test('a pid that belongs to somebody else by now is not ended, nor is a process without the marker', async () => {
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    owners.push(bystander)
    const pid = bystander.pid ?? 0
    const startTicks = readStat(pid)?.startTicks ?? 0
    mkdirSync(runs, { recursive: true })
    const outside = join(state.path, 'not-ours')
    mkdirSync(outside)
    const file = {
      schema: 'greengate/run-state/v1',
      runId: 'gone.1.1',
      owner: { pid: process.pid, startTicks: 1, what: 'greengate' },
      processes: [
        { pid, startTicks, what: 'same process, no marker' },
        { pid, startTicks: startTicks + 1, what: 'recycled pid' },
      ],
      folders: [outside, join(tmpdir(), '..', 'etc')],
    }
    writeFileSync(join(runs, 'gone.json'), JSON.stringify(file))
    writeFileSync(join(runs, 'torn.json'), '{"schema":')
    expect(reap(state.path)).toEqual({ runs: 1, processes: 0, folders: 0 })
    expect(readStat(pid)?.startTicks).toBe(startTicks)
    expect(existsSync(outside)).toBe(true)
  })

  test('without a state folder there is nothing to do', () => {
    expect(reap(join(state.path, 'none'))).toEqual({ runs: 0, processes: 0, folders: 0 })
  })
})
