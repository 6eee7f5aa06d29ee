import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { delimiter, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { ToolCommand, ToolRun } from '@greengate/contracts'
import { endFamily } from '../end-family.ts'
import type { Lifeline } from '../lifeline.ts'
import { familyOf, MARKER, readStat, sendSignal } from '../proc.ts'
import { isInside } from './dependencies.ts'
import { Slots } from './pool.ts'

/**
 * One tool more than there are cores: more would only make each of them slower and run into its limit, but test runs wait much of
 * the time, and as many of them as there are cores must not hold up a tool that takes a second.
 */
const slots = new Slots(availableParallelism() + 1)
const OUTPUT_BYTES_DEFAULT = 4 * 1024 * 1024
/** How long output is waited for after the tool has ended: a child it left behind may hold the pipe open. */
const PIPE_GRACE_MS = 500
const SHELL = '/bin/sh'
let tools = 0
/** Runs its arguments and writes to descriptor 3 what they took, which only their parent can know. */
const MEASURE = '"$@" 3>&-; code=$?; times >&3; exit $code'

export interface ToolPlace {
  readonly root: string
  readonly home: string
  /** The original tree: programs in it are not to be found through the caller's own PATH. */
  readonly original: string
  /** Where its processes are noted, so that the next start ends them if this one is killed. */
  readonly lifeline: Lifeline
  readonly signal: AbortSignal
}

/** Runs one tool; what goes wrong with it is data. A tool that is killed for the time or the abort has no exit code. */
export async function runTool(place: ToolPlace, command: ToolCommand): Promise<ToolRun> {
  const cwd = resolve(place.root, command.cwd ?? '.')
  const path = searchPath(place, cwd)
  const [name = '', ...args] = command.argv
  const program = isInside(cwd, place.root) ? await findProgram(name, cwd, path) : null
  if (program === null) return { ...NOTHING, found: false }
  // Long ones first, by their limits: one that starts last would keep a single core busy at the end.
  return slots.hold(command.timeoutMs, async () => {
    if (place.signal.aborted) return { ...NOTHING, found: true }
    const marker = place.lifeline.marker(`tool-${(tools += 1)}`)
    const env = {
      PATH: path.join(delimiter),
      HOME: place.home,
      TMPDIR: place.home,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      CI: 'true',
      NO_COLOR: '1',
      ...command.env,
      [MARKER]: marker,
    }
    const measured = await access(SHELL, constants.X_OK).then(
      () => true,
      () => false,
    )
    const argv = measured ? [SHELL, '-c', MEASURE, 'sh', program, ...args] : [program, ...args]
    return execute(argv, { cwd, env, command, measured, marker, place })
  })
}

const NOTHING = {
  exit: null,
  signal: null,
  stdout: '',
  stderr: '',
  truncated: false,
  timedOut: false,
  durationMs: 0,
  cpuMs: 0,
} as const

interface Execution {
  readonly cwd: string
  readonly env: Record<string, string>
  readonly command: ToolCommand
  /** Whether the shell writes to descriptor 3 what it took. */
  readonly measured: boolean
  readonly marker: string
  readonly place: ToolPlace
}

function execute(argv: readonly string[], options: Execution): Promise<ToolRun> {
  const [program = '', ...args] = argv
  const { signal: stop, lifeline } = options.place
  const keep = options.command.outputBytesMax ?? OUTPUT_BYTES_DEFAULT
  const startedMs = performance.now()
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: options.measured ? ['ignore', 'pipe', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe'],
    })
    const pid = child.pid ?? 0
    const name = { pid, startTicks: readStat(pid)?.startTicks ?? 0 }
    const out = new BoundedText(keep)
    const err = new BoundedText(keep)
    const times = new BoundedText(4096)
    child.stdout?.on('data', (chunk: Buffer) => out.add(chunk))
    child.stderr?.on('data', (chunk: Buffer) => err.add(chunk))
    child.stdio[3]?.on('data', (chunk: Buffer) => times.add(chunk))
    let timedOut = false
    let ended = false
    const kill = (): void => {
      if (pid === 0) return
      for (const member of familyOf(name, options.marker)) sendSignal(member.pid, 'SIGKILL')
      // Where there is no /proc, its group is all that is known of its family.
      sendSignal(-pid, 'SIGKILL')
    }
    const timer = setTimeout(() => {
      timedOut = true
      kill()
    }, options.command.timeoutMs)
    stop.addEventListener('abort', kill, { once: true })
    const finish = async (exit: number | null, signal: string | null): Promise<void> => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      stop.removeEventListener('abort', kill)
      for (const stream of child.stdio) stream?.destroy()
      const durationMs = Math.round(performance.now() - startedMs)
      const code = timedOut || stop.aborted ? null : exit
      if (pid !== 0) {
        const { left } = await endFamily(name, options.marker)
        if (left.length === 0) lifeline.state.removeProcess(pid)
      }
      done({
        found: true,
        exit: code,
        signal,
        stdout: out.text(),
        stderr: err.text(),
        truncated: out.truncated || err.truncated,
        timedOut,
        durationMs,
        cpuMs: childrenCpuMs(times.text()),
      })
    }
    const end = (exit: number | null, signal: string | null): void => void finish(exit, signal).catch(fail)
    child.on('error', (error) => {
      err.add(Buffer.from(error.message))
      end(null, null)
    })
    child.on('exit', (exit, signal) => {
      // Whatever the tool left running ends with it, wherever it went.
      kill()
      setTimeout(() => end(exit, signal), PIPE_GRACE_MS).unref()
    })
    child.on('close', end)
    try {
      if (pid !== 0) lifeline.state.addProcess(pid, options.command.argv.join(' ').slice(0, 200))
    } catch (error) {
      kill()
      fail(error)
    }
  })
}

