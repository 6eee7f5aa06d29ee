import { hash } from 'node:crypto'
import { compareVersions, parseVersion } from '../data/semver.ts'
import type { ParsedCondition } from './definition.ts'

/** What is known about whom a flag is evaluated for: attributes by name, `targetingKey` among them. */
export type FlagContext = Readonly<Record<string, unknown>>
export type Predicate = (context: FlagContext) => boolean

/** Buckets of a split: a share of 0.001 % is one bucket. */
export const BUCKETS = 100_000

/**
 * The bucket, 0 to 99,999, of a key under a flag: the first four bytes, big endian, of SHA-256 over the flag's key, a
 * NUL and the targeting key, scaled down. The same everywhere and for ever, so that replicas, languages and restarts
 * agree; another flag spreads the same people differently.
 * @example bucketOf('new-editor', 'user-1') // 99558, in every process
 */
export function bucketOf(flagKey: string, targetingKey: string): number {
  const first = hash('sha256', `${flagKey}\0${targetingKey}`, 'buffer').readUInt32BE(0)
  return Math.floor((first / 2 ** 32) * BUCKETS)
}

type Comparator = (order: number) => boolean
const COMPARATORS: Readonly<Record<string, Comparator>> = {
  '=': (order) => order === 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
}

/** `>=1.2.0 <2.0.0`: comparators that all have to hold. Null for what is not such a range. */
export function versionRange(text: string): ((version: string) => boolean) | null {
  const parts = text.trim().split(/\s+/)
  if (parts.length > 8) return null
  const tests: { readonly bound: NonNullable<ReturnType<typeof parseVersion>>; readonly holds: Comparator }[] = []
  for (const part of parts) {
    const match = /^(>=|<=|>|<|=)?(.+)$/.exec(part)
    const holds = COMPARATORS[match?.[1] ?? '=']
    const bound = parseVersion(match?.[2] ?? '')
    if (!holds || !bound) return null
    tests.push({ bound, holds })
  }
  return (text) => {
    const version = parseVersion(text)
    return version !== null && tests.every(({ bound, holds }) => holds(compareVersions(version, bound)))
  }
}

function numeric(op: 'greater' | 'atLeast' | 'less' | 'atMost', bound: number): (seen: unknown) => boolean {
  return (seen) => {
    if (typeof seen !== 'number') return false
    switch (op) {
      case 'greater':
        return seen > bound
      case 'atLeast':
        return seen >= bound
      case 'less':
        return seen < bound
      case 'atMost':
        return seen <= bound
    }
  }
}

/**
 * The condition as a function. Types are not converted: `29` is not `"29"`.
 * @throws RangeError for a version range that is none
 */
export function compileCondition(condition: ParsedCondition): Predicate {
  const { attribute } = condition
  const negated = 'not' in condition && condition.not === true
  const test = ((): ((seen: unknown) => boolean) => {
    switch (condition.op) {
      case 'equals':
        return (seen) => seen === condition.value
      case 'in': {
        const values = new Set<unknown>(condition.values)
        return (seen) => values.has(seen)
      }
      case 'prefix':
        return (seen) => typeof seen === 'string' && seen.startsWith(condition.value)
      case 'suffix':
        return (seen) => typeof seen === 'string' && seen.endsWith(condition.value)
      case 'greater':
      case 'atLeast':
      case 'less':
      case 'atMost':
        return numeric(condition.op, condition.value)
      case 'semver': {
        const holds = versionRange(condition.range)
        if (!holds)
          throw new RangeError(`${JSON.stringify(condition.range)} is no range of versions like ">=1.2.0 <2.0.0"`)
        return (seen) => typeof seen === 'string' && holds(seen)
      }
    }
  })()
  return (context) => {
    const seen = Object.hasOwn(context, attribute) ? context[attribute] : undefined
    if (seen === undefined || seen === null) return false
    return test(seen) !== negated
  }
}
