import type { VariableSpec } from '@greengate/contracts'

/** The kinds of value that people leave in by mistake. */
export const PLACEHOLDER_KINDS = [
  'changeme',
  'dummy',
  'placeholder',
  'example',
  'todo',
  'xxx',
  'angle-brackets',
  'repeated',
  'low-entropy',
] as const
export type PlaceholderKind = (typeof PLACEHOLDER_KINDS)[number]

/** Kinds that only a secret must refuse: an ordinary value may repeat itself. */
export const SECRET_ONLY_KINDS: readonly PlaceholderKind[] = ['repeated', 'low-entropy']

const UNITS: Readonly<Record<PlaceholderKind, string>> = {
  changeme: 'changeme',
  dummy: 'dummy',
  placeholder: 'placeholder',
  example: 'example',
  todo: 'todo',
  xxx: 'xxxxxxxx',
  'angle-brackets': '<your-secret-here>',
  repeated: 'aaaaaaaa',
  'low-entropy': 'abcabcabc',
}

/**
 * A placeholder of this kind that keeps to the variable's declared form as far as it can (length, prefix of a good value),
 * so that it is refused for being a placeholder and not for its form.
 */
export function placeholderValue(
  kind: PlaceholderKind,
  spec: VariableSpec,
  goodValue: string,
): { value: string; wellFormed: boolean } {
  const unit = UNITS[kind]
  const candidates = [unit, fit(unit, spec)]
  const prefix = /^(?:[A-Za-z0-9]{2,10}[_-]){1,3}/.exec(goodValue)?.[0] ?? ''
  if (spec.pattern !== undefined && prefix !== '') {
    const letters = unit.replaceAll(/[^A-Za-z0-9]/g, '')
    candidates.push(
      prefix + letters.repeat(Math.ceil(goodValue.length / letters.length)).slice(0, goodValue.length - prefix.length),
    )
  }
  const value = candidates.find((candidate) => isWellFormed(candidate, spec)) ?? fit(unit, spec)
  return { value, wellFormed: isWellFormed(value, spec) }
}

/** Whether a string keeps to what the registry declares of its form. A pattern that is no regular expression decides nothing. */
export function isWellFormed(value: string, spec: VariableSpec): boolean {
  if (spec.min !== undefined && value.length < spec.min) return false
  if (spec.max !== undefined && value.length > spec.max) return false
  if (spec.pattern === undefined) return true
  try {
    return new RegExp(spec.pattern).test(value)
  } catch {
    return true
  }
}

/** Kind of placeholder that a value in a file is, or null. Short ordinary values are none. */
export function placeholderKindOf(value: string, secretName: boolean): PlaceholderKind | null {
  const text = value.trim()
  if (text === '') return null
  if (/^<[^<>]+>$/.test(text) || /^\[(your|insert|add)[^\]]*\]$/i.test(text)) return 'angle-brackets'
  if (/change[-_ ]?me|replace[-_ ]?(me|this|with)/i.test(text)) return 'changeme'
  if (/^(your|my|insert)[-_ ].*(key|secret|token|password|here|value)/i.test(text)) return 'placeholder'
  if (/(^|[^a-z])placeholder([^a-z]|$)/i.test(text)) return 'placeholder'
  if (/^dummy([^a-z]|$)/i.test(text)) return 'dummy'
  if (/^(todo|fixme|tbd)([^a-z]|$)/i.test(text)) return 'todo'
  if (/^x{3,}$/i.test(text) || /x{8,}/i.test(text)) return 'xxx'
  // A host below example.com is a name that exists for documentation and never in production.
  if (/^example([^a-z]|$)/i.test(text) || /(^|[/@.])example\.(com|org|net)\b/i.test(text)) return 'example'
  if (!secretName) return null
  if (/^(.)\1{3,}$/.test(text)) return 'repeated'
  if (text.length >= 8 && new Set(text).size <= 4) return 'low-entropy'
  return null
}

function fit(unit: string, spec: VariableSpec): string {
  let value = unit
  while (spec.min !== undefined && value.length < spec.min) value += unit
  return spec.max !== undefined ? value.slice(0, spec.max) : value
}
