import type { ConfigProblem } from './config-error.ts'
import { nodeVersionSatisfies } from './node-version.ts'
import { type ReadSmallFile, readSmallFile } from './small-file.ts'

/** The version of Node that was tested, and the one that runs. */
export interface RuntimeLock {
  /** Path of a `.node-version` or `.nvmrc`: it must name a version, whole or in part. Default none. */
  readonly versionFile?: string
  /** Path of a `package.json` whose `engines.node` must hold. Default none. */
  readonly packageFile?: string
  /** Default `process.version`. */
  readonly version?: string
}

/** From where a process learns in which environment it is. */
export interface EnvironmentLock {
  /** Variable that declares the environment, usually `APP_ENV`. */
  readonly declared: string
  /** Variable with the path of an env file, which itself says `<declared>=...`. Optional at run time. */
  readonly envFile: string
  /** Variable with the path of a file that names the environment the runtime was installed for. Optional at run time. */
  readonly runtimeMarker: string
  /** The version of Node that this service is pinned to (CFG-02). Default: not compared. */
  readonly runtime?: RuntimeLock
}

function valueIn(text: string, name: string): string | null {
  const found: string[] = []
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line)
    if (match?.[1] === name) found.push((match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2'))
  }
  // Two declarations in one file are a disagreement by themselves.
  return found.length > 0 && found.every((one) => one === found[0]) ? (found[0] ?? null) : null
}

function enginesOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    const engines: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'engines') : undefined
    const node: unknown = typeof engines === 'object' && engines !== null ? Reflect.get(engines, 'node') : undefined
    return typeof node === 'string' ? node : ''
  } catch {
    return ''
  }
}

/** Compares the version of Node that runs with what the tree pins. */
function checkRuntime(lock: RuntimeLock, readFile: ReadSmallFile): ConfigProblem[] {
  const version = lock.version ?? process.version
  const problems: ConfigProblem[] = []
  const compare = (path: string | undefined, what: string, wantedIn: (text: string) => string): void => {
    if (path === undefined) return
    const text = readFile(path)
    const wanted = text === null ? '' : wantedIn(text).trim()
    const satisfied = nodeVersionSatisfies(version, wanted)
    if (text === null) problems.push({ variable: 'node', problem: `can't be compared: ${what} can't be read` })
    else if (satisfied === null)
      problems.push({ variable: 'node', problem: `can't be compared: ${what} names no version` })
    else if (!satisfied) problems.push({ variable: 'node', problem: `is ${version} but ${what} wants ${wanted}` })
  }
  compare(lock.versionFile, 'the version file', (text) => text)
  compare(lock.packageFile, 'engines.node of the package file', enginesOf)
  return problems
}

/**
 * Compares what the process was told with what its env file and its runtime were made for, and the runtime with the
 * pinned one. Reads files; a file that is named and can't be read, or says nothing, is a problem: silence is not
 * agreement.
 */
export function checkEnvironmentLock(
  env: Readonly<Record<string, string | undefined>>,
  lock: EnvironmentLock,
  readFile: ReadSmallFile = readSmallFile,
): ConfigProblem[] {
  const declared = env[lock.declared]
  const problems: ConfigProblem[] = []
  const compare = (variable: string, what: string, read: (text: string) => string | null): void => {
    const path = env[variable]
    if (path === undefined || path === '') return
    const text = readFile(path)
    const named = text === null ? null : read(text)
    if (text === null) problems.push({ variable, problem: `names a file that can't be read` })
    else if (named === null || named === '')
      problems.push({ variable, problem: `names a file that does not say its environment` })
    else if (named !== declared)
      problems.push({ variable, problem: `${what} another environment than ${lock.declared} declares` })
  }
  compare(lock.envFile, 'belongs to', (text) => valueIn(text, lock.declared))
  compare(lock.runtimeMarker, 'names a runtime installed for', (text) => text.trim())
  if (lock.runtime) problems.push(...checkRuntime(lock.runtime, readFile))
  return problems
}
