import { readFileSync } from 'node:fs'
import type { ConfigProblem } from './config-error.ts'

/** From where a process learns in which environment it is. */
export interface EnvironmentLock {
  /** Variable that declares the environment, usually `APP_ENV`. */
  readonly declared: string
  /** Variable with the path of an env file, which itself says `<declared>=...`. Optional at run time. */
  readonly envFile: string
  /** Variable with the path of a file that names the environment the runtime was installed for. Optional at run time. */
  readonly runtimeMarker: string
}

const FILE_CHARS_MAX = 65_536

function readSmall(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8')
    return text.length > FILE_CHARS_MAX ? null : text
  } catch {
    return null
  }
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

/**
 * Compares what the process was told with what its env file and its runtime were made for. Reads files; a file that is
 * named and can't be read, or says nothing, is a problem: silence is not agreement.
 */
export function checkEnvironmentLock(
  env: Readonly<Record<string, string | undefined>>,
  lock: EnvironmentLock,
): ConfigProblem[] {
  const declared = env[lock.declared]
  const problems: ConfigProblem[] = []
  const compare = (variable: string, what: string, read: (text: string) => string | null): void => {
    const path = env[variable]
    if (path === undefined || path === '') return
    const text = readSmall(path)
    const named = text === null ? null : read(text)
    if (text === null) problems.push({ variable, problem: `names a file that can't be read` })
    else if (named === null || named === '')
      problems.push({ variable, problem: `names a file that does not say its environment` })
    else if (named !== declared)
      problems.push({ variable, problem: `${what} another environment than ${lock.declared} declares` })
  }
  compare(lock.envFile, 'belongs to', (text) => valueIn(text, lock.declared))
  compare(lock.runtimeMarker, 'names a runtime installed for', (text) => text.trim())
  return problems
}
