import { type FlagValue, kindOf, type ParsedDefinition } from './definition.ts'
import { BUCKETS, bucketOf, compileCondition, type FlagContext, type Predicate } from './rules.ts'

export type FlagKind = 'boolean' | 'string' | 'number' | 'object'

/** Why an evaluation gave what it gave, in OpenFeature's words. */
export type FlagReason = 'STATIC' | 'TARGETING_MATCH' | 'SPLIT' | 'DEFAULT' | 'DISABLED' | 'CACHED' | 'STALE' | 'ERROR'

export type FlagErrorCode =
  | 'PROVIDER_NOT_READY'
  | 'PROVIDER_FATAL'
  | 'FLAG_NOT_FOUND'
  | 'PARSE_ERROR'
  | 'TYPE_MISMATCH'
  | 'TARGETING_KEY_MISSING'
  | 'INVALID_CONTEXT'
  | 'GENERAL'

/** `value` absent: the caller's own default counts (disabled, no default variant, or an error). */
export interface FlagResolution {
  readonly value?: FlagValue
  readonly variant?: string
  readonly reason: FlagReason
  readonly errorCode?: FlagErrorCode
  readonly errorMessage?: string
  readonly metadata?: Readonly<Record<string, string | number | boolean>>
}

interface CompiledRule {
  readonly when: readonly Predicate[]
  readonly by: string | null
  /** Upper end of each variant's buckets, rising; one entry of all buckets for a rule without a split. */
  readonly ends: readonly number[]
  readonly results: readonly FlagResolution[]
}

/** A flag made ready: nothing is parsed, searched or allocated when it is evaluated. */
export interface CompiledFlag {
  readonly kind: FlagKind
  readonly rules: readonly CompiledRule[]
  readonly fallback: FlagResolution
  /** The same for every context, so that it may be cached. */
  readonly isStatic: boolean
}

export function failed(errorCode: FlagErrorCode, errorMessage: string): FlagResolution {
  return Object.freeze({ reason: 'ERROR', errorCode, errorMessage })
}

const MISMATCHES: Readonly<Record<FlagKind, FlagResolution>> = {
  boolean: failed('TYPE_MISMATCH', 'the flag is not a boolean'),
  string: failed('TYPE_MISMATCH', 'the flag is not a string'),
  number: failed('TYPE_MISMATCH', 'the flag is not a number'),
  object: failed('TYPE_MISMATCH', 'the flag is not an object'),
}
const KEY_MISSING = failed('TARGETING_KEY_MISSING', 'a split needs a targeting key')
const KEY_MALFORMED = failed(
  'INVALID_CONTEXT',
  'a split needs a targeting key that is a string of 1 to 1,024 characters',
)

function freeze(value: FlagValue): FlagValue {
  // What a caller gets is the configuration itself: frozen, a caller can't change it for the others.
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freeze(inner)
    Object.freeze(value)
  }
  return value
}

/** @throws RangeError for a rule that can't be (a version range that is none) */
export function compileFlag(definition: ParsedDefinition): CompiledFlag {
  const metadata = definition.metadata ? { metadata: Object.freeze({ ...definition.metadata }) } : {}
  const result = (variant: string, reason: FlagReason): FlagResolution => {
    const value = definition.variants[variant]
    if (value === undefined) throw new RangeError(`variant ${variant} is not there`)
    return Object.freeze({ value: freeze(value), variant, reason, ...metadata })
  }
  const first = Object.values(definition.variants)[0]
  if (first === undefined) throw new RangeError('a flag needs a variant')
  const kind = kindOf(first)
  if (definition.disabled)
    return { kind, rules: [], fallback: Object.freeze({ reason: 'DISABLED', ...metadata }), isStatic: true }
  const rules = definition.rules.map((rule): CompiledRule => {
    const when = rule.when.map(compileCondition)
    if (!('split' in rule))
      return { when, by: null, ends: [BUCKETS], results: [result(rule.variant, 'TARGETING_MATCH')] }
    let end = 0
    const ends = Object.values(rule.split).map((share) => (end += Math.round(share * (BUCKETS / 100))))
    return { when, by: rule.by, ends, results: Object.keys(rule.split).map((variant) => result(variant, 'SPLIT')) }
  })
  const reason = rules.length === 0 ? 'STATIC' : 'DEFAULT'
  const fallback =
    typeof definition.defaultVariant === 'string'
      ? result(definition.defaultVariant, reason)
      : Object.freeze({ reason: 'DEFAULT' as const, ...metadata })
  return { kind, rules, fallback, isStatic: rules.length === 0 }
}

function matches(rule: CompiledRule, context: FlagContext): boolean {
  for (const predicate of rule.when) if (!predicate(context)) return false
  return true
}

/** Evaluates from memory, synchronously. */
export function evaluateFlag(key: string, flag: CompiledFlag, kind: FlagKind, context: FlagContext): FlagResolution {
  if (flag.kind !== kind) return MISMATCHES[kind]
  for (const rule of flag.rules) {
    if (!matches(rule, context)) continue
    let bucket = 0
    if (rule.by !== null) {
      const by = Object.hasOwn(context, rule.by) ? context[rule.by] : undefined
      if (by === undefined || by === null || by === '') return KEY_MISSING
      if (typeof by !== 'string' || by.length > 1024) return KEY_MALFORMED
      bucket = bucketOf(key, by)
    }
    for (let index = 0; index < rule.ends.length; index += 1) {
      const resolution = rule.results[index]
      if (resolution && bucket < (rule.ends[index] ?? 0)) return resolution
    }
  }
  return flag.fallback
}
