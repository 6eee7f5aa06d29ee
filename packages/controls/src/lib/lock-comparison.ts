import { dirname, join } from 'node:path/posix'
import type { TreePort } from '@greengate/contracts'
import type { Lock } from './locks.ts'
import type { Project } from '../sup/sup-01/judge.ts'

const LISTED_MAX = 200

export interface Declared {
  readonly name: string
  readonly spec: string
}

type Base = Pick<Project, 'ecosystem' | 'manifest' | 'lock' | 'problem'>

const WORDS = {
  missing: 'not in the lock',
  differs: 'another specification in the lock',
  outside: 'the locked version is outside of it',
} as const

/**
 * What a manifest and its lock say of each other. `also`: names that a lock may hold for this manifest although they are
 * not declared as dependencies (peers). Null: there is no lock.
 */
export function compare(
  base: Base,
  folder: string,
  declared: readonly Declared[],
  lock: Lock | null,
  also: ReadonlySet<string> = new Set(),
): Project {
  const disagreements = declared.flatMap(({ name, spec }) => {
    const state = lock?.declared(folder, name, spec) ?? 'agrees'
    return state === 'agrees'
      ? []
      : [{ name, where: base.manifest, detail: `${WORDS[state]}: ${spec || 'any version'}` }]
  })
  const agreeing = lock ? declared.length - disagreements.length : 0
  const names = new Set(declared.map((dependency) => dependency.name))
  const left = (lock?.names(folder) ?? []).filter((name) => !names.has(name) && !also.has(name))
  const holes = lock?.holes ?? []
  const others = [
    ...left.map((name) => ({ name, where: base.lock, detail: 'locked as a dependency that is no longer declared' })),
    ...holes.map(({ name, neededBy }) => ({ name, where: base.lock, detail: `${neededBy} needs it, not in the lock` })),
  ]
  const unhashed = (lock?.entries ?? [])
    .filter((entry) => !entry.hashed)
    .map((entry) => ({ name: entry.name, where: base.lock, detail: withoutCredentials(entry.source) || entry.version }))
  const entries = lock?.entries.length ?? 0
  return {
    ...base, declared: declared.length, agreeing, entries, hashed: entries - unhashed.length,
    disagreements: [...disagreements, ...others].slice(0, LISTED_MAX), unhashed: unhashed.slice(0, LISTED_MAX),
  } // prettier-ignore
}

/** A manifest that could not be compared, with the reason. */
export function notUnderstood(base: Base, declared: readonly Declared[], error: unknown): Project {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  return compare({ ...base, problem: message.slice(0, 200) || 'unreadable' }, '.', declared, null)
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^@/]+@/, '//').slice(0, 200)
}

/** The nearest of these files in the folder or above it; empty: none. */
export function nearest(tree: TreePort, folder: string, names: readonly string[]): string {
  for (let at = folder; ; at = dirname(at)) {
    const name = names.find((candidate) => tree.has(join(at, candidate)))
    if (name) return join(at, name)
    if (at === '.' || at === '/') return ''
  }
}
