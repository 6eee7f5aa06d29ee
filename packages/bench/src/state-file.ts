import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { z } from 'zod'
import { bootId, readStat } from './proc.ts'

const processSchema = z.object({ pid: z.int(), startTicks: z.number(), what: z.string() })

/** What one run has to its name, so that a later run can clear up after it. */
export const runStateSchema = z.object({
  schema: z.literal('greengate/run-state/v1'),
  runId: z.string(),
  /** Start of the machine that the processes are of; empty: unknown. */
  boot: z.string().default(''),
  owner: processSchema,
  processes: z.array(processSchema),
  folders: z.array(z.string()),
})
export type RunState = z.infer<typeof runStateSchema>

/** Where the state files of all runs are. */
export function stateFolder(stateDir: string): string {
  return join(stateDir, 'runs')
}

/** Keeps one run's state file true: everything is written down before or as it comes to be, in one atomic rename. */
export class RunStateFile {
  readonly path: string
  #state: RunState

  /** @throws GreengateError SANDBOX_FAILED if the folder can't be written */
  constructor(stateDir: string, runId: string) {
    const folder = stateFolder(stateDir)
    this.path = join(folder, `${runId.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.json`)
    this.#state = {
      schema: 'greengate/run-state/v1',
      runId,
      boot: bootId(),
      owner: { pid: process.pid, startTicks: readStat(process.pid)?.startTicks ?? 0, what: 'greengate' },
      processes: [],
      folders: [],
    }
    try {
      mkdirSync(folder, { recursive: true })
    } catch (cause) {
      throw storageError(folder, cause)
    }
    this.#write()
  }

  addProcess(pid: number, what: string): void {
    const startTicks = readStat(pid)?.startTicks ?? 0
    this.#state = { ...this.#state, processes: [...this.#state.processes, { pid, startTicks, what }] }
    this.#write()
  }

  removeProcess(pid: number): void {
    this.#state = { ...this.#state, processes: this.#state.processes.filter((entry) => entry.pid !== pid) }
    this.#write()
  }

  addFolder(path: string): void {
    this.#state = { ...this.#state, folders: [...this.#state.folders, path] }
    this.#write()
  }

  removeFolder(path: string): void {
    this.#state = { ...this.#state, folders: this.#state.folders.filter((entry) => entry !== path) }
    this.#write()
  }

  processes(): RunState['processes'] {
    return this.#state.processes
  }

  folders(): readonly string[] {
    return this.#state.folders
  }

  /** The run left nothing behind. */
  remove(): void {
    rmSync(this.path, { force: true })
  }

  #write(): void {
    const next = `${this.path}.next`
    try {
      writeFileSync(next, JSON.stringify(this.#state))
      renameSync(next, this.path)
    } catch (cause) {
      throw storageError(this.path, cause)
    }
  }
}

/** Reads a state file; null if it is not one. */
export function readRunState(path: string): RunState | null {
  try {
    const parsed = runStateSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** One clear message for a disk that is full or can't be written. */
export function storageError(path: string, cause: unknown): GreengateError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new GreengateError('SANDBOX_FAILED', `There is no disk space left to write ${path}.`, {
      where: path,
      fix: 'Free at least 500 MB on that disk, then run again; TMPDIR chooses the disk for temporary files.',
      cause,
    })
  }
  return new GreengateError('SANDBOX_FAILED', `Cannot write ${path}: ${code || String(cause)}.`, {
    where: path,
    fix: 'Make the folder writable, or point TMPDIR to one that is.',
    cause,
  })
}
