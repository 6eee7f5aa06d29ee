import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { GreengateError, type Json } from '@greengate/contracts'

/** A configuration is data; evaluating it takes milliseconds. */
const EVALUATION_TIMEOUT_MS = 15_000
const RESULT_BYTES_MAX = 1024 * 1024
const NOISE_BYTES_MAX = 64 * 1024
/** The only variables that a configuration sees: nothing that could lead it to a key or a credential. */
const ENVIRONMENT_KEPT = ['PATH', 'LANG', 'TZ', 'TMPDIR', 'SystemRoot'] as const

/**
 * Runs in the child. It is handed over as text, so that it needs no file of its own when Greengate is one bundle. The
 * result goes to descriptor 3: what the configuration prints can't be mistaken for it. Where `greengate` is not
 * installed beside the configuration, `defineConfig` is stood in for: it returns its argument, as the real one does.
 */
const CHILD = String.raw`
import { writeSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { Worker } from 'node:worker_threads'
// Ends with the one who asked, even if the configuration loops: nobody else would.
const WATCH = 'const { workerData: parent } = require("node:worker_threads"); ' +
  'setInterval(() => { if (process.ppid !== parent) process.kill(-process.pid, "SIGKILL") }, 250)'
new Worker(WATCH, { eval: true, execArgv: [], workerData: process.ppid }).unref()
const STAND_IN = 'data:text/javascript,' + encodeURIComponent('export const defineConfig = (config) => config')
if (typeof nodeModule.registerHooks === 'function') {
  nodeModule.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context)
      } catch (error) {
        if (specifier === 'greengate' || specifier === '@greengate/contracts') {
          return { url: STAND_IN, format: 'module', shortCircuit: true }
        }
        throw error
      }
    },
  })
}
function refuse(at, what) {
  const error = new Error((at === '' ? 'the configuration' : at) + ' is ' + what + '; only data can be configured')
  error.place = at
  throw error
}
function check(value, at, seen) {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(at, String(value))
    return
  }
  if (typeof value !== 'object') refuse(at, 'a ' + typeof value)
  if (seen.includes(value)) refuse(at, 'part of itself')
  const prototype = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    const name = prototype && prototype.constructor ? prototype.constructor.name : 'object'
    refuse(at, name === 'Promise' ? 'a promise' : 'an instance of ' + name)
  }
  for (const key of Object.keys(value)) check(value[key], at === '' ? key : at + '.' + key, [...seen, value])
}
function send(answer) {
  const bytes = Buffer.from(JSON.stringify(answer))
  for (let at = 0; at < bytes.length; ) at += writeSync(3, bytes, at)
}
const loaded = await import(process.argv[1])
if (!('default' in loaded)) {
  send({ problem: 'no-default' })
} else {
  const value = await loaded.default
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    send({ problem: 'no-object', type: Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value })
  } else {
    let refused = null
    try {
      check(value, '', [])
    } catch (error) {
      refused = { problem: 'no-data', place: error.place, message: error.message }
    }
    send(refused ?? { value })
  }
}
process.exit(0)
`

/** By what everything that Greengate starts is known again. */
const MARKER = 'GREENGATE_INSTANCE'

interface ChildEnd {
  readonly code: number | null
  readonly result: string
  readonly stderr: string
  readonly stopped: '' | 'timeout' | 'too-large'
}

/**
 * The default export of a configuration written in TypeScript or JavaScript, evaluated in a child process that has
 * neither our environment nor our memory.
 * @throws GreengateError CONFIG_UNREADABLE with the place, CONFIG_INVALID where it exports something else than data
 */
export async function evaluateConfig(file: string): Promise<Json> {
  const name = basename(file)
  const flags = stripFlags(file)
  if (flags === null) {
    throw new GreengateError('CONFIG_UNREADABLE', `${name} is TypeScript, which Node ${process.version} can't run.`, {
      where: name,
      fix: 'Run Greengate with Node 22.18 or newer, or write the configuration as greengate.yaml or greengate.config.mjs.',
    })
  }
  const end = await runChild(file, flags)
  if (end.stopped === 'timeout') {
    throw new GreengateError('CONFIG_UNREADABLE', `${name} did not finish within ${EVALUATION_TIMEOUT_MS / 1000} s.`, {
      where: name,
      fix: 'A configuration is data: take out what waits, listens or loops.',
    })
  }
  if (end.stopped === 'too-large') {
    throw new GreengateError('CONFIG_INVALID', `${name} is larger than ${RESULT_BYTES_MAX} bytes of JSON.`, {
      where: name,
    })
  }
  if (end.result === '') throw failedEvaluation(name, end)
  return readAnswer(name, end.result)
}

