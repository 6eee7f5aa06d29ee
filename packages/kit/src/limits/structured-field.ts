/** Largest integer of a structured field (RFC 9651, 3.3.1): 15 digits. */
const INTEGER_MAX = 999_999_999_999_999

/** Serialises a String of RFC 9651, 4.1.6. @throws RangeError for anything but printable ASCII */
export function fieldString(value: string): string {
  if (!/^[\x20-\x7e]*$/.test(value)) throw new RangeError('a structured field string holds printable ASCII only')
  return `"${value.replaceAll(/[\\"]/g, '\\$&')}"`
}

/** Serialises an Integer of RFC 9651, 4.1.4. @throws RangeError for a fraction or more than 15 digits */
export function fieldInteger(value: number): string {
  if (!Number.isSafeInteger(value) || Math.abs(value) > INTEGER_MAX)
    throw new RangeError(`a structured field integer is whole and has at most 15 digits, not ${value}`)
  return String(value === 0 ? 0 : value)
}

/** Serialises a Byte Sequence of RFC 9651, 4.1.8. */
export function fieldBytes(value: Uint8Array): string {
  return `:${Buffer.from(value).toString('base64')}:`
}

/** What a parameter can be here. */
export type FieldValue = string | number | Uint8Array

/**
 * Serialises an Item with its parameters (RFC 9651, 4.1.3): `"default";q=100;w=60`.
 * @throws RangeError for a malformed parameter name, or a value its type can't hold
 */
export function fieldItem(value: string, parameters: Readonly<Record<string, FieldValue>>): string {
  let item = fieldString(value)
  for (const [name, parameter] of Object.entries(parameters)) {
    if (!/^[a-z*][a-z0-9_.*-]*$/.test(name))
      throw new RangeError(`structured field parameter ${JSON.stringify(name)}: expected a lower case key`)
    item += `;${name}=${bare(parameter)}`
  }
  return item
}

function bare(value: FieldValue): string {
  if (typeof value === 'string') return fieldString(value)
  return typeof value === 'number' ? fieldInteger(value) : fieldBytes(value)
}

/**
 * Parses an Item that is a String without parameters (RFC 9651, 4.2.5); null for anything else.
 * @param charactersMax Longer ones are refused before anything is looked at.
 */
export function parseFieldString(field: string, charactersMax: number): string | null {
  // Every character may come escaped, and there may be some space around.
  if (field.length > 2 * charactersMax + 16) return null
  const match = /^ *"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)" *$/.exec(field)
  const value = match?.[1]?.replaceAll(/\\(["\\])/g, '$1')
  return value === undefined || value.length > charactersMax ? null : value
}
