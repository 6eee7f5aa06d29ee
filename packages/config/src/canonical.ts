import type { Json } from '@greengate/contracts'

/**
 * JSON with sorted keys and no white space, as RFC 8785 has it for the values a configuration can hold: equal
 * configurations have equal bytes, whatever file they came from.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  // The default order of strings is by UTF-16 code units, which is what RFC 8785 asks for.
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