function stripFlags(file: string): readonly string[] | null {
  if (!/\.[cm]?ts$/.test(file)) return []
  if (process.features.typescript) return []
  return process.allowedNodeEnvironmentFlags.has('--experimental-strip-types') ? ['--experimental-strip-types'] : null
}

function runChild(file: string, flags: readonly string[]): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const env: Record<string, string> = {}
    for (const variable of ENVIRONMENT_KEPT) {
      const value = process.env[variable]
      if (value !== undefined) env[variable] = value
    }
    const marker = `config/${randomUUID()}`
    env[MARKER] = marker
    const args = ['--no-warnings', ...flags, '--input-type=module', '--eval', CHILD, pathToFileURL(file).href]
    const child = spawn(process.execPath, args, {
      cwd: dirname(file),
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    })
    let stopped: ChildEnd['stopped'] = ''
    const stop = (reason: ChildEnd['stopped']): void => {
      if (stopped === '') stopped = reason
      killFamily(child.pid, marker)
    }
    const timer = setTimeout(() => stop('timeout'), EVALUATION_TIMEOUT_MS)
    const result: Buffer[] = []
    let resultBytes = 0
    let stderr = ''
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      resultBytes += chunk.length
      if (resultBytes > RESULT_BYTES_MAX) stop('too-large')
      else result.push(chunk)
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < NOISE_BYTES_MAX) stderr += chunk.toString('utf8')
    })
    // Anything the configuration started ends with it; waiting for its pipes would wait for it.
    child.on('exit', () => killFamily(child.pid, marker))
    child.on('error', (cause) => {
      clearTimeout(timer)
      reject(
        new GreengateError('INTERNAL', `Node could not be started: ${cause.message}`, { where: basename(file), cause }),
      )
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, result: Buffer.concat(result).toString('utf8'), stderr, stopped })
    })
  })
}

/** Ends the group, and what left it: everything that the child started carries its marker. */
function killFamily(pid: number | undefined, marker: string): void {
  if (pid === undefined) return
  kill(-pid)
  let names: string[] = []
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    // Without /proc the group is all that is known.
  }
  for (const name of names) {
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'latin1').split('\0')
      if (environment.includes(`${MARKER}=${marker}`)) kill(Number(name))
    } catch {
      // It is gone, or somebody else's.
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

function failedEvaluation(name: string, end: ChildEnd): GreengateError {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const place = new RegExp(`${escaped}:(\\d+)(?::(\\d+))?`).exec(end.stderr)
  const lines = end.stderr.split('\n')
  const said =
    lines.find((line) => /^(?:Uncaught )?\w*(?:Error|Exception)\b.*:/.test(line.trim())) ??
    lines.find((line) => line.trim() !== '' && !line.includes('file:')) ??
    `it ended with exit code ${end.code ?? 'none'} before it was read`
  const where = place ? `${name}:${place[1]}${place[2] ? `:${place[2]}` : ''}` : name
  return new GreengateError('CONFIG_UNREADABLE', `${name} could not be evaluated: ${said.trim()}`, { where })
}

function readAnswer(name: string, text: string): Json {
  const answer = JSON.parse(text) as { value?: Json; problem?: string; type?: string; place?: string; message?: string }
  switch (answer.problem) {
    case undefined:
      return answer.value ?? null
    case 'no-default':
      throw new GreengateError('CONFIG_INVALID', `${name} has no default export.`, {
        where: name,
        fix: 'Write `export default defineConfig({ service: "name" })`.',
      })
    case 'no-object':
      throw new GreengateError('CONFIG_INVALID', `${name} exports a ${answer.type ?? 'value'}; expected an object.`, {
        where: name,
        fix: 'Write `export default defineConfig({ service: "name" })`.',
      })
    default:
      throw new GreengateError('CONFIG_INVALID', `${name}: ${answer.message ?? 'it holds more than data'}.`, {
        where: answer.place ? `${name} ${answer.place}` : name,
      })
  }
}
