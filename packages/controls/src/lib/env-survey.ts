import { dirname, join } from 'node:path/posix'
import type { DynamicRead, EnvGroup, EnvRead, EnvReads } from './env-reads.ts'

/** What the sources together read, and what of it only the running code knows. */
export interface EnvSurvey {
  readonly reads: EnvRead[]
  readonly dynamic: (DynamicRead & { readonly registered: boolean })[]
}

/**
 * Puts the files together: calls of helpers become reads of the names they are given, and a loop or a schema becomes
 * reads of the names of the constant it goes over. What stays open is judged by its folder: a loader there reads what
 * describes mostly declared names there. Pure.
 * @param files Sources of the service by path
 * @param isDeclared Whether the registry holds a name
 */
export function surveyEnv(files: ReadonlyMap<string, EnvReads>, isDeclared: (name: string) => boolean): EnvSurvey {
  const reads: EnvRead[] = [...files.values()].flatMap((file) => file.reads)
  const dynamic: EnvSurvey['dynamic'] = []
  reads.push(...callsOfHelpers(files))
  for (const [path, file] of files) {
    for (const read of file.dynamic) {
      const named = read.over === '' ? [] : groupsNamed(files, path, file, read.over)
      const groups = named.length > 0 ? named : groupsNear(files, path, isDeclared)
      reads.push(...groups.flatMap((group) => group.entries))
      dynamic.push({ ...read, registered: groups.length > 0 })
    }
  }
  return { reads, dynamic }
}

function callsOfHelpers(files: ReadonlyMap<string, EnvReads>): EnvRead[] {
  const reads: EnvRead[] = []
  const helpers = new Map<string, { index: number; path: string }[]>()
  for (const [path, file] of files) for (const [name, index] of file.helpers) helpers.set(name, [{ index, path }])
  for (let before = -1; before !== helpers.size;) {
    before = helpers.size
    for (const [path, file] of files) {
      for (const call of file.calls) {
        const known = helpers.get(call.callee)?.find((one) => one.path === path || file.imports.has(call.root))
        const arg = known ? call.args[known.index] : null
        if (arg && 'helper' in arg && !helpers.has(arg.helper)) helpers.set(arg.helper, [{ index: arg.index, path }])
      }
    }
  }
  for (const [path, file] of files) {
    for (const call of file.calls) {
      const known = helpers.get(call.callee)?.find((one) => one.path === path || file.imports.has(call.root))
      const arg = known ? call.args[known.index] : null
      if (arg && 'literal' in arg) reads.push({ name: arg.literal, where: call.where })
    }
  }
  return reads
}

function groupsNamed(files: ReadonlyMap<string, EnvReads>, path: string, file: EnvReads, name: string): EnvGroup[] {
  const own = file.groups.filter((group) => group.of === name)
  if (own.length > 0) return own
  const from = file.imports.get(name)
  if (from === undefined || !from.startsWith('.')) return []
  const base = join(dirname(path), from)
  const bare = base.replace(/\.[cm]?[jt]sx?$/, '')
  const other =
    [base, ...['ts', 'js', 'mts', 'mjs', 'cts', 'cjs', 'tsx', 'jsx'].flatMap((end) => [`${bare}.${end}`, `${base}/index.${end}`])] // prettier-ignore
      .map((candidate) => files.get(candidate))
      .find((candidate) => candidate !== undefined)
  const groups = other?.groups ?? []
  const named = groups.filter((group) => group.of === name)
  return named.length > 0 ? named : groups.filter((group) => group.describes)
}

function groupsNear(
  files: ReadonlyMap<string, EnvReads>,
  path: string,
  isDeclared: (name: string) => boolean,
): EnvGroup[] {
  const folder = dirname(path)
  return [...files]
    .filter(([other]) => dirname(other) === folder || dirname(other).startsWith(`${folder}/`))
    .flatMap(([, file]) => file.groups)
    .filter(
      ({ describes, entries }) =>
        describes && entries.filter((entry) => isDeclared(entry.name)).length * 2 > entries.length,
    )
}
