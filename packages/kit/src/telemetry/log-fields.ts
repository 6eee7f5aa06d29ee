import { numberText, quote, type TimeText } from './json-text.ts'
import type { LineBatch } from './line-batch.ts'
import type { Redactor } from './redact.ts'

export type LogFields = Readonly<Record<string, unknown>>

/** Names fixed by every line of a log: further ones are kept up to this number. */
const KEYS_MAX = 2000

/** What all loggers that come from one have in common. */
export interface LogCore {
  readonly service: string
  readonly threshold: number
  readonly redactor: Redactor
  readonly nowMs: () => number
  readonly time: TimeText
  readonly emit: (line: string) => void
  readonly batch: LineBatch | null
  /** `,"name":` by name of a field; filled as they come, up to a bound. */
  readonly keys: Map<string, string>
}

/** `,"name":` of a field. */
export function keyText(core: LogCore, key: string): string {
  const known = core.keys.get(key)
  if (known !== undefined) return known
  const text = `,${quote(core.redactor.text(key))}:`
  if (core.keys.size < KEYS_MAX && key.length <= 64) core.keys.set(key, text)
  return text
}

/** A field's value as JSON, redacted; undefined for what JSON leaves out. Never throws. */
export function memberText(redactor: Redactor, fields: LogFields, key: string): string | undefined {
  try {
    const value = fields[key]
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return undefined
    if (redactor.hides(key, value)) return '"[redacted]"'
    if (typeof value === 'string') return quote(redactor.text(value))
    if (typeof value === 'number') return numberText(value)
    if (typeof value === 'boolean') return value ? 'true' : 'false'
    return JSON.stringify(redactor.value(value))
  } catch {
    // A getter of somebody else.
    return '"[unreadable]"'
  }
}

/** All fields as the rest of a JSON object: `,"a":1,"b":"x"`. */
export function fieldsText(core: LogCore, fields: LogFields): string {
  let text = ''
  for (const key of Object.keys(fields)) {
    const value = memberText(core.redactor, fields, key)
    if (value !== undefined) text += keyText(core, key) + value
  }
  return text
}
