import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A program of the system that some tests can't do without. */
export interface SystemProgram {
  /** Names it goes by; one of them is enough. */
  readonly names: readonly string[]
  /** Variable that may say where it is instead. */
  readonly variable?: string
  /** Debian's package. */
  readonly package: string
  /** Test files that need it, as globs. */
  readonly tests: readonly string[]
}

export const SYSTEM_PROGRAMS: readonly SystemProgram[] = [
  {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    variable: 'CHROMIUM_PATH',
    package: 'chromium',
    tests: ['**/*.browser.test.ts', 'apps/reference/system/test/e2e/**'],
  },
  {
    names: ['redis-server'],
    package: 'redis-server',
    tests: [
      'apps/reference/gateway/test/limits.test.ts',
      'packages/kit/src/idempotency/idempotency-store.test.ts',
      'packages/kit/src/limits/rate-limit{er,-store}.test.ts',
    ],
  },
  { names: ['promtool'], package: 'prometheus', tests: ['apps/reference/system/test/operations/alerts.test.ts'] },
  { names: ['psql'], package: 'postgresql-client', tests: ['apps/reference/system/test/operations/roles.test.ts'] },
]

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where a program is, by its names in the folders of `PATH`; null when it is nowhere. */
export function findProgram(names: readonly string[], path: string): string | null {
  const places = path.split(delimiter).filter((folder) => folder !== '')
  return names.flatMap((name) => places.map((folder) => join(folder, name))).find(isProgram) ?? null
}

/**
 * What is missing on this machine. In CI nothing is: there each test runs, and one whose program is not there fails.
 * @param env Variables of the process: `PATH`, `CI`, and those that name a program.
 */
export function missingPrograms(env: Readonly<Record<string, string | undefined>>): SystemProgram[] {
  if (env['CI']) return []
  return SYSTEM_PROGRAMS.filter(
    ({ names, variable }) =>
      !isProgram((variable && env[variable]) || '') && findProgram(names, env['PATH'] ?? '') === null,
  )
}

/** One line for people: which tests are left out, and the one command that brings them in; empty when none is. */
export function leftOut(missing: readonly SystemProgram[]): string {
  if (missing.length === 0) return ''
  const names = missing.map(({ names }) => names[0]).join(', ')
  const files = missing.flatMap(({ tests }) => tests).join(' ')
  return `Left out, without ${names}: ${files}\nInstall: apt-get install ${missing.map((one) => one.package).join(' ')}`
}
