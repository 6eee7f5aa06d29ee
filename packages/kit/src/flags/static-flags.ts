import { FlagStore, type FlagStoreOptions } from './flag-store.ts'
import type { FlagDefinition } from './definition.ts'
import type { FlagSource } from './postgres-flags.ts'

/** Flags from configuration; `update` replaces them, for a reload. */
export interface StaticFlags extends FlagSource {
  /**
   * Replaces all flags.
   * @returns keys that changed
   * @throws RangeError for JSON that is none, or no object of definitions; the flags from before stay
   */
  update(definitions: Readonly<Record<string, FlagDefinition>> | string): string[]
}

const JSON_BYTES_MAX = 4 * 1024 * 1024

function parsed(definitions: Readonly<Record<string, unknown>> | string): Readonly<Record<string, unknown>> {
  if (typeof definitions !== 'string') return definitions
  if (definitions.length > JSON_BYTES_MAX)
    throw new RangeError(`expected at most ${JSON_BYTES_MAX} characters of JSON, got ${definitions.length}`)
  let value: unknown
  try {
    value = JSON.parse(definitions)
  } catch (cause) {
    throw new RangeError('expected flags as JSON: {"<key>": {"variants": …}}', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError('expected flags as a JSON object: {"<key>": {"variants": …}}')
  return Object.fromEntries(Object.entries(value))
}

/**
 * Flags from an object or a JSON text (a file, a variable of the environment).
 * @throws RangeError for a text that is no JSON object; one bad definition is only told to `onProblem`
 * @example createStaticFlags({ beta: { variants: { on: true, off: false }, defaultVariant: 'off' } })
 */
export function createStaticFlags(
  definitions: Readonly<Record<string, FlagDefinition>> | string,
  options: FlagStoreOptions = {},
): StaticFlags {
  const store = new FlagStore(options)
  store.replace(parsed(definitions))
  return {
    store,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    update: (next) => store.replace(parsed(next)),
  }
}

const ON = new Set(['true', 'on', '1', 'yes'])
const OFF = new Set(['false', 'off', '0', 'no'])

/**
 * On and off as people write it in an environment: true, on, 1, yes and false, off, 0, no; null for an absent or empty
 * value.
 * @throws RangeError for anything else: a typing error must not count as "on"
 */
export function switchValue(name: string, text: string | undefined): boolean | null {
  const value = text?.trim().toLowerCase() ?? ''
  if (value === '') return null
  if (ON.has(value)) return true
  if (OFF.has(value)) return false
  throw new RangeError(
    `${name}: expected on or off (true, false, 1, 0, yes, no), got ${JSON.stringify(value.slice(0, 40))}`,
  )
}

/**
 * Boolean flags from variables: with `{ concierge: 'FLAG_CONCIERGE' }`, `FLAG_CONCIERGE=off` is the flag `concierge`
 * with the value false. Absent ones are not there.
 * @throws RangeError for a value that is neither on nor off
 */
export function flagsFromEnvironment(
  variables: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, FlagDefinition> {
  const flags: Record<string, FlagDefinition> = {}
  for (const [key, variable] of Object.entries(variables)) {
    const value = switchValue(variable, environment[variable])
    if (value !== null) flags[key] = { variants: { on: true, off: false }, defaultVariant: value ? 'on' : 'off' }
  }
  return flags
}
