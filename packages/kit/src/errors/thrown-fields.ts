const TEXT_CHARS_MAX = 200

/**
 * A field of a thrown value as text, empty when there is none. Anything may be thrown: a getter or a proxy that throws
 * is a field that is not there.
 */
export function fieldOf(value: unknown, name: 'code' | 'statusCode' | 'message' | 'name'): string {
  const field = rawField(value, name)
  if (typeof field === 'string') return field.length > TEXT_CHARS_MAX ? field.slice(0, TEXT_CHARS_MAX) : field
  return typeof field === 'number' ? String(field) : ''
}

/** The same for a field of any type; undefined when it can't be read. */
export function rawField(value: unknown, name: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  try {
    const field: unknown = Reflect.get(value, name)
    return field
  } catch {
    return undefined
  }
}

/** `instanceof` that a proxy can't make throw. */
export function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type
  } catch {
    return false
  }
}
