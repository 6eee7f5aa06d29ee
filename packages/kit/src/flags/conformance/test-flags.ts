/** The flags of the specification's test data in the kit's words. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { FlagDefinition, FlagRule, FlagValue } from '../definition.ts'

const given = z.record(
  z.string(),
  z.strictObject({
    disabled: z.boolean().optional(),
    variants: z.record(z.string(), z.json()),
    defaultVariant: z.string().nullish(),
    flagMetadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
    contextEvaluator: z.string().optional(),
  }),
)

/** The two expressions (CEL) of the test data as rules; an expression that is not here fails the run. */
const RULES: Readonly<Record<string, readonly FlagRule[]>> = {
  "email == 'ballmer@macrosoft.com' ? 'zero' : ''": [
    { when: [{ attribute: 'email', op: 'equals', value: 'ballmer@macrosoft.com' }], variant: 'zero' },
  ],
  "!customer && email == 'ballmer@macrosoft.com' && age > 10 ? 'internal' : ''": [
    {
      when: [
        { attribute: 'customer', op: 'equals', value: false },
        { attribute: 'email', op: 'equals', value: 'ballmer@macrosoft.com' },
        { attribute: 'age', op: 'greater', value: 10 },
      ],
      variant: 'internal',
    },
  ],
}

function rulesOf(expression: string | undefined): FlagRule[] {
  if (expression === undefined) return []
  const rules = RULES[expression]
  if (!rules) throw new Error(`no rules for the expression ${expression}`)
  return [...rules]
}

/** `context-aware` of the older evaluation.feature is not in the test data: it is as that feature describes it. */
const CONTEXT_AWARE: FlagDefinition = {
  variants: { internal: 'INTERNAL', external: 'EXTERNAL' },
  defaultVariant: 'external',
  rules: [
    {
      when: [
        { attribute: 'fn', op: 'equals', value: 'Sulisław' },
        { attribute: 'ln', op: 'equals', value: 'Świętopełk' },
        { attribute: 'age', op: 'equals', value: 29 },
        { attribute: 'customer', op: 'equals', value: false },
      ],
      variant: 'internal',
    },
  ],
}

export function testFlags(): Record<string, FlagDefinition> {
  const file = given.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'test-flags.json'), 'utf8')))
  const flags: Record<string, FlagDefinition> = { 'context-aware': CONTEXT_AWARE }
  for (const [key, flag] of Object.entries(file)) {
    flags[key] = {
      variants: flag.variants satisfies Record<string, FlagValue>,
      defaultVariant: flag.defaultVariant ?? null,
      disabled: flag.disabled ?? false,
      rules: rulesOf(flag.contextEvaluator),
      metadata: flag.flagMetadata ?? null,
    }
  }
  return flags
}
