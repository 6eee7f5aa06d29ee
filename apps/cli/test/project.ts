import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PassThrough, Writable } from 'node:stream'
import { expect } from 'vitest'
import { main as commandLine } from '../src/command-line.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const MARK = 'GREENGATE_TEST_MARK'
/** No call may take longer: a hang fails as one. Milliseconds. */
const HANG_MS = 90_000

/** What one call of the command line ended with. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Call {
  readonly done: Promise<Ended>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly pid: number
}

export interface StartOptions {
  readonly cwd?: string
  /** Put before the command, as `prlimit` is. */
  readonly prefix?: readonly string[]
  /** Flags of Node. */
  readonly node?: readonly string[]
  /** Nobody reads what it prints. */
  readonly closeOutput?: boolean
}

/** A service's folder of a test's own, with temporary folder and keys of its own. */
export class Project {
  readonly root = mkdtempSync(join(tmpdir(), 'gg-cli-'))
  readonly dir = join(this.root, 'shop')
  readonly temporary = join(this.root, 'tmp')
  /** In the environment of everything that the service starts. */
  readonly mark = `${process.pid}-${this.root.slice(-6)}`

  constructor(files: Readonly<Record<string, string>>, options: { readonly git?: boolean } = {}) {
    for (const folder of [this.dir, this.temporary]) mkdirSync(folder, { recursive: true })
    for (const [path, content] of Object.entries(files)) this.write(path, content)
    if (options.git !== false) {
      this.git('init', '-q')
      this.commit()
    }
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.dir, path)), { recursive: true })
    writeFileSync(join(this.dir, path), content)
  }

  git(...args: readonly string[]): void {
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
      cwd: this.dir,
      stdio: 'ignore',
    })
  }

  commit(): void {
    this.git('add', '-A')
    this.git('commit', '-qm', 'state', '--allow-empty')
  }

  /** Starts the real command line in a process of its own; `prefix` is put before it, as for `prlimit`. */
  start(args: readonly string[], options: StartOptions = {}): Call {
    const argv = [...(options.prefix ?? []), process.execPath, ...(options.node ?? []), main, ...args]
    const [program = '', ...rest] = argv
    const child = spawn(program, rest, {
      cwd: options.cwd ?? this.dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
        HOME: this.root,
        XDG_CONFIG_HOME: join(this.root, 'config'),
        TMPDIR: this.temporary,
      },
    })
    let stdout = ''
    let stderr = ''
    if (options.closeOutput) child.stdout.destroy()
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
    const done = new Promise<Ended>((resolve, reject) => {
      const hang = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new Error(`it hangs: greengate ${args.join(' ')}\n${stdout}\n${stderr}`))
      }, HANG_MS)
      child.on('error', reject)
      child.on('close', (code, signal) => {
        clearTimeout(hang)
        resolve({ code, signal, stdout, stderr })
      })
    })
    return { done, kill: (signal) => child.kill(signal), pid: child.pid ?? 0 }
  }

  run(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
    return this.start(args, options).done
  }

  /** Runs the command line in this process: where only its words and its exit code are of interest. */
  async call(args: readonly string[]): Promise<Ended> {
    const stdout = new Sink()
    const stderr = new Sink()
    const code = await commandLine(args, {
      stdin: new PassThrough(),
      stdout,
      stderr,
      env: { XDG_CONFIG_HOME: join(this.root, 'config') },
      cwd: this.dir,
      signal: new AbortController().signal,
    })
    return { code, signal: null, stdout: stdout.text, stderr: stderr.text }
  }

  /** Processes that carry the mark of this project's service. */
  running(): readonly number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => environmentOf(pid).includes(`${MARK}=${this.mark}`))
  }

  /** What Greengate left in its temporary folder. */
  leftBehind(): readonly string[] {
    return readdirSync(this.temporary).filter((name) => name.startsWith('greengate'))
  }

  /** Ends what a failed test left, and removes the folder. */
  remove(): void {
    for (const pid of this.running()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It went by itself.
      }
    }
    rmSync(this.root, { recursive: true, force: true })
  }
}

class Sink extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8')
    done()
  }
}

function environmentOf(pid: number): readonly string[] {
  try {
    // An ended process that nobody has waited for yet has an empty one.
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
  } catch {
    return []
  }
}

/** A service of plain node:http that answers 200 at `/health` and 404 elsewhere; `extra` is run before it listens. */
export function serviceFiles(
  project: { readonly extra?: string; readonly health?: number } = {},
): Record<string, string> {
  return {
    'package.json': '{"name":"shop","version":"1.0.0","private":true,"type":"module"}\n',
    'server.js': `import { createServer } from 'node:http'
import { spawn } from 'node:child_process'
void spawn
${project.extra ?? ''}
createServer((request, response) => {
  response.writeHead(request.url === '/health' ? ${project.health ?? 200} : 404)
  response.end('{}')
}).listen(Number(process.env.PORT), '127.0.0.1')
`,
  }
}

/** The configuration of such a service; its processes carry the project's mark. */
export function configOf(project: Project, start: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    service: 'shop',
    start: {
      command: ['node', 'server.js'],
      env: { PORT: '{port}', PATH: process.env['PATH'] ?? '', [MARK]: project.mark },
      ready: '/health',
      readyTimeoutMs: 3_000,
      stopTimeoutMs: 1_000,
      ...start,
    },
    probes: { live: '/health' },
  })
}

/** One clear message with what to do about it, the exit code, and never a stack trace. */
export function expectMessage(
  ended: Ended,
  expected: { code: string; exit: number; says: RegExp; where?: RegExp },
): void {
  expect(ended).toMatchObject({ code: expected.exit, signal: null })
  expect(ended.stderr.match(/^greengate: /gm), ended.stderr).toHaveLength(1)
  expect(ended.stderr).toMatch(expected.says)
  expect(ended.stderr).toMatch(/^ {2}fix: {3}\S/m)
  expect(ended.stderr).toContain(`  code:  ${expected.code}\n`)
  if (expected.where) expect(/^ {2}where: (.*)$/m.exec(ended.stderr)?.[1]).toMatch(expected.where)
  expectNoTrace(ended)
}

/** Nothing that only a programmer can read. */
export function expectNoTrace(ended: Ended): void {
  expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/^\s+at .*[:(]\d+|UnhandledPromise|It failed itself/m)
}
