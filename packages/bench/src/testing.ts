import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceConfigSchema, type ServiceConfig } from '@greengate/contracts'
import { createRandom, createSystemClock } from './clock.ts'
import { listProcesses, markerOf } from './proc.ts'
import { createTestbed, type TestbedHandle } from './testbed.ts'

const fixtures = join(import.meta.dirname, '..', 'fixtures')
let runs = 0

/** A state folder of a test's own. */
export function tempStateDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'gg-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A testbed for the fixture server in one of its modes. */
export async function fixtureTestbed(
  stateDir: string,
  mode: string,
  start: Partial<NonNullable<ServiceConfig['start']>> = {},
  rest: Partial<ServiceConfig> = {},
): Promise<{ readonly testbed: TestbedHandle; readonly runId: string }> {
  const runId = `test-${process.pid}-${(runs += 1)}`
  const config = serviceConfigSchema.parse({
    service: 'fixture',
    start: {
      command: [process.execPath, join(fixtures, 'web.mjs')],
      env: { PORT: '{port}', FIXTURE: mode },
      readyTimeoutMs: 10_000,
      stopTimeoutMs: 1_000,
      ...start,
    },
    ...rest,
  })
  const testbed = await createTestbed({
    config,
    configDir: fixtures,
    runId,
    clock: createSystemClock(),
    random: createRandom(),
    stateDir,
    signal: new AbortController().signal,
  })
  return { testbed, runId }
}

/** Processes alive that carry the marker of a run. */
export function markedProcesses(runId: string): readonly number[] {
  return listProcesses()
    .filter((stat) => stat.state !== 'Z' && markerOf(stat.pid).startsWith(`${runId}.`))
    .map((stat) => stat.pid)
}
