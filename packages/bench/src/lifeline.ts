import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootId, familyOf, isRunning, listProcesses, markerOf, type ProcessName, sendSignal } from './proc.ts'
import { readRunState, RunStateFile, type RunState, stateFolder, storageError } from './state-file.ts'

const open = new Set<Lifeline>()
let installed = false
let sequence = 0
/** How long a process is waited for that was told to end; milliseconds. */
const GONE_MS = 2_000

/** A run's temporary folder and state file, and the promise that neither they nor a process outlive it. */
export class Lifeline {
  readonly runId: string
  readonly root: string
  readonly state: RunStateFile

  /**
   * Clears up after dead runs first, then makes the folder `greengate-*` below the temporary folder.
   * @throws GreengateError SANDBOX_FAILED when there is no space or no permission
   */
  constructor(stateDir: string, runId: string) {
    reap(stateDir)
    // Several testbeds of one run must not take each other's processes for their own.
    this.runId = `${runId}.${process.pid}.${(sequence += 1)}`
    this.state = new RunStateFile(stateDir, this.runId)
    try {
      this.root = mkdtempSync(join(tmpdir(), 'greengate-'))
      // The sandbox's own user has to pass through, and must see nothing.
      chmodSync(this.root, 0o711)
    } catch (cause) {
      this.state.remove()
      throw storageError(tmpdir(), cause)
    }
    this.state.addFolder(this.root)
    open.add(this)
    install()
  }

  /** A new folder in the run's own. */
  folder(name: string, mode = 0o700): string {
    const path = join(this.root, name)
    try {
      mkdirSync(path, { recursive: true, mode })
    } catch (cause) {
      throw storageError(path, cause)
    }
    return path
  }

  /** The marker that a process of this run carries in its environment. */
  marker(instance: string): string {
    return `${this.runId}/${instance}`
  }

  /** Removes the folder, and the state file unless something recorded is left. Everything must have been stopped. */
  close(): void {
    open.delete(this)
    const left = this.state.processes().some((entry) => isRunning(entry))
    if (removeFolder(this.root) && !left) this.state.remove()
  }

  /** Ends everything at once, synchronously: the process is about to go. */
  abandon(): void {
    endProcesses(this.state.processes(), this.runId)
    this.close()
  }
}

/**
 * Clears up after runs whose owner is dead: their processes, their folders, their state files. A process is ended if it
 * is one that was recorded, by pid and start time, or belongs to its family, or carries the run's marker; the owner
 * counts as dead if no process has its pid and its start time. A state file stays as long as anything recorded is left.
 * @returns how much there was to clear up
 */
export function reap(stateDir: string): { runs: number; processes: number; folders: number } {
  const counts = { runs: 0, processes: 0, folders: 0 }
  let names: string[]
  try {
    names = readdirSync(stateFolder(stateDir))
  } catch {
    return counts
  }
  for (const name of names) {
    if (!name.endsWith('.json')) continue
    const path = join(stateFolder(stateDir), name)
    const state = readRunState(path)
    if (!state) continue
    // Before the machine was started last, other processes had these numbers.
    const sameBoot = state.boot === '' || state.boot === bootId()
    if (sameBoot && isRunning(state.owner)) continue
    counts.runs += 1
    const recorded = sameBoot ? state.processes : []
    counts.processes += endProcesses(recorded, state.runId)
    let left = recorded.some((entry) => isRunning(entry))
    for (const folder of state.folders) {
      // A state file is data: nothing but what is named as ours is ever removed.
      if (!/\/greengate-[A-Za-z0-9]+$/.test(folder)) continue
      if (removeFolder(folder)) counts.folders += 1
      else left = true
    }
    if (!left) rmSync(path, { force: true })
  }
  return counts
}

type Recorded = RunState['processes'][number]

/** Ends recorded processes with their families and whatever carries the marker, and waits until the recorded are gone. */
function endProcesses(recorded: readonly Recorded[], runId: string): number {
  let killed = 0
  for (const entry of recorded) killed += killFamily(entry, runId)
  killed += killMarked(runId)
  for (const entry of recorded) waitUntilGone(entry, GONE_MS)
  return killed
}

/**
 * Ends one recorded process with its family. Its pid and start time say that it is the one: a program that writes its own
 * title, or starts another one in its place, has no marker any more.
 */
function killFamily(entry: Recorded, runId: string): number {
  if (!isRunning(entry)) return 0
  const carried = markerOf(entry.pid)
  const marker = carried.startsWith(`${runId}/`) ? carried : ''
  let killed = 0
  // PostgreSQL frees its shared memory on SIGQUIT only; a family that ignores it meets SIGKILL below.
  if (entry.what === 'postgres') {
    sendSignal(entry.pid, 'SIGQUIT')
    if (waitUntilGone(entry, GONE_MS)) killed += 1
  }
  for (const member of familyOf(entry, marker)) {
    if (sendSignal(member.pid, 'SIGKILL')) killed += 1
  }
  return killed
}

/** Ends whatever carries the run's marker, wherever it went. */
function killMarked(runId: string): number {
  let killed = 0
  for (const stat of listProcesses()) {
    if (stat.pid === process.pid || stat.state === 'Z' || !markerOf(stat.pid).startsWith(`${runId}/`)) continue
    if (sendSignal(stat.pid, 'SIGKILL')) killed += 1
  }
  return killed
}

/** Waits without the event loop, as this runs while the process exits; says whether the process is gone. */
function waitUntilGone(name: ProcessName, timeoutMs: number): boolean {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += 20) {
    if (!isRunning(name)) return true
    Atomics.wait(cell, 0, 0, 20)
  }
  return false
}

/** Whether it is gone: something may still write there. */
function removeFolder(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    return true
  } catch {
    return false
  }
}

/** Signals end the process by default without an `exit` event: then the clean-up happens here. */
function install(): void {
  if (installed) return
  installed = true
  process.on('exit', () => {
    for (const lifeline of open) lifeline.abandon()
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const handler = (): void => {
      // Somebody else handles the signal: that one closes the testbed, and `exit` is the safety net.
      if (process.listenerCount(signal) > 1) return
      for (const lifeline of open) lifeline.abandon()
      process.removeListener(signal, handler)
      process.kill(process.pid, signal)
    }
    process.on(signal, handler)
  }
}
