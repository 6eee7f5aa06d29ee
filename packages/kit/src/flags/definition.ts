import { z } from 'zod'

/** A value of a flag: what JSON can say. */
export type FlagValue = boolean | string | number | null | { readonly [key: string]: FlagValue } | readonly FlagValue[]

const LIMITS = {
  variants: 32,
  rules: 32,
  conditions: 16,
  values: 200,
  metadata: 32,
  textLength: 1024,
  depth: 8,
} as const

const text = z.string().max(LIMITS.textLength)
const name = z.string().min(1).max(128)
const scalar = z.union([text, z.number(), z.boolean()])

const value: z.ZodType<FlagValue> = z.lazy(() =>
  z.union([
    z.boolean(),
    z.string().max(16_384),
    z.number(),
    z.null(),
    z.array(value).max(256),
    z.record(z.string().max(256), value),
  ]),
)

/**
 * One thing that has to be true of the evaluation context. A condition on an attribute that the context does not have
 * (or has as null) never holds, negated or not: nobody is targeted by what is not known about them.
 */
const condition = z.discriminatedUnion('op', [
  z.strictObject({ attribute: name, op: z.literal('equals'), value: scalar, not: z.boolean().optional() }),
  z.strictObject({
    attribute: name,
    op: z.literal('in'),
    values: z.array(scalar).min(1).max(LIMITS.values),
    not: z.boolean().optional(),
  }),
  z.strictObject({ attribute: name, op: z.literal('prefix'), value: text.min(1), not: z.boolean().optional() }),
  z.strictObject({ attribute: name, op: z.literal('suffix'), value: text.min(1), not: z.boolean().optional() }),
  z.strictObject({ attribute: name, op: z.enum(['greater', 'atLeast', 'less', 'atMost']), value: z.number() }),
  z.strictObject({ attribute: name, op: z.literal('semver'), range: text.min(1) }),
])

/** Shares in percent, at most three decimals, that add up to 100; their order is the order of the buckets. */
const split = z.record(name, z.number().min(0).max(100))

const rule = z.union([
  z.strictObject({ when: z.array(condition).max(LIMITS.conditions).default([]), variant: name }),
  z.strictObject({
    when: z.array(condition).max(LIMITS.conditions).default([]),
    split,
    /** Attribute whose value decides the bucket. Default `targetingKey`. */
    by: name.default('targetingKey'),
  }),
])

const definition = z.strictObject({
  variants: z.record(name, value),
  /** Variant when no rule matches; null or absent: the default that the caller brings. */
  defaultVariant: name.nullish(),
  /** Answered with the caller's default, reason DISABLED. */
  disabled: z.boolean().default(false),
  rules: z.array(rule).max(LIMITS.rules).default([]),
  metadata: z.record(name, scalar).nullish(),
})

/** A condition as it is written. */
export type FlagCondition = z.input<typeof condition>
/** A rule as it is written: the first one that matches decides. */
export type FlagRule = z.input<typeof rule>
/** A flag as it is written in configuration or in the table; see `docs/guides/kit/flags.md` for the shapes. */
export type FlagDefinition = z.input<typeof definition>
/** A flag whose every field is there. */
export type ParsedDefinition = z.output<typeof definition>
export type ParsedCondition = z.output<typeof condition>

/** What is wrong with a definition, or the definition. */
export type ParseResult =
  { readonly ok: true; readonly definition: ParsedDefinition } | { readonly ok: false; readonly problem: string }

export const FLAG_KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

function depthOf(input: unknown, left: number): boolean {
  if (left < 0) return false
  if (typeof input !== 'object' || input === null) return true
  return Object.values(input).every((inner) => depthOf(inner, left - 1))
}

export function kindOf(input: FlagValue): 'boolean' | 'string' | 'number' | 'object' {
  return typeof input === 'boolean' || typeof input === 'string' || typeof input === 'number'
    ? (typeof input as 'boolean' | 'string' | 'number')
    : 'object'
}

function inconsistency(parsed: ParsedDefinition): string | null {
  const names = Object.keys(parsed.variants)
  if (names.length === 0 || names.length > LIMITS.variants) return `has to have 1 to ${LIMITS.variants} variants`
  if (Object.keys(parsed.metadata ?? {}).length > LIMITS.metadata)
    return `more than ${LIMITS.metadata} metadata entries`
  if (new Set(Object.values(parsed.variants).map(kindOf)).size > 1) return 'variants have values of different types'
  const unknown = [
    ...(typeof parsed.defaultVariant === 'string' ? [parsed.defaultVariant] : []),
    ...parsed.rules.flatMap((one) => ('split' in one ? Object.keys(one.split) : [one.variant])),
  ].find((one) => !Object.hasOwn(parsed.variants, one))
  if (unknown !== undefined) return `variant ${JSON.stringify(unknown)} is not among the variants`
  for (const one of parsed.rules) {
    if (!('split' in one)) continue
    const shares = Object.values(one.split).map((share) => Math.round(share * 1000))
    if (shares.reduce((sum, share) => sum + share, 0) !== 100_000) return 'the shares of a split do not add up to 100'
  }
  return null
}

/** Reads one definition. Never throws: what is wrong is data, so that one bad flag leaves the others alone. */
export function parseDefinition(input: unknown): ParseResult {
  // Before the schema, whose recursion is bounded by nothing else.
  if (!depthOf(input, LIMITS.depth + 4)) return { ok: false, problem: `nested deeper than ${LIMITS.depth} levels` }
  const parsed = definition.safeParse(input)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return { ok: false, problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`.slice(0, 300) }
  }
  const problem = inconsistency(parsed.data)
  return problem === null ? { ok: true, definition: parsed.data } : { ok: false, problem }
}