/** The second line of the shell's `times`: user and system time of its children, as `0m1.230000s 0m0.100000s`. */
export function childrenCpuMs(text: string): number {
  const line = text.trim().split('\n')[1] ?? ''
  let ms = 0
  for (const [, minutes = '0', seconds = '0'] of line.matchAll(/(\d+)m([\d.,]+)s/g)) {
    ms += Number(minutes) * 60_000 + Number(seconds.replace(',', '.')) * 1000
  }
  return Math.round(ms)
}

/** Keeps the beginning and the end: tools say what went wrong at either. */
class BoundedText {
  readonly #half: number
  readonly #head: Buffer[] = []
  #headBytes = 0
  #tail: Buffer[] = []
  #tailBytes = 0
  #lost = 0

  constructor(bytesMax: number) {
    this.#half = Math.max(1, Math.floor(bytesMax / 2))
  }

  add(chunk: Buffer): void {
    const room = this.#half - this.#headBytes
    const head = chunk.subarray(0, room)
    if (head.length > 0) {
      this.#head.push(head)
      this.#headBytes += head.length
    }
    const rest = chunk.subarray(head.length)
    if (rest.length === 0) return
    this.#tail.push(rest)
    this.#tailBytes += rest.length
    while (this.#tailBytes - (this.#tail[0]?.length ?? 0) >= this.#half) {
      const dropped = this.#tail.shift()
      this.#tailBytes -= dropped?.length ?? 0
      this.#lost += dropped?.length ?? 0
    }
  }

  get truncated(): boolean {
    return this.#lost > 0 || this.#tailBytes > this.#half
  }

  text(): string {
    const tail = Buffer.concat(this.#tail)
    const over = Math.max(0, tail.length - this.#half)
    const lost = this.#lost + over
    const middle = lost > 0 ? `\n[${lost} bytes left out]\n` : ''
    if (lost === 0) return Buffer.concat([...this.#head, tail]).toString('utf8')
    return Buffer.concat(this.#head).toString('utf8') + middle + tail.subarray(over).toString('utf8')
  }
}

/** Programs of the tree first, nearest folder first, then the caller's PATH without the original tree. */
function searchPath(place: ToolPlace, cwd: string): string[] {
  const own: string[] = []
  for (let folder = cwd; isInside(folder, place.root); folder = dirname(folder)) {
    own.push(join(folder, 'node_modules', '.bin'), join(folder, '.venv', 'bin'), join(folder, 'venv', 'bin'))
    if (folder === dirname(folder)) break
  }
  const callers = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((part) => isAbsolute(part) && !isInside(part, place.original))
  return [...own, ...callers]
}

async function findProgram(name: string, cwd: string, path: readonly string[]): Promise<string | null> {
  if (name === '') return null
  const candidates = name.includes('/') ? [resolve(cwd, name)] : path.map((folder) => join(folder, name))
  for (const candidate of candidates) {
    const file = await stat(candidate).catch(() => null)
    if (!file?.isFile()) continue
    if (
      await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return candidate
  }
  return null
}

/** Whether a path written in a tree stays in it. */
export function staysInside(path: string): boolean {
  const normal = relative('/', resolve('/', path))
  return !isAbsolute(path) && !path.split(/[\\/]/).includes('..') && normal !== '' && !normal.startsWith(`..${sep}`)
}
