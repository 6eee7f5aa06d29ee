import { spawn, type ChildProcess } from 'node:child_process'
import { statSync } from 'node:fs'
import type { ExitInfo } from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'
import { endFamily } from './end-family.ts'
import type { Lifeline } from './lifeline.ts'
import { LogCapture } from './log-capture.ts'
import { familyOf, MARKER, readStat, residentBytes, sendSignal, type ProcessName, type ProcessStat } from './proc.ts'

const OUTPUT_END_MS = 500

export interface SpawnPlan {
  /** The instance's name within the run; becomes its marker. */
  readonly name: string
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** The key that the message names when the program does not exist. */
  readonly where: string
}

/** A program in a process group of its own, with everything that it starts. */
export class ServiceProcess {
  readonly pid: number
  readonly logs = new LogCapture()
  readonly #child: ChildProcess
  readonly #name: ProcessName
  readonly #marker: string
  readonly #lifeline: Lifeline
  readonly #startedMs = performance.now()
  readonly #exited: Promise<void>
  #exitedMs = 0
  #signalledMs: number | null = null
  #leftovers = 0

  private constructor(child: ChildProcess, pid: number, lifeline: Lifeline, plan: SpawnPlan) {
    this.#child = child
    this.pid = pid
    this.#lifeline = lifeline
    this.#marker = lifeline.marker(plan.name)
    this.#name = { pid, startTicks: readStat(pid)?.startTicks ?? 0 }
    lifeline.state.addProcess(pid, plan.argv.join(' ').slice(0, 200))
    if (child.stdout) this.logs.attach(child.stdout, 'stdout')
    if (child.stderr) this.logs.attach(child.stderr, 'stderr')
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.#exitedMs = performance.now()
        resolve()
      })
    })
  }

  /** @throws GreengateError START_COMMAND_NOT_FOUND */
  static async start(plan: SpawnPlan, lifeline: Lifeline): Promise<ServiceProcess> {
    const [program, ...rest] = plan.argv
    if (program === undefined || !isFolder(plan.cwd)) {
      throw new GreengateError(
        'START_COMMAND_NOT_FOUND',
        `The folder ${plan.cwd} to start the service in does not exist.`,
        {
          where: 'start.cwd',
          fix: 'Correct `start.cwd`; it is relative to the configuration.',
        },
      )
    }
    const child = spawn(program, rest, {
      cwd: plan.cwd,
      env: { ...plan.env, [MARKER]: lifeline.marker(plan.name) },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { pid } = child
    if (pid === undefined) {
      const error = await new Promise<Error>((resolve) => child.once('error', resolve))
      throw notFound(program, plan, error)
    }
    child.on('error', () => undefined)
    return new ServiceProcess(child, pid, lifeline, plan)
  }

  running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Processes that outlived the first one and had to be ended. */
  leftovers(): number {
    return this.#leftovers
  }

  /** Everything that belongs to it now. */
  family(): readonly ProcessStat[] {
    return familyOf(this.#name, this.#marker)
  }

  /** To the first process, as an orchestrator does; SIGKILL, SIGSTOP and SIGCONT to all of them. */
  signal(signal: NodeJS.Signals): void {
    this.#signalledMs ??= performance.now()
    if (signal === 'SIGKILL' || signal === 'SIGSTOP' || signal === 'SIGCONT') {
      for (const member of this.family()) sendSignal(member.pid, signal)
    } else if (this.running()) {
      sendSignal(this.pid, signal)
    }
  }

  /** Null when it still runs after `timeoutMs`. */
  async waitForExit(timeoutMs: number): Promise<ExitInfo | null> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([this.#exited, late])
    clearTimeout(timer)
    if (this.running()) return null
    await this.#endOfOutput()
    return this.#exitInfo()
  }

  /** SIGTERM, the grace period, SIGKILL; then whatever is left of its family. */
  async stop(graceMs: number): Promise<ExitInfo> {
    if (this.running()) {
      this.signal('SIGTERM')
      // A stopped process takes no signal before it is continued.
      this.signal('SIGCONT')
      if (!(await this.waitForExit(graceMs))) this.signal('SIGKILL')
    }
    return this.kill()
  }

  /** Ends the whole family now. @throws GreengateError SANDBOX_FAILED if something can't be ended */
  async kill(): Promise<ExitInfo> {
    if (this.running()) this.signal('SIGKILL')
    const { ended, left } = await endFamily(this.#name, this.#marker)
    if (left.length > 0)
      throw new GreengateError('SANDBOX_FAILED', `Processes ${left.join(', ')} of the service can't be ended.`)
    ended.delete(this.pid)
    this.#leftovers += ended.size
    await this.#exited
    await this.#endOfOutput()
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
    this.#lifeline.state.removeProcess(this.pid)
    return this.#exitInfo()
  }

  /** Resident memory of the whole family. */
  rssBytes(): number {
    return this.family().reduce((sum, member) => sum + residentBytes(member.pid), 0)
  }

  #exitInfo(): ExitInfo {
    const fromMs = this.#signalledMs ?? this.#startedMs
    return {
      code: this.#child.exitCode,
      signal: this.#child.signalCode,
      afterMs: Math.max(0, Math.round(this.#exitedMs - fromMs)),
    }
  }

  /** What it wrote last is still in the pipes; a child of its own may hold them open for ever. */
  async #endOfOutput(): Promise<void> {
    const untilMs = performance.now() + OUTPUT_END_MS
    const open = (): boolean =>
      [this.#child.stdout, this.#child.stderr].some(
        (stream) => stream !== null && !stream.readableEnded && !stream.destroyed,
      )
    while (open() && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 5))
    this.logs.flush()
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function notFound(program: string, plan: SpawnPlan, cause: Error): GreengateError {
  const code = 'code' in cause ? String(cause.code) : ''
  const what =
    code === 'EACCES'
      ? `The program ${program} is not executable.`
      : code === 'ENOENT'
        ? `The program ${program} was not found.`
        : `The program ${program} can't be started: ${code || cause.message}.`
  return new GreengateError('START_COMMAND_NOT_FOUND', what, {
    where: plan.where,
    fix: `Install ${program}, or correct \`${plan.where}\`. It was looked for from ${plan.cwd}, in node_modules/.bin there and above, and in PATH.`,
    cause,
  })
}
