import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A program of ours and what it gets to know. */
export interface Program {
  readonly name: string
  readonly cwd: string
  /** Relative to `cwd`. */
  readonly main: string
  readonly env: Readonly<Record<string, string>>
  readonly logFile: string
}

/** What Node may take before it clears up, as in the container files. */
export const HEAP = ['--max-old-space-size=160', '--max-semi-space-size=8']
const LIFELINE = pathToFileURL(join(import.meta.dirname, 'lifeline.ts')).href

/** Starts it in a group of its own, so that Ctrl-C reaches only us, and on a lifeline, so that it can't outlive us. */
function start(program: Program, keepsOutput: boolean): ChildProcess {
  const log = openSync(program.logFile, 'a', 0o600)
  try {
    return spawn(process.execPath, [...HEAP, '--import', LIFELINE, program.main], {
      cwd: program.cwd,
      env: program.env,
      detached: true,
      stdio: ['ignore', keepsOutput ? 'pipe' : log, log, 'pipe'],
    })
  } finally {
    closeSync(log)
  }
}

const RUN_MS_MAX = 120_000

/**
 * Runs a command to its end.
 * @returns what it wrote to standard output
 * @throws Error when it ends with anything but 0, or not within two minutes
 */
export async function runProgram(program: Program): Promise<string> {
  const child = start(program, true)
  let output = ''
  child.stdout?.on('data', (part) => (output += String(part)))
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX)
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  clearTimeout(timer)
  if (code !== 0) throw new Error(`${program.name} ended with ${code}: see ${program.logFile}\n${output.slice(-2000)}`)
  return output
}

const STOP_MS_MAX = 13_000
const BACKOFF_MS = 250
const BACKOFF_MS_MAX = 4_000

export interface SupervisorEvents {
  onRestart(name: string, code: number | null, afterMs: number): void
  /** It crashed too often, or will for ever: it is not started again. */
  onGivenUp(name: string): void
}

/** How often a process may crash within how long before nobody believes in it any more. */
const CRASHES_MAX = 5
const CRASHES_WITHIN_MS = 60_000

/** Exit code of a process that can't start with the variables it has: it could not the next time, either. */
const WRONG_CONFIGURATION = 78

/** Keeps one process running: starts it again after a crash, a little later each time, and not for ever. */
export class SupervisedProcess {
  readonly #program: Program
  readonly #events: SupervisorEvents
  readonly #nowMs: () => number
  #child: ChildProcess | null = null
  #gone: Promise<void> = Promise.resolve()
  #crashes: number[] = []
  #timer: NodeJS.Timeout | undefined
  #stopping = false

  constructor(program: Program, events: SupervisorEvents, nowMs: () => number = () => performance.now()) {
    this.#program = program
    this.#events = events
    this.#nowMs = nowMs
  }

  get name(): string {
    return this.#program.name
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  start(): void {
    const child = start(this.#program, false)
    this.#child = child
    this.#gone = new Promise((resolve) => {
      const end = (code: number | null): void => {
        this.#child = null
        if (!this.#stopping) this.#again(code)
        resolve()
      }
      child.once('exit', end).once('error', () => end(null))
    })
  }

  #again(code: number | null): void {
    const nowMs = this.#nowMs()
    this.#crashes = [...this.#crashes.filter((atMs) => nowMs - atMs < CRASHES_WITHIN_MS), nowMs]
    if (code === WRONG_CONFIGURATION || this.#crashes.length >= CRASHES_MAX) {
      this.#events.onGivenUp(this.name)
      return
    }
    const afterMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** (this.#crashes.length - 1))
    this.#events.onRestart(this.name, code, afterMs)
    this.#timer = setTimeout(() => this.start(), afterMs)
  }

  /** Asks it to stop, and makes it after a while. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    const child = this.#child
    if (!child) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
    await this.#gone
    clearTimeout(timer)
  }
}
