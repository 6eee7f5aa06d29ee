/**
 * Goal: a Greengate that was killed with SIGKILL leaves nothing for good: the next start clears up, and ends nobody else.
 * Method: a real owner with PostgreSQL and a service is killed in the middle.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { reap } from './lifeline.ts'
import { isFree } from './ports.ts'
import { listProcesses, markerOf, readStat } from './proc.ts'
import { type RunState, runStateSchema } from './state-file.ts'
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

/** A process that nobody gave a marker. */
function bystander(): { pid: number; startTicks: number } {
  const child = spawn('sleep', ['600'], { stdio: 'ignore', detached: true })
  owners.push(child)
  const pid = child.pid ?? 0
  return { pid, startTicks: readStat(pid)?.startTicks ?? 0 }
}

/** The state file of a run whose owner is dead. */
function noteRun(name: string, rest: Partial<RunState>, stateDir = state.path): void {
  const owner = { pid: process.pid, startTicks: 1, what: 'greengate' }
  mkdirSync(join(stateDir, 'runs'), { recursive: true })
  const note = { schema: 'greengate/run-state/v1', runId: `${name}.1.1`, owner, processes: [], folders: [], ...rest }
  writeFileSync(join(stateDir, 'runs', `${name}.json`), JSON.stringify(note))
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

  test('after SIGKILL while a tool of the tree runs: no process, no folder, no state file is left', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'fixtures', 'tool-owner.ts'), state.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    owners.push(child)
    const line = await new Promise<string>((resolve) =>
      child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8'))),
    )
    const { root, dir } = JSON.parse(line) as { root: string; dir: string }
    const started = join(root, 'started')
    await expect.poll(() => existsSync(started) && readFileSync(started, 'utf8'), { timeout: 60_000 }).toMatch(/^\d+$/)
    const pid = Number(readFileSync(started, 'utf8'))
    await killed(child, 'SIGKILL')
    expect(readStat(pid)).not.toBeNull()
    // One for the tree, one for its export and its tools.
    expect(reap(state.path)).toMatchObject({ runs: 2, folders: 2 })
    await expect.poll(() => readStat(pid)?.state ?? 'Z').toBe('Z')
    expect([existsSync(root), existsSync(dir)]).toEqual([false, false])
    expect(readdirSync(runs)).toEqual([])
  })

  test('a recorded process that shows no marker any more is ended: by pid and start time it is the one', async () => {
    const { pid, startTicks } = bystander()
    noteRun('titled', { processes: [{ pid, startTicks, what: 'a service that wrote its own title' }] })
    expect(reap(state.path)).toEqual({ runs: 1, processes: 1, folders: 0 })
    expect(readStat(pid)?.state ?? 'Z').toBe('Z')
    expect(readdirSync(runs)).toEqual([])
  })

  test('a pid that belongs to somebody else by now is not ended, and no folder that is not ours is removed', async () => {
    const { pid, startTicks } = bystander()
    const outside = join(state.path, 'not-ours')
    mkdirSync(outside)
    noteRun('gone', {
      processes: [{ pid, startTicks: startTicks + 1, what: 'recycled pid' }],
      folders: [outside, join(tmpdir(), '..', 'etc')],
    })
    noteRun('rebooted', { boot: 'another', processes: [{ pid, startTicks, what: 'before the last start' }] })
    writeFileSync(join(runs, 'torn.json'), '{"schema":')
    expect(reap(state.path)).toEqual({ runs: 2, processes: 0, folders: 0 })
    expect(readStat(pid)?.startTicks).toBe(startTicks)
    expect(existsSync(outside)).toBe(true)
    expect(readdirSync(runs)).toEqual(['torn.json'])
    rmSync(join(runs, 'torn.json'))
  })

  test.runIf(process.getuid?.() === 0)('the state file stays as long as something recorded can not be ended', () => {
    const { pid, startTicks } = bystander()
    const own = tempStateDir()
    try {
      noteRun('kept', { processes: [{ pid, startTicks, what: 'of another user' }] }, own.path)
      execFileSync('chown', ['-R', '65534:65534', own.path])
      const program = `import { reap } from ${JSON.stringify(join(import.meta.dirname, 'lifeline.ts'))}; reap(${JSON.stringify(own.path)})`
      const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath]
      execFileSync('setpriv', [...asNobody, '--input-type=module', '--eval', program])
      expect(readStat(pid)?.startTicks).toBe(startTicks)
      expect(readdirSync(join(own.path, 'runs'))).toEqual(['kept.json'])
      reap(own.path)
      expect(readdirSync(join(own.path, 'runs'))).toEqual([])
    } finally {
      own.remove()
    }
  })

  test('without a state folder there is nothing to do', () => {
    expect(reap(join(state.path, 'none'))).toEqual({ runs: 0, processes: 0, folders: 0 })
  })
})
