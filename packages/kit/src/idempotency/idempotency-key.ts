import { parseFieldString } from '../limits/structured-field.ts'

const CHARACTERS_MAX = 255

export type ParsedIdempotencyKey =
  { readonly ok: true; readonly key: string } | { readonly ok: false; readonly problem: 'missing' | 'malformed' }

/**
 * The key in an `Idempotency-Key` field: a structured field string, `"8e03978e-40d5"`, as
 * draft-ietf-httpapi-idempotency-key-header-07 asks for, or the same without quotes, as most clients send it. Both are
 * the same key; 1 to 255 characters. A field that was sent twice is malformed: its parts arrive joined by a comma, which
 * a bare key may not have. Never throws.
 */
export function parseIdempotencyKey(field: string | readonly string[] | undefined): ParsedIdempotencyKey {
  if (field === undefined || field === '') return { ok: false, problem: 'missing' }
  const malformed = { ok: false, problem: 'malformed' } as const
  if (typeof field !== 'string') return malformed
  const text = field.trim()
  if (text.startsWith('"')) {
    const key = parseFieldString(text, CHARACTERS_MAX)
    return key === null || key.trim() === '' ? malformed : { ok: true, key }
  }
  // Visible ASCII but for what could begin something else in a structured field, or a second value.
  return text.length <= CHARACTERS_MAX && /^[!#-+\--:<-[\]-~]+$/.test(text) ? { ok: true, key: text } : malformed
}
